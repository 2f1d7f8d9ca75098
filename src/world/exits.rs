//! Exits from events: the process that each belongs to, and exits that wait for earlier events.
//!
//! The kernel tells of an end after it has given the children to their adopter (kernel/exit.c:
//! `do_exit` calls `exit_notify`, then `proc_exit_connector`). So the end of a child may be
//! reported first, with a parent that has not adopted anybody as far as was reported.

use crate::record::{BootTime, EventSource, Pid, ProcessId};
use crate::world::event_state::{Exit, LATEST_EVENT_NANOS, LONGEST_SCAN_NANOS};
use crate::world::{End, Process, What, World};

impl World {
    pub(super) fn on_exit(&mut self, exit: Exit) {
        if self.may_be_of_an_older_one(exit) && self.learn_cause(exit) {
            return;
        }
        match self.meant_slot(exit) {
            Some(slot) if self.precedes_end_of_parent(slot, exit) => self.events.held.push(exit),
            Some(slot) => self.end_by(slot, exit),
            None if self.learn_cause(exit) || self.is_known_to_be_over(exit.pid) => {}
            None => self.events.held.push(exit),
        }
    }

    /// The living process that the exit is of. An older one may have had the pid before; births are
    /// reported in whole ticks, the beginning of which comes before them.
    fn meant_slot(&self, exit: Exit) -> Option<usize> {
        let slot = self.living_slot(exit.pid)?;
        (self.processes[slot].born_at(&self.host) <= exit.at).then_some(slot)
    }

    /// Of two in the same tick, the one whose end was noticed by its successor has ended.
    fn may_be_of_an_older_one(&self, exit: Exit) -> bool {
        let tick = self.host.nanos_per_tick();
        self.living(exit.pid).is_some_and(|process| {
            let born = process.born_at(&self.host).0;
            process.history.origin.is_none() && born.saturating_add(tick) > exit.at.0
        })
    }

    /// Whether it was adopted before it ended, and the end of its former parent is on its way.
    fn precedes_end_of_parent(&self, slot: usize, exit: Exit) -> bool {
        let adopter = exit.parent.filter(|parent| self.processes.living_slot(*parent).is_some());
        let (Some(old), Some(adopter)) = (self.processes[slot].parent, adopter) else {
            return false;
        };
        old.pid != adopter && self.is_end_unreported(old)
    }

    fn end_by(&mut self, slot: usize, exit: Exit) {
        let process = &mut self.processes[slot];
        if process.seen.ended_before && self.events.source != EventSource::Connector {
            // The time is that at which somebody looked; only the cause is news.
            process.stat.wait_status = process.stat.wait_status.or(exit.wait_status);
            return;
        }
        process.seen.ended_before = false;
        self.notice_last_adoption(slot, exit);
        let process = &mut self.processes[slot];
        self.events.exits.insert(exit.pid, (process.id, exit.at));
        process.seen.known_at = process.seen.known_at.max(exit.at);
        if process.exit.is_none() {
            self.become_ghost(slot, End { at: exit.at, cause: exit.cause() });
            self.leave_children(slot, exit.at, exit.at);
        } else {
            self.learn_cause(exit);
        }
    }

    /// It may have been adopted before it ended, and nobody read that in time.
    fn notice_last_adoption(&mut self, slot: usize, exit: Exit) {
        let adopter = exit.parent.and_then(|parent| Some(self.living(parent)?.id()));
        let (Some(old), Some(adopter)) = (self.processes[slot].parent, adopter) else { return };
        if old == adopter {
            return;
        }
        self.lose_parent(slot, old, exit.at);
        self.antedate_orphan(slot, exit.at);
        self.processes[slot].stat.ppid = adopter.pid;
        self.gain_adopter(slot, Some(adopter));
        self.processes[slot].parent = Some(adopter);
        self.changes.structure = true;
    }

    /// It was an orphan by that time at the latest, though its parent's end has a later one.
    fn antedate_orphan(&mut self, slot: usize, at: BootTime) {
        let process = &mut self.processes[slot];
        let key = process.id();
        let Some(adoption) = process.history.adoption.as_mut().filter(|adoption| adoption.at > at)
        else {
            return;
        };
        adoption.at = at;
        self.update_entry(
            key,
            |what| what == What::Orphan { adopter: None },
            |entry| entry.at = at,
        );
    }

    /// A cause that was not known when the process ended; whether there is such a process.
    fn learn_cause(&mut self, exit: Exit) -> bool {
        let Exit { at, pid, .. } = exit;
        let ghosts = self.processes.ghosts().chain(self.living_slot(pid));
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
            process.id().pid == pid
                && process
                    .exit
                    .is_some_and(|exit| exit.cause.status().is_none() && is_then(exit.at))
        };
        let slot = { ghosts }.find(|slot| is_meant(&self.processes[*slot]));
        let process = match (slot, source) {
            (Some(slot), _) => Some(&mut self.processes[slot]),
            // Where no ghost lingers, a process is forgotten before its parent has reaped it, or
            // before its end is reported, when another has its pid already.
            (None, source)
                if source == EventSource::Pidfd || self.processes.living_slot(pid).is_some() =>
            {
                self.processes.history_mut().lives_mut().rev().find(|life| is_meant(life))
            }
            (None, _) => None,
        };
        let Some(process) = process else { return false };
        for end in process.exit.iter_mut().chain(&mut process.ended) {
            end.cause = exit.cause();
        }
        let (key, ended) = (process.id(), process.ended);
        if let (Some(slot), Some(end)) = (slot, ended) {
            self.take_from_series(slot);
            self.add_to_series(slot, end);
        }
        // The reasons of its children name how it ended.
        let left = self.processes.iter().filter(|process| process.known_creator() == Some(key));
        let left: Vec<ProcessId> = left.map(Process::id).collect();
        self.changes.touched.extend(left);
        let is_exit = |what| matches!(what, What::Exit { .. });
        self.update_entry(key, is_exit, |entry| {
            if let What::Exit { cause: old, .. } = &mut entry.what {
                *old = exit.cause();
            }
        });
        true
    }

    /// Whether the end of the last process with that pid was reported: only known ones are held by
    /// a pidfd, so that its event is about no stranger.
    fn is_known_to_be_over(&self, pid: Pid) -> bool {
        let has_it = |process: &Process| process.id().pid == pid && process.exit.is_some();
        self.event_source() == EventSource::Pidfd
            && (self.processes.ghosts().any(|slot| has_it(&self.processes[slot]))
                || self.history().lives().rev().any(has_it))
    }

    /// Tries the exits again that wait: what they wait for may be known now.
    pub(super) fn retry_held(&mut self) {
        // Of a whole line that ends at once, each may wait for the one before.
        let mut n_waiting = usize::MAX;
        while !self.events.held.is_empty() && self.events.held.len() < n_waiting {
            n_waiting = self.events.held.len();
            for exit in std::mem::take(&mut self.events.held) {
                self.on_exit(exit);
            }
        }
        self.release_held();
    }

    /// Exits wait no longer than that: those whose births did not come are of processes that nobody
    /// knows.
    fn release_held(&mut self) {
        for exit in std::mem::take(&mut self.events.held) {
            if exit.at.0 + LATEST_EVENT_NANOS > self.times.now.0 {
                self.events.held.push(exit);
            } else if let Some(slot) = self.meant_slot(exit) {
                self.end_by(slot, exit);
            } else {
                let what = What::Exit { cause: exit.cause(), lived: None };
                self.note_stranger(exit.pid, exit.at, exit.parent, what);
            }
        }
    }
}
