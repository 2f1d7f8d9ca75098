//! How far events are taken in: where they come from, what waits, what was lost.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::record::{BootTime, Event, EventSource, Pid, ProcessId};
use crate::world::exits::Exit;
use crate::world::{What, World};

/// In seconds.
const LEAST_BETWEEN_REPAIRS: f64 = 1.0;
/// What happens is told within that time: a birth after the start that a stat has, and what belongs
/// before an exit after that one.
pub(super) const TOLD_WITHIN_NANOS: u64 = 50_000_000;

/// How far events are taken in.
#[derive(Debug, Default)]
pub(super) struct Events {
    pub(super) source: EventSource,
    /// Why events come from there.
    pub(super) note: Arc<str>,
    /// How many were lost, as far as they could be counted.
    pub(super) lost: u64,
    /// Some were lost that could not be counted.
    pub(super) is_loss_uncounted: bool,
    /// Events were lost since the last scan began: the next one tells of what they would have.
    pub(super) lost_at: Option<BootTime>,
    /// The newest loss, repaired or not: births after it are told.
    pub(super) newest_loss: Option<BootTime>,
    /// When the last scan began that repaired a loss.
    pub(super) repaired_at: Option<BootTime>,
    /// Events that came before the first scan.
    pub(super) early: Vec<Event>,
    pub(super) early_bytes: usize,
    /// Exits that came before what belongs before them, which may be on its way.
    pub(super) held: Vec<Exit>,
    /// The exits that events told of since the last scan began: no scan takes them back.
    pub(super) exits: HashMap<Pid, (ProcessId, BootTime)>,
    /// The parents of those who were born or ended since families were read last.
    pub(super) changed_families: HashSet<ProcessId>,
    /// Whose births were not seen, and who are to be told of once their parents are found.
    pub(super) started: Vec<ProcessId>,
    /// Whom a scan found before the event of the birth came.
    pub(super) awaited_births: BTreeSet<ProcessId>,
    /// Who was born since the tree was made, by the creator.
    pub(super) newborn: HashMap<ProcessId, Vec<ProcessId>>,
    /// Newborns whose stat was read, with the layout that they have from their parent, where that is
    /// known: it is to be seen whether they are its copies.
    pub(super) confirmed: Vec<(ProcessId, Option<[u64; 3]>)>,
    /// Whose stat is to be read, because an event left something open.
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

    /// Whether what a scan shows is yet to be told by an event that is on the way: so it is where
    /// the kernel tells all, and lost nothing since the last scan.
    pub(super) fn awaits_events(&self) -> bool {
        self.events.source == EventSource::Connector && self.events.lost_at.is_none()
    }

    /// Whether a scan is to repair what lost events leave: at once, yet no more often than once a
    /// second, for a scan costs more than what it repairs while events are lost all the time.
    pub(crate) fn wants_repair(&self) -> bool {
        let is_time = |at: BootTime| self.times.now.seconds_since(at) >= LEAST_BETWEEN_REPAIRS;
        self.events.lost_at.is_some() && self.events.repaired_at.is_none_or(is_time)
    }

    /// Whether time alone will tell more: an exit waits for its birth, or a loss for its repair.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.events.held.is_empty() || self.events.lost_at.is_some()
    }

    /// How many events were lost, and whether that is all.
    pub(crate) fn lost_events(&self) -> (u64, bool) {
        (self.events.lost, !self.events.is_loss_uncounted)
    }

    /// Whether the event of a birth at that time need not be among the lost: it is told somewhat
    /// later.
    pub(super) fn was_spared(&self, born: BootTime) -> bool {
        let told_by = born.0.saturating_add(TOLD_WITHIN_NANOS);
        self.events.source == EventSource::Connector
            && self.events.newest_loss.is_none_or(|lost| lost.0 < told_by)
    }

    /// Tells of those whom an earlier scan found, and whose births are among the lost.
    pub(super) fn start_the_lost(&mut self, began: BootTime) {
        for key in std::mem::take(&mut self.events.awaited_births) {
            let Some(process) = self.get(key) else { continue };
            let born = BootTime::of_birth(process.key(), &self.host);
            let is_lost = self.events.newest_loss.is_some_and(|lost| born <= lost);
            if process.first_seen < began && is_lost {
                self.events.started.push(key);
            } else {
                self.events.awaited_births.insert(key);
            }
        }
    }

    pub(super) fn take_loss(&mut self, count: Option<u64>, at: BootTime) {
        match count {
            Some(count) => self.events.lost += count,
            None => self.events.is_loss_uncounted = true,
        }
        self.events.lost_at = Some(at);
        self.events.newest_loss = Some(at);
        self.note_stranger(0, at, None, What::Lost(count));
    }
}
