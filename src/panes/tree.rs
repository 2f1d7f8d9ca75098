//! The tree: its rows, the cursor, folds, search and filter, and the commands that act on them.

pub(crate) mod columns;
pub(crate) mod cursor;
pub(crate) mod draw;
pub(crate) mod draw_columns;
mod folding;
pub mod folds;
pub mod ghosts;
pub(crate) mod matches;
pub mod order;
mod own_row;
pub mod rows;
pub mod rows_query;
pub(crate) mod search;

use crate::keymap::{Motion, TreeCommand};
use crate::panes::tree::cursor::TreeCursor;
use crate::panes::tree::folds::Folds;
use crate::panes::tree::ghosts::GhostRows;
use crate::panes::tree::order::SiblingOrder;
use crate::panes::tree::rows::{Row, RowId};
use crate::panes::tree::rows_query::RowsQuery;
use crate::record::{BootTime, ProcessId, ProcessKey};
use crate::world::{ParentKind, World};

/// The tree, and how it is looked at.
#[derive(Debug, Default)]
pub(crate) struct TreePane {
    /// The rows that can be scrolled to.
    pub(crate) rows: Vec<Row>,
    /// The selected process, and which part of the tree is on screen.
    pub(crate) cursor: TreeCursor,
    pub(crate) folds: Folds,
    pub(crate) order: SiblingOrder,
    pub(crate) kernel_threads: bool,
    pub(crate) ghosts: GhostRows,
    /// The parent by which the tree is built.
    pub(crate) parent_kind: ParentKind,
    /// Text that rows, or their ancestors, must contain; empty for all.
    pub(crate) filter: String,
    /// The text of the last search; empty if there was none.
    pub(crate) needle: String,
    /// The selected process is kept in the middle.
    pub(crate) is_following: bool,
    /// When the next of the newly born gets its row.
    pub(crate) next_row_at: Option<BootTime>,
    /// A process to be selected as soon as it has a row.
    pub(crate) expected: Option<ProcessKey>,
}

impl TreePane {
    /// The selected process; `None` where the row is of several.
    pub(crate) fn selected(&self) -> Option<ProcessId> {
        self.cursor.id?.process()
    }

    /// The selected row.
    pub(crate) fn selected_row(&self) -> Option<&Row> {
        self.rows.get(self.cursor.row(&self.rows)?)
    }

    /// The rows with these folds.
    fn rows_with(&self, folds: &Folds, world: &World) -> Vec<Row> {
        let query = RowsQuery {
            folds,
            order: self.order,
            kernel_threads: self.kernel_threads,
            parent_kind: self.parent_kind,
            filter: &self.filter,
            ghosts: self.ghosts,
        };
        rows::rows(world, &query)
    }

    /// Makes the rows anew, and keeps the cursor on its process and on its line.
    pub(crate) fn rebuild(&mut self, world: &World, page: usize) {
        let rows = self.rows_with(&self.folds, world);
        self.next_row_at = own_row::next_row_at(world);
        let old = std::mem::replace(&mut self.rows, rows);
        self.cursor.restore(&old, &self.rows, world, page);
        if self.is_following {
            self.cursor.center(&self.rows, page);
        }
    }

    /// Unfolds what hides a process, drops a filter that hides it, and selects it.
    pub(crate) fn reveal(&mut self, id: ProcessId, world: &World, page: usize) {
        let row = RowId::Process(id);
        if self.cursor.land_on(row, &self.rows, page) {
            return;
        }
        let Some(slot) = world.slot_of(id) else { return };
        let tree = world.tree_of(self.parent_kind);
        for ancestor in std::iter::successors(tree.parent(slot), |slot| tree.parent(*slot)) {
            self.folds.open(world.at(ancestor).id());
        }
        self.rebuild(world, page);
        if !self.cursor.land_on(row, &self.rows, page) && !self.filter.is_empty() {
            self.filter.clear();
            self.rebuild(world, page);
            self.cursor.land_on(row, &self.rows, page);
        }
    }

    pub(crate) fn on_motion(&mut self, motion: Motion, page: usize) {
        let row = self.cursor.row(&self.rows).unwrap_or(0);
        self.cursor.go_to(motion.from(row, page), &self.rows, page);
    }

    pub(crate) fn on_command(&mut self, command: TreeCommand, world: &World, page: usize) {
        match command {
            TreeCommand::Parent => self.go_to_parent(page),
            TreeCommand::Fold => self.fold_or_leave(world, page),
            TreeCommand::Unfold => self.unfold_or_enter(world, page),
            TreeCommand::FoldAll => self.fold_all(world, page),
            TreeCommand::UnfoldSubtree => self.fold_subtree(Folds::open, world, page),
            TreeCommand::FoldSubtree => self.fold_subtree(Folds::fold, world, page),
        }
    }

    fn go_to_parent(&mut self, page: usize) {
        if let Some(parent) = self.selected_row().and_then(|row| row.parent_row) {
            self.cursor.go_to(parent, &self.rows, page);
        }
    }

    pub(crate) fn toggle_follow(&mut self, page: usize) {
        self.is_following = !self.is_following;
        if self.is_following {
            self.cursor.center(&self.rows, page);
        }
    }

    pub(crate) fn toggle_kernel_threads(&mut self, world: &World, page: usize) {
        self.kernel_threads = !self.kernel_threads;
        self.rebuild(world, page);
    }

    /// The processes that have a row on screen.
    pub(crate) fn on_screen(&self, page: usize) -> impl Iterator<Item = ProcessId> {
        self.rows.iter().skip(self.cursor.top).take(page).filter_map(|row| row.id.process())
    }
}
