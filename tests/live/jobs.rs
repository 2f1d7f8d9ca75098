//! Roles of a terminal's jobs: real shells with job control, in terminals of their own.

use crate::support::specimens::{children_of, end};
use crate::support::terminal::Shell;
use crate::support::{need, settled};

#[test]
fn the_leader_of_a_pipeline_is_its_main_and_the_next_one_after_its_end() {
    if !need("bash") {
        return;
    }
    let mut shell = Shell::start();
    shell.type_line("sleep 1001 | sleep 1002 &");
    let [first, second] = ["sleep 1001", "sleep 1002"].map(|command| shell.job(command));
    let shot = settled(&[
        (shell.pid, "parent certain spawn - -"),
        (first, "main certain spawn - -"),
        (second, "child certain spawn - -"),
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
        (*inner, "child certain spawn - -"),
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
    let shot = settled(&[(shell.pid, "child certain spawn - -")]);
    assert_eq!(shot.of(shell.pid)["sid"], shell.pid);
}
