//! Commands of the helper to a test process: it forks; a session types and hangs up.

use std::os::fd::OwnedFd;
use std::process::id;

use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::lab::answer::{LabError, Notification};
use crate::lab::life::{Child, Living};
use crate::lab::mark::Run;
use crate::lab::part::Part;
use crate::lab::test_process::{self, Inheritance};
use crate::lab::wire::{self, Command};
use crate::lab::{fork, pidfd, program, terminal};
use crate::test_process::TestProcessKind;

/// More participants of a session are not reported: what a program writes must not fill the memory.
const MOST_PARTICIPANTS: usize = 128;

impl Living {
    /// Does what the helper says; returns in this process only, never in the child.
    pub(super) fn run_command(self) -> Self {
        let Ok(Some((line, fds))) = wire::receive(&self.control) else { self.end() };
        match wire::parse(&line) {
            Some(Command::End) => self.end(),
            Some(Command::Fork { part, number }) => match <[OwnedFd; 3]>::try_from(fds) {
                Ok([report, registration, control]) => {
                    self.fork(part, number, control, report, registration)
                }
                Err(_) => self,
            },
            Some(Command::Run { arguments }) => match <[OwnedFd; 2]>::try_from(fds) {
                Ok([report, registration]) => self.run_program(&arguments, &report, &registration),
                Err(_) => self,
            },
            Some(Command::Type { text }) => self.type_text(&text, fds.first()),
            Some(Command::HangUp) => self.hang_up(fds.first()),
            None => self,
        }
    }

    fn fork(
        self,
        part: Part,
        number: u32,
        control: OwnedFd,
        report: OwnedFd,
        registration: OwnedFd,
    ) -> Self {
        if self.refuses(&report) {
            return self;
        }
        match fork::fork() {
            Ok(None) => {
                let (life, terminal) = self.into_child();
                let run = None;
                let inheritance =
                    Inheritance { life, control, report, registration, terminal, run };
                test_process::live(part, number, inheritance)
            }
            forked => self.keep(forked, part == Part::Own(TestProcessKind::Daemonic), &report),
        }
    }

    fn run_program(self, arguments: &[String], report: &OwnedFd, registration: &OwnedFd) -> Self {
        if self.refuses(report) {
            return self;
        }
        match fork::fork() {
            Ok(None) => {
                let (life, terminal) = self.into_child();
                drop(life);
                program::live(arguments, terminal, report, registration)
            }
            forked => self.keep(forked, false, report),
        }
    }

    /// A daemonic child has no children.
    fn refuses(&self, report: &OwnedFd) -> bool {
        let is_daemonic = self.part == Part::Own(TestProcessKind::Daemonic);
        if is_daemonic {
            let own = id();
            let sentence = format!(
                "px-daemonic {own} is a daemonic child and refuses: it may have no children"
            );
            test_process::refuse(report, sentence);
        }
        is_daemonic
    }

    /// The descriptors that a child keeps of its creator: the life pipe, and the terminal that
    /// makes it a job.
    fn into_child(self) -> (OwnedFd, Option<OwnedFd>) {
        (self.life, self.terminal.map(|terminal| terminal.slave))
    }

    fn keep(
        mut self,
        forked: std::io::Result<Option<Pid>>,
        is_daemonic: bool,
        report: &OwnedFd,
    ) -> Self {
        match forked {
            // Not reaped yet, so the pid is still its own.
            Ok(pid) => self.children.extend(
                pid.and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok())
                    .map(|pidfd| Child { pidfd, is_daemonic }),
            ),
            Err(error) => test_process::refuse(report, format!("it could not fork: {error}")),
        }
        self
    }

    fn type_text(self, text: &str, report: Option<&OwnedFd>) -> Self {
        let typed = self.terminal.as_ref().map_or_else(no_terminal, |it| it.type_text(text));
        answer(report, typed);
        self
    }

    fn hang_up(mut self, report: Option<&OwnedFd>) -> Self {
        let hung_up = self.terminal.take().map_or_else(no_terminal, |terminal| {
            terminal.hang_up().map_err(|error| format!("it could not hang up: {error}").into())
        });
        answer(report, hung_up);
        self
    }

    /// Reads the announcements of programs on the terminal: the parts of their processes. Such a
    /// process has to be of this lab.
    pub(super) fn receive_from_programs(&mut self) {
        let lines = self.terminal.as_mut().map(terminal::Terminal::read_lines).unwrap_or_default();
        let run = Run::of_environment();
        for (name, pid) in lines.iter().filter_map(|line| terminal::participant(line)) {
            let Some(process) =
                pidfd::key_of(pid).filter(|_| self.participants.len() < MOST_PARTICIPANTS)
            else {
                continue;
            };
            let participant = (name.to_owned(), process);
            let is_ours = || {
                let is_marked = || run.is_some_and(|run| run.is_carried_by(pid));
                pidfd::is_below(pid, id()) || is_marked()
            };
            if !self.participants.contains(&participant) && is_ours() {
                self.participants.push(participant);
                let notification = Notification::Participant { name: name.to_owned(), process };
                wire::notify(&self.control, &notification);
            }
        }
    }
}

fn no_terminal() -> Result<(), LabError> {
    Err(format!("px-session {} has no terminal any more", id()).into())
}

fn answer(report: Option<&OwnedFd>, done: Result<(), LabError>) {
    let Some(report) = report else { return };
    match done {
        // If nobody reads it any more, nobody waits for it.
        Ok(()) => drop(test_process::report_own(report)),
        Err(error) => test_process::refuse(report, error),
    }
}
