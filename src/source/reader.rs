//! The thread that reads deeper facts and details when asked, the details first.

use std::sync::mpsc::{Receiver, Sender};

use crate::model::details::{Details, SignalMasks};
use crate::model::facts::{Fact, Facts};
use crate::model::host::ScanSource;
use crate::model::key::{Pid, ProcessKey};
use crate::model::record::{Observation, Record, Stats};
use crate::source::clock;
use crate::source::priority::step_back;
use crate::source::procfs::facts::OpenProcess;
use crate::source::procfs::status::Status;
use crate::source::procfs::table::ProcTable;
use crate::source::stats::read_stats;
use crate::source::sysinfo_table::{Extras, SysinfoTable};

/// What the reader can be asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum ReadRequest {
    /// The deeper facts of these processes, answered in one record.
    Facts(Vec<ProcessKey>),
    /// The stat of these processes, answered in one record.
    Stats(Vec<Pid>),
    /// What these processes do with signals, answered in one record.
    Masks(Vec<ProcessKey>),
    /// Everything about one process.
    Details(ProcessKey),
}

/// Serves requests until nobody can ask any more, or nobody listens.
pub fn serve<T: From<Record>>(
    scan: ScanSource,
    requests: &Receiver<ReadRequest>,
    records: &Sender<T>,
) {
    step_back();
    let mut reader = Reader::new(scan);
    while let Ok(first) = requests.recv() {
        let mut batches = Vec::new();
        let mut stats = Vec::new();
        let mut details = None;
        let mut masks = None;
        for request in std::iter::once(first).chain(requests.try_iter()) {
            match request {
                ReadRequest::Facts(keys) => batches.push(keys),
                ReadRequest::Stats(pids) => stats.extend(pids),
                ReadRequest::Masks(keys) => masks = Some(keys),
                ReadRequest::Details(key) => details = Some(key),
            }
        }
        let details = details.and_then(|key| reader.details(key));
        let details = details.map(|details| Observation::Details(Box::new(details)));
        // Who was born and who adopted whom is waited for most.
        let stats = (!stats.is_empty()).then(|| Observation::Stats(reader.stats(&stats)));
        let batches = batches.into_iter().map(|keys| {
            Observation::Facts(keys.into_iter().map(|key| (key, reader.facts(key))).collect())
        });
        let masks = masks.map(|keys| {
            Observation::Masks(keys.into_iter().map(|key| (key, masks_of(key))).collect())
        });
        for observation in stats.into_iter().chain(details).chain(masks).chain(batches) {
            if records.send(Record { at: clock::now(), observation }.into()).is_err() {
                return;
            }
        }
    }
}

/// What a process does with signals; `None` if it is gone, or does not tell.
pub fn masks_of(key: ProcessKey) -> Option<SignalMasks> {
    let process = OpenProcess::open(key)?;
    process.with_situation(process.status()).signals
}

/// Reads single processes.
pub struct Reader {
    scan: ScanSource,
    /// `None` where sysinfo cannot be asked; `/proc` does without it.
    sysinfo: Option<SysinfoTable>,
    /// `None` where there is no `/proc`.
    table: Option<ProcTable>,
}

impl Reader {
    /// Prepares reading from that source.
    pub fn new(scan: ScanSource) -> Self {
        Self { scan, sysinfo: SysinfoTable::new().ok(), table: ProcTable::open().ok() }
    }

    /// The stat of those of these processes that are there.
    pub fn stats(&mut self, pids: &[Pid]) -> Stats {
        match (self.scan, &self.table, &mut self.sysinfo) {
            (ScanSource::Sysinfo, _, Some(sysinfo)) => {
                read_stats(pids, |pid| sysinfo.read_one(pid))
            }
            (_, Some(table), _) => read_stats(pids, |pid| table.read_one(pid)),
            _ => read_stats(pids, |_| None),
        }
    }

    /// The deeper facts of a process; `None` if it is gone.
    pub fn facts(&mut self, key: ProcessKey) -> Option<Facts> {
        match self.scan {
            ScanSource::Sysinfo => self.sysinfo.as_mut()?.facts(key),
            ScanSource::Stat | ScanSource::Recording => {
                let process = OpenProcess::open(key)?;
                let status = process.status();
                Some(process.facts(&status))
            }
        }
    }

    /// Everything about a process; `None` if it is gone.
    pub fn details(&mut self, key: ProcessKey) -> Option<Details> {
        let opened = match self.scan {
            ScanSource::Sysinfo => None,
            ScanSource::Stat | ScanSource::Recording => Some(OpenProcess::open(key)?),
        };
        let status = opened.as_ref().map(|process| process.with_situation(process.status()));
        let status = status.unwrap_or_default();
        let facts = match &opened {
            Some(process) => process.facts(&status),
            None => self.sysinfo.as_mut()?.facts(key)?,
        };
        let extras = self.sysinfo.as_mut().map(|table| table.extras(key)).unwrap_or_default();
        Some(details(key, facts, &status, extras))
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
