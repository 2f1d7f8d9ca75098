//! Drawing that all dialogs share: boxes, lists, rules.

use ratatui::Frame;
use ratatui::layout::{Rect, Size};
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear};

use crate::layout::{dialog_area, dialog_frame};
use crate::panes::draw_scrollbar;
use crate::theme::{Meaning, Theme};

/// Draws a box of that size in the middle of the screen, as far as there is room, and returns
/// what is inside. The status line stays free.
pub(super) fn open_box(
    theme: Theme,
    title: &str,
    width: u16,
    height: u16,
    frame: &mut Frame<'_>,
) -> Rect {
    let (screen, content) = (frame.area().as_size(), Size::new(width, height));
    let area = dialog_frame(screen, content);
    let block = Block::bordered()
        .border_set(theme.borders())
        .border_style(theme.style(Meaning::Key))
        .title(Line::styled(format!(" {title} "), theme.style(Meaning::Title)));
    frame.render_widget(Clear, area);
    frame.render_widget(block, area);
    dialog_area(screen, content)
}

/// Draws a list, scrolled so that the chosen line is on screen.
pub(super) fn list(
    theme: Theme,
    lines: Vec<Line<'static>>,
    choice: usize,
    area: Rect,
    frame: &mut Frame<'_>,
) {
    let (room, n_lines) = (usize::from(area.height), lines.len());
    let first = (choice + 1).saturating_sub(room);
    for (index, (line, y)) in lines.into_iter().skip(first).zip(area.y..area.bottom()).enumerate() {
        let area = Rect { y, height: 1, ..area };
        frame.render_widget(line, area);
        if index + first == choice {
            frame.buffer_mut().set_style(area, theme.selected());
        }
    }
    if n_lines > room {
        let beside = Rect { width: area.width + 1, ..area };
        draw_scrollbar::draw(n_lines, first, theme, beside, frame.buffer_mut());
    }
}

/// Draws a line at the right of a list, so that nobody reads on into what stands beside it.
pub(super) fn rule(theme: Theme, list: Rect, frame: &mut Frame<'_>) {
    for y in list.y..list.bottom() {
        let line = Line::styled(theme.pick("│", "|"), theme.style(Meaning::Quiet));
        frame.render_widget(line, Rect { x: list.right() + 1, y, width: 1, height: 1 });
    }
}

/// The mark before a line of a list.
pub(super) fn chosen_mark(theme: Theme, is_chosen: bool) -> &'static str {
    if is_chosen { theme.pick("▸ ", "> ") } else { "  " }
}
