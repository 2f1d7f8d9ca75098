//! The machine, drawn: a figure a cell, its history as bars.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::panes::machine::{Figure, figures};
use crate::text::{shorten, width};
use crate::theme::{Meaning, Theme};
use crate::world::World;

/// The narrowest cell that a figure fits into.
const CELL: u16 = 58;
/// Columns that the label takes.
const LABEL: usize = 12;
/// Shares from which on a bar is warm, and hot.
const MUCH: [f64; 2] = [0.6, 0.9];

/// How many lines the figures take on a screen of that width.
pub(crate) fn n_lines(n_figures: usize, screen_width: u16) -> u16 {
    let lines = n_figures.div_ceil(usize::from(columns(screen_width)));
    u16::try_from(lines).unwrap_or(u16::MAX)
}

fn columns(screen_width: u16) -> u16 {
    (screen_width / CELL).max(1)
}

pub(crate) fn draw(world: &World, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let n_columns = columns(area.width);
    let cell_width = area.width / n_columns;
    for (index, figure) in figures(world.machine()).into_iter().enumerate() {
        let Ok(index) = u16::try_from(index) else { return };
        let (x, y) = (area.x + index % n_columns * cell_width, area.y + index / n_columns);
        if y < area.bottom() {
            let cell = Rect { x, y, width: cell_width, height: 1 };
            draw_figure(figure, world, theme, cell, buffer);
        }
    }
}

fn draw_figure(figure: Figure, world: &World, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let room = usize::from(area.width).saturating_sub(LABEL + 2);
    let text = figure.text(world);
    let text = shorten(&text, room, theme.ellipsis());
    let n_bars = room.saturating_sub(width(&text) + 1);
    let history = figure.history(world);
    let newest = history.last().map_or_else(Style::new, |share| theme.heat(*share, MUCH));
    let label = format!(" {:LABEL$}", figure.label());
    let mut spans = vec![
        Span::styled(label, theme.style(Meaning::Quiet)),
        Span::styled(format!("{text} "), newest),
    ];
    let bars = history[history.len().saturating_sub(n_bars)..].iter();
    spans.extend(bars.map(|share| Span::styled(theme.bar(*share), theme.heat(*share, MUCH))));
    Line::from(spans).render(area, buffer);
}
