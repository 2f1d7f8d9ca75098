//! The help, drawn.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use crate::dialogs::draw::open_box;
use crate::dialogs::help::{Head, HelpLine, KEYS_WIDTH, Text, columns, lines, width};
use crate::theme::{Meaning, Theme};

pub(crate) fn draw(text: &Text<'_>, scroll: usize, theme: Theme, frame: &mut Frame<'_>) {
    let screen = frame.area();
    open_box(theme, "roles and keys", width(screen.as_size()), screen.height, frame);
    let columns = columns(screen.as_size());
    let Some(first) = columns.first() else { return };
    let mut shown = lines(text, usize::from(first.width)).into_iter().skip(scroll);
    for column in &columns {
        for (y, line) in (column.y..column.bottom()).zip(shown.by_ref()) {
            frame.render_widget(drawn(theme, line), Rect { y, height: 1, ..*column });
        }
    }
}

fn drawn(theme: Theme, line: HelpLine<'_>) -> Line<'static> {
    let head = match line.head {
        Head::Title => {
            let style = theme.style(Meaning::Title).add_modifier(Modifier::BOLD);
            return Line::styled(line.text, style);
        }
        Head::Keys(binding) => {
            Span::styled(binding.keys_text(theme.is_ascii()), theme.style(Meaning::Key))
        }
        Head::Role(role) => {
            let name = format!("{} {}", theme.glyph(role), role.into_str());
            Span::styled(name, theme.role(role))
        }
        Head::Ended => {
            Span::styled(format!("{} ended", theme.ghost()), theme.style(Meaning::Ended))
        }
        Head::Continued => Span::raw(""),
    };
    let padding = " ".repeat((KEYS_WIDTH + 2).saturating_sub(head.width()));
    Line::from_iter([head, Span::raw(padding), Span::raw(line.text)])
}
