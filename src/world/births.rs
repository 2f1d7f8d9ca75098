//! Births from events: a child begins as a copy of its creator.

use std::sync::Arc;

use crate::record::{BootTime, FLAG_FORKED_NO_EXEC, Pid, ProcessKey, Stat, State, Usage};
use crate::world::creators::{copied_facts, layout_at};
use crate::world::identity::birth_at;
use crate::world::{Cause, End, FactsReading, KeySource, Open, Origin, Process, What, World};

const NOTHING_USED: Usage = Usage { cpu_nanos: Some(0), resident: None };
/// A forked child runs its creator's program: its own facts are worth reading once it is so old.
const SETTLED_NANOS: u64 = 100_000_000;

impl World {
    pub(super) fn on_fork(&mut self, at: BootTime, pid: Pid, parent: Pid) {
        let key = ProcessKey { pid, birth: birth_at(at, &self.host) };
        let creator = self.living_slot(parent).filter(|_| parent != pid);
        let origin = creator.map(|slot| {
            let creator = &self.processes[slot];
            let (parent, creator_comm) = (creator.id(), creator.stat.comm.clone());
            Box::new(Origin { parent, creator: Some(parent), creator_comm, at })
        });
        if let Some(slot) = self.living_slot(pid) {
            let known = &self.processes[slot];
            // A birth is reported once: where a loss had it reported already, this is a
            // successor's.
            let is_unreported = known.history.origin.is_none()
                && (!known.seen.born_here || self.events.awaited_births.contains(&known.id()));
            let is_same = known.exit.is_none() && is_unreported;
            let id = known.id();
            if is_same && self.processes.is_at(slot, key, KeySource::Event) {
                // A scan was quicker.
                let layout = creator.and_then(|slot| layout_at(&self.processes[slot], at));
                self.events.confirmed.push((id, layout));
                self.processes[slot].history.origin = origin;
                self.events.awaited_births.remove(&id);
                self.touch(slot);
                self.note(slot, at, What::Fork);
                self.notice_earlier_adoption(slot, at);
                return;
            }
            self.end(slot, End { at, cause: Cause::Lost });
        }
        let mut process = match creator {
            Some(slot) => forked_from(&self.processes[slot], key, at),
            None => unnamed(Process::new(unknown_child(key, parent), at), true),
        };
        process.parent = origin.as_ref().map(|origin| origin.parent);
        process.history.origin = origin;
        process.seen.born_here = true;
        process.open = Open { birth: true, ..Open::default() };
        process.test_process = self
            .expected_test_processes
            .remove(&key)
            .map(|(_, test_process)| Box::new(test_process));
        let slot = self.processes.insert(process);
        self.events.wanted_stats.push(pid);
        if let Some(parent) = self.processes[slot].parent {
            self.events.born.entry(parent).or_default().push(self.processes[slot].id);
            self.change_family(parent);
        }
        self.touch(slot);
        self.changes.structure = true;
        self.note(slot, at, What::Fork);
    }

    /// Found by a scan before its birth was reported, under another parent than its creator: that
    /// one had ended by then.
    fn notice_earlier_adoption(&mut self, slot: usize, at: BootTime) {
        let process = &self.processes[slot];
        let first = process.history.origin.as_ref().map(|origin| origin.parent);
        let (Some(first), Some(parent)) = (first, process.parent) else { return };
        if first == parent || process.history.adoption.is_some() {
            return;
        }
        if self.is_end_unreported(first) {
            let id = process.id();
            let process = &mut self.processes[slot];
            process.parent = Some(first);
            process.open.parent = Some(self.times.now);
            self.events.born.entry(first).or_default().push(id);
            self.changes.structure = true;
        } else {
            let ended = self.life(first).and_then(|life| life.exit);
            self.lose_parent(slot, first, ended.map_or(at, |end| end.at.max(at)));
            self.gain_adopter(slot, Some(parent));
        }
    }
}

/// A forked child is a copy of its creator (fork(2)): name, group, session, terminal, program.
fn forked_from(creator: &Process, key: ProcessKey, at: BootTime) -> Process {
    let stat = Stat {
        key,
        ppid: creator.id().pid,
        state: State::Running,
        flags: creator.stat.flags.map(|flags| flags | FLAG_FORKED_NO_EXEC),
        threads: Some(1),
        usage: NOTHING_USED,
        wait_status: None,
        layout: layout_at(creator, at),
        ..creator.stat.clone()
    };
    let facts = copied_facts(creator, at);
    let facts_reading = match facts {
        Some(_) => FactsReading::Until(BootTime(at.0 + SETTLED_NANOS)),
        None => FactsReading::Wanted,
    };
    let child = Process { facts, facts_reading, ..Process::new(stat, at) };
    unnamed(child, creator.seen.is_unnamed)
}

fn unnamed(mut process: Process, is_unnamed: bool) -> Process {
    process.seen.is_unnamed = is_unnamed;
    process
}

fn unknown_child(key: ProcessKey, parent: Pid) -> Stat {
    let unknown: Arc<str> = "?".into();
    Stat {
        key,
        ppid: parent,
        pgid: None,
        sid: None,
        tty: None,
        foreground: None,
        state: State::Running,
        flags: Some(FLAG_FORKED_NO_EXEC),
        nice: None,
        threads: Some(1),
        usage: NOTHING_USED,
        comm: unknown,
        wait_status: None,
        layout: None,
    }
}
