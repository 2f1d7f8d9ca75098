//! Test children, started and ended with the real program in a real terminal.

use rustix::process::Signal;

use crate::{open, select, send, wait_until};

#[test]
fn test_children_come_up_as_what_they_are_and_go_with_pexplore() {
    let mut terminal = open(&[]);
    let mut started = Vec::new();
    for (downs, name) in [
        (0, "px-child"),
        (3, "px-parent"),
        (5, "px-daemonic"),
        (7, "px-orphan"),
        (9, "px-negligent"),
    ] {
        // From where the cursor is on no test child.
        terminal.send("ga");
        terminal.wait_for("start a test child");
        terminal.send(&"j".repeat(downs));
        terminal.send("\r");
        terminal.wait(name, |text| text.contains(&format!("╭ {name} ")));
        started.push(pid_in_the_title(&terminal.text(), name));
    }
    terminal.wait_for("zombie");
    select(&mut terminal, started[3]);
    terminal.wait_for("orphan, certain");
    select(&mut terminal, started[2]);
    terminal.wait_for("known because the lab started it so");
    let pid = terminal.pid().to_string();
    terminal.send("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
    wait_until("the end of every test child", || marked_with(&pid).is_empty());
}

#[test]
fn the_end_of_the_lab_is_said() {
    let mut terminal = open(&[]);
    terminal.send("a");
    terminal.wait_for("start a test child");
    terminal.send("\r");
    terminal.wait_for("╭ px-child ");
    let children = format!("/proc/{0}/task", terminal.pid());
    let threads = std::fs::read_dir(children).unwrap().flatten();
    let children: String = threads
        .map(|thread| std::fs::read_to_string(thread.path().join("children")).unwrap())
        .collect::<Vec<_>>()
        .join(" ");
    let is_guard = |pid: &&str| {
        let comm = std::fs::read_to_string(format!("/proc/{pid}/comm"));
        comm.is_ok_and(|comm| comm.trim() == "px-guard")
    };
    let guard = children.split_whitespace().find(is_guard).expect("the guard runs");
    send(guard.parse().unwrap(), Signal::KILL);
    terminal.wait_for("the lab's helper or guard ended, and every test child with it");
    terminal.send("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
}

/// The pid behind a name in the title of the details.
fn pid_in_the_title(text: &str, name: &str) -> i32 {
    let (_, behind) = text.split_once(&format!("╭ {name} ")).unwrap();
    behind.split(' ').next().unwrap().parse().unwrap()
}

/// The processes that the lab of that pexplore started.
fn marked_with(pid: &str) -> Vec<String> {
    let mark = format!("PEXPLORE_LAB={pid}");
    let folders = std::fs::read_dir("/proc").unwrap().flatten();
    let is_marked = |path: &std::path::Path| {
        let environment = std::fs::read(path.join("environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
    };
    folders
        .filter(|entry| is_marked(&entry.path()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}
