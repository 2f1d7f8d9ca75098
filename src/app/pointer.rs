//! The mouse: a click selects, a click on the fold mark folds, the wheel scrolls.

use ratatui::layout::{Position, Rect};

use crate::app::input::{Effect, Pointer};
use crate::app::layout::{Indent, columns};
use crate::app::{App, Focus};
use crate::keymap::Motion;
use crate::panes::tree::rows::FoldMark;

/// Rows that a turn of the wheel scrolls.
const WHEEL_LINES: isize = 3;

impl App {
    pub(super) fn on_pointer(&mut self, pointer: Pointer) -> Vec<Effect> {
        let Some(areas) = self.areas() else { return Vec::new() };
        if self.dialog.is_some() {
            return Vec::new();
        }
        match pointer {
            Pointer::Click(position) => {
                if let Some(line) = areas.tree_line(position) {
                    self.focus = Focus::Tree;
                    self.click(line, position, areas.tree.x, areas.tree.width);
                } else if areas.details.is_some_and(|area| area.contains(position)) {
                    self.focus = Focus::Details;
                } else if areas.guide.is_some_and(|area| area.contains(position)) {
                    self.focus = Focus::Guide;
                } else if let Some(area) = areas.bottom.filter(|area| area.contains(position)) {
                    self.click_bottom(area, position);
                }
            }
            Pointer::ScrollUp(position) => self.wheel(position, -WHEEL_LINES),
            Pointer::ScrollDown(position) => self.wheel(position, WHEEL_LINES),
        }
        Vec::new()
    }

    fn click(&mut self, line: usize, position: Position, left: u16, width: u16) {
        let Some(row) = self.rows.get(self.cursor.top + line).copied() else { return };
        let page = self.page();
        self.cursor.go_to(self.cursor.top + line, &self.rows, page);
        let indent = Indent::of(row.depth, columns(width).name_width);
        let mark = indent.mark_column();
        let column = usize::from(position.x - left);
        if row.fold != FoldMark::Leaf && (mark..mark + 2).contains(&column) {
            self.toggle_fold(row.key);
        }
    }

    fn wheel(&mut self, position: Position, lines: isize) {
        let Some(areas) = self.areas() else { return };
        let (details, guide) = (areas.details, areas.guide);
        let is_in = |area: Option<Rect>| area.is_some_and(|area| area.contains(position));
        if is_in(details) || is_in(guide) {
            let motion = if lines < 0 { Motion::Up } else { Motion::Down };
            for _ in 0..lines.unsigned_abs() {
                if is_in(guide) {
                    self.scroll_guide(motion);
                } else {
                    self.scroll_details(motion);
                }
            }
        } else if areas.bottom.is_some_and(|area| area.contains(position)) {
            self.wheel_bottom(lines);
        } else {
            let page = self.page();
            self.cursor.scroll(&self.rows, page, lines);
        }
    }
}
