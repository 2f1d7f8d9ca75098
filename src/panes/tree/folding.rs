//! Folding families: by commands, and by a click on the fold mark.

use crate::panes::tree::TreePane;
use crate::panes::tree::folds::Folds;
use crate::panes::tree::rows::{FoldMark, RowId};
use crate::record::ProcessId;
use crate::world::World;

impl TreePane {
    /// Folds the selected process's children, or goes to its parent.
    pub(super) fn fold_or_leave(&mut self, world: &World, page: usize) {
        let Some(row) = self.selected_row().copied() else { return };
        match row.id {
            RowId::Process(id) if row.fold == FoldMark::Open => {
                self.folds.fold(id);
                self.rebuild(world, page);
            }
            RowId::Process(_) | RowId::Series(_) => self.go_to_parent(page),
        }
    }

    /// Unfolds the selected process's children, or goes to the first of them.
    pub(super) fn unfold_or_enter(&mut self, world: &World, page: usize) {
        let Some(row) = self.selected_row().copied() else { return };
        match (row.fold, row.id) {
            (FoldMark::Folded, RowId::Process(id)) => {
                self.folds.open(id);
                self.rebuild(world, page);
            }
            (FoldMark::Open, _) => {
                let child = self.cursor.row(&self.rows).map_or(0, |row| row + 1);
                self.cursor.go_to(child, &self.rows, page);
            }
            (FoldMark::Leaf, _) | (FoldMark::Folded, RowId::Series(_)) => {}
        }
    }

    /// Folds all to the first level, or goes back to the folds before.
    pub(super) fn fold_all(&mut self, world: &World, page: usize) {
        if let Some(own) = self.own_folds.take() {
            self.folds = own;
        } else {
            let roots = self.rows.iter().filter(|row| row.depth == 0);
            let first_level =
                Folds::AllFoldedBut(roots.filter_map(|row| row.id.process()).collect());
            self.own_folds = Some(std::mem::replace(&mut self.folds, first_level));
        }
        self.rebuild(world, page);
    }

    /// Folds or unfolds the selected process and its descendants.
    pub(super) fn fold_subtree(
        &mut self,
        change: fn(&mut Folds, ProcessId),
        world: &World,
        page: usize,
    ) {
        let Some(id) = self.selected() else { return };
        let Some(slot) = world.slot_of(id) else { return };
        let descendants = world.tree_of(self.shown.parent_kind()).below(slot).into_iter();
        for id in std::iter::once(id).chain(descendants.map(|slot| world.at(slot).id())) {
            change(&mut self.folds, id);
        }
        self.rebuild(world, page);
    }

    /// Folds or unfolds one process's children.
    pub(crate) fn toggle_fold(&mut self, id: ProcessId, world: &World, page: usize) {
        if self.folds.is_open(id) {
            self.folds.fold(id);
        } else {
            self.folds.open(id);
        }
        self.rebuild(world, page);
    }
}
