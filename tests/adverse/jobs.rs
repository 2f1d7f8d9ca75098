//! pexplore as a job of a shell: stopped, in the background, and back.

use crate::harness::needs::need;
use crate::harness::terminal::Terminal;
use crate::harness::wait::wait_for;
use crate::machine::blocked_pty::{
    LAB, N_LAB, pexplore_under, state, thread_state, wait_for_marked, wait_for_none_marked,
};

/// A shell with job control in which pexplore runs and was stopped by ^Z.
fn stopped_job() -> Option<(Terminal, i32)> {
    let mut shell = shell()?;
    let program = env!("CARGO_BIN_EXE_pexplore");
    shell.send(&format!("{program} {}\n", LAB.join(" ")));
    let pid = pexplore_under(&shell);
    wait_for_marked(pid, N_LAB);
    shell.wait_for("COMMAND");
    shell.send("\u{1a}");
    shell.wait_for("Stopped");
    wait_for("the stop", || (state(pid) == Some('T')).then_some(()));
    Some((shell, pid))
}

#[test]
fn a_stopped_job_ends_when_the_shell_kills_it() {
    for command in ["kill %1", "kill -HUP %1", "kill -INT %1; kill -CONT %1"] {
        let Some((mut shell, pid)) = stopped_job() else { return };
        shell.send(&format!("{command}\n"));
        wait_for("the end", || state(pid).is_none().then_some(()));
        wait_for_none_marked(pid);
        shell.send("echo still $((6 * 7))\n");
        shell.wait_for("still 42");
    }
}

#[test]
fn a_stopped_job_ends_with_its_shell() {
    let Some((mut shell, pid)) = stopped_job() else { return };
    shell.send("exit\n");
    shell.wait_for("There are stopped jobs");
    shell.send("exit\n");
    shell.wait_for_end();
    wait_for("the end", || state(pid).is_none_or(|state| state == 'Z').then_some(()));
    wait_for_none_marked(pid);
}

#[test]
fn in_the_background_a_job_stops_again_and_comes_back_with_the_terminal() {
    let Some((mut shell, pid)) = stopped_job() else { return };
    shell.send("bg\n");
    shell.send("echo went $((6 * 7))\n");
    shell.wait_for("went 42");
    wait_for("the stop", || (state(pid) == Some('T')).then_some(()));
    shell.send("clear; fg\n");
    shell.wait_for("COMMAND");
    shell.send("q");
    wait_for("the end", || state(pid).is_none().then_some(()));
    wait_for_none_marked(pid);
    shell.wait("the shell's prompt", |text| text.trim_end().ends_with("ready>"));
}

/// A shell with job control.
fn shell() -> Option<Terminal> {
    if !need("bash") {
        return None;
    }
    let arguments = ["--norc", "--noprofile", "-i"];
    let mut shell = Terminal::start(30, 100, "bash", &arguments, &[("PS1", "ready> ")]);
    shell.wait_for("ready>");
    Some(shell)
}

#[test]
fn a_job_that_starts_in_the_background_ends_when_it_is_killed_there() {
    let Some(mut shell) = shell() else { return };
    shell.send(&format!("{} &\n", env!("CARGO_BIN_EXE_pexplore")));
    let pid = pexplore_under(&shell);
    wait_for("the stop", || (state(pid) == Some('T')).then_some(()));
    shell.send("kill %1\n");
    wait_for("the end", || state(pid).is_none().then_some(()));
}

#[test]
fn a_job_that_starts_in_the_background_comes_up_with_the_terminal() {
    let Some(mut shell) = shell() else { return };
    shell.send(&format!("{} &\n", env!("CARGO_BIN_EXE_pexplore")));
    let pid = pexplore_under(&shell);
    wait_for("the stop", || (state(pid) == Some('T')).then_some(()));
    shell.send("fg\n");
    shell.wait_for("COMMAND");
    shell.send("q");
    wait_for("the end", || state(pid).is_none().then_some(()));
}

#[test]
fn a_job_that_nothing_stops_waits_in_the_background_and_leaves_the_keys_to_the_shell() {
    let Some(mut shell) = shell() else { return };
    let program = env!("CARGO_BIN_EXE_pexplore");
    shell.send(&format!("(trap '' TTIN TTOU; exec {program})\n"));
    let pid = pexplore_under(&shell);
    shell.wait_for("COMMAND");
    shell.send("\u{1a}");
    shell.wait_for("Stopped");
    shell.send("bg\n");
    for number in 0..9 {
        shell.send(&format!("echo went $(({number} + 33))\n"));
    }
    shell.wait_for("went 41");
    assert_ne!(state(pid), Some('T'));
    wait_for("a thread that rests", || (thread_state(pid, "terminal") == 'S').then_some(()));
    shell.send("clear; fg\n");
    shell.wait_for("COMMAND");
    shell.send("q");
    wait_for("the end", || state(pid).is_none().then_some(()));
}

#[test]
fn a_job_that_no_shell_can_give_the_terminal_says_so_and_ends() {
    let Some(mut shell) = shell() else { return };
    shell.send(&format!("({} &)\n", env!("CARGO_BIN_EXE_pexplore")));
    shell.wait_for("no shell is there to give it to this one");
}

#[test]
fn the_mouse_stays_off_when_a_job_comes_back() {
    let Some((mut shell, pid)) = stopped_job() else { return };
    shell.send("fg\n");
    shell.wait_for("COMMAND");
    shell.send("\x1b[24~");
    shell.wait_for("the mouse is off");
    let reported = shell.raw.len();
    shell.send("\u{1a}");
    shell.wait("the prompt", |text| !text.contains("COMMAND"));
    wait_for("the stop", || (state(pid) == Some('T')).then_some(()));
    shell.send("fg\n");
    shell.wait_for("COMMAND");
    let since = &shell.raw[reported..];
    assert!(!since.windows(8).any(|bytes| bytes == b"\x1b[?1000h"));
    shell.send("q");
    wait_for_none_marked(pid);
}
