//! Births, execs and ends where the connector is missing, or time is another.

use std::io::Write;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::harness::needs::need;
use crate::harness::processes::{end, runs};
use crate::harness::wait::{now, wait_for};
use crate::machine::namespace::unshared;
use crate::support::events::{Listening, nanos, need_connector, only, with_all_events};
use crate::support::run;
use crate::support::test_processes::TestProcesses;

const PEXPLORE: &str = env!("CARGO_BIN_EXE_pexplore");
/// Nothing may be reported to have happened so far from now.
const MINUTE: i128 = 60_000_000_000;

/// `pexplore events` in namespaces of its own.
fn listening(flags: &[&str]) -> Option<Command> {
    let mut command = unshared(flags, PEXPLORE)?;
    command.args(["events", "--format", "json"]);
    Some(command)
}

/// What was reported of that process.
fn of(received: &[Value], pid: u32) -> Vec<&Value> {
    received.iter().filter(|event| event["pid"] == pid).collect()
}

fn words<'a>(life: &[&'a Value]) -> Vec<&'a str> {
    life.iter().filter_map(|event| event["event"].as_str()).collect()
}

#[test]
fn where_the_connector_is_missing_the_snapshot_works_as_ever() {
    let Some(mut command) = unshared(&["--net"], PEXPLORE) else { return };
    let printed = run(command.args(["snapshot", "--format", "json", "--interval", "0.05"]));
    assert_eq!((printed.code, printed.stderr.as_str()), (Some(0), ""));
    assert!(!printed.json()["processes"].as_array().unwrap().is_empty());
}

/// Prints its child, which ends with 7 and is reaped by nobody until the input ends.
const NEGLECTS: &str = "
import os, sys
child = os.fork()
if child == 0:
    os._exit(7)
print('px', 'zombie', child, flush=True)
sys.stdin.readline()
";

/// Listens on for some scans.
fn receive_scans(listening: &mut Listening, test_processes: &mut TestProcesses) {
    let end = now() + Duration::from_secs(1);
    while now() < end {
        let marker = test_processes.start(&mut test_processes.command("true")).pid;
        listening
            .until_received(|received| words(&of(received, marker)).contains(&"exit"))
            .unwrap();
    }
}

#[test]
fn without_the_connector_a_zombie_starts_once_and_ends_once() {
    let Some(mut command) = listening(&["--net"]) else { return };
    if !need("python3") {
        return;
    }
    let mut test_processes = TestProcesses::new();
    // It is a zombie from before: when it ended is not known.
    let older = test_processes.start(&mut test_processes.command("true")).pid;
    wait_for("its end", || (!runs(older)).then_some(()));
    let mut listening =
        Listening::by(command.args(["--interval", "0.2"]), &mut test_processes).unwrap();
    let mut python = test_processes.command("python3");
    let (parent, input) = test_processes.start_with_input(python.args(["-S", "-c", NEGLECTS]));
    let zombie = parent.pid_of("zombie");
    listening.until_received(|received| words(&of(received, zombie)).contains(&"exit")).unwrap();
    receive_scans(&mut listening, &mut test_processes);
    // Somebody else has its zombie then.
    drop(input);
    listening
        .until_received(|received| words(&of(received, parent.pid)).contains(&"exit"))
        .unwrap();
    receive_scans(&mut listening, &mut test_processes);
    let life = of(listening.received(), zombie);
    assert_eq!(words(&life), ["start", "exit"], "{life:#?}");
    assert_eq!((&life[0]["creator_pid"], &life[1]["code"]), (&Value::Null, &Value::from(7)));
    assert_eq!(words(&of(listening.received(), older)), [""; 0]);
}

#[test]
fn in_a_user_namespace_births_and_ends_are_looked_for() {
    let Some(mut command) = listening(&["--user", "--map-root-user"]) else { return };
    let mut test_processes = TestProcesses::new();
    let marker = || test_processes.start(test_processes.command("sleep").arg("300")).pid;
    let mut listening =
        Listening::once_reported(command.args(["--interval", "0.2"]), marker).unwrap();
    let pid = test_processes.start(test_processes.command("sleep").arg("300")).pid;
    listening.until_received(|received| words(&of(received, pid)) == ["start"]).unwrap();
    end(pid);
    listening.until_received(|received| words(&of(received, pid)) == ["start", "exit"]).unwrap();
}

/// Becomes itself with other arguments, once a line comes in, and ends with its input.
const BECOMES: &str = "
import os, sys
sys.stdin.buffer.raw.read(1)
if sys.argv[1] == 'first':
    os.execv(sys.executable, [sys.executable, '-S', '-c', sys.orig_argv[3], 'second'])
";

#[test]
fn without_the_connector_an_exec_that_keeps_the_name_is_reported() {
    let Some(mut command) = listening(&["--net"]) else { return };
    if !need("python3") {
        return;
    }
    let mut test_processes = TestProcesses::new();
    let mut listening =
        Listening::by(command.args(["--interval", "0.2"]), &mut test_processes).unwrap();
    let mut python = test_processes.command("python3");
    let (reported, mut input) =
        test_processes.start_with_input(python.args(["-S", "-c", BECOMES, "first"]));
    listening
        .until_received(|received| words(&of(received, reported.pid)).contains(&"start"))
        .unwrap();
    receive_scans(&mut listening, &mut test_processes);
    let before = of(listening.received(), reported.pid).len();
    input.write_all(b"x").unwrap();
    listening.until_received(|received| of(received, reported.pid).len() > before).unwrap();
    let exec = of(listening.received(), reported.pid)[before].clone();
    assert_eq!((&exec["event"], &exec["cmdline"][4]), (&"exec".into(), &"second".into()));
    drop(input);
    listening
        .until_received(|received| words(&of(received, reported.pid)).contains(&"exit"))
        .unwrap();
    let exit = of(listening.received(), reported.pid)[before + 1].clone();
    assert_eq!(exit["cmdline"][4], "second", "{exit:#?}");
}

#[test]
fn in_a_time_namespace_events_happen_when_they_happen() {
    let offsets: [&[&str]; 2] =
        [&["--boottime", "-60"], &["--boottime", "86400", "--monotonic", "864000"]];
    for offsets in offsets {
        let flags = [&["--time"], offsets].concat();
        if !need_connector() {
            return;
        }
        with_all_events(|| {
            let Some(mut command) = listening(&flags) else { return Ok(()) };
            let mut test_processes = TestProcesses::new();
            let mut listening = Listening::by(&mut command, &mut test_processes)?;
            let pid = test_processes.start(test_processes.command("sleep").arg("0.3")).pid;
            let life = listening.until_end(pid, std::process::id())?;
            let unix = jiff::Timestamp::now().as_nanosecond();
            for event in &life {
                assert!((nanos(event) - unix).abs() < MINUTE / 2, "{flags:?}: {event:#?}");
            }
            let lived = only(&life, "exit")[0]["lived_s"].as_f64().unwrap();
            assert!((0.3..30.0).contains(&lived), "{flags:?}: {life:#?}");
            Ok(())
        });
    }
}

/// Once a line comes in, makes a sibling of itself by `clone(CLONE_PARENT | SIGCHLD)`, and one of
/// its own by fork; says their pids, and waits.
const MAKES_A_SIBLING: &str = "
import ctypes, os, sys, time
sys.stdin.readline()
number = {'x86_64': 56, 'aarch64': 220}[os.uname().machine]
sibling = ctypes.CDLL(None).syscall(number, 0x8000 | 17, 0, 0, 0, 0)
child = os.fork() if sibling else None
if child:
    print('px sibling', sibling, flush=True)
    print('px child', child, flush=True)
time.sleep(60)
";

#[test]
fn who_was_made_a_sibling_is_not_said_to_be_its_parents() {
    if !need_connector() || !need("python3") {
        return;
    }
    with_all_events(|| {
        let mut test_processes = TestProcesses::new();
        let mut listening = Listening::to_all(&mut test_processes)?;
        let own = std::process::id();
        let mut python = test_processes.command("python3");
        let python = python.args(["-S", "-c", MAKES_A_SIBLING]);
        let (creator, mut input) = test_processes.start_with_input(python);
        listening.until(creator.pid, own, |event| event["event"] == "exec")?;
        input.write_all(b"\n").unwrap();
        for (name, parent) in [("sibling", own), ("child", creator.pid)] {
            let born = listening.until(creator.pid_of(name), parent, |_| true)?.remove(0);
            assert_eq!(
                (&born["event"], &born["creator_pid"], &born["ppid"]),
                (&"fork".into(), &creator.pid.into(), &parent.into()),
                "{name}: {born:#?}"
            );
            assert_eq!(born["comm"], "python3", "{name}: {born:#?}");
        }
        Ok(())
    });
}
