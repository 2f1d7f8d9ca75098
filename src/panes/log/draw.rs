//! The event log: what happened, a line each.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::describe::event::LineText;
use crate::panes::bottom::{BottomPane, Look};
use crate::panes::draw_title as title;
use crate::panes::family::View;
use crate::panes::log::LogScope;
use crate::panes::log::text::of_line;
use crate::record::time::time_of_day;
use crate::text::units::grouped;
use crate::text::{shorten, width};
use crate::theme::{Meaning, Theme};
use crate::verdict::Role;
use crate::world::{What, World};

/// Columns of the longest word for what can happen, with a space after it.
const WORD_WIDTH: usize = 9;

pub(crate) fn draw(
    pane: &BottomPane,
    view: View<'_>,
    look: Look,
    [heading, area]: [Rect; 2],
    buffer: &mut Buffer,
) {
    let BottomPane { log, family, .. } = pane;
    let Look { theme, has_keys } = look;
    let world = view.world;
    let shown = log.shown(family, view);
    if !heading.is_empty() {
        let scope = match log.scope {
            LogScope::Everything => "everything".to_owned(),
            LogScope::Family => title::family(world, family.root),
        };
        let count = shown.folded.n_entries() as u64;
        let entries = if count == 1 { "entry" } else { "entries" };
        let mut parts = vec!["log".to_owned(), scope];
        parts.extend(dropped(pane, world).as_deref().map(title::incomplete));
        parts.push(format!("{} {entries}", grouped(count)));
        let mode = log.held.map(|_| "held");
        title::draw(theme, Theme::frame(has_keys), &parts, mode, heading, buffer);
    }
    if shown.folded.lines.is_empty() {
        let text = nothing(pane, world);
        Line::styled(text, theme.style(Meaning::Quiet)).render(area, buffer);
        return;
    }
    let glyphs = theme.log_glyphs();
    let columns = Columns::of(usize::from(area.width));
    let lines = shown.folded.lines.iter().enumerate().skip(shown.top);
    for ((index, line), y) in lines.zip(area.y..area.bottom()) {
        let area = Rect { y, height: 1, ..area };
        if let Some(text) = of_line(world, line, glyphs) {
            row(world, theme, columns, &text).render(area, buffer);
        }
        if has_keys && index == shown.selected {
            buffer.set_style(area, theme.selected());
        }
    }
}

/// The second up to which entries were dropped, if any were.
fn dropped(pane: &BottomPane, world: &World) -> Option<String> {
    let root = pane.family.root.filter(|_| pane.log.scope == LogScope::Family);
    title::complete_from(world, world.log().dropped(), root)
}

/// The text where there are no entries: they may have been dropped.
fn nothing(pane: &BottomPane, world: &World) -> String {
    if let Some(time) = dropped(pane, world) {
        return format!(" entries older than {time} were dropped; nothing is kept of it");
    }
    match pane.log.scope {
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
    /// The width of the process's name and pid, with a space after them.
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

fn row(world: &World, theme: Theme, columns: Columns, text: &LineText) -> Line<'static> {
    let quiet = theme.style(Meaning::Quiet);
    let time = time_of_day(text.at, world.host());
    let time = &time[..time.len().min(columns.time.saturating_sub(1))];
    let word_style = theme.style(Meaning::of_event(text.what, text.is_failure));
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
    let name_style = if text.what.is_none() {
        theme.style(Meaning::of_event(text.what, text.is_failure))
    } else {
        Style::new()
    };
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
