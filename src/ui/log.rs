//! The event log: what happened, a line each.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::app::log::{LogScope, shown};
use crate::app::{App, Focus};
use crate::describe::event::{LineText, of_line};
use crate::record::time::time_of_day;
use crate::roles::Role;
use crate::text::units::grouped;
use crate::text::{shorten, width};
use crate::ui::bottom;
use crate::ui::theme::{Meaning, Theme};
use crate::world::What;

/// Columns of the longest word for what can happen, with a space after it.
const WORD_WIDTH: usize = 8;

pub(super) fn draw(app: &App, theme: Theme, title: Option<Rect>, area: Rect, buffer: &mut Buffer) {
    let shown = shown(app);
    if let Some(title) = title {
        let scope = match app.log.scope {
            LogScope::Everything => "everything".to_owned(),
            LogScope::Family => bottom::family(app, app.family.root),
        };
        let count = shown.folded.n_entries() as u64;
        let entries = if count == 1 { "entry" } else { "entries" };
        let mut parts = vec!["log".to_owned(), scope];
        parts.extend(dropped(app).as_deref().map(bottom::incomplete));
        parts.push(format!("{} {entries}", grouped(count)));
        let mode = app.log.held.map(|_| "held");
        bottom::title(app, theme, &parts, mode, title, buffer);
    }
    if shown.folded.lines.is_empty() {
        let text = nothing(app);
        Line::styled(text, theme.style(Meaning::Quiet)).render(area, buffer);
        return;
    }
    let glyphs = theme.log_glyphs();
    let columns = Columns::of(usize::from(area.width));
    let lines = shown.folded.lines.iter().enumerate().skip(shown.top);
    for ((index, line), y) in lines.zip(area.y..area.bottom()) {
        let area = Rect { y, height: 1, ..area };
        if let Some(text) = of_line(&app.world, line, glyphs) {
            row(app, theme, columns, &text).render(area, buffer);
        }
        if app.focus == Focus::Bottom && index == shown.selected {
            buffer.set_style(area, theme.selected());
        }
    }
}

/// The second up to which entries were dropped, if any were.
fn dropped(app: &App) -> Option<String> {
    let root = app.family.root.filter(|_| app.log.scope == LogScope::Family);
    bottom::complete_from(app, app.world.log().dropped(), root)
}

/// What is said where there are no entries: it may be that they were dropped.
fn nothing(app: &App) -> String {
    if let Some(time) = dropped(app) {
        return format!(" entries older than {time} were dropped; nothing is kept of it");
    }
    match app.log.scope {
        LogScope::Everything => " nothing has happened yet".to_owned(),
        LogScope::Family => " nothing has happened in this family yet".to_owned(),
    }
}

/// How wide the columns are.
#[derive(Clone, Copy)]
struct Columns {
    /// The whole line.
    all: usize,
    /// The time of day, with a space after it.
    time: usize,
    /// Whom it happened to, with a space after it.
    who: usize,
}

impl Columns {
    fn of(all: usize) -> Self {
        let time = match all {
            60.. => 13,
            36.. => 9,
            _ => 0,
        };
        let who = match all {
            100.. => 26,
            60.. => 20,
            _ => 16,
        };
        Self { all, time, who }
    }
}

fn row(app: &App, theme: Theme, columns: Columns, text: &LineText) -> Line<'static> {
    let quiet = theme.style(Meaning::Quiet);
    let time = time_of_day(text.at, app.world.host());
    let time = &time[..time.len().min(columns.time.saturating_sub(1))];
    let word_style = theme.style(Meaning::of_line(text));
    let mut spans = vec![
        Span::raw(" "),
        Span::styled(format!("{time:0$}", columns.time), quiet),
        Span::styled(format!("{:WORD_WIDTH$}", text.word), word_style),
    ];
    let used = 1 + columns.time + WORD_WIDTH;
    let room = columns.all.saturating_sub(used);
    if text.name.is_empty() {
        spans.push(Span::styled(cut(theme, &text.text, room), text_style(theme, text)));
        return Line::from(spans);
    }
    spans.extend(who(theme, columns, text, room));
    let rest = room.saturating_sub(columns.who);
    spans.push(Span::styled(cut(theme, &text.text, rest), text_style(theme, text)));
    Line::from(spans)
}

/// Name and pid, as wide as their column.
fn who(theme: Theme, columns: Columns, text: &LineText, room: usize) -> [Span<'static>; 2] {
    let pid = text.pid.map_or_else(String::new, |pid| format!(" {pid}"));
    let most = columns.who.min(room).saturating_sub(width(&pid) + 1);
    let name = cut(theme, &text.name, most);
    let free = columns.who.saturating_sub(width(&name) + width(&pid)).max(1);
    let pid = format!("{pid}{}", " ".repeat(free));
    let name_style =
        if text.what.is_none() { theme.style(Meaning::of_line(text)) } else { Style::new() };
    [Span::styled(name, name_style), Span::styled(pid, theme.style(Meaning::Quiet))]
}

/// Foreign text, harmless and cut to its room.
fn cut(theme: Theme, text: &str, room: usize) -> String {
    shorten(&theme.foreign(text), room, theme.ellipsis()).into_owned()
}

fn text_style(theme: Theme, text: &LineText) -> Style {
    match text.what {
        _ if text.is_failure => theme.style(Meaning::Warning),
        Some(What::Orphan { .. }) => theme.style(Meaning::Role(Role::Orphan)),
        Some(What::Exec) => Style::new(),
        _ => theme.style(Meaning::Quiet),
    }
}
