//! Writes entries into the log.

use std::sync::Arc;

use crate::record::{BootTime, Pid, ProcessId};

use crate::world::{Entry, Process, What, World};

impl World {
    pub(super) fn note(&mut self, slot: usize, at: BootTime, what: What) {
        self.note_below(self.processes[slot].stat.ppid, slot, at, what);
    }

    /// The same under the parent that it had at that time.
    pub(super) fn note_below(&mut self, parent: Pid, slot: usize, at: BootTime, what: What) {
        let process = &self.processes[slot];
        let creator = process.creator();
        self.log.push(Entry {
            id: Some(process.id),
            comm: process.name().cloned(),
            command_line: command_line(process, what),
            parent: Some(parent),
            creator,
            creator_comm: creator.and_then(|creator| self.creator_comm(process, creator)),
            ..Entry::new(process.id.pid, at, what)
        });
    }

    fn creator_comm(&self, process: &Process, creator: ProcessId) -> Option<Arc<str>> {
        let seen = process.history.origin.as_ref().map(|origin| origin.creator_comm.clone());
        seen.or_else(|| self.life(creator).map(|creator| creator.stat.comm.clone()))
    }

    /// Notes what happened to a process that is not known.
    pub(super) fn note_stranger(
        &mut self,
        pid: Pid,
        at: BootTime,
        parent: Option<Pid>,
        what: What,
    ) {
        self.log.push(Entry { parent, ..Entry::new(pid, at, what) });
    }

    /// Notes what came of a signal to a process, which is known by that name.
    pub(crate) fn log_comparison(
        &mut self,
        id: ProcessId,
        name: Arc<str>,
        what: What,
        outcome: Arc<str>,
    ) {
        let creator = self.life(id).and_then(Process::known_creator);
        self.log.push(Entry {
            id: Some(id),
            comm: Some(name),
            parent: self.life(id).map(|life| life.stat.ppid),
            creator,
            outcome: Some(outcome),
            ..Entry::new(id.pid, self.times.now, what)
        });
    }

    /// Completes the newest entry of that kind about a process.
    pub(super) fn update_entry(
        &mut self,
        id: ProcessId,
        is_meant: fn(What) -> bool,
        change: impl FnOnce(&mut Entry),
    ) {
        self.log.update_newest(|entry| entry.id == Some(id) && is_meant(entry.what), change);
    }
}

/// The arguments that the process has since; right after an exec they may not be read yet.
fn command_line(process: &Process, what: What) -> Option<Arc<str>> {
    if what == What::Exec {
        let newest = process.history.images.as_ref()?.iter().next_back()?;
        return newest.image.as_ref()?.command_line.clone();
    }
    process.facts.as_ref()?.command_line.known().cloned()
}
