//! What is predicted of a signal, and what came of it: on every kind of process.

use std::cell::Cell;
use std::process::Command;

use pexplore::test_process::{KINDS, KindRow, TestProcessKind};
use rustix::process::Signal;

use crate::harness::needs::skip;
use crate::harness::terminal::Terminal;
use crate::harness::wait::wait_until;
use crate::lifecycle::need_connector;
use crate::{MARK, Victim, open, select, send, wait_for_events};

/// Keys that open the dialog and send KILL, which stands below TERM.
const KILL: &str = "xj";
const TERM: &str = "x";

/// Whether orphans go to pid 1 here, so that it can be predicted: no subreaper of which nothing is
/// known stands above the test.
fn need_init_as_adopter() -> bool {
    let output = Command::new("sh").args(["-c", "sleep 60 >/dev/null 2>&1 & echo $!"]).output();
    let pid: i32 = String::from_utf8(output.unwrap().stdout).unwrap().trim().parse().unwrap();
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let parent = stat.rsplit(") ").next().unwrap().split(' ').nth(1).unwrap().to_owned();
    send(pid, Signal::KILL);
    if parent != "1" {
        println!("skipped: needs pid 1 as the adopter of orphans");
    }
    parent == "1"
}

/// The status line once it tells how the forecast for that process stands.
fn comparison(terminal: &mut Terminal) -> String {
    terminal.wait("the comparison", |text| is_compared(status(text)));
    status(&terminal.text()).trim().to_owned()
}

/// A frame may be half drawn: the line is there once its end is, too.
fn is_compared(status: &str) -> bool {
    status.contains("as predicted") && status.trim_end().ends_with(" (v: log)")
}

/// What the status line says, behind the keys.
fn status(text: &str) -> &str {
    let line = text.trim_end().lines().last().unwrap_or_default().trim();
    line.rsplit("   ").next().unwrap_or_default().trim()
}

fn end(mut terminal: Terminal) {
    terminal.send("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
}

/// What the victims leave: ends with the test.
struct Sleepers(&'static [&'static str]);

impl Drop for Sleepers {
    fn drop(&mut self) {
        let pids = std::fs::read_dir("/proc").unwrap().flatten();
        for pid in pids.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok()) {
            let read =
                |file: &str| std::fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
            let mark = format!("{}={}", MARK.0, MARK.1);
            let is_ours = read("environ").split(|byte| *byte == 0).any(|it| it == mark.as_bytes());
            let command = String::from_utf8_lossy(&read("cmdline")).replace('\0', " ");
            if is_ours && self.0.iter().any(|seconds| command == format!("sleep {seconds} ")) {
                send(pid, Signal::KILL);
            }
        }
    }
}

/// The text of the details at the right, without its breaks.
fn details(text: &str) -> String {
    let right = text.lines().filter_map(|line| Some(line.rsplit_once("│ ")?.1));
    right.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

fn n_children(pid: i32) -> usize {
    let path = format!("/proc/{pid}/task/{pid}/children");
    std::fs::read_to_string(path).unwrap_or_default().split_whitespace().count()
}

#[test]
fn a_killed_shell_leaves_the_orphans_that_were_predicted() {
    if !need_connector() {
        return;
    }
    if !need_init_as_adopter() {
        return;
    }
    let _sleepers = Sleepers(&["621", "622"]);
    let mut victim = Victim::start("sleep 621 & sleep 622 & wait");
    wait_until("both children", || n_children(victim.pid()) == 2);
    let mut terminal = open(&["--linger", "60"]);
    select(&mut terminal, victim.pid());
    terminal.send(KILL);
    terminal.wait_for("If it ends, 2 children of it");
    terminal.send("\r");
    assert_eq!(victim.wait_for_signal(), Some(9));
    let reported = comparison(&mut terminal);
    let pid = victim.pid();
    let expected = format!("as predicted: sh {pid} ended by SIGKILL, 2 orphans adopted by ");
    assert!(reported.starts_with(&expected), "{reported}");
    // The log of its family: much else happens on a machine.
    terminal.send("e");
    terminal.wait_for("SIGKILL: as predicted: ended by SIGKILL, 2 orphans adopted by");
    end(terminal);
}

#[test]
fn a_handler_that_starts_somebody_differs_from_what_was_predicted() {
    if !need_connector() {
        return;
    }
    let _sleepers = Sleepers(&["623", "624"]);
    let mut victim = Victim::start("trap 'sleep 623 & exit 3' TERM; sleep 624 & wait; wait");
    wait_until("its child", || n_children(victim.pid()) == 1);
    let mut terminal = open(&["--linger", "60"]);
    select(&mut terminal, victim.pid());
    terminal.send(TERM);
    terminal.wait_for("It catches SIGTERM: a handler of its own decides.");
    terminal.send("\r");
    assert_eq!(victim.wait_for_signal(), None);
    let reported = comparison(&mut terminal);
    let pid = victim.pid();
    assert!(reported.starts_with("not as predicted: sleep "), "{reported}");
    assert!(
        reported.contains(&format!("was started by sh {pid}: not predicted (v: log)")),
        "{reported}"
    );
    terminal.send("e");
    terminal.wait_for("SIGTERM: 1 thing not as predicted");
    terminal.wait("the difference", |text| {
        text.lines().any(|line| line.contains("mismatch") && line.contains("was started by sh"))
    });
    end(terminal);
}

#[test]
fn who_ignores_term_lives_on_as_predicted_and_is_offered_kill_as_ever() {
    if !need_connector() {
        return;
    }
    let victim = Victim::start("trap '' TERM; exec sleep 625");
    let mut terminal = open(&[]);
    wait_for_events(&mut terminal);
    select(&mut terminal, victim.pid());
    terminal.send(TERM);
    terminal.wait_for("It ignores SIGTERM: nothing will happen.");
    terminal.send("\r");
    let reported = comparison(&mut terminal);
    let pid = victim.pid();
    let expected = format!("as predicted: sleep {pid} ignored SIGTERM and lived on (v: log)");
    assert_eq!(reported, expected);
    terminal.wait_for("came true");
    terminal.wait_for("still alive 3.0 s after SIGTERM: x offers KILL");
    end(terminal);
}

#[test]
fn a_handler_that_takes_long_is_open_and_followed_to_its_end() {
    // Its handler goes on when it is reported to.
    let mut victim = Victim::start("trap 'read x; exit 5' TERM; while :; do read y; done");
    let mut terminal = open(&[]);
    wait_for_events(&mut terminal);
    select(&mut terminal, victim.pid());
    terminal.send(TERM);
    terminal.wait_for("It catches SIGTERM");
    terminal.send("\r");
    terminal.wait_for("caught SIGTERM and lives on so far");
    terminal.wait_for("still alive 3.0 s after SIGTERM: x offers KILL");
    victim.tell("go on");
    assert_eq!(victim.wait_for_signal(), None);
    terminal
        .wait_for(&format!("at last: sh {} caught SIGTERM and ended with exit 5", victim.pid()));
    end(terminal);
}

#[test]
fn a_stopped_job_whose_shell_is_killed_gets_the_hangup_that_was_predicted() {
    if !need_connector() {
        return;
    }
    if !need_init_as_adopter() {
        return;
    }
    let _sleepers = Sleepers(&["626"]);
    let mut victim = Victim::start("set -m; sleep 626 & kill -STOP $!; wait; wait");
    wait_until("the stopped job", || {
        n_children(victim.pid()) == 1 && crate::state(crate::child_of(victim.pid())) == Some('T')
    });
    let job = crate::child_of(victim.pid());
    let mut terminal = open(&[]);
    wait_for_events(&mut terminal);
    select(&mut terminal, victim.pid());
    terminal.send(KILL);
    terminal.wait_for("Nobody else could let a stopped job go on");
    terminal.send("\r");
    assert_eq!(victim.wait_for_signal(), Some(9));
    let reported = comparison(&mut terminal);
    assert!(reported.contains(&format!(" {job} ended by SIGHUP")), "{reported}");
    assert!(reported.starts_with("as predicted"), "{reported}");
    end(terminal);
}

#[test]
fn a_stop_and_its_end_come_out_as_predicted() {
    if !need_connector() {
        return;
    }
    let victim = Victim::start("exec sleep 627");
    let mut terminal = open(&[]);
    wait_for_events(&mut terminal);
    select(&mut terminal, victim.pid());
    let pid = victim.pid();
    for (downs, said, comparison) in
        [(5, "It stops until SIGCONT.", "stopped"), (6, "It continues.", "went on")]
    {
        terminal.send("x");
        terminal.send(&"j".repeat(downs));
        terminal.wait_for(said);
        terminal.send("\r");
        let expected = format!("as predicted: sleep {pid} {comparison} (v: log)");
        terminal.wait(comparison, |text| status(text).trim() == expected);
    }
    end(terminal);
}

/// The oldest process of that name in the lab of that pexplore.
fn member(pexplore: i32, comm: &str) -> Option<i32> {
    let mark = format!("PEXPLORE_LAB={pexplore}");
    let pids = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| {
        let read = |file: &str| std::fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
        read("comm").trim_ascii_end() == comm.as_bytes()
            && read("environ").split(|byte| *byte == 0).any(|it| it == mark.as_bytes())
    })
    .min()
}

/// Selects a process that may have no row yet, or end before it has one.
fn is_selected(terminal: &mut Terminal, pid: i32) -> bool {
    let title = format!(" {pid} ─");
    let is_there = || std::path::Path::new(&format!("/proc/{pid}")).exists();
    let mut is_selected = false;
    while !is_selected && is_there() {
        terminal.send(&format!("/{pid}\r"));
        let looks = Cell::new(0);
        terminal.wait("its row", |text| {
            looks.set(looks.get() + 1);
            text.contains(&title) || looks.get() > 10
        });
        is_selected = terminal.text().contains(&title);
    }
    is_selected
}

/// What came of a signal to a test process of that kind; `None` if it had ended before.
fn reported_of_kind(row: &KindRow, keys: &str) -> Option<String> {
    let mut terminal = Terminal::pexplore(45, 200, &["--linger", "60", "lab", "--spawn", row.name]);
    terminal.wait_for("╭ px-main ");
    wait_for_events(&mut terminal);
    let pexplore = terminal.pid();
    // All of its family is there, and nothing more will be said of it.
    terminal.wait_for(&format!("started {}", row.comm));
    wait_until(row.name, || member(pexplore, row.comm).is_some());
    let pid = member(pexplore, row.comm).unwrap();
    if !is_selected(&mut terminal, pid) {
        end(terminal);
        return None;
    }
    terminal.send(keys);
    let asked = |text: &str| text.contains("signal to ") || text.contains("has already ended");
    terminal.wait("the dialog", asked);
    terminal.send("\r");
    let is_reported = |text: &str| {
        let status = status(text);
        is_compared(status) || status.contains("already ended")
    };
    terminal.wait(row.name, is_reported);
    let reported = status(&terminal.text()).trim().to_owned();
    println!("{:18} {keys:3} {reported}", row.name);
    end(terminal);
    reported.contains("as predicted").then_some(reported)
}

#[test]
fn of_every_kind_of_test_process_kill_and_term_come_out_as_predicted() {
    if !need_connector() {
        return;
    }
    for row in &KINDS {
        for keys in [KILL, TERM] {
            // Some end by themselves before they are signaled, where the machine is slow.
            let reported =
                (0..5).find_map(|_| reported_of_kind(row, keys)).expect("it was signaled");
            assert!(reported.starts_with("as predicted"), "{} {keys}: {reported}", row.name);
            let end = match row.kind {
                _ if keys == KILL => "ended by SIGKILL",
                TestProcessKind::TermIgnorer => "ignored SIGTERM and lived on",
                TestProcessKind::TermCatcher => "caught SIGTERM and ended with exit 0 after 1.",
                TestProcessKind::Stopped => "stayed stopped: SIGTERM waits",
                _ => "ended by SIGTERM",
            };
            assert!(reported.contains(end), "{} {keys}: {reported}", row.name);
        }
    }
}

#[test]
fn the_ends_of_main_helper_and_guard_come_out_as_predicted() {
    let kinds = ["parent", "daemon", "orphan", "stopped"];
    let kinds = kinds.into_iter().flat_map(|kind| ["--spawn", kind]);
    let arguments: Vec<&str> = ["--linger", "60", "lab"].into_iter().chain(kinds).collect();
    for (comm, said, true_part) in [
        ("px-main", "become orphans", "orphans adopted by"),
        ("px-helper", "If it ends, the lab ends", "with the lab"),
        ("px-guard", "If it ends, the lab ends", "with the lab"),
    ] {
        let mut terminal = Terminal::pexplore(60, 280, &arguments);
        terminal.wait_for("╭ px-main ");
        wait_for_events(&mut terminal);
        let pexplore = terminal.pid();
        wait_until("the last of them", || member(pexplore, "px-stopped").is_some());
        assert!(is_selected(&mut terminal, member(pexplore, comm).unwrap()));
        terminal.send(KILL);
        terminal.wait_for(said);
        terminal.send("\r");
        terminal.wait_for("came true");
        let text = terminal.text();
        let details = details(&text);
        assert!(details.contains(true_part) && !details.contains("mismatch"), "{text}");
        end(terminal);
    }
}

#[test]
fn where_the_kernel_does_not_tell_what_is_known_is_compared() {
    let flags =
        ["--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--net", "--mount-proc"];
    let mut trial = Command::new("unshare");
    if !trial.args(flags).arg("true").status().is_ok_and(|status| status.success()) {
        skip("namespaces");
        return;
    }
    let mut arguments = flags.to_vec();
    // Its init waits for nobody but the terminal's program.
    let script = "sh -c 'sleep 631 & sleep 632 & wait; :' & \"$0\"; exit 0";
    arguments.extend(["sh", "-c", script, env!("CARGO_BIN_EXE_pexplore")]);
    let mut terminal = Terminal::start(45, 200, "unshare", &arguments, &[]);
    terminal.wait_for("events pidfd");
    terminal.wait_for("sleep 632");
    terminal.send("j");
    terminal.wait_for("╭ sh 2 ");
    terminal.send(KILL);
    terminal.wait_for("If it ends, 2 children of it");
    terminal.send("\r");
    let reported = comparison(&mut terminal);
    assert!(reported.starts_with("as predicted: sh "), "{reported}");
    assert!(reported.contains(", 2 orphans adopted by sh 1"), "{reported}");
    end(terminal);
}
