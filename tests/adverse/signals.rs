//! Signals where a pid may be another process's: it must not get them.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::harness::processes::{children_of, end, marked, runs};
use crate::harness::terminal::Terminal;
use crate::harness::wait::wait_for;
use crate::machine::another_user::AnotherUser;
use crate::machine::denied::{without_pidfds, without_sending};
use crate::machine::namespace::{PidNamespace, Twins, innermost, unshared};
use crate::support::events::Listening;
use crate::support::run;
use crate::support::test_processes::TestProcesses;

const PEXPLORE: &str = env!("CARGO_BIN_EXE_pexplore");
/// Where the mounted `/proc` is that of the pid namespace around, and that of another one.
const WAYS: [&str; 2] = ["--pid", "--mount"];
const WARNING: &str = "/proc is of another pid namespace";

#[test]
fn where_proc_is_of_another_pid_namespace_the_header_says_so_and_nothing_is_signaled() {
    for way in WAYS {
        let Some(twins) = Twins::new() else { return };
        let pid = twins.pid().to_string();
        let arguments = twins.there.entering(&[way], &[PEXPLORE, &pid]);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut terminal = Terminal::start(40, 200, "nsenter", &arguments, &[]);
        terminal.wait(WARNING, |text| text.lines().next().unwrap_or_default().contains(WARNING));
        terminal.wait_for(&pid);
        for keys in ["x\r", "X\r", "a\r", "L\r"] {
            terminal.send(keys);
        }
        terminal.send("?");
        terminal.wait_for("fold all descendants");
        assert!(!terminal.text().contains("send it"), "{}", terminal.text());
        terminal.send("\x1b");
        terminal.wait("the tree", |text| !text.contains("fold all descendants"));
        terminal.send("x");
        terminal.wait_for("no signals and no test processes");
        terminal.send("q");
        // It waits for signals that are on their way.
        terminal.wait_for_end();
        assert!(twins.both_run(), "{way}");
    }
}

#[test]
fn where_proc_is_of_another_pid_namespace_reports_say_so() {
    for way in WAYS {
        let Some(namespace) = PidNamespace::new(None) else { return };
        let arguments = [PEXPLORE, "snapshot", "--format", "json", "--interval", "0.05"];
        let printed = run(&mut namespace.enter(&[way], &arguments));
        assert_eq!((printed.code, printed.stderr.lines().count()), (Some(0), 1), "{way}");
        assert!(printed.stderr.contains(WARNING), "{}", printed.stderr);
        let shot = printed.json();
        assert!(shot["source"]["note"].as_str().unwrap().contains(WARNING), "{shot:#}");
        assert_eq!(shot["source"]["events"], "none");
        let pids = shot["processes"].as_array().unwrap().iter().map(|process| &process["pid"]);
        let shown = if way == "--pid" { namespace.outer } else { namespace.inner };
        assert_eq!(pids.filter(|pid| **pid == shown).count(), 1, "{way}: {shot:#}");
    }
}

#[test]
fn where_proc_is_of_another_pid_namespace_pexplore_knows_itself_by_the_pid_it_has_there() {
    let Some(namespace) = PidNamespace::new(None) else { return };
    let word = format!("px-namesake-{}", std::process::id());
    let mut test_processes = TestProcesses::new();
    let named =
        test_processes.start(test_processes.command("sh").args(["-c", "read line", &word])).pid;
    // pexplore and nsenter have the word among their arguments, too.
    let arguments = [PEXPLORE, "explain", "--format", "json", "--interval", "0.05", &word];
    let printed = run(&mut namespace.enter(&["--pid"], &arguments));
    assert_eq!(printed.code, Some(0), "{}", printed.stderr);
    assert_eq!(printed.json()["pid"], named);
}

#[test]
fn where_proc_is_of_another_pid_namespace_the_lab_starts_nothing() {
    for way in WAYS {
        let Some(namespace) = PidNamespace::new(None) else { return };
        for more in
            [&["lab"] as &[&str], &["lab", "--auto", "orphan"], &["lab", "--spawn", "child"]]
        {
            let printed = run(&mut namespace.enter(&[way], &[&[PEXPLORE], more].concat()));
            assert_eq!((printed.code, printed.text()), (Some(1), ""), "{}", printed.stderr);
            assert_eq!(printed.stderr.lines().count(), 1, "{}", printed.stderr);
            let said = "no signals and no test processes: /proc is of another pid namespace";
            assert!(printed.stderr.contains(said), "{}", printed.stderr);
        }
    }
}

/// Operation not permitted, and function not implemented.
const DENIALS: [&str; 2] = ["1", "38"];

#[test]
fn without_pidfds_the_tree_is_shown_and_nothing_is_signaled_and_it_is_said() {
    for errno in DENIALS {
        let mut test_processes = TestProcesses::new();
        let family =
            test_processes.start(test_processes.command("sh").args(["-c", "sleep 300 & wait"])).pid;
        let child = wait_for("its child", || children_of(family).first().copied());
        let pid = family.to_string();
        let Some(arguments) = without_pidfds(errno, &[PEXPLORE, &pid]) else { return };
        for key in ["x", "X"] {
            let mut terminal = Terminal::start(40, 200, "python3", &arguments, &[]);
            terminal.wait_for(&child.to_string());
            terminal.send(key);
            terminal.wait_for("signal to");
            terminal.send("\r");
            terminal.wait_for("nothing was sent: without a pidfd it might reach another process");
            terminal.send("q");
            terminal.wait_for_end();
        }
        assert!(runs(family) && runs(child));
    }
}

#[test]
fn what_another_user_may_not_signal_goes_on_and_it_is_said() {
    let Some(another) = AnotherUser::new() else { return };
    let mut test_processes = TestProcesses::new();
    let family =
        test_processes.start(test_processes.command("sh").args(["-c", "sleep 300 & wait"])).pid;
    let child = wait_for("its child", || children_of(family).first().copied());
    let arguments = another.arguments(&[&family.to_string()]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    for (key, said) in [("x", "not permitted; it runs as root"), ("X", "2 not permitted")] {
        let mut terminal = Terminal::start(40, 200, "setpriv", &arguments, &[]);
        terminal.wait_for(&child.to_string());
        terminal.send(key);
        terminal.wait_for("signal to");
        terminal.send("\r");
        terminal.wait_for(said);
    }
    assert!(runs(family) && runs(child));
}

#[test]
fn what_a_filter_forbids_is_not_blamed_on_the_user() {
    let mut test_processes = TestProcesses::new();
    let sleeper = test_processes.start(test_processes.command("sleep").arg("300")).pid;
    let pid = sleeper.to_string();
    let Some(arguments) = without_sending("1", &[PEXPLORE, &pid]) else { return };
    let mut terminal = Terminal::start(40, 200, "python3", &arguments, &[]);
    terminal.wait_for(&pid);
    terminal.send("x");
    terminal.wait_for("signal to");
    terminal.send("\r");
    terminal.wait_for("not permitted, though its user is pexplore's own");
    terminal.send("q");
    terminal.wait_for_end();
    assert!(runs(sleeper));
}

#[test]
fn without_pidfds_and_the_connector_births_and_ends_are_reported() {
    for errno in DENIALS {
        let arguments = [PEXPLORE, "events", "--format", "json", "--interval", "0.1"];
        let Some(arguments) = without_pidfds(errno, &arguments) else { return };
        let Some(mut command) = unshared(&["--net"], "python3") else { return };
        let mut test_processes = TestProcesses::new();
        let marker = || test_processes.start(test_processes.command("sleep").arg("300")).pid;
        let mut listening = Listening::once_reported(command.args(arguments), marker).unwrap();
        let pid = test_processes.start(test_processes.command("sleep").arg("300")).pid;
        let is = |event: &Value, word: &str| event["pid"] == pid && event["event"] == word;
        listening.until_received(|received| received.iter().any(|it| is(it, "start"))).unwrap();
        end(pid);
        listening.until_received(|received| received.iter().any(|it| is(it, "exit"))).unwrap();
    }
}

#[test]
fn without_pidfds_the_lab_refuses_and_leaves_nothing() {
    for errno in DENIALS {
        let arguments = [PEXPLORE, "lab", "--auto", "parent-and-child"];
        let Some(arguments) = without_pidfds(errno, &arguments) else { return };
        let mut command = Command::new("python3");
        let command = command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
        let lab = command.stderr(Stdio::piped()).spawn().unwrap();
        let pid = lab.id().cast_signed();
        let printed = lab.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&printed.stderr);
        assert_eq!((printed.status.code(), said.lines().count()), (Some(1), 1), "{said}");
        assert!(said.contains("no signal can be sent by a pidfd here"), "{said}");
        assert!(marked(pid).is_empty());
    }
}

#[test]
fn where_proc_is_of_the_namespace_around_events_are_those_of_the_processes_shown() {
    let Some(twins) = Twins::new() else { return };
    let arguments = [PEXPLORE, "events", "--format", "json", "--interval", "0.1"];
    let mut command = twins.there.enter(&["--pid"], &arguments);
    let mut test_processes = TestProcesses::new();
    let marker = || test_processes.start(test_processes.command("sleep").arg("300")).pid;
    let mut listening = Listening::once_reported(&mut command, marker).unwrap();
    let ending = test_processes.start(test_processes.command("sleep").arg("300")).pid;
    let is = |event: &Value, pid: u32, word: &str| event["pid"] == pid && event["event"] == word;
    listening.until_received(|received| received.iter().any(|it| is(it, ending, "start"))).unwrap();
    end(ending);
    listening.until_received(|received| received.iter().any(|it| is(it, ending, "exit"))).unwrap();
    // It lives; in pexplore's own namespace its pid is another's.
    assert!(
        !listening.received().iter().any(|it| it["pid"] == twins.pid()),
        "{:#?}",
        listening.received()
    );
}

#[test]
fn where_proc_is_of_another_namespace_events_are_those_of_the_processes_shown() {
    let Some(namespace) = PidNamespace::new(None) else { return };
    let arguments = [PEXPLORE, "events", "--format", "json", "--interval", "0.1"];
    let mut command = namespace.enter(&["--mount"], &arguments);
    let mut test_processes = TestProcesses::new();
    let mut outer = Vec::new();
    let marker = || {
        let mut sleep = namespace.enter(&["--pid", "--mount"], &["sleep", "300"]);
        let nsenter = test_processes.start(&mut sleep).pid;
        let child = wait_for("its child", || children_of(nsenter).first().copied());
        // Here, the kernel tells of this one.
        outer.extend([nsenter, child]);
        innermost(child).unwrap()
    };
    let listening = Listening::once_reported(&mut command, marker).unwrap();
    let received = listening.received();
    let lie = received.iter().find(|event| outer.iter().any(|pid| event["pid"] == *pid));
    assert!(lie.is_none(), "{lie:#?}");
}
