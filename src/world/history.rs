//! The processes that ended longer ago: a bounded memory, from which the oldest routine goes first.

use std::sync::Arc;

use crate::record::{BootTime, Image, ProcessId, ProcessKey};
use crate::world::store::{Extent, Item, Store};
use crate::world::{Adoption, Became, Origin, Process};

/// Processes that ended and of which nothing is left on the screen.
#[derive(Debug, Default)]
pub struct History {
    lives: Store<Process>,
    /// When the last of those ended that were let go.
    dropped: Option<BootTime>,
}

impl History {
    /// Every life that is remembered, in the order in which they came in.
    pub fn lives(&self) -> impl DoubleEndedIterator<Item = &Process> + ExactSizeIterator {
        self.lives.iter()
    }

    /// The one of that number.
    pub(super) fn get(&self, number: u64) -> Option<&Process> {
        self.lives.get(number)
    }

    /// Roughly what it takes, in bytes.
    pub fn bytes(&self) -> usize {
        self.lives.extent().bytes
    }

    /// When the last of those ended that were let go; `None` while all are kept.
    pub(crate) fn dropped(&self) -> Option<BootTime> {
        self.dropped
    }

    /// The same, to change what takes no room.
    pub(super) fn get_mut(&mut self, number: u64) -> Option<&mut Process> {
        self.lives.get_mut(number)
    }

    /// Remembers a process; its number.
    pub(super) fn add(&mut self, mut life: Process) -> u64 {
        life.strip();
        let number = self.lives.next();
        self.lives.push(life);
        number
    }

    /// Lets the oldest go, routine first, once they take more than that.
    pub(super) fn trim(&mut self, most_bytes: usize, mut on_dropped: impl FnMut(&Process)) {
        let most = Extent { items: usize::MAX, bytes: most_bytes };
        let dropped = &mut self.dropped;
        self.lives.trim(most, |life| {
            *dropped = (*dropped).max(life.ended.map(|end| end.at));
            on_dropped(life);
        });
    }

    pub(super) fn remove(&mut self, number: u64) -> Option<Process> {
        self.lives.remove(number)
    }

    /// Every life, to change what became known since and takes no room.
    pub(super) fn lives_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut Process> {
        self.lives.iter_mut()
    }
}

impl Item for Process {
    fn bytes(&self) -> usize {
        let images = self.history.images.as_ref().map_or(0, |images| images.iter().len() + 1);
        let boxes = self.history.origin.iter().count() * size_of::<Origin>()
            + self.history.adoption.iter().count() * size_of::<Adoption>()
            + images * size_of::<Became>();
        // Where it is, and which key means it; both have room to grow.
        let index = 2 * (size_of::<(ProcessKey, ProcessId)>() + size_of::<(u32, u64, u64)>());
        size_of::<(u64, Self)>() + boxes + index
    }

    fn texts(&self) -> impl Iterator<Item = &Arc<str>> {
        let facts = self.facts.iter().flat_map(|facts| {
            let read = [facts.command_line.known(), facts.executable.known()];
            read.into_iter().flatten().chain(&facts.cgroup)
        });
        let images = self.history.images.iter().flat_map(|images| images.iter());
        let images = images.filter_map(|became| became.image.as_ref());
        let images = images
            .flat_map(|Image { comm, command_line }| std::iter::once(comm).chain(command_line));
        let origin = self.history.origin.iter().map(|origin| &origin.creator_comm);
        let adoption = self.history.adoption.iter().map(|adoption| &adoption.creator_comm);
        std::iter::once(&self.stat.comm).chain(facts).chain(images).chain(origin).chain(adoption)
    }

    /// An end without failure, of a process that lost no parent and was no test process.
    fn is_routine(&self) -> bool {
        let has_failed = self.ended.is_some_and(|end| end.cause.is_failure());
        !has_failed && self.history.adoption.is_none() && self.test_process.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture::lines;
    use crate::world::{Cause, End};

    fn ended(pid: u32, status: i32) -> Process {
        let stat = lines(&format!("{pid} 1 1 1 - - x")).remove(0).stat;
        let mut life = Process::new(stat, BootTime(1));
        life.ended = Some(End { at: BootTime(2), cause: Cause::Status(status) });
        life
    }

    fn remembers(history: &History, pid: u32) -> bool {
        history.lives().any(|life| life.id().pid == pid)
    }

    #[test]
    fn the_oldest_routine_goes_first_and_failures_stay() {
        let mut history = History::default();
        history.add(ended(1, 9));
        history.trim(100_000, |_| {});
        assert_eq!(history.dropped(), None);
        for pid in 2..2_000 {
            history.add(ended(pid, 0));
            history.trim(100_000, |_| {});
            assert!(history.bytes() <= 100_000);
        }
        assert!(remembers(&history, 1) && remembers(&history, 1_999) && !remembers(&history, 2));
        assert_eq!(history.dropped(), Some(BootTime(2)));
    }

    #[test]
    fn a_life_that_is_taken_is_held_no_more() {
        let mut history = History::default();
        let numbers = [1, 2, 3].map(|pid| history.add(ended(pid, 0)));
        let all = history.bytes();
        let taken = history.remove(numbers[1]).unwrap();
        assert!(history.bytes() < all && !remembers(&history, 2) && remembers(&history, 3));
        let again = history.add(taken);
        assert_eq!((history.bytes(), history.lives().len()), (all, 3));
        for number in [numbers[0], again, numbers[2]] {
            history.remove(number).unwrap();
        }
        assert_eq!(history.bytes(), 0);
    }
}
