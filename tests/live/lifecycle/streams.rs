//! What `pexplore events` does about its streams and signals, and how its text looks.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::harness::processes::{children_of, command_line, kill, runs};
use crate::harness::wait::{deadline, now, wait_for};
use crate::python::interpreter;
use crate::support::events::{Lines, Listening, need_connector, with_all_events};
use crate::support::pexplore;
use crate::support::test_processes::TestProcesses;

/// Starts processes until that is so.
fn busy_until(mut is_so: impl FnMut() -> bool) {
    let limit = deadline();
    while !is_so() {
        assert!(now() < limit, "it waited in vain");
        Command::new("true").stdin(Stdio::null()).status().unwrap();
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_success() {
    if !need_connector() {
        return;
    }
    for format in ["text", "json"] {
        let mut command = pexplore(&["events", "--format", format]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let output = child.stdout.take().unwrap();
        let first = std::thread::spawn(move || BufReader::new(output).lines().next());
        busy_until(|| first.is_finished());
        assert!(first.join().unwrap().is_some());
        let mut status = None;
        busy_until(|| {
            status = child.try_wait().unwrap();
            status.is_some()
        });
        let printed = child.wait_with_output().unwrap();
        assert_eq!(status.and_then(|status| status.code()), Some(0));
        assert_eq!(String::from_utf8_lossy(&printed.stderr), "");
    }
}

#[test]
fn signals_end_it_and_nothing_is_left() {
    if !need_connector() {
        return;
    }
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        with_all_events(|| {
            let mut test_processes = TestProcesses::new();
            let listening = Listening::to_all(&mut test_processes)?;
            let pid = listening.lines.pid();
            // The process that reads for it, and nothing else.
            let children = children_of(pid);
            assert!(children.iter().all(|child| command_line(*child).contains("__reader")));
            kill(pid, signal);
            let (status, messages) = listening.lines.end();
            assert_eq!((status.code(), messages.as_str()), (Some(0), ""), "{signal:?}");
            for child in children {
                wait_for("the end of what reads for it", || (!runs(child)).then_some(()));
            }
            Ok(())
        });
    }
}

#[test]
fn a_signal_ends_it_while_nobody_reads() {
    if !need_connector() {
        return;
    }
    for signal in [Signal::INT, Signal::TERM] {
        let mut command = pexplore(&["events", "--format", "json"]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        // Nothing is added to what fills the pipe, though much happens.
        let (mut held, mut since) = (0, 0);
        busy_until(|| {
            let holds = rustix::io::ioctl_fionread(child.stdout.as_ref().unwrap()).unwrap();
            since = if holds > 0 && holds == held { since + 1 } else { 0 };
            held = holds;
            since > 100
        });
        kill(child.id(), signal);
        let ended = wait_for("its end", || child.try_wait().unwrap());
        assert_eq!(ended.code(), Some(0), "{signal:?}");
    }
}

#[test]
fn text_holds_only_printable_characters_whatever_a_process_calls_itself() {
    let Some(interpreter) = interpreter() else { return };
    if !need_connector() {
        return;
    }
    with_all_events(|| {
        let mut test_processes = TestProcesses::new();
        let lines = Lines::start(&mut pexplore(&["events"]));
        // Its events come once it listens.
        let script = r"
import ctypes, time
call = ctypes.CDLL(None).prctl
while True:
    call(15, b'\x1b[31m\n\x07px')
    time.sleep(0.02)
    call(15, '\u009b\u202e\r\t'.encode())
    time.sleep(0.02)
";
        let mut command = test_processes.command(&interpreter);
        let pid = test_processes.start(command.args(["-c", script, "\u{1b}]0;title\u{7}"])).pid;
        let mut names = 0;
        let mut ends = false;
        while !ends {
            let line = String::from_utf8(lines.next_line().expect("it goes on")).unwrap();
            let acts = |character: char| character.is_control() || character == '\u{202e}';
            assert!(!line.contains(acts), "{line:?}");
            // Every line begins with a time: a name makes no line of its own.
            let time: Vec<&str> = line.split([':', '.']).take(3).collect();
            assert!(time.len() == 3 && time[0].parse::<u8>().is_ok(), "{line:?}");
            let is_meant = line.contains(&format!(" {pid} "));
            names += u32::from(is_meant && line.contains("rename") && line.contains("\\e[31m"));
            if names == 2 {
                kill(pid, Signal::KILL);
            }
            ends = is_meant && names >= 2 && line.contains("SIGKILL");
        }
        Ok(())
    });
}
