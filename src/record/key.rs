//! The identity of a process outside pexplore: its pid and its birth, for pids are used again.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

/// A process id, as the observing pid namespace numbers it.
pub(crate) type Pid = u32;

/// When a process was born, in the unit of the source that saw it.
///
/// Opaque: it serves identity and order within one source, never arithmetic on screen.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Birth {
    /// Clock ticks after boot: field 22 of `/proc/PID/stat` (`proc_pid_stat(5)`).
    Ticks(u64),
    /// Whole seconds since the Unix epoch, from a source that knows no ticks.
    Seconds(u64),
}

/// A start may lie so far before its event: the creator may have lost its processor in between
/// (`copy_process` in kernel/fork.c sets `start_boottime` before `proc_fork_connector`). No other
/// process has the pid then, for the exit of that one would have come first.
const MOST_EARLIER_TICKS: u64 = 100;
const MOST_EARLIER_SECONDS: u64 = 1;

/// The clocks are read one after the other: a start may be read as so much after its event.
const MOST_LATER: u64 = 1;

impl Birth {
    fn number(self) -> u64 {
        match self {
            Self::Ticks(number) | Self::Seconds(number) => number,
        }
    }

    fn with_number(self, number: u64) -> Self {
        match self {
            Self::Ticks(_) => Self::Ticks(number),
            Self::Seconds(_) => Self::Seconds(number),
        }
    }

    fn most_earlier(self) -> u64 {
        match self {
            Self::Ticks(_) => MOST_EARLIER_TICKS,
            Self::Seconds(_) => MOST_EARLIER_SECONDS,
        }
    }
}

/// A process: a pid alone is used again, a pid with its birth is not.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
pub struct ProcessKey {
    pub pid: Pid,
    pub(crate) birth: Birth,
}

impl ProcessKey {
    /// A key whose birth is known in clock ticks after boot.
    pub fn at_ticks(pid: Pid, ticks: u64) -> Self {
        Self { pid, birth: Birth::Ticks(ticks) }
    }

    /// The birth in clock ticks after boot, where the source knows it.
    pub fn start_ticks(self) -> Option<u64> {
        match self.birth {
            Birth::Ticks(ticks) => Some(ticks),
            Birth::Seconds(_) => None,
        }
    }

    /// Sorts the older process first; of two born in the same tick, the lower pid.
    pub(crate) fn birth_order(self) -> (Birth, Pid) {
        (self.birth, self.pid)
    }

    /// Whether a process whose stat has this key may be the one to which an event gives that one.
    pub(crate) fn matches_event(self, event: Self) -> bool {
        let (read, at) = (self.birth.number(), event.birth.number());
        let is_same_unit = event.birth == self.birth.with_number(at);
        let earliest = at.saturating_sub(event.birth.most_earlier());
        let is_near = (earliest..=at.saturating_add(MOST_LATER)).contains(&read);
        self.pid == event.pid && is_same_unit && is_near
    }

    /// The keys that events may give a process whose stat has this one.
    pub(crate) fn of_events(self) -> RangeInclusive<Self> {
        let read = self.birth.number();
        let at = |number| Self { birth: self.birth.with_number(number), ..self };
        let latest = read.saturating_add(self.birth.most_earlier());
        at(read.saturating_sub(MOST_LATER))..=at(latest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_tells_of_a_start_that_lies_before_it_or_one_tick_later() {
        let read = ProcessKey::at_ticks(7, 1_000);
        let event = |ticks| ProcessKey::at_ticks(7, ticks);
        assert!(
            [999, 1_000, 1_001, 1_100].map(event).iter().all(|event| read.matches_event(*event))
        );
        assert!(![998, 1_101].map(event).iter().any(|event| read.matches_event(*event)));
        assert!(!read.matches_event(ProcessKey { pid: 8, ..read }));
        assert!(!read.matches_event(ProcessKey { birth: Birth::Seconds(1_000), ..read }));
        let second = |birth| ProcessKey { pid: 7, birth: Birth::Seconds(birth) };
        let matches = [4, 5, 6, 7, 8].map(|birth| second(6).matches_event(second(birth)));
        assert_eq!(matches, [false, true, true, true, false]);
        for read in [read, second(6), ProcessKey::at_ticks(1, 0)] {
            let events = read.of_events();
            assert!(events.contains(&read));
            assert!(
                [events.start(), events.end()].map(|event| read.matches_event(*event)) == [true; 2]
            );
        }
        let beyond = [998, 1_101].map(|ticks| read.of_events().contains(&event(ticks)));
        assert_eq!((read.of_events(), beyond), (event(999)..=event(1_100), [false; 2]));
    }
}
