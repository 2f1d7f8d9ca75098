//! How the helper has one process forked: it makes the newborn's sockets, tells the creator to
//! fork, and waits until the newborn is what it is meant to be.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{getpid, set_child_subreaper};

use crate::lab::helper::Helper;
use crate::lab::members::Member;
use crate::lab::part::Part;
use crate::lab::pidfd::{self, Identity};
use crate::lab::specimen::{self, Inheritance};
use crate::lab::wire::{self, Command};
use crate::lab::{fork, wait};

/// How long a newborn may take to become what it is meant to be.
const REPORT_LIMIT: Duration = Duration::from_secs(2);
const ROUND: Duration = Duration::from_millis(1);
const MOST_ROUNDS: usize = 2000;
const NOT_READY: &str = "the test child ended or stopped before it was ready";

/// What the newborn gets.
struct Gifts {
    control: OwnedFd,
    report: OwnedFd,
}

impl Helper {
    /// Has one process forked, by this one if no creator is named. `None` for one that was meant
    /// to end, and has done so.
    pub(super) fn bear(
        &mut self,
        creator: Option<Identity>,
        part: Part,
        number: u32,
    ) -> Result<Option<Identity>, String> {
        let failed = |error: io::Error| format!("no test child could be forked: {error}");
        let (control, newborns) = wire::socket_pair().map_err(|error| failed(error.into()))?;
        let (report, newborns_report) =
            pipe_with(PipeFlags::CLOEXEC).map_err(|error| failed(error.into()))?;
        let gifts = Gifts { control: newborns, report: newborns_report };
        if part.goes_to_init() {
            // So that init adopts it, or the nearest subreaper above pexplore.
            set_child_subreaper(None).map_err(|error| failed(error.into()))?;
        }
        let born = match creator {
            Some(creator) => self.tell(creator, Command::Fork { part, number }, gifts),
            None => self.fork(part, number, gifts).map_err(failed),
        };
        let born = born.and_then(|()| read_report(&report));
        // Undoes what the birth of an orphan needed. The call has no way to fail here.
        let _ = set_child_subreaper(Some(getpid()));
        let identity = born?;
        let Some(pidfd) = identity.open() else {
            return if part.ends_at_once() { Ok(None) } else { Err(NOT_READY.to_owned()) };
        };
        let is_ready = is_settled(part, identity, &pidfd);
        let control = (!part.ends_at_once()).then_some(control);
        let has_ended = false;
        self.members.add(Member { part, number, identity, creator, pidfd, control, has_ended });
        if is_ready {
            return Ok((part != Part::Brief).then_some(identity));
        }
        self.members.kill(&[identity]);
        Err(NOT_READY.to_owned())
    }

    /// Tells a specimen to fork.
    fn tell(&self, creator: Identity, command: Command, gifts: Gifts) -> Result<(), String> {
        let member = self.members.find(creator);
        let ended = || format!("{} has ended, or can have no children", creator.pid);
        let member = member.ok_or_else(ended)?;
        let control = member.control.as_ref().ok_or_else(ended)?;
        match creator.stat().map(|stat| stat.state) {
            Some('T' | 't') => {
                let (name, pid) = (member.part.name(), creator.pid);
                return Err(format!("{name} {pid} is stopped, and forks nothing before CONT"));
            }
            Some('Z') | None => return Err(ended()),
            Some(_) => {}
        }
        let Gifts { control: newborns, report } = gifts;
        let fds = [newborns.as_fd(), report.as_fd(), self.registration.as_fd()];
        wire::send(control, &command.to_line(), &fds).map_err(|_| ended())
    }

    /// Forks the lab's main; every other process is forked by one below it.
    fn fork(&self, part: Part, number: u32, gifts: Gifts) -> io::Result<()> {
        let Gifts { control, report } = gifts;
        let life = self.life.try_clone()?;
        let registration = self.registration.try_clone()?;
        if fork::fork()?.is_none() {
            // What else is open here is closed by the exec that follows.
            specimen::live(part, number, Inheritance { life, control, report, registration })
        }
        Ok(())
    }
}

/// One line: the newborn's identity, or why there is none.
fn read_report(report: &OwnedFd) -> Result<Identity, String> {
    let mut text = String::new();
    let mut chunk = [0; 256];
    while !text.contains('\n')
        && wait::one(report, REPORT_LIMIT)
        && let Ok(n_read) = rustix::io::read(report, &mut chunk)
        && n_read > 0
    {
        text.push_str(&String::from_utf8_lossy(&chunk[..n_read]));
    }
    let line = text.trim_end();
    if let Some(sentence) = line.strip_prefix("no ") {
        return Err(sentence.to_owned());
    }
    let identity = line.strip_prefix("ok ").and_then(|identity| identity.parse().ok());
    identity.ok_or_else(|| NOT_READY.to_owned())
}

/// Waits for what comes after the report.
fn is_settled(part: Part, identity: Identity, pidfd: &OwnedFd) -> bool {
    match part {
        Part::Zombie => wait::one(pidfd, REPORT_LIMIT),
        Part::Stopped => (0..MOST_ROUNDS).any(|_| {
            let state = identity.stat().map(|stat| stat.state);
            let is_stopped = state == Some('T');
            if !is_stopped {
                wait::pause(ROUND);
            }
            is_stopped
        }),
        _ => !pidfd::has_ended(pidfd) || part.ends_at_once(),
    }
}
