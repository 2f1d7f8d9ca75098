//! Every process that is known, living, ghost or remembered, and the one place where the outside's
//! names for them (a pid, a [`ProcessKey`]) become a [`ProcessId`].
//!
//! Those that stand in the tree have a row. Rows are numbered by slots, which do not move: a
//! process keeps its slot for as long as it has a row.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::{Index, IndexMut};

use slab::Slab;
use slotmap::SlotMap;

use crate::record::id::Handle;
use crate::record::{Pid, ProcessId, ProcessKey};
use crate::world::memory::{is_wasteful, shrink_map};
use crate::world::{History, Process};

/// Where a process is.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// In the row of that slot.
    Row(usize),
    /// In the history, by its number there.
    Remembered(u64),
}

/// Where a key comes from, which says how far its birth can be off.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum KeySource {
    /// A stat: exact.
    Stat,
    /// The time of an event, which comes after the birth.
    Event,
}

#[derive(Debug, Default)]
pub(crate) struct Arena {
    rows: Slab<Process>,
    living: HashMap<Pid, usize>,
    ghosts: BTreeSet<usize>,
    /// The ended processes, by their keys. Where a pid was used again within one clock tick, the
    /// later process is meant.
    ended: BTreeMap<ProcessKey, ProcessId>,
    places: SlotMap<Handle, Place>,
    history: History,
}

impl Arena {
    /// Gives a process that lives a row and an id; its slot.
    pub(super) fn insert(&mut self, mut process: Process) -> usize {
        let entry = self.rows.vacant_entry();
        let slot = entry.key();
        let pid = process.key().pid;
        process.id = ProcessId { pid, handle: self.places.insert(Place::Row(slot)) };
        entry.insert(process);
        self.living.insert(pid, slot);
        slot
    }

    /// The process that the outside calls by that key. This is the only place that allows for a
    /// birth that is known from an event: the kernel notes a start before it tells of the fork, so
    /// the time of the event may fall into a later clock tick.
    pub(crate) fn resolve(&self, key: ProcessKey, source: KeySource) -> Option<ProcessId> {
        let living = self.living(key.pid).filter(|known| is_meant(known, key, source));
        living.map(Process::id).or_else(|| {
            let is_ended =
                |id: &&ProcessId| self.life(**id).is_some_and(|known| is_meant(known, key, source));
            let near = || self.ended.range(key.of_events()).map(|(_, id)| id);
            self.ended.get(&key).into_iter().chain(near()).find(is_ended).copied()
        })
    }

    /// Whether that key is one of the process in the slot.
    pub(super) fn is_at(&self, slot: usize, key: ProcessKey, source: KeySource) -> bool {
        is_meant(&self.rows[slot], key, source)
    }

    pub(crate) fn slot_of(&self, id: ProcessId) -> Option<usize> {
        match self.places.get(id.handle)? {
            Place::Row(slot) => Some(*slot),
            Place::Remembered(_) => None,
        }
    }

    /// A process that has a row.
    pub(crate) fn get(&self, id: ProcessId) -> Option<&Process> {
        self.slot_of(id).map(|slot| &self.rows[slot])
    }

    /// A process, whether it has a row or is remembered.
    pub(crate) fn life(&self, id: ProcessId) -> Option<&Process> {
        match self.places.get(id.handle)? {
            Place::Row(slot) => Some(&self.rows[*slot]),
            Place::Remembered(number) => self.history.get(*number),
        }
    }

    /// The same, to change what takes no room.
    pub(super) fn life_mut(&mut self, id: ProcessId) -> Option<&mut Process> {
        match self.places.get(id.handle)? {
            Place::Row(slot) => Some(&mut self.rows[*slot]),
            Place::Remembered(number) => self.history.get_mut(*number),
        }
    }

    pub(crate) fn living_slot(&self, pid: Pid) -> Option<usize> {
        self.living.get(&pid).copied()
    }

    /// The process that has a pid now; a zombie has one still.
    pub(crate) fn living(&self, pid: Pid) -> Option<&Process> {
        self.living_slot(pid).map(|slot| &self.rows[slot])
    }

    pub(super) fn n_living(&self) -> usize {
        self.living.len()
    }

    /// The slots of the ghosts.
    pub(super) fn ghosts(&self) -> impl Iterator<Item = usize> {
        self.ghosts.iter().copied()
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Process> + ExactSizeIterator {
        self.rows.iter().map(|(_, process)| process)
    }

    /// The slots of all rows.
    pub(crate) fn slots(&self) -> Vec<usize> {
        self.rows.iter().map(|(slot, _)| slot).collect()
    }

    /// One more than the highest slot of a row.
    pub(crate) fn n_slots(&self) -> usize {
        self.rows.iter().next_back().map_or(0, |(slot, _)| slot + 1)
    }

    pub(crate) fn history(&self) -> &History {
        &self.history
    }

    pub(super) fn history_mut(&mut self) -> &mut History {
        &mut self.history
    }

    /// Its row is a ghost's from now on.
    pub(super) fn end(&mut self, slot: usize) {
        let process = &self.rows[slot];
        self.living.remove(&process.key().pid);
        self.ghosts.insert(slot);
        self.ended.insert(process.key(), process.id);
    }

    /// A ghost lives after all; its key may be better known by now.
    pub(super) fn revive(&mut self, slot: usize, was: ProcessKey) {
        self.ghosts.remove(&slot);
        let process = &self.rows[slot];
        if self.ended.get(&was) == Some(&process.id) {
            self.ended.remove(&was);
        }
        self.living.insert(process.key().pid, slot);
    }

    /// Takes the row of a ghost away and remembers it.
    pub(super) fn forget(&mut self, slot: usize) {
        let life = self.rows.remove(slot);
        self.ghosts.remove(&slot);
        let handle = life.id.handle;
        self.places[handle] = Place::Remembered(self.history.add(life));
    }

    /// Gives a remembered process a ghost's row again; its slot.
    pub(super) fn recall(&mut self, id: ProcessId) -> Option<usize> {
        let Place::Remembered(number) = *self.places.get(id.handle)? else { return None };
        let slot = self.rows.insert(self.history.remove(number)?);
        self.places[id.handle] = Place::Row(slot);
        self.ghosts.insert(slot);
        Some(slot)
    }

    /// Lets the oldest of what is remembered go, once it takes more than that.
    pub(super) fn trim(&mut self, most_bytes: usize) {
        let (places, ended) = (&mut self.places, &mut self.ended);
        self.history.trim(most_bytes, |life| {
            places.remove(life.id.handle);
            if ended.get(&life.key()) == Some(&life.id) {
                ended.remove(&life.key());
            }
        });
    }

    /// Gives room back that is not needed any more.
    pub(super) fn give_back(&mut self) {
        if is_wasteful(self.rows.capacity(), self.rows.len()) {
            self.rows.shrink_to_fit();
        }
        shrink_map(&mut self.living);
    }

    #[cfg(test)]
    pub(super) fn capacities(&self) -> [usize; 2] {
        [self.rows.capacity(), self.living.capacity()]
    }
}

fn is_meant(known: &Process, key: ProcessKey, source: KeySource) -> bool {
    match source {
        _ if known.key() == key => true,
        KeySource::Event => known.key().matches_event(key),
        KeySource::Stat => known.open.birth && key.matches_event(known.key()),
    }
}

impl Index<usize> for Arena {
    type Output = Process;

    fn index(&self, slot: usize) -> &Process {
        &self.rows[slot]
    }
}

impl IndexMut<usize> for Arena {
    fn index_mut(&mut self, slot: usize) -> &mut Process {
        &mut self.rows[slot]
    }
}
