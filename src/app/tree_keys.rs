//! Moving and folding in the tree, and moving in the details.

use crate::app::layout::DetailsPane;
use crate::app::{App, Focus};
use crate::keymap::{Motion, TreeCommand};
use crate::panes::tree::rows::{FoldMark, Folds};
use crate::record::ProcessKey;

impl App {
    pub(super) fn move_in_tree(&mut self, motion: Motion) {
        let row = self.cursor.row(&self.rows).unwrap_or(0);
        let page = self.page();
        self.cursor.go_to(motion.from(row, page), &self.rows, page);
    }

    pub(super) fn on_tree(&mut self, command: TreeCommand) {
        match command {
            TreeCommand::Parent => self.go_to_parent(),
            TreeCommand::Fold => self.step_out(),
            TreeCommand::Unfold => self.step_in(),
            TreeCommand::FoldAll => self.fold_all(),
            TreeCommand::UnfoldSubtree => self.fold_subtree(Folds::open),
            TreeCommand::FoldSubtree => self.fold_subtree(Folds::fold),
            TreeCommand::Details => self.toggle_details(),
        }
    }

    fn go_to_parent(&mut self) {
        let parent = self.selected_row().and_then(|row| row.parent_row);
        if let Some(parent) = parent {
            let page = self.page();
            self.cursor.go_to(parent, &self.rows, page);
        }
    }

    fn step_out(&mut self) {
        let page = self.page();
        let Some(row) = self.selected_row().copied() else { return };
        if row.fold == FoldMark::Open {
            self.folds.fold(row.key);
            self.rebuild_rows();
        } else if let Some(parent) = row.parent_row {
            self.cursor.go_to(parent, &self.rows, page);
        }
    }

    fn step_in(&mut self) {
        let page = self.page();
        let Some(row) = self.selected_row().copied() else { return };
        match row.fold {
            FoldMark::Folded => {
                self.folds.open(row.key);
                self.rebuild_rows();
            }
            FoldMark::Open => {
                let below = self.cursor.row(&self.rows).map_or(0, |row| row + 1);
                self.cursor.go_to(below, &self.rows, page);
            }
            FoldMark::Leaf => {}
        }
    }

    /// Folds everything, or unfolds everything if anything is folded.
    fn fold_all(&mut self) {
        let is_any_folded = self.rows.iter().any(|row| row.fold == FoldMark::Folded);
        self.folds = if is_any_folded {
            Folds::default()
        } else {
            Folds::AllFoldedBut(std::collections::HashSet::new())
        };
        self.rebuild_rows();
    }

    fn fold_subtree(&mut self, change: fn(&mut Folds, ProcessKey)) {
        let Some(key) = self.cursor.key else { return };
        let Some(subject) = self.world.subject(key) else { return };
        let below = self.world.tree_of(self.parent_kind).below(subject.slot());
        let keys: Vec<ProcessKey> =
            below.into_iter().map(|slot| self.world.at(slot).key()).collect();
        for below in std::iter::once(key).chain(keys) {
            change(&mut self.folds, below);
        }
        self.rebuild_rows();
    }

    /// Folds or unfolds one process's children.
    pub(super) fn toggle_fold(&mut self, key: ProcessKey) {
        if self.folds.is_open(key) {
            self.folds.fold(key);
        } else {
            self.folds.open(key);
        }
        self.rebuild_rows();
    }

    /// Opens or closes the details; where a guide is in their place, it gets the keys.
    pub(super) fn toggle_details(&mut self) {
        if self.guide.is_some() {
            self.focus = Focus::Guide;
            return;
        }
        self.details_pane =
            if self.shows_details() { DetailsPane::Closed } else { DetailsPane::Open };
        self.focus = Focus::Tree;
        let page = self.page();
        self.cursor.bring_on_screen(&self.rows, page);
    }

    pub(super) fn next_pane(&mut self) {
        self.focus = match self.focus {
            Focus::Tree if self.guide.is_some() => Focus::Guide,
            Focus::Tree if self.shows_details() => Focus::Details,
            Focus::Tree | Focus::Details | Focus::Guide if self.bottom.is_some() => Focus::Bottom,
            _ => Focus::Tree,
        };
    }

    /// Moves in the details.
    pub(super) fn scroll_details(&mut self, motion: Motion) {
        let page = self.areas().and_then(|areas| areas.details).map_or(1, |area| area.height);
        let page = usize::from(page.saturating_sub(1)).max(1);
        // How many lines there are depends on the width: no more than that can be scrolled away.
        let lines = crate::app::details::lines(self).len();
        self.details_scroll =
            motion.from(self.details_scroll, page).min(lines.saturating_sub(page));
    }
}
