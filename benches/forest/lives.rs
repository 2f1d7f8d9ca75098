//! A storm: lives that end as soon as they begin, as fast as two processors make them.

use rustix::process::{Signal, WaitOptions, set_parent_process_death_signal, wait};

use crate::forest::raw;

const AT_ONCE: u32 = 2;

/// Becomes the storm.
pub(super) fn start(lives: u32) -> ! {
    let began =
        raw::is_single_threaded() && set_parent_process_death_signal(Some(Signal::KILL)).is_ok();
    if !began {
        raw::exit(2);
    }
    for _ in 0..AT_ONCE {
        match raw::fork() {
            Some(true) => one_after_another(lives / AT_ONCE),
            Some(false) => {}
            None => raw::exit(3),
        }
    }
    while wait(WaitOptions::empty()).is_ok() {}
    raw::exit(0)
}

fn one_after_another(lives: u32) -> ! {
    if set_parent_process_death_signal(Some(Signal::KILL)).is_err() {
        raw::exit(2);
    }
    for _ in 0..lives {
        match raw::fork() {
            Some(true) => raw::exit(0),
            Some(false) if wait(WaitOptions::empty()).is_ok() => {}
            _ => raw::exit(3),
        }
    }
    raw::exit(0)
}
