//! The details pane: everything about the selected process.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Widget};

use crate::app::details::{LABEL_WIDTH, lines};
use crate::app::{App, Focus};
use crate::forecast::Comparison;
use crate::ui::theme::{Charset, Meaning, Theme};

pub(super) fn draw(app: &App, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let is_right = area.x > 0;
    let is_focused = app.focus == Focus::Details;
    let frame = theme.style(if is_focused { Meaning::Key } else { Meaning::Quiet });
    let block = Block::new()
        .borders(if is_right { Borders::LEFT | Borders::TOP } else { Borders::TOP })
        .border_set(border_set(theme))
        .border_style(frame)
        .title(Line::styled(title(app, theme), frame.add_modifier(Modifier::BOLD)));
    let inner = block.inner(area);
    block.render(area, buffer);
    let lines = lines(app);
    let most = lines.len().saturating_sub(usize::from(inner.height));
    let shown = lines.into_iter().skip(app.details_scroll.min(most));
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

/// The set of lines that borders are drawn with.
pub(super) fn border_set(theme: Theme) -> ratatui::symbols::border::Set<'static> {
    const ASCII: ratatui::symbols::border::Set<'static> = ratatui::symbols::border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    };
    match theme.charset {
        Charset::Unicode => ratatui::symbols::border::ROUNDED,
        Charset::Ascii => ASCII,
    }
}

fn title(app: &App, theme: Theme) -> String {
    let process = app.cursor.key.and_then(|key| app.world.get(key));
    process.map_or_else(String::new, |process| {
        format!(" {} {} ", theme.foreign(&process.stat.comm), process.key().pid)
    })
}
