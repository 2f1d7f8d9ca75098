//! The schedule of reading deeper facts: once per process and exec, rows on screen first.

use std::collections::HashSet;

use crate::record::{BootTime, Facts, Host, Pid, ProcessId, ProcessKey};
use crate::world::{FactsReading, Process, World};

/// A process younger than this is read a second time: it may set its title, close its pipes.
const YOUNG_NANOS: u64 = 1_000_000_000;
/// So many families are read again at once; in a storm of new ones, the rest keep what is known.
const MOST_CHANGED_FAMILIES: usize = 1024;
/// Families recognized by pipes are read again when their age has doubled, up to this age.
const PIPES_SETTLED_NANOS: u64 = 120_000_000_000;
/// A process that did not answer, or was not asked, is asked again after so long.
const UNANSWERED_NANOS: u64 = 30_000_000_000;

impl World {
    /// Takes up to `limit` processes whose facts are to be read now, `first` ones first, and
    /// notes them as asked for.
    pub fn take_wanted_facts(&mut self, first: &[ProcessId], limit: usize) -> Vec<ProcessKey> {
        let mut wanted = Vec::new();
        let on_screen: Vec<usize> = first.iter().filter_map(|id| self.slot_of(*id)).collect();
        for slot in on_screen.into_iter().chain(self.slots()) {
            if wanted.len() == limit {
                break;
            }
            let now = self.times.now;
            let process = &mut self.processes[slot];
            let is_due = match process.facts_reading {
                FactsReading::Wanted => true,
                FactsReading::Until(at) => at <= now,
                FactsReading::Asked | FactsReading::Settled => false,
            };
            // A zombie still has a user; what it was read as before its end stays better.
            // Nothing is found by a birth that is not confirmed yet.
            let is_readable =
                (process.is_living() || process.facts.is_none()) && !process.open.birth;
            if is_due && is_readable && process.ended.is_none() {
                process.facts_reading = FactsReading::Asked;
                wanted.push(process.key());
            }
        }
        wanted
    }

    /// Takes up to `limit` pids whose stat is to be read now: new processes, whose birth is to be
    /// confirmed, orphans, whose adopter is to be learned, and what became another program.
    pub(crate) fn take_wanted_stats(&mut self, limit: usize) -> Vec<Pid> {
        let mut wanted = std::mem::take(&mut self.events.wanted_stats);
        // The newest first: they tell the most. Those left over wait for the next scan.
        wanted.reverse();
        let mut seen = HashSet::new();
        wanted.retain(|pid| self.processes.living_slot(*pid).is_some() && seen.insert(*pid));
        wanted.truncate(limit);
        wanted
    }

    pub(crate) fn is_every_fact_read(&self) -> bool {
        let is_unread = |process: &Process| {
            let asks = process.facts_reading != FactsReading::Settled;
            process.facts.is_none() && asks && process.ended.is_none()
        };
        !self.processes.iter().any(is_unread)
    }

    /// Notes the families that gained or lost a member in the scan that began then.
    pub(super) fn note_changed_families(&mut self, began: BootTime) {
        let has_changed = |process: &Process| {
            let is_new = process.seen.first == began && process.seen.born_here;
            is_new || process.ended.is_some_and(|end| end.at >= began)
        };
        let changed = self.slots().into_iter().filter(|slot| has_changed(&self.processes[*slot]));
        let mut parents: HashSet<usize> =
            changed.filter_map(|slot| self.trees.kernel.parent(slot)).collect();
        let by_events = std::mem::take(&mut self.events.changed_families);
        parents.extend(by_events.into_iter().filter_map(|key| self.slot_of(key)));
        self.changes.families = parents.into_iter().collect();
    }

    /// Wants the facts of the living process of that pid read again.
    pub(crate) fn read_again(&mut self, pid: Pid) {
        let Some(slot) = self.living_slot(pid) else { return };
        let reading = &mut self.processes[slot].facts_reading;
        if *reading != FactsReading::Asked {
            *reading = FactsReading::Wanted;
        }
    }

    /// A family gained or lost a member.
    pub(super) fn change_family(&mut self, parent: ProcessId) {
        if self.events.changed_families.len() < MOST_CHANGED_FAMILIES {
            self.events.changed_families.insert(parent);
        }
    }

    /// Most children run their parent's program in its cgroup: one string then serves both.
    pub(super) fn share_with_parent(&self, slot: usize, facts: &mut Facts) {
        let parent =
            self.trees.kernel.parent(slot).and_then(|parent| self.processes[parent].facts.as_ref());
        let Some(parent) = parent else { return };
        if facts.executable == parent.executable {
            facts.executable.clone_from(&parent.executable);
        }
        if facts.command_line == parent.command_line {
            facts.command_line.clone_from(&parent.command_line);
        }
        if facts.cgroup == parent.cgroup {
            facts.cgroup.clone_from(&parent.cgroup);
        }
    }
}

/// When to read the facts of a process again, now that they came in.
pub(super) fn next_reading(process: &Process, facts: Option<&Facts>, host: &Host) -> FactsReading {
    let Some(facts) = facts else { return FactsReading::Settled };
    let birth = BootTime::of_birth(process.key(), host);
    let age = facts.read_at.0.saturating_sub(birth.0);
    if facts.unread().is_some() {
        FactsReading::Until(BootTime(facts.read_at.0 + UNANSWERED_NANOS))
    } else if age < YOUNG_NANOS {
        FactsReading::Until(BootTime(birth.0 + YOUNG_NANOS))
    } else if facts.pipes.is_some() && age < PIPES_SETTLED_NANOS {
        FactsReading::Until(BootTime(birth.0 + 2 * age))
    } else {
        FactsReading::Settled
    }
}
