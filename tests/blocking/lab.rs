//! The lab beside a process of its own user whose environment nobody can read.

use std::fs;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::harness::processes::is_marked;
use crate::harness::terminal::Terminal;
use crate::harness::wait::{now, wait_for};
use crate::held::Held;

/// The lab's own limits, with room for a busy machine. Who waits for one that is held waits for
/// a minute.
const SOON: Duration = Duration::from_secs(5);
/// Helper, guard, main, a child and an orphan.
const N_MEMBERS: usize = 5;

/// The lab's processes of that pexplore, and their names. Of others nothing is read that could
/// block.
fn members(pexplore: i32) -> Vec<(i32, String)> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let member = |pid: i32| {
        let comm = fs::read_to_string(format!("/proc/{pid}/comm")).ok();
        let comm = comm.filter(|comm| comm.starts_with("px-"))?;
        is_marked(pid.cast_unsigned(), pexplore).then(|| (pid, comm.trim_end().to_owned()))
    };
    pids.filter_map(member).collect()
}

/// pexplore with a lab, beside one that is held and could be of it: it is younger.
fn lab_and_held() -> Option<(Terminal, Held)> {
    // What is wanted of the machine is asked before anything is started.
    drop(Held::start()?);
    let terminal = Terminal::pexplore(40, 120, &["lab", "--spawn", "child", "--spawn", "orphan"]);
    let pexplore = terminal.pid();
    wait_for("the lab", || (members(pexplore).len() >= N_MEMBERS).then_some(()));
    Some((terminal, Held::start()?))
}

#[track_caller]
fn assert_nothing_is_left(pexplore: i32, began: std::time::Instant) {
    while !members(pexplore).is_empty() {
        assert!(began.elapsed() < SOON, "left: {:?}", members(pexplore));
        crate::harness::wait::pause();
    }
}

#[test]
fn a_lab_ends_in_time_at_a_quit() {
    let Some((mut terminal, _held)) = lab_and_held() else { return };
    let (pexplore, began) = (terminal.pid(), now());
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    assert!(began.elapsed() < Duration::from_secs(3), "it took {:?}", began.elapsed());
    assert_nothing_is_left(pexplore, began);
}

#[test]
fn the_guard_ends_everything_in_time_when_pexplore_was_killed() {
    let Some((mut terminal, _held)) = lab_and_held() else { return };
    let (pexplore, began) = (terminal.pid(), now());
    kill_process(Pid::from_raw(pexplore).unwrap(), Signal::KILL).unwrap();
    terminal.wait_for_end();
    assert_nothing_is_left(pexplore, began);
}

#[test]
fn everything_ends_in_time_when_helper_and_guard_were_killed() {
    let Some((mut terminal, _held)) = lab_and_held() else { return };
    let (pexplore, began) = (terminal.pid(), now());
    for (pid, name) in members(pexplore) {
        if ["px-helper", "px-guard"].contains(&name.as_str()) {
            kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
        }
    }
    assert_nothing_is_left(pexplore, began);
    let began = now();
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    assert!(began.elapsed() < Duration::from_secs(3), "it took {:?}", began.elapsed());
}
