//! The part of a process in the family of a runtime: Python, nginx, tmux and others.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};

use crate::record::ProcessId;

/// A runtime that starts families of processes.
#[derive(
    Clone, Copy, Debug, Eq, Hash, PartialEq, Deserialize, Serialize, Display, IntoStaticStr,
)]
#[strum(const_into_str, serialize_all = "kebab-case")]
pub(crate) enum Runtime {
    PythonMultiprocessing,
    Nginx,
    Gunicorn,
    NodeCluster,
    NodeChildProcess,
    Tmux,
    Sshd,
    Chromium,
    PexploreLab,
}

/// The part of a process in its runtime's family.
#[derive(
    Clone, Copy, Debug, Eq, Hash, PartialEq, Deserialize, Serialize, Display, IntoStaticStr,
)]
#[strum(const_into_str, serialize_all = "kebab-case")]
pub(crate) enum Part {
    Main,
    Worker,
    PoolWorker,
    Forkserver,
    ResourceTracker,
    Manager,
    Master,
    Server,
    Client,
    Session,
    Listener,
    Zygote,
    Helper,
}

impl Part {
    /// Whether the family hangs under it, so that it is no part of another.
    pub(crate) fn heads_family(self) -> bool {
        matches!(self, Self::Main | Self::Master | Self::Server | Self::Listener)
    }
}

/// A process recognized as part of a runtime's family.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Recognition {
    pub(crate) runtime: Runtime,
    pub(crate) part: Part,
    /// The process that the runtime calls its parent, where it is not the creator.
    pub(crate) logical_parent: Option<ProcessId>,
    /// Whether that one is known to have ended.
    pub(crate) logical_parent_ended: bool,
    /// The process that it was, where it was known while it lived.
    pub(crate) ended_logical_parent: Option<ProcessId>,
}

impl Recognition {
    /// Whether it is a server whose forks are no forks of a program, but copies of a template.
    /// Python's tell of themselves where they come from, also when their server has ended.
    pub(crate) fn is_template(&self) -> bool {
        self.part == Part::Zygote
            || (self.runtime, self.part) == (Runtime::PexploreLab, Part::Forkserver)
    }

    pub(crate) fn new(runtime: Runtime, part: Part) -> Self {
        Self {
            runtime,
            part,
            logical_parent: None,
            logical_parent_ended: false,
            ended_logical_parent: None,
        }
    }
}

/// How a process came to be.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[derive(IntoStaticStr, EnumString)]
#[strum(const_into_str, serialize_all = "lowercase")]
pub(crate) enum StartMethod {
    /// Forked, and never exec'd.
    Fork,
    /// Became another program by exec after its creation.
    Spawn,
    /// Forked from a template server.
    Forkserver,
}
