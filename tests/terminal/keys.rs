//! Keys from files, as a user gives them.

use std::fs;

use crate::harness::terminal::Terminal;

#[test]
fn keys_of_a_file_are_those_of_the_session_and_a_wrong_file_ends_it_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.toml");
    let path = file.to_str().unwrap();
    fs::write(&file, "[global]\nquit-now = \"^Q\"\nhelp = \"H\"\n").unwrap();
    let mut terminal = Terminal::pexplore(24, 80, &["--keys", path]);
    terminal.wait_for("H help");
    terminal.send("\u{11}");
    assert!(terminal.wait_for_end().success());

    let config = folder.path().join("config");
    fs::create_dir_all(config.join("pexplore")).unwrap();
    let own = config.join("pexplore/keys.toml");
    fs::write(&own, "[tree]\n\nup = \"nope\"\n").unwrap();
    let mut terminal = Terminal::start(
        24,
        80,
        env!("CARGO_BIN_EXE_pexplore"),
        &[],
        &[("XDG_CONFIG_HOME", config.to_str().unwrap())],
    );
    let code = terminal.wait_for_end().exit_code();
    let said = String::from_utf8_lossy(&terminal.raw).into_owned();
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("keys.toml, line 3: no key is named \"nope\""), "{said}");

    let mut terminal = Terminal::pexplore(24, 80, &["--keys", "/nonexistent/keys.toml"]);
    assert_eq!(terminal.wait_for_end().exit_code(), 1);
    let said = String::from_utf8_lossy(&terminal.raw).into_owned();
    assert!(said.contains("could not read /nonexistent/keys.toml"), "{said}");
}
