//! The bar beside a list that does not fit: which part of it is on screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Scrollbar, ScrollbarOrientation, ScrollbarState, StatefulWidget};

use crate::theme::{Meaning, Theme};

/// Draws the bar into the last column of an area, for a list of so many lines from its top on.
pub(crate) fn draw(n_lines: usize, top: usize, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let page = usize::from(area.height);
    if n_lines <= page || area.is_empty() {
        return;
    }
    let mut state =
        ScrollbarState::new(n_lines - page + 1).position(top).viewport_content_length(page);
    Scrollbar::new(ScrollbarOrientation::VerticalRight)
        .begin_symbol(None)
        .end_symbol(None)
        .track_symbol(None)
        .thumb_symbol(theme.pick("▐", "#"))
        .thumb_style(theme.style(Meaning::Quiet))
        .render(area, buffer, &mut state);
}
