//! What cannot be read is not said to be absent.

use crate::harness::namespace::unshared;
use crate::support::{Printed, need_root, run};

/// Runs a line of sh in a mount namespace of its own, where `$PEX` is pexplore.
fn run_apart(line: &str) -> Option<Printed> {
    if !need_root() {
        return None;
    }
    let mut command = unshared(&["--mount"], "sh")?;
    Some(run(command.args(["-c", line]).env("PEX", env!("CARGO_BIN_EXE_pexplore"))))
}

fn assert_fails_in_a_sentence(printed: &Printed, words: &str) {
    assert_eq!((printed.code, printed.text()), (Some(1), ""), "{}", printed.stderr);
    assert_eq!(printed.stderr.lines().count(), 1, "{}", printed.stderr);
    assert!(printed.stderr.contains(words), "{}", printed.stderr);
}

#[test]
fn without_proc_nothing_is_told_and_that_is_no_success() {
    for command in ["snapshot", "explain 1", "--source sysinfo snapshot"] {
        let line = format!("umount -l /proc && exec $PEX {command}");
        let Some(printed) = run_apart(&line) else { return };
        assert_fails_in_a_sentence(&printed, "read");
    }
}

#[test]
fn without_descriptors_nothing_is_told_and_that_is_no_success() {
    // What the tests were started with is not to take the place of what pexplore opens.
    let close = "exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-";
    for files in 4..8 {
        let line = format!("{close}; ulimit -n {files}; exec $PEX snapshot");
        let Some(printed) = run_apart(&line) else { return };
        assert_fails_in_a_sentence(&printed, "Too many open files");
    }
}

#[test]
fn whom_hidepid_hides_is_not_said_to_be_absent() {
    let mount = "umount -l /proc && mount -t proc -o hidepid=2 proc /proc";
    let user = "setpriv --reuid 65534 --regid 65534 --clear-groups";
    let Some(printed) = run_apart(&format!("{mount} && exec {user} $PEX explain 1")) else {
        return;
    };
    assert_fails_in_a_sentence(&printed, "hidepid");
}
