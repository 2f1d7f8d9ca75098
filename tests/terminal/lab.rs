//! Test processes, started and ended with the real program in a real terminal.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use pexplore::test_process::KINDS;
use rustix::process::Signal;

use crate::harness::processes::marked;
use crate::harness::terminal::Terminal;
use crate::harness::wait::wait_until;
use crate::lifecycle::has_line;
use crate::{open, select, send};

#[test]
fn test_processes_come_up_as_what_they_are_and_go_with_pexplore() {
    let mut terminal = open(&[]);
    let mut started = Vec::new();
    for (downs, name) in [
        (0, "px-child"),
        (3, "px-parent"),
        (5, "px-daemonic"),
        (7, "px-orphan"),
        (9, "px-zombie-maker"),
    ] {
        // From where the cursor is on no test process.
        terminal.send("ga");
        terminal.wait_for("start a test process");
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
    wait_until("the end of every test process", || marked(&pid).is_empty());
}

#[test]
fn the_end_of_the_lab_is_said() {
    let mut terminal = open(&[]);
    terminal.send("a");
    terminal.wait_for("start a test process");
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
    terminal.wait_for("the lab's helper or guard ended, and every test process with it");
    terminal.send("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
}

/// The pid behind a name in the title of the details.
fn pid_in_the_title(text: &str, name: &str) -> i32 {
    let (_, behind) = text.split_once(&format!("╭ {name} ")).unwrap();
    behind.split(' ').next().unwrap().parse().unwrap()
}

/// What `pexplore lab` is started with: of every kind the default, of some a second.
fn spawning_all() -> Vec<String> {
    let mut arguments = vec!["lab".to_owned()];
    for row in &KINDS {
        arguments.extend(["--spawn".to_owned(), row.name.to_owned()]);
    }
    for more in ["orphan=5", "daemon=5", "stopped=5", "child=20", "fork-bomb=20"] {
        arguments.extend(["--spawn".to_owned(), more.to_owned()]);
    }
    arguments
}

fn lab_with_all() -> Terminal {
    let arguments = spawning_all();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut terminal = Terminal::pexplore(45, 180, &arguments);
    terminal.wait_for("╭ px-main ");
    let pid = terminal.pid().to_string();
    wait_until("all of them", || marked(&pid).len() > 100);
    terminal
}

#[test]
fn the_lab_opens_on_its_main_and_adds_below_the_cursor_at_once() {
    let mut terminal = Terminal::pexplore(45, 180, &["lab"]);
    terminal.wait_for("╭ px-main ");
    let main = pid_in_the_title(&terminal.text(), "px-main");
    terminal.send("a");
    terminal.wait_for(&format!("start a test process of px-main {main}"));
    terminal.send("\r");
    terminal.wait_for("╭ px-child ");
    let child = pid_in_the_title(&terminal.text(), "px-child");
    terminal.send("ajjjjj");
    terminal.wait_for(&format!("start a test process of px-child {child}"));
    terminal.send("\r");
    terminal.wait_for("╭ px-daemonic ");
    terminal.wait_for("known because the lab started it so");
    let daemonic = pid_in_the_title(&terminal.text(), "px-daemonic");
    terminal.send("a\r");
    terminal.wait_for(&format!("px-daemonic {daemonic} is a daemonic child and refuses"));
    terminal.send("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
}

#[test]
fn a_number_that_is_typed_says_how_many_are_started() {
    let mut terminal = Terminal::pexplore(45, 180, &["lab"]);
    terminal.wait_for("╭ px-main ");
    let pid = terminal.pid().to_string();
    terminal.send("ajjj12");
    terminal.wait_for("‹ 12 › children, 1 to 64");
    terminal.send("\r");
    terminal.wait_for("╭ px-parent ");
    // Helper, guard, main, and the parent with its children.
    wait_until("twelve children", || marked(&pid).len() == 3 + 13);
    let parent = pid_in_the_title(&terminal.text(), "px-parent");
    terminal.send("a5");
    terminal.wait_for("‹ 5 › of them, 1 to 256");
    terminal.send("\u{7f}6\r");
    wait_until("six more", || marked(&pid).len() == 3 + 13 + 6);
    let path = format!("/proc/{parent}/task/{parent}/children");
    let children = std::fs::read_to_string(path).unwrap();
    assert_eq!(children.split_whitespace().count(), 12 + 6);
    // The first of several is selected, and the cursor stays there.
    terminal.wait_for("╭ px-child ");
    let first: i32 = children.split_whitespace().nth(12).unwrap().parse().unwrap();
    assert_eq!(pid_in_the_title(&terminal.text(), "px-child"), first);
    // The least of a percentage, one step below ten.
    terminal.send(&format!("a{}10\u{1b}[D", "j".repeat(13)));
    terminal.wait_for("‹ 1 › % of a CPU, 1 to 100");
    terminal.send("\r");
    terminal.wait_for("╭ px-burner ");
    terminal.send("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
}

#[test]
fn a_killed_main_leaves_its_children_to_the_helper_as_was_said_before() {
    let mut terminal =
        Terminal::pexplore(45, 180, &["lab", "--spawn", "daemonic", "--spawn", "child"]);
    terminal.wait_for("╭ px-main ");
    terminal.wait_for("px-daemonic");
    let pid = terminal.pid().to_string();
    wait_until("helper, guard, main and both", || marked(&pid).len() == 5);
    // Until it is known where events come from, nobody tells how a process ended, and a pidfd
    // tells it only of those that were there when it was opened.
    terminal.wait("a source of events, for a second", |text| {
        let is_known = text.contains("events connector") || text.contains("events pidfd");
        is_known && ["2s", "3s"].iter().any(|age| has_line(text, &["px-main", age]))
    });
    let is_daemonic = |pid: &u32| {
        let comm = std::fs::read_to_string(format!("/proc/{pid}/comm"));
        comm.is_ok_and(|comm| comm.trim() == "px-daemonic")
    };
    let daemonic = marked(&pid).into_iter().find(is_daemonic).unwrap().cast_signed();
    // TERM is chosen first, and KILL stands below it.
    terminal.send("x");
    terminal.wait_for("signal to px-main");
    terminal.wait_for("(px-helper) adopts them.");
    terminal.send("j");
    terminal.wait_for("1 of them is daemonic, yet a main that is killed cannot end them.");
    terminal.send("\r");
    select(&mut terminal, daemonic);
    terminal.wait_for("orphan, certain");
    terminal.wait_for("was a daemonic child; its main ended by");
    assert_eq!(marked(&pid).len(), 4);
    terminal.send("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
    wait_until("the end of every test process", || marked(&pid).is_empty());
}

#[test]
fn fork_bombs_stop_at_the_cap_which_is_said() {
    // Seven fit, and there is room for 64 more, but not for the parent and its 64.
    let mut arguments = vec!["lab"];
    for order in [["--spawn", "fork-bomb=64"]; 7].iter().chain(&[["--spawn", "parent=64"]]) {
        arguments.extend(order);
    }
    let mut terminal = Terminal::pexplore(45, 180, &arguments);
    terminal.wait_for("448 test processes live, 65 more would be above 512");
    let pid = terminal.pid().to_string();
    assert_eq!(marked(&pid).len(), 3 + 448);
    let bomb = "j".repeat(18);
    terminal.send(&format!("a{bomb}99"));
    terminal.wait_for("‹ 64 › processes, 1 to 64");
    terminal.send("\r");
    wait_until("the last that fit", || marked(&pid).len() == 3 + 512);
    // The cursor is on the last bomb, so that the next ones are below it.
    terminal.wait_for("╭ px-fork-bomb ");
    for order in [format!("a{bomb}\r"), "a5\r".to_owned()] {
        terminal.send(&order);
        terminal.wait_for("512 test processes live already, which is the most");
        terminal.send("\u{1b}");
        terminal.wait("the sentence to go", |text| !text.contains("which is the most"));
    }
    assert_eq!(marked(&pid).len(), 3 + 512);
    terminal.send("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
    wait_until("the end of every test process", || marked(&pid).is_empty());
}

#[test]
fn one_that_catches_term_says_so_on_the_status_line() {
    let mut terminal = Terminal::pexplore(45, 180, &["lab"]);
    terminal.wait_for("╭ px-main ");
    terminal.send("a");
    terminal.wait_for("start a test process");
    terminal.send(&"j".repeat(11));
    terminal.send("\r");
    terminal.wait_for("╭ px-term-catcher ");
    terminal.send("x\r");
    let own = terminal.pid();
    terminal.wait_for(&format!("caught SIGTERM from pexplore {own}; it tidies up for a second"));
    terminal.send("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
}

#[test]
fn nothing_outlives_pexplore_however_it_ends() {
    let ends: [fn(&mut Terminal); 5] = [
        |terminal| terminal.send("q"),
        |terminal| send(terminal.pid(), Signal::TERM),
        |terminal| send(terminal.pid(), Signal::HUP),
        |terminal| send(terminal.pid(), Signal::KILL),
        |terminal| send(terminal.pid(), Signal::ABORT),
    ];
    for end in ends {
        let mut terminal = lab_with_all();
        let pid = terminal.pid().to_string();
        end(&mut terminal);
        wait_until("the end of every test process", || marked(&pid).is_empty());
        terminal.wait_for_end();
    }
}

/// Not a test of its own: the process that a terminal with a lab in it ends with.
#[test]
fn holds_a_terminal_when_asked() {
    if std::env::var_os("PEXPLORE_TEST_HOLDS_A_TERMINAL").is_none() {
        return;
    }
    let terminal = lab_with_all();
    eprintln!("holding {}", terminal.pid());
    let _ = std::io::stdin().lines().next();
}

/// A child that is killed with the test, if not before.
struct Holder(Child);

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn nothing_outlives_a_closed_terminal() {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "lab::holds_a_terminal_when_asked", "--nocapture", "--test-threads=1"])
        .env("PEXPLORE_TEST_HOLDS_A_TERMINAL", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut holder = Holder(child.unwrap());
    let lines = BufReader::new(holder.0.stderr.take().unwrap()).lines();
    let pid = lines
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("holding ").map(ToOwned::to_owned));
    let pid = pid.expect("the terminal is there");
    assert!(marked(&pid).len() > 100);
    drop(holder);
    wait_until("the end of every test process", || marked(&pid).is_empty());
    wait_until("the end of pexplore", || !std::path::Path::new(&format!("/proc/{pid}")).exists());
}

#[test]
fn the_command_line_lists_kinds_and_refuses_what_there_is_not() {
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_pexplore")).args(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    };
    let (code, kinds, _) = run(&["lab", "--kinds"]);
    let names: Vec<&str> = kinds.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!((code, names), (0, KINDS.map(|row| row.name).to_vec()));
    let (code, _, said) = run(&["lab", "--spawn", "dragon"]);
    assert_eq!(code, 2);
    assert!(said.contains("`pexplore lab --kinds` lists them"), "{said}");
    let (code, _, said) = run(&["lab", "--spawn", "chain=17"]);
    assert_eq!(code, 2);
    assert!(said.contains("chain=N takes a number from 1 to 16"), "{said}");
    let (code, _, said) = run(&["--read-only", "lab"]);
    assert_eq!(code, 1);
    assert!(said.contains("--read-only starts no test processes"), "{said}");
}
