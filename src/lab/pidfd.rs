//! A hold on a process that a reused pid cannot mislead.

use std::fs;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::process::{Signal, pidfd_send_signal};

use crate::linux::pidfd::is_known_as;
use crate::linux::procfs::stat::{Brief, read_brief};
use crate::linux::{self, wait};
use crate::record::ProcessKey;

/// No way up the tree is followed further.
const MOST_ANCESTORS: usize = 1000;

/// The process that has this pid now.
pub(super) fn key_of(pid: u32) -> Option<ProcessKey> {
    Some(read_brief(pid)?.key)
}

/// The stat of exactly this process, if it has not been reaped.
pub(super) fn stat_of(key: ProcessKey) -> Option<Brief> {
    read_brief(key.pid).filter(|stat| stat.key == key)
}

/// A pidfd of exactly this process, if it has not been reaped.
pub(super) fn open(key: ProcessKey) -> Option<OwnedFd> {
    open_if(key.pid, |stat| stat.key == key)
}

/// The users that a process runs as: the real, the effective and the saved one, which differ in a
/// set-user-id program (`proc_pid_status(5)`, credentials(7)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Users([u32; 3]);

impl Users {
    /// The users of the process that has this pid now.
    pub(super) fn read(pid: u32) -> Option<Self> {
        let status = fs::read(format!("/proc/{pid}/status")).ok()?;
        Self::parse(&String::from_utf8_lossy(&status))
    }

    /// The name, which comes first, holds no line break: the kernel escapes it.
    pub(super) fn parse(status: &str) -> Option<Self> {
        let mut uids =
            status.lines().find_map(|line| line.strip_prefix("Uid:"))?.split_whitespace();
        let mut next = || uids.next()?.parse().ok();
        Some(Self([next()?, next()?, next()?]))
    }
}

/// Whether a process is below that one in the tree.
pub(super) fn is_below(mut pid: u32, ancestor: u32) -> bool {
    for _ in 0..MOST_ANCESTORS {
        match read_brief(pid) {
            Some(stat) if stat.ppid == ancestor => return true,
            Some(stat) if stat.ppid > 1 => pid = stat.ppid,
            _ => return false,
        }
    }
    false
}

/// A pidfd of the process that has this pid, if what is read after opening it holds.
pub(super) fn open_if(pid: u32, holds: impl FnOnce(Brief) -> bool) -> Option<OwnedFd> {
    let pidfd = linux::pidfd::open(pid).ok()?;
    (holds(read_brief(pid)?) && is_known_as(&pidfd, pid) == Some(true)).then_some(pidfd)
}

/// Sends a signal; a process that has ended needs none.
pub(super) fn signal(pidfd: &OwnedFd, signal: Signal) {
    let _ = pidfd_send_signal(pidfd, signal);
}

/// Waits until all have ended; gives up when none ends within `limit`.
pub(super) fn wait_for_all<'a>(pidfds: impl IntoIterator<Item = &'a OwnedFd>, limit: Duration) {
    for pidfd in pidfds {
        if !wait::one(pidfd, limit) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_user_id_program_runs_as_two_users_and_no_name_changes_that() {
        let users =
            |uids: &str| Users::parse(&format!("Name:\ta\\nUid:\t0\nUid:\t{uids}\nGid:\t0"));
        assert_eq!(users("7\t0\t0\t0"), Some(Users([7, 0, 0])));
        assert_ne!(users("7\t0\t0\t0"), users("0\t0\t0\t0"));
        assert_eq!(users("7\t0"), None);
        assert_eq!(
            Users::read(std::process::id()),
            Users::read(std::os::unix::process::parent_id())
        );
    }

    #[test]
    fn the_way_up_ends_at_the_ancestor_or_at_the_top() {
        let own = std::process::id();
        let parent = std::os::unix::process::parent_id();
        assert!(is_below(own, parent) && !is_below(parent, own) && !is_below(1, own));
    }

    #[test]
    fn a_reused_pid_is_not_opened() {
        let own = key_of(std::process::id()).unwrap();
        assert!(open(own).is_some_and(|pidfd| !linux::pidfd::has_ended(&pidfd)));
        assert!(open(ProcessKey::at_ticks(own.pid, own.start_ticks().unwrap() + 1)).is_none());
    }
}
