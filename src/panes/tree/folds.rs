//! Which families are folded.

use std::collections::HashSet;

use crate::record::ProcessId;

/// The folded families; by process, so that folds outlive every change of the tree.
#[derive(Clone, Debug, PartialEq)]
pub enum Folds {
    /// All are open but these.
    AllOpenBut(HashSet<ProcessId>),
    /// All are folded but these.
    AllFoldedBut(HashSet<ProcessId>),
}

impl Default for Folds {
    fn default() -> Self {
        Self::AllOpenBut(HashSet::new())
    }
}

impl Folds {
    /// Whether the children of that process are shown.
    pub(crate) fn is_open(&self, id: ProcessId) -> bool {
        match self {
            Self::AllOpenBut(folded) => !folded.contains(&id),
            Self::AllFoldedBut(open) => open.contains(&id),
        }
    }

    /// Shows the children of that process.
    pub(crate) fn open(&mut self, id: ProcessId) {
        match self {
            Self::AllOpenBut(folded) => folded.remove(&id),
            Self::AllFoldedBut(open) => open.insert(id),
        };
    }

    /// Hides the children of that process.
    pub(crate) fn fold(&mut self, id: ProcessId) {
        match self {
            Self::AllOpenBut(folded) => folded.insert(id),
            Self::AllFoldedBut(open) => open.remove(&id),
        };
    }

    /// Forgets processes that are no more.
    pub(crate) fn forget_all_but(&mut self, exists: impl Fn(ProcessId) -> bool) {
        let (Self::AllOpenBut(keys) | Self::AllFoldedBut(keys)) = self;
        keys.retain(|id| exists(*id));
    }
}
