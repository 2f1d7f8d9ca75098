//! Births, ends and orphans on the screen, as they happen.

use pexplore::source::connector::Connector;
use rustix::process::Signal;

use crate::harness::needs::skip;
use crate::harness::terminal::Terminal;
use crate::harness::wait::wait_until;
use crate::{Victim, child_of, open, select, send};

/// Whether the kernel tells of events here; without them the test is skipped.
pub(crate) fn need_connector() -> bool {
    let is_open = Connector::open().is_ok();
    if !is_open {
        println!("skipped: needs the process connector");
    }
    is_open
}

/// Whether a line of the screen holds all of that.
pub(crate) fn has_line(text: &str, words: &[&str]) -> bool {
    text.lines().any(|line| words.iter().all(|word| line.contains(word)))
}

/// The only child of a process, once it is there.
fn child_to_come(pid: i32) -> i32 {
    let path = format!("/proc/{pid}/task/{pid}/children");
    let children = || std::fs::read_to_string(&path).unwrap_or_default();
    wait_until("a child", || children().split_whitespace().count() == 1);
    child_of(pid)
}

#[test]
fn the_cursor_stays_on_an_orphan_which_names_its_creator_in_both_trees() {
    if !need_connector() {
        return;
    }
    let victim = Victim::start("sh -c 'sleep 611 & wait' & wait; exec sleep 612");
    let parent = child_to_come(victim.pid());
    let child = child_to_come(parent);
    // Wide enough for the whole row beside the details.
    let mut terminal = Terminal::pexplore(45, 280, &[]);
    terminal.wait_for("events connector");
    select(&mut terminal, child);
    send(parent, Signal::KILL);
    terminal.wait_for("orphan, certain");
    let (child, parent) = (child.to_string(), parent.to_string());
    let creator = format!("of {parent} sh");
    terminal.wait("the orphan's row", |text| {
        has_line(text, &["⚑ sleep", &creator, "† SIGKILL", &child])
    });
    let title = format!(" {child} ─");
    assert!(terminal.text().contains(&title), "{}", terminal.text());
    // In the tree by creators it still is under its parent, whose row tells how that one ended.
    terminal.send("t");
    terminal.wait("the tree by creators", |text| {
        let mut rows = text.lines().skip_while(|line| {
            !(line.contains("† sh") && line.contains("SIGKILL") && line.contains(&parent))
        });
        rows.next().is_some() && rows.next().is_some_and(|row| row.contains("sleep 611"))
    });
    assert!(terminal.text().contains(&title), "{}", terminal.text());
    terminal.send("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
}

#[test]
fn a_child_that_lives_for_an_instant_leaves_a_row_with_its_cause() {
    if !need_connector() {
        return;
    }
    let mut victim = Victim::start(
        "ulimit -c 0; sleep 613 & while read -r command; do sh -c \"$command\"; done",
    );
    child_to_come(victim.pid());
    let mut terminal = open(&[]);
    terminal.wait_for("events connector");
    select(&mut terminal, victim.pid());
    // Kept in the middle: what else happens on the machine pushes its rows off no screen.
    terminal.send("F");
    for (command, cause) in [("exit 7", "exit 7"), ("kill -SEGV $$", "SIGSEGV")] {
        victim.tell(command);
        // Where much else happens its name may be read too late.
        terminal.wait(cause, |text| has_line(text, &["† ", cause]));
    }
    terminal.send("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
}

#[test]
fn where_the_kernel_does_not_tell_the_header_says_so_and_children_come_and_go() {
    let flags =
        ["--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--net", "--mount-proc"];
    let mut trial = std::process::Command::new("unshare");
    if !trial.args(flags).arg("true").status().is_ok_and(|status| status.success()) {
        skip("namespaces");
        return;
    }
    let mut arguments = flags.to_vec();
    let script = "while :; do sh -c 'sleep 1; exit 7'; done & exec \"$0\"";
    arguments.extend(["sh", "-c", script, env!("CARGO_BIN_EXE_pexplore")]);
    let mut terminal = Terminal::start(45, 220, "unshare", &arguments, &[]);
    terminal.wait("the tier and its reason", |text| {
        text.contains("events pidfd")
            && text.contains("this network namespace has no process connector")
    });
    terminal.wait("an end", |text| has_line(text, &["† sh", "exit 7"]));
    terminal.send("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
}
