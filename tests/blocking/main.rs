//! Processes that keep their readers waiting hold up nobody else.
//!
//! A program of its own: whoever reads all processes meanwhile, as other tests do, is reported
//! about them.

#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

#[expect(dead_code, reason = "each of the programs that have it uses a part of it")]
#[path = "../harness/harness.rs"]
mod harness;
mod held;
mod lab;
#[expect(dead_code, reason = "it serves other tests, too")]
#[path = "../live/support.rs"]
mod support;

use std::fs;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::harness::needs::need_root;
use crate::harness::processes::kill;
use crate::harness::terminal::Terminal;
use crate::harness::wait::{now, wait_for};
use crate::held::Held;
use crate::support::events::{Lines, Listening, need_connector, with_all_events};
use crate::support::test_processes::TestProcesses;
use crate::support::{pexplore, run};

/// Far more than one who does not answer is waited for, far less than he would have it.
const SOON: Duration = Duration::from_secs(15);

#[test]
fn a_snapshot_ends_in_time_and_says_who_did_not_answer() {
    let Some(held) = Held::start() else { return };
    let began = now();
    let printed = run(&mut pexplore(&["snapshot", "--format", "json", "--interval", "0.05"]));
    assert!(began.elapsed() < SOON, "it took {:?}", began.elapsed());
    assert_eq!(printed.code, Some(0));
    let named = format!("{} (python3)", held.pid());
    let reported = |text: &str| text.contains(&named) && text.contains("not answer");
    assert!(reported(&printed.stderr), "{}", printed.stderr);
    let snapshot = printed.json();
    assert!(reported(snapshot["source"]["note"].as_str().unwrap()), "{}", snapshot["source"]);
    let of = |pid: u32| {
        let mut all = snapshot["processes"].as_array().unwrap().iter();
        all.find(|process| process["pid"] == pid).unwrap()
    };
    assert!(of(held.pid())["cmdline"].is_null());
    assert_eq!(of(held.pid())["uid"], 0);
    assert!(of(std::process::id())["cmdline"].is_array());
}

#[test]
fn a_snapshot_tells_those_that_did_not_answer_from_those_that_were_not_asked_in_time() {
    let Some(_held) = Held::start_many(50) else { return };
    let began = now();
    let printed = run(&mut pexplore(&["snapshot", "--format", "json", "--interval", "0.05"]));
    assert!(began.elapsed() < SOON, "it took {:?}", began.elapsed());
    let said = printed.stderr.trim_end();
    let (silent, rest) =
        said.split_once(" do not answer, and ").unwrap_or_else(|| panic!("{said}"));
    let n_silent = silent.split(", ").count();
    let n_unasked = rest.split(' ').next().and_then(|number| number.parse::<usize>().ok()).unwrap();
    assert!(n_silent >= 25 && n_unasked > 0 && n_silent + n_unasked >= 50, "{said}");
    let snapshot = printed.json();
    let note = snapshot["source"]["note"].as_str().unwrap();
    assert!(note.contains(said.trim_start_matches("pexplore: ")), "{note}");
}

#[test]
fn another_process_is_explained_and_the_one_that_does_not_answer_as_far_as_it_is_known() {
    let Some(held) = Held::start() else { return };
    let explain = |pid: u32| {
        let began = now();
        let printed = run(&mut pexplore(&["explain", "--interval", "0.05", &pid.to_string()]));
        assert!(began.elapsed() < SOON, "it took {:?}", began.elapsed());
        assert_eq!(printed.code, Some(0));
        printed.text().to_owned()
    };
    let own = explain(std::process::id());
    assert!(own.contains("command     ") && !own.contains("does not answer"), "{own}");
    let other = explain(held.pid());
    assert!(other.contains("command     does not answer"), "{other}");
}

#[test]
fn the_screen_tells_of_others_and_ends_at_once() {
    let Some(held) = Held::start() else { return };
    let target = held.pid().to_string();
    let mut terminal = Terminal::pexplore(40, 240, &["--read-only", &target]);
    terminal.wait("the row of who does not answer", |screen| {
        let row = |line: &str| line.contains(&target) && line.contains("does not answer");
        screen.lines().any(row)
    });
    terminal.wait_for("directory  does not answer");
    // Its parent is this test, which answers.
    terminal.send("h");
    terminal.wait("the details of another", |screen| {
        screen.contains("directory  /") && !screen.contains("directory  does not")
    });
    let began = now();
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    assert!(began.elapsed() < Duration::from_secs(3), "it took {:?}", began.elapsed());
}

#[test]
fn while_somebody_is_waited_for_the_screen_ends_at_once_and_leaves_no_reader() {
    let Some(held) = Held::start() else { return };
    let mut terminal = Terminal::pexplore(40, 120, &["--read-only"]);
    terminal.wait_for("pexplore");
    let began = now();
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    assert!(began.elapsed() < Duration::from_secs(3), "it took {:?}", began.elapsed());
    drop(held);
}

/// The arguments of a command that looks for a program that does not run.
const LOOKS_IN_VAIN: [&str; 2] = ["events", "no-such-program"];

/// Whether a process that reads for that one is kept waiting.
fn waits_for_somebody(pexplore: u32) -> bool {
    let children = format!("/proc/{pexplore}/task/{pexplore}/children");
    let children = fs::read_to_string(children).unwrap_or_default();
    children.split_whitespace().any(|pid| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.contains("(px-reader) D")
    })
}

#[test]
fn while_somebody_is_waited_for_the_search_for_a_name_ends_at_once_at_a_signal() {
    let Some(_held) = Held::start_many(50) else { return };
    let searching = Lines::start(&mut pexplore(&LOOKS_IN_VAIN));
    wait_for("a reader that is kept waiting", || waits_for_somebody(searching.pid()).then_some(()));
    let began = now();
    kill(searching.pid(), Signal::INT);
    let (status, messages) = searching.end();
    assert!(began.elapsed() < Duration::from_secs(1), "it took {:?}", began.elapsed());
    assert!(status.success(), "{status:?}: {messages}");
    assert!(!messages.contains("no process "), "{messages}");
}

#[test]
fn the_search_for_a_name_ends_in_time_and_says_who_did_not_answer() {
    let Some(held) = Held::start_many(50) else { return };
    let began = now();
    let printed = run(&mut pexplore(&LOOKS_IN_VAIN));
    assert!(began.elapsed() < Duration::from_secs(8), "it took {:?}", began.elapsed());
    assert_eq!(printed.code, Some(1));
    let reported = |text: &str| printed.stderr.contains(text);
    assert!(reported("no process is named no-such-program"), "{}", printed.stderr);
    assert!(
        reported(&format!("{} (python3)", held.pid())) && reported("not answer"),
        "{}",
        printed.stderr
    );
}

#[test]
fn events_go_on_while_one_that_does_not_answer_became_another_program() {
    if !need_connector() || !need_root() {
        return;
    }
    with_all_events(|| {
        let mut test_processes = TestProcesses::new();
        let mut listening = Listening::to_all(&mut test_processes)?;
        // It learns of the exec only when the one that became another program is held already.
        kill(listening.lines.pid(), Signal::STOP);
        let held = Held::start();
        kill(listening.lines.pid(), Signal::CONT);
        let Some(held) = held else { return Ok(()) };
        let is_held = |event: &Value| event["event"] == "exec" && event["pid"] == held.pid();
        let began = now();
        listening.until_received(|received| received.iter().any(is_held))?;
        let exec = listening.received().iter().find(|event| is_held(event)).unwrap();
        assert_eq!((&exec["comm"], &exec["cmdline"]), (&"python3".into(), &Value::Null));
        // Command lines are read again soon.
        let is_read = |event: &Value| event["event"] == "exec" && event["cmdline"][1] == "30";
        while !listening.received().iter().any(is_read) {
            assert!(began.elapsed() < SOON, "no command line was reported any more");
            let sleeper = test_processes.start(test_processes.command("sleep").arg("30")).pid;
            listening.until(sleeper, std::process::id(), |event| event["event"] == "exec")?;
        }
        kill(listening.lines.pid(), Signal::INT);
        while listening.receive()?.is_some() {}
        assert!(began.elapsed() < SOON, "it took {:?}", began.elapsed());
        Ok(())
    });
}
