//! What a specimen does from its fork to its end. Nothing here returns.

use std::convert::Infallible;
use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, WaitOptions, getpid, getppid, pidfd_open,
    set_parent_process_death_signal, wait as wait_for_child, waitid,
};
use rustix::thread::set_name;

use crate::lab::pidfd::{self, Identity};
use crate::lab::{fork, wait, wire};
use crate::model::specimen::SpecimenKind;

const N_CHILDREN: usize = 3;
const ZOMBIE_EXIT_CODE: i32 = 7;

/// What a specimen has of the helper.
#[derive(Debug)]
pub(super) struct Inheritance {
    /// Read end of the life pipe.
    pub(super) life: OwnedFd,
    /// Where each process sends its own pidfd to the guard.
    pub(super) registration: OwnedFd,
    /// Where each process tells the helper that it is what it is meant to be.
    pub(super) report: OwnedFd,
    /// The process that forked this one.
    pub(super) creator: Pid,
}

/// How many processes a specimen reports.
pub(super) fn n_processes(kind: SpecimenKind) -> usize {
    match kind {
        SpecimenKind::Parent => 1 + N_CHILDREN,
        SpecimenKind::Zombie => 2,
        SpecimenKind::Child
        | SpecimenKind::DaemonicChild
        | SpecimenKind::Orphan
        | SpecimenKind::TermIgnorer => 1,
    }
}

/// The whole life of a specimen, in the process that the helper has just forked.
/// One that cannot become what it is meant to be ends, and so never reports.
pub(super) fn live(kind: SpecimenKind, inheritance: Inheritance) -> ! {
    let comm = CString::new(kind.row().comm).expect("no name in the table holds a NUL");
    let _ = match kind {
        SpecimenKind::Child | SpecimenKind::DaemonicChild => live_as_child(inheritance, &comm),
        SpecimenKind::Parent => live_as_parent(inheritance, &comm),
        SpecimenKind::Orphan => live_as_orphan(inheritance, &comm),
        SpecimenKind::Zombie => live_as_negligent(inheritance, &comm),
        SpecimenKind::TermIgnorer => live_as_stubborn(inheritance, &comm),
    };
    fork::exit(1)
}

fn live_as_child(inheritance: Inheritance, comm: &CStr) -> io::Result<Infallible> {
    inheritance.begin_as_child(comm)?;
    inheritance.report(&[getpid()])?;
    inheritance.idle(Vec::new())
}

fn live_as_stubborn(inheritance: Inheritance, comm: &CStr) -> io::Result<Infallible> {
    inheritance.begin_as_child(comm)?;
    fork::ignore(Signal::TERM);
    fork::ignore(Signal::HUP);
    inheritance.report(&[getpid()])?;
    inheritance.idle(Vec::new())
}

fn live_as_parent(mut inheritance: Inheritance, comm: &CStr) -> io::Result<Infallible> {
    inheritance.begin_as_child(comm)?;
    // Before the forks, so that its report comes before those of its children.
    inheritance.report(&[getpid()])?;
    inheritance.creator = getpid();
    let mut children = Vec::new();
    for _ in 0..N_CHILDREN {
        let Some(child) = fork::fork()? else {
            drop(children);
            return live_as_child(inheritance, c"px-child");
        };
        children.push(pidfd_open(child, PidfdFlags::empty())?);
    }
    inheritance.idle(children)
}

/// This process is only the creator, and ends at once; its child is the specimen.
fn live_as_orphan(inheritance: Inheritance, comm: &CStr) -> io::Result<Infallible> {
    inheritance.begin_as_child(c"px-creator")?;
    if fork::fork()?.is_some() {
        fork::exit(0);
    }
    inheritance.begin(comm)?;
    inheritance.report(&[getpid()])?;
    inheritance.idle(Vec::new())
}

fn live_as_negligent(mut inheritance: Inheritance, comm: &CStr) -> io::Result<Infallible> {
    inheritance.begin_as_child(comm)?;
    inheritance.creator = getpid();
    let Some(child) = fork::fork()? else {
        inheritance.begin_as_child(c"px-zombie")?;
        fork::exit(ZOMBIE_EXIT_CODE);
    };
    // It looks until the child has ended, but leaves it unreaped.
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    rustix::io::retry_on_intr(|| waitid(WaitId::Pid(child), look))?;
    inheritance.report(&[getpid(), child])?;
    inheritance.idle(Vec::new())
}

impl Inheritance {
    /// What every process does first, and nothing before: it registers with the guard.
    fn begin(&self, comm: &CStr) -> io::Result<()> {
        let own = pidfd_open(getpid(), PidfdFlags::empty())?;
        wire::send(&self.registration, wire::SPECIMEN, &[own.as_fd()])?;
        fork::reset_signals();
        Ok(set_name(comm)?)
    }

    /// The same for a process that must not outlive its creator. The signal comes only for a
    /// creator that ends after the call (`PR_SET_PDEATHSIG(2const)`), hence the look back.
    fn begin_as_child(&self, comm: &CStr) -> io::Result<()> {
        self.begin(comm)?;
        set_parent_process_death_signal(Some(Signal::KILL))?;
        if getppid() == Some(self.creator) {
            Ok(())
        } else {
            Err(io::Error::other("the creator ended first"))
        }
    }

    fn report(&self, pids: &[Pid]) -> io::Result<()> {
        let mut lines = String::new();
        for pid in pids {
            let identity = Identity::of(pid.as_raw_pid().unsigned_abs());
            let identity = identity.ok_or_else(|| io::Error::other("/proc does not show it"))?;
            lines.push_str(&identity.to_string());
            lines.push('\n');
        }
        // One write, which a pipe keeps whole (pipe(7), PIPE_BUF).
        rustix::io::write(&self.report, lines.as_bytes())?;
        Ok(())
    }

    /// Waits for the end of the life pipe, and reaps these children meanwhile.
    fn idle(self, mut children: Vec<OwnedFd>) -> ! {
        let Self { life, registration, report, .. } = self;
        drop(registration);
        drop(report);
        loop {
            let mut fds = vec![wait::readable(&life)];
            fds.extend(children.iter().map(wait::readable));
            wait::any(&mut fds, None);
            if wait::is_ready(&fds[0]) {
                fork::exit(0);
            }
            children.retain(|child| !pidfd::has_ended(child));
            while let Ok(Some(_)) = wait_for_child(WaitOptions::NOHANG) {}
        }
    }
}
