//! Terminals that take nothing, tell nothing, or answer at the wrong time.

use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::harness::needs::need;
use crate::harness::terminal::Terminal;
use crate::harness::wait::{now, pause, wait_for};
use crate::machine::blocked_pty::{BlockedPty, LAB, N_LAB, wait_for_marked, wait_for_none_marked};
use crate::machine::namespace::unshare_arguments;
use crate::support::events::need_connector;
use crate::support::pexplore;

/// An end takes a moment; on a busy machine some more.
const SOON: Duration = Duration::from_secs(5);

fn send(pid: i32, signal: Signal) {
    kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
}

#[test]
fn signals_end_pexplore_and_its_test_processes_while_the_terminal_takes_nothing() {
    for (signal, code) in
        [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130), (Signal::QUIT, 131)]
    {
        let mut blocked = BlockedPty::pexplore(&LAB);
        let pid = blocked.pid();
        wait_for_marked(pid, N_LAB);
        send(pid, signal);
        let (ended, took) = blocked.wait_for_end();
        assert_eq!(ended, code, "after {signal:?}");
        assert!(took < SOON, "{signal:?} took {took:?}");
        assert!(blocked.has_usual_modes(), "after {signal:?}");
        wait_for_none_marked(pid);
    }
}

#[test]
fn keys_are_taken_in_while_the_terminal_takes_nothing_and_shown_when_it_does() {
    let mut blocked = BlockedPty::pexplore(&LAB);
    wait_for_marked(blocked.pid(), N_LAB);
    blocked.send("?");
    let output = blocked.read();
    let mut shown = Vec::new();
    wait_for("the help", || {
        shown.extend(output.try_iter().flatten());
        String::from_utf8_lossy(&shown).contains("roles and keys").then_some(())
    });
    blocked.send("q");
    blocked.send("q");
    assert_eq!(blocked.wait_for_end().0, 0);
}

#[test]
fn quitting_needs_no_terminal_that_takes_output() {
    let mut blocked = BlockedPty::pexplore(&LAB);
    let pid = blocked.pid();
    wait_for_marked(pid, N_LAB);
    // The terminal's own reading is not held up.
    blocked.send("\u{3}");
    assert_eq!(blocked.wait_for_end().0, 0);
    wait_for_none_marked(pid);
}

#[test]
fn a_signal_ends_events_while_the_terminal_takes_only_a_part_of_a_line() {
    if !need_connector() {
        return;
    }
    let mut unread = BlockedPty::unread(&["events", "--format", "json"]);
    let pid = unread.pid();
    wait_for("the full terminal", || {
        for _ in 0..50 {
            std::process::Command::new("true").status().unwrap();
        }
        // A terminal that is written to at the moment takes nothing either.
        let is_full = (0..10).all(|_| {
            pause();
            unread.is_full()
        });
        is_full.then_some(())
    });
    send(pid, Signal::TERM);
    let (code, took) = unread.wait_for_end();
    assert_eq!(code, 0);
    assert!(took < SOON, "it took {took:?}");
}

#[test]
fn a_failure_ends_pexplore_though_the_terminal_takes_no_word_of_it() {
    for (arguments, code) in [(["snapshot", "no-such-process"], 1), (["--no-such", "option"], 2)] {
        let (ended, took) = BlockedPty::pexplore(&arguments).wait_for_end();
        assert_eq!(ended, code, "{arguments:?}");
        assert!(took < SOON, "{arguments:?} took {took:?}");
    }
}

#[test]
fn a_signal_ends_events_where_the_terminal_takes_no_warning() {
    // Without the connector, standard error is reported so.
    let events = [env!("CARGO_BIN_EXE_pexplore"), "events"];
    let Some(arguments) = unshare_arguments(&["--net"], &events) else { return };
    let mut blocked = BlockedPty::program("unshare", &arguments);
    let pid = blocked.pid();
    wait_for("the comment", || waits_for_standard_error(pid).then_some(()));
    send(pid, Signal::TERM);
    let (code, took) = blocked.wait_for_end();
    assert_eq!(code, 0);
    assert!(took < SOON, "it took {took:?}");
}

/// Not a test of its own: panics in a taken-over terminal when the next test runs it there.
#[test]
fn panics_when_asked_to() {
    if std::env::var_os("PEXPLORE_TEST_PANIC").is_none() {
        return;
    }
    pexplore::runtime::output::install_reports().unwrap();
    let (inputs, _keep) = std::sync::mpsc::channel();
    let _session = pexplore::runtime::terminal::Session::enter(inputs).unwrap();
    panic!("as asked");
}

#[test]
fn a_panic_ends_pexplore_though_the_terminal_takes_no_word_of_it() {
    let program = std::env::current_exe().unwrap();
    // What the test harness prints itself is not in question.
    let script = "PEXPLORE_TEST_PANIC=1 exec \"$0\" --exact terminals::panics_when_asked_to \
                  --nocapture > /dev/null";
    let arguments = ["-c", script, program.to_str().unwrap()];
    let (code, took) = BlockedPty::program("sh", &arguments).wait_for_end();
    assert_eq!(code, 101);
    assert!(took < SOON, "it took {took:?}");
}

/// Whether a thread of that process waits in a call whose first argument is standard error
/// (`proc_pid_syscall(5)`).
fn waits_for_standard_error(pid: i32) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let calls = threads.map(|thread| std::fs::read_to_string(thread.path().join("syscall")));
    calls.flatten().any(|call| call.split(' ').nth(1) == Some("0x2"))
}

#[test]
fn what_the_terminal_answers_is_not_taken_as_keys() {
    let mut terminal = Terminal::pexplore(24, 100, &[]);
    terminal.wait("the processes", |text| {
        text.contains("COMMAND") && !text.contains("reading processes")
    });
    let mut is_paused = false;
    for answer in [
        "\u{1b}]11;rgb:0000/0000/0000\u{7}",
        "\u{1b}]11;rgb:1e1e/1e1e/2e2e\u{1b}\\",
        "\u{1b}P>|xterm(390)\u{1b}\\",
        "\u{1b}P1+r544e=787465726d\u{1b}\\",
        "\u{1b}_Gi=31;OK:q?\u{1b}\\",
        "\u{1b}[>0;276;0c",
        "\u{1b}[?62;22c",
        "\u{1b}[0;0R",
        "\u{1b}[24;80R",
        "\u{1b}[?2026;2$y",
        "\u{1b}[?0u",
        "\u{1b}[I\u{1b}[O",
        "\u{1b}[>4;2m",
        "\u{1b}[8;24;100t",
    ] {
        // At once, and as it comes over a bad line.
        for part in [answer.len(), 1] {
            for bytes in answer.as_bytes().chunks(part) {
                terminal.send(std::str::from_utf8(bytes).unwrap());
            }
            // Keys come in order: once this one shows, all before it were taken in.
            terminal.send("Z");
            is_paused = !is_paused;
            terminal.wait(answer, |text| text.contains("PAUSED") == is_paused);
            let text = terminal.text();
            for dialog in ["roles and keys", "signal to", "filter", ":0000"] {
                assert!(!text.contains(dialog), "{answer:?}: {dialog} opened:\n{text}");
            }
        }
    }
    terminal.send("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
}

#[test]
fn a_terminal_that_tells_no_size_is_drawn_to_all_the_same() {
    if !need("stty") {
        return;
    }
    let pexplore = env!("CARGO_BIN_EXE_pexplore");
    for (sized, environment, status_line) in [
        ("rows 0 cols 0", &[][..], 23),
        ("rows 0 cols 0", &[("LINES", "20"), ("COLUMNS", "90")][..], 19),
        ("rows 0 cols 90", &[("LINES", "21")][..], 20),
    ] {
        let script = format!("stty {sized}; exec {pexplore}");
        let mut terminal = Terminal::start(30, 100, "sh", &["-c", &script], environment);
        terminal.wait("a screen of that height", |text| {
            text.lines().nth(status_line).is_some_and(|line| line.contains("help"))
        });
        // The size that it has then counts.
        terminal.resize(30, 100);
        terminal.wait("the whole screen", |text| {
            text.lines().nth(29).is_some_and(|line| line.contains("help"))
        });
        terminal.send("q");
        assert_eq!(terminal.wait_for_end().exit_code(), 0);
    }
}

#[test]
fn a_snapshot_for_a_terminal_that_tells_no_size_is_as_wide_as_usual() {
    if !need("stty") {
        return;
    }
    let script =
        format!("stty rows 0 cols 0; {} snapshot; echo done", env!("CARGO_BIN_EXE_pexplore"));
    let mut terminal =
        Terminal::start(24, 200, "sh", &["-c", &script], &[("COLUMNS", ""), ("LINES", "")]);
    terminal.wait_for("done");
    let text = terminal.text();
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn colors_are_written_as_the_terminal_knows_them() {
    for (term, knows, lacks) in [
        ("vt100", None, &["38;5;", "\u{1b}[36;49m"][..]),
        ("xterm-mono", None, &["38;5;", "\u{1b}[36;49m"]),
        ("xterm", Some("\u{1b}[90;49m"), &["38;5;"]),
        ("xterm-256color", Some("38;5;"), &[]),
    ] {
        let mut terminal = Terminal::start(
            24,
            80,
            env!("CARGO_BIN_EXE_pexplore"),
            &[],
            &[("TERM", term), ("COLORTERM", "")],
        );
        terminal.wait_for("COMMAND");
        terminal.send("q");
        assert_eq!(terminal.wait_for_end().exit_code(), 0);
        let raw = String::from_utf8_lossy(&terminal.raw).into_owned();
        assert!(knows.is_none_or(|sequence| raw.contains(sequence)), "{term}: {raw:?}");
        assert!(lacks.iter().all(|sequence| !raw.contains(sequence)), "{term}: {raw:?}");
    }
}

#[test]
fn a_terminal_that_cannot_place_text_is_refused_in_a_sentence() {
    for term in ["dumb", ""] {
        let pexplore = env!("CARGO_BIN_EXE_pexplore");
        let mut terminal = Terminal::start(24, 100, pexplore, &[], &[("TERM", term)]);
        assert_eq!(terminal.wait_for_end().exit_code(), 1);
        let said = String::from_utf8_lossy(&terminal.raw).into_owned();
        assert!(said.starts_with("pexplore: a terminal with TERM="), "{said:?}");
        assert!(!said.contains('\u{1b}') && said.lines().count() == 1, "{said:?}");
    }
}

#[test]
fn the_mouse_can_be_left_to_the_terminal() {
    let on = |terminal: &Terminal| terminal.raw.windows(8).any(|bytes| bytes == b"\x1b[?1000h");
    let mut terminal = Terminal::pexplore(24, 100, &["--no-mouse"]);
    terminal.wait_for("COMMAND");
    assert!(!on(&terminal), "the mouse was not asked for");
    terminal.send("\x1b[24~");
    terminal.wait_for("the mouse is on");
    assert!(on(&terminal), "it is asked for by its key");
    terminal.send("q");
    terminal.wait_for_end();
    assert!(terminal.is_restored());
}

#[test]
fn events_end_with_their_reader_though_nothing_happens() {
    let mut quiet = std::process::Command::new("sleep").arg("613").spawn().unwrap();
    let mut events = pexplore(&["events", &quiet.id().to_string()]);
    let mut events = events.stdout(Stdio::piped()).spawn().unwrap();
    drop(events.stdout.take());
    let began = now();
    let mut ended = None;
    while ended.is_none() && began.elapsed() < Duration::from_secs(20) {
        ended = events.try_wait().unwrap();
        pause();
    }
    let _ = (events.kill(), events.wait(), quiet.kill(), quiet.wait());
    assert_eq!(ended.and_then(|status| status.code()), Some(0));
}
