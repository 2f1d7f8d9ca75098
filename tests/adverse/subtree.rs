//! A signal to a whole family that does not come to a standstill.

use rustix::process::Signal;

use crate::harness::needs::need;
use crate::harness::processes::{children_of, command_line, kill, runs, stat};
use crate::harness::terminal::Terminal;
use crate::harness::wait::wait_for;
use crate::machine::killed::{Killed, VFORK};

const PEXPLORE: &str = env!("CARGO_BIN_EXE_pexplore");

fn state(pid: u32) -> Option<char> {
    stat(pid)?.field(3)
}

/// The child of a parent that no stop reaches, as it waits in a vfork for that child, which one
/// does reach: their family is looked through to the end of pexplore's limit.
fn restless_child_of(parent: u32) -> u32 {
    wait_for("the vfork", || state(parent).filter(|state| *state == 'D'));
    let child = wait_for("its child", || children_of(parent).first().copied());
    wait_for("its sleep", || state(child).filter(|state| *state == 'S'));
    child
}

/// Has pexplore stop the family of the selected process, and kills it meanwhile; whether that was
/// before it had sent the signal.
fn goes_on_without_pexplore(terminal: &mut Terminal, pexplore: u32, parent: u32) -> bool {
    let child = restless_child_of(parent);
    terminal.wait_for(&child.to_string());
    terminal.send("X");
    terminal.wait_for("signal to");
    terminal.send("\r");
    wait_for("the first stop", || (state(child) != Some('S')).then_some(()));
    kill(pexplore, Signal::STOP);
    wait_for("its own stop", || state(pexplore).filter(|state| *state == 'T'));
    let is_in_time = state(child) == Some('T');
    let is_resumer = |pid: &u32| command_line(*pid).ends_with("__resumer");
    let resumer = children_of(pexplore).into_iter().find(is_resumer);
    kill(pexplore, Signal::KILL);
    if is_in_time {
        let resumer = resumer.expect("somebody lets it go on");
        wait_for("its going on", || state(child).filter(|state| *state == 'S'));
        wait_for("the resumer's end", || (!runs(resumer)).then_some(()));
        assert_eq!(state(parent), Some('D'), "it got no signal");
    }
    is_in_time
}

#[test]
fn a_family_goes_on_when_pexplore_is_killed_while_it_stands_still() {
    let goes_on = |_| {
        let parent = Killed::python(VFORK);
        let mut terminal = Terminal::pexplore(40, 160, &[&parent.pid().to_string()]);
        let pexplore = terminal.pid().unsigned_abs();
        goes_on_without_pexplore(&mut terminal, pexplore, parent.pid())
    };
    assert!(!need("python3") || (0..20).any(goes_on), "pexplore was always quicker");
}

#[test]
fn a_family_goes_on_also_where_pexplore_is_a_part_of_it() {
    let goes_on = |_| {
        let script = r#"python3 -S -c "$0" & "$1" $$; wait"#;
        let mut terminal = Terminal::start(40, 160, "sh", &["-c", script, VFORK, PEXPLORE], &[]);
        let child = |word: &str| {
            let shell = terminal.pid().unsigned_abs();
            let is_it = |pid: &u32| command_line(*pid).contains(word);
            wait_for(word, || children_of(shell).into_iter().find(is_it))
        };
        let (parent, pexplore) = (child("vfork"), child("pexplore "));
        let went_on = goes_on_without_pexplore(&mut terminal, pexplore, parent);
        kill(parent, Signal::KILL);
        terminal.wait_for_end();
        went_on
    };
    assert!(!need("python3") || (0..20).any(goes_on), "pexplore was always quicker");
}

#[test]
fn a_family_that_does_not_stand_still_is_signaled_all_the_same_and_it_is_said() {
    if !need("python3") {
        return;
    }
    let parent = Killed::python(VFORK);
    let child = restless_child_of(parent.pid());
    let mut terminal = Terminal::pexplore(40, 200, &[&parent.pid().to_string()]);
    terminal.wait_for(&child.to_string());
    terminal.send("X");
    terminal.wait_for("signal to");
    terminal.send("\r");
    terminal.wait_for("those born meanwhile may be left");
    wait_for("their end", || (!runs(parent.pid()) && !runs(child)).then_some(()));
    terminal.send("q");
    terminal.wait_for_end();
}
