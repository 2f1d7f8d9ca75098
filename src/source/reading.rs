//! Reads single processes. Much of it can block for as long as their owners like: only the process
//! that reads aside calls it (`source/blocking_reads.rs`).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::linux::procfs::facts::OpenProcess;
use crate::linux::procfs::status::Status;
use crate::record::{Details, Fact, Facts, Pid, ProcessKey, ScanSource};
use crate::source::sysinfo_table::{Extras, SysinfoTable};

/// A query to the process that reads.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(super) enum Query {
    /// The deeper facts of a process.
    Facts(ProcessKey),
    Details(ProcessKey),
    /// The arguments of the process that has this pid now.
    CommandLine(Pid),
}

/// Its answer; `None` inside if the process is gone.
#[derive(Debug, Deserialize, Serialize)]
pub(super) enum Answer {
    Facts(Option<Facts>),
    Details(Option<Box<Details>>),
    CommandLine(Option<Arc<str>>),
}

impl Query {
    pub(super) fn key(self) -> Option<ProcessKey> {
        match self {
            Self::Facts(key) | Self::Details(key) => Some(key),
            Self::CommandLine(_) => None,
        }
    }
}

/// Reads single processes.
pub(super) struct Reading {
    scan: ScanSource,
    /// `None` where sysinfo cannot be asked; `/proc` does without it.
    sysinfo: Option<SysinfoTable>,
}

impl Reading {
    /// Prepares reading from that source.
    pub(super) fn new(scan: ScanSource) -> Self {
        Self { scan, sysinfo: SysinfoTable::new().ok() }
    }

    /// The deeper facts of a process; `None` if it is gone.
    pub(super) fn facts(&mut self, key: ProcessKey) -> Option<Facts> {
        match self.scan {
            ScanSource::Sysinfo => self.sysinfo.as_mut()?.facts(key),
            ScanSource::Stat => {
                let process = OpenProcess::open(key)?;
                let status = process.status();
                Some(process.facts(&status))
            }
        }
    }

    /// Everything about a process; `None` if it is gone.
    pub(super) fn details(&mut self, key: ProcessKey) -> Option<Details> {
        let opened = match self.scan {
            ScanSource::Sysinfo => None,
            ScanSource::Stat => Some(OpenProcess::open(key)?),
        };
        let status = opened.as_ref().map(|process| process.with_situation(process.status()));
        let status = status.unwrap_or_default();
        let facts = match &opened {
            Some(process) => process.facts(&status),
            None => self.sysinfo.as_mut()?.facts(key)?,
        };
        let extras = self.sysinfo.as_mut().map(|table| table.extras(key)).unwrap_or_default();
        let mut details = details(key, facts, &status, extras);
        // sysinfo asks the main thread, of which nothing is left.
        if let Some(process) = opened.filter(OpenProcess::has_lost_its_main_thread) {
            details.working_directory = process.working_directory();
            details.open_files = process.open_files();
            details.virtual_memory = status.virtual_memory;
        }
        Some(details)
    }
}

/// sysinfo does not tell refusal from absence: where the kernel refuses the image, it refuses
/// these, too (ptrace(2), "Ptrace access mode checking").
fn details(key: ProcessKey, facts: Facts, status: &Status, extras: Extras) -> Details {
    let is_refused = facts.executable.is_refused();
    Details {
        key,
        working_directory: or_refused(extras.working_directory, is_refused),
        signals: status.signals,
        peak_resident: status.peak_resident,
        virtual_memory: extras.virtual_memory,
        storage: if is_refused { Fact::Refused } else { or_refused(extras.storage, false) },
        open_files: or_refused(extras.open_files, is_refused),
        facts,
    }
}

fn or_refused<T>(value: Option<T>, is_refused: bool) -> Fact<T> {
    match value {
        Some(value) => Fact::Known(value),
        None if is_refused => Fact::Refused,
        None => Fact::Absent,
    }
}
