//! The query from which the rows of the tree are made.

use crate::panes::tree::folds::Folds;
use crate::panes::tree::ghosts::GhostRows;
use crate::panes::tree::order::SiblingOrder;
use crate::world::ParentKind;

/// The query from which rows are made.
#[derive(Debug)]
pub struct RowsQuery<'a> {
    pub folds: &'a Folds,
    pub order: SiblingOrder,
    /// Whether kernel threads are shown.
    pub kernel_threads: bool,
    /// The parent under which a process stands.
    pub parent_kind: ParentKind,
    /// Text that a process, or one of its ancestors, must contain; empty for all.
    pub filter: &'a str,
    pub ghosts: GhostRows,
}
