//! Moving and folding in the tree, and moving in the details.

use crate::app::action::Action;
use crate::app::layout::DetailsPane;
use crate::app::{App, Focus};
use crate::panes::tree::rows::{FoldMark, Folds};
use crate::record::ProcessKey;

impl App {
    /// Does what an action says in the tree; whether it was one for the tree.
    pub(super) fn act_on_tree(&mut self, action: Action) -> bool {
        let page = self.page();
        let row = self.cursor.row(&self.rows).unwrap_or(0);
        let last = self.rows.len().saturating_sub(1);
        let to = match action {
            Action::Up => row.saturating_sub(1),
            Action::Down => row + 1,
            Action::PageUp => row.saturating_sub(page),
            Action::PageDown => row + page,
            Action::HalfPageUp => row.saturating_sub(page / 2),
            Action::HalfPageDown => row + page / 2,
            Action::First => 0,
            Action::Last => last,
            Action::ToParent => self.rows.get(row).and_then(|row| row.parent_row).unwrap_or(row),
            _ => return self.fold_by(action),
        };
        self.cursor.go_to(to, &self.rows, page);
        true
    }

    fn fold_by(&mut self, action: Action) -> bool {
        match action {
            Action::StepOut => self.step_out(),
            Action::StepIn => self.step_in(),
            Action::FoldAll => self.fold_all(),
            Action::UnfoldSubtree => self.fold_subtree(Folds::open),
            Action::FoldSubtree => self.fold_subtree(Folds::fold),
            Action::KernelThreads => {
                self.kernel_threads = !self.kernel_threads;
                self.rebuild_rows();
            }
            _ => return false,
        }
        true
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

    /// Moves in the details; whether the action was one for them.
    pub(super) fn scroll_details(&mut self, action: Action) -> bool {
        let page = self.areas().and_then(|areas| areas.details).map_or(1, |area| area.height);
        let page = usize::from(page.saturating_sub(1)).max(1);
        let Some(wanted) = scrolled(self.details_scroll, page, action) else { return false };
        // How many lines there are depends on the width: no more than that can be scrolled away.
        let lines = crate::app::details::lines(self).len();
        self.details_scroll = wanted.min(lines.saturating_sub(page));
        true
    }
}

/// Where a text is scrolled to from there, by pages of so many lines; `None` if the action is no
/// move. It may be past the end.
pub(super) fn scrolled(scroll: usize, page: usize, action: Action) -> Option<usize> {
    Some(match action {
        Action::Up => scroll.saturating_sub(1),
        Action::Down => scroll + 1,
        Action::PageUp | Action::HalfPageUp => scroll.saturating_sub(page),
        Action::PageDown | Action::HalfPageDown => scroll + page,
        Action::First => 0,
        Action::Last => usize::MAX,
        _ => return None,
    })
}
