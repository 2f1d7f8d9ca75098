//! Signals where a pid may be another process's: it must not get them.

use crate::harness::namespace::{PidNamespace, Twins, innermost};
use crate::pty::Terminal;
use crate::support::events::Listening;
use crate::support::specimens::{Specimens, children_of, end};
use crate::support::{run, wait_for};

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
        terminal.wait_for("fold all families");
        assert!(!terminal.text().contains("send it"), "{}", terminal.text());
        terminal.send("\x1b");
        terminal.wait("the tree", |text| !text.contains("fold all families"));
        terminal.send("x");
        terminal.wait_for("READ-ONLY  no signals and no test children");
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
    let mut specimens = Specimens::new();
    let named = specimens.start(specimens.command("sh").args(["-c", "read line", &word])).pid;
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
            let said = "no signals and no test children: /proc is of another pid namespace";
            assert!(printed.stderr.contains(said), "{}", printed.stderr);
        }
    }
}

#[test]
fn where_proc_is_of_the_namespace_around_events_are_those_of_the_processes_shown() {
    let Some(twins) = Twins::new() else { return };
    let arguments = [PEXPLORE, "events", "--format", "json", "--interval", "0.1"];
    let mut command = twins.there.enter(&["--pid"], &arguments);
    let mut specimens = Specimens::new();
    let marker = || specimens.start(specimens.command("sleep").arg("300")).pid;
    let mut listening = Listening::once_told(&mut command, marker).unwrap();
    let ending = specimens.start(specimens.command("sleep").arg("300")).pid;
    let is = |event: &serde_json::Value, pid: u32, word: &str| {
        event["pid"] == pid && event["event"] == word
    };
    listening.until_heard(|heard| heard.iter().any(|it| is(it, ending, "start"))).unwrap();
    end(ending);
    listening.until_heard(|heard| heard.iter().any(|it| is(it, ending, "exit"))).unwrap();
    // It lives; in pexplore's own namespace its pid is another's.
    assert!(
        !listening.heard().iter().any(|it| it["pid"] == twins.pid()),
        "{:#?}",
        listening.heard()
    );
}

#[test]
fn where_proc_is_of_another_namespace_events_are_those_of_the_processes_shown() {
    let Some(namespace) = PidNamespace::new(None) else { return };
    let arguments = [PEXPLORE, "events", "--format", "json", "--interval", "0.1"];
    let mut command = namespace.enter(&["--mount"], &arguments);
    let mut specimens = Specimens::new();
    let mut outer = Vec::new();
    let marker = || {
        let mut sleep = namespace.enter(&["--pid", "--mount"], &["sleep", "300"]);
        let nsenter = specimens.start(&mut sleep).pid;
        let child = wait_for("its child", || children_of(nsenter).first().copied());
        // Here, the kernel tells of this one.
        outer.extend([nsenter, child]);
        innermost(child).unwrap()
    };
    let listening = Listening::once_told(&mut command, marker).unwrap();
    let heard = listening.heard();
    let lie = heard.iter().find(|event| outer.iter().any(|pid| event["pid"] == *pid));
    assert!(lie.is_none(), "{lie:#?}");
}
