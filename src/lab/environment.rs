//! Looks into the environments of processes, and never waits long for one.
//!
//! Whoever reads an environment waits for the lock of that process's memory, which its owner can
//! keep as long as it likes, for instance by a page that a FUSE server does not give. So a child
//! waits there. A process that does not answer is left to it: the child is killed, nobody waits
//! for its end, and another one goes on.

use std::fs;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, pidfd_open, set_parent_process_death_signal, waitpid,
};
use rustix::thread::set_name;

use crate::lab::{fork, pidfd, wait};

/// How long a process may keep its reader waiting.
const PATIENCE: Duration = Duration::from_millis(100);
/// The same once several did not answer, so that many cannot hold up the end.
const LESS_PATIENCE: Duration = Duration::from_millis(20);
const MOST_WITH_PATIENCE: usize = 4;
/// How long a reader may take that is not blocked, but gets no processor.
const STARVED: Duration = Duration::from_secs(2);
/// After so long it is looked why there is no answer.
const ROUND: Duration = Duration::from_millis(20);
/// How long the end of a reader is waited for that has nothing left to do.
const END_LIMIT: Duration = Duration::from_millis(20);

/// What was found.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Looked {
    /// Those that have the entry in their environment.
    pub(super) carriers: Vec<u32>,
    /// Those that did not answer.
    pub(super) silent: Vec<u32>,
}

/// Looks which of these processes have an entry in their environment.
///
/// A process with several threads, or one that may fork no more, reads itself and may wait.
pub(super) fn look(pids: &[u32], entry: &str) -> Looked {
    look_by(pids, |pid| has_entry(pid, entry))
}

fn look_by(pids: &[u32], has_it: impl Fn(u32) -> bool) -> Looked {
    let mut looked = Looked::default();
    let mut rest = pids.iter();
    while !rest.as_slice().is_empty() {
        let Some(reader) = Reader::fork(rest.as_slice(), &has_it) else {
            looked.carriers.extend(rest.filter(|pid| has_it(**pid)));
            break;
        };
        let is_patient = looked.silent.len() < MOST_WITH_PATIENCE;
        let patience = if is_patient { PATIENCE } else { LESS_PATIENCE };
        for pid in rest.by_ref() {
            match reader.answer(patience) {
                Some(true) => looked.carriers.push(*pid),
                Some(false) => {}
                None => {
                    looked.silent.push(*pid);
                    break;
                }
            }
        }
    }
    looked
}

/// Who may not read it may not signal it either (`proc_pid_environ(5)`).
fn has_entry(pid: u32, entry: &str) -> bool {
    fs::read(format!("/proc/{pid}/environ")).is_ok_and(|environment| {
        environment.split(|byte| *byte == 0).any(|it| it == entry.as_bytes())
    })
}

/// The child that reads. Dropping it kills it, and leaves it alone where it cannot end.
struct Reader {
    pid: Pid,
    pidfd: OwnedFd,
    /// One byte for each process, in order.
    answers: OwnedFd,
}

impl Reader {
    fn fork(pids: &[u32], has_it: impl Fn(u32) -> bool) -> Option<Self> {
        let (answers, output) = pipe_with(PipeFlags::CLOEXEC).ok()?;
        let Some(pid) = fork::fork().ok()? else {
            drop(answers);
            read(pids, &output, has_it)
        };
        // Not reaped yet, so the pid is still its own.
        match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(pidfd) => Some(Self { pid, pidfd, answers }),
            // It ends at its next answer, which nobody can read any more.
            Err(_) => None,
        }
    }

    /// What it says next; `None` if it says nothing for so long, or has ended.
    fn answer(&self, patience: Duration) -> Option<bool> {
        let mut waited = Duration::ZERO;
        while !wait::one(&self.answers, ROUND) {
            waited += ROUND;
            let limit = if self.is_starved() { STARVED } else { patience };
            if waited >= limit && !wait::one(&self.answers, Duration::ZERO) {
                return None;
            }
        }
        let mut answer = [0];
        (rustix::io::read(&self.answers, &mut answer) == Ok(1)).then_some(answer == [1])
    }

    /// Whether it wants a processor, and waits for nobody.
    fn is_starved(&self) -> bool {
        let stat = pidfd::Stat::read(self.pid.as_raw_pid().unsigned_abs());
        stat.is_some_and(|stat| stat.state == 'R')
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        pidfd::signal(&self.pidfd, Signal::KILL);
        // Whoever adopts it reaps it, should it end later.
        if wait::one(&self.pidfd, END_LIMIT) {
            let _ = waitpid(Some(self.pid), WaitOptions::NOHANG);
        }
    }
}

/// The reader's whole life.
fn read(pids: &[u32], output: &OwnedFd, has_it: impl Fn(u32) -> bool) -> ! {
    // Should either fail, it only lives a little longer, or under its parent's name.
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
    let _ = set_name(c"px-reader");
    for pid in pids {
        if rustix::io::write(output, &[u8::from(has_it(*pid))]).is_err() {
            break;
        }
    }
    fork::exit(0)
}
