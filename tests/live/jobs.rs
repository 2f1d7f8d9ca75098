//! Roles of a terminal's jobs: real shells with job control, in terminals of their own.

use crate::harness::needs::need;
use crate::harness::processes::{children_of, end, runs};
use crate::harness::wait::wait_for;
use crate::support::shell::Shell;
use crate::support::{settled, snapshot};

#[test]
fn the_leader_of_a_pipeline_is_its_main_and_the_next_one_after_its_end() {
    if !need("bash") {
        return;
    }
    let mut shell = Shell::start();
    shell.type_line("sleep 1001 | sleep 1002 &");
    let [first, second] = ["sleep 1001", "sleep 1002"].map(|command| shell.job(command));
    let shot = settled(&[
        (shell.pid, "parent likely spawn - -"),
        (first, "main certain spawn - -"),
        (second, "child likely spawn - -"),
    ]);
    assert_eq!(shot.of(second)["pgid"], first);
    let tty = shot.of(first)["tty"].as_str().expect("a job has a terminal");
    assert!(tty.starts_with("pts/"), "{tty}");
    assert!(shot.evidence(first).contains("leads a job of the shell"));

    end(first);
    let shot = settled(&[(second, "main certain spawn - -")]);
    assert!(shot.evidence(second).contains("oldest living member"), "{}", shot.evidence(second));
}

#[test]
fn jobs_before_and_behind_are_mains_and_what_they_leave_is_an_orphan() {
    if !need("bash") {
        return;
    }
    let mut shell = Shell::start();
    shell.type_line("sleep 1003 &");
    let background = shell.job("sleep 1003");
    shell.type_line("(sleep 1004 & exec sleep 1005)");
    let foreground = shell.job("sleep 1005");
    let below = children_of(foreground);
    let [inner] = below.as_slice() else { panic!("one child, not {below:?}") };
    settled(&[
        (background, "main certain spawn - -"),
        (foreground, "main certain spawn - -"),
        (*inner, "child likely spawn - -"),
    ]);
    end(foreground);
    let shot = settled(&[(*inner, "orphan certain spawn - -")]);
    assert!(shot.evidence(*inner).contains("has ended"), "{}", shot.evidence(*inner));
}

#[test]
fn a_shell_without_a_job_is_a_child() {
    if !need("bash") {
        return;
    }
    let shell = Shell::start();
    let shot = settled(&[(shell.pid, "child likely spawn - -")]);
    assert_eq!(shot.of(shell.pid)["sid"], shell.pid);
}

#[test]
fn what_survives_its_shell_is_an_orphan_wherever_its_output_goes() {
    if !need("bash") || !need("nohup") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut shell = Shell::start();
    shell.type_line(&format!("nohup sleep 1006 > {}/output 2>&1 &", folder.path().display()));
    shell.type_line("nohup sleep 1007 < /dev/null > /dev/null 2>&1 &");
    let [kept, silent] = ["sleep 1006", "sleep 1007"].map(|command| shell.job(command));
    shell.test_processes.adopt(kept);
    shell.test_processes.adopt(silent);
    settled(&[(kept, "main certain spawn - -"), (silent, "main certain spawn - -")]);
    // The first may only warn of running jobs.
    shell.type_line("exit");
    shell.type_line("exit");
    wait_for("the end of the shell", || (!runs(shell.pid)).then_some(()));
    let shot = snapshot();
    assert_eq!(shot.of(kept)["role"], "orphan", "{:#}", shot.of(kept));
    // It leads no session, and is in a group of its own: it never detached itself (setsid(2)).
    assert_eq!(shot.of(silent)["role"], "orphan", "{:#}", shot.of(silent));
    for pid in [kept, silent] {
        assert!(shot.of(pid)["tty"].is_null(), "the terminal went with its shell");
        assert!(shot.of(pid)["creator_pid"].is_null(), "its creator is gone");
    }
}
