//! Answers of the lab: started processes, notifications of test processes, and refusals.

use serde::{Deserialize, Serialize};

use crate::record::ProcessKey;
use crate::test_process::CaughtSignal;

/// A test process that runs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Started {
    /// The lab's main, if that is what it was added to.
    pub main: Option<ProcessKey>,
    /// The test process's own process first, then those that came with it.
    pub processes: Vec<ProcessKey>,
    /// The main of a daemonic child.
    pub daemonic_main: Option<ProcessKey>,
}

/// A notification of a test process.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub enum Notification {
    Caught(CaughtSignal),
    /// The part of a process of a program: the program wrote `participant NAME PID` on its
    /// terminal.
    Participant {
        /// The name, `[a-z0-9-]+`.
        name: String,
        /// The process, which is one of this lab.
        process: ProcessKey,
    },
}

/// Why the lab did not do what was asked of it, in one sentence for a person.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, thiserror::Error)]
#[error("{0}")]
pub struct LabError(String);

impl From<String> for LabError {
    fn from(sentence: String) -> Self {
        Self(sentence)
    }
}

impl LabError {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}
