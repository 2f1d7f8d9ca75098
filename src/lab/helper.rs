//! The helper: the single-threaded process in which forking is safe. It forks the specimens,
//! reaps them, and ends them all when pexplore closes the control socket.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::process;
use std::time::Duration;

use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, PidfdFlags, Signal, getpid, pidfd_open, set_child_subreaper};

use crate::lab::entry::{self, Streams};
use crate::lab::pidfd::{self, Identity};
use crate::lab::specimen::{self, Inheritance};
use crate::lab::wire::{self, Reply, Request};
use crate::lab::{ending, fork, wait};
use crate::model::specimen::SpecimenKind;

/// More specimens than these are refused.
const MAX_LIVING: usize = 256;
/// How long the guard may take to come up.
const GUARD_LIMIT: Duration = Duration::from_secs(2);
/// How long a newborn may take to become what it is meant to be.
const REPORT_LIMIT: Duration = Duration::from_secs(2);
/// How often adopted children are looked after; nothing tells of their end.
const ADOPTED_INTERVAL: Duration = Duration::from_millis(50);
/// How long killed orphans, which init reaps, are waited for.
const KILL_LIMIT: Duration = Duration::from_millis(500);

/// The helper's whole life.
pub(super) fn run() -> ! {
    match Helper::begin() {
        Ok(helper) => {
            serve(helper);
            fork::exit(0)
        }
        Err(error) => {
            let _ = io::Write::write_all(&mut io::stderr(), format!("{error}\n").as_bytes());
            fork::exit(2)
        }
    }
}

#[derive(Debug)]
struct Helper {
    control: OwnedFd,
    life: OwnedFd,
    registration: OwnedFd,
    guard: OwnedFd,
    living: Vec<Specimen>,
}

/// A specimen's own process. What it forked ends with it.
#[derive(Debug)]
struct Specimen {
    kind: SpecimenKind,
    pidfd: OwnedFd,
}

/// What the helper holds of a process that it has just forked.
#[derive(Debug)]
struct Newborn {
    kind: SpecimenKind,
    pidfd: OwnedFd,
    report: OwnedFd,
}

/// On which side of the fork this is.
enum Forked {
    Helper(Newborn),
    Specimen { report: OwnedFd, creator: Pid },
}

/// Owns the helper, so that a specimen can give up all that it must not hold.
fn serve(mut helper: Helper) {
    while let Some(request) = helper.next_request() {
        let outcome = match helper.fork(request.kind) {
            Ok(Forked::Helper(newborn)) => helper.settle(&newborn),
            Ok(Forked::Specimen { report, creator }) => {
                specimen::live(request.kind, helper.into_inheritance(report, creator))
            }
            Err(sentence) => Err(sentence),
        };
        Helper::adopt_again();
        let reply = Reply { request, outcome };
        // If nobody is there to read it, the next look at the socket says so.
        let _ = wire::send(&helper.control, &reply.to_line(), &[]);
    }
    helper.end();
}

impl Helper {
    fn begin() -> io::Result<Self> {
        let Streams { life, socket: control } = entry::begin(c"px-helper")?;
        set_child_subreaper(Some(getpid()))?;
        let handover = wire::receive(&control)?;
        let fds = handover.filter(|(line, _)| line == wire::HANDOVER).map(|(_, fds)| fds);
        let Ok([registration, guard]) = <[OwnedFd; 2]>::try_from(fds.unwrap_or_default()) else {
            return Err(io::Error::other("pexplore ended before it handed the lab over"));
        };
        let own = pidfd_open(getpid(), PidfdFlags::empty())?;
        wire::send(&registration, wire::HELPER, &[own.as_fd()])?;
        if !wait::one(&registration, GUARD_LIMIT) || wire::receive(&registration)?.is_none() {
            return Err(io::Error::other("the guard did not answer"));
        }
        Ok(Self { control, life, registration, guard, living: Vec::new() })
    }

    /// Reaps until pexplore asks for something; `None` when the lab is to end.
    fn next_request(&mut self) -> Option<Request> {
        loop {
            self.reap();
            let limit = self.has_adopted().then_some(ADOPTED_INTERVAL);
            let mut fds = vec![wait::readable(&self.control)];
            fds.extend(self.living.iter().map(|specimen| wait::readable(&specimen.pidfd)));
            wait::any(&mut fds, limit);
            if wait::is_ready(&fds[0]) {
                let (line, _) = wire::receive(&self.control).ok()??;
                return Request::parse(&line);
            }
        }
    }

    fn reap(&mut self) {
        ending::reap();
        self.living.retain(|specimen| !pidfd::has_ended(&specimen.pidfd));
    }

    /// Whether there are children that it did not fork; true where the kernel does not list them.
    fn has_adopted(&self) -> bool {
        let n_forked =
            self.living.iter().filter(|specimen| specimen.kind != SpecimenKind::Orphan).count();
        ending::children_of(process::id()).is_none_or(|children| children.len() > n_forked)
    }

    fn fork(&mut self, kind: SpecimenKind) -> Result<Forked, String> {
        if self.living.len() >= MAX_LIVING {
            return Err(format!("{MAX_LIVING} test children live already, which is the most"));
        }
        let failed = |error: io::Error| format!("no test child could be forked: {error}");
        let (read_end, write_end) = pipe_with(PipeFlags::CLOEXEC).map_err(|e| failed(e.into()))?;
        let creator = getpid();
        if kind == SpecimenKind::Orphan {
            // So that init adopts it, or the nearest subreaper above pexplore.
            set_child_subreaper(None).map_err(|error| failed(error.into()))?;
        }
        match fork::fork() {
            Ok(None) => Ok(Forked::Specimen { report: write_end, creator }),
            Ok(Some(pid)) => {
                // Not reaped yet, so the pid is still its own.
                let pidfd = pidfd_open(pid, PidfdFlags::empty());
                let pidfd = pidfd.map_err(|error| failed(error.into()))?;
                Ok(Forked::Helper(Newborn { kind, pidfd, report: read_end }))
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Undoes what the fork of an orphan needed. The call has no way to fail for this process.
    fn adopt_again() {
        let _ = set_child_subreaper(Some(getpid()));
    }

    fn into_inheritance(self, report: OwnedFd, creator: Pid) -> Inheritance {
        Inheritance { life: self.life, registration: self.registration, report, creator }
    }

    /// Waits until the newborn is what it is meant to be.
    fn settle(&mut self, newborn: &Newborn) -> Result<Vec<Identity>, String> {
        let processes = newborn.read_reports();
        if newborn.kind == SpecimenKind::Orphan {
            // Its creator: only when it has ended the orphan is one.
            wait::one(&newborn.pidfd, REPORT_LIMIT);
        }
        let own = processes.first().and_then(|own| own.open());
        match own {
            Some(pidfd) if processes.len() == specimen::n_processes(newborn.kind) => {
                self.living.push(Specimen { kind: newborn.kind, pidfd });
                Ok(processes)
            }
            _ => {
                pidfd::signal(&newborn.pidfd, Signal::KILL);
                Err("the test child ended or stopped before it was ready".to_owned())
            }
        }
    }

    fn end(&self) {
        let pidfds_of = |kind| {
            let specimens = self.living.iter().filter(move |specimen| specimen.kind == kind);
            specimens.map(|specimen| &specimen.pidfd).collect::<Vec<_>>()
        };
        ending::dismiss(&pidfds_of(SpecimenKind::DaemonicChild));
        // Orphans are no descendants: only their pidfds reach them.
        for specimen in &self.living {
            pidfd::signal(&specimen.pidfd, Signal::KILL);
        }
        ending::end_descendants();
        pidfd::wait_for_all(pidfds_of(SpecimenKind::Orphan), KILL_LIMIT);
        // A stopped guard could not see that pexplore has ended.
        pidfd::signal(&self.guard, Signal::CONT);
    }
}

impl Newborn {
    /// All reports; they end when the last process of the specimen has closed its end.
    fn read_reports(&self) -> Vec<Identity> {
        let mut text = String::new();
        let mut chunk = [0; 256];
        while wait::one(&self.report, REPORT_LIMIT)
            && let Ok(n_read) = rustix::io::read(&self.report, &mut chunk)
            && n_read > 0
        {
            text.push_str(&String::from_utf8_lossy(&chunk[..n_read]));
        }
        text.lines().filter_map(|line| line.parse().ok()).collect()
    }
}
