//! Reads what processes became by an exec, as far as that costs little.

use std::collections::HashSet;

use crate::model::event::{Change, Event};
use crate::model::key::Pid;
use crate::model::time::BootTime;
use crate::source::budget::Budget;
use crate::source::procfs::image;

/// So many images may be read in a second over time, and so many at once after a quiet time.
/// A storm of execs is told without images: reading one costs as much as twenty events.
const PER_SECOND: u64 = 100;
const AT_ONCE: u64 = 100;

/// Reads images within a budget.
#[derive(Debug)]
pub(super) struct Images {
    budget: Budget,
}

impl Default for Images {
    fn default() -> Self {
        Self { budget: Budget::new(PER_SECOND, AT_ONCE) }
    }
}

impl Images {
    /// Fills in the images of those execs whose process can still be what it became: it neither
    /// ended nor became something else later among these events.
    pub(super) fn fill_in(&mut self, events: &mut [Event], now: BootTime) {
        let mut over: HashSet<Pid> = HashSet::new();
        for event in events.iter_mut().rev() {
            match &mut event.change {
                Change::Exit { .. } => {
                    over.insert(event.pid);
                }
                // Whatever ended later had its pid after this birth.
                Change::Fork { .. } => {
                    over.remove(&event.pid);
                }
                Change::Exec { image } => {
                    if over.insert(event.pid) && self.budget.spend(now) {
                        *image = image::read(event.pid);
                    }
                }
                Change::Rename { .. } | Change::Session | Change::User { .. } => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exec(pid: Pid) -> Event {
        Event { at: BootTime(0), pid, change: Change::Exec { image: None } }
    }

    fn filled(events: &[Event]) -> Vec<bool> {
        let is_filled = |event: &Event| matches!(&event.change, Change::Exec { image: Some(_) });
        events.iter().map(is_filled).collect()
    }

    #[test]
    fn what_ended_or_became_something_else_is_not_read() {
        let own = std::process::id();
        let mut images = Images::default();
        let mut twice = [exec(own), exec(own)];
        images.fill_in(&mut twice, BootTime::from_secs(10));
        assert_eq!(filled(&twice), [false, true]);
        let end = Change::Exit { parent: None, wait_status: None };
        let mut ended = [exec(own), Event { at: BootTime(0), pid: own, change: end }];
        images.fill_in(&mut ended, BootTime::from_secs(10));
        assert_eq!(filled(&ended), [false, false]);
    }

    #[test]
    fn a_storm_is_not_read_and_a_quiet_time_makes_up_for_it() {
        let own = std::process::id();
        let mut images = Images::default();
        let mut read_at = |nanos| {
            let mut events = [exec(own)];
            images.fill_in(&mut events, BootTime(nanos));
            filled(&events)[0]
        };
        let start = 5_000_000_000;
        assert_eq!((0..200).filter(|_| read_at(start)).count(), 100);
        assert!(!read_at(start + (1_000_000_000 / PER_SECOND) / 2));
        assert!(read_at(start + (1_000_000_000 / PER_SECOND)));
        assert!(!read_at(start + (1_000_000_000 / PER_SECOND)));
    }
}
