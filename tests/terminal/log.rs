//! `--log FILE`: the edges are logged there, and nowhere else.

use std::fs;

use crate::harness::terminal::Terminal;
use crate::replay::pexplore;

#[test]
fn what_the_edges_do_is_logged_into_the_file_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log");
    let path = file.to_str().unwrap();
    let mut terminal = Terminal::pexplore(24, 100, &["--log", path]);
    terminal.wait_for("up ");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    let log = fs::read_to_string(&file).unwrap();
    assert!(log.contains(" INFO main pexplore starts "), "{log}");
    assert!(log.contains(" INFO main the process that reads starts "), "{log}");
    assert!(!log.contains(" DEBUG "), "{log}");
    assert!(!String::from_utf8_lossy(&terminal.raw).contains("pexplore starts"));
    // What comes later is added.
    let (code, printed, said) = pexplore(&["snapshot", "--log", path]);
    assert!(code == 0 && said.is_empty() && printed.contains("pexplore"), "{said}");
    assert_eq!(fs::read_to_string(&file).unwrap().matches("pexplore starts").count(), 2);
}

#[test]
fn a_log_that_cannot_be_written_or_a_wrong_level_is_one_sentence() {
    let (code, printed, said) = pexplore(&["snapshot", "--log", "/nonexistent/log"]);
    assert_eq!((code, printed.as_str(), said.lines().count()), (1, "", 1));
    assert!(said.contains("could not write /nonexistent/log"), "{said}");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_pexplore"))
        .args(["snapshot", "--log", "/dev/null"])
        .env("PEXPLORE_LOG", "loud")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len(), said.lines().count()), (Some(2), 0, 1));
    assert!(said.contains("PEXPLORE_LOG is \"loud\"; it takes error, warn, info"), "{said}");
}
