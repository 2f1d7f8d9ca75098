//! The contents of one drain.

use tracing::warn;

use crate::record::{CommandLine, Event, Observation};

/// Everything since the last drain.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// The events of processes, in the order of the kernel's times.
    pub events: Vec<Event>,
    /// Command lines of execs that were reported in an earlier one.
    pub command_lines: Vec<CommandLine>,
    pub lost: Loss,
}

/// Events that are missing.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Loss {
    /// None.
    #[default]
    None,
    /// So many of the kernel's, by the gaps in their numbers.
    Counted(u64),
    /// Some, as the kernel says; how many shows with the next that comes.
    Uncounted,
}

impl Loss {
    /// The observation to send, if anything is missing.
    pub(crate) fn observation(self) -> Option<Observation> {
        match self {
            Self::None => None,
            Self::Counted(count) => Some(Observation::Lost(Some(count))),
            Self::Uncounted => Some(Observation::Lost(None)),
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        *self = match (*self, other) {
            (Self::Counted(one), Self::Counted(two)) => Self::Counted(one.saturating_add(two)),
            (Self::Counted(count), _) | (_, Self::Counted(count)) => Self::Counted(count),
            (Self::Uncounted, _) | (_, Self::Uncounted) => Self::Uncounted,
            (Self::None, Self::None) => Self::None,
        };
    }
}

impl Batch {
    /// Takes in what happened after it.
    pub fn append(&mut self, mut later: Self) {
        self.events.append(&mut later.events);
        // An event of another processor may be reported late.
        self.events.sort_by_key(|event| event.at);
        self.command_lines.append(&mut later.command_lines);
        self.lost.add(later.lost);
    }

    /// Whether nothing happened.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.command_lines.is_empty() && self.lost == Loss::None
    }

    /// The observations to send, in order, with no more events in one than that.
    pub fn observations(self, most: usize) -> impl Iterator<Item = Observation> {
        let has_lines = !self.command_lines.is_empty();
        let lines = has_lines.then_some(Observation::CommandLines(self.command_lines));
        if self.lost != Loss::None {
            warn!(lost = ?self.lost, "events were lost");
        }
        let lost = self.lost.observation();
        let mut events = self.events.into_iter();
        let parts = std::iter::from_fn(move || {
            let part: Vec<Event> = events.by_ref().take(most).collect();
            (!part.is_empty()).then_some(Observation::Events(part))
        });
        parts.chain(lines).chain(lost)
    }
}
