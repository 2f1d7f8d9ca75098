//! The processes that the helper knows: their parts, their creators, and whether they live.

use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::process::Signal;

use crate::lab::answer::Notification;
use crate::lab::caps::Load;
use crate::lab::part::Part;
use crate::lab::{pidfd, wire};
use crate::linux;
use crate::linux::wait;
use crate::record::{ProcessKey, State};
use crate::test_process::TestProcessKind;

/// How long the end of one that is ending may take.
const END_LIMIT: Duration = Duration::from_millis(200);

/// A process of the lab.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) part: Part,
    pub(super) number: u32,
    pub(super) key: ProcessKey,
    /// The process that was asked to fork it.
    pub(super) creator: Option<ProcessKey>,
    pub(super) pidfd: OwnedFd,
    /// Where it is asked to fork, and says what it has to say.
    pub(super) control: Option<OwnedFd>,
    /// Whether it has ended; a zombie stays a member until it is reaped.
    pub(super) has_ended: bool,
}

/// All of them, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Members(Vec<Member>);

impl Members {
    pub(super) fn add(&mut self, member: Member) {
        self.0.push(member);
    }

    /// The living members.
    pub(super) fn living(&self) -> impl Iterator<Item = &Member> {
        self.0.iter().filter(|member| !member.has_ended)
    }

    /// Notes ended members, and forgets reaped ones.
    pub(super) fn look(&mut self) {
        for member in self.0.iter_mut().filter(|member| !member.has_ended) {
            if linux::pidfd::has_ended(&member.pidfd) {
                member.has_ended = true;
                member.control = None;
            }
        }
        self.0.retain(|member| !member.has_ended || pidfd::stat_of(member.key).is_some());
    }

    /// Whether a process is ending or has ended; waits for the rest of its end. The kernel hands
    /// its children on before its pidfd tells of it.
    pub(super) fn is_ending(&self, process: ProcessKey) -> bool {
        let ends = matches!(
            pidfd::stat_of(process).map(|stat| stat.state),
            None | Some(State::Zombie | State::Dead)
        );
        let member = self.0.iter().find(|member| member.key == process);
        ends && member.is_none_or(|member| wait::one(&member.pidfd, END_LIMIT))
    }

    /// The living member that is meant.
    pub(super) fn find(&self, wanted: ProcessKey) -> Option<&Member> {
        self.living().find(|member| member.key == wanted)
    }

    /// The lab's main, unless it was ended.
    pub(super) fn main(&self) -> Option<&Member> {
        self.living().find(|member| member.part == Part::Main)
    }

    /// The template server that a process has forked.
    pub(super) fn server_of(&self, creator: ProcessKey) -> Option<ProcessKey> {
        let mut servers = self.living().filter(|member| member.part == Part::Server);
        servers.find(|server| server.creator == Some(creator)).map(|server| server.key)
    }

    /// The resources of all together; a zombie, too, is a process.
    pub(super) fn load(&self) -> Load {
        self.0.iter().map(|member| Load::new(member.part, member.number)).sum()
    }

    /// Takes in what some have to say, and lets go of those that say no more.
    pub(super) fn receive(&mut self, is_ready: impl Fn(&OwnedFd) -> bool) -> Vec<Notification> {
        let mut notifications = Vec::new();
        for member in &mut self.0 {
            let Some(control) = member.control.take_if(|control| is_ready(control)) else {
                continue;
            };
            if let Ok(Some((line, _))) = wire::receive(&control) {
                notifications.extend(wire::parse::<Notification>(&line));
                member.control = Some(control);
            }
        }
        notifications
    }

    /// The creators of daemonic children that live, each once.
    pub(super) fn mains_of_daemonic(&self) -> Vec<&Member> {
        let daemonic: Vec<&Member> = self
            .living()
            .filter(|member| member.part == Part::Own(TestProcessKind::Daemonic))
            .collect();
        let creates =
            |member: &&Member| daemonic.iter().any(|child| child.creator == Some(member.key));
        self.living().filter(creates).collect()
    }

    /// Kills those of them that are named.
    pub(super) fn kill(&self, keys: &[ProcessKey]) {
        for member in self.living().filter(|member| keys.contains(&member.key)) {
            pidfd::signal(&member.pidfd, Signal::KILL);
        }
    }

    /// Kills all.
    pub(super) fn kill_all(&self) {
        for member in self.living() {
            pidfd::signal(&member.pidfd, Signal::KILL);
        }
    }
}
