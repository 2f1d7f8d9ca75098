//! Parents: by pid in scans, by id in the world; and the consequences of a change.

use std::sync::Arc;

use crate::record::{BootTime, ProcessId};

use crate::world::{Adoption, ParentKind, Process, Tree, What, World};

impl World {
    /// Keeps the tree by creators at hand, or no longer.
    pub(crate) fn keep_creators(&mut self, wanted: bool) {
        self.trees.creators = wanted.then(|| self.build_tree(ParentKind::Creator));
    }

    /// The tree of that kind; the one by creators only while it is kept.
    pub(crate) fn tree_of(&self, parent_kind: ParentKind) -> &Tree {
        match parent_kind {
            ParentKind::Kernel => &self.trees.kernel,
            ParentKind::Creator => self.trees.creators.as_ref().unwrap_or(&self.trees.kernel),
        }
    }

    fn build_tree(&self, parent_kind: ParentKind) -> Tree {
        Tree::build(&self.processes, |process| match parent_kind {
            ParentKind::Kernel => process.parent,
            ParentKind::Creator => process.creator_or_parent(),
        })
    }

    /// Finds every living process's parent by pid, and notes the processes whose parent changed.
    pub(super) fn find_parents(&mut self) {
        for slot in self.slots() {
            if self.processes[slot].ended.is_none() {
                self.find_parent(slot);
            }
        }
    }

    pub(super) fn find_parent(&mut self, slot: usize) {
        let process = &self.processes[slot];
        // Its stat is from before its parent ended: the adopter is still to be read.
        if process.open.adopter {
            return;
        }
        let parent = self.processes.living(process.stat.ppid).map(Process::id);
        // A scan takes its time: it may have read this one before its parent ended, and only
        // the next one says which process adopted it.
        let is_stale = process.parent.is_some_and(|old| old.pid == process.stat.ppid);
        if process.parent == parent || (parent.is_none() && is_stale) {
            return;
        }
        if let Some(old) = process.parent {
            if self.awaits_end_of(old, slot) {
                return;
            }
            self.lose_parent(slot, old, self.times.now);
            self.gain_adopter(slot, parent);
        }
        let process = &mut self.processes[slot];
        process.parent = parent;
        let awaits_adopter =
            process.history.adoption.as_ref().is_some_and(|adoption| adoption.adopter.is_none());
        if awaits_adopter && parent.is_some() {
            self.gain_adopter(slot, parent);
        }
        self.touch(slot);
        self.changes.structure = true;
    }

    /// Whether another parent counts only once the end of the old one is reported: that event is on
    /// its way, unless a later scan finds the old parent alive.
    fn awaits_end_of(&mut self, old: ProcessId, slot: usize) -> bool {
        if !self.is_end_unreported(old) {
            return false;
        }
        let since = *self.processes[slot].open.parent.get_or_insert(self.times.now);
        let later_scan = self.times.last_scan.filter(|scan| *scan > since);
        let is_found =
            |old: &Process| !old.stat.has_ended() && later_scan == Some(old.seen.known_at);
        !self.get(old).is_some_and(is_found)
    }

    /// Whether the end of a process would still be reported.
    pub(super) fn is_end_unreported(&self, key: ProcessId) -> bool {
        let is_unreported = |process: &Process| {
            process.ended.is_none() && process.exit.is_none() && !process.seen.ended_before
        };
        self.get(key).is_some_and(is_unreported)
    }

    /// A process ended: its children are orphans, and their adopter is still to be learned. No
    /// stat that was read before `known` says it.
    pub(super) fn leave_children(&mut self, slot: usize, at: BootTime, known: BootTime) {
        let key = self.processes[slot].id();
        let child = self.events.born.remove(&key).unwrap_or_default();
        let child = child.into_iter().filter_map(|key| self.slot_of(key));
        let older = self.trees.kernel.children(slot).iter().map(|child| *child as usize);
        for child in older.chain(child).collect::<Vec<_>>() {
            let process = &self.processes[child];
            let is_left =
                process.is_living() && process.parent == Some(key) && !process.open.adopter;
            if is_left && process.open.parent.is_some() {
                // A newer stat names the adopter already.
                self.lose_parent(child, key, at);
                self.find_parent(child);
            } else if is_left && process.stat.ppid == key.pid {
                self.lose_parent(child, key, at);
                let process = &mut self.processes[child];
                process.open.adopter = true;
                process.seen.known_at = process.seen.known_at.max(known);
                self.events.wanted_stats.push(process.id().pid);
            }
        }
    }

    /// Its parent ended, or is another at least.
    pub(super) fn lose_parent(&mut self, slot: usize, old: ProcessId, at: BootTime) {
        let creator_comm: Arc<str> =
            self.life(old).map_or_else(|| "?".into(), |parent| parent.stat.comm.clone());
        // An orphan's parent is no creator, so the next change of parent names none.
        let creator = self.processes[slot].creator().filter(|creator| *creator == old);
        let seen_before = self.times.previous_scan.unwrap_or_default().min(at);
        let shared_until = if self.awaits_events() { at } else { seen_before };
        let process = &mut self.processes[slot];
        process.open.parent = None;
        if let Some(adoption) = &mut process.history.adoption {
            if adoption.adopter.is_none() {
                return;
            }
            adoption.adopter = None;
        } else {
            let noticed = Adoption { creator, creator_comm, adopter: None, at, shared_until };
            process.history.adoption = Some(Box::new(noticed));
        }
        self.touch(slot);
        // A zombie is no orphan, for it does not live.
        let process = &self.processes[slot];
        if process.exit.is_none() && !process.seen.ended_before {
            self.note_below(old.pid, slot, at, What::Orphan { adopter: None });
        }
    }

    /// Its adopter is known now.
    pub(super) fn gain_adopter(&mut self, slot: usize, adopter: Option<ProcessId>) {
        let process = &mut self.processes[slot];
        let (key, ppid) = (process.id(), process.stat.ppid);
        if let Some(adoption) = &mut process.history.adoption {
            adoption.adopter = adopter;
        }
        self.update_entry(
            key,
            |what| what == What::Orphan { adopter: None },
            |entry| entry.what = What::Orphan { adopter: Some(ppid) },
        );
        if let Some(adopter) = adopter.filter(|adopter| adopter.pid != 1) {
            self.learned_subreapers.insert(adopter);
            if let Some(slot) = self.slot_of(adopter) {
                self.touch(slot);
            }
        }
    }

    pub(super) fn rebuild_trees(&mut self) {
        self.events.born.clear();
        self.trees.kernel = self.build_tree(ParentKind::Kernel);
        if self.trees.creators.is_some() {
            self.trees.creators = Some(self.build_tree(ParentKind::Creator));
        }
    }
}
