//! Folds events into the world: births, execs, exits, losses, in the order of the kernel's time.

use crate::model::budget::of_events;
use crate::model::event::{Change, Event, Image};
use crate::model::facts::Fact;
use crate::model::host::EventSource;
use crate::model::key::{Pid, ProcessKey};
use crate::model::life::{Became, Cause, End};
use crate::model::log::What;
use crate::model::process::{FLAG_FORKED_NO_EXEC, FLAG_KERNEL_THREAD, FactsReading, Process};
use crate::model::time::BootTime;
use crate::model::world::World;

/// How long the exit of an unknown process waits for its fork.
const HELD_NANOS: u64 = 50_000_000;

/// Where no scan comes, exits are kept for as long as one may take.
const LONGEST_SCAN_NANOS: u64 = 10_000_000_000;
const MOST_EXITS: usize = 4096;

impl World {
    pub(super) fn apply_events(&mut self, mut events: Vec<Event>) {
        if self.last_scan.is_none() {
            self.keep_early(events);
            return;
        }
        events.append(&mut self.events.held);
        events.sort_by_key(|event| event.at);
        for event in events {
            self.apply_event(event);
        }
        self.release_held();
        self.finish_events();
    }

    /// Keeps events until the first scan, within the memory that there is for what waits.
    fn keep_early(&mut self, events: Vec<Event>) {
        self.events.early_bytes += of_events(&events);
        self.events.early.extend(events);
        if self.events.early_bytes > self.memory_limit().on_the_way() {
            let n_lost = std::mem::take(&mut self.events.early).len();
            self.events.early_bytes = 0;
            self.take_loss(Some(n_lost as u64), self.now);
        }
    }

    /// What came before the first scan, now that there is somebody whom it may have happened to.
    pub(super) fn apply_early_events(&mut self, began: BootTime) {
        let mut early = std::mem::take(&mut self.events.early);
        // Of those who ended before, the scan knows nothing.
        early.retain(|event| event.at >= began || !matches!(event.change, Change::Exit { .. }));
        early.sort_by_key(|event| event.at);
        for event in early {
            let is_known = self.living.contains_key(&event.pid);
            if event.at >= began || is_known {
                self.apply_event(event);
            }
        }
    }

    /// Brings the world into order after a batch of events.
    fn finish_events(&mut self) {
        self.compare_with_parents();
        if self.events.exits.len() > MOST_EXITS {
            let horizon = self.now.0.saturating_sub(LONGEST_SCAN_NANOS);
            self.events.exits.retain(|_, (_, at)| at.0 >= horizon);
        }
        self.forget_ended();
        if self.structure_changed {
            self.rebuild_trees();
        }
    }

    fn apply_event(&mut self, event: Event) {
        let Event { at, pid, change } = event;
        let slot = self.living_slot(pid);
        match (change, slot) {
            (Change::Fork { parent }, _) => self.take_fork(at, pid, parent),
            (Change::Exec { image }, Some(slot)) => self.take_exec(slot, at, image),
            (Change::Exec { .. }, None) => self.note_stranger(pid, at, None, What::Exec),
            (Change::Exit { parent, wait_status }, slot) => {
                self.take_exit(slot, at, pid, parent, wait_status);
            }
            (Change::Rename { comm }, Some(slot)) => {
                if self.is_news(slot, at) {
                    self.processes[slot].stat.comm = comm;
                    self.processes[slot].is_unnamed = false;
                }
                self.note(slot, at, What::Rename);
            }
            (Change::Session, Some(slot)) => {
                if self.is_news(slot, at) {
                    let stat = &mut self.processes[slot].stat;
                    (stat.sid, stat.pgid, stat.tty) = (Some(pid), Some(pid), Some(0));
                }
                self.note(slot, at, What::Session);
            }
            (Change::User { uid }, Some(slot)) => {
                if self.is_news(slot, at)
                    && let Some(facts) = &mut self.processes[slot].facts
                {
                    facts.uid = Some(uid);
                }
                self.note(slot, at, What::User(uid));
            }
            (Change::Rename { .. } | Change::Session | Change::User { .. }, None) => {}
        }
    }

    /// Whether an event tells more than a scan did already; notes that it is known then.
    fn is_news(&mut self, slot: usize, at: BootTime) -> bool {
        self.touch(slot);
        let process = &mut self.processes[slot];
        let is_news = process.known_at <= at;
        process.known_at = process.known_at.max(at);
        is_news
    }

    fn take_exec(&mut self, slot: usize, at: BootTime, mut image: Option<Image>) {
        if let Some(line) = image.as_mut().and_then(|image| image.command_line.as_mut()) {
            self.shorten(None, line);
        }
        let is_news = self.is_news(slot, at);
        let process = &mut self.processes[slot];
        let became = Became { at, image: image.clone() };
        process.images.get_or_insert_default().add(became);
        // A stat that was read since the exec tells nothing of these.
        if let Some(facts) = process.facts.as_mut().filter(|facts| facts.read_at < at) {
            let line = image.as_ref().and_then(|image| image.command_line.clone());
            facts.executable = Fact::Absent;
            facts.command_line = line.map_or(Fact::Absent, Fact::Known);
        }
        if is_news {
            process.stat.flags =
                process.stat.flags.map(|flags| flags & !(FLAG_FORKED_NO_EXEC | FLAG_KERNEL_THREAD));
            // Where its stack begins now is for the next stat to say.
            process.stat.layout = None;
            process.facts_reading = FactsReading::Wanted;
            process.recognition = None;
            process.is_unnamed = image.is_none();
            process.stat.comm = image.map_or_else(|| "?".into(), |image| image.comm);
            self.events.wanted_stats.push(process.stat.key.pid);
        }
        self.note(slot, at, What::Exec);
    }

    fn take_exit(
        &mut self,
        slot: Option<usize>,
        at: BootTime,
        pid: Pid,
        parent: Option<Pid>,
        wait_status: Option<i32>,
    ) {
        let cause = wait_status.map_or(Cause::NotTold, Cause::Status);
        // An older process may have had the pid before. Births are told in whole ticks, the
        // beginning of which comes before them.
        let is_meant = |slot: &usize| self.processes[*slot].born_at(&self.host) <= at;
        // Of two in the same tick, the one whose end was noticed by its successor has ended.
        let tick = 1_000_000_000 / self.host.ticks_per_second.max(1);
        let is_as_old = |slot: &usize| {
            let process = &self.processes[*slot];
            process.origin.is_none() && process.born_at(&self.host).0.saturating_add(tick) > at.0
        };
        let may_be_older = slot.as_ref().is_some_and(is_as_old);
        let slot = slot.filter(is_meant);
        if may_be_older && self.learn_cause(pid, at, cause) {
            return;
        }
        let Some(slot) = slot else {
            if !self.learn_cause(pid, at, cause) && !self.is_known_to_be_over(pid) {
                let change = Change::Exit { parent, wait_status };
                self.events.held.push(Event { at, pid, change });
            }
            return;
        };
        let process = &mut self.processes[slot];
        if process.ended_before && self.events.source != EventSource::Connector {
            // The time is that at which somebody looked; only the cause is news.
            process.stat.wait_status = process.stat.wait_status.or(wait_status);
            return;
        }
        process.ended_before = false;
        let process = &self.processes[slot];
        let adopter = parent.and_then(|parent| Some(self.living(parent)?.key()));
        if let (Some(old), Some(adopter)) = (process.parent, adopter)
            && old != adopter
        {
            // It was adopted before it ended, and nobody read that in time.
            self.lose_parent(slot, old, at);
            self.processes[slot].stat.ppid = adopter.pid;
            self.gain_adopter(slot, Some(adopter));
            self.processes[slot].parent = Some(adopter);
            self.structure_changed = true;
        }
        let process = &mut self.processes[slot];
        let end = End { at, cause };
        self.events.exits.insert(pid, (process.key().birth, at));
        process.known_at = process.known_at.max(at);
        if process.exit.is_none() {
            self.become_ghost(slot, end);
            self.leave_children(slot, at, at);
        } else {
            self.learn_cause(pid, at, cause);
        }
    }

    /// A cause that was not known when the process ended; whether there is such a process.
    fn learn_cause(&mut self, pid: Pid, at: BootTime, cause: Cause) -> bool {
        let ghosts = self.ended.values().chain(self.living.get(&pid));
        let source = self.event_source();
        let is_meant = |process: &Process| {
            // A scan notices it when it happens, or somewhat later. A pidfd's event has the time
            // at which it was noticed, too.
            let from = match source {
                EventSource::Pidfd => at.0.saturating_sub(LONGEST_SCAN_NANOS),
                _ => at.0,
            };
            let is_then = |at_end: BootTime| {
                (from..at.0.saturating_add(LONGEST_SCAN_NANOS)).contains(&at_end.0)
            };
            process.key().pid == pid
                && process
                    .exit
                    .is_some_and(|exit| exit.cause.status().is_none() && is_then(exit.at))
        };
        let slot = ghosts.copied().find(|slot| is_meant(&self.processes[*slot]));
        let process = match (slot, source) {
            (Some(slot), _) => Some(&mut self.processes[slot]),
            // Where nobody lingers, who is over is forgotten before its parent has reaped it, or
            // before its end is told, when another has its pid already.
            (None, source) if source == EventSource::Pidfd || self.living.contains_key(&pid) => {
                self.history.lives_mut().rev().find(|life| is_meant(life))
            }
            (None, _) => None,
        };
        let Some(process) = process else { return false };
        for end in process.exit.iter_mut().chain(&mut process.ended) {
            end.cause = cause;
        }
        let key = process.key();
        // The reasons of those whom it left name how it ended.
        let left = self.processes.iter().filter(|process| process.known_creator() == Some(key));
        let left: Vec<ProcessKey> = left.map(Process::key).collect();
        self.touched.extend(left);
        let is_exit = |what| matches!(what, What::Exit { .. });
        self.amend(key, is_exit, |entry| {
            if let What::Exit { cause: old, .. } = &mut entry.what {
                *old = cause;
            }
        });
        true
    }

    /// Whether the end of who had that pid last was told: only who is known is held by a pidfd, so
    /// that its event is about no stranger.
    fn is_known_to_be_over(&self, pid: Pid) -> bool {
        let has_it = |process: &Process| process.key().pid == pid && process.exit.is_some();
        self.event_source() == EventSource::Pidfd
            && (self.ended.values().any(|slot| has_it(&self.processes[*slot]))
                || self.history.lives().rev().any(has_it))
    }

    /// Exits whose processes were not known may be known now.
    pub(super) fn retry_held(&mut self) {
        for event in std::mem::take(&mut self.events.held) {
            self.apply_event(event);
        }
        self.release_held();
    }

    /// Exits whose births did not come are of processes that nobody knows.
    fn release_held(&mut self) {
        let now = self.now.0;
        let held = std::mem::take(&mut self.events.held);
        for event in held {
            match event.change {
                Change::Exit { parent, wait_status } if event.at.0 + HELD_NANOS <= now => {
                    let cause = wait_status.map_or(Cause::NotTold, Cause::Status);
                    let what = What::Exit { cause, lived: None };
                    self.note_stranger(event.pid, event.at, parent, what);
                }
                change => self.events.held.push(Event { change, ..event }),
            }
        }
    }
}

#[cfg(test)]
mod tests;
