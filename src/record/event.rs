//! Events of processes, as the kernel reports them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::record::{BootTime, Pid};

/// Something that happened to a process.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Event {
    /// When it happened, by the kernel's clock.
    pub at: BootTime,
    /// The process to which it happened: the one that has this pid at that time.
    pub pid: Pid,
    pub change: Change,
}

/// A change of a process. Threads that come and go are no changes of their process.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Fork {
        /// The parent that it got: its creator, but where that one asked for a sibling
        /// (`CLONE_PARENT`, clone(2)).
        parent: Pid,
    },
    Exec {
        /// The new program, where it could be read before it was gone.
        image: Option<Image>,
    },
    Exit {
        /// Its parent then; `None` where the source does not say.
        parent: Option<Pid>,
        /// How it ended, as `wait(2)` tells it; `None` where the source does not say.
        wait_status: Option<i32>,
    },
    /// It gave itself another name.
    Rename { comm: Arc<str> },
    /// It leads a session of its own now (setsid(2)).
    Session,
    /// It acts for another user now.
    User { uid: u32 },
}

/// The command line of an exec, where it was read later than the exec was reported.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct CommandLine {
    /// The process that had this pid at that time.
    pub pid: Pid,
    /// When it became the program, by the kernel's clock.
    pub(crate) execed_at: BootTime,
    /// The arguments, each ended by a NUL.
    pub line: Arc<str>,
}

/// A program that a process is, or was.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Image {
    /// The name that the kernel gave the process for it.
    pub comm: Arc<str>,
    /// Its arguments, each ended by a NUL; `None` where they could not be read.
    pub command_line: Option<Arc<str>>,
}
