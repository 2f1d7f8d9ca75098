//! Helper and guard, as pexplore sees them: started, asked, watched and ended.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};
use rustix::net::{Shutdown, shutdown};
use rustix::pipe::{PipeFlags, pipe_with};

use crate::lab::caps::MOST;
use crate::lab::mark::Run;
use crate::lab::watch::{Known, Member, Watch};
use crate::lab::wire::{self, Envelope, Family, FromHelper, Greeting, MAX_MESSAGE, Reply, Request};
use crate::lab::{GUARD_COMMAND, HELPER_COMMAND, LabError, Notification, folder, pidfd};
use crate::linux::procfs::own;
use crate::linux::wait;
use crate::record::PidNamespace;

const ANSWER_LIMIT: Duration = Duration::from_secs(4);

/// So many are remembered before those that have ended are forgotten: more than can live.
const MOST_KNOWN: usize = 2 * MOST.processes;

/// A running pair of helper and guard. Dropping it ends both, with all test processes, and waits.
#[derive(Debug)]
pub(super) struct LabProcesses {
    run: Run,
    control: OwnedFd,
    pidfds: [OwnedFd; 2],
    known: Known,
    last_id: u64,
    notifications: Vec<Notification>,
    /// Where the Python programs are, once they were written.
    folder: Option<PathBuf>,
    watch: Option<JoinHandle<()>>,
}

impl LabProcesses {
    pub(super) fn start(executable: &Path) -> Result<Self, LabError> {
        Self::try_start(executable)
            .map_err(|error| LabError::new(format!("the lab could not be started: {error}")))
    }

    fn try_start(executable: &Path) -> io::Result<Self> {
        if own::namespace() == PidNamespace::Other {
            return Err(io::Error::other(PidNamespace::OTHER));
        }
        let run = Run::begin()?;
        let (life_read, life) = pipe_with(PipeFlags::CLOEXEC)?;
        let (control, helper_control) = wire::socket_pair()?;
        let (registration, guard_registration) = wire::socket_pair()?;
        let guard = Member::spawn(
            executable,
            GUARD_COMMAND,
            run,
            life_read.try_clone()?,
            guard_registration,
        )?;
        let helper = Member::spawn(executable, HELPER_COMMAND, run, life_read, helper_control)?;
        // Should the helper have ended already, the first request says so.
        let _ =
            wire::send(&control, &Greeting::Handover, &[registration.as_fd(), guard.pidfd.as_fd()]);
        let pidfds = [helper.pidfd.try_clone()?, guard.pidfd.try_clone()?];
        let known = Known::default();
        let (watched, reported) = (control.try_clone()?, Arc::clone(&known));
        let watch = Watch { run, life, control: watched, helper, guard, known: reported };
        let watch = thread::Builder::new().name("lab-watch".into()).spawn(|| watch.run())?;
        let (last_id, notifications) = (0, Vec::new());
        let (folder, watch) = (None, Some(watch));
        Ok(Self { run, control, pidfds, known, last_id, notifications, folder, watch })
    }

    /// Whether helper and guard live, and the helper still takes requests.
    pub(super) fn is_complete(&self) -> bool {
        let [helper, guard] = &self.pidfds;
        // Nothing is read: only the other side's end is looked for.
        let control = PollFd::new(&self.control, PollFlags::empty());
        let mut fds = [control, wait::readable(helper), wait::readable(guard)];
        !wait::any(&mut fds, Some(Duration::ZERO))
    }

    /// Asks the helper for something, and waits for its answer, or until the cancel, a pipe, is
    /// closed.
    pub(super) fn request(
        &mut self,
        request: &Request,
        cancel: Option<&OwnedFd>,
    ) -> Result<Family, LabError> {
        self.last_id += 1;
        let request = Envelope { id: self.last_id, request: request.clone() };
        let line = wire::to_line(&request);
        if line.len() > MAX_MESSAGE {
            let length = line.len();
            let sentence = format!("that takes {length} bytes to say, and may take {MAX_MESSAGE}");
            return Err(LabError::new(sentence));
        }
        wire::send_line(&self.control, &line, &[])
            .map_err(|_| LabError::new("the lab's helper has ended"))?;
        loop {
            let mut fds = vec![wait::readable(&self.control)];
            fds.extend(cancel.map(wait::readable));
            if !wait::any(&mut fds, Some(ANSWER_LIMIT)) {
                return Err(LabError::new("the lab's helper does not answer; it may be stopped"));
            }
            if !wait::is_ready(&fds[0]) {
                return Err(LabError::new("the lab is ending"));
            }
            // Any other is a late answer to a request that was given up.
            if let Some(reply) = self.receive()?
                && reply.id == request.id
            {
                return reply.outcome;
            }
        }
    }

    /// The notifications of test processes since the last call.
    pub(super) fn take_notifications(&mut self) -> Vec<Notification> {
        while wait::one(&self.control, Duration::ZERO) && self.receive().is_ok() {}
        std::mem::take(&mut self.notifications)
    }

    /// Where the Python programs are; they are written at the first time.
    pub(super) fn folder(&mut self) -> Result<&Path, LabError> {
        if self.folder.is_none() {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if known.is_over {
                return Err(LabError::new("the lab's helper or guard has ended"));
            }
            let written = folder::write(self.run);
            self.folder = Some(written.map_err(|error| {
                LabError::new(format!("the Python programs could not be written: {error}"))
            })?);
        }
        self.folder.as_deref().ok_or_else(|| LabError::new("there are no Python programs"))
    }

    /// Takes one message in, which may be an answer.
    fn receive(&mut self) -> Result<Option<Reply>, LabError> {
        let received = wire::receive(&self.control).ok().flatten();
        let (line, _) = received.ok_or_else(|| LabError::new("the lab's helper has ended"))?;
        let reply = match wire::parse(&line) {
            Some(FromHelper::Reply(reply)) => reply,
            Some(FromHelper::Notification(notification)) => {
                self.notifications.push(notification);
                return Ok(None);
            }
            None => return Ok(None),
        };
        if let Ok(family) = &reply.outcome {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if known.processes.len() > MOST_KNOWN {
                known.processes.retain(|process| pidfd::stat_of(*process).is_some());
            }
            // The lab's main is reported with each of its children.
            for process in std::iter::once(&family.parent).chain(&family.processes) {
                if !known.processes.contains(process) {
                    known.processes.push(*process);
                }
            }
        }
        Ok(Some(reply))
    }
}

impl Drop for LabProcesses {
    fn drop(&mut self) {
        // The helper sees the end of its requests, and the watch does the rest.
        let _ = shutdown(&self.control, Shutdown::Both);
        if let Some(watch) = self.watch.take() {
            let _ = watch.join();
        }
    }
}
