//! The tree: its rows, the cursor, folds, search and filter, and the commands that act on them.

pub(crate) mod columns;
pub(crate) mod cursor;
pub(crate) mod draw;
pub(crate) mod draw_columns;
mod draw_command;
pub(crate) mod family;
mod folding;
pub mod folds;
pub mod ghosts;
pub(crate) mod indents;
pub(crate) mod matches;
pub mod order;
mod own_row;
pub mod rows;
pub(crate) mod search;
pub mod shown;
mod totals;

use crate::keymap::{Motion, TreeCommand};
use crate::panes::tree::cursor::TreeCursor;
use crate::panes::tree::folds::Folds;
use crate::panes::tree::order::SiblingOrder;
use crate::panes::tree::rows::{Row, RowId};
use crate::panes::tree::shown::{Arrangement, Shown};
use crate::record::{BootTime, ProcessId, ProcessKey};
use crate::world::World;

/// A process that is to be selected as soon as it has a row.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Expected {
    pub(crate) key: ProcessKey,
    /// It is the main of a lab, whose processes alone are shown from then on.
    is_of_lab: bool,
}

impl Expected {
    pub(crate) fn process(key: ProcessKey) -> Self {
        Self { key, is_of_lab: false }
    }

    pub(crate) fn lab_main(key: ProcessKey) -> Self {
        Self { key, is_of_lab: true }
    }

    /// The root of the family to show with it: the lab's helper, which adopts the orphans.
    pub(crate) fn family(self, world: &World) -> Option<ProcessId> {
        let main = world.resolve(self.key).filter(|_| self.is_of_lab)?;
        world.get(main)?.parent
    }
}

/// So many places are remembered to come back to.
const MOST_VISITED: usize = 50;

/// The tree, and how it is looked at.
#[derive(Debug, Default)]
pub(crate) struct TreePane {
    /// The rows that can be scrolled to.
    pub(crate) rows: Vec<Row>,
    /// The selected process, and which part of the tree is on screen.
    pub(crate) cursor: TreeCursor,
    pub(crate) folds: Folds,
    /// The folds to come back to from those of all families.
    own_folds: Option<Folds>,
    pub(crate) shown: Shown,
    /// The order to come back to from the list.
    order_of_tree: SiblingOrder,
    /// Where the cursor was before it was led elsewhere, the newest last.
    visited: Vec<ProcessId>,
    /// The text that is searched for; empty if none is.
    pub(crate) needle: String,
    /// What was searched for and filtered by before, to come back to.
    pub(crate) last_search: String,
    pub(crate) last_filter: String,
    /// The selected process is kept in the middle.
    pub(crate) is_following: bool,
    /// When the next of the newly born gets its row.
    pub(crate) next_row_at: Option<BootTime>,
    /// A process to be selected as soon as it has a row.
    pub(crate) expected: Option<Expected>,
}

impl TreePane {
    /// The tree of all processes; that one is selected as soon as it has a row.
    pub(crate) fn new(target: Option<ProcessKey>) -> Self {
        Self { expected: target.map(Expected::process), ..Self::default() }
    }

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
        rows::rows(world, folds, &self.shown)
    }

    /// Makes the rows anew, and keeps the cursor on its process and on its line.
    pub(crate) fn rebuild(&mut self, world: &World, page: usize) {
        let rows = self.rows_with(&self.folds, world);
        self.next_row_at = own_row::next_row_at(world);
        let old = std::mem::replace(&mut self.rows, rows);
        let keeps_top = self.shown.order.is_of_usage();
        self.cursor.restore(&old, &self.rows, world, page, keeps_top);
        if self.is_following {
            self.cursor.center(&self.rows, page);
        }
    }

    /// Unfolds what hides a process, drops a filter or a family that hides it, and selects it.
    pub(crate) fn reveal(&mut self, id: ProcessId, world: &World, page: usize) {
        let row = RowId::Process(id);
        if self.cursor.land_on(row, &self.rows, page) {
            return;
        }
        let Some(slot) = world.slot_of(id) else { return };
        let tree = world.tree_of(self.shown.parent_kind());
        for ancestor in std::iter::successors(tree.parent(slot), |slot| tree.parent(*slot)) {
            self.folds.open(world.at(ancestor).id());
        }
        self.rebuild(world, page);
        let is_narrowed = !self.shown.filter.is_empty() || self.shown.family.is_some();
        if !self.cursor.land_on(row, &self.rows, page) && is_narrowed {
            self.shown.filter.clear();
            self.shown.family = None;
            self.rebuild(world, page);
            self.cursor.land_on(row, &self.rows, page);
        }
    }

    /// Remembers where the cursor is, before it is led elsewhere.
    pub(crate) fn leave_place(&mut self) {
        self.note_place(self.selected());
    }

    /// Remembers a place to come back to.
    pub(crate) fn note_place(&mut self, place: Option<ProcessId>) {
        let Some(here) = place.filter(|here| self.visited.last() != Some(here)) else { return };
        if self.visited.len() == MOST_VISITED {
            self.visited.remove(0);
        }
        self.visited.push(here);
    }

    /// The place where the cursor was before it was led here.
    pub(crate) fn take_last_place(&mut self) -> Option<ProcessId> {
        let here = self.selected();
        std::iter::from_fn(|| self.visited.pop()).find(|place| Some(*place) != here)
    }

    /// Arranges the processes in the next way. A list is there to find the biggest.
    pub(crate) fn rearrange(&mut self, world: &mut World, page: usize) {
        let shown = &mut self.shown;
        if shown.arrangement == Arrangement::List {
            shown.order = self.order_of_tree;
        }
        shown.arrangement = shown.arrangement.next();
        if shown.arrangement == Arrangement::List {
            self.order_of_tree = shown.order;
            if shown.order == SiblingOrder::Birth {
                shown.order = SiblingOrder::Cpu;
            }
        }
        world.keep_creators(shown.arrangement == Arrangement::Creators);
        self.rebuild(world, page);
    }

    /// Orders by what is used, the biggest first, and begins at the top.
    pub(crate) fn order_by(&mut self, order: SiblingOrder, world: &World, page: usize) {
        self.shown.order = order;
        self.rebuild(world, page);
        self.cursor.go_to(0, &self.rows, page);
    }

    pub(crate) fn on_motion(&mut self, motion: Motion, page: usize) {
        if matches!(motion, Motion::First | Motion::Last) {
            self.leave_place();
        }
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
        self.shown.kernel_threads = !self.shown.kernel_threads;
        self.rebuild(world, page);
    }

    /// How many ancestors the deepest row on screen has.
    pub(crate) fn deepest(&self, page: usize) -> usize {
        let on_screen = self.rows.iter().skip(self.cursor.top).take(page);
        on_screen.map(|row| row.depth).max().unwrap_or(0)
    }

    /// The processes that have a row on screen.
    pub(crate) fn on_screen(&self, page: usize) -> impl Iterator<Item = ProcessId> {
        self.rows.iter().skip(self.cursor.top).take(page).filter_map(|row| row.id.process())
    }
}
