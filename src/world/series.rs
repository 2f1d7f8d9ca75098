//! Ends that are alike, under one parent: routine deaths, or failures of one program in one way.
//! Such a series outlives the rows of its members: it says how many there were, and how often.

use std::collections::VecDeque;
use std::sync::Arc;

use slotmap::new_key_type;

use crate::record::{BootTime, Ending, ProcessId};

/// A series is over so many seconds after its last end, or later where its ends are rare.
const SHORTEST_REST_S: f64 = 10.0;
/// So many mean gaps without an end, and the series is over.
const GAPS_UNTIL_OVER: f64 = 3.0;
/// Ends that are rarer than that, in seconds, are no series.
const LONGEST_REST_S: f64 = 600.0;
/// The newest members that are known by their ids.
const MOST_MEMBERS: usize = 64;
/// The programs of a series that are known by name.
const MOST_NAMES: usize = 12;

new_key_type! {
    /// A series, for as long as it lasts; never given to another.
    pub(crate) struct SeriesId;
}

/// What the members of a series have in common, beside their parent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SeriesKind {
    /// Exit 0, or an end that nobody reported, after less than two seconds.
    Routine,
    Failure {
        /// The program's name; `None` where it was gone before it could be read.
        comm: Option<Arc<str>>,
        ending: Ending,
    },
}

/// How often ends follow one another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Frequency {
    PerSecond(f64),
    /// Seconds from one to the next.
    Every(f64),
}

/// Ends that are alike, under one parent.
#[derive(Debug)]
pub(crate) struct Series {
    /// The nearest ancestor that is no routine death itself; `None` where none is known.
    pub(crate) parent: Option<ProcessId>,
    pub(crate) kind: SeriesKind,
    /// How many there were.
    pub(crate) count: u64,
    /// How long they lived together, in nanoseconds.
    pub(super) lived_nanos: u64,
    /// When the first ended.
    pub(crate) since: BootTime,
    /// The names of its programs, in the order in which they came first.
    pub(crate) names: Vec<Arc<str>>,
    /// The newest members with their ends, the oldest first.
    pub(super) members: VecDeque<(BootTime, ProcessId)>,
}

impl Series {
    pub(super) fn new(parent: Option<ProcessId>, kind: SeriesKind, since: BootTime) -> Self {
        let (names, members) = (Vec::new(), VecDeque::new());
        Self { parent, kind, count: 0, lived_nanos: 0, since, names, members }
    }

    /// The newest members, the newest first.
    pub(crate) fn members(&self) -> impl ExactSizeIterator<Item = ProcessId> {
        self.members.iter().rev().map(|(_, id)| *id)
    }

    /// When the newest ended.
    pub(crate) fn last(&self) -> BootTime {
        self.members.back().map_or(self.since, |(at, _)| *at)
    }

    /// How long its ends are apart on average, in seconds; `None` for a single one.
    pub(crate) fn mean_gap(&self) -> Option<f64> {
        let (first, _) = self.members.front()?;
        let gaps = self.members.len() - 1;
        (gaps > 0).then(|| self.last().seconds_since(*first) / gaps as f64)
    }

    /// How often its members end; `None` for too few.
    pub(crate) fn frequency(&self, now: BootTime) -> Option<Frequency> {
        let gap = self.mean_gap().filter(|_| self.members.len() > 2)?;
        if gap >= 1.0 {
            return Some(Frequency::Every(gap));
        }
        let (first, _) = self.members.front()?;
        let per_second = self.members.len() as f64 / now.seconds_since(*first).max(1.0);
        (per_second >= 1.0).then_some(Frequency::PerSecond(per_second))
    }

    pub(super) fn is_over(&self, now: BootTime, linger_seconds: f64) -> bool {
        let gaps = self.mean_gap().map_or(0.0, |gap| gap * GAPS_UNTIL_OVER);
        let rest = gaps.clamp(SHORTEST_REST_S.max(linger_seconds), LONGEST_REST_S);
        now.seconds_since(self.last()) > rest
    }

    /// How long its members lived on average, in nanoseconds.
    pub(crate) fn mean_life(&self) -> u64 {
        self.lived_nanos / self.count.max(1)
    }

    pub(super) fn add_life(&mut self, nanos: u64) {
        self.lived_nanos = self.lived_nanos.saturating_add(nanos);
    }

    pub(super) fn add(&mut self, at: BootTime, id: ProcessId) {
        // Exits may be reported out of order.
        let place = self.members.partition_point(|(known, _)| *known <= at);
        self.members.insert(place, (at, id));
        self.since = self.since.min(at);
        if self.members.len() > MOST_MEMBERS {
            self.members.pop_front();
        }
        self.count += 1;
    }

    pub(super) fn add_name(&mut self, name: &Arc<str>) {
        if self.names.len() < MOST_NAMES && !self.names.contains(name) {
            self.names.push(name.clone());
        }
    }
}
