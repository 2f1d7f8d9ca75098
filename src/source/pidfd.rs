//! Pidfds: a hold on a process that neither a reused pid nor a hidden `/proc` can mislead.

use std::time::Duration;

use rustix::event::{PollFd, PollFlags};
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::Errno;
use rustix::process::{Pid as SystemPid, PidfdFlags, pidfd_open};

use crate::model::key::Pid;
use crate::source::background::wait;

/// A pidfd of the process of that pid; fails for a thread that is no process (`pidfd_open(2)`).
pub(super) fn open(pid: Pid) -> Result<OwnedFd, Errno> {
    let pid = i32::try_from(pid).ok().and_then(SystemPid::from_raw).ok_or(Errno::SRCH)?;
    pidfd_open(pid, PidfdFlags::empty())
}

/// Whether all threads of the process have ended.
pub(super) fn has_ended(pidfd: impl AsFd) -> bool {
    let mut fds = [PollFd::new(&pidfd, PollFlags::IN)];
    wait(&mut fds, Some(Duration::ZERO));
    !fds[0].revents().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_told_from_a_thread_and_from_one_that_ended() {
        let own = open(std::process::id()).unwrap();
        assert!(!has_ended(&own));
        let thread = rustix::thread::gettid().as_raw_nonzero().get().cast_unsigned();
        assert!(thread != std::process::id() && open(thread).is_err());
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pidfd = open(child.id()).unwrap();
        child.wait().unwrap();
        assert!(has_ended(&pidfd));
        assert_eq!(open(child.id()).err(), Some(Errno::SRCH));
    }
}
