//! What cannot be read is not said to be absent.

use std::io::Write;

use crate::harness::needs::need_root;
use crate::harness::processes::end;
use crate::harness::terminal::Terminal;
use crate::machine::another_user::AnotherUser;
use crate::machine::denied::without_prctl;
use crate::machine::namespace::{unshare_arguments, unshared};
use crate::support::test_processes::TestProcesses;
use crate::support::{Printed, run};

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
fn without_proc_nothing_is_reported_and_that_is_no_success() {
    for command in ["snapshot", "explain 1", "--source sysinfo snapshot"] {
        let line = format!("umount -l /proc && exec $PEX {command}");
        let Some(printed) = run_apart(&line) else { return };
        assert_fails_in_a_sentence(&printed, "read");
    }
}

#[test]
fn without_descriptors_nothing_is_reported_and_that_is_no_success() {
    // What the tests were started with is not to take the place of what pexplore opens.
    let close = "exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-";
    for files in 4..8 {
        let line = format!("{close}; ulimit -n {files}; exec $PEX snapshot");
        let Some(printed) = run_apart(&line) else { return };
        assert_fails_in_a_sentence(&printed, "Too many open files");
    }
}

#[test]
fn where_prctl_is_denied_processes_are_read_all_the_same() {
    let mut test_processes = TestProcesses::new();
    let sleeper = test_processes.start(test_processes.command("sleep").arg("300")).pid.to_string();
    let command = [env!("CARGO_BIN_EXE_pexplore"), "explain", &sleeper];
    let Some(arguments) = without_prctl("1", &command) else { return };
    let printed = run(std::process::Command::new("python3").args(arguments));
    assert_eq!((printed.code, &*printed.stderr), (Some(0), ""));
    assert!(printed.text().contains("sleep 300"), "{}", printed.text());
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

#[test]
fn who_becomes_another_users_where_such_are_hidden_has_not_ended() {
    let Some(another) = AnotherUser::new() else { return };
    let mut test_processes = TestProcesses::new();
    let becomes_root = format!("read _; exec {} 300", another.set_user_id_copy("/bin/sleep"));
    let mut sh = test_processes.command("setpriv");
    sh.args(["--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", &becomes_root]);
    let (sh, mut input) = test_processes.start_with_input(&mut sh);
    let hide = "umount -l /proc && mount -t proc -o hidepid=2 proc /proc && exec setpriv \"$@\"";
    let pid = sh.pid.to_string();
    let pexplore = another.arguments(&["-d", "0.1", &pid]);
    let command: Vec<&str> =
        ["sh", "-c", hide, "sh"].into_iter().chain(pexplore.iter().map(String::as_str)).collect();
    let Some(arguments) = unshare_arguments(&["--mount"], &command) else { return };
    let mut terminal = Terminal::start(40, 150, "unshare", &arguments, &[]);
    terminal.wait_for(&pid);
    let is_state = |line: &str, state| line.contains("state") && line.ends_with(state);
    let has_state = |text: &str, state| text.lines().any(|line| is_state(line.trim_end(), state));
    terminal.wait("its state", |text| has_state(text, "sleeping"));
    input.write_all(b"\n").unwrap();
    terminal.wait("that it is hidden", |text| has_state(text, "hidden"));
    let has_ended = |text: &str| text.contains("cause unknown") || text.contains("root");
    assert!(!has_ended(&terminal.text()), "{}", terminal.text());
    end(sh.pid);
    terminal.wait("its end", |text| text.contains("SIGKILL") || text.contains("unknown"));
}
