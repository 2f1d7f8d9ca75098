//! Who is who: births that are known from the time of an event, and what corrects them.
//!
//! The kernel notes a process's start before it tells of the fork, so the time of the event may
//! fall into a later clock tick. Until a read of its stat says better, such a birth is provisional.

use std::collections::HashMap;

use crate::record::{Birth, BootTime, Host, NANOS_PER_SECOND, Pid, ProcessKey, ScanSource, Stat};
use crate::world::{FactsReading, Process, World};

/// The birth of which an event tells, in the unit of the scans.
pub(super) fn birth_at(at: BootTime, host: &Host) -> Birth {
    match host.scan {
        ScanSource::Stat => Birth::Ticks(at.0 / host.nanos_per_tick()),
        ScanSource::Sysinfo => {
            Birth::Seconds(host.boot_unix_nanos.saturating_add(at.0) / NANOS_PER_SECOND)
        }
    }
}

impl World {
    /// Keys that were corrected since this was asked last: the old one, and the new.
    pub(crate) fn take_corrected_keys(&mut self) -> Vec<(ProcessKey, ProcessKey)> {
        std::mem::take(&mut self.corrected)
    }

    /// Whether the stat that was read speaks of the living process of its pid.
    pub(super) fn is_same(&self, slot: usize, read: ProcessKey) -> bool {
        let process = &self.processes[slot];
        let known = process.key();
        known == read || (process.open.birth && read.is_told_as(known))
    }

    /// The birth is confirmed, or corrected; the slot, which others may have left meanwhile.
    pub(super) fn confirm_birth(&mut self, slot: usize, read: ProcessKey) -> usize {
        let told = self.processes[slot].key();
        if told != read {
            self.give_way(read);
        }
        let slot = self.living_slot(told.pid).unwrap_or(slot);
        let process = &mut self.processes[slot];
        process.open.birth = false;
        if told != read {
            process.stat.key = read;
            process.facts_reading = FactsReading::Wanted;
            if let Some((_, test_process)) = self.expected_test_processes.remove(&read) {
                self.processes[slot].test_process = Some(Box::new(test_process));
            }
            self.corrected.push((told, read));
        }
        slot
    }

    /// Corrects everything that holds one of the keys corrected from `first` on.
    pub(super) fn spread_corrections(&mut self, first: usize) {
        if first == self.corrected.len() {
            return;
        }
        let corrected: HashMap<ProcessKey, ProcessKey> =
            self.corrected[first..].iter().copied().collect();
        let pids: std::collections::HashSet<Pid> = corrected.keys().map(|key| key.pid).collect();
        let correct = |key: &mut ProcessKey| {
            if pids.contains(&key.pid)
                && let Some(better) = corrected.get(key)
            {
                *key = *better;
            }
        };
        self.change_keys(&correct);
        self.changes.structure = true;
    }

    /// The ghost of the process of which a stat was read.
    pub(super) fn ghost_slot(&self, read: ProcessKey) -> Option<usize> {
        let mut told = read.told_keys().filter_map(|told| self.ended.get(&told).copied());
        told.find(|slot| is_meant(&self.processes[*slot], read))
    }

    /// The process of which a stat was read, as a ghost again if it was forgotten: over is not
    /// gone, while nobody reaps it.
    pub(super) fn forgotten_slot(&mut self, stat: &Stat) -> Option<usize> {
        let read = stat.key;
        let is_it = |life: &&Process| {
            let is_over = life.exit.is_some_and(|exit| exit.cause.status().is_some());
            stat.has_ended() || !is_over
        };
        let mut told = read.told_keys().filter_map(|told| self.history.get(told));
        let key = told.find(|life| is_meant(life, read)).filter(is_it)?.key();
        let life = self.history.take(key)?;
        let slot = self.processes.len();
        self.ended.insert(key, slot);
        self.processes.push(life);
        self.changes.structure = true;
        Some(slot)
    }
}

/// Whether it was read with that key, or may have been: its own birth is known from an event only.
fn is_meant(life: &Process, read: ProcessKey) -> bool {
    life.key() == read || life.open.birth
}
