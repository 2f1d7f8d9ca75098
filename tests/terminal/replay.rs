//! A session that is recorded comes to the same screen when it is played again.

use std::fs;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::Victim;
use crate::harness::terminal::Terminal;
use crate::harness::wait::{DEADLINE, now, pause};
use crate::lifecycle::need_connector;

pub(crate) fn pexplore(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_pexplore"))
        .args(arguments)
        .env("LC_ALL", "C.UTF-8")
        .env_remove("NO_COLOR")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// The lines without their first column: a screen with colors has the bar of the cursor there.
fn lines(screen: &str) -> Vec<String> {
    let line = |line: &str| line.chars().skip(1).collect::<String>().trim_end().to_owned();
    screen.lines().map(line).collect()
}

#[test]
fn a_recorded_session_is_replayed_to_the_same_screen_byte_for_byte() {
    if !need_connector() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("session.jsonl");
    let path = file.to_str().unwrap();
    let victim = Victim::start("sleep 731 & exec sleep 732");
    let mut terminal = Terminal::pexplore(40, 150, &["--record", path]);
    terminal.wait_for("connector");
    terminal.send(&format!("/{}\r", victim.pid()));
    terminal.wait_for(&format!(" sleep {} ", victim.pid()));
    terminal.send("v");
    drop(victim);
    terminal.wait_for("SIGKILL");
    // Nothing changes the screen of a pause.
    terminal.send("Z");
    terminal.wait_for("PAUSED");
    let shown = terminal.text();
    terminal.send("q");
    assert!(terminal.wait_for_end().success());

    let (code, printed, said) = pexplore(&["replay", path, "--to-end", "--print"]);
    assert_eq!((code, said.as_str()), (0, ""));
    assert_eq!(lines(&printed), lines(&shown));

    // The same on a screen, where keys that act on processes do nothing.
    let mut terminal = Terminal::pexplore(40, 150, &["replay", path]);
    terminal.send("]]]]]]");
    terminal.wait_for("REPLAY x64, the end");
    terminal.send("xa");
    terminal.send("?");
    terminal.wait_for("roles and keys");
    assert!(!terminal.text().contains("start a test process of"));
    terminal.send("q");
    assert!(terminal.wait_for_end().success());

    // Cut off as a crash leaves it: what there is is played, and it is said.
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() - 5]).unwrap();
    let (code, printed, said) = pexplore(&["replay", path, "--to-end", "--print"]);
    assert!(code == 1 && printed.contains("PAUSED"), "{said}{printed}");
    assert!(said.contains("was cut off") && said.lines().count() == 1, "{said}");
}

#[test]
fn events_are_recorded_and_replayed_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.jsonl");
    let path = file.to_str().unwrap();
    let mut listening = Command::new(env!("CARGO_BIN_EXE_pexplore"))
        .args(["events", "--record", path])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let began = now();
    // The scan is in it once the file has grown beyond its header.
    while fs::read_to_string(&file).map_or(0, |text| text.lines().count()) < 3 {
        assert!(began.elapsed() < DEADLINE, "nothing is recorded");
        pause();
    }
    kill_process(Pid::from_child(&listening), Signal::TERM).unwrap();
    assert!(listening.wait().unwrap().success());
    let (code, printed, said) = pexplore(&["replay", path, "--to-end", "--print"]);
    assert_eq!((code, said.as_str()), (0, ""));
    assert!(printed.contains("PROCESS") && printed.contains("READ-ONLY"), "{printed}");
}

#[test]
fn a_recording_that_cannot_be_written_or_read_is_one_sentence() {
    let sentence = |arguments: &[&str], code: i32| {
        let (ended, printed, said) = pexplore(arguments);
        assert_eq!((ended, printed.as_str(), said.lines().count()), (code, "", 1), "{said}");
        said
    };
    let said = sentence(&["replay", "/nonexistent", "--to-end"], 1);
    assert!(said.contains("could not read /nonexistent"), "{said}");
    let said = sentence(&["replay", env!("CARGO_BIN_EXE_pexplore"), "--to-end"], 1);
    assert!(said.contains("is no recording"), "{said}");
    sentence(&["replay", "/nonexistent", "--print"], 2);
    let mut terminal = Terminal::pexplore(24, 80, &["--record", "/nonexistent/file"]);
    assert_eq!(terminal.wait_for_end().exit_code(), 1);
    // A full disk ends the recording, not the session.
    let mut terminal = Terminal::pexplore(24, 100, &["--record", "/dev/full"]);
    assert_eq!(terminal.wait_for_end().exit_code(), 1);
    let said = String::from_utf8_lossy(&terminal.raw).into_owned();
    assert!(said.contains("could not write /dev/full"), "{said}");
}
