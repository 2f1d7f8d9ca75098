//! The memory limit, and the shares of what is remembered.

use serde::{Deserialize, Serialize};

use crate::record::{Change, Event, Facts, Image, Observation, Record, Stat};

/// In bytes, as memory is sold and as the option counts it.
const MEGABYTE: usize = 1_000_000;
/// The limit where none is set, in megabytes.
pub(crate) const DEFAULT_MEGABYTES: usize = 64;
/// The least that can be set: below it there would be no room to remember anything.
pub(crate) const LEAST_MEGABYTES: usize = 32;

/// The memory of the program on an idle machine, with the process that reads aside: measured as 14
/// MB resident on x86-64 with glibc 2.41.
const FIXED: usize = 16 * MEGABYTE;
/// However much lives: what a screen of either shows.
const LEAST_HISTORY: usize = 256 * 1024;
const LEAST_LOG: usize = 256 * 1024;
/// More is not remembered however much may be: all of it is gone through now and then.
const MOST_HISTORY: usize = 32 * MEGABYTE;
const MOST_LOG: usize = 32 * MEGABYTE;
/// The memory of a living process beside its texts, everywhere together: its place in the world, in
/// the newest scan and in the one before, in both trees, in the rows, in the indexes.
const LIVING: usize = 2_500;

/// The most memory that the program may take; displayed as the option is written, in megabytes.
#[derive(Clone, Copy, Debug, derive_more::Display, Eq, PartialEq, Deserialize, Serialize)]
#[display("{}", _0 / MEGABYTE)]
pub struct MemoryLimit(usize);

/// The memory for what is over, in bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Shares {
    pub history: usize,
    pub(crate) log: usize,
    /// Whether what lives takes so much that these are the least, which are kept in any case.
    pub(crate) is_squeezed: bool,
}

impl Default for MemoryLimit {
    fn default() -> Self {
        Self::megabytes(DEFAULT_MEGABYTES)
    }
}

impl MemoryLimit {
    /// So many megabytes, or the least that there can be.
    pub(crate) fn megabytes(megabytes: usize) -> Self {
        Self(megabytes.max(LEAST_MEGABYTES).saturating_mul(MEGABYTE))
    }

    /// The limit in bytes.
    pub fn bytes(self) -> usize {
        self.0
    }

    fn room(self) -> usize {
        self.0.saturating_sub(FIXED)
    }

    /// For records that were sent and not taken in yet, and for those that wait once they were.
    pub(crate) fn on_the_way(self) -> usize {
        self.room() / 8
    }

    /// For command lines that are longer than usual.
    pub(crate) fn long_lines(self) -> usize {
        self.room() / 8
    }

    /// The shares for what is over, while so many live. Living processes are never dropped.
    pub fn shares(self, living: usize) -> Shares {
        let usual = Shares {
            history: (self.room() / 8).min(MOST_HISTORY),
            log: (self.room() / 12).min(MOST_LOG),
            is_squeezed: false,
        };
        // An eighth is for what frames, judging and the allocator take beside all that.
        let spoken_for = self.on_the_way() + self.long_lines() + self.room() / 8;
        let left = self.room().saturating_sub(spoken_for + living.saturating_mul(LIVING));
        let history = usual.history.min(left / 5 * 3);
        let log = usual.log.min(left / 5 * 2);
        Shares {
            history: history.max(LEAST_HISTORY),
            log: log.max(LEAST_LOG),
            is_squeezed: history < LEAST_HISTORY || log < LEAST_LOG,
        }
    }
}

/// Roughly what a record takes while it is on the way, in bytes.
pub(crate) fn weight(record: &Record) -> usize {
    let held = match &record.observation {
        Observation::Scan(scan) => scan.processes.iter().map(of_stat).sum(),
        Observation::Stats(stats) => stats.processes.iter().map(of_stat).sum::<usize>(),
        Observation::Events(events) => of_events(events),
        Observation::CommandLines(lines) => {
            let texts = lines.iter().map(|read| read.line.len()).sum::<usize>();
            size_of_val(lines.as_slice()) + texts
        }
        Observation::Facts(read) => {
            let facts = read.iter().filter_map(|(_, facts)| facts.as_ref());
            size_of_val(read.as_slice()) + facts.map(of_facts).sum::<usize>()
        }
        Observation::Details(details) => size_of_val(&**details) + of_facts(&details.facts),
        _ => 0,
    };
    size_of::<Record>() + held
}

/// Roughly what events take, in bytes.
pub(crate) fn of_events(events: &[Event]) -> usize {
    size_of_val(events) + events.iter().map(|event| of_change(&event.change)).sum::<usize>()
}

fn of_stat(stat: &Stat) -> usize {
    size_of::<Stat>() + stat.comm.len()
}

fn of_change(change: &Change) -> usize {
    match change {
        Change::Exec { image: Some(Image { comm, command_line }) } => {
            comm.len() + command_line.as_ref().map_or(0, |line| line.len())
        }
        Change::Rename { comm } => comm.len(),
        _ => 0,
    }
}

fn of_facts(facts: &Facts) -> usize {
    let texts = [facts.command_line.known(), facts.executable.known(), facts.cgroup.as_ref()];
    let pipes = facts.pipes.as_ref().map_or(0, |pipes| pipes.reads.len() + pipes.writes.len());
    texts.into_iter().flatten().map(|text| text.len()).sum::<usize>() + pipes * size_of::<u64>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ten_thousand_that_live_leave_something_for_what_is_over() {
        let limit = MemoryLimit::default();
        let (few, many) = (limit.shares(100), limit.shares(10_000));
        assert!(few.history > 5 * MEGABYTE && few.log > 3 * MEGABYTE);
        assert!(!few.is_squeezed && !many.is_squeezed, "{many:?}");
        let least = limit.shares(15_000);
        assert_eq!((least.history, least.log), (LEAST_HISTORY, LEAST_LOG));
        assert!(least.is_squeezed);
    }

    proptest! {
        #[test]
        fn all_shares_together_stay_within_the_limit(
            megabytes in 0..10_000_usize,
            living in 0..20_000_usize,
        ) {
            let limit = MemoryLimit::megabytes(megabytes);
            let shares = limit.shares(living);
            let remembered = shares.history + shares.log;
            let rest = FIXED + limit.on_the_way() + limit.long_lines() + living * LIVING;
            prop_assert!(shares.is_squeezed || rest + remembered <= limit.bytes());
            let fewer = limit.shares(living / 2);
            prop_assert!(fewer.history >= shares.history && fewer.log >= shares.log);
        }
    }
}
