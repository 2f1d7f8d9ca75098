//! The machine: facts that stay the same while it is watched.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use crate::record::NANOS_PER_SECOND;

/// The header of every stream of records, live or recorded.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Host {
    pub(crate) name: Arc<str>,
    /// The kernel's name, such as `Linux`.
    pub(crate) system: Arc<str>,
    /// The kernel's release, such as `6.18.44`.
    pub(crate) kernel: Arc<str>,
    /// `/proc/sys/kernel/random/boot_id`, where there is one: tells two boots apart.
    pub(crate) boot_id: Option<Arc<str>>,
    /// When the machine booted, in nanoseconds since the Unix epoch.
    pub(crate) boot_unix_nanos: u64,
    /// `sysconf(_SC_CLK_TCK)`: the unit of start ticks and CPU times in `/proc`.
    pub(crate) ticks_per_second: u64,
    /// Bytes in a page of memory.
    pub(crate) page_size: u64,
    /// Processors that the scheduler may use.
    pub(crate) cpus: u32,
    /// The nanoseconds by which the wall clock was set forward since. All times are shown by the
    /// wall clock as it is set now, earlier ones too, as ps(1) does.
    pub(crate) clock_step_nanos: i64,
    /// The offset of local time from UTC.
    pub(crate) utc_offsets: UtcOffsets,
    /// The source of the process table.
    pub(crate) scan: ScanSource,
    /// Whether the processes are those of pexplore's own pid namespace.
    #[serde(default)]
    pub(crate) namespace: PidNamespace,
    /// The pids that pexplore must never stop: itself, its ancestors, its terminal's shell.
    pub(crate) own: OwnProcesses,
}

impl Host {
    /// How long a clock tick takes, in nanoseconds.
    pub(crate) fn nanos_per_tick(&self) -> u64 {
        nanos_per_tick(self.ticks_per_second)
    }
}

/// How long a clock tick takes, in nanoseconds.
pub(crate) fn nanos_per_tick(ticks_per_second: u64) -> u64 {
    NANOS_PER_SECOND / ticks_per_second.max(1)
}

/// The offsets of local time from UTC, which change with the seasons: each in seconds, with the
/// second since the Unix epoch from which it holds, the earliest first.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub(crate) struct UtcOffsets(pub(crate) Vec<(i64, i32)>);

impl UtcOffsets {
    /// The offset of that second. Before the first, the first holds; without any, UTC does.
    pub(crate) fn at(&self, unix_second: i64) -> i32 {
        let later = self.0.partition_point(|(since, _)| *since <= unix_second);
        self.0.get(later.saturating_sub(1)).map_or(0, |(_, offset)| *offset)
    }
}

/// The pid namespace whose pids the mounted `/proc` shows (`pid_namespaces(7)`). Signals, the
/// kernel's events and the lab have those of pexplore's own namespace: the same number may be
/// another process there.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PidNamespace {
    /// The namespace that pexplore is in.
    #[default]
    Own,
    Other,
}

impl PidNamespace {
    /// The trouble with another namespace, in a clause.
    pub(crate) const OTHER: &str = "/proc is of another pid namespace";

    /// The trouble with another namespace and its remedy, in a sentence.
    pub(crate) fn note(self) -> Option<String> {
        let hint = "`unshare --mount-proc pexplore` shows this one";
        (self == Self::Other).then(|| format!("{}; {hint}", Self::OTHER))
    }
}

/// Why a session sends no signals and starts no test processes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ReadOnly {
    Asked,
    /// The processes shown are of another pid namespace.
    OtherNamespace,
}

impl ReadOnly {
    /// Why a session on that host is read-only; `None` where it is not.
    pub(crate) fn new(host: &Host, is_asked: bool) -> Option<Self> {
        match host.namespace {
            PidNamespace::Other => Some(Self::OtherNamespace),
            PidNamespace::Own => is_asked.then_some(Self::Asked),
        }
    }

    /// The sentence for an act that is refused.
    pub(crate) fn sentence(self) -> String {
        match self {
            Self::Asked => "--read-only starts no test processes and sends no signals".to_owned(),
            Self::OtherNamespace => format!(
                "no signals and no test processes: {}",
                PidNamespace::Other.note().unwrap_or_default()
            ),
        }
    }
}

/// Where the table of processes comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum ScanSource {
    /// One read of `/proc/PID/stat` per process.
    Stat,
    Sysinfo,
}

/// Where events come from. A better source tells more, and sooner.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize, IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum EventSource {
    /// The kernel's process connector: every event, with its time and cause.
    Connector,
    /// Births by `/proc/loadavg`, ends by a pidfd for each process that can be held.
    Pidfd,
    /// Births by `/proc/loadavg`, ends by the scan.
    Loadavg,
    /// Nothing but the scan.
    #[default]
    None,
}

impl EventSource {
    /// The means by which events are known, in a few words.
    pub(crate) fn means(self) -> &'static str {
        match self {
            Self::Connector => "the kernel's process connector",
            Self::Pidfd => "looking for new pids, and a pidfd for each process",
            Self::Loadavg => "looking for new pids, and scans",
            Self::None => "scans alone",
        }
    }
}

/// pexplore among the processes it shows.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub(crate) struct OwnProcesses {
    /// pexplore's own pid, or 0 where the records are of another machine.
    pub(crate) pid: u32,
    /// Its ancestors, the nearest first, and the leader of its terminal's session.
    pub(crate) ancestors: Vec<u32>,
    /// The credentials with which it sends signals, where they are known.
    #[serde(default)]
    pub(crate) sender: Option<Sender>,
}

/// The facts that decide which processes pexplore may send signals to (kill(2)).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub(crate) struct Sender {
    /// Its real and its effective user.
    pub(crate) users: [u32; 2],
    /// Whether it has `CAP_KILL` (capabilities(7)).
    pub(crate) may_kill_all: bool,
}

impl Sender {
    /// Whether it may send signals to a process with that real and saved user.
    pub(crate) fn may_reach(&self, users: [u32; 2]) -> bool {
        self.may_kill_all || self.users.iter().any(|own| users.contains(own))
    }
}
