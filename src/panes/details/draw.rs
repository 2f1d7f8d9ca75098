//! The details pane: everything about the selected process.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Widget};

use crate::panes::details::{DetailLine, LABEL_WIDTH};
use crate::theme::{Meaning, Theme};
use crate::world::Comparison;

/// The contents of the pane.
pub(crate) struct Contents {
    pub(crate) title: String,
    pub(crate) lines: Vec<DetailLine>,
    /// The first line on screen.
    pub(crate) scroll: usize,
    /// How the frame is drawn: it shows whether the pane has the keys.
    pub(crate) frame: Meaning,
}

pub(crate) fn draw(contents: Contents, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let is_right = area.x > 0;
    let Contents { title, lines, scroll, frame } = contents;
    let frame = theme.style(frame);
    let block = Block::new()
        .borders(if is_right { Borders::LEFT | Borders::TOP } else { Borders::TOP })
        .border_set(theme.borders())
        .border_style(frame)
        .title(Line::styled(title, frame.add_modifier(Modifier::BOLD)));
    let inner = block.inner(area);
    block.render(area, buffer);
    let most = lines.len().saturating_sub(usize::from(inner.height));
    let shown = lines.into_iter().skip(scroll.min(most));
    for (line, y) in shown.zip(inner.y..inner.bottom()) {
        let label = format!(" {:LABEL_WIDTH$}", line.label);
        let style = match (line.role, line.comparison) {
            (Some(role), _) => theme.role(role),
            (None, Some(Comparison::Mismatch)) => theme.style(Meaning::Warning),
            (None, Some(Comparison::Matched)) => theme.style(Meaning::New),
            (None, _) => Style::new(),
        };
        let text = theme.foreign(&line.text).into_owned();
        let spans = [Span::styled(label, theme.style(Meaning::Quiet)), Span::styled(text, style)];
        Line::from_iter(spans).render(Rect { y, height: 1, ..inner }, buffer);
    }
}
