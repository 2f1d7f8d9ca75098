//! The thread that reads deeper facts and details when asked, the details first. It reads itself
//! what cannot block, and has the rest read aside (`source/blocking_reads.rs`).

use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use crate::linux::clock;
use crate::linux::priority::step_back;
use crate::linux::procfs::facts::OpenProcess;
use crate::linux::procfs::table::ProcTable;
use crate::record::{
    Details, Facts, Observation, Pid, ProcessKey, Record, ScanSource, SignalMasks, Stats, Unread,
};
use crate::source::background::StopToken;
use crate::source::blocking_reads::BlockingReads;
use crate::source::reading::{Answer, Query};
use crate::source::record_sender::RecordSender;
use crate::source::stats::read_stats;
use crate::source::sysinfo_table::SysinfoTable;
use crate::source::users::Asker;

/// So many processes' facts are read before it is looked what is more urgent.
const AT_ONCE: usize = 32;
const ROOT: u32 = 0;

/// A request to the reader.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ReadRequest {
    /// The deeper facts of these processes, answered in a record or some.
    Facts(Vec<ProcessKey>),
    /// The stat of these processes, answered in one record.
    Stats(Vec<Pid>),
    /// The dispositions of these processes, answered in one record.
    Masks(Vec<ProcessKey>),
    Details(ProcessKey),
}

/// The requests that are not read yet.
#[derive(Default)]
struct Pending {
    facts: VecDeque<ProcessKey>,
    stats: Vec<Pid>,
    masks: Option<Vec<ProcessKey>>,
    details: Option<ProcessKey>,
}

impl Pending {
    fn note(&mut self, request: ReadRequest) {
        match request {
            ReadRequest::Facts(keys) => self.facts.extend(keys),
            ReadRequest::Stats(pids) => self.stats.extend(pids),
            ReadRequest::Masks(keys) => self.masks = Some(keys),
            ReadRequest::Details(key) => self.details = Some(key),
        }
    }

    fn is_empty(&self) -> bool {
        self.facts.is_empty()
            && self.stats.is_empty()
            && self.masks.is_none()
            && self.details.is_none()
    }

    /// Reads the most urgent.
    fn read_next(&mut self, reader: &mut Reader) -> Vec<Observation> {
        // Births and adoptions are waited for most, and reading a stat cannot block.
        if !self.stats.is_empty() {
            let pids = std::mem::take(&mut self.stats);
            return vec![Observation::Stats(reader.stats(&pids))];
        }
        if let Some(keys) = self.masks.take() {
            let masks = keys.into_iter().map(|key| (key, masks_of(key)));
            return vec![Observation::Masks(masks.collect())];
        }
        if let Some(key) = self.details.take() {
            return match reader.details(key) {
                Ok(details) => {
                    details.map(Box::new).map(Observation::Details).into_iter().collect()
                }
                Err(error) => vec![problem(&error)],
            };
        }
        let keys: Vec<ProcessKey> = self.facts.drain(..self.facts.len().min(AT_ONCE)).collect();
        match reader.facts(&keys) {
            Ok(facts) => vec![Observation::Facts(facts)],
            Err(error) => {
                let facts = keys.into_iter().map(|key| (key, unread_facts(key, Unread::Unasked)));
                vec![problem(&error), Observation::Facts(facts.collect())]
            }
        }
    }
}

/// The users that were read of.
fn uids(observation: &Observation) -> Vec<u32> {
    match observation {
        Observation::Facts(read) => {
            read.iter().filter_map(|(_, facts)| facts.as_ref()?.uid).collect()
        }
        Observation::Details(details) => details.facts.uid.into_iter().collect(),
        _ => Vec::new(),
    }
}

fn problem(error: &io::Error) -> Observation {
    Observation::Problem(format!("processes cannot be read: {error}").into())
}

/// Serves requests until nobody can ask any more, or nobody listens.
pub(crate) fn serve<T: From<Record>>(
    mut reader: Reader,
    requests: &Receiver<ReadRequest>,
    mut users: Asker,
    records: &RecordSender<T>,
) {
    step_back();
    // Of kernel threads nothing is read, and they are root's.
    users.ask([ROOT]);
    let mut pending = Pending::default();
    while let Ok(first) = requests.recv() {
        pending.note(first);
        while !pending.is_empty() {
            records.wait_for_room();
            for request in requests.try_iter() {
                pending.note(request);
            }
            for observation in pending.read_next(&mut reader) {
                users.ask(uids(&observation));
                if !records.send(Record { at: clock::now(), observation }) {
                    return;
                }
            }
        }
    }
}

/// The dispositions of a process; `None` if it is gone, or does not answer.
pub(crate) fn masks_of(key: ProcessKey) -> Option<SignalMasks> {
    let process = OpenProcess::open(key)?;
    process.with_situation(process.status()).signals
}

/// Reads single processes, and never waits long for one that does not answer.
pub struct Reader {
    scan: ScanSource,
    blocking: BlockingReads,
    /// `None` where sysinfo is not asked.
    sysinfo: Option<SysinfoTable>,
    /// `None` where there is no `/proc`.
    table: Option<ProcTable>,
}

impl Reader {
    /// Prepares reading from that source.
    pub fn new(scan: ScanSource) -> Self {
        let sysinfo = match scan {
            ScanSource::Sysinfo => SysinfoTable::new().ok(),
            ScanSource::Stat => None,
        };
        Self { scan, blocking: BlockingReads::new(scan), sysinfo, table: ProcTable::open().ok() }
    }

    /// Waits for nobody once that tells to stop.
    #[must_use]
    pub(crate) fn until(mut self, stop: &StopToken) -> Self {
        self.blocking.stop_by(stop.clone());
        self
    }

    /// Whether it was asked to stop.
    pub(crate) fn is_stopped(&self) -> bool {
        self.blocking.is_stopped()
    }

    /// Waits no longer than that for all together that do not answer. A process that was not read
    /// by then is not asked.
    pub(crate) fn wait_within(&mut self, limit: Duration) {
        self.blocking.wait_within(limit);
    }

    /// Waits for each that does not answer, whatever all together take.
    pub(crate) fn wait_for_each(&mut self) {
        self.blocking.wait_for_each();
    }

    /// Whether nobody is asked any more, because too many did not answer.
    pub(crate) fn asks_nobody(&mut self) -> bool {
        self.blocking.asks_nobody()
    }

    /// Starts the process that reads now, so that its birth is no event that anyone watches.
    pub(crate) fn start(&mut self) -> io::Result<()> {
        self.blocking.start()
    }

    /// The stat of those of these processes that are there.
    pub(crate) fn stats(&mut self, pids: &[Pid]) -> Stats {
        match (self.scan, &self.table, &mut self.sysinfo) {
            (ScanSource::Sysinfo, _, Some(sysinfo)) => {
                read_stats(pids, |pid| sysinfo.read_one(pid))
            }
            (_, Some(table), _) => read_stats(pids, |pid| table.read_one(pid)),
            _ => read_stats(pids, |_| None),
        }
    }

    /// The deeper facts of processes; `None` for those that are gone.
    pub fn facts(&mut self, keys: &[ProcessKey]) -> io::Result<Vec<(ProcessKey, Option<Facts>)>> {
        let queries: Vec<Query> = keys.iter().map(|key| Query::Facts(*key)).collect();
        let answers = self.blocking.ask(&queries)?;
        let facts = keys.iter().zip(answers).map(|(key, answer)| match answer {
            Ok(Answer::Facts(facts)) => (*key, facts),
            Ok(_) => (*key, unread_facts(*key, Unread::Unanswered)),
            Err(unread) => (*key, unread_facts(*key, unread)),
        });
        Ok(facts.collect())
    }

    /// Everything about a process; `None` if it is gone.
    pub(crate) fn details(&mut self, key: ProcessKey) -> io::Result<Option<Details>> {
        Ok(match self.blocking.ask(&[Query::Details(key)])?.pop() {
            Some(Ok(Answer::Details(details))) => details.map(|details| *details),
            Some(Err(unread)) => unread_details(key, unread),
            Some(Ok(_)) | None => unread_details(key, Unread::Unanswered),
        })
    }
}

/// The known facts of a process that does not answer, or was not asked; `None` if it is gone.
fn unread_facts(key: ProcessKey, unread: Unread) -> Option<Facts> {
    let process = OpenProcess::open(key)?;
    Some(process.facts_without_memory(&process.status(), unread))
}

fn unread_details(key: ProcessKey, unread: Unread) -> Option<Details> {
    let process = OpenProcess::open(key)?;
    let status = process.with_situation(process.status());
    Some(Details {
        key,
        facts: process.facts_without_memory(&status, unread),
        working_directory: unread.fact(),
        signals: status.signals,
        peak_resident: status.peak_resident,
        virtual_memory: status.virtual_memory,
        storage: unread.fact(),
        open_files: unread.fact(),
    })
}
