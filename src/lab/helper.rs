//! The helper: the single-threaded process above the lab's main. It has the test processes forked,
//! adopts and reaps what they leave, and ends them all when pexplore closes the control socket.

use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;
use std::{io, process};

use rustix::process::{Pid, PidfdFlags, Signal, getpid, pidfd_open, set_child_subreaper};
use rustix::termios::tcsetpgrp;

use crate::lab::answer::LabError;
use crate::lab::caps::Load;
use crate::lab::entry::{self, Streams};
use crate::lab::mark::Run;
use crate::lab::members::{Member, Members};
use crate::lab::part::{Part, Step, Under, steps};
use crate::lab::terminal::Terminal;
use crate::lab::wire::{self, Command, Envelope, Family, FromHelper, Greeting, Reply, Request};
use crate::lab::{ending, folder, fork, pidfd};
use crate::linux::wait;
use crate::record::ProcessKey;
use crate::test_process::TestProcessKind;

/// How long the guard may take to come up.
const GUARD_LIMIT: Duration = Duration::from_secs(2);
/// How often adopted children are looked after; nothing tells of their end.
const ADOPTED_INTERVAL: Duration = Duration::from_millis(50);
/// How long mains may take for the normal end of their daemonic children.
const DAEMONIC_LIMIT: Duration = Duration::from_millis(400);
/// How long killed orphans, which init reaps, are waited for.
const KILL_LIMIT: Duration = Duration::from_millis(500);

/// The helper's whole life.
pub(super) fn run() -> ! {
    match Helper::begin() {
        Ok(mut helper) => {
            helper.serve();
            fork::exit(0)
        }
        Err(error) => {
            let _ = io::Write::write_all(&mut io::stderr(), format!("{error}\n").as_bytes());
            fork::exit(2)
        }
    }
}

#[derive(Debug)]
pub(super) struct Helper {
    control: OwnedFd,
    pub(super) life: OwnedFd,
    pub(super) registration: OwnedFd,
    guard: OwnedFd,
    pub(super) run: Run,
    pub(super) members: Members,
    /// The terminal of its session, in which main is the job; `None` where there can be none.
    terminal: Option<Terminal>,
}

impl Helper {
    fn begin() -> io::Result<Self> {
        let Streams { life, socket: control } = entry::begin(c"px-helper")?;
        let run = entry::handed_run().ok_or_else(entry::refusal)?;
        set_child_subreaper(Some(getpid()))?;
        let handover = wire::receive(&control)?;
        let is_it = |line: &str| wire::parse(line) == Some(Greeting::Handover);
        let fds = handover.filter(|(line, _)| is_it(line)).map(|(_, fds)| fds);
        let Ok([registration, guard]) = <[OwnedFd; 2]>::try_from(fds.unwrap_or_default()) else {
            return Err(io::Error::other("pexplore ended before it handed the lab over"));
        };
        let own = pidfd_open(getpid(), PidfdFlags::empty())?;
        wire::send(&registration, &Greeting::Helper, &[own.as_fd()])?;
        if !wait::one(&registration, GUARD_LIMIT) || wire::receive(&registration)?.is_none() {
            return Err(io::Error::other("the guard did not answer"));
        }
        let (members, terminal) = (Members::default(), Terminal::open().ok());
        Ok(Self { control, life, registration, guard, run, members, terminal })
    }

    fn serve(&mut self) {
        while let Some(Envelope { id, request }) = self.next_request() {
            let outcome = self.execute(request);
            // If nobody is there to read it, the next look at the socket says so.
            let reply = FromHelper::Reply(Reply { id, outcome });
            let _ = wire::send(&self.control, &reply, &[]);
        }
        self.end();
    }

    fn execute(&mut self, request: Request) -> Result<Family, LabError> {
        match request {
            Request::Main => self.main().map(|main| Family::new(main, vec![main])),
            Request::TestProcess { kind, number, under } => self.start(kind, number, under),
            Request::Run { arguments, under } => {
                let under = self.living(under)?;
                let load = Load::new(Part::Program, 0);
                if let Some(refusal) = self.members.load().refusal_of(load) {
                    return Err(refusal.into());
                }
                let program = self.run_program(under, arguments)?;
                Ok(Family::new(under, vec![program]))
            }
            Request::Type { text, session } => {
                self.have_session_do(session, &Command::Type { text })
            }
            Request::HangUp { session } => self.have_session_do(session, &Command::HangUp),
            Request::End { test_process } => {
                let test_process = self.living(test_process)?;
                self.have_ended(test_process)?;
                Ok(Family::new(test_process, Vec::new()))
            }
        }
    }

    fn have_session_do(
        &mut self,
        session: ProcessKey,
        command: &Command,
    ) -> Result<Family, LabError> {
        let session = self.living(session)?;
        let member = self
            .members
            .find(session)
            .filter(|member| member.part != Part::Own(TestProcessKind::Session));
        if let Some(Member { part, .. }) = member {
            let (name, pid) = (part.name(), session.pid);
            return Err(format!("{name} {pid} has no terminal: only a session has one").into());
        }
        self.have_done(session, command)?;
        Ok(Family::new(session, Vec::new()))
    }

    /// The member that is meant, if it lives.
    fn living(&mut self, wanted: ProcessKey) -> Result<ProcessKey, LabError> {
        self.members.look();
        let gone =
            || LabError::from(format!("{} is no living test process of this lab", wanted.pid));
        Ok(self.members.find(wanted).ok_or_else(gone)?.key)
    }

    /// Reaps and listens until pexplore asks for something; `None` when the lab is to end.
    fn next_request(&mut self) -> Option<Envelope> {
        loop {
            ending::reap();
            self.members.look();
            let limit = self.has_adopted().then_some(ADOPTED_INTERVAL);
            let mut fds = vec![wait::readable(&self.control)];
            fds.extend(self.members.living().map(|member| wait::readable(&member.pidfd)));
            let controls = self.members.living().filter_map(|member| member.control.as_ref());
            fds.extend(controls.map(wait::readable));
            wait::any(&mut fds, limit);
            let is_asked = wait::is_ready(&fds[0]);
            self.pass_on_notifications();
            if is_asked {
                let (line, _) = wire::receive(&self.control).ok()??;
                return wire::parse(&line);
            }
        }
    }

    fn pass_on_notifications(&mut self) {
        for it in self.members.receive(|control| wait::one(control, Duration::ZERO)) {
            wire::notify(&self.control, &FromHelper::Notification(it));
        }
    }

    /// Whether there are children that it did not fork; true where the kernel does not list them.
    fn has_adopted(&self) -> bool {
        let n_forked = self.members.living().filter(|member| member.part == Part::Main).count();
        ending::children_of(process::id()).is_none_or(|children| children.len() > n_forked)
    }

    /// The lab's main, started if there is none, or none any more.
    fn main(&mut self) -> Result<ProcessKey, LabError> {
        if let Some(main) = self.members.main() {
            return Ok(main.key);
        }
        let main = self.bear(None, Part::Main, 0)?;
        let main = main.ok_or_else(|| LabError::new("the lab's main ended before it was ready"))?;
        self.put_into_foreground(main);
        Ok(main)
    }

    /// Makes main what a shell's job is; without a terminal it is none.
    fn put_into_foreground(&self, main: ProcessKey) {
        let group = i32::try_from(main.pid).ok().and_then(Pid::from_raw);
        if let (Some(terminal), Some(group)) = (&self.terminal, group) {
            // A later main finds the helper in the background (tcsetpgrp(3)).
            fork::ignore(Signal::TTOU);
            // It may have ended meanwhile.
            let _ = tcsetpgrp(&terminal.slave, group);
        }
    }

    fn start(
        &mut self,
        kind: TestProcessKind,
        number: u32,
        under: Option<ProcessKey>,
    ) -> Result<Family, LabError> {
        if let Some(under) = under {
            let parent = self.living(under)?;
            return self.start_under(parent, kind, number);
        }
        self.members.look();
        let main = self.main()?;
        let outcome = self.start_under(main, kind, number);
        if outcome.is_err() && self.members.is_ending(main) {
            // It was killed a moment ago.
            self.members.look();
            let main = self.main()?;
            return self.start_under(main, kind, number);
        }
        outcome
    }

    fn start_under(
        &mut self,
        parent: ProcessKey,
        kind: TestProcessKind,
        number: u32,
    ) -> Result<Family, LabError> {
        let server = self.members.server_of(parent);
        let steps = steps(kind, number, server.is_some());
        if let Some(refusal) = self.members.load().refusal_of(Load::of_steps(&steps)) {
            return Err(refusal.into());
        }
        let mut processes = self.make(&steps, parent, server)?;
        if steps[0].part == Part::Server {
            // The test process's own process is the one that was asked for.
            processes.rotate_left(1);
        }
        let is_under_main = self.members.main().is_some_and(|main| main.key == parent);
        Ok(Family { parent, is_under_main, processes })
    }

    /// Has all forked, one after the other; the processes that stay. All or none.
    fn make(
        &mut self,
        steps: &[Step],
        target: ProcessKey,
        server: Option<ProcessKey>,
    ) -> Result<Vec<ProcessKey>, LabError> {
        let mut made = Vec::new();
        for step in steps {
            let creator = match step.under {
                Under::Target => Some(target),
                Under::Server => server,
                Under::Made(index) => made.get(index).copied(),
            };
            let creator = creator
                .ok_or_else(|| LabError::new("the test process that was to fork has ended"))?;
            match self.bear(Some(creator), step.part, step.number) {
                Ok(born) => made.extend(born),
                Err(error) => {
                    self.members.kill(&made);
                    return Err(error);
                }
            }
        }
        Ok(made)
    }

    fn end(&self) {
        let mains = self.members.mains_of_daemonic();
        for main in &mains {
            if let Some(control) = &main.control {
                let _ = wire::send(control, &Command::End, &[]);
            }
        }
        pidfd::wait_for_all(mains.iter().map(|main| &main.pidfd), DAEMONIC_LIMIT);
        // Orphans are no descendants: only their pidfds reach them.
        self.members.kill_all();
        ending::end_descendants();
        // Children of programs may be under init, or under an orphan, and no member knows them.
        self.run.sweep();
        pidfd::wait_for_all(self.members.living().map(|member| &member.pidfd), KILL_LIMIT);
        folder::remove(self.run);
        // A stopped guard could not see that pexplore has ended.
        pidfd::signal(&self.guard, Signal::CONT);
    }
}
