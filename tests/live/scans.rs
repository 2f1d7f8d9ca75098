//! Two scans make a snapshot, and what is reported is of the second.

use std::io::Write;
use std::process::Stdio;

use crate::harness::processes::{command_line, start_ticks, stat};
use crate::harness::wait::wait_for;
use crate::support::test_processes::TestProcesses;
use crate::support::{pexplore, snapshot};

/// The age of a process in clock ticks.
fn age(pid: u32) -> Option<u64> {
    let uptime = std::fs::read_to_string("/proc/uptime").ok()?;
    let seconds: f64 = uptime.split(' ').next()?.parse().ok()?;
    let ticks = seconds * rustix::param::clock_ticks_per_second() as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is positive")]
    let now = ticks as u64;
    now.checked_sub(start_ticks(pid)?)
}

#[test]
fn arguments_are_those_after_an_exec_between_the_scans() {
    let mut test_processes = TestProcesses::new();
    let mut command = test_processes.command("sh");
    let script = "read line; exec sh -c 'read line' another program # ";
    let (reported, mut input) = test_processes.start_with_input(command.args(["-c", script]));
    let test_process = reported.pid;
    // A younger one is looked at twice anyway.
    let second = rustix::param::clock_ticks_per_second();
    wait_for("its first second", || age(test_process).filter(|age| *age > second + second / 5));

    let pid = test_process.to_string();
    let mut command = pexplore(&["snapshot", "--format", "json", "--interval", "4", &pid]);
    let program = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut looks = 0;
    wait_for("the pause between the scans", || {
        let sleeps = stat(program.id())?.field::<char>(3)? == 'S';
        looks = if sleeps { looks + 1 } else { 0 };
        (looks > 10).then_some(())
    });
    input.write_all(b"\n").unwrap();
    wait_for("the exec", || command_line(test_process).ends_with(" program").then_some(()));
    let printed = program.wait_with_output().unwrap();
    let shot: serde_json::Value = serde_json::from_slice(&printed.stdout).unwrap();
    let arguments = shot["processes"][0]["cmdline"].as_array().unwrap();
    assert_eq!(arguments.last().unwrap(), "program", "{arguments:?}");
}

#[test]
fn what_is_busy_has_a_share_of_the_cpu_and_what_rests_has_none() {
    let mut test_processes = TestProcesses::new();
    let mut command = test_processes.command("sh");
    let busy = test_processes.start(command.args(["-c", "while :; do :; done"])).pid;
    let mut command = test_processes.command("sh");
    let idle = test_processes.start(command.args(["-c", "read line"])).pid;
    let shot = wait_for("a share of the CPU", || {
        Some(snapshot()).filter(|shot| shot.of(busy)["cpu_percent"].as_f64() > Some(0.0))
    });
    assert!(shot.of(busy)["cpu_time_s"].as_f64() > Some(0.0));
    assert_eq!(shot.of(busy)["cpu_percent"], shot.of(busy)["tree_cpu_percent"]);
    assert_eq!(shot.of(idle)["cpu_percent"], 0.0);
    let own = &shot.of(std::process::id())["tree_cpu_percent"];
    assert!(own.as_f64() >= shot.of(busy)["cpu_percent"].as_f64(), "{own}");
}
