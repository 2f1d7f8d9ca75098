//! The machine's own figures, for the header.

use serde::{Deserialize, Serialize};

/// Load, CPU and memory of the whole machine at one time.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct Machine {
    /// Load averages over 1, 5 and 15 minutes.
    pub(crate) load: [f64; 3],
    /// Busy share of all CPUs since the last observation, in percent; `None` at first.
    pub(crate) cpu_percent: Option<f32>,
    /// Memory in use, in bytes.
    pub(crate) memory_used: u64,
    /// All memory, in bytes.
    pub(crate) memory_total: u64,
}
