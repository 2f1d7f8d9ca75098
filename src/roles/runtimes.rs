//! Recognizes multi-process runtimes: which family a process belongs to, and what it is in it.
//!
//! `titles` has the servers that show what they are in their name or arguments, one table row
//! each. `python` has multiprocessing, whose families are also told by the pipes they share.

mod python;
mod titles;

use serde::{Deserialize, Serialize};

use crate::record::{FLAG_FORKED_NO_EXEC, ProcessKey};
use crate::world::{Subject, World};

pub(crate) use python::{relatives_to_read_again, wants_pipes};

/// A runtime that starts families of processes.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Deserialize, Serialize)]
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

impl Runtime {
    /// Its name, as JSON and the screen have it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::PythonMultiprocessing => "python-multiprocessing",
            Self::Nginx => "nginx",
            Self::Gunicorn => "gunicorn",
            Self::NodeCluster => "node-cluster",
            Self::NodeChildProcess => "node-child-process",
            Self::Tmux => "tmux",
            Self::Sshd => "sshd",
            Self::Chromium => "chromium",
            Self::PexploreLab => "pexplore-lab",
        }
    }
}

/// What a process is in its runtime's family.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Deserialize, Serialize)]
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

    /// Its name, as JSON and the screen have it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Worker => "worker",
            Self::PoolWorker => "pool-worker",
            Self::Forkserver => "forkserver",
            Self::ResourceTracker => "resource-tracker",
            Self::Manager => "manager",
            Self::Master => "master",
            Self::Server => "server",
            Self::Client => "client",
            Self::Session => "session",
            Self::Listener => "listener",
            Self::Zygote => "zygote",
            Self::Helper => "helper",
        }
    }
}

/// That a process was recognized as part of a runtime's family.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Recognition {
    pub(crate) runtime: Runtime,
    pub(crate) part: Part,
    /// The process that the runtime calls its parent, where it is not the creator.
    pub(crate) logical_parent: Option<ProcessKey>,
    /// Whether that one is known to have ended.
    pub(crate) logical_parent_ended: bool,
    /// Which one that was, where it was known while it lived.
    pub(crate) ended_logical_parent: Option<ProcessKey>,
}

impl Recognition {
    /// Whether it is a server whose forks are no forks of a program, but copies of a template.
    /// Python's tell of themselves where they come from, also when their server has ended.
    fn is_template(&self) -> bool {
        self.part == Part::Zygote
            || (self.runtime, self.part) == (Runtime::PexploreLab, Part::Forkserver)
    }

    fn of(runtime: Runtime, part: Part) -> Self {
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
pub(crate) enum StartMethod {
    /// Forked, and never became another program.
    Fork,
    /// Became another program by exec after its creation.
    Spawn,
    /// Forked from a template server.
    Forkserver,
}

impl StartMethod {
    /// Every start method.
    pub(crate) const ALL: [Self; 3] = [Self::Fork, Self::Spawn, Self::Forkserver];

    /// The start method of that word.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.word() == word)
    }

    /// The word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Fork => "fork",
            Self::Spawn => "spawn",
            Self::Forkserver => "forkserver",
        }
    }
}

/// How a process came to be; `None` for pid 1, kernel threads, and where flags are unknown.
pub(crate) fn start_method(subject: Subject<'_>) -> Option<StartMethod> {
    let stat = &subject.process().stat;
    if stat.key.pid == 1 || stat.is_kernel_thread() {
        return None;
    }
    if stat.flags? & FLAG_FORKED_NO_EXEC == 0 {
        return Some(StartMethod::Spawn);
    }
    let from_template = subject.parent().is_some_and(|parent| {
        parent.process().recognition.as_ref().is_some_and(Recognition::is_template)
    });
    Some(if from_template || python::is_from_forkserver(subject) {
        StartMethod::Forkserver
    } else {
        StartMethod::Fork
    })
}

/// Recognizes a process by what it shows of itself, without its family.
pub(crate) fn recognize(subject: Subject<'_>) -> Option<Recognition> {
    titles::recognize(subject)
}

/// Recognizes every process of the world that belongs to a runtime; by slot.
pub(crate) fn recognize_all(world: &World) -> Vec<Option<Recognition>> {
    let mut recognized: Vec<_> = world.subjects().map(recognize).collect();
    python::recognize_families(world, &mut recognized);
    recognized
}

/// Takes a new recognition over. A Python worker stays what it was when its main, whose pipes
/// told it, has ended: only an exec, which clears the recognition, makes it something else.
pub(crate) fn remember(known: &mut Option<Recognition>, newest: Option<Recognition>) {
    let is_told_by_pipes = |known: &Recognition| {
        known.runtime == Runtime::PythonMultiprocessing
            && matches!(known.part, Part::Worker | Part::PoolWorker | Part::Manager)
    };
    let was_in_pool = known.as_ref().is_some_and(|known| known.part == Part::PoolWorker);
    let last_parent = known.as_ref().and_then(|it| it.logical_parent.or(it.ended_logical_parent));
    match newest {
        Some(mut newest) => {
            newest.ended_logical_parent = last_parent.filter(|_| newest.logical_parent_ended);
            if was_in_pool && newest.part == Part::Worker {
                newest.part = Part::PoolWorker;
            }
            *known = Some(newest);
        }
        None if known.as_ref().is_some_and(is_told_by_pipes) => {}
        None => *known = None,
    }
}

#[cfg(test)]
mod tests;
