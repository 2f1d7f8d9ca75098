//! The guard: when pexplore ends, it sends KILL to every test process that registered.
//!
//! It alone reaches a stopped orphan under init, which reads no pipe and has no parent in the lab.
//! It holds pidfds and no pids, so it cannot meet a process that reuses one. What programs have
//! started does not register, and is found by the mark of the run.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::process::Signal;

use crate::lab::entry::{self, Streams};
use crate::lab::mark::Run;
use crate::lab::wire::{self, Greeting};
use crate::lab::{folder, fork, pidfd};
use crate::linux;
use crate::linux::wait;

/// A killed process is gone within a few milliseconds, on a loaded machine somewhat later.
const KILL_LIMIT: Duration = Duration::from_millis(500);

/// The guard's whole life.
pub(super) fn run() -> ! {
    let streams = entry::begin(c"px-guard");
    match streams.and_then(|streams| Ok((streams, entry::handed_run().ok_or_else(entry::refusal)?)))
    {
        Ok((streams, run)) => {
            Guard::new(streams, run).serve();
            fork::exit(0)
        }
        Err(error) => {
            let _ = io::Write::write_all(&mut io::stderr(), format!("{error}\n").as_bytes());
            fork::exit(2)
        }
    }
}

#[derive(Debug)]
struct Guard {
    life: OwnedFd,
    /// `None` when nobody is left who could register.
    registration: Option<OwnedFd>,
    helper: Option<OwnedFd>,
    test_processes: Vec<OwnedFd>,
    run: Run,
}

impl Guard {
    fn new(streams: Streams, run: Run) -> Self {
        let Streams { life, socket } = streams;
        Self { life, registration: Some(socket), helper: None, test_processes: Vec::new(), run }
    }

    fn serve(mut self) {
        while self.is_needed() {
            self.test_processes.retain(|test_process| !linux::pidfd::has_ended(test_process));
            self.accept_registrations();
        }
        self.kill();
        self.accept_registrations();
        self.kill();
        // Only the programs themselves know their children.
        self.run.sweep();
        pidfd::wait_for_all(&self.test_processes, KILL_LIMIT);
        folder::remove(self.run);
        // A stopped helper could not see that pexplore has ended.
        if let Some(helper) = &self.helper {
            pidfd::signal(helper, Signal::CONT);
        }
    }

    /// Waits until something happens; says whether pexplore still lives.
    fn is_needed(&self) -> bool {
        let mut fds = vec![wait::readable(&self.life)];
        fds.extend(self.registration.iter().map(wait::readable));
        fds.extend(self.test_processes.iter().map(wait::readable));
        wait::any(&mut fds, None);
        !wait::is_ready(&fds[0])
    }

    fn accept_registrations(&mut self) {
        while let Some(socket) = &self.registration
            && wait::one(socket, Duration::ZERO)
        {
            match wire::receive(socket) {
                Ok(Some((line, fds))) if wire::parse(&line) == Some(Greeting::Helper) => {
                    self.helper = fds.into_iter().next();
                    // The helper forks nothing before it knows that there is a guard.
                    let _ = wire::send(socket, &Greeting::Helper, &[]);
                }
                Ok(Some((_, fds))) => self.test_processes.extend(fds),
                Ok(None) | Err(_) => self.registration = None,
            }
        }
    }

    fn kill(&self) {
        for test_process in &self.test_processes {
            pidfd::signal(test_process, Signal::KILL);
        }
    }
}
