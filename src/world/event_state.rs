//! The state of event intake: where events come from, what waits for others, what was lost.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::record::{BootTime, Change, Event, EventSource, Pid, ProcessId};
use crate::world::{Cause, What, World};

/// In seconds.
const LEAST_BETWEEN_REPAIRS: f64 = 1.0;
/// An event is reported within that time: a birth after the start that a stat has, and an earlier
/// event after an exit.
pub(super) const LATEST_EVENT_NANOS: u64 = 50_000_000;

/// Where no scan comes, exits are kept for as long as one may take.
pub(super) const LONGEST_SCAN_NANOS: u64 = 10_000_000_000;

/// The end of a process as an event tells it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exit {
    pub(super) at: BootTime,
    pub(super) pid: Pid,
    /// Its parent when it ended, where that is reported.
    pub(super) parent: Option<Pid>,
    pub(super) wait_status: Option<i32>,
}

impl Exit {
    pub(super) fn cause(self) -> Cause {
        self.wait_status.map_or(Cause::NotReported, Cause::Status)
    }

    pub(super) fn event(self) -> Event {
        let Self { at, pid, parent, wait_status } = self;
        Event { at, pid, change: Change::Exit { parent, wait_status } }
    }
}

/// The events that were lost.
#[derive(Debug, Default)]
pub(super) struct Losses {
    /// How many, as far as they could be counted.
    pub(super) count: u64,
    /// Some were lost that could not be counted.
    pub(super) is_uncounted: bool,
    /// Events were lost since the last scan began: the next one shows what they would have.
    pub(super) unrepaired: Option<BootTime>,
    /// The newest loss, repaired or not: births after it have events.
    pub(super) newest: Option<BootTime>,
    /// When the last scan began that repaired a loss.
    pub(super) repaired_at: Option<BootTime>,
}

/// The state of event intake.
#[derive(Debug, Default)]
pub(super) struct Events {
    pub(super) source: EventSource,
    /// Why events come from there.
    pub(super) note: Arc<str>,
    pub(super) losses: Losses,
    /// Events that came before the first scan.
    pub(super) early: Vec<Event>,
    /// Exits that came before what belongs before them, which may be on its way.
    pub(super) held: Vec<Exit>,
    /// The exits that events reported of since the last scan began: no scan takes them back.
    pub(super) exits: HashMap<Pid, (ProcessId, BootTime)>,
    /// The parents of processes that were born or ended since families were read last.
    pub(super) changed_families: HashSet<ProcessId>,
    /// The processes whose births were not seen, and that are reported once their parents are
    /// found.
    pub(super) started: Vec<ProcessId>,
    /// The processes that a scan found before the event of the birth came.
    pub(super) awaited_births: BTreeSet<ProcessId>,
    /// The births since the tree was made, by the creator.
    pub(super) born: HashMap<ProcessId, Vec<ProcessId>>,
    /// New processes whose stat was read, with the layout that they have from their parent, where
    /// that is known: it is to be seen whether they are its copies.
    pub(super) confirmed: Vec<(ProcessId, Option<[u64; 3]>)>,
    /// The pids whose stat is to be read, because an event left something open.
    pub(super) wanted_stats: Vec<Pid>,
}

impl World {
    /// Where events come from.
    pub(crate) fn event_source(&self) -> EventSource {
        self.events.source
    }

    /// Why events come from there: a sentence.
    pub(crate) fn event_note(&self) -> &str {
        &self.events.note
    }

    /// Whether what a scan shows is yet to be reported by an event that is on the way: so it is
    /// where the kernel tells all, and lost nothing since the last scan.
    pub(super) fn awaits_events(&self) -> bool {
        self.events.source == EventSource::Connector && self.events.losses.unrepaired.is_none()
    }

    /// Whether a scan is to repair what lost events leave: at once, yet no more often than once a
    /// second, for a scan costs more than what it repairs while events are lost all the time.
    pub(crate) fn wants_repair(&self) -> bool {
        let is_time = |at: BootTime| self.times.now.seconds_since(at) >= LEAST_BETWEEN_REPAIRS;
        self.events.losses.unrepaired.is_some()
            && self.events.losses.repaired_at.is_none_or(is_time)
    }

    /// Whether time alone will tell more: an exit waits for its birth, or a loss for its repair.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.events.held.is_empty() || self.events.losses.unrepaired.is_some()
    }

    /// How many events were lost, and whether that is all.
    pub(crate) fn lost_events(&self) -> (u64, bool) {
        (self.events.losses.count, !self.events.losses.is_uncounted)
    }

    /// Whether the event of a birth at that time need not be among the lost: it is reported
    /// somewhat later.
    pub(super) fn was_spared(&self, born: BootTime) -> bool {
        let parsed = born.0.saturating_add(LATEST_EVENT_NANOS);
        self.events.source == EventSource::Connector
            && self.events.losses.newest.is_none_or(|lost| lost.0 < parsed)
    }

    /// Reports the processes that an earlier scan found, and whose births are among the lost
    /// events.
    pub(super) fn start_the_lost(&mut self, began: BootTime) {
        for key in std::mem::take(&mut self.events.awaited_births) {
            let Some(process) = self.get(key) else { continue };
            let born = BootTime::of_birth(process.key(), &self.host);
            let is_lost = self.events.losses.newest.is_some_and(|lost| born <= lost);
            if process.seen.first < began && is_lost {
                self.events.started.push(key);
            } else {
                self.events.awaited_births.insert(key);
            }
        }
    }

    pub(super) fn on_loss(&mut self, count: Option<u64>, at: BootTime) {
        match count {
            Some(count) => self.events.losses.count += count,
            None => self.events.losses.is_uncounted = true,
        }
        self.events.losses.unrepaired = Some(at);
        self.events.losses.newest = Some(at);
        self.note_stranger(0, at, None, What::Lost(count));
    }
}
