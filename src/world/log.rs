//! The log: events in order, each with its process. Bounded in bytes and in number: the oldest
//! routine goes first.

use std::sync::Arc;

use strum::IntoStaticStr;

use crate::record::{BootTime, Pid, ProcessId};
use crate::world::Cause;
use crate::world::store::{Extent, Item, Store};

/// How many entries are kept at most, however short they are: all are gone through to be shown.
pub(crate) const MOST_ENTRIES: usize = 8192;

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    /// Counts entries from the beginning; never used again.
    pub(crate) number: u64,
    pub(crate) at: BootTime,
    /// The process that it happened to; 0 where it happened to none.
    pub(crate) pid: Pid,
    /// The process, if it was known.
    pub(crate) id: Option<ProcessId>,
    /// Its name since; `None` if that is not known.
    pub(crate) comm: Option<Arc<str>>,
    /// Its arguments since, each ended by a NUL, where they are known.
    pub(crate) command_line: Option<Arc<str>>,
    /// Its parent at that time, where that is known: the one that ended, where it is orphaned.
    pub(crate) parent: Option<Pid>,
    /// Its creator, where that is known.
    pub(crate) creator: Option<ProcessId>,
    /// The creator's name when it did.
    pub(crate) creator_comm: Option<Arc<str>>,
    pub(crate) what: What,
    /// Whether it was born as a sibling of its creator (`CLONE_PARENT`, clone(2)), which is in
    /// doubt.
    pub(crate) is_sibling: bool,
    /// The outcome of a signal, in words, where `what` is a comparison.
    pub(crate) outcome: Option<Arc<str>>,
}

impl Entry {
    /// An entry about a process of which nothing but the pid is known.
    pub(crate) fn new(pid: Pid, at: BootTime, what: What) -> Self {
        Self {
            number: 0,
            at,
            pid,
            id: None,
            comm: None,
            command_line: None,
            parent: None,
            creator: None,
            creator_comm: None,
            what,
            is_sibling: false,
            outcome: None,
        }
    }
}

/// The kinds of entries.
#[derive(Clone, Copy, Debug, PartialEq, IntoStaticStr)]
#[strum(const_into_str, serialize_all = "lowercase")]
pub(crate) enum What {
    /// A scan found it; its creation was not seen.
    Start,
    Fork,
    Exec,
    Exit {
        cause: Cause,
        /// How long it lived, in nanoseconds, where its birth is known.
        lived: Option<u64>,
    },
    /// Its parent ended, and another adopted it.
    Orphan {
        /// Its adopter; `None` until that is known.
        adopter: Option<Pid>,
    },
    Rename,
    /// It leads a session of its own.
    Session,
    /// It acts for another user.
    User(u32),
    /// Events were lost: how many, if that is known.
    Lost(Option<u64>),
    /// The outcome of a signal to it was compared with the prediction.
    #[strum(serialize = "signal")]
    Compared(Comparison),
    /// Something else became of it than was predicted of a signal.
    Mismatch,
}

/// How what happened stands to what was predicted, the weightiest last.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Comparison {
    /// Nothing was predicted of it, and the signal did nothing that could explain it.
    Unrelated,
    Matched,
    /// Nobody can tell yet: a handler decides, or its adopter is not known.
    Pending,
    /// It did not come true, or was not predicted.
    Mismatch,
}

impl Item for Entry {
    fn bytes(&self) -> usize {
        size_of::<(u64, Self)>()
    }

    fn texts(&self) -> impl Iterator<Item = &Arc<str>> {
        let names = self.comm.iter().chain(&self.creator_comm);
        names.chain(&self.command_line).chain(&self.outcome)
    }

    /// Births, programs, and ends without failure.
    fn is_routine(&self) -> bool {
        match self.what {
            What::Start | What::Fork | What::Exec | What::Rename | What::Session => true,
            What::Exit { cause, .. } => cause.status().is_none_or(|status| status == 0),
            What::Orphan { .. }
            | What::User(_)
            | What::Lost(_)
            | What::Compared(_)
            | What::Mismatch => false,
        }
    }
}

/// The newest entries; of what is no routine, also older ones.
#[derive(Debug, Default)]
pub(crate) struct Log {
    entries: Store<Entry>,
    /// When the newest entry happened that was let go.
    dropped: Option<BootTime>,
}

impl Log {
    /// Every entry that is kept, the oldest first.
    pub(crate) fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> + ExactSizeIterator {
        self.entries.iter()
    }

    /// The entries from that number on.
    pub(crate) fn since(&self, number: u64) -> impl Iterator<Item = &Entry> {
        self.entries.since(number)
    }

    /// When the newest entry happened that was let go; `None` while all are kept.
    pub(crate) fn dropped(&self) -> Option<BootTime> {
        self.dropped
    }

    /// The number that the next entry will have.
    pub(crate) fn next(&self) -> u64 {
        self.entries.next()
    }

    #[cfg(test)]
    /// Roughly what it takes, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.entries.extent().bytes
    }

    pub(crate) fn push(&mut self, entry: Entry) {
        self.entries.push(Entry { number: self.entries.next(), ..entry });
    }

    /// Lets the oldest entries go, routine first; what is none may fill half of the log. Those of
    /// one record stay together until the next one comes, so that a look after each record
    /// misses none.
    pub(crate) fn trim(&mut self, most_bytes: usize) {
        let dropped = &mut self.dropped;
        let most = Extent { items: MOST_ENTRIES, bytes: most_bytes };
        self.entries.trim(most, |entry| *dropped = (*dropped).max(Some(entry.at)));
    }

    /// Completes the newest entry that is meant.
    pub(crate) fn update_newest(
        &mut self,
        is_meant: impl Fn(&Entry) -> bool,
        change: impl FnOnce(&mut Entry),
    ) {
        self.entries.change_newest(is_meant, change);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: usize = MOST_ENTRIES / 16;
    const MUCH: usize = usize::MAX;

    fn fork() -> Entry {
        Entry::new(5, BootTime(1), What::Fork)
    }

    #[test]
    fn the_oldest_entries_go_and_numbers_go_on() {
        let mut log = Log::default();
        let entry = fork();
        let all = MOST_ENTRIES as u64 + 10;
        for _ in 0..all {
            log.push(entry.clone());
        }
        assert_eq!(log.since(0).count() as u64, all);
        log.trim(MUCH);
        assert_eq!((log.entries().len(), log.next()), (MOST_ENTRIES - ROOM, all));
        assert_eq!(log.entries().next().map(|entry| entry.number), Some(10 + ROOM as u64));
        assert_eq!(log.since(all - 2).map(|e| e.number).collect::<Vec<_>>(), [all - 2, all - 1]);
        assert_eq!(log.since(3).count(), MOST_ENTRIES - ROOM);
        assert_eq!(log.since(all).count(), 0);
        assert_eq!(log.dropped(), Some(BootTime(1)));
    }

    #[test]
    fn failures_outlive_floods_of_routine_but_not_without_bound() {
        let mut log = Log::default();
        let failure = Entry { at: BootTime(7), what: What::Mismatch, ..fork() };
        log.push(failure.clone());
        for _ in 0..3 * MOST_ENTRIES {
            log.push(fork());
            log.trim(MUCH);
        }
        assert_eq!(log.entries().next().map(|entry| entry.at), Some(BootTime(7)));
        assert_eq!(log.since(1).count(), log.entries().len() - 1);
        assert!(log.entries().len() <= MOST_ENTRIES);
        for _ in 0..2 * MOST_ENTRIES {
            log.push(failure.clone());
            log.trim(MUCH);
        }
        assert!(log.entries().len() <= MOST_ENTRIES);
        let kept = log.entries().filter(|entry| entry.what == What::Mismatch).count();
        assert!((MOST_ENTRIES / 2..=MOST_ENTRIES / 2 + ROOM).contains(&kept), "{kept}");
    }

    #[test]
    fn entries_with_long_arguments_are_fewer() {
        let mut log = Log::default();
        for number in 0..100_u32 {
            let line: Arc<str> = format!("{number}{}", "x".repeat(100_000)).into();
            log.push(Entry { command_line: Some(line), ..fork() });
            log.trim(1_000_000);
            assert!(log.bytes() <= 1_000_000);
        }
        assert!((5..10).contains(&log.entries().len()), "{}", log.entries().len());
        assert_eq!(log.entries().next_back().map(|entry| entry.number), Some(99));
    }
}
