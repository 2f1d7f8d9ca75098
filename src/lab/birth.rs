//! Forking a process for the helper: it makes the child's sockets, has the creator fork, and waits
//! until the child has come up, or has exec'd its program.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{getpid, set_child_subreaper};

use crate::lab::answer::LabError;
use crate::lab::helper::Helper;
use crate::lab::members::Member;
use crate::lab::part::Part;
use crate::lab::test_process::{self, Inheritance};
use crate::lab::wire::{self, Command, MAX_MESSAGE, Report};
use crate::lab::{fork, pidfd};
use crate::linux;
use crate::linux::wait;
use crate::record::{ProcessKey, State};
use crate::test_process::TestProcessKind;

/// How long a child may take to become what it is meant to be.
const REPORT_LIMIT: Duration = Duration::from_secs(2);
const ROUND: Duration = Duration::from_millis(1);
const MOST_ROUNDS: usize = 2000;
const NOT_READY: &str = "the test process ended or stopped before it was ready";

impl Helper {
    /// Has one process forked, by this one if no creator is named. `None` for one that was meant
    /// to end, and has done so.
    pub(super) fn bear(
        &mut self,
        creator: Option<ProcessKey>,
        part: Part,
        number: u32,
    ) -> Result<Option<ProcessKey>, LabError> {
        let failed =
            |error: io::Error| LabError::from(format!("no test process could be forked: {error}"));
        let (control, child_control) = wire::socket_pair().map_err(|error| failed(error.into()))?;
        let (report, children_report) =
            pipe_with(PipeFlags::CLOEXEC).map_err(|error| failed(error.into()))?;
        if part.goes_to_init() {
            // So that init adopts it, or the nearest subreaper above pexplore. Until the report
            // comes that one adopts every other orphan, too. Nothing is lost by it: the end reaches
            // a test process by its pidfd, and what a program started by its mark, as it does with
            // all that programs leave under init.
            set_child_subreaper(None).map_err(|error| failed(error.into()))?;
        }
        let born = match creator {
            Some(creator) => {
                let fds =
                    [children_report.as_fd(), self.registration.as_fd(), child_control.as_fd()];
                self.send(creator, &Command::Fork { part, number }, &fds)
            }
            None => self.fork(part, number, &child_control, &children_report).map_err(failed),
        };
        // The child has its own copies.
        drop((child_control, children_report));
        let born = born.and_then(|()| read_report(&report));
        // Undoes what the birth of an orphan needed. The call has no way to fail here.
        let _ = set_child_subreaper(Some(getpid()));
        let key = born?;
        let Some(pidfd) = pidfd::open(key) else {
            return if part.ends_at_once() { Ok(None) } else { Err(LabError::new(NOT_READY)) };
        };
        let is_ready = is_settled(part, key, &pidfd);
        let control = (!part.ends_at_once()).then_some(control);
        let has_ended = false;
        self.members.add(Member { part, number, key, creator, pidfd, control, has_ended });
        if is_ready {
            return Ok((part != Part::Brief).then_some(key));
        }
        self.members.kill(&[key]);
        Err(LabError::new(NOT_READY))
    }

    /// Has a program started by a test process.
    pub(super) fn run_program(
        &mut self,
        creator: ProcessKey,
        arguments: Vec<String>,
    ) -> Result<ProcessKey, LabError> {
        let failed = |error| LabError::from(format!("no program could be started: {error}"));
        let (report, children_report) = pipe_with(PipeFlags::CLOEXEC).map_err(failed)?;
        let fds = [children_report.as_fd(), self.registration.as_fd()];
        self.send(creator, &Command::Run { arguments }, &fds)?;
        drop(children_report);
        let key = read_report_to_its_end(&report)?;
        // It may have ended and be gone already; then it ran all the same.
        if let Some(pidfd) = pidfd::open(key) {
            let (part, number, creator) = (Part::Program, 0, Some(creator));
            let (control, has_ended) = (None, false);
            self.members.add(Member { part, number, key, creator, pidfd, control, has_ended });
        }
        Ok(key)
    }

    /// Has a test process do what is no birth, and waits until it has.
    pub(super) fn have_done(
        &self,
        test_process: ProcessKey,
        command: &Command,
    ) -> Result<(), LabError> {
        let (report, test_processes_report) = pipe_with(PipeFlags::CLOEXEC).map_err(|error| {
            LabError::from(format!("nothing could be asked of a test process: {error}"))
        })?;
        self.send(test_process, command, &[test_processes_report.as_fd()])?;
        drop(test_processes_report);
        read_report(&report).map(drop)
    }

    /// Has a test process end as it does at the normal end of the lab, and waits for it.
    pub(super) fn have_ended(&self, test_process: ProcessKey) -> Result<(), LabError> {
        self.send(test_process, &Command::End, &[])?;
        let member = self.members.find(test_process);
        match member.filter(|member| !wait::one(&member.pidfd, REPORT_LIMIT)) {
            Some(member) => {
                Err(format!("{} {} does not end", member.part.name(), test_process.pid).into())
            }
            None => Ok(()),
        }
    }

    /// Tells a test process to do something.
    fn send(
        &self,
        test_process: ProcessKey,
        command: &Command,
        fds: &[BorrowedFd<'_>],
    ) -> Result<(), LabError> {
        let member = self.members.find(test_process);
        let ended =
            || LabError::from(format!("{} has ended, or can have no children", test_process.pid));
        let member = member.ok_or_else(ended)?;
        if member.part == Part::Program {
            let pid = test_process.pid;
            return Err(format!(
                "{pid} is a program of its own, and does only what it is made for"
            )
            .into());
        }
        let control = member.control.as_ref().ok_or_else(ended)?;
        match pidfd::stat_of(test_process).map(|stat| stat.state) {
            Some(State::Stopped | State::Traced) => {
                let (name, pid) = (member.part.name(), test_process.pid);
                let what = match command {
                    Command::Fork { .. } | Command::Run { .. } => "forks",
                    Command::Type { .. } | Command::HangUp | Command::End => "does",
                };
                return Err(
                    format!("{name} {pid} is stopped, and {what} nothing before CONT").into()
                );
            }
            Some(State::Zombie) | None => return Err(ended()),
            Some(_) => {}
        }
        wire::send(control, command, fds).map_err(|_| ended())
    }

    /// Forks the lab's main; every other process is forked by one below it.
    fn fork(&self, part: Part, number: u32, control: &OwnedFd, report: &OwnedFd) -> io::Result<()> {
        let (control, report) = (control.try_clone()?, report.try_clone()?);
        let life = self.life.try_clone()?;
        let registration = self.registration.try_clone()?;
        if fork::fork()?.is_none() {
            let (terminal, run) = (None, Some(self.run));
            let inheritance = Inheritance { life, control, report, registration, terminal, run };
            // The exec that follows closes everything else that is open here.
            test_process::live(part, number, inheritance)
        }
        Ok(())
    }
}

/// One line: the key of the process that reports, or the reason why there is none.
fn read_report(report: &OwnedFd) -> Report {
    let text = read(report, |text| text.contains('\n'));
    parse_report(text.trim_end())
}

/// Reads the report of a child that is to exec: the end after its line means a good exec, another
/// line why it failed.
fn read_report_to_its_end(report: &OwnedFd) -> Report {
    let text = read(report, |_| false);
    parse_report(text.lines().last().unwrap_or_default())
}

fn read(report: &OwnedFd, is_complete: impl Fn(&str) -> bool) -> String {
    let mut text = String::new();
    let mut chunk = [0; 256];
    while !is_complete(&text)
        && text.len() < MAX_MESSAGE
        && wait::one(report, REPORT_LIMIT)
        && let Ok(n_read) = rustix::io::read(report, &mut chunk)
        && n_read > 0
    {
        text.push_str(&String::from_utf8_lossy(&chunk[..n_read]));
    }
    text
}

fn parse_report(line: &str) -> Report {
    wire::parse(line).unwrap_or_else(|| Err(LabError::new(NOT_READY)))
}

/// Waits for what comes after the report.
fn is_settled(part: Part, key: ProcessKey, pidfd: &OwnedFd) -> bool {
    match part {
        Part::Zombie => wait::one(pidfd, REPORT_LIMIT),
        Part::Own(TestProcessKind::Stopped) => (0..MOST_ROUNDS).any(|_| {
            let state = pidfd::stat_of(key).map(|stat| stat.state);
            let is_stopped = state == Some(State::Stopped);
            if !is_stopped {
                wait::sleep(ROUND);
            }
            is_stopped
        }),
        _ => !linux::pidfd::has_ended(pidfd) || part.ends_at_once(),
    }
}
