//! Sends signals: only through a pidfd whose process was checked after it was opened, so that
//! none ever reaches a process other than the one shown. [`subtree`] has those to whole families.

pub mod resumer;
pub(crate) mod subtree;

use std::time::Duration;

use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::process::pidfd_send_signal;

use crate::app::input::{SignalOrder, SignalResult};
use crate::forecast::WATCHED_NANOS;
use crate::linux::pidfd::{self, has_ended, is_known_as, says_gone};
use crate::linux::procfs::table::ProcTable;
use crate::linux::{clock, wait};
use crate::record::{Birth, PidNamespace, ProcessKey, Signal, Stat};
use crate::source::reader::masks_of;
use crate::source::sysinfo_table::SysinfoTable;

/// How long what a signal does is watched, before it is held against what was predicted.
pub(crate) const FORECAST: Duration = Duration::from_nanos(WATCHED_NANOS);
/// How long the end of a process is waited for.
pub(crate) const WATCH: Duration = Duration::from_secs(3);

/// A process that a signal can be sent to, whatever happens to its pid.
pub(crate) struct Target {
    pidfd: OwnedFd,
}

impl Target {
    /// Opens the process, if it is still the one that is meant.
    pub(crate) fn open(key: ProcessKey, table: &ProcTable) -> Result<Self, SignalResult> {
        let pidfd = pidfd::open(key.pid).map_err(unheld)?;
        // From here on the pid cannot be another's without the check noticing.
        let stat = table.read_one(key.pid).ok_or_else(|| unread(&pidfd))?;
        if !is_same(key, &stat) {
            return Err(SignalResult::PidReused);
        }
        if stat.has_ended() {
            return Err(SignalResult::AlreadyGone);
        }
        Self::checked(pidfd, key)
    }

    /// Opens a process whose birth may be known as an event reported it.
    ///
    /// A zombie is opened, too: a signal to it is sent, and does nothing.
    pub(crate) fn open_near(key: ProcessKey, table: &ProcTable) -> Result<Self, SignalResult> {
        let pidfd = pidfd::open(key.pid).map_err(unheld)?;
        let stat = table.read_one(key.pid).ok_or_else(|| unread(&pidfd))?;
        let is_meant = stat.key.matches_event(key);
        if is_meant { Self::checked(pidfd, key) } else { Err(SignalResult::PidReused) }
    }

    fn checked(pidfd: OwnedFd, key: ProcessKey) -> Result<Self, SignalResult> {
        match is_known_as(&pidfd, key.pid) {
            Some(true) => Ok(Self { pidfd }),
            Some(false) => Err(SignalResult::Failed(PidNamespace::OTHER.to_owned())),
            None => Err(SignalResult::AlreadyGone),
        }
    }

    /// Sends the signal.
    pub(crate) fn send(&self, signal: Signal) -> Result<(), SignalResult> {
        let number = i32::try_from(signal.number()).unwrap_or(0);
        let Some(signal) = rustix::process::Signal::from_named_raw(number) else {
            return Err(SignalResult::Failed("this system does not have that signal".to_owned()));
        };
        pidfd_send_signal(&self.pidfd, signal).map_err(result_of)
    }

    /// Whether it has ended, reaped or not.
    fn has_ended(&self) -> bool {
        has_ended(&self.pidfd)
    }

    /// Waits for its end; how long that took.
    pub(crate) fn wait_for_end(&self, limit: Duration) -> Option<Duration> {
        let began = clock::instant();
        wait::one(&self.pidfd, limit).then(|| began.elapsed())
    }
}

/// Why a process is not read: it is gone, or it became another user's and is hidden now (proc(5),
/// `hidepid`).
fn unread(pidfd: &OwnedFd) -> SignalResult {
    if has_ended(pidfd) {
        return SignalResult::AlreadyGone;
    }
    SignalResult::Failed(
        "nothing was sent: it cannot be read any more, so it might be another process".to_owned(),
    )
}

fn is_same(key: ProcessKey, stat: &Stat) -> bool {
    match key.birth {
        Birth::Ticks(_) => stat.key == key,
        Birth::Seconds(_) => SysinfoTable::new().is_ok_and(|mut table| table.is_still(key)),
    }
}

/// Why no pidfd was opened. It needs no permission (`pidfd_open(2)`), but a filter may forbid it
/// (seccomp(2)), and the files that may be open are limited.
fn unheld(error: Errno) -> SignalResult {
    match error {
        error if says_gone(error) => SignalResult::AlreadyGone,
        other => SignalResult::Failed(format!(
            "nothing was sent: without a pidfd it might reach another process, and none can be \
             opened here: {other}"
        )),
    }
}

/// Without `/proc` nobody can be distinguished from another.
fn unlisted(error: Errno) -> SignalResult {
    SignalResult::Failed(format!("nothing was sent: /proc cannot be read: {error}"))
}

fn result_of(error: Errno) -> SignalResult {
    match error {
        Errno::SRCH => SignalResult::AlreadyGone,
        Errno::PERM => SignalResult::NotPermitted,
        other => SignalResult::Failed(other.to_string()),
    }
}

/// Sends a signal to one process. The target comes back if its end is worth waiting for.
pub(crate) fn send_to_process(order: &SignalOrder) -> (SignalResult, Option<Target>) {
    let opened =
        ProcTable::open().map_err(unlisted).and_then(|table| Target::open(order.target, &table));
    let masks = masks_of(order.target).map(|masks| (order.target, masks)).into_iter().collect();
    let at = clock::now();
    match opened.and_then(|target| target.send(order.signal).map(|()| target)) {
        Ok(target) => {
            let result = SignalResult::Sent {
                at,
                masks,
                processes: 1,
                gone: 0,
                not_permitted: Vec::new(),
                left_out: Vec::new(),
                is_complete: true,
            };
            (result, may_end(order.signal).then_some(target))
        }
        Err(result) => (result, None),
    }
}

/// Whether the signal can end a process, so that its end is worth waiting for.
fn may_end(signal: Signal) -> bool {
    signal.default_act().ends()
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Child, Command};

    use super::*;
    use crate::forecast::Scope;

    struct Victim(Child);

    impl Drop for Victim {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[test]
    fn an_error_of_proc_is_no_word_of_the_process() {
        for error in [Errno::SRCH, Errno::PERM, Errno::MFILE] {
            assert!(matches!(unlisted(error), SignalResult::Failed(why) if why.contains("/proc")));
        }
        assert_eq!(result_of(Errno::PERM), SignalResult::NotPermitted);
    }

    #[test]
    fn a_pid_that_is_a_threads_now_is_no_process_any_more() {
        for error in [Errno::SRCH, Errno::INVAL, Errno::NOENT] {
            assert_eq!(unheld(error), SignalResult::AlreadyGone);
        }
        assert!(matches!(unheld(Errno::MFILE), SignalResult::Failed(_)));
    }

    #[test]
    fn who_lives_and_cannot_be_read_is_not_said_to_have_ended() {
        let mut victim = Victim(Command::new("sleep").arg("60").spawn().unwrap());
        let pidfd = pidfd::open(victim.0.id()).unwrap();
        assert!(matches!(unread(&pidfd), SignalResult::Failed(why) if why.contains("read")));
        victim.0.kill().unwrap();
        victim.0.wait().unwrap();
        assert_eq!(unread(&pidfd), SignalResult::AlreadyGone);
    }

    #[test]
    fn a_process_of_another_start_gets_no_signal() {
        let mut victim = Victim(Command::new("sleep").arg("60").spawn().unwrap());
        let key = ProcTable::open().unwrap().read_one(victim.0.id()).unwrap().key;
        let ticks = key.start_ticks().unwrap();
        let order = |target, signal| SignalOrder {
            number: 1,
            target,
            name: "sleep".into(),
            signal,
            scope: Scope::Process,
        };
        for other in [ticks - 1, ticks + 1] {
            let stranger = ProcessKey::at_ticks(key.pid, other);
            let (result, target) = send_to_process(&order(stranger, Signal::KILL));
            assert!(result == SignalResult::PidReused && target.is_none(), "{result:?}");
        }
        let (result, target) = send_to_process(&order(key, Signal::TERM));
        assert!(matches!(result, SignalResult::Sent { processes: 1, .. }) && target.is_some());
        assert_eq!(victim.0.wait().unwrap().signal(), Some(15));
    }
}
