//! The memory of the world: what is over is remembered within its share, long command lines are cut
//! where they are many, and freed room is given back.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

use crate::record::{Fact, Facts, MemoryLimit, Shares, arguments};
use crate::world::{Process, World};

/// Command lines up to that length are never cut: as much as `/proc` reported of one before Linux
/// 4.2.
const SHORT_LINE: usize = 4096;
/// Room for so many is never given back.
const KEPT_ROOM: usize = 1024;
/// Where nobody reads stats, so many requests for them are kept.
const MOST_WANTED: usize = 16 * 1024;

/// The memory that may be used for what is over.
#[derive(Debug)]
pub(super) struct Memory {
    limit: MemoryLimit,
    pub(super) shares: Shares,
    /// The most that long command lines of processes with a row take.
    long_lines: usize,
    has_warned: bool,
}

impl Default for Memory {
    fn default() -> Self {
        let limit = MemoryLimit::default();
        Self { limit, shares: limit.shares(0), long_lines: 0, has_warned: false }
    }
}

impl World {
    /// The memory limit of all of the program.
    pub(crate) fn memory_limit(&self) -> MemoryLimit {
        self.memory.limit
    }

    /// Sets the memory limit of all of the program.
    pub(crate) fn set_memory_limit(&mut self, limit: MemoryLimit) {
        self.memory.limit = limit;
        self.share_out();
    }

    /// The number of living processes, once, if they take so much that little is remembered of
    /// what is over.
    pub(crate) fn squeezed_by(&mut self) -> Option<usize> {
        let warns =
            self.memory.shares.is_squeezed && !std::mem::replace(&mut self.memory.has_warned, true);
        warns.then(|| self.processes.n_living())
    }

    /// Gives each its share, and room back that is not needed any more.
    pub(super) fn share_out(&mut self) {
        self.memory.shares = self.memory.limit.shares(self.processes.n_living());
        self.processes.trim(self.memory.shares.history);
        self.processes.give_back();
        shrink_map(&mut self.events.exits);
        shrink_map(&mut self.events.born);
        shrink_set(&mut self.changes.touched);
        let surplus = self.events.wanted_stats.len().saturating_sub(MOST_WANTED);
        self.events.wanted_stats.drain(..surplus);
        self.events.wanted_stats.shrink_to(MOST_WANTED);
    }

    /// Cuts a long command line that was read, where such ones take their share already.
    pub(super) fn shorten_facts(&mut self, slot: usize, facts: &mut Facts) {
        let known = self.processes[slot].facts.as_ref();
        let known = known.and_then(|facts| facts.command_line.known()).cloned();
        if let Fact::Known(line) = &mut facts.command_line {
            self.shorten(known, line);
        }
    }

    /// Shortens any command line; `known` is a copy already held.
    pub(super) fn shorten(&mut self, known: Option<Arc<str>>, line: &mut Arc<str>) {
        if line.len() <= SHORT_LINE {
            return;
        }
        if let Some(known) = known.filter(|known| known == line) {
            *line = known;
            return;
        }
        let share = self.memory.limit.long_lines();
        if self.memory.long_lines + line.len() > share {
            self.memory.long_lines = self.count_long_lines();
        }
        if self.memory.long_lines + line.len() > share {
            *line = arguments::cut(line, SHORT_LINE);
        } else {
            self.memory.long_lines += line.len();
        }
    }

    fn count_long_lines(&self) -> usize {
        let mut seen = HashSet::new();
        let lines = self.processes.iter().flat_map(lines_of).filter(|line| line.len() > SHORT_LINE);
        let new = lines.filter(|line| seen.insert(Arc::as_ptr(line).cast::<u8>()));
        new.map(|line| line.len()).sum()
    }
}

/// Every command line that a process is known by.
fn lines_of(process: &Process) -> impl Iterator<Item = &Arc<str>> {
    let images = process.history.images.iter().flat_map(|images| images.iter());
    let images = images.filter_map(|became| became.image.as_ref()?.command_line.as_ref());
    let facts = process.facts.iter().filter_map(|facts| facts.command_line.known());
    facts.chain(images)
}

pub(super) fn is_wasteful(capacity: usize, needed: usize) -> bool {
    capacity > KEPT_ROOM && capacity / 4 > needed
}

pub(super) fn shrink_map<K: Eq + Hash, V>(map: &mut HashMap<K, V>) {
    if is_wasteful(map.capacity(), map.len()) {
        map.shrink_to(2 * map.len());
    }
}

fn shrink_set<K: Eq + Hash>(set: &mut HashSet<K>) {
    if is_wasteful(set.capacity(), set.len()) {
        set.shrink_to(2 * set.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Observation, Record};
    use crate::tests::fixture::{facts_of, lines, scan, world};

    /// A table of so many processes beside init.
    fn table(n_processes: u32) -> String {
        let others = (10..10 + n_processes).map(|pid| format!("{pid} 1 1 1 - - x | start=50"));
        ["1 0 1 1 - - init".to_owned()].into_iter().chain(others).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn of_many_long_command_lines_the_later_are_cut() {
        let table = lines(&table(100));
        let mut world = World::new(crate::tests::fixture::host(), 3.0);
        world.apply(scan(&table, 1_000));
        let Observation::Facts(mut read) = facts_of(&table, 1_001).observation else { panic!() };
        for (key, facts) in &mut read {
            let line = format!("x\0{}{}\0", key.pid, "y".repeat(120_000));
            facts.get_or_insert_default().command_line = Fact::Known(line.into());
        }
        let at = world.now();
        for _ in 0..3 {
            world.apply(Record { at, observation: Observation::Facts(read.clone()) });
        }
        let share = MemoryLimit::default().long_lines();
        assert!((share - 120_100..=share).contains(&world.count_long_lines()));
        let known = world.living(109).unwrap().command_line().unwrap().line();
        assert!(known.len() <= SHORT_LINE + 8 && known.ends_with("yyy\u{2026}"), "{known}");
        assert_eq!(world.living(10).unwrap().command_line().unwrap().line().len(), 120_004);
    }

    #[test]
    fn room_that_a_load_needed_is_given_back() {
        let mut world = world(&table(10_000).replace('\n', " |\n"));
        assert!(world.processes.capacities()[1] > 10_000 && world.squeezed_by().is_none());
        let few = lines(&table(50));
        for second in 2_000..2_010 {
            world.apply(scan(&few, second));
        }
        assert_eq!(world.processes.n_living(), 51);
        for capacity in world.processes.capacities() {
            assert!(capacity < 4_000, "{capacity}");
        }
    }

    #[test]
    fn what_lives_is_never_dropped_and_a_squeeze_is_reported_once() {
        let mut world = World::new(crate::tests::fixture::host(), 3.0);
        world.set_memory_limit(MemoryLimit::megabytes(32));
        let table = lines(&table(10_000));
        world.apply(scan(&table, 1_000));
        assert_eq!(world.processes.n_living(), 10_001);
        assert_eq!(world.squeezed_by(), Some(10_001));
        world.apply(scan(&table, 1_001));
        assert_eq!(world.squeezed_by(), None);
    }
}
