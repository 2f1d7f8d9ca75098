//! The known life of a process: its creator, its programs, its adopter, its end.

use std::sync::Arc;

use crate::record::{BootTime, Ending, Image, ProcessId};
use serde::{Deserialize, Serialize};

/// A birth that was seen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Origin {
    /// The parent that it got.
    pub(crate) parent: ProcessId,
    /// The process that created it: its parent, unless it is no copy of that one. Then it is the
    /// sibling of which it is a copy; `None` where that is not known.
    pub(crate) creator: Option<ProcessId>,
    /// The creator's name at that time.
    pub(crate) creator_comm: Arc<str>,
    pub(crate) at: BootTime,
}

impl Origin {
    /// Whether its parent created it, as far as is known.
    pub(crate) fn is_of_parent(&self) -> bool {
        self.creator == Some(self.parent)
    }
}

/// An exec that was seen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Became {
    pub(crate) at: BootTime,
    /// The program; `None` if it could not be read: it was gone before, or is hidden.
    pub(crate) image: Option<Image>,
}

/// How many execs of one process are kept: the first and the newest ones.
const MOST_IMAGES: usize = 12;

/// The programs that a process became, the oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Images {
    seen: Vec<Became>,
    forgotten: usize,
}

impl Images {
    /// Notes an exec. Of very many, those after the first are forgotten.
    pub(crate) fn add(&mut self, became: Became) {
        let place = self.seen.partition_point(|known| known.at <= became.at);
        self.seen.insert(place, became);
        if self.seen.len() > MOST_IMAGES {
            self.seen.remove(1);
            self.forgotten += 1;
        }
    }

    /// The execs that are known.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Became> + ExactSizeIterator {
        self.seen.iter()
    }

    /// How many were forgotten, between the first and the second.
    pub(crate) fn forgotten(&self) -> usize {
        self.forgotten
    }

    /// The newest, whose program may become known later.
    pub(crate) fn newest_mut(&mut self) -> Option<&mut Became> {
        self.seen.last_mut()
    }
}

/// A change of parent that was seen: the creator ended, and another takes the child in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Adoption {
    /// The first parent, which had created it; `None` if that one had adopted it, too.
    pub(crate) creator: Option<ProcessId>,
    /// The name of the first parent.
    pub(crate) creator_comm: Arc<str>,
    /// The parent since; `None` until that is known.
    pub(crate) adopter: Option<ProcessId>,
    pub(crate) at: BootTime,
    /// Until when the first parent was surely its parent: scans notice a change later.
    pub(crate) shared_until: BootTime,
}

/// The end of a process.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct End {
    /// When it ended, or when that was noticed.
    pub(crate) at: BootTime,
    pub(crate) cause: Cause,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Cause {
    /// With that wait status (wait(2)).
    Status(i32),
    /// Nobody knows: a scan missed it.
    NotWatched,
    /// Nobody knows: the event was among those that were lost.
    Lost,
    /// Nobody knows: its end was seen, its wait status was not reported.
    NotReported,
}

impl Cause {
    /// The wait status, if it is known.
    pub(crate) fn status(self) -> Option<i32> {
        match self {
            Self::Status(status) => Some(status),
            Self::NotWatched | Self::Lost | Self::NotReported => None,
        }
    }

    /// How it ended, if that is known.
    pub(crate) fn ending(self) -> Option<Ending> {
        self.status().map(Ending::from_wait_status)
    }

    /// In a word or two: `exit 3`, `SIGKILL`, `cause unknown`.
    pub(crate) fn short(self) -> String {
        self.ending().map_or_else(|| "cause unknown".to_owned(), |ending| ending.to_string())
    }

    /// How it ended, as `short` has it; where that is unknown, with the reason.
    pub(crate) fn full(self) -> String {
        match self.why_unknown() {
            Some(reason) => format!("unknown: {reason}"),
            None => self.short(),
        }
    }

    /// Why it is not known, if it is not.
    pub(crate) fn why_unknown(self) -> Option<&'static str> {
        match self {
            Self::Status(_) => None,
            Self::NotWatched => Some("a scan found it gone, no event reported its end"),
            Self::Lost => Some("its end is among the events that were lost"),
            Self::NotReported => Some("its wait status was given to its parent only"),
        }
    }

    /// Whether it ended otherwise than with exit 0; not so if that is unknown.
    pub(crate) fn is_failure(self) -> bool {
        self.status().is_some_and(|status| status != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn became(at: u64) -> Became {
        Became { at: BootTime(at), image: None }
    }

    #[test]
    fn of_very_many_execs_the_first_and_the_newest_are_kept() {
        let mut images = Images::default();
        for at in 1..=30 {
            images.add(became(at));
        }
        let kept: Vec<u64> = images.iter().map(|became| became.at.0).collect();
        assert_eq!((kept[0], kept[1], kept.len(), images.forgotten()), (1, 20, 12, 18));
    }

    #[test]
    fn execs_stand_in_the_order_of_their_times() {
        let mut images = Images::default();
        images.add(became(5));
        images.add(became(3));
        images.add(became(9));
        assert_eq!(images.iter().map(|became| became.at.0).collect::<Vec<_>>(), [3, 5, 9]);
    }

    #[test]
    fn a_cause_that_is_not_known_says_why() {
        assert_eq!(Cause::Status(9).full(), "SIGKILL");
        assert_eq!(Cause::Status(0).short(), "exit 0");
        for unknown in [Cause::NotWatched, Cause::Lost, Cause::NotReported] {
            assert!(unknown.full().starts_with("unknown: ") && !unknown.is_failure());
        }
    }
}
