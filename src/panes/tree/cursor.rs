//! The cursor: on a process and not on a row, and steady on its line of the screen.

use crate::panes::tree::rows::{Row, RowId};
use crate::world::{Process, World};

/// The selected process, and which part of the tree is on screen.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TreeCursor {
    /// The selected row; `None` only as long as there are no rows.
    pub(crate) id: Option<RowId>,
    /// The first row on screen.
    pub(crate) top: usize,
    /// The ancestors that the selected process had when it was last seen, the nearest first:
    /// the cursor goes to one of them when the row is gone.
    ancestors: Vec<RowId>,
    /// Whether the user was led to the process, and has not moved since: what is born below it
    /// is to be seen, too.
    has_landed: bool,
}

impl TreeCursor {
    /// The row of the selected process.
    pub(crate) fn row(&self, rows: &[Row]) -> Option<usize> {
        row_of(rows, self.id?)
    }

    /// Finds the cursor's place in new rows: its process on its line; else the nearest living
    /// ancestor; else what is on the same line now.
    ///
    /// Where rows change places all the time, the first rows stay on screen: `keeps_top`.
    pub(crate) fn restore(
        &mut self,
        old: &[Row],
        new: &[Row],
        world: &World,
        page: usize,
        keeps_top: bool,
    ) {
        if new.is_empty() {
            return;
        }
        let landed_on = self.id;
        let old_row = self.id.and_then(|id| row_of(old, id));
        let line = old_row.and_then(|row| row.checked_sub(self.top)).filter(|line| *line < page);
        let row = self.find(new, world).or(old_row).unwrap_or(0).min(new.len() - 1);
        if keeps_top && self.top == 0 && row < page {
            self.top = 0;
        } else if let Some(line) = line {
            self.top = row.saturating_sub(line);
        } else {
            // The cursor is off the screen: what is on screen stays.
            let anchor = old.get(self.top).and_then(|row| row_of(new, row.id));
            self.top = anchor.unwrap_or(self.top);
        }
        self.select(row, new);
        self.top = self.top.min(new.len().saturating_sub(page));
        self.has_landed &= Some(new[row].id) == landed_on;
        if self.has_landed {
            self.show_family(row, new, page);
        }
    }

    fn find(&self, rows: &[Row], world: &World) -> Option<usize> {
        let is_living =
            |id: &&RowId| id.process().and_then(|id| world.get(id)).is_some_and(Process::is_living);
        let own = self.id.and_then(|id| row_of(rows, id));
        own.or_else(|| {
            self.ancestors.iter().filter(is_living).find_map(|ancestor| row_of(rows, *ancestor))
        })
    }

    /// Selects a row without moving the screen.
    fn select(&mut self, row: usize, rows: &[Row]) {
        let Some(selected) = rows.get(row) else { return };
        self.id = Some(selected.id);
        self.ancestors.clear();
        let mut above = selected.parent_row;
        while let Some(parent) = above {
            self.ancestors.push(rows[parent].id);
            above = rows[parent].parent_row;
        }
    }

    /// Selects a row and scrolls as little as brings it on screen.
    pub(crate) fn go_to(&mut self, row: usize, rows: &[Row], page: usize) {
        if rows.is_empty() {
            return;
        }
        let row = row.min(rows.len() - 1);
        self.select(row, rows);
        self.top = self.top.clamp((row + 1).saturating_sub(page), row);
        self.has_landed = false;
    }

    /// Selects a process; whether it has a row. If it is not on screen with its family already, it
    /// comes into the upper third, so that what is below it is seen.
    pub(crate) fn land_on(&mut self, id: RowId, rows: &[Row], page: usize) -> bool {
        let Some(row) = row_of(rows, id) else { return false };
        self.select(row, rows);
        self.show_family(row, rows, page);
        self.has_landed = true;
        true
    }

    fn show_family(&mut self, row: usize, rows: &[Row], page: usize) {
        let depth = rows[row].depth;
        let below = rows[row + 1..].iter().take_while(|below| below.depth > depth).count();
        let is_low = row + below >= self.top + page && row > self.top + page / 3;
        if row < self.top || row >= self.top + page || is_low {
            self.top = row.saturating_sub(page / 4).min(rows.len().saturating_sub(page));
        }
    }

    /// Scrolls without moving the cursor.
    pub(crate) fn scroll(&mut self, rows: &[Row], page: usize, lines: isize) {
        let last = rows.len().saturating_sub(page);
        self.top = self.top.saturating_add_signed(lines).min(last);
        self.has_landed = false;
    }

    /// Scrolls so that the selected row is in the middle.
    pub(crate) fn center(&mut self, rows: &[Row], page: usize) {
        if let Some(row) = self.row(rows) {
            self.top = row.saturating_sub(page / 2).min(rows.len().saturating_sub(page));
        }
    }

    /// Scrolls as little as brings the cursor on screen.
    pub(crate) fn bring_on_screen(&mut self, rows: &[Row], page: usize) {
        if let Some(row) = self.row(rows) {
            self.go_to(row, rows, page);
        }
        self.top = self.top.min(rows.len().saturating_sub(page));
    }
}

fn row_of(rows: &[Row], id: RowId) -> Option<usize> {
    rows.iter().position(|row| row.id == id)
}
