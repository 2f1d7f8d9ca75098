//! The one type in which facts arrive: live, from a file, or over a pipe.

pub mod arguments;
pub mod details;
pub mod event;
pub mod facts;
pub mod host;
pub mod key;
pub mod machine;
pub mod memory_limit;
pub mod signal;
pub mod stat;
pub mod state;
pub mod time;

pub use arguments::Arguments;
pub use details::{Details, Freezer, SignalMasks, Situation, Waiting};
pub use event::{Change, CommandLine, Event, Image};
pub use facts::{EnvironmentMarks, Fact, Facts, Pipes, Stream, Unread};
pub(crate) use facts::{SCOPE, SERVICE};
pub use host::{EventSource, Host, OwnProcesses, PidNamespace, ReadOnly, ScanSource, Sender};
pub use key::{Birth, Pid, ProcessKey};
pub use machine::Machine;
pub use memory_limit::{LEAST_MEGABYTES, MemoryLimit, Shares};
pub use signal::{DefaultAction, Disposition, Ending, Signal};
pub use stat::{FLAG_FORKED_NO_EXEC, FLAG_KERNEL_THREAD, Stat};
pub use state::State;
pub use time::{BootTime, NANOS_PER_SECOND, UtcOffsets};

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// One observation with its time.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Record {
    /// When it was observed.
    pub at: BootTime,
    /// What was observed.
    pub observation: Observation,
}

/// What can be observed.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Observation {
    /// The table of processes was read.
    Scan(Scan),
    /// The stat of single processes was read.
    Stats(Stats),
    /// Things happened to processes, in the order of their times.
    Events(Vec<Event>),
    /// Command lines were read after the execs that gave them were told.
    CommandLines(Vec<CommandLine>),
    /// Events were lost: how many, where the source knows.
    Lost(Option<u64>),
    /// From now on events come from there; the sentence says why.
    EventSource(EventSource, Arc<str>),
    /// Deeper facts were read; `None` if the process was gone by then.
    Facts(Vec<(ProcessKey, Option<Facts>)>),
    /// Everything about one process was read.
    Details(Box<Details>),
    /// What processes do with signals; `None` for those that are gone, or do not tell.
    Masks(Vec<(ProcessKey, Option<SignalMasks>)>),
    /// The machine's own figures were read.
    Machine(Machine),
    /// The names of users were read.
    Users(Vec<(u32, Arc<str>)>),
    /// The wall clock was read: when the machine booted by it, in nanoseconds since the Unix epoch.
    WallClock(u64),
    /// The lab started a process.
    TestProcess(ProcessKey, TestProcess),
    /// Something could not be observed: one sentence for a person.
    Problem(Arc<str>),
}

/// One pass over the table of processes.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Scan {
    /// When the pass began: what happened after it may be missing.
    pub began: BootTime,
    /// When the pass ended.
    pub ended: BootTime,
    /// Every process that was found, in no order.
    pub processes: Vec<Stat>,
    /// Those that were found before, were not found now, and live: they became another user's where
    /// such are hidden (proc(5), `hidepid`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<Pid>,
}

/// The stat of some processes, read one by one.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Stats {
    /// When reading began: what happened after it may be missing.
    pub began: BootTime,
    /// Those that were found.
    pub processes: Vec<Stat>,
    /// Those that were not.
    pub gone: Vec<Pid>,
}

/// What the lab knows of a process that it started.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct TestProcess {
    /// The kind, by the lab's name for it.
    pub kind: Arc<str>,
    /// The main that ends it on a normal end, if it is a daemonic child.
    pub daemonic_main: Option<ProcessKey>,
}
