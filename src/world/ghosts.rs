//! Ends: a process becomes a ghost, and later a memory.

use std::collections::HashMap;

use crate::record::{BootTime, Pid, ProcessId, Stat, State};
use crate::world::{Cause, End, FactsReading, ParentKind, Process, What, World};

/// So many ghosts that explain nobody linger at most: in a storm, the oldest go at once.
const MOST_LINGERING: usize = 400;
/// So many of them linger under one parent, so that a build hides nobody.
const MOST_LINGERING_SIBLINGS: usize = 12;
/// The creators of a living process are kept as ghosts up to this distance.
const MOST_EXPLAINING: usize = 64;

/// So many creators are asked whether they are of the lab.
const MOST_CREATORS_ASKED: usize = 8;

impl World {
    /// The process is gone, as a reading says, or the birth of the next with its pid.
    pub(super) fn end(&mut self, slot: usize, end: End) {
        self.become_ghost(slot, end);
        // The stats of its children may be as new.
        self.leave_children(slot, end.at, BootTime::default());
    }

    /// Hides processes that live, and cannot be seen any more.
    pub(super) fn hide(&mut self, pids: &[Pid], began: BootTime) {
        for pid in pids {
            let Some(slot) = self.living_slot(*pid) else { continue };
            let process = &mut self.processes[slot];
            process.seen.known_at = process.seen.known_at.max(began);
            process.stat.state = State::Hidden;
            process.cpu_percent = None;
            // It is hidden because its user changed.
            process.facts.iter_mut().for_each(|facts| facts.uid = None);
            self.touch(slot);
        }
    }

    /// Its row is a ghost's from now on.
    pub(super) fn become_ghost(&mut self, slot: usize, end: End) {
        let process = &mut self.processes[slot];
        // An end that an event or a zombie's stat reported is better known than its absence.
        let reported =
            process.stat.wait_status.map(|status| End { cause: Cause::Status(status), ..end });
        let is_news = process.exit.is_none() && !process.seen.ended_before;
        // A stat read by its pid may be of a successor that was born in the same clock tick.
        let reported = if end.cause.status().is_some() { Some(end) } else { reported };
        let end = process.exit.or(reported).unwrap_or(end);
        process.exit = Some(end);
        process.ended = Some(end);
        process.cpu_percent = None;
        process.open.adopter = false;
        process.open.end = false;
        self.learned_subreapers.remove(&process.id);
        self.processes.end(slot);
        if let Some(parent) = self.processes[slot].parent {
            self.change_family(parent);
        }
        self.touch(slot);
        self.changes.structure = true;
        self.add_to_series(slot, end);
        if is_news {
            self.note_exit(slot, end);
        }
    }

    /// Writes an end into the log.
    pub(super) fn note_exit(&mut self, slot: usize, end: End) {
        let process = &self.processes[slot];
        let born = process.born_at(&self.host);
        let lived = Some(end.at.0.saturating_sub(born.0));
        self.note(slot, end.at, What::Exit { cause: end.cause, lived });
    }

    /// A stat shows a zombie whose end no event reported.
    pub(super) fn note_death(&mut self, slot: usize) {
        let status = self.processes[slot].stat.wait_status;
        let cause = status.map_or_else(|| self.cause_of_absence(), Cause::Status);
        let end = End { at: self.times.now, cause };
        self.processes[slot].exit = Some(end);
        self.note_exit(slot, end);
    }

    /// Takes back the end of a process that is there still: an earlier scan only missed it, or it
    /// is a zombie.
    pub(super) fn revive(&mut self, slot: usize, stat: Stat, at: BootTime) {
        self.take_from_series(slot);
        let process = &mut self.processes[slot];
        let (id, was) = (process.id, process.key());
        process.ended = None;
        if process.exit.is_some_and(|exit| exit.cause.status().is_none()) && !stat.has_ended() {
            process.exit = None;
        }
        // The answer to an earlier request found nobody to tell it of.
        process.facts_reading = FactsReading::Wanted;
        let reported = process.exit.and_then(|exit| exit.cause.status());
        process.stat = stat;
        process.seen.is_unnamed = false;
        if process.stat.has_ended() {
            process.stat.wait_status = process.stat.wait_status.or(reported);
        }
        process.seen.known_at = at;
        process.open.birth = false;
        let is_over = process.stat.has_ended();
        self.processes.revive(slot, was);
        self.touch(slot);
        self.changes.structure = true;
        if !is_over {
            self.keep_children(id);
        }
    }

    /// It did not end after all: nobody adopted its children.
    fn keep_children(&mut self, parent: ProcessId) {
        for slot in self.slots() {
            let process = &mut self.processes[slot];
            if process.parent == Some(parent) && process.open.adopter {
                process.open.adopter = false;
                process.history.adoption = None;
                self.touch(slot);
            }
        }
    }

    /// Keeps the row of that process after its end, with its ancestors that have ended, until another
    /// or none is named.
    pub(crate) fn keep(&mut self, id: Option<ProcessId>) {
        let is_gone = |id: &ProcessId| self.get(*id).is_some_and(|life| life.ended.is_some());
        let above = |id: &ProcessId| self.get(*id)?.parent.filter(is_gone);
        self.lingering.kept = std::iter::successors(id, above).take(MOST_EXPLAINING).collect();
    }

    /// A signal is sent to it from here: its end is no routine.
    pub(crate) fn mark_signaled(&mut self, id: ProcessId) {
        if let Some(slot) = self.slot_of(id) {
            self.processes[slot].history.is_signaled = true;
        }
    }

    /// Whether its row is kept after its end.
    pub(crate) fn is_kept(&self, id: ProcessId) -> bool {
        self.lingering.kept.contains(&id)
    }

    /// Whether the row of a slot stands in a tree of that kind: a ghost that explains a living
    /// process stands in the tree by creators for as long as it does.
    pub(crate) fn is_shown_in(&self, parent_kind: ParentKind, slot: usize) -> bool {
        let process = &self.processes[slot];
        parent_kind == ParentKind::Creator || process.ended.is_none() || self.lingers(process)
    }

    fn lingers(&self, ghost: &Process) -> bool {
        let Some(end) = ghost.ended else { return false };
        let age = self.times.now.seconds_since(end.at);
        let is_of_the_lab = || age < self.lingering.lab_seconds && self.comes_from_the_lab(ghost);
        self.is_kept(ghost.id()) || age < self.lingering.seconds || is_of_the_lab()
    }

    /// Whether it is a test process, or a part of a runtime that one of them brought. What those
    /// start in passing, such as the scripts around a Python, is not what a scenario is about.
    fn comes_from_the_lab(&self, process: &Process) -> bool {
        let is_test_process = |process: &Process| process.test_process.is_some();
        let creators =
            std::iter::successors(Some(process), |child| self.life(child.known_creator()?));
        is_test_process(process)
            || process.recognition.is_some()
                && creators.take(MOST_CREATORS_ASKED).any(is_test_process)
    }

    /// Moves ghosts that neither linger nor explain anybody into the history.
    pub(super) fn forget_ended(&mut self) {
        let explains = self.explaining();
        // Failures come last, so that no flood of routine takes their rows.
        let mut ghosts: Vec<(bool, BootTime, usize)> = Vec::new();
        for slot in self.processes.ghosts().filter(|slot| !explains[*slot]) {
            let end = self.processes[slot].ended;
            ghosts.extend(end.map(|end| (end.cause.is_failure(), end.at, slot)));
        }
        ghosts.sort_unstable();
        let mut lingering = 0;
        let mut siblings: HashMap<Option<ProcessId>, usize> = HashMap::new();
        for (_, _, slot) in ghosts.into_iter().rev() {
            let ghost = &self.processes[slot];
            let among_siblings = siblings.entry(ghost.parent).or_default();
            let has_room = lingering < MOST_LINGERING && *among_siblings < MOST_LINGERING_SIBLINGS;
            if self.is_kept(ghost.id()) || (has_room && self.lingers(ghost)) {
                *among_siblings += 1;
                lingering += 1;
            } else {
                self.processes.forget(slot);
                self.changes.structure = true;
            }
        }
        self.forget_series();
        self.processes.trim(self.memory.shares.history);
    }

    /// The ghosts that are creators of the living, or creators of such ghosts.
    fn explaining(&self) -> Vec<bool> {
        let mut explains = vec![false; self.n_slots()];
        for process in self.processes.iter().filter(|process| process.ended.is_none()) {
            let mut creator = process.creator_or_parent();
            for _ in 0..MOST_EXPLAINING {
                let Some(slot) = creator.and_then(|id| self.slot_of(id)) else { break };
                if self.processes[slot].ended.is_none() {
                    break;
                }
                if std::mem::replace(&mut explains[slot], true) {
                    break;
                }
                creator = self.processes[slot].known_creator();
            }
        }
        explains
    }

    /// Makes a remembered process a ghost again, with the ancestors that ended before it, for as long
    /// as it is kept; whether it is there.
    pub(crate) fn recall(&mut self, id: ProcessId) -> bool {
        if self.get(id).is_some() {
            return true;
        }
        let is_remembered = |id: &ProcessId| self.get(*id).is_none() && self.life(*id).is_some();
        let above = |id: &ProcessId| self.life(*id)?.creator_or_parent().filter(is_remembered);
        let mut lost: Vec<ProcessId> = Vec::new();
        for id in std::iter::successors(Some(id), above).take(MOST_EXPLAINING) {
            // Two reused pids may name each other.
            if lost.contains(&id) {
                break;
            }
            lost.push(id);
        }
        for id in lost.into_iter().rev() {
            let Some(slot) = self.processes.recall(id) else { return false };
            // Its end stays; its row stands under its parent, if that one is there.
            let life = &self.processes[slot];
            let parent = life.parent.or(life.known_creator());
            self.processes[slot].parent = parent.filter(|id| self.get(*id).is_some());
        }
        self.keep(Some(id));
        self.rebuild_trees();
        true
    }
}
