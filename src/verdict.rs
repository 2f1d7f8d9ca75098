//! Roles and the reasons for them, as sentences for a person.

use std::sync::Arc;

use derive_more::Display;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};

use crate::record::Pid;
use crate::text::visible;

mod evidence;
mod recognition;

pub use evidence::Evidence;
pub(crate) use recognition::{Part, Recognition, Runtime, StartMethod};

/// The role of a process in its family. Exactly one per process; [`crate::roles`] has the rules.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[derive(IntoStaticStr, EnumString)]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum Role {
    /// The topmost process of a program, a job, a namespace.
    Main,
    Parent,
    Child,
    /// Detached, and kept by init or a service manager; or a daemonic child of a living main.
    Daemon,
    /// Its creator, or its logical parent, ended while it lives.
    Orphan,
    Kernel,
}

impl Role {
    /// Every role, in the order of the legend.
    pub const ALL: [Self; 6] =
        [Self::Main, Self::Parent, Self::Child, Self::Daemon, Self::Orphan, Self::Kernel];

    /// Its meaning, in one sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Main => "the topmost process of a program, a terminal's job or a namespace",
            Self::Parent => "has at least one living child",
            Self::Child => "has no living child",
            Self::Daemon => {
                "runs detached under init or a service manager; \
                 or a daemonic child, which its main ends on a normal end"
            }
            Self::Orphan => "its creator ended while it lives on",
            Self::Kernel => "a thread of the kernel itself",
        }
    }
}

/// The trust in a verdict.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[derive(IntoStaticStr)]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum Confidence {
    Possible,
    /// Inferred from facts that allow an exception.
    Likely,
    /// Seen, or a fact of the kernel.
    Certain,
}

/// A role, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    pub(crate) role: Role,
    /// The trust in it.
    pub(crate) confidence: Confidence,
    /// The facts it was decided from, the deciding one first.
    pub(crate) evidence: Vec<Evidence>,
}

impl Verdict {
    /// The verdict before anything was judged.
    pub(crate) fn unjudged() -> Self {
        Self { role: Role::Child, confidence: Confidence::Possible, evidence: Vec::new() }
    }
}

/// A process as a sentence names it: `812 (bash)`.
#[derive(Clone, Debug, Display, Eq, PartialEq)]
#[display("{pid} ({})", visible(name))]
pub struct Who {
    pub(crate) pid: Pid,
    /// Its name, exact; made visible when shown.
    pub(crate) name: Arc<str>,
}
