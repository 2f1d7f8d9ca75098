//! The machine's own figures, for the header and the machine pane.

use serde::{Deserialize, Serialize};

/// Load, CPU and memory of the whole machine at one time.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct Machine {
    /// Load averages over 1, 5 and 15 minutes.
    pub(crate) load: [f64; 3],
    /// Busy share of all CPUs since the last observation, in percent; `None` at first.
    pub(crate) cpu_percent: Option<f32>,
    /// The same of each CPU; empty at first.
    #[serde(default)]
    pub(crate) cores: Vec<f32>,
    /// Memory in use, in bytes.
    pub(crate) memory_used: u64,
    /// All memory, in bytes.
    pub(crate) memory_total: u64,
    /// Swap space in use, in bytes.
    #[serde(default)]
    pub(crate) swap_used: u64,
    /// All swap space, in bytes; 0 where there is none.
    #[serde(default)]
    pub(crate) swap_total: u64,
    /// Processes and threads that were created per second since the last observation.
    #[serde(default)]
    pub(crate) forks_per_second: Option<f32>,
    /// How much waits for what is short; `None` where the kernel does not say (before Linux 4.20).
    #[serde(default)]
    pub(crate) pressure: Option<Pressure>,
}

/// The share of the last ten seconds in which something had to wait for a resource, in percent:
/// the `some` lines of `/proc/pressure` (Documentation/accounting/psi.rst).
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize)]
pub(crate) struct Pressure {
    pub(crate) cpu: f32,
    pub(crate) memory: f32,
    pub(crate) io: f32,
}
