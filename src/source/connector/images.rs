//! Reads the images of execs, as far as that costs little.

use std::collections::HashSet;
use std::time::Duration;

use crate::linux::procfs::image::comm;
use crate::record::{BootTime, Change, CommandLine, Event, Image, Pid};
use crate::source::command_lines::CommandLines;
use crate::source::rate_limiter::RateLimiter;

/// So many images may be read in a second over time, and so many at once after a quiet time.
/// A storm of execs is reported without images: reading one costs as much as twenty events.
const PER_SECOND: u64 = 100;
const AT_ONCE: u64 = 100;

/// Reads images within a budget.
pub(super) struct Images {
    budget: RateLimiter,
    /// `None` where no command lines are read.
    lines: Option<CommandLines>,
}

impl Default for Images {
    fn default() -> Self {
        Self { budget: RateLimiter::new(PER_SECOND, AT_ONCE), lines: None }
    }
}

impl Images {
    pub(super) fn read_lines_by(&mut self, lines: CommandLines) {
        self.lines = Some(lines);
    }

    /// After how long it is to be looked whether late command lines came.
    pub(super) fn wait_budget(&self) -> Option<Duration> {
        self.lines.as_ref()?.wait_budget()
    }

    /// Fills in the images of those execs whose process can still be what it became: it neither
    /// ended nor became something else later among these events. Returns the command lines that
    /// were too late for the events that they belong to.
    pub(super) fn fill_in(&mut self, events: &mut [Event], now: BootTime) -> Vec<CommandLine> {
        let wanted = self.wanted(events, now);
        let execed: Vec<_> = wanted.iter().map(|n| (events[*n].pid, events[*n].at)).collect();
        let mut late = Vec::new();
        if let Some(lines) = &mut self.lines {
            late = lines.answered();
            lines.ask(&execed);
        }
        // Names are read while another process reads what may block.
        for n in &wanted {
            let comm = comm(events[*n].pid);
            if let Change::Exec { image } = &mut events[*n].change {
                *image = comm.map(|comm| Image { comm, command_line: None });
            }
        }
        let lines = self.lines.as_mut().filter(|_| !wanted.is_empty());
        for answer in lines.map(CommandLines::wait).unwrap_or_default() {
            let asked = (answer.pid, answer.execed_at);
            let meant = wanted.iter().find(|n| (events[**n].pid, events[**n].at) == asked);
            match meant.map(|n| &mut events[*n].change) {
                Some(Change::Exec { image: Some(image) }) => image.command_line = Some(answer.line),
                _ => late.push(answer),
            }
        }
        late
    }

    /// The execs whose images are worth reading, by their places.
    fn wanted(&mut self, events: &[Event], now: BootTime) -> Vec<usize> {
        let mut wanted = Vec::new();
        let mut over: HashSet<Pid> = HashSet::new();
        for (n, event) in events.iter().enumerate().rev() {
            match &event.change {
                Change::Exit { .. } => {
                    over.insert(event.pid);
                }
                // Whatever ended later had its pid after this birth.
                Change::Fork { .. } => {
                    over.remove(&event.pid);
                }
                Change::Exec { .. } => {
                    if over.insert(event.pid) && self.budget.spend(now) {
                        wanted.push(n);
                    }
                }
                Change::Rename { .. } | Change::Session | Change::User { .. } => {}
            }
        }
        wanted
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
