//! The thread that ends helper and guard together, and what is left of the lab when both were
//! killed.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{self, Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};
use rustix::net::{Shutdown, shutdown};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tracing::info;

use crate::lab::mark::Run;
use crate::lab::{HANDED_RUN, MARK, RUN_MARK, folder, pidfd};
use crate::linux;
use crate::linux::wait;
use crate::record::ProcessKey;

/// The knowledge that the watch needs when helper *and* guard have been killed.
pub(super) type Known = Arc<Mutex<Knowledge>>;

#[derive(Debug, Default)]
pub(super) struct Knowledge {
    /// All test processes that were reported.
    pub(super) processes: Vec<ProcessKey>,
    /// Whether the watch has ended the run: nothing more may be written for it.
    pub(super) is_over: bool,
}

/// The time that the helper has for a normal end, before the life pipe is closed too.
const CLOSE_LIMIT: Duration = Duration::from_millis(1200);
/// The time that helper and guard have after that, each, before they are killed.
const END_LIMIT: Duration = Duration::from_millis(800);
/// How long killed test processes, which init may have to reap, are waited for.
const KILL_LIMIT: Duration = Duration::from_millis(200);

/// The thread that lets neither live without the other. It alone holds the life pipe's write end.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) run: Run,
    pub(super) life: OwnedFd,
    pub(super) control: OwnedFd,
    pub(super) helper: Member,
    pub(super) guard: Member,
    pub(super) known: Known,
}

impl Watch {
    pub(super) fn run(self) {
        let Self { run, life, control, mut helper, mut guard, known } = self;
        let members = [wait::readable(&helper.pidfd), wait::readable(&guard.pidfd)];
        let mut fds = Vec::from(members.clone());
        // Nothing is read here: only its shutdown, by `drop` or by the helper's end, is waited for.
        fds.push(PollFd::new(&control, PollFlags::empty()));
        wait::any(&mut fds, None);
        if !linux::pidfd::has_ended(&helper.pidfd) && !linux::pidfd::has_ended(&guard.pidfd) {
            // A normal end: test processes idle on while the helper ends them in its order.
            pidfd::signal(&helper.pidfd, Signal::CONT);
            wait::any(&mut members.clone(), Some(CLOSE_LIMIT));
        }
        let _ = shutdown(&control, Shutdown::Both);
        drop(life);
        for member in [&helper, &guard] {
            // One that is stopped could not see the end.
            pidfd::signal(&member.pidfd, Signal::CONT);
            wait::one(&member.pidfd, END_LIMIT);
        }
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        known.is_over = true;
        // One after the other: pexplore may hold nearly as many files as it may have open.
        for process in known.processes.iter().filter_map(|process| pidfd::open(*process)) {
            pidfd::signal(&process, Signal::KILL);
        }
        // Children of programs are known to nobody: helper and guard look for them at their end.
        if !helper.has_finished() && !guard.has_finished() {
            run.sweep();
        }
        for process in known.processes.iter().filter_map(|process| pidfd::open(*process)) {
            if !wait::one(&process, KILL_LIMIT) {
                break;
            }
        }
        folder::remove(run);
    }
}

/// Helper or guard. Dropping it kills it, if it has not ended, and reaps it.
#[derive(Debug)]
pub(super) struct Member {
    child: Child,
    pub(super) pidfd: OwnedFd,
}

impl Member {
    /// The two streams are what reaches the child: all else is closed on exec.
    pub(super) fn spawn(
        executable: &Path,
        command: &str,
        run: Run,
        life: OwnedFd,
        socket: OwnedFd,
    ) -> io::Result<Self> {
        let mut child = Command::new(executable)
            .arg0("pexplore-lab")
            .arg(command)
            .env(MARK, process::id().to_string())
            .env(HANDED_RUN, run.to_string())
            // Of another lab, if this pexplore runs in one: it ends by its own run.
            .env_remove(RUN_MARK)
            .stdin(Stdio::from(life))
            .stdout(Stdio::from(socket))
            .stderr(Stdio::null())
            .spawn()?;
        // Not reaped yet, so the pid is still its own.
        let pid = Pid::from_child(&child);
        // Where a filter forbids this (seccomp(2)), what is stopped could not be ended.
        let pidfd = pidfd_open(pid, PidfdFlags::empty()).and_then(|pidfd| {
            pidfd_send_signal(&pidfd, Signal::CONT)?;
            Ok(pidfd)
        });
        match pidfd {
            Ok(pidfd) => {
                info!(pid = child.id(), command, "a process of the lab starts");
                Ok(Self { child, pidfd })
            }
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(io::Error::other(format!("no signal can be sent by a pidfd here: {error}")))
            }
        }
    }

    /// Whether it ended by itself, with all done that it does then.
    fn has_finished(&mut self) -> bool {
        let status = self.child.try_wait().ok().flatten();
        status.is_some_and(|status| status.success())
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let _ = self.child.kill();
        // One that waits where no signal reaches it is init's to reap.
        if wait::one(&self.pidfd, END_LIMIT) {
            let _ = self.child.wait();
        }
    }
}
