//! `pexplore events` of an ordinary user, and where the kernel does not tell.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::fork;
use crate::harness::needs::{need, need_root, runs_since, skip};
use crate::harness::processes::end;
use crate::harness::wait::{deadline, now};
use crate::lifecycle::{cause, causes, shell};
use crate::nobody::Nobody;
use crate::support::events::{Lines, Listening, need_connector, one, with_all_events};
use crate::support::run;
use crate::support::test_processes::TestProcesses;

#[test]
fn another_user_is_reported_the_same() {
    // The others' events are root's before Linux 6.6.
    if !need_connector() || !runs_since(6, 6) {
        return;
    }
    for hidepid in ["off", "invisible"] {
        let Some(nobody) = Nobody::new(hidepid) else { return };
        with_all_events(|| {
            let mut test_processes = TestProcesses::new();
            let mut command = nobody.command(&["events", "--format", "json"]);
            let mut listening = Listening::by(&mut command, &mut test_processes)?;
            let own = std::process::id();
            for (script, ended) in causes() {
                let pid = shell(&mut test_processes, script);
                let life = listening.until_end(pid, own)?;
                assert_eq!(cause(&life), ended, "{script}");
                let creator = if hidepid == "off" { json!(own) } else { Value::Null };
                assert_eq!(one(&life, "fork")["creator_pid"], creator);
                assert!(one(&life, "exit")["lived_s"].is_f64());
            }
            let main = fork::start(&mut test_processes, "subreaper");
            let [middle, leaf] = ["middle", "leaf"].map(|name| main.pid_of(name));
            listening.until(middle, main.pid, |event| event["event"] == "fork")?;
            end(middle);
            let life = listening.until(leaf, middle, |event| event["event"] == "orphan")?;
            let orphan = one(&life, "orphan");
            assert_eq!(orphan["creator_pid"], middle);
            let adopter = if hidepid == "off" { json!(main.pid) } else { Value::Null };
            assert_eq!(orphan["adopter_pid"], adopter);
            Ok(())
        });
    }
}

/// Namespaces, and why the kernel does not tell there.
const PLACES: [(&[&str], &str); 2] = [
    (
        &["--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--net", "--mount-proc"],
        "this network namespace has no process connector",
    ),
    (&["--pid", "--fork", "--kill-child", "--mount-proc"], "the kernel did not acknowledge"),
];

/// What starts a program in such namespaces, if that is allowed here.
fn unshare(flags: &[&str]) -> Option<Command> {
    if !need("unshare") || (!flags.contains(&"--user") && !need_root()) {
        return None;
    }
    let command = || {
        let mut command = Command::new("unshare");
        command.args(flags).env("LC_ALL", "C.UTF-8").stdin(Stdio::piped());
        command
    };
    if run(command().arg("true")).code != Some(0) {
        skip("namespaces");
        return None;
    }
    Some(command())
}

/// A listener, and a shell beside it that does what it reads.
const LISTENER: &str = r#""$0" events --format json & while read -r line; do eval "$line"; done"#;

#[test]
fn where_the_kernel_does_not_tell_it_is_said_and_whoever_lives_a_while_is_found() {
    // Before, nobody but a parent is reported how the reaped ended.
    if !runs_since(6, 15) {
        return;
    }
    for (flags, reason) in PLACES {
        let Some(mut command) = unshare(flags) else { continue };
        command.args(["sh", "-c", LISTENER, env!("CARGO_BIN_EXE_pexplore")]);
        let mut lines = Lines::start(&mut command);
        let mut received: Vec<Value> = Vec::new();
        let limit = deadline();
        // Once one was found, all are.
        while received.is_empty() {
            assert!(now() < limit, "none was found");
            writeln!(lines.input(), "sleep 0.3 &").unwrap();
            let line = lines.within(500);
            received.extend(line.map(|line| serde_json::from_slice::<Value>(&line).unwrap()));
        }
        let exits = |received: &[Value], name: &str, how: Value| {
            received.iter().find(|event| event["event"] == "exit" && event[name] == how).cloned()
        };
        for (script, name, how) in
            [("exit 37", "code", json!(37)), ("kill -KILL \\$\\$", "signal", json!("SIGKILL"))]
        {
            writeln!(lines.input(), "sh -c \"sleep 0.4; {script}\" &").unwrap();
            while exits(&received, name, how.clone()).is_none() {
                let line = lines.next_line().expect("it listens until it is ended");
                received.push(serde_json::from_slice(&line).unwrap());
            }
            let exit = exits(&received, name, how).unwrap();
            let life: Vec<Value> = received
                .iter()
                .filter(|event| {
                    event["pid"] == exit["pid"] && event["start_ticks"] == exit["start_ticks"]
                })
                .cloned()
                .collect();
            let start = one(&life, "start");
            assert_eq!((&start["ppid"], &start["comm"]), (&json!(1), &json!("sh")));
            assert!(one(&life, "exit")["lived_s"].as_f64() >= Some(0.4), "{life:#?}");
        }
        // With its input, the shell ends, which is this namespace's first process.
        lines.close_input();
        let (_, messages) = lines.end();
        assert!(messages.starts_with("pexplore: ") && messages.contains(reason), "{messages}");
        assert_eq!(messages.lines().count(), 1, "{messages}");
    }
}

#[test]
fn a_snapshot_works_where_the_kernel_does_not_tell() {
    for (flags, _) in PLACES {
        let Some(mut command) = unshare(flags) else { continue };
        command.args([
            env!("CARGO_BIN_EXE_pexplore"),
            "snapshot",
            "--format",
            "json",
            "-d",
            "0.05",
        ]);
        let printed = run(&mut command);
        assert_eq!((printed.code, printed.stderr.as_str()), (Some(0), ""));
        let shot = printed.json();
        let [own] = &shot["processes"].as_array().unwrap()[..] else { panic!("{shot:#}") };
        assert_eq!((&own["pid"], &own["role"]), (&json!(1), &json!("main")));
    }
}
