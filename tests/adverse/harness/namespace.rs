//! Commands in namespaces of their own (unshare(1)).

use std::process::Command;

/// A command in namespaces of its own; `None` where they are not to be had.
///
/// `flags` are unshare's, such as `--net`. A pid namespace ends with its first process, so that
/// nothing in it can outlive the test.
pub(crate) fn unshared(flags: &[&str], program: &str) -> Option<Command> {
    if !can_unshare(flags) {
        return None;
    }
    let mut command = Command::new("unshare");
    command.args(flags).arg("--").arg(program);
    Some(command)
}

/// Whether these namespaces are to be had; said where not, and a failure where all is demanded.
fn can_unshare(flags: &[&str]) -> bool {
    let tried = Command::new("unshare").args(flags).args(["--", "true"]).output();
    let can = tried.is_ok_and(|tried| tried.status.success());
    if !can {
        let needs = format!("unshare {}", flags.join(" "));
        assert!(std::env::var_os("PEXPLORE_TEST_ALL").is_none(), "this test needs {needs}");
        println!("skipped: needs {needs}");
    }
    can
}
