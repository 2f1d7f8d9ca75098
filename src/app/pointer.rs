//! The mouse: a click selects, on the fold mark it folds, on a title it sorts; a double click folds;
//! the wheel scrolls.

use ratatui::layout::{Position, Rect};

use crate::app::App;
use crate::app::input::{Effect, Pointer};
use crate::keymap::Motion;
use crate::layout::Focus;
use crate::panes::tree::columns::{columns, order_at};
use crate::panes::tree::rows::{FoldMark, Row, RowId};

/// Rows that a turn of the wheel scrolls.
const WHEEL_LINES: isize = 3;

impl App {
    pub(super) fn on_pointer(&mut self, pointer: Pointer) -> Vec<Effect> {
        let Some(areas) = self.areas() else { return Vec::new() };
        if self.dialog.is_some() {
            return Vec::new();
        }
        match pointer {
            Pointer::DoubleClick(position) => {
                if let Some(line) = areas.tree_line(position) {
                    self.fold_line(line, areas.tree);
                }
            }
            Pointer::Click(position) if areas.titles.contains(position) => {
                let x = position.x - areas.titles.x;
                if let Some(order) = order_at(x, areas.titles.width) {
                    self.tree.shown.order = order;
                    self.rebuild_rows();
                }
            }
            Pointer::Click(position) => {
                if let Some(line) = areas.tree_line(position) {
                    self.focus = Focus::Tree;
                    self.click(line, position, areas.tree);
                } else if areas.details.is_some_and(|area| area.contains(position)) {
                    self.focus = Focus::Details;
                } else if areas.scenario.is_some_and(|area| area.contains(position)) {
                    self.focus = Focus::Scenario;
                } else if let Some(area) = areas.bottom.filter(|area| area.contains(position)) {
                    self.focus = Focus::Bottom;
                    let (bottom, view) = self.bottom();
                    bottom.on_click(area, position, view);
                }
            }
            Pointer::ScrollUp(position) => self.wheel(position, -WHEEL_LINES),
            Pointer::ScrollDown(position) => self.wheel(position, WHEEL_LINES),
        }
        Vec::new()
    }

    fn click(&mut self, line: usize, position: Position, area: Rect) {
        let tree = &mut self.tree;
        let line = tree.cursor.top + line;
        let Some(row) = tree.rows.get(line).copied() else { return };
        let page = usize::from(area.height).max(1);
        tree.cursor.go_to(line, &tree.rows, page);
        let columns = columns(area.width, tree.deepest(page));
        let mark = columns.indents.mark_column(row.depth);
        let column = usize::from(position.x - area.x);
        if let RowId::Process(id) = row.id
            && row.fold != FoldMark::Leaf
            && (mark..mark + 2).contains(&column)
        {
            tree.toggle_fold(id, &self.world, page);
        }
    }

    fn fold_line(&mut self, line: usize, area: Rect) {
        let tree = &mut self.tree;
        let row = tree.rows.get(tree.cursor.top + line).copied();
        if let Some(Row { id: RowId::Process(id), fold, .. }) = row
            && fold != FoldMark::Leaf
        {
            tree.toggle_fold(id, &self.world, usize::from(area.height).max(1));
        }
    }

    fn wheel(&mut self, position: Position, lines: isize) {
        let Some(areas) = self.areas() else { return };
        let is_in = |area: Option<Rect>| area.is_some_and(|area| area.contains(position));
        let motion = if lines < 0 { Motion::Up } else { Motion::Down };
        if is_in(areas.scenario) {
            (0..lines.unsigned_abs()).for_each(|_| self.scroll_scenario(motion));
        } else if is_in(areas.details) {
            (0..lines.unsigned_abs()).for_each(|_| self.scroll_details(motion));
        } else if is_in(areas.bottom) {
            let (bottom, view) = self.bottom();
            bottom.on_wheel(lines, view);
        } else {
            let page = self.page();
            self.tree.cursor.scroll(&self.tree.rows, page, lines);
        }
    }
}
