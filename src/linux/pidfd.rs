//! Pidfds: a hold on a process that neither a reused pid nor a hidden `/proc` can mislead.

use std::time::Duration;

use rustix::fd::{AsFd, AsRawFd, OwnedFd};
use rustix::io::Errno;
use rustix::process::{Pid as SystemPid, PidfdFlags, pidfd_open, test_kill_process};

use crate::linux::wait;
use crate::record::Pid;

/// A pidfd of the process of that pid; fails for a thread that is no process (`pidfd_open(2)`).
pub(crate) fn open(pid: Pid) -> Result<OwnedFd, Errno> {
    let pid = i32::try_from(pid).ok().and_then(SystemPid::from_raw).ok_or(Errno::SRCH)?;
    pidfd_open(pid, PidfdFlags::empty())
}

/// Whether an error of [`open`] says that no process has that pid: none is there, or it is a
/// thread's now (`EINVAL`; `ENOENT` since Linux 6.15). A refusal (seccomp(2)), a full table and a
/// kernel without pidfds say nothing of it.
pub(crate) fn says_gone(error: Errno) -> bool {
    matches!(error, Errno::SRCH | Errno::INVAL | Errno::NOENT)
}

/// Whether nobody has that pid any more. What cannot be read may be hidden (proc(5), `hidepid`) or
/// refused, but signal 0 finds it all the same (kill(2)).
pub(crate) fn is_free(pid: Pid) -> bool {
    let Some(pid) = i32::try_from(pid).ok().and_then(SystemPid::from_raw) else { return true };
    test_kill_process(pid) == Err(Errno::SRCH)
}

/// Whether the mounted `/proc` knows the process by that pid: elsewhere a pid that was read there
/// may be another process's here. `None` once it was reaped (`Pid: -1`, `pidfd_open(2)`).
///
/// To be asked after what `/proc` says of the pid was read: the pid was then its own all along.
pub(crate) fn is_known_as(pidfd: impl AsFd, pid: Pid) -> Option<bool> {
    let fd = pidfd.as_fd().as_raw_fd();
    // Without a `/proc/self` it is not known whose `/proc` it is: that is no yes.
    let text = std::fs::read_to_string(format!("/proc/self/fdinfo/{fd}")).unwrap_or_default();
    says(&text, pid)
}

fn says(fdinfo: &str, pid: Pid) -> Option<bool> {
    let reported = fdinfo.lines().find_map(|line| line.strip_prefix("Pid:")).map(str::trim);
    (reported != Some("-1"))
        .then(|| reported.and_then(|reported| reported.parse().ok()) == Some(pid))
}

/// Whether all threads of the process have ended.
pub(crate) fn has_ended(pidfd: impl AsFd) -> bool {
    wait::one(pidfd, Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_of_another_namespace_is_not_taken_for_this_one() {
        assert!(is_known_as(open(std::process::id()).unwrap(), std::process::id()) == Some(true));
        assert_eq!(says("pos:\t0\nPid:\t7\nNSpid:\t7\n", 7), Some(true));
        assert_eq!(says("pos:\t0\nPid:\t8\nNSpid:\t8\t7\n", 7), Some(false));
        assert_eq!(says("Pid:\t0\n", 7), Some(false));
        assert_eq!(says("", 7), Some(false));
        assert_eq!(says("Pid:\t-1\n", 7), None);
    }

    #[test]
    fn fuzz_fdinfo() {
        let samples = ["pos:\t0\nPid:\t7\nNSpid:\t7\n", "Pid:\t-1\n", "Pid:\t0\nNSpid:\t0\n"];
        crate::tests::fuzz::fuzz("fdinfo", |random| {
            let text = random.text(&samples);
            let has_line = text.lines().any(|line| {
                line.strip_prefix("Pid:").is_some_and(|pid| pid.trim().parse() == Ok(7))
            });
            assert!(says(&text, 7) != Some(true) || has_line, "{text:?}");
            assert!(says(&text, 7).is_some() || text.contains("-1"), "{text:?}");
        });
    }

    #[test]
    fn a_process_is_distinguished_from_a_thread_and_from_one_that_ended() {
        let own = open(std::process::id()).unwrap();
        assert!(!has_ended(&own));
        let thread = rustix::thread::gettid().as_raw_nonzero().get().cast_unsigned();
        assert!(thread != std::process::id() && open(thread).is_err_and(says_gone));
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pidfd = open(child.id()).unwrap();
        assert!(!is_free(child.id()), "a zombie has its pid");
        child.wait().unwrap();
        assert!(has_ended(&pidfd) && is_free(child.id()));
        assert!(open(child.id()).is_err_and(says_gone));
        for refusal in [Errno::PERM, Errno::ACCESS, Errno::NOSYS, Errno::MFILE, Errno::NOMEM] {
            assert!(!says_gone(refusal));
        }
    }
}
