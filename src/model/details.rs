//! Everything about one process: read only for the one that is looked at.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::facts::{Fact, Facts};
use crate::model::key::ProcessKey;

/// What is read, again on every refresh, for the selected process.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Details {
    /// Which process.
    pub key: ProcessKey,
    /// The deeper facts, read anew.
    pub facts: Facts,
    /// Its working directory.
    pub working_directory: Fact<Arc<str>>,
    /// The three masks of signals.
    pub signals: Option<SignalMasks>,
    /// The largest resident memory so far, in bytes (`VmHWM:`).
    pub peak_resident: Option<u64>,
    /// Virtual memory, in bytes.
    pub virtual_memory: Option<u64>,
    /// Bytes read from and written to storage so far.
    pub storage: Fact<[u64; 2]>,
    /// How many descriptors it has open.
    pub open_files: Fact<u32>,
}

/// What a process does with signals, bit n-1 for signal n (`proc_pid_status(5)`).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
pub struct SignalMasks {
    /// Held back until it unblocks them (`SigBlk:`).
    pub blocked: u64,
    /// Thrown away (`SigIgn:`).
    pub ignored: u64,
    /// Given to a handler (`SigCgt:`).
    pub caught: u64,
}
