//! The world: every process that is known, as records tell it.
//!
//! [`World::apply`] folds one record in; everything else here answers questions. Slots, which
//! number the processes, hold until the next `apply`; only a [`ProcessId`] lasts.

mod all_series;
mod apply;
mod arena;
mod births;
mod changes;
mod cpu_percent;
mod creators;
mod event_state;
mod events;
mod exits;
mod fact_schedule;
mod ghosts;
pub(crate) mod history;
mod identity;
pub(crate) mod life;
pub(crate) mod log;
mod logging;
mod memory;
mod parents;
pub mod process;
mod scans;
pub(crate) mod series;
pub(crate) mod store;
pub(crate) mod tree;

pub(crate) use all_series::Failure;
pub(crate) use arena::{Arena, KeySource};
pub(crate) use changes::{Changes, Judged};
pub(crate) use history::History;
pub(crate) use life::{Adoption, Became, Cause, End, Images, Origin};
pub(crate) use log::{Comparison, Entry, Log, What};
pub(crate) use process::{FactsReading, Open, Process, Seen};
pub(crate) use series::{Frequency, Series, SeriesId, SeriesKind};
use tree::Trees;
pub use tree::{ParentKind, Tree};

use crate::record::{
    BootTime, Details, Ending, Host, Machine, Pid, ProcessId, ProcessKey, SignalMasks, TestProcess,
};
use crate::verdict::Role;
use crate::world::all_series::AllSeries;
use crate::world::event_state::Events;
use crate::world::memory::Memory;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

/// So many of the machine's figures are kept, the newest.
const MACHINE_HISTORY: usize = 120;

/// Every process that is known, with its tree, what happened, and the machine's figures.
#[derive(Debug)]
pub struct World {
    host: Host,
    processes: Arena,
    trees: Trees,
    times: Times,
    lingering: Lingering,
    figures: Figures,
    /// The dispositions of others, as last read for a forecast.
    masks: HashMap<ProcessId, SignalMasks>,
    learned_subreapers: HashSet<ProcessId>,
    log: Log,
    memory: Memory,
    events: Events,
    /// Test processes that the lab started, and no scan has found yet.
    expected_test_processes: HashMap<ProcessKey, (BootTime, TestProcess)>,
    changes: Changes,
    judged: Judged,
}

/// When records came.
#[derive(Debug, Default)]
struct Times {
    now: BootTime,
    first_scan: Option<BootTime>,
    last_scan: Option<BootTime>,
    previous_scan: Option<BootTime>,
}

/// How long the rows of those stay that have ended, in seconds.
#[derive(Debug)]
struct Lingering {
    seconds: f64,
    /// Of those that come from the lab, if that is longer.
    lab_seconds: f64,
    /// One that stays for as long as it is looked at, and its ancestors that have ended.
    kept: Vec<ProcessId>,
    series: AllSeries,
}

/// Figures of the machine, and facts beside the processes.
#[derive(Debug, Default)]
struct Figures {
    machine: Machine,
    /// The newest figures, the oldest first.
    history: VecDeque<Machine>,
    users: HashMap<u32, Arc<str>>,
    details: Option<(ProcessId, Details)>,
    /// Failures to observe since the last scan that succeeded, each a sentence.
    problems: Vec<Arc<str>>,
}

impl World {
    /// An empty world. Processes that ended stay for so many seconds.
    pub fn new(host: Host, linger_seconds: f64) -> Self {
        Self {
            host,
            processes: Arena::default(),
            trees: Trees::default(),
            times: Times::default(),
            lingering: Lingering {
                seconds: linger_seconds,
                lab_seconds: linger_seconds,
                kept: Vec::new(),
                series: AllSeries::default(),
            },
            figures: Figures::default(),
            masks: HashMap::new(),
            learned_subreapers: HashSet::new(),
            log: Log::default(),
            memory: Memory::default(),
            events: Events::default(),
            expected_test_processes: HashMap::new(),
            changes: Changes::default(),
            judged: Judged::default(),
        }
    }

    /// The machine that the records speak of.
    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    /// The time of the newest record.
    pub fn now(&self) -> BootTime {
        self.times.now
    }

    /// Whether a table of processes has arrived yet.
    pub(crate) fn is_scanned(&self) -> bool {
        self.times.last_scan.is_some()
    }

    /// Since when the processes are watched.
    pub(crate) fn watched_since(&self) -> Option<BootTime> {
        self.times.first_scan
    }

    /// When the newest scan began.
    pub(crate) fn last_scan(&self) -> Option<BootTime> {
        self.times.last_scan
    }

    /// The machine's newest figures.
    pub(crate) fn machine(&self) -> &Machine {
        &self.figures.machine
    }

    /// The machine's last figures, the oldest first.
    pub(crate) fn machine_history(&self) -> impl DoubleEndedIterator<Item = &Machine> {
        self.figures.history.iter()
    }

    /// Failures to observe since the last scan that succeeded, each a sentence.
    pub(crate) fn problems(&self) -> &[Arc<str>] {
        &self.figures.problems
    }

    /// How many living processes have that role.
    pub(crate) fn count(&self, role: Role) -> usize {
        self.judged.counts[role as usize]
    }

    /// How many ghosts a tree of that kind shows.
    pub(crate) fn n_ghosts(&self, parent_kind: ParentKind) -> usize {
        self.processes.ghosts().filter(|slot| self.is_shown_in(parent_kind, *slot)).count()
    }

    /// The log: all events in order.
    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// The processes that ended and whose ghosts are gone.
    pub fn history(&self) -> &History {
        self.processes.history()
    }

    /// A process, living, ghost or remembered.
    pub(crate) fn life(&self, id: ProcessId) -> Option<&Process> {
        self.processes.life(id)
    }

    /// Everything about a process, if it was read.
    pub(crate) fn details(&self, id: ProcessId) -> Option<&Details> {
        self.figures.details.as_ref().filter(|(of, _)| *of == id).map(|(_, details)| details)
    }

    /// The dispositions of a process, if they were read for the forecast that is looked at.
    pub(crate) fn masks(&self, id: ProcessId) -> Option<SignalMasks> {
        self.masks.get(&id).copied()
    }

    /// A process, living or lingering.
    pub(crate) fn get(&self, id: ProcessId) -> Option<&Process> {
        self.processes.get(id)
    }

    /// The living process of that pid.
    pub(crate) fn living(&self, pid: Pid) -> Option<&Process> {
        self.processes.living(pid)
    }

    /// Every process, living or lingering.
    pub fn processes(&self) -> impl DoubleEndedIterator<Item = &Process> + ExactSizeIterator {
        self.processes.iter()
    }

    /// The places of all rows.
    pub(crate) fn slots(&self) -> Vec<usize> {
        self.processes.slots()
    }

    /// One more than the highest slot of a row.
    pub(crate) fn n_slots(&self) -> usize {
        self.processes.n_slots()
    }

    /// The name of a user, where it is known.
    pub(crate) fn user_name(&self, uid: u32) -> Option<&Arc<str>> {
        self.figures.users.get(&uid)
    }

    /// The name of a process's user, or the uid where it has no name; `None` until it is read.
    pub(crate) fn user_of(&self, process: &Process) -> Option<Arc<str>> {
        let uid = process.uid()?;
        Some(self.user_name(uid).cloned().unwrap_or_else(|| uid.to_string().into()))
    }

    /// How many seconds those stay from now on that ended and come from the lab, if that is longer
    /// than others stay.
    pub(crate) fn set_lab_linger(&mut self, seconds: f64) {
        self.lingering.lab_seconds = seconds;
    }

    /// Whether every process of the machine can be seen: `hidepid` (proc(5)) hides pid 1, too.
    pub(crate) fn sees_all(&self) -> bool {
        self.processes.living_slot(1).is_some()
    }

    #[cfg(test)]
    pub(crate) fn at_mut(&mut self, slot: usize) -> &mut Process {
        &mut self.processes[slot]
    }

    pub(crate) fn at(&self, slot: usize) -> &Process {
        &self.processes[slot]
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.trees.kernel
    }

    pub(crate) fn slot_of(&self, id: ProcessId) -> Option<usize> {
        self.processes.slot_of(id)
    }

    pub(crate) fn living_slot(&self, pid: Pid) -> Option<usize> {
        self.processes.living_slot(pid)
    }

    /// The process that the outside calls by that key, as far as it is known.
    pub(crate) fn resolve(&self, key: ProcessKey) -> Option<ProcessId> {
        self.processes.resolve(key, KeySource::Stat)
    }

    /// The key of a process, by which the edge knows it, while it is remembered.
    pub(crate) fn key(&self, id: ProcessId) -> Option<ProcessKey> {
        self.life(id).map(Process::key)
    }

    pub(crate) fn is_learned_subreaper(&self, id: ProcessId) -> bool {
        self.learned_subreapers.contains(&id)
    }

    /// How a process ended, where that is known.
    pub(crate) fn ending(&self, id: ProcessId) -> Option<Ending> {
        let life = self.life(id)?;
        life.ended.or(life.exit)?.cause.ending()
    }
}

#[cfg(test)]
pub(crate) mod tests;
