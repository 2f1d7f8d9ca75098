//! The rows of processes that have ended: most share one.

use strum::{IntoStaticStr, VariantArray};

use crate::world::{Series, SeriesKind};

/// More failures than that which are alike share a row.
const MOST_SINGLE_FAILURES: u64 = 3;

/// The rows that processes have which have ended.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, IntoStaticStr, VariantArray)]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum GhostRows {
    /// Routine deaths share a row, and so do failures that are alike.
    #[default]
    Grouped,
    /// A row for each, and for what was just born.
    All,
    Failures,
    None,
}

impl GhostRows {
    /// The one that follows, around.
    pub(crate) fn next(self) -> Self {
        let place = Self::VARIANTS.iter().position(|known| *known == self).unwrap_or(0);
        Self::VARIANTS[(place + 1) % Self::VARIANTS.len()]
    }

    /// What it shows, in a sentence for the status line.
    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Self::Grouped => "ghosts: grouped; short lives share a row, failures have their own",
            Self::All => "ghosts: all; a row for each process that has ended",
            Self::Failures => "ghosts: failures only",
            Self::None => "ghosts: none",
        }
    }

    /// Whether the members of a series share a row.
    pub(super) fn shares_row(self, series: &Series) -> bool {
        match (self, &series.kind) {
            (Self::Grouped, SeriesKind::Routine) => true,
            (Self::Grouped | Self::Failures, SeriesKind::Failure { .. }) => {
                series.count > MOST_SINGLE_FAILURES
            }
            (Self::All | Self::Failures | Self::None, _) => false,
        }
    }
}
