//! Which series an end is of, and how long each of them lasts.

use std::collections::{HashMap, VecDeque};

use slotmap::SlotMap;

use crate::record::{BootTime, Ending, ProcessId};
use crate::world::{Arena, End, Process, Series, SeriesId, SeriesKind, World};

/// So many failures are remembered, whatever else is forgotten.
const MOST_FAILURES: usize = 256;
/// A process that lived shorter than that, in seconds, and ended without failure, died routinely.
const ROUTINE_LIFE_S: f64 = 2.0;

/// Every series that is not over.
#[derive(Debug, Default)]
pub(super) struct AllSeries {
    all: SlotMap<SeriesId, Series>,
    of_parent: HashMap<Option<ProcessId>, Vec<SeriesId>>,
    /// The newest failures, the oldest first.
    failures: VecDeque<Failure>,
    /// One that stays for as long as it is looked at.
    pub(super) kept: Option<SeriesId>,
}

impl AllSeries {
    fn find_or_add(
        &mut self,
        parent: Option<ProcessId>,
        kind: SeriesKind,
        at: BootTime,
    ) -> SeriesId {
        let siblings = self.of_parent.entry(parent).or_default();
        let found = siblings.iter().find(|id| self.all[**id].kind == kind);
        found.copied().unwrap_or_else(|| {
            let id = self.all.insert(Series::new(parent, kind, at));
            siblings.push(id);
            id
        })
    }

    fn add_failure(&mut self, failure: Failure) {
        if self.failures.len() == MOST_FAILURES {
            self.failures.pop_front();
        }
        self.failures.push_back(failure);
    }

    fn remove(&mut self, id: SeriesId) -> Option<Series> {
        let series = self.all.remove(id)?;
        if let Some(siblings) = self.of_parent.get_mut(&series.parent) {
            siblings.retain(|known| *known != id);
            if siblings.is_empty() {
                self.of_parent.remove(&series.parent);
            }
        }
        Some(series)
    }

    /// Takes in what ended below a process that is one of a series now.
    fn merge_below(&mut self, ended: ProcessId, parent: Option<ProcessId>, processes: &mut Arena) {
        for id in self.of_parent.get(&Some(ended)).cloned().unwrap_or_default() {
            let Some(below) = self.remove(id) else { continue };
            let into = self.find_or_add(parent, below.kind, below.since);
            let Some(series) = self.all.get_mut(into) else { continue };
            let n_unlisted = below.count - below.members.len() as u64;
            series.count += n_unlisted;
            series.add_life(below.lived_nanos);
            series.since = series.since.min(below.since);
            below.names.iter().for_each(|name| series.add_name(name));
            for (at, member) in below.members {
                series.add(at, member);
                if let Some(life) = processes.life_mut(member) {
                    life.history.series = Some(into);
                }
            }
            if self.kept == Some(id) {
                self.kept = Some(into);
            }
        }
    }
}

/// An end that was no success.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Failure {
    pub(crate) id: ProcessId,
    pub(crate) at: BootTime,
    pub(crate) ending: Ending,
    /// How long it had lived, in nanoseconds.
    pub(crate) lived: u64,
    pub(crate) parent: Option<ProcessId>,
}

impl World {
    /// The newest failures of processes that were not signaled from here, the oldest first.
    pub(crate) fn failures(&self) -> impl DoubleEndedIterator<Item = &Failure> {
        self.lingering.series.failures.iter()
    }

    /// A series that is not over.
    pub(crate) fn series(&self, id: SeriesId) -> Option<&Series> {
        self.lingering.series.all.get(id)
    }

    /// Every series that is not over.
    pub(crate) fn all_series(&self) -> impl Iterator<Item = (SeriesId, &Series)> {
        self.lingering.series.all.iter()
    }

    /// Keeps that series after it is over, until another or none is named.
    pub(crate) fn keep_series(&mut self, id: Option<SeriesId>) {
        self.lingering.series.kept = id;
    }

    /// An end becomes one of its series, if it is of one.
    pub(super) fn add_to_series(&mut self, slot: usize, end: End) {
        // Of an end that is reported again, only the last report counts.
        self.take_from_series(slot);
        let Some(kind) = self.series_kind(&self.processes[slot], end) else { return };
        let parent = self.series_parent(slot);
        let process = &self.processes[slot];
        let (id, name) = (process.id, process.name().cloned());
        let lived = end.at.0.saturating_sub(process.born_at(&self.host).0);
        match &kind {
            SeriesKind::Routine => {
                self.lingering.series.merge_below(id, parent, &mut self.processes);
            }
            SeriesKind::Failure { ending, .. } => {
                let failure = Failure { id, at: end.at, ending: *ending, lived, parent };
                self.lingering.series.add_failure(failure);
            }
        }
        let series = self.lingering.series.find_or_add(parent, kind, end.at);
        self.processes[slot].history.series = Some(series);
        if let Some(series) = self.lingering.series.all.get_mut(series) {
            series.add(end.at, id);
            series.add_life(lived);
            if let Some(name) = name {
                series.add_name(&name);
            }
        }
    }

    /// The kind of series that an end is of; `None` for one that has a row of its own.
    fn series_kind(&self, process: &Process, end: End) -> Option<SeriesKind> {
        if process.test_process.is_some() || process.history.is_signaled {
            return None;
        }
        match end.cause.ending() {
            None | Some(Ending::Exited(0)) => {
                let lived = end.at.seconds_since(process.born_at(&self.host));
                (lived < ROUTINE_LIFE_S).then_some(SeriesKind::Routine)
            }
            Some(ending) => Some(SeriesKind::Failure { comm: process.name().cloned(), ending }),
        }
    }

    fn series_parent(&self, slot: usize) -> Option<ProcessId> {
        let is_routine = |process: &Process| {
            let series = process.history.series.and_then(|id| self.series(id));
            series.is_some_and(|series| series.kind == SeriesKind::Routine)
        };
        let mut parent = self.processes[slot].parent;
        // A parent that died routinely is below the nearest that did not: one step is enough.
        if let Some(process) = parent.and_then(|id| self.get(id)).filter(|it| is_routine(it)) {
            parent = process.history.series.and_then(|id| self.series(id)).and_then(|it| it.parent);
        }
        parent
    }

    /// An end was taken back, or its cause is known better: it is none of its series any more.
    pub(super) fn take_from_series(&mut self, slot: usize) {
        let process = &mut self.processes[slot];
        let (Some(id), member) = (process.history.series.take(), process.id) else { return };
        self.lingering.series.failures.retain(|failure| failure.id != member);
        let Some(series) = self.lingering.series.all.get_mut(id) else { return };
        series.count = series.count.saturating_sub(1);
        series.members.retain(|(_, known)| *known != member);
        if series.count == 0 {
            self.lingering.series.remove(id);
        }
    }

    /// Forgets the series that are over, and those of parents that are gone.
    pub(super) fn forget_series(&mut self) {
        let now = self.times.now;
        let linger = self.lingering.seconds;
        let is_gone = |id: SeriesId, series: &Series| {
            let has_parent = series.parent.is_none_or(|parent| self.get(parent).is_some());
            self.lingering.series.kept != Some(id) && (!has_parent || series.is_over(now, linger))
        };
        let gone = self.all_series().filter(|(id, series)| is_gone(*id, series));
        for id in gone.map(|(id, _)| id).collect::<Vec<_>>() {
            self.lingering.series.remove(id);
        }
    }
}
