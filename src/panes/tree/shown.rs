//! What of the machine the tree shows, and how it is arranged.

use strum::{IntoStaticStr, VariantArray};

use crate::panes::tree::ghosts::GhostRows;
use crate::panes::tree::order::SiblingOrder;
use crate::record::ProcessId;
use crate::world::ParentKind;

/// What is shown, and how it is arranged.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    pub arrangement: Arrangement,
    pub order: SiblingOrder,
    /// Whether kernel threads are shown.
    pub kernel_threads: bool,
    pub ghosts: GhostRows,
    /// Text that a process must contain; empty for all.
    pub filter: String,
    /// The root of the only family that is shown.
    pub family: Option<ProcessId>,
}

/// How processes stand to one another on the screen.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, IntoStaticStr, VariantArray)]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum Arrangement {
    /// A tree by the kernel's parents: orphans are under their adopter.
    #[default]
    Parents,
    /// A tree by creators: orphans stay where they came from.
    Creators,
    /// One below the other, in their order.
    List,
}

impl Arrangement {
    /// The one that follows, around.
    pub(crate) fn next(self) -> Self {
        let place = Self::VARIANTS.iter().position(|known| *known == self).unwrap_or(0);
        Self::VARIANTS[(place + 1) % Self::VARIANTS.len()]
    }

    pub(crate) fn parent_kind(self) -> ParentKind {
        match self {
            Self::Parents | Self::List => ParentKind::Kernel,
            Self::Creators => ParentKind::Creator,
        }
    }
}

impl Shown {
    pub(crate) fn parent_kind(&self) -> ParentKind {
        self.arrangement.parent_kind()
    }
}
