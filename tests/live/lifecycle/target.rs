//! `pexplore events TARGET`: a process, or all of a name, and whatever comes from them.

use std::collections::HashSet;
use std::io::Write;
use std::process::{ChildStdin, Command};

use serde_json::{Value, json};

use crate::cli::assert_fails_plainly;
use crate::harness::processes::{end, runs};
use crate::harness::wait::wait_for;
use crate::support::events::{Listening, Lost, need_connector, one, only, with_all_events};
use crate::support::test_processes::{Started, TestProcesses};
use crate::support::{pexplore, run};

/// A shell that does what it reads, and does not wait for it.
struct Commanded {
    pid: u32,
    input: ChildStdin,
    started: Started,
}

impl Commanded {
    fn start(test_processes: &mut TestProcesses, program: &std::path::Path) -> Self {
        let mut command = test_processes.command(program);
        command.args(["-c", r#"while read -r line; do eval "$line"; done"#]);
        let (started, input) = test_processes.start_with_input(&mut command);
        Self { pid: started.pid, input, started }
    }

    fn run(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
    }

    /// Starts a program that ends at once; its pid.
    fn start_marker(&mut self, number: u32) -> u32 {
        let name = format!("marker{number}");
        self.run(&format!("env true & echo px {name} $!"));
        self.started.pid_of(&name)
    }
}

fn listen_to(target: &str) -> Command {
    pexplore(&["events", "--format", "json", target])
}

#[test]
fn a_target_is_reported_of_with_its_descendants_until_all_are_gone() {
    if !need_connector() {
        return;
    }
    with_all_events(|| {
        let mut test_processes = TestProcesses::new();
        let mut shell = Commanded::start(&mut test_processes, "/bin/sh".as_ref());
        let mut number = 0;
        let mut listening =
            Listening::once_reported(&mut listen_to(&shell.pid.to_string()), || {
                number += 1;
                shell.start_marker(number)
            })?;
        // Somebody else, of whom nothing is to be reported.
        let other = test_processes.start(&mut test_processes.command("true")).pid;
        shell.run("sh -c 'sleep 1000 & echo px orphan $!; exec sleep 1000' & echo px middle $!");
        let [orphan, middle] = ["orphan", "middle"].map(|name| shell.started.pid_of(name));
        listening.until(orphan, middle, |event| event["event"] == "fork")?;
        end(middle);
        listening.until(orphan, middle, |event| event["event"] == "orphan")?;
        end(shell.pid);
        // The orphan is left, so it goes on.
        while only(listening.received(), "exit").iter().all(|event| event["pid"] != shell.pid) {
            listening.receive()?.expect("one of its descendants lives");
        }
        end(orphan);
        let life = listening.until_end(orphan, middle)?;
        one(&life, "orphan");
        while listening.receive()?.is_some() {}

        let mut family = HashSet::from([Value::from(shell.pid)]);
        for event in listening.received() {
            // The creator of a marker that was there before is not known.
            if family.contains(&event["creator_pid"]) || family.contains(&event["ppid"]) {
                family.insert(event["pid"].clone());
            }
            assert!(family.contains(&event["pid"]), "{event:#}");
        }
        assert!(!family.contains(&json!(other)));
        let (status, messages) = listening.lines.end();
        assert_eq!((status.code(), messages.as_str()), (Some(0), ""));
        Ok(())
    });
}

#[test]
fn a_name_means_all_that_bear_it() {
    if !need_connector() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let name = format!("pe{}", std::process::id());
    let program = folder.path().join(&name);
    std::os::unix::fs::symlink("/bin/sh", &program).unwrap();
    with_all_events(|| {
        let mut test_processes = TestProcesses::new();
        let mut shells = [(); 2].map(|()| Commanded::start(&mut test_processes, &program));
        let mut number = 0;
        let mut listening = Listening::once_reported(&mut listen_to(&name), || {
            number += 1;
            shells[0].start_marker(number)
        })?;
        for (shell, code) in shells.iter_mut().zip(["3", "4"]) {
            shell.run(&format!("sh -c 'exit {code}' & echo px child $!"));
            let child = shell.started.pid_of("child");
            let life = listening.until_end(child, shell.pid)?;
            assert_eq!(one(&life, "exit")["code"].to_string(), code);
        }
        for shell in &shells {
            end(shell.pid);
            let reported = |listening: &Listening| {
                only(listening.received(), "exit").iter().any(|event| event["pid"] == shell.pid)
            };
            while !reported(&listening) {
                listening.receive()?.expect("it is reported before the end");
            }
        }
        while listening.receive()?.is_some() {}
        assert_eq!(listening.lines.end().0.code(), Some(0));
        Ok::<_, Lost>(())
    });
}

#[test]
fn an_unknown_target_is_one_sentence_and_a_zombie_has_nothing_more_to_tell() {
    // More than the kernel ever gives (`PID_MAX_LIMIT`).
    for target in ["4194999", "no-such-name", "", "\u{1b}[31m"] {
        let printed = run(&mut pexplore(&["events", target]));
        assert_fails_plainly(&printed, "no process ");
        assert!(!printed.stderr.contains('\u{1b}'));
    }
    if !need_connector() {
        return;
    }
    let mut test_processes = TestProcesses::new();
    let pid = test_processes.start(&mut test_processes.command("true")).pid;
    wait_for("the zombie", || (!runs(pid)).then_some(()));
    let printed = run(&mut pexplore(&["events", &pid.to_string()]));
    assert_eq!((printed.code, printed.stderr.as_str(), printed.text()), (Some(0), "", ""));
}
