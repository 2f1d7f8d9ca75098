//! What pexplore remembers stays within its bound.

use std::fs::read_to_string;

use serde_json::Value;

use crate::support::events::{Listening, Lost, need_connector, with_all_events};
use crate::support::pexplore;
use crate::support::test_processes::TestProcesses;

/// The least that can be asked for.
const LIMIT_MB: usize = 32;
/// Processes that have as many arguments as they may have.
const GIANTS: usize = 24;
/// Short lives with a long argument each.
const LIVES: usize = 500;

fn listening(test_processes: &mut TestProcesses) -> Result<Listening, Lost> {
    let limit = LIMIT_MB.to_string();
    let arguments = ["events", "--format", "json", "--memory-limit", &limit];
    Listening::by(&mut pexplore(&arguments), test_processes)
}

/// The most memory that it had resident (`VmHWM:`, `proc_pid_status(5)`), in bytes.
fn peak(listening: &Listening) -> usize {
    let status = read_to_string(format!("/proc/{}/status", listening.lines.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<usize>().unwrap() * 1024
}

fn is_within_the_limit(listening: &Listening) {
    let peak = peak(listening);
    assert!(peak <= LIMIT_MB * 1_000_000, "{peak} bytes");
}

#[test]
fn many_processes_with_two_megabytes_of_arguments_each_are_listed_within_the_limit() {
    if !need_connector() {
        return;
    }
    with_all_events(|| {
        let mut test_processes = TestProcesses::new();
        let mut listening = listening(&mut test_processes)?;
        let arguments = vec!["x".repeat(95_000); 20];
        let mut giants = Vec::new();
        for _ in 0..GIANTS {
            let mut command = test_processes.command("sh");
            giants.push(
                test_processes
                    .start_with_input(command.args(["-c", "read line", "giant"]).args(&arguments)),
            );
        }
        let mut read = 0;
        for (giant, input) in giants {
            let own = std::process::id();
            let has_execed = |event: &Value| event["event"] == "exec";
            let life = listening.until(giant.pid, own, has_execed)?;
            // Among many execs not all are read. Those that are were cut.
            if let Some(reported) = life.last().unwrap()["cmdline"].as_array() {
                assert!(reported[4].as_str().unwrap().starts_with("xxx"));
                assert!(reported.last().unwrap().as_str().unwrap().ends_with('\u{2026}'));
                read += 1;
            }
            drop(input);
            listening.until_end(giant.pid, own)?;
        }
        assert!(read > 0, "no arguments were read");
        is_within_the_limit(&listening);
        Ok(())
    });
}

#[test]
fn a_storm_of_lives_with_long_arguments_is_remembered_within_the_limit() {
    if !need_connector() {
        return;
    }
    with_all_events(|| {
        let mut test_processes = TestProcesses::new();
        let mut listening = listening(&mut test_processes)?;
        let storm = "i=0; while [ $i -lt $1 ]; do /bin/true $i \"$0\"; i=$((i + 1)); done";
        let mut command = test_processes.command("sh");
        let (long, lives) = ("x".repeat(100_000), LIVES.to_string());
        let storm = test_processes.start(command.args(["-c", storm, &long, &lives])).pid;
        listening.until_end(storm, std::process::id())?;
        is_within_the_limit(&listening);
        Ok(())
    });
}
