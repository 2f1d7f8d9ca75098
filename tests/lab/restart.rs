//! A lab that starts again, and what it refuses.

use std::process::{Command, Stdio};

use pexplore::lab::{GUARD_COMMAND, HELPER_COMMAND, Lab, TEST_PROCESS_COMMAND};
use rustix::process::Signal;

use crate::harness::processes::stat;
use crate::host::{Host, eventually};

#[test]
fn the_lab_starts_again_after_helper_or_guard_was_killed() {
    let mut host = Host::new();
    let mut last = host.start("child")[0].key;
    for who in [Host::helper, Host::guard] {
        let victim = who(&host);
        victim.send(Signal::KILL);
        eventually("it is killed", || victim.has_ended());
        let next = host.start("orphan")[0].key;
        assert_eq!(host.marked().len(), 4);
        assert!(host.marked().contains(&next.pid));
        assert!(last.has_ended() && victim.is_gone());
        last = next;
    }
}

#[test]
fn a_stopped_helper_is_said_and_does_no_harm() {
    let mut host = Host::new();
    host.start("child");
    let helper = host.helper();
    helper.send(Signal::STOP);
    let refusal = host.try_start("orphan").unwrap_err();
    assert_eq!(refusal, "the lab's helper does not answer; it may be stopped");
    helper.send(Signal::CONT);
    let parent = host.start("parent");
    assert_eq!(stat(parent[0].key.pid).unwrap().comm, "px-parent");
}

#[test]
fn what_is_not_pexplore_is_refused_with_a_sentence() {
    let refusal = |path: &str| Lab::new(path.into()).open().unwrap_err().to_string();
    assert_eq!(
        refusal("/nowhere/pexplore"),
        "the lab could not be started: No such file or directory (os error 2)"
    );
    assert_eq!(
        refusal("/bin/true"),
        "the lab's helper or guard ended before the test process was ready"
    );
}

#[test]
fn the_hidden_commands_refuse_to_serve_anyone_else() {
    for command in [HELPER_COMMAND, GUARD_COMMAND, TEST_PROCESS_COMMAND] {
        let output = Command::new(env!("CARGO_BIN_EXE_pexplore"))
            .arg(command)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2));
        let sentence = String::from_utf8(output.stderr).unwrap();
        assert_eq!(sentence, "this command is for pexplore itself: it serves the lab\n");
    }
}
