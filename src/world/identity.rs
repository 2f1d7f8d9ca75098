//! Births known only from an event's time, until a stat confirms them.

use crate::record::{Birth, BootTime, Host, NANOS_PER_SECOND, ProcessKey, ScanSource, Stat};
use crate::world::{FactsReading, KeySource, World};

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
    /// The birth is confirmed, or corrected.
    pub(super) fn confirm_birth(&mut self, slot: usize, read: ProcessKey) {
        let process = &mut self.processes[slot];
        process.open.birth = false;
        if process.stat.key == read {
            return;
        }
        process.stat.key = read;
        process.facts_reading = FactsReading::Wanted;
        if let Some((_, test_process)) = self.expected_test_processes.remove(&read) {
            process.test_process = Some(Box::new(test_process));
        }
        // Siblings stand in the order of their births.
        self.changes.structure = true;
    }

    /// The ghost of the process of which a stat was read. One that is remembered only gets a row
    /// again: over is not gone, while nobody reaps it.
    pub(super) fn ghost_slot(&mut self, stat: &Stat) -> Option<usize> {
        let id = self.processes.resolve(stat.key, KeySource::Stat)?;
        if let Some(slot) = self.slot_of(id) {
            return Some(slot);
        }
        let is_over = self.life(id)?.exit.is_some_and(|exit| exit.cause.status().is_some());
        if is_over && !stat.has_ended() {
            return None;
        }
        self.changes.structure = true;
        self.processes.recall(id)
    }
}
