//! The world: every process that is known, as records tell it.
//!
//! [`World::apply`] folds one record in; everything else here answers questions. Slots, which
//! number the processes, hold until the next `apply`; only a [`ProcessKey`] lasts.

mod apply;
mod births;
mod changes;
mod creators;
mod ends;
mod events;
mod exits;
pub(crate) mod history;
mod identity;
mod keys;
pub(crate) mod life;
pub(crate) mod log;
mod logging;
mod memory;
mod parents;
pub mod process;
mod reading;
mod scans;
pub(crate) mod store;
mod told;
pub(crate) mod tree;

pub(crate) use changes::{Changes, Judged};
pub(crate) use history::History;
pub(crate) use life::{Adoption, Became, Cause, End, Images, Origin};
pub(crate) use log::{Comparison, Entry, Log, What};
pub(crate) use process::{FactsReading, Open, Process};
pub use tree::{ParentKind, Tree};

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use crate::record::signal::describe_wait_status;
use crate::record::{BootTime, Details, Host, Machine, Pid, ProcessKey, SignalMasks, TestProcess};
use crate::verdict::Role;
use crate::world::memory::Memory;
use crate::world::told::Events;

/// How many CPU figures of the machine are kept for the header.
const CPU_HISTORY: usize = 12;

/// Every process that is known, with roles, tree and the machine's figures.
#[derive(Debug)]
pub struct World {
    host: Host,
    linger_seconds: f64,
    /// How long those stay that come from the lab, if that is longer.
    lab_linger_seconds: f64,
    processes: Vec<Process>,
    living: HashMap<Pid, usize>,
    ended: HashMap<ProcessKey, usize>,
    tree: Tree,
    now: BootTime,
    last_scan: Option<BootTime>,
    previous_scan: Option<BootTime>,
    users: HashMap<u32, Arc<str>>,
    machine: Machine,
    cpu_history: VecDeque<f32>,
    details: Option<Details>,
    /// What others do with signals, as it was read last for a forecast.
    masks: HashMap<ProcessKey, SignalMasks>,
    learned_subreapers: HashSet<ProcessKey>,
    log: Log,
    history: History,
    memory: Memory,
    events: Events,
    problems: Vec<Arc<str>>,
    kept: Option<ProcessKey>,
    /// Specimens that the lab told of before a scan found them.
    expected_test_processes: HashMap<ProcessKey, (BootTime, TestProcess)>,
    changes: Changes,
    judged: Judged,
    /// The tree by creators, where it is wanted.
    creators: Option<Tree>,
    /// Keys that were corrected since anyone asked: the old one, and the new.
    corrected: Vec<(ProcessKey, ProcessKey)>,
}

impl World {
    /// An empty world. Processes that ended stay for so many seconds.
    pub fn new(host: Host, linger_seconds: f64) -> Self {
        Self {
            host,
            linger_seconds,
            lab_linger_seconds: linger_seconds,
            processes: Vec::new(),
            living: HashMap::new(),
            ended: HashMap::new(),
            tree: Tree::default(),
            now: BootTime::default(),
            last_scan: None,
            previous_scan: None,
            users: HashMap::new(),
            machine: Machine::default(),
            cpu_history: VecDeque::new(),
            details: None,
            masks: HashMap::new(),
            learned_subreapers: HashSet::new(),
            log: Log::default(),
            history: History::default(),
            memory: Memory::default(),
            events: Events::default(),
            problems: Vec::new(),
            kept: None,
            expected_test_processes: HashMap::new(),
            changes: Changes::default(),
            judged: Judged::default(),
            creators: None,
            corrected: Vec::new(),
        }
    }

    /// The machine that the records speak of.
    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    /// The time of the newest record.
    pub fn now(&self) -> BootTime {
        self.now
    }

    /// Whether a table of processes has arrived yet.
    pub(crate) fn is_scanned(&self) -> bool {
        self.last_scan.is_some()
    }

    /// When the newest scan began.
    pub(crate) fn last_scan(&self) -> Option<BootTime> {
        self.last_scan
    }

    /// The machine's newest figures.
    pub(crate) fn machine(&self) -> &Machine {
        &self.machine
    }

    /// The machine's last CPU figures in percent, the oldest first.
    pub(crate) fn cpu_history(&self) -> impl Iterator<Item = f32> {
        self.cpu_history.iter().copied()
    }

    /// What could not be observed since the last scan that succeeded, each a sentence.
    pub(crate) fn problems(&self) -> &[Arc<str>] {
        &self.problems
    }

    /// How many living processes have that role.
    pub(crate) fn count(&self, role: Role) -> usize {
        self.judged.counts[role as usize]
    }

    /// How many ghosts a tree of that kind shows.
    pub(crate) fn n_ghosts(&self, parent_kind: ParentKind) -> usize {
        self.ended.values().filter(|slot| self.is_shown_in(parent_kind, **slot)).count()
    }

    /// What happened, in order.
    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// Those that ended and whose ghosts are gone.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// A process, living, ghost or remembered.
    pub(crate) fn life(&self, key: ProcessKey) -> Option<&Process> {
        self.get(key).or_else(|| self.history.get(key))
    }

    /// Everything about a process, if it was read.
    pub(crate) fn details(&self, key: ProcessKey) -> Option<&Details> {
        self.details.as_ref().filter(|details| details.key == key)
    }

    /// What a process does with signals, if that was read for the forecast that is looked at.
    pub(crate) fn masks(&self, key: ProcessKey) -> Option<SignalMasks> {
        self.masks.get(&key).copied()
    }

    /// A process, living or lingering.
    pub(crate) fn get(&self, key: ProcessKey) -> Option<&Process> {
        self.slot_of(key).map(|slot| &self.processes[slot])
    }

    /// The living process of that pid.
    pub(crate) fn living(&self, pid: Pid) -> Option<&Process> {
        self.living_slot(pid).map(|slot| &self.processes[slot])
    }

    /// Every process, living or lingering.
    pub fn processes(&self) -> &[Process] {
        &self.processes
    }

    /// The name of a user, where it is known.
    pub(crate) fn user_name(&self, uid: u32) -> Option<&Arc<str>> {
        self.users.get(&uid)
    }

    /// The name of a process's user, or the uid where it has no name; `None` until it is read.
    pub(crate) fn user_of(&self, process: &Process) -> Option<Arc<str>> {
        let uid = process.uid()?;
        Some(self.user_name(uid).cloned().unwrap_or_else(|| uid.to_string().into()))
    }

    /// How many seconds those stay from now on that ended and come from the lab, if that is longer
    /// than others stay.
    pub(crate) fn set_lab_linger(&mut self, seconds: f64) {
        self.lab_linger_seconds = seconds;
    }

    /// Keeps the row of that process after its end, until another or none is named.
    pub(crate) fn keep(&mut self, key: Option<ProcessKey>) {
        self.kept = key;
    }

    /// Whether every process of the machine can be seen: `hidepid` (proc(5)) hides pid 1, too.
    pub(crate) fn sees_all(&self) -> bool {
        self.living.contains_key(&1)
    }

    #[cfg(test)]
    pub(crate) fn at_mut(&mut self, slot: usize) -> &mut Process {
        &mut self.processes[slot]
    }

    pub(crate) fn at(&self, slot: usize) -> &Process {
        &self.processes[slot]
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    pub(crate) fn slot_of(&self, key: ProcessKey) -> Option<usize> {
        let living = self.living.get(&key.pid).copied();
        living
            .filter(|slot| self.processes[*slot].key() == key)
            .or_else(|| self.ended.get(&key).copied())
    }

    pub(crate) fn living_slot(&self, pid: Pid) -> Option<usize> {
        self.living.get(&pid).copied()
    }

    pub(crate) fn is_learned_subreaper(&self, key: ProcessKey) -> bool {
        self.learned_subreapers.contains(&key)
    }

    /// How a process ended, where that is known: "SIGKILL", "exit 3".
    pub(crate) fn cause_of_end(&self, key: ProcessKey) -> Option<String> {
        let life = self.life(key)?;
        life.ended.or(life.exit)?.cause.status().map(describe_wait_status)
    }
}

#[cfg(test)]
pub(crate) mod tests;
