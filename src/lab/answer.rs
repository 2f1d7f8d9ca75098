//! What the lab answers: what was started, what test processes say, and why something was not done.

use std::fmt;

use crate::lab::pidfd::Identity;
use crate::lab::wire::{Family, Notice};
use crate::test_process::TestProcessKind;

/// A test process that runs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Started {
    /// The lab's main, if that is what it was added to.
    pub main: Option<StartedProcess>,
    /// The test process's own process first, then those that came with it.
    pub processes: Vec<StartedProcess>,
}

/// One process of a test process.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct StartedProcess {
    pub pid: u32,
    /// When it was forked, in clock ticks since boot (field 22 of stat).
    pub start_ticks: u64,
    /// Pid and start ticks of its main; only for the daemonic child.
    pub daemonic_main: Option<(u32, u64)>,
}

/// What a test process has to say.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Notification {
    /// A sentence. It may name processes whose names are anybody's.
    Sentence(String),
    /// Who a process of a program is: the program wrote `participant NAME PID` on its terminal.
    Participant {
        /// The name, `[a-z0-9-]+`.
        name: String,
        /// The process, which is one of this lab.
        process: StartedProcess,
    },
}

/// Why the lab did not do what was asked of it, in one sentence for a person.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LabError(String);

impl Started {
    pub(super) fn new(kind: TestProcessKind, family: &Family) -> Self {
        let parent = family.parent;
        let is_daemonic = kind == TestProcessKind::Daemonic;
        let daemonic_main = is_daemonic.then_some((parent.pid, parent.start_ticks));
        let processes = family
            .processes
            .iter()
            .map(|identity| StartedProcess { daemonic_main, ..(*identity).into() })
            .collect();
        Self { main: family.is_under_main.then(|| parent.into()), processes }
    }
}

impl From<Identity> for StartedProcess {
    fn from(identity: Identity) -> Self {
        Self { pid: identity.pid, start_ticks: identity.start_ticks, daemonic_main: None }
    }
}

impl From<Notice> for Notification {
    fn from(notice: Notice) -> Self {
        match notice {
            Notice::Sentence(sentence) => Self::Sentence(sentence),
            Notice::Participant { name, process } => {
                Self::Participant { name, process: process.into() }
            }
        }
    }
}

impl LabError {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for LabError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for LabError {}
