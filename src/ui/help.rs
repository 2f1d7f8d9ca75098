//! The help: the keys by group, from the table of actions, and what the roles mean.

use ratatui::Frame;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::app::App;
use crate::app::action::{ActionRow, Group};
use crate::model::evidence::Role;
use crate::model::text::wrap;
use crate::ui::dialog::open_box;
use crate::ui::theme::{Meaning, Theme};

const KEYS_WIDTH: usize = 13;

pub(super) fn draw(app: &App, theme: Theme, scroll: usize, frame: &mut Frame<'_>) {
    let screen = frame.area();
    let area = open_box(theme, "keys and roles", 82, screen.height, frame);
    let lines = lines(app, theme, usize::from(area.width));
    let most = lines.len().saturating_sub(usize::from(area.height));
    let scroll = u16::try_from(scroll.min(most)).unwrap_or(u16::MAX);
    frame.render_widget(Paragraph::new(lines).scroll((scroll, 0)), area);
}

fn lines(app: &App, theme: Theme, width: usize) -> Vec<Line<'static>> {
    let title = theme.style(Meaning::Title).add_modifier(Modifier::BOLD);
    let room = width.saturating_sub(KEYS_WIDTH + 2);
    let mut lines = Vec::new();
    for group in Group::ALL {
        let rows: Vec<&ActionRow> = app.actions().filter(|row| row.group == group).collect();
        if rows.is_empty() {
            continue;
        }
        lines.push(Line::styled(group.title(), title));
        for row in rows {
            let style = theme.style(Meaning::Key);
            entry(&mut lines, Span::styled(keys(theme, row), style), row.help, room);
        }
        lines.push(Line::default());
    }
    lines.push(Line::styled("Roles", title));
    for role in Role::ALL {
        let name = format!("{} {}", theme.glyph(role), role.word());
        entry(&mut lines, Span::styled(name, theme.role(role)), role.meaning(), room);
    }
    let ended = format!("{} ended", theme.ghost());
    let meaning = "a process that has ended; its row fades out after a few seconds";
    entry(&mut lines, Span::styled(ended, theme.style(Meaning::Ended)), meaning, room);
    lines.push(Line::default());
    let more = "A verdict is certain, likely or possible; the details give the reasons. \
                A click selects, a click on the fold mark folds, the wheel scrolls.";
    lines.extend(wrap(more, width).into_iter().map(Line::from));
    lines
}

fn entry(lines: &mut Vec<Line<'static>>, head: Span<'static>, text: &str, room: usize) {
    let padding = " ".repeat((KEYS_WIDTH + 2).saturating_sub(head.width()));
    let mut head = Some([head, Span::raw(padding)]);
    for part in wrap(text, room) {
        let mut spans = match head.take() {
            Some(head) => head.to_vec(),
            None => vec![Span::raw(" ".repeat(KEYS_WIDTH + 2))],
        };
        spans.push(Span::raw(part));
        lines.push(Line::from(spans));
    }
}

/// The keys of an action in the terminal's characters.
pub(super) fn keys(theme: Theme, row: &ActionRow) -> String {
    let keys = row.keys_text();
    if theme.pick("u", "a") == "u" {
        return keys;
    }
    [("↑", "Up"), ("↓", "Down"), ("←", "Left"), ("→", "Right")]
        .iter()
        .fold(keys, |keys, (arrow, word)| keys.replace(arrow, word))
}
