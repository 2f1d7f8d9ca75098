//! The one type in which facts arrive: live, from a file, or over a pipe.

pub(crate) mod arguments;
pub(crate) mod details;
pub(crate) mod ending;
pub(crate) mod event;
pub(crate) mod facts;
pub(crate) mod host;
pub(crate) mod id;
pub(crate) mod key;
pub(crate) mod machine;
pub(crate) mod memory_limit;
pub(crate) mod signal;
pub(crate) mod stat;
pub(crate) mod state;
pub(crate) mod time;

pub(crate) use arguments::Arguments;
pub(crate) use details::{Details, Freezer, SignalMasks, Situation, Waiting};
pub use ending::Ending;
pub use event::{Change, CommandLine, Event, Image};
pub(crate) use facts::{EnvironmentMarks, Fact, Facts, Pipes, SCOPE, SERVICE, Stream, Unread};
pub use host::{EventSource, Host, ScanSource};
pub(crate) use host::{OwnProcesses, PidNamespace, ReadOnly, Sender, UtcOffsets};
pub use id::ProcessId;
pub use key::ProcessKey;
pub(crate) use key::{Birth, Pid};
pub(crate) use machine::{Machine, Pressure};
pub use memory_limit::MemoryLimit;
pub(crate) use memory_limit::{LEAST_MEGABYTES, Shares};
pub(crate) use signal::{DefaultAction, Disposition, Signal};
pub use stat::Stat;
pub(crate) use stat::{FLAG_FORKED_NO_EXEC, FLAG_KERNEL_THREAD, Usage};
pub(crate) use state::State;
pub use time::BootTime;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub(crate) const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// One observation with its time.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Record {
    pub at: BootTime,
    pub observation: Observation,
}

/// An observation.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Observation {
    /// The table of processes was read.
    Scan(Scan),
    /// The stat of single processes was read.
    Stats(Stats),
    /// Things happened to processes, in the order of their times.
    Events(Vec<Event>),
    /// Command lines were read after the execs that gave them were reported.
    CommandLines(Vec<CommandLine>),
    /// Events were lost: how many, where the source knows.
    Lost(Option<u64>),
    /// From now on events come from there; the sentence says why.
    EventSource(EventSource, Arc<str>),
    /// Deeper facts were read; `None` if the process was gone by then.
    Facts(Vec<(ProcessKey, Option<Facts>)>),
    /// Everything about one process was read.
    Details(Box<Details>),
    /// The dispositions of processes; `None` for those that are gone, or do not answer.
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
    pub ended: BootTime,
    /// Every process that was found, in no order.
    pub processes: Vec<Stat>,
    /// Processes that were found before, were not found now, and live: they became another user's
    /// where such are hidden (proc(5), `hidepid`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) hidden: Vec<Pid>,
}

/// The stat of some processes, read one by one.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Stats {
    /// When reading began: what happened after it may be missing.
    pub(crate) began: BootTime,
    pub processes: Vec<Stat>,
    pub(crate) gone: Vec<Pid>,
}

/// The lab's knowledge of a process that it started.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct TestProcess {
    /// The kind, by the lab's name for it.
    pub(crate) kind: Arc<str>,
    /// The main that ends it on a normal end, if it is a daemonic child.
    pub(crate) daemonic_main: Option<ProcessKey>,
}
