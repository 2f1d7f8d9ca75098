//! Looks into the environments of processes, and never waits long for one.
//!
//! Reading an environment waits for the lock of that process's memory, which its owner can keep as
//! long as it likes. So a thread waits there, and is left behind where it gets no answer. It holds
//! up nothing, not even the end of its own process: since Linux 5.3, which pidfds need, too, a
//! signal that kills ends the waiting for that lock (`source/blocking_reads.rs`). For a page of a
//! file it might not; the environment is read from none (`FOLL_ANON` in `environ_read`,
//! fs/proc/base.c).

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;
use std::{fs, thread};

use rustix::thread::{Pid, gettid};

use crate::linux::procfs::stat::brief;
use crate::record::State;

/// How long a process may keep its reader waiting.
const WAIT_LIMIT: Duration = Duration::from_millis(100);
/// How long it may once several did not answer, so that many cannot hold up the end.
const SHORTER_WAIT: Duration = Duration::from_millis(20);
const MOST_WAITED_FOR: usize = 4;
/// How long a reader may take that is not blocked, but gets no processor.
const STARVED: Duration = Duration::from_secs(2);
/// After so long it is looked why there is no answer.
const ROUND: Duration = Duration::from_millis(20);

/// The result of a look through the environments.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Looked {
    /// The processes that have the entry in their environment.
    pub(super) carriers: Vec<u32>,
    /// The processes that did not answer.
    pub(super) silent: Vec<u32>,
}

/// Looks which of these processes have an entry in their environment.
pub(super) fn look(pids: &[u32], entry: &str) -> Looked {
    let entry = entry.to_owned();
    look_by(pids, move |pid| has_entry(pid, &entry))
}

/// Whether it has the entry. A process whose environment may not be read may not be signaled either
/// (`proc_pid_environ(5)`).
pub(super) fn has_entry(pid: u32, entry: &str) -> bool {
    fs::read(format!("/proc/{pid}/environ")).is_ok_and(|environment| {
        environment.split(|byte| *byte == 0).any(|it| it == entry.as_bytes())
    })
}

fn look_by(pids: &[u32], has_it: impl Fn(u32) -> bool + Clone + Send + 'static) -> Looked {
    let mut looked = Looked::default();
    let mut rest = pids.iter();
    while !rest.as_slice().is_empty() {
        let Some(reader) = Reader::start(rest.as_slice().to_vec(), has_it.clone()) else {
            // Where nothing more can be started it is more urgent to end what there is.
            looked.carriers.extend(rest.filter(|pid| has_it(**pid)));
            break;
        };
        let is_patient = looked.silent.len() < MOST_WAITED_FOR;
        let cancel = if is_patient { WAIT_LIMIT } else { SHORTER_WAIT };
        for pid in rest.by_ref() {
            match reader.answer(cancel) {
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

/// The thread that reads.
struct Reader {
    thread: Pid,
    /// One for each process, in order.
    answers: Receiver<bool>,
}

impl Reader {
    fn start(pids: Vec<u32>, has_it: impl Fn(u32) -> bool + Send + 'static) -> Option<Self> {
        let (sender, answers) = channel();
        let (tell, reported) = channel();
        let read = move || {
            // A reader that was left behind has no listener any more.
            let _ = tell.send(gettid());
            pids.into_iter().map(has_it).all(|answer| sender.send(answer).is_ok())
        };
        thread::Builder::new().name("px-reader".into()).spawn(read).ok()?;
        Some(Self { thread: reported.recv().ok()?, answers })
    }

    /// Its next answer; `None` if it gives none for so long.
    fn answer(&self, cancel: Duration) -> Option<bool> {
        let mut waited = Duration::ZERO;
        loop {
            match self.answers.recv_timeout(ROUND) {
                Ok(answer) => return Some(answer),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => waited += ROUND,
            }
            let limit = if self.is_starved() { STARVED } else { cancel };
            if waited >= limit {
                // It may have answered while it was looked at.
                return self.answers.try_recv().ok();
            }
        }
    }

    /// Whether it wants a processor, and waits for nobody.
    fn is_starved(&self) -> bool {
        let stat = fs::read(format!("/proc/self/task/{}/stat", self.thread)).unwrap_or_default();
        brief(&stat).is_some_and(|stat| stat.state == State::Running)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Barrier};

    use super::*;
    use crate::linux::wait;

    #[test]
    fn one_that_does_not_answer_holds_up_no_other() {
        let held = Arc::new(Barrier::new(3));
        let waiting = Arc::clone(&held);
        let has_it = move |pid: u32| {
            if [2, 5].contains(&pid) {
                waiting.wait();
            }
            pid % 2 == 1
        };
        let looked = look_by(&[1, 2, 3, 4, 5, 6, 7], has_it);
        assert_eq!(looked, Looked { carriers: vec![1, 3, 7], silent: vec![2, 5] });
        held.wait();
    }

    #[test]
    fn one_that_works_is_waited_for() {
        let has_it = |pid: u32| {
            let began = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
            let passed = || rustix::time::clock_gettime(rustix::time::ClockId::Monotonic) - began;
            while passed() < (2 * WAIT_LIMIT).try_into().unwrap() {
                std::hint::spin_loop();
            }
            pid == 1
        };
        assert_eq!(look_by(&[1], has_it), Looked { carriers: vec![1], silent: Vec::new() });
    }

    #[test]
    fn an_entry_is_found_whole_and_in_no_process_that_is_gone() {
        let mut child =
            std::process::Command::new("sleep").arg("60").env("PX_A", "b").spawn().unwrap();
        // It shows none for a moment while it execs.
        let shows_it = (0..400).any(|_| {
            wait::sleep(Duration::from_millis(5));
            has_entry(child.id(), "PX_A=b")
        });
        let found = ["PX_A=", "X_A=b"].map(|entry| has_entry(child.id(), entry));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!((shows_it, found), (true, [false, false]));
        assert!(!has_entry(child.id(), "PX_A=b"));
    }
}
