//! The log: what happened, in order, with who it happened to. Bounded: the oldest entries go.

pub mod sentence;

use std::collections::VecDeque;
use std::sync::Arc;

use crate::model::forecast::compare::Came;
use crate::model::key::{Pid, ProcessKey};
use crate::model::life::Cause;
use crate::model::time::BootTime;

/// How many entries are kept.
pub const MOST_ENTRIES: usize = 8192;

/// For so many entries room is made at a time.
const ROOM: usize = MOST_ENTRIES / 16;

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Counts entries from the beginning; never used again.
    pub number: u64,
    /// When it happened.
    pub at: BootTime,
    /// The process that it happened to; 0 where it happened to none.
    pub pid: Pid,
    /// The same process, if it was known.
    pub key: Option<ProcessKey>,
    /// Its name since; `None` if that is not known.
    pub comm: Option<Arc<str>>,
    /// Its arguments since, each ended by a NUL, where they are known.
    pub command_line: Option<Arc<str>>,
    /// Its parent at that time, where that is known.
    pub parent: Option<Pid>,
    /// Who created it, where that is known.
    pub creator: Option<ProcessKey>,
    /// The creator's name when it did.
    pub creator_comm: Option<Arc<str>>,
    /// What happened.
    pub what: What,
    /// What is to be said of it beyond that; only of what is compared, and of a birth whose creator
    /// is in doubt.
    pub remark: Option<Arc<str>>,
}

/// What can stand in the log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What {
    /// A scan found it; its creation was not seen.
    Start,
    /// It was created.
    Fork,
    /// It became another program.
    Exec,
    /// It ended.
    Exit {
        /// How.
        cause: Cause,
        /// How long it lived, in nanoseconds, where its birth is known.
        lived: Option<u64>,
    },
    /// Its parent ended, and another adopted it.
    Orphan {
        /// Who adopted it; `None` until that is known.
        adopter: Option<Pid>,
    },
    /// It has another name.
    Rename,
    /// It leads a session of its own.
    Session,
    /// It acts for another user.
    User(u32),
    /// Events were lost: how many, if that is known.
    Lost(Option<u64>),
    /// What came of a signal to it was held against what was foretold.
    Compared(Came),
    /// Something else became of it than was foretold of a signal.
    Differs,
}

impl What {
    /// The word for it, on screen and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Fork => "fork",
            Self::Exec => "exec",
            Self::Exit { .. } => "exit",
            Self::Orphan { .. } => "orphan",
            Self::Rename => "rename",
            Self::Session => "session",
            Self::User(_) => "user",
            Self::Lost(_) => "lost",
            Self::Compared(_) => "signal",
            Self::Differs => "differs",
        }
    }
}

impl Entry {
    /// Whether it tells of what goes on all the time: births, programs, and ends without failure.
    fn is_routine(&self) -> bool {
        match self.what {
            What::Start | What::Fork | What::Exec | What::Rename | What::Session => true,
            What::Exit { cause, .. } => cause.status().is_none_or(|status| status == 0),
            What::Orphan { .. }
            | What::User(_)
            | What::Lost(_)
            | What::Compared(_)
            | What::Differs => false,
        }
    }
}

/// The newest entries; of what is no routine, also older ones.
#[derive(Debug, Default)]
pub struct Log {
    entries: VecDeque<Entry>,
    next: u64,
    /// When the newest entry happened that was let go.
    dropped: Option<BootTime>,
}

impl Log {
    /// Every entry that is kept, the oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> + ExactSizeIterator {
        self.entries.iter()
    }

    /// Those from that number on.
    pub fn since(&self, number: u64) -> impl Iterator<Item = &Entry> {
        let first = self.entries.partition_point(|entry| entry.number < number);
        self.entries.range(first..)
    }

    /// When the newest entry happened that was let go; `None` while all are kept.
    pub fn dropped(&self) -> Option<BootTime> {
        self.dropped
    }

    /// The number that the next entry will have.
    pub fn next(&self) -> u64 {
        self.next
    }

    pub(crate) fn push(&mut self, entry: Entry) {
        self.entries.push_back(Entry { number: self.next, ..entry });
        self.next += 1;
    }

    /// Lets the oldest entries go, routine first; what is none may fill half of the log. Those of
    /// one record stay together until the next one comes, so that whoever looks after each record
    /// misses none.
    pub(crate) fn trim(&mut self) {
        if self.entries.len() <= MOST_ENTRIES {
            return;
        }
        // With room for more, so that it is not gone through with every record.
        let surplus = self.entries.len() - MOST_ENTRIES + ROOM;
        let n_special = self.entries.iter().filter(|entry| !entry.is_routine()).count();
        let mut special = n_special.saturating_sub(MOST_ENTRIES / 2).min(surplus);
        let mut routine = surplus - special;
        let dropped = &mut self.dropped;
        self.entries.retain(|entry| {
            let left = if entry.is_routine() { &mut routine } else { &mut special };
            let is_kept = *left == 0;
            if !is_kept {
                *left -= 1;
                *dropped = (*dropped).max(Some(entry.at));
            }
            is_kept
        });
    }

    /// The newest entries, to be corrected by what became known since.
    pub(crate) fn newest_mut(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.entries.iter_mut().rev()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fork() -> Entry {
        Entry {
            number: 0,
            at: BootTime(1),
            pid: 5,
            key: None,
            comm: None,
            command_line: None,
            parent: None,
            creator: None,
            creator_comm: None,
            what: What::Fork,
            remark: None,
        }
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
        log.trim();
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
        let failure = Entry { at: BootTime(7), what: What::Differs, ..fork() };
        log.push(failure.clone());
        for _ in 0..3 * MOST_ENTRIES {
            log.push(fork());
            log.trim();
        }
        assert_eq!(log.entries().next().map(|entry| entry.at), Some(BootTime(7)));
        assert_eq!(log.since(1).count(), log.entries().len() - 1);
        assert!(log.entries().len() <= MOST_ENTRIES);
        for _ in 0..2 * MOST_ENTRIES {
            log.push(failure.clone());
            log.trim();
        }
        assert!(log.entries().len() <= MOST_ENTRIES);
        let kept = log.entries().filter(|entry| entry.what == What::Differs).count();
        assert!((MOST_ENTRIES / 2..=MOST_ENTRIES / 2 + ROOM).contains(&kept), "{kept}");
    }
}
