//! What the tests see of processes: those of one lab, by their mark, and those that are none.

use std::os::fd::OwnedFd;
use std::process::{Child, Command};

use pexplore::lab::MARK;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::harness::processes::{self, is_marked, stat, state};
use crate::harness::wait::wait_until;

/// A process that a lab started, held so that a pid that is used again is nobody else's.
pub(crate) struct Marked {
    pub(crate) pid: u32,
    pidfd: OwnedFd,
}

impl Marked {
    /// What the kernel calls it now.
    pub(crate) fn name(&self) -> String {
        stat(self.pid).map(|stat| stat.comm).unwrap_or_default()
    }

    pub(crate) fn send(&self, signal: Signal) {
        let _ = pidfd_send_signal(&self.pidfd, signal);
    }
}

/// The processes that the lab of that pexplore started. One that has ended shows no mark.
pub(crate) fn marked(pexplore: u32) -> Vec<Marked> {
    let open = |pid: u32| {
        let raw_pid = Pid::from_raw(i32::try_from(pid).ok()?)?;
        let pidfd = pidfd_open(raw_pid, PidfdFlags::empty()).ok()?;
        // Once more, now that it is held.
        is_marked(pid, pexplore).then_some(Marked { pid, pidfd })
    };
    processes::marked(pexplore).into_iter().filter_map(open).collect()
}

pub(crate) fn names(processes: &[Marked]) -> Vec<String> {
    processes.iter().map(Marked::name).collect()
}

/// Processes that are nobody's test processes, which end with the test.
pub(crate) struct Bystanders(Vec<Child>);

impl Bystanders {
    /// One without a mark, one that is stopped, and one with the mark of another pexplore, whose
    /// pid begins like that one's.
    pub(crate) fn beside(pexplore: u32) -> Self {
        let sleep = |mark: Option<String>| {
            let mut command = Command::new("sleep");
            command.arg("600").envs(mark.map(|mark| (MARK, mark))).spawn().unwrap()
        };
        let it = Self(vec![sleep(None), sleep(None), sleep(Some(format!("{pexplore}0")))]);
        rustix::process::kill_process(Pid::from_child(&it.0[1]), Signal::STOP).unwrap();
        wait_until("its stop", || it.states() == "STS");
        it
    }

    pub(crate) fn assert_untouched(&mut self) {
        assert_eq!(self.states(), "STS", "a bystander was touched");
        assert!(self.0.iter_mut().all(|child| child.try_wait().unwrap().is_none()));
    }

    fn states(&self) -> String {
        self.0.iter().filter_map(|child| state(child.id())).collect()
    }
}

impl Drop for Bystanders {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
