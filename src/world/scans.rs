//! Folds stats into the world: whole tables, and those of single processes.

use crate::record::{BootTime, EventSource, Fact, Image, Pid, Scan, Stat, Stats};
use crate::world::{
    Became, Cause, End, FactsReading, KeySource, Process, Seen, What, World, cpu_percent,
};

/// A process younger than this is gone only once two scans missed it, where pids are looked for.
const YOUNG_NANOS: u64 = 2_000_000_000;

impl World {
    pub(super) fn apply_scan(&mut self, scan: Scan) {
        if self.times.last_scan.is_some_and(|last| scan.began < last) {
            return;
        }
        let is_first = self.times.last_scan.is_none();
        let last_scan = self.times.last_scan;
        let interval =
            last_scan.and_then(|last| cpu_percent::interval(scan.began.seconds_since(last)));
        for stat in scan.processes {
            self.on_stat(stat, scan.began, interval);
        }
        self.hide(&scan.hidden, scan.began);
        self.start_the_lost(scan.began);
        self.end_the_absent(scan.began, scan.ended);
        self.times.previous_scan = self.times.last_scan.replace(scan.began);
        self.times.first_scan.get_or_insert(scan.began);
        if is_first {
            self.find_parents();
            self.rebuild_trees();
            self.apply_early_events(scan.began);
        }
        self.changes.everyone |= self.changes.structure;
        self.changes.everyone |= self.judged.again_at.is_some_and(|at| at <= self.times.now);
        self.finish_reading(scan.began, Self::find_parents);
        // A test process that this scan had to find, and did not, has already ended.
        self.expected_test_processes.retain(|_, (reported_at, _)| *reported_at >= scan.began);
        self.events.exits.retain(|_, (_, at)| *at >= scan.began);
        if self.events.losses.unrepaired.take_if(|at| *at < scan.began).is_some() {
            self.events.losses.repaired_at = Some(scan.began);
        }
        self.figures.problems.clear();
    }

    /// Takes in the stats of single processes, which no scan can stand for.
    pub(super) fn apply_stats(&mut self, stats: Stats) {
        if self.times.last_scan.is_none() {
            return;
        }
        let read: Vec<Pid> = stats.processes.iter().map(|stat| stat.key.pid).collect();
        for stat in stats.processes {
            self.on_stat(stat, stats.began, None);
        }
        if self.events.source != EventSource::Connector {
            for pid in stats.gone {
                let Some(slot) = self.living_slot(pid) else { continue };
                // A pid is given before its process is there to be found (`copy_process`).
                let process = &self.processes[slot];
                if process.seen.known_at < stats.began && !self.is_young(process) {
                    self.end(slot, End { at: stats.began, cause: Cause::NotWatched });
                }
            }
        }
        self.finish_reading(stats.began, |world| {
            for pid in read {
                if let Some(slot) = world.living_slot(pid) {
                    world.find_parent(slot);
                }
            }
        });
    }

    fn finish_reading(&mut self, began: BootTime, find_parents: impl FnOnce(&mut Self)) {
        self.retry_held();
        // Before anyone is forgotten: adoptions name the creator that has just ended.
        find_parents(self);
        self.compare_with_parents();
        for key in std::mem::take(&mut self.events.started) {
            if let Some(slot) = self.slot_of(key) {
                self.note(slot, self.processes[slot].seen.first, What::Start);
            }
        }
        self.forget_ended();
        if self.changes.structure {
            self.rebuild_trees();
        }
        if self.changes.structure || !self.events.changed_families.is_empty() {
            self.note_changed_families(began);
        }
    }

    /// Takes in one stat.
    fn on_stat(&mut self, stat: Stat, began: BootTime, interval: Option<f64>) {
        let Some(slot) = self.living_slot(stat.key.pid) else {
            self.insert(stat, began);
            return;
        };
        let id = self.processes[slot].id;
        let is_same = self.processes.is_at(slot, stat.key, KeySource::Stat);
        let process = &self.processes[slot];
        // A pid that was used again during the pass may be found twice: the younger counts.
        let is_older = process.seen.known_at > began
            || (!is_same && process.seen.known_at == began && process.key().birth > stat.key.birth);
        if is_older {
            return;
        }
        if is_same {
            let is_unconfirmed = self.processes[slot].open.birth;
            self.confirm_birth(slot, stat.key);
            let known = &self.processes[slot];
            let layout = known.stat.layout;
            if is_unconfirmed && known.history.origin.is_some() {
                self.events.confirmed.push((id, layout));
            }
            self.renew(slot, stat, interval);
            let process = &mut self.processes[slot];
            if process.stat.layout != layout {
                process.seen.layout_since = began;
            }
            process.seen.known_at = began;
            process.open.adopter = false;
            process.open.end = false;
        } else {
            // It ended before its successor was born, which this record tells.
            let cause = self.cause_of_absence();
            self.end(slot, End { at: self.times.now, cause });
            self.insert(stat, began);
        }
    }

    /// Ends every process that was known before a scan began, and is not in it.
    fn end_the_absent(&mut self, began: BootTime, ended: BootTime) {
        // Only the next scan, or a loss, says that its event does not come.
        let awaits_events = self.awaits_events();
        // Two sources read at once where pids are looked for: a young process may be missing in
        // what one of them read.
        let is_watching = matches!(self.events.source, EventSource::Pidfd | EventSource::Loadavg);
        let cause = self.cause_of_absence();
        let mut absent: Vec<usize> = Vec::new();
        for slot in self.slots() {
            let process = &self.processes[slot];
            if process.ended.is_some() || process.seen.known_at >= began {
                continue;
            }
            let waits = awaits_events || (is_watching && self.is_young(process));
            if waits && process.exit.is_none() && !process.open.end {
                self.processes[slot].open.end = true;
            } else {
                absent.push(slot);
            }
        }
        // The order of ends within a family is not known: children are no orphans if they are gone,
        // too.
        absent.sort_by_key(|slot| std::cmp::Reverse(self.processes[*slot].key().birth_order()));
        for slot in absent {
            self.end(slot, End { at: ended, cause });
        }
    }

    fn is_young(&self, process: &Process) -> bool {
        process.born_at(&self.host).0.saturating_add(YOUNG_NANOS) > self.times.now.0
    }

    pub(super) fn cause_of_absence(&self) -> Cause {
        match self.events.source {
            EventSource::Connector => Cause::Lost,
            EventSource::Pidfd | EventSource::Loadavg | EventSource::None => Cause::NotWatched,
        }
    }

    fn insert(&mut self, stat: Stat, at: BootTime) {
        let key = stat.key;
        // An event reported its end after this was read.
        let is_known_as = |id| self.processes.resolve(key, KeySource::Stat) == Some(id);
        let exit = self.events.exits.get(&key.pid);
        if exit.is_some_and(|(id, ended)| *ended >= at && is_known_as(*id)) {
            return;
        }
        if let Some(slot) = self.ghost_slot(&stat) {
            if self.processes[slot].ended.is_none_or(|end| end.at <= at) {
                self.revive(slot, stat, at);
            }
            return;
        }
        let born_here = self.times.last_scan.is_some();
        let age = at.seconds_since(BootTime::of_birth(key, &self.host));
        let cpu_percent = if born_here { cpu_percent::since_birth(&stat, age) } else { None };
        let test_process = self
            .expected_test_processes
            .remove(&key)
            .map(|(_, test_process)| Box::new(test_process));
        // Reading takes its time: a process born since it began is missing in what another source
        // read meanwhile, and is not gone for that. Births are reported in whole ticks.
        let tick = self.host.nanos_per_tick();
        let born = BootTime(BootTime::of_birth(key, &self.host).0.saturating_add(tick));
        let known_at = at.max(born.min(self.times.now));
        let ended_before = !born_here && stat.has_ended();
        let mut process = Process { cpu_percent, test_process, ..Process::new(stat, at) };
        process.seen = Seen { known_at, born_here, ended_before, ..process.seen };
        let awaits_birth = born_here && (self.awaits_events() || self.was_spared(born));
        let slot = self.processes.insert(process);
        self.touch(slot);
        self.changes.structure = true;
        if awaits_birth {
            self.events.awaited_births.insert(self.processes[slot].id);
        } else if born_here {
            self.events.started.push(self.processes[slot].id);
        }
    }

    fn renew(&mut self, slot: usize, mut stat: Stat, interval: Option<f64>) {
        let process = &mut self.processes[slot];
        if interval.is_none() && self.times.last_scan.is_some() && process.cpu_percent.is_some() {
            // The next scan works out the share since the last one.
            stat.usage.cpu_nanos = process.stat.usage.cpu_nanos;
        }
        // The status that an event reported of a zombie stays known where its stat does not tell
        // it.
        let reported = process.exit.and_then(|exit| exit.cause.status());
        stat.wait_status = stat.wait_status.or(reported.filter(|_| stat.has_ended()));
        if stat.state != process.stat.state {
            process.seen.state_since = self.times.now;
        }
        let old = std::mem::replace(&mut process.stat, stat);
        process.seen.is_unnamed = false;
        let new = &process.stat;
        if let Some(share) = interval.and_then(|seconds| cpu_percent::between(&old, new, seconds)) {
            process.cpu_percent = Some(share);
        }
        let execed = old.became_another(new);
        // The kernel composes the name of a worker of its own at each read, of what it works for
        // just then (fs/proc/array.c, `proc_task_name`).
        let renamed = old.comm != new.comm && !new.is_kernel_thread();
        let moved = (old.pgid, old.sid, old.tty) != (new.pgid, new.sid, new.tty);
        let changed_relatives = old.ppid != new.ppid || old.has_ended() != new.has_ended();
        if renamed || execed || old.never_execed() != new.never_execed() {
            process.facts_reading = FactsReading::Wanted;
            process.recognition = None;
        }
        if changed_relatives {
            self.changes.structure = true;
        }
        if renamed || execed || moved || changed_relatives {
            self.touch(slot);
        }
        let process = &self.processes[slot];
        let died = process.stat.has_ended() && process.exit.is_none() && !process.seen.ended_before;
        // The event of a process that was over at an earlier reading is among the lost.
        let is_unreported = old.has_ended() && interval.is_some();
        if died && (is_unreported || !self.awaits_events()) {
            self.note_death(slot);
        }
        if execed || renamed || self.processes[slot].is_newest_image_unread() {
            self.note_new_program(slot, execed);
        }
    }

    /// A stat shows another program or name than before.
    fn note_new_program(&mut self, slot: usize, execed: bool) {
        let at = self.times.now;
        let process = &mut self.processes[slot];
        let (key, comm) = (process.id(), process.stat.comm.clone());
        if let Some(unread) = process.history.images.as_mut().and_then(|images| images.newest_mut())
            && unread.image.is_none()
        {
            let image = Image { comm: comm.clone(), command_line: None };
            unread.image = Some(image);
            self.update_entry(key, |what| what == What::Exec, |entry| entry.comm = Some(comm));
        } else if self.events.source != EventSource::Connector {
            if execed {
                // The facts are those of another program.
                if let Some(facts) = &mut process.facts {
                    (facts.executable, facts.command_line) = (Fact::Absent, Fact::Absent);
                }
                let image = Image { comm, command_line: None };
                process
                    .history
                    .images
                    .get_or_insert_default()
                    .add(Became { at, image: Some(image) });
            }
            self.note(slot, at, if execed { What::Exec } else { What::Rename });
        }
    }
}
