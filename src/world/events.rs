//! Folds events into the world: births, execs, exits, losses, in the order of the kernel's time.

use crate::record::memory_limit::of_events;
use crate::record::{
    BootTime, Change, Event, FLAG_FORKED_NO_EXEC, FLAG_KERNEL_THREAD, Fact, Image,
};
use crate::world::event_state::{Exit, LONGEST_SCAN_NANOS};
use crate::world::{Became, FactsReading, What, World};

const MOST_EXITS: usize = 4096;

impl World {
    pub(super) fn apply_events(&mut self, mut events: Vec<Event>) {
        if self.times.last_scan.is_none() {
            self.keep_early(events);
            return;
        }
        events.extend(self.events.held.drain(..).map(Exit::event));
        events.sort_by_key(|event| event.at);
        for event in events {
            self.apply_event(event);
        }
        self.retry_held();
        self.finish_events();
    }

    /// Keeps events until the first scan, within the memory that there is for what waits.
    fn keep_early(&mut self, events: Vec<Event>) {
        self.events.early.extend(events);
        if of_events(&self.events.early) > self.memory_limit().on_the_way() {
            let n_lost = std::mem::take(&mut self.events.early).len();
            self.on_loss(Some(n_lost as u64), self.times.now);
        }
    }

    /// Applies the events that came before the first scan.
    pub(super) fn apply_early_events(&mut self, began: BootTime) {
        let mut early = std::mem::take(&mut self.events.early);
        // The scan knows nothing of processes that ended before it.
        early.retain(|event| event.at >= began || !matches!(event.change, Change::Exit { .. }));
        early.sort_by_key(|event| event.at);
        for event in early {
            let is_known = self.living_slot(event.pid).is_some();
            if event.at >= began || is_known {
                self.apply_event(event);
            }
        }
    }

    /// Brings the world into order after a batch of events.
    fn finish_events(&mut self) {
        self.compare_with_parents();
        if self.events.exits.len() > MOST_EXITS {
            let horizon = self.times.now.0.saturating_sub(LONGEST_SCAN_NANOS);
            self.events.exits.retain(|_, (_, at)| at.0 >= horizon);
        }
        self.forget_ended();
        if self.changes.structure {
            self.rebuild_trees();
        }
    }

    fn apply_event(&mut self, event: Event) {
        let Event { at, pid, change } = event;
        let slot = self.living_slot(pid);
        match (change, slot) {
            (Change::Fork { parent }, _) => self.on_fork(at, pid, parent),
            (Change::Exec { image }, Some(slot)) => self.on_exec(slot, at, image),
            (Change::Exec { .. }, None) => self.note_stranger(pid, at, None, What::Exec),
            (Change::Exit { parent, wait_status }, _) => {
                self.on_exit(Exit { at, pid, parent, wait_status });
            }
            (Change::Rename { comm }, Some(slot)) => {
                if self.is_news(slot, at) {
                    self.processes[slot].stat.comm = comm;
                    self.processes[slot].seen.is_unnamed = false;
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
        let is_news = process.seen.known_at <= at;
        process.seen.known_at = process.seen.known_at.max(at);
        is_news
    }

    fn on_exec(&mut self, slot: usize, at: BootTime, mut image: Option<Image>) {
        if let Some(line) = image.as_mut().and_then(|image| image.command_line.as_mut()) {
            self.shorten(None, line);
        }
        let is_news = self.is_news(slot, at);
        let process = &mut self.processes[slot];
        let became = Became { at, image: image.clone() };
        process.history.images.get_or_insert_default().add(became);
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
            process.seen.is_unnamed = image.is_none();
            process.stat.comm = image.map_or_else(|| "?".into(), |image| image.comm);
            self.events.wanted_stats.push(process.stat.key.pid);
        }
        self.note(slot, at, What::Exec);
    }
}

#[cfg(test)]
mod tests;
