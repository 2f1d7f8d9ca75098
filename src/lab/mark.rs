//! The mark of one run of the lab, by which its processes are known when nobody holds them.
//!
//! Every process of a run has it in its environment, and hands it on to whatever it starts. Only
//! helper and guard are without it: who looks for the marked ones never finds them. A process
//! that clears its environment, or writes its title over it, is known by its parents alone.

use std::fmt;
use std::fs;
use std::os::fd::OwnedFd;
use std::process;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::process::Signal;

use crate::lab::pidfd::{self, Identity};
use crate::lab::{RUN_MARK, wait};

/// How often it is looked: two seconds of rounds. What is left then cannot be killed (`D` state).
const MOST_ROUNDS: usize = 400;
const ROUND: Duration = Duration::from_millis(5);
/// So many looks in a row have to find nobody: a process shows no environment for a moment while
/// it execs, as `create_elf_tables` sets it after the new memory is in place (linux/fs/exec.c).
const CLEAN_ROUNDS: usize = 2;

/// One run of the lab. No other run has the same, on this machine, since it was started.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Run {
    /// The pexplore that it belongs to.
    owner: Identity,
    /// Which of that one's runs it is.
    count: u64,
}

impl Run {
    /// The next run of this process.
    pub(super) fn next() -> Option<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(1);
        let owner = Identity::of(process::id())?;
        Some(Self { owner, count: COUNT.fetch_add(1, Ordering::Relaxed) })
    }

    /// The run that this process is marked as a part of.
    pub(super) fn of_environment() -> Option<Self> {
        std::env::var(RUN_MARK).ok()?.parse().ok()
    }

    /// Whether a process has the mark in its environment.
    pub(super) fn is_carried_by(self, pid: u32) -> bool {
        let mark = format!("{RUN_MARK}={self}");
        // Who may not read it may not signal it either (proc_pid_environ(5)).
        fs::read(format!("/proc/{pid}/environ")).is_ok_and(|environment| {
            environment.split(|byte| *byte == 0).any(|entry| entry == mark.as_bytes())
        })
    }

    /// Kills every process that has the mark, until none is left.
    pub(super) fn sweep(self) {
        let mut n_clean = 0;
        for _ in 0..MOST_ROUNDS {
            let carriers = self.carriers();
            n_clean = if carriers.is_empty() { n_clean + 1 } else { 0 };
            if n_clean == CLEAN_ROUNDS {
                return;
            }
            // Stopped first, so that none forks while the others are killed.
            for signal in [Signal::STOP, Signal::KILL] {
                for carrier in &carriers {
                    pidfd::signal(carrier, signal);
                }
            }
            wait::pause(ROUND);
        }
    }

    fn carriers(self) -> Vec<OwnedFd> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        // What is older than pexplore is not looked at any further.
        let young = pids
            .filter_map(Identity::of)
            .filter(|process| process.start_ticks >= self.owner.start_ticks);
        young.filter(|process| self.is_carried_by(process.pid)).filter_map(Identity::open).collect()
    }
}

impl fmt::Display for Run {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Identity { pid, start_ticks } = self.owner;
        write!(formatter, "{pid}-{start_ticks}-{}", self.count)
    }
}

impl FromStr for Run {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (owner, count) = text.rsplit_once('-').ok_or(())?;
        let owner = owner.replacen('-', " ", 1).parse()?;
        Ok(Self { owner, count: count.parse().map_err(drop)? })
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_run_is_read_back_from_its_name_and_no_two_are_the_same() {
        let (first, second) = (Run::next().unwrap(), Run::next().unwrap());
        assert_ne!(first, second);
        assert_eq!(first.to_string().parse(), Ok(first));
        for wrong in ["", "1-2", "1-2-../x", "1-2-3-4"] {
            assert_eq!(wrong.parse::<Run>(), Err(()), "{wrong}");
        }
    }

    #[test]
    fn fuzz_marks() {
        crate::tests::fuzz::fuzz("marks", |random| {
            if let Ok(run) = random.text(&["7-9-1", "1-18446744073709551615-2"]).parse::<Run>() {
                assert_eq!(run.to_string().parse(), Ok(run));
            }
        });
    }

    #[test]
    fn a_sweep_ends_what_has_exactly_its_mark_and_a_stopped_one_too() {
        let (run, other) = (Run::next().unwrap(), Run::next().unwrap());
        let marks = [run.to_string(), other.to_string(), format!("{run}0")];
        let mut children =
            marks.map(|mark| Command::new("sleep").arg("60").env(RUN_MARK, mark).spawn().unwrap());
        pidfd::signal(&Identity::of(children[0].id()).unwrap().open().unwrap(), Signal::STOP);
        assert!(run.is_carried_by(children[0].id()) && !run.is_carried_by(process::id()));
        run.sweep();
        let ended = children.each_mut().map(|child| child.try_wait().unwrap().is_some());
        for child in &mut children {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        assert_eq!(ended, [true, false, false]);
    }
}
