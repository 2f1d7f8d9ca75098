//! Everything about one process: read only for the one that is looked at.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::record::{Fact, Facts, Pid, ProcessKey};

/// Facts that are read, again on every refresh, for the selected process.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Details {
    pub(crate) key: ProcessKey,
    /// The deeper facts, read anew.
    pub(crate) facts: Facts,
    pub(crate) working_directory: Fact<Arc<str>>,
    /// The three masks of signals.
    pub(crate) signals: Option<SignalMasks>,
    /// The largest resident memory so far, in bytes (`VmHWM:`).
    pub(crate) peak_resident: Option<u64>,
    /// Virtual memory, in bytes.
    pub(crate) virtual_memory: Option<u64>,
    /// Bytes read from and written to storage so far.
    pub(crate) storage: Fact<[u64; 2]>,
    /// How many descriptors it has open.
    pub(crate) open_files: Fact<u32>,
}

/// The dispositions of a process, bit n-1 for signal n (`proc_pid_status(5)`).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
pub struct SignalMasks {
    /// Held back until it unblocks them (`SigBlk:`).
    pub(crate) blocked: u64,
    /// Thrown away (`SigIgn:`).
    pub(crate) ignored: u64,
    /// Given to a handler (`SigCgt:`).
    pub(crate) caught: u64,
    /// The other facts that decide when a signal comes through, and whether it may be sent.
    #[serde(default)]
    pub(crate) situation: Situation,
}

impl SignalMasks {
    #[cfg(test)]
    /// No signal is blocked, ignored or caught.
    pub(crate) const NONE: Self =
        Self { blocked: 0, ignored: 0, caught: 0, situation: Situation::CALM };
}

/// Facts that delay or refuse a signal, its masks apart.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
pub(crate) struct Situation {
    /// Its tracer (`TracerPid:`, ptrace(2)).
    pub(crate) tracer: Option<Pid>,
    /// Its real and its saved user (`Uid:`), which decide who may send it a signal (kill(2));
    /// `None` where they are not known or those of another namespace may count.
    pub(crate) users: Option<[u32; 2]>,
    /// Whether a thread of it waits for signals.
    pub(crate) waiting: Waiting,
    /// Whether a signal that it does not block is pending (`SigPnd:`, `ShdPnd:`): another one then
    /// waits behind it.
    #[serde(default)]
    pub(crate) has_pending: bool,
    /// Whether it waits for a child that it created with vfork(2).
    pub(crate) in_vfork: bool,
    /// Whether its cgroup is frozen.
    pub(crate) freezer: Option<Freezer>,
}

impl Situation {
    /// Nothing delays a signal, as far as is known.
    pub(crate) const CALM: Self = Self {
        tracer: None,
        users: None,
        waiting: Waiting::No,
        has_pending: false,
        in_vfork: false,
        freezer: None,
    };
}

/// Whether a thread waits in sigwaitinfo(2): the kernel unblocks what it waits for meanwhile
/// (`do_sigtimedwait` in kernel/signal.c), so that no mask tells.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Waiting {
    #[default]
    No,
    Yes,
    Unknown,
}

/// The freezer that froze a process.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Freezer {
    /// That of cgroup v1: not even KILL comes through.
    V1,
    /// That of cgroup v2 (since Linux 5.2): KILL comes through, and what ends a process by default.
    V2,
}
