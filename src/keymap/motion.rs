//! Motions, once for every list: rows, lines, lanes, entries.

use crate::keymap::Motion;

/// Entries of a dialog's list that a page goes past.
const LIST_PAGE: usize = 8;

impl Motion {
    /// The position that it leads to from another one, by pages of so many; it may be past the
    /// end.
    pub(crate) fn from(self, position: usize, page: usize) -> usize {
        let half = page.div_ceil(2);
        match self {
            Self::Up => position.saturating_sub(1),
            Self::Down => position + 1,
            Self::PageUp => position.saturating_sub(page),
            Self::PageDown => position + page,
            Self::HalfPageUp => position.saturating_sub(half),
            Self::HalfPageDown => position + half,
            Self::First => 0,
            Self::Last => usize::MAX,
        }
    }

    /// The choice that it leads to among so many; at the ends it goes round.
    pub(crate) fn choose(self, choice: usize, count: usize) -> usize {
        let last = count.saturating_sub(1);
        match self {
            Self::Up => choice.checked_sub(1).unwrap_or(last),
            Self::Down if choice >= last => 0,
            motion => motion.from(choice, LIST_PAGE).min(last),
        }
    }
}
