//! Identity: which process is meant, also after its pid was used again.

use serde::{Deserialize, Serialize};

/// A process id, as the observing pid namespace numbers it.
pub type Pid = u32;

/// When a process was born, in the unit of the source that saw it.
///
/// Opaque: it serves identity and order within one source, never arithmetic on screen.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Birth {
    /// Clock ticks after boot: field 22 of `/proc/PID/stat` (`proc_pid_stat(5)`).
    Ticks(u64),
    /// Whole seconds since the Unix epoch, from a source that knows no ticks.
    Seconds(u64),
}

/// A process: a pid alone is used again, a pid with its birth is not.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
pub struct ProcessKey {
    /// The process id.
    pub pid: Pid,
    /// When it was born.
    pub birth: Birth,
}

impl ProcessKey {
    /// A key whose birth is known in clock ticks after boot.
    pub fn at_ticks(pid: Pid, ticks: u64) -> Self {
        Self { pid, birth: Birth::Ticks(ticks) }
    }

    /// The birth in clock ticks after boot, where the source knows it.
    pub fn start_ticks(self) -> Option<u64> {
        match self.birth {
            Birth::Ticks(ticks) => Some(ticks),
            Birth::Seconds(_) => None,
        }
    }

    /// Sorts the older process first; of two born in the same tick, the lower pid.
    pub fn birth_order(self) -> (Birth, Pid) {
        (self.birth, self.pid)
    }
}
