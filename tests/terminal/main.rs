//! The real program in a real terminal, against real processes.

#![expect(clippy::unwrap_used, reason = "what a test expects fails where it is not so")]

#[expect(dead_code, reason = "each of the programs that have it uses a part of it")]
#[path = "../harness/harness.rs"]
mod harness;
mod keys;
mod lab;
mod lifecycle;
mod log;
mod replay;
mod sent_signals;

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::harness::copy::copy_program;
use crate::harness::processes::{self, children_of};
use crate::harness::terminal::Terminal;
use crate::harness::wait::{wait_for, wait_until};
use crate::lifecycle::{has_line, need_connector};

/// A child of the test that ends with it, and all of its process group with it, unless it was
/// waited for before.
struct Victim(Child, bool);

/// Marks what the tests start, for the check that none of it is left.
const MARK: (&str, &str) = ("PX_TEST", "terminal");

impl Victim {
    fn start(script: &str) -> Self {
        let child = Command::new("sh")
            .args(["-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .env(MARK.0, MARK.1)
            .spawn()
            .unwrap();
        Self(child, false)
    }

    fn pid(&self) -> i32 {
        i32::try_from(self.0.id()).unwrap()
    }

    /// Writes a line to its standard input.
    fn tell(&mut self, line: &str) {
        writeln!(self.0.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Waits for its end; by which signal it ended.
    fn wait_for_signal(&mut self) -> Option<i32> {
        use std::os::unix::process::ExitStatusExt;
        let status = wait_for("the victim's end", || self.0.try_wait().unwrap());
        self.1 = true;
        status.signal()
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        // Its number is the group's, and nobody else's, as long as it was not waited for.
        if !self.1 {
            let _ = kill_process_group(Pid::from_child(&self.0), Signal::KILL);
        }
        let _ = self.0.wait();
    }
}

fn send(pid: i32, signal: Signal) {
    kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
}

fn state(pid: i32) -> Option<char> {
    processes::state(pid.cast_unsigned())
}

/// The only child of a process.
fn child_of(pid: i32) -> i32 {
    let children = children_of(pid.cast_unsigned());
    assert_eq!(children.len(), 1, "the children of {pid}");
    children[0].cast_signed()
}

/// Starts pexplore on a wide screen and waits for the first rows.
fn open(arguments: &[&str]) -> Terminal {
    let mut terminal = Terminal::pexplore(45, 180, arguments);
    terminal.wait_for("▾ ");
    terminal
}

/// Waits until it is known where events come from: what is said of that takes the status line.
fn wait_for_events(terminal: &mut Terminal) {
    terminal.wait("a source of events", |text| {
        text.contains("events connector") || text.contains("events pidfd")
    });
}

/// Selects a process by a search: the title of the details names it.
fn select(terminal: &mut Terminal, pid: i32) {
    terminal.send(&format!("/{pid}\r"));
    terminal.wait_for(&format!(" {pid} ─"));
}

#[test]
fn it_shows_the_machine_and_gives_the_terminal_back() {
    let mut terminal = Terminal::pexplore(40, 160, &[]);
    terminal.wait_for("pexplore");
    terminal.wait_for("COMMAND");
    terminal.wait_for("◆ main");
    terminal.send("?");
    terminal.wait_for("roles and keys");
    terminal.send("\u{1b}");
    terminal.wait("the help closed", |text| !text.contains("roles and keys"));
    terminal.send("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
    assert!(terminal.is_restored());
}

#[test]
fn signals_from_outside_give_the_terminal_back() {
    for (signal, code) in
        [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130), (Signal::QUIT, 131)]
    {
        let mut terminal = Terminal::pexplore(24, 80, &[]);
        terminal.wait_for("COMMAND");
        send(terminal.pid(), signal);
        assert_eq!(terminal.wait_for_end().exit_code(), code);
        assert!(terminal.is_restored(), "after {signal:?}");
    }
}

/// Not a test of its own: panics in a taken-over terminal when the next test runs it there.
#[test]
fn panics_when_asked_to() {
    if std::env::var_os("PEXPLORE_TEST_PANIC").is_none() {
        return;
    }
    let (inputs, _keep) = std::sync::mpsc::channel();
    let _session = pexplore::runtime::terminal::Session::enter(inputs).unwrap();
    panic!("as asked");
}

#[test]
fn a_panic_gives_the_terminal_back_before_its_message() {
    let program = std::env::current_exe().unwrap();
    let arguments = ["--exact", "panics_when_asked_to", "--nocapture"];
    let environment = [("PEXPLORE_TEST_PANIC", "1")];
    let mut terminal =
        Terminal::start(24, 100, program.to_str().unwrap(), &arguments, &environment);
    terminal.wait_for_end();
    assert!(terminal.is_restored());
    let raw = String::from_utf8_lossy(&terminal.raw).into_owned();
    let left = raw.find("\u{1b}[?1049l").expect("the alternate screen was left");
    let message = raw.find("as asked").expect("the message was printed");
    assert!(raw.contains("\u{1b}[?1049h") && left < message);
}

#[test]
fn control_z_rests_and_fg_comes_back() {
    let environment = [("PS1", "ready> "), ("HISTFILE", "")];
    let mut terminal =
        Terminal::start(30, 100, "bash", &["--norc", "--noprofile", "-i"], &environment);
    terminal.wait_for("ready>");
    terminal.send(&format!("{}\r", env!("CARGO_BIN_EXE_pexplore")));
    terminal.wait_for("COMMAND");
    for times in 1..=2 {
        terminal.send("\u{1a}");
        terminal.wait("the shell", |text| text.matches("Stopped").count() == times);
        terminal.send("fg\r");
        terminal.wait_for("COMMAND");
    }
    // Stopped from outside, it cannot tidy up; what it finds on its return is the shell's terminal.
    let stopped = child_of(terminal.pid());
    send(stopped, Signal::STOP);
    terminal.wait_for("Stopped");
    terminal.send("\rfg\r");
    terminal.wait("the screen drawn anew", |text| {
        text.contains("COMMAND") && !text.contains("Stopped")
    });
    terminal.send("q");
    terminal.wait("the shell", |text| !text.contains("COMMAND") && text.contains("ready>"));
    wait_until("the end of pexplore", || state(stopped).is_none());
    terminal.send("exit\r");
    terminal.wait_for_end();
}

#[test]
fn any_size_works() {
    let mut terminal = Terminal::pexplore(24, 80, &[]);
    terminal.wait_for("COMMAND");
    for (rows, cols) in [(1, 1), (5, 20), (50, 200), (2, 300), (4, 19), (100, 7), (6, 21)] {
        terminal.resize(rows, cols);
        terminal.send("j");
    }
    terminal.resize(1, 1);
    terminal.resize(30, 120);
    terminal.wait_for("COMMAND");
    terminal.resize(4, 18);
    terminal.wait_for("too small");
    terminal.send("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
    assert!(terminal.is_restored());
}

#[test]
fn a_process_is_found_signaled_and_its_end_reported() {
    let mut victim = Victim::start("exec sleep 600");
    let mut terminal = open(&[]);
    wait_for_events(&mut terminal);
    select(&mut terminal, victim.pid());
    terminal.send("x");
    terminal.wait_for("It ends.");
    terminal.send("\r");
    assert_eq!(victim.wait_for_signal(), Some(15));
    // The details stay, whatever else is said meanwhile.
    terminal.wait("what came of it", |text| has_line(text, &["came true", "sleep"]));
    terminal.send("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
}

#[test]
fn what_ignores_term_is_said_to_and_gets_kill_on_the_second_try() {
    let mut victim = Victim::start("trap '' TERM; while :; do sleep 600; done");
    let mut terminal = open(&[]);
    select(&mut terminal, victim.pid());
    terminal.send("x");
    terminal.wait_for("It ignores SIGTERM");
    terminal.send("\r");
    terminal.wait_for("still alive 3.0 s after SIGTERM");
    terminal.send("x");
    terminal.wait_for("▸  9 SIGKILL");
    // The subtree, so that the shell's sleep goes, too.
    terminal.send("\u{1b}");
    // What follows Esc at once is a key with Alt.
    terminal.wait("the dialog closed", |text| !text.contains("▸  9 SIGKILL"));
    terminal.send("X");
    terminal.wait_for("SIGKILL goes to");
    terminal.send("\r");
    assert_eq!(victim.wait_for_signal(), Some(9));
    terminal.send("q");
    terminal.wait_for_end();
}

#[test]
fn a_subtree_signal_leaves_nothing_stopped() {
    let mut victim = Victim::start(
        "trap 'exit 3' TERM; sleep 601 & sleep 602 & sh -c 'sleep 603 & wait' & wait",
    );
    let root = victim.pid();
    let below = || -> Vec<i32> {
        let mut found = vec![root];
        let mut next = 0;
        while next < found.len() {
            let path = format!("/proc/{0}/task/{0}/children", found[next]);
            let children = std::fs::read_to_string(path).unwrap_or_default();
            found.extend(children.split_whitespace().map(|pid| pid.parse::<i32>().unwrap()));
            next += 1;
        }
        found
    };
    wait_until("the whole family", || below().len() == 5);
    let family = below();
    let mut terminal = open(&[]);
    wait_for_events(&mut terminal);
    select(&mut terminal, root);
    terminal.send("X");
    terminal.wait_for("SIGTERM goes to all 5 processes");
    terminal.send("\r");
    terminal.wait_for("caught SIGTERM and ended with exit 3");
    if need_connector() {
        terminal.wait_for("4 more ended by SIGTERM");
    }
    assert_eq!(victim.wait_for_signal(), None, "it caught the signal and exited");
    wait_until("the end of all", || family[1..].iter().all(|pid| state(*pid).is_none()));
    terminal.send("q");
    terminal.wait_for_end();
}

#[test]
fn hostile_names_and_arguments_never_reach_the_terminal_raw() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("\u{1b}]0;own\u{7}");
    copy_program("/bin/sleep", &program);
    let mut child = Command::new(&program);
    child.env(MARK.0, MARK.1).env("PX_NASTY", "\u{1b}]0;own\u{7}").arg("600").process_group(0);
    let victim = Victim(child.spawn().unwrap(), false);
    let mut terminal = open(&[]);
    select(&mut terminal, victim.pid());
    terminal.wait_for("\\e]0;own\\x07");
    terminal.send("x");
    terminal.wait_for("signal to");
    terminal.send("\u{1b}");
    // What follows Esc at once is a key with Alt.
    terminal.wait("the dialog closed", |text| !text.contains("signal to"));
    terminal.send("q");
    terminal.wait_for_end();
    let raw = String::from_utf8_lossy(&terminal.raw).into_owned();
    assert!(!raw.contains("\u{1b}]0;"), "a title was set");
    assert!(!raw.contains('\u{7}'), "the bell rang");
}

#[test]
fn the_sysinfo_table_works_on_screen_too() {
    let victim = Victim::start("exec sleep 600");
    let mut terminal = open(&["--source", "sysinfo"]);
    terminal.wait_for("scan sysinfo");
    select(&mut terminal, victim.pid());
    terminal.wait_for("sleep 600");
    terminal.send("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
}

#[test]
fn no_color_and_ascii_are_honored() {
    let environment = [("NO_COLOR", "1"), ("LC_ALL", "C")];
    let program = env!("CARGO_BIN_EXE_pexplore");
    let mut terminal = Terminal::start(24, 100, program, &[], &environment);
    terminal.wait_for("M main");
    terminal.send("q");
    terminal.wait_for_end();
    let raw = String::from_utf8_lossy(&terminal.raw).into_owned();
    assert!(raw.is_ascii());
    assert!(!raw.contains("\u{1b}[38;"), "a color was set");
}
