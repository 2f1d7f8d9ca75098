//! The command line: every way to misuse it, and what its streams carry.

use std::fs::File;
use std::process::Stdio;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use crate::harness::wait::wait_for;
use crate::hostile;
use crate::support::test_processes::TestProcesses;
use crate::support::{Printed, pexplore, run};

/// More than the kernel ever gives (`PID_MAX_LIMIT`).
const NO_PID: &str = "4194999";

fn assert_fails(printed: &Printed, code: i32, words: &str) {
    let Printed { stdout, stderr, .. } = printed;
    assert_eq!(printed.code, Some(code), "{stderr}");
    assert!(stdout.is_empty(), "a failure prints no result");
    assert!(stderr.contains(words), "{stderr}");
    assert!(!stderr.to_lowercase().contains("backtrace"), "{stderr}");
}

/// One sentence that says what failed.
pub(crate) fn assert_fails_plainly(printed: &Printed, words: &str) {
    assert_fails(printed, 1, words);
    let stderr = &printed.stderr;
    assert!(stderr.starts_with("pexplore: ") && stderr.lines().count() == 1, "{stderr:?}");
}

#[test]
fn without_a_terminal_there_is_one_sentence() {
    assert_fails_plainly(&run(&mut pexplore(&[])), "pexplore snapshot");
    assert_fails_plainly(&run(&mut pexplore(&["1"])), "not a terminal");
}

#[test]
fn an_unknown_process_is_one_sentence() {
    for command in ["snapshot", "explain"] {
        for target in [NO_PID, "no-such-name", "0", "99999999999999999999", "", "\u{1b}[31m"] {
            let printed = run(&mut pexplore(&[command, target, "-d", "0.05"]));
            assert_fails_plainly(&printed, "no process ");
            assert!(!printed.stderr.contains('\u{1b}'));
        }
    }
}

#[test]
fn a_name_of_several_processes_lists_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut test_processes = TestProcesses::new();
    let name = format!("px{}", std::process::id());
    let pids = ["one", "two"].map(|word| {
        hostile::start(&mut test_processes, &folder, name.as_bytes(), &[word.as_bytes()])
    });
    for command in ["snapshot", "explain"] {
        let printed = run(&mut pexplore(&[command, &name, "-d", "0.05"]));
        assert_fails(&printed, 1, &name);
        for (pid, word) in pids.iter().zip(["one", "two"]) {
            let is_entry = |line: &str| {
                line.trim_start().starts_with(&format!("{pid} ")) && line.ends_with(word)
            };
            assert!(printed.stderr.lines().any(is_entry), "{}", printed.stderr);
        }
    }
}

#[test]
fn a_name_of_one_process_is_as_good_as_its_pid() {
    let folder = tempfile::tempdir().unwrap();
    let mut test_processes = TestProcesses::new();
    let name = format!("po{}", std::process::id());
    let pid = hostile::start(&mut test_processes, &folder, name.as_bytes(), &[]);
    let printed = run(&mut pexplore(&["explain", &name, "--format", "json", "-d", "0.05"]));
    assert_eq!(printed.json()["pid"], pid);
}

#[test]
fn a_wrong_command_line_is_code_2() {
    let wrong: &[&[&str]] = &[
        &["--no-such-flag"],
        &["snapshot", "--no-such-flag"],
        &["snapshot", "--format", "yaml"],
        &["snapshot", "1", "2"],
        &["explain"],
        &["explain", "1", "--format", "tree"],
        &["--source", "guess", "snapshot"],
        &["--color", "sometimes"],
    ];
    for arguments in wrong {
        let printed = run(&mut pexplore(arguments));
        assert_fails(&printed, 2, "--help");
    }
    for interval in ["0", "-1", "0.01", "1e9", "nan", "inf", "soon", ""] {
        let printed = run(pexplore(&["snapshot"]).arg(format!("--interval={interval}")));
        assert_fails(&printed, 2, "--interval");
    }
}

#[test]
fn help_and_version_are_results() {
    for argument in ["--help", "--version"] {
        let printed = run(&mut pexplore(&[argument]));
        assert_eq!((printed.code, printed.stderr.as_str()), (Some(0), ""));
        assert!(printed.text().contains("pexplore"));
    }
}

#[test]
fn a_closed_pipe_is_success() {
    for format in ["tree", "json"] {
        let mut command = pexplore(&["snapshot", "--format", format, "-d", "0.05"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let printed = child.wait_with_output().unwrap();
        assert_eq!(printed.status.code(), Some(0));
        assert_eq!(String::from_utf8_lossy(&printed.stderr), "");
    }
}

#[test]
fn a_full_disk_is_one_sentence() {
    for arguments in [&["snapshot"][..], &["snapshot", "--format", "json"], &["explain", "1"]] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut command = pexplore(arguments);
        let child = command.args(["-d", "0.05"]).stdout(full).stderr(Stdio::piped()).spawn();
        let printed = child.unwrap().wait_with_output().unwrap();
        let stderr = String::from_utf8(printed.stderr).unwrap();
        let printed = Printed { stdout: Vec::new(), stderr, code: printed.status.code() };
        assert_fails_plainly(&printed, "could not write to standard output");
    }
}

#[test]
fn home_does_not_matter() {
    for home in [Some("/nowhere"), Some("/proc/1/root"), Some(""), None] {
        let mut command = pexplore(&["explain", "1", "-d", "0.05"]);
        match home {
            Some(home) => command.env("HOME", home),
            None => command.env_remove("HOME"),
        };
        let printed = run(&mut command);
        assert_eq!((printed.code, printed.stderr.as_str()), (Some(0), ""));
    }
}

#[test]
fn the_output_is_the_result_and_nothing_else() {
    let printed = run(&mut pexplore(&["snapshot", "-d", "0.05"]));
    assert_eq!((printed.code, printed.stderr.as_str()), (Some(0), ""));
    let own = std::process::id().to_string();
    let tree = printed.text();
    assert!(tree.ends_with('\n'));
    for line in tree.lines() {
        let rest =
            line.trim_start_matches(|c: char| " \u{2502}\u{251c}\u{2514}\u{2500}".contains(c));
        let mut words = rest.split(' ');
        assert_eq!(words.next().map(|glyph| glyph.chars().count()), Some(1), "{line}");
        assert!(words.next().is_some_and(|pid| pid.parse::<u32>().is_ok()), "{line}");
    }
    assert!(tree.lines().any(|line| line.contains(&format!(" {own} "))), "{tree}");
    let json = run(&mut pexplore(&["snapshot", "--format", "json", "-d", "0.05"]));
    assert_eq!(json.text().lines().count(), 1);
    assert!(!json.text().trim_end().contains(char::is_control));
}

#[test]
fn colors_come_only_to_terminals_unless_they_are_asked_for() {
    let is_colored = |arguments: &[&str], no_color: bool| {
        let mut command = pexplore(&["snapshot", "1", "-d", "0.05"]);
        command.args(arguments);
        if no_color {
            command.env("NO_COLOR", "1");
        }
        run(&mut command).text().contains('\u{1b}')
    };
    assert!(!is_colored(&[], false));
    assert!(!is_colored(&["--color", "never"], false));
    assert!(is_colored(&["--color", "always"], false));
    assert!(is_colored(&["--color", "always"], true), "the flag was given on purpose");
}

#[test]
fn on_a_terminal_lines_fit_and_no_color_is_honored() {
    for (no_color, is_colored) in [(None, true), (Some(""), true), (Some("1"), false)] {
        let text = on_terminal(&["snapshot", "-d", "0.05"], no_color);
        assert_eq!(text.contains('\u{1b}'), is_colored, "{text}");
        let mut bare = String::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            bare += before;
            rest = after.split_once('m').expect("only colors are set").1;
        }
        bare += rest;
        assert!(bare.lines().count() > 3);
        for line in bare.lines() {
            assert!(line.trim_end().chars().count() <= 60, "{line}");
        }
    }
}

/// What the program prints on a terminal of 60 columns.
fn on_terminal(arguments: &[&str], no_color: Option<&str>) -> String {
    use std::io::Read;
    let size = PtySize { rows: 24, cols: 60, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_pexplore"));
    command.args(arguments);
    command.env("LC_ALL", "C.UTF-8");
    command.env("TERM", "xterm-256color");
    command.env_remove("NO_COLOR");
    if let Some(value) = no_color {
        command.env("NO_COLOR", value);
    }
    let mut reader = pair.master.try_clone_reader().unwrap();
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let printed = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // The last side to close a terminal makes reading it fail: that is its end.
        let _ = reader.read_to_end(&mut bytes);
        String::from_utf8(bytes).unwrap()
    });
    let status = wait_for("its end", || child.try_wait().unwrap());
    assert!(status.success());
    printed.join().unwrap()
}
