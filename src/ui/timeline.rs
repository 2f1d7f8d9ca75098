//! The timeline: a bar for each process of a family, with what happened to it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::app::timeline::{is_live, lanes_of, window};
use crate::app::{App, Focus};
use crate::panes::timeline::lanes::{Bar, Mark, Place, Tick, Window, place, ticks};
use crate::roles::Role;
use crate::text::units::{count, duration};
use crate::text::{shorten, width};
use crate::ui::bottom;
use crate::ui::theme::{Meaning, Theme};
use crate::world::family::Member;
use crate::world::{Cause, Process};

pub(super) fn draw(
    app: &App,
    theme: Theme,
    heading: Option<Rect>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let window = window(app);
    if let Some(heading) = heading {
        title(app, theme, window, heading, buffer);
    }
    let label_width = (area.width / 3).clamp(9, 34).min(area.width);
    let label = Rect { width: label_width, ..area };
    let bars = Rect { x: area.x + label_width, width: area.width - label_width, ..area };
    let ticks = ticks(window, app.world.now(), usize::from(bars.width));
    let axis = area.height - u16::try_from(lanes_of(usize::from(area.height))).unwrap_or(0);
    if axis > 0 {
        draw_axis(theme, &ticks, bars, buffer);
    }
    let lanes = app.family.members.iter().skip(app.timeline.top);
    for (member, y) in lanes.zip(area.y + axis..area.bottom()) {
        let on_line = |area: Rect| Rect { y, height: 1, ..area };
        let Some(life) = app.world.life(member.key) else { continue };
        draw_label(theme, member, life, on_line(label), buffer);
        for tick in &ticks {
            put(
                theme.pick("┊", ":"),
                theme.style(Meaning::Quiet),
                tick.column,
                on_line(bars),
                buffer,
            );
        }
        let place = place(life, app.world.host(), window, usize::from(bars.width));
        draw_place(theme, life, &place, on_line(bars), buffer);
        if app.timeline.lane == Some(member.key) {
            let marked = if app.focus == Focus::Bottom { on_line(area) } else { on_line(label) };
            buffer.set_style(marked, theme.selected());
        }
    }
}

fn title(app: &App, theme: Theme, window: Window, area: Rect, buffer: &mut Buffer) {
    let members = app.family.members.len();
    let mut parts = vec!["timeline".to_owned(), bottom::family(app, app.family.root)];
    if members > 0 {
        let dropped = app.world.history().dropped().filter(|dropped| window.start < *dropped);
        let dropped = bottom::complete_from(app, dropped, app.family.root);
        parts.extend(dropped.as_deref().map(bottom::incomplete));
        parts.push(count(members, "process", "processes"));
        parts.push(duration(window.span() as f64 / 1e9));
    }
    let ago = app.world.now().seconds_since(window.end);
    let mode = (!is_live(app)).then(|| format!("until {} ago", duration(ago)));
    bottom::title(app, theme, &parts, mode.as_deref(), area, buffer);
}

/// Labels end at their ticks; those at the left edge begin there, if no other is in the way.
fn draw_axis(theme: Theme, ticks: &[Tick], area: Rect, buffer: &mut Buffer) {
    let style = theme.style(Meaning::Quiet);
    let mut free = usize::from(area.width);
    for tick in ticks {
        let text = format!("{}{}", tick.label, theme.pick("┐", "|"));
        if let Some(from) = (tick.column + 1).checked_sub(width(&text)) {
            put(&text, style, from, area, buffer);
            free = from;
            continue;
        }
        let text = format!("{}{}", theme.pick("┌", "|"), tick.label);
        let has_room = tick.column + width(&text) < free;
        put(if has_room { &text } else { theme.pick("┌", "|") }, style, tick.column, area, buffer);
    }
}

/// Glyph, name and pid; indented by how far its creators go up to the root.
fn draw_label(theme: Theme, member: &Member, life: &Process, area: Rect, buffer: &mut Buffer) {
    let room = usize::from(area.width).saturating_sub(1);
    let (glyph, style) = look(theme, life);
    let pid = format!(" {}", life.key().pid);
    let indent = member.depth.min(room.saturating_sub(12) / 2);
    let rest = room.saturating_sub(indent + 3);
    let name = theme.foreign(&life.stat.comm).into_owned();
    let most = rest.saturating_sub(width(&pid)).max(1);
    let name = shorten(&name, most, theme.ellipsis()).into_owned();
    Line::from(vec![
        Span::raw(" ".repeat(indent + 1)),
        Span::styled(format!("{glyph} {name}"), style),
        Span::styled(pid, theme.style(Meaning::Quiet)),
    ])
    .render(Rect { width: area.width.saturating_sub(1), ..area }, buffer);
}

fn look(theme: Theme, life: &Process) -> (&'static str, Style) {
    match life.ended {
        Some(_) => (theme.ghost(), theme.style(Meaning::Ended)),
        None => (theme.glyph(life.verdict.role), theme.role(life.verdict.role)),
    }
}

fn draw_place(theme: Theme, life: &Process, place: &Place, area: Rect, buffer: &mut Buffer) {
    let quiet = theme.style(Meaning::Quiet);
    let last = usize::from(area.width).saturating_sub(1);
    match place {
        Place::Before => put(theme.pick("◂", "<"), quiet, 0, area, buffer),
        Place::After => put(theme.pick("▸", ">"), quiet, last, area, buffer),
        Place::Within(bar) => draw_bar(theme, look(theme, life).1, bar, area, buffer),
    }
}

fn draw_bar(theme: Theme, style: Style, bar: &Bar, area: Rect, buffer: &mut Buffer) {
    let line = theme.pick("━", "=").repeat(bar.to + 1 - bar.from);
    put(&line, style, bar.from, area, buffer);
    if bar.began_before {
        put(theme.pick("◂", "<"), style, bar.from, area, buffer);
    }
    if bar.goes_on {
        put(theme.pick("▸", ">"), style, bar.to, area, buffer);
    }
    for (column, mark) in &bar.marks {
        let (glyph, meaning) = match mark {
            Mark::Exec => (theme.pick("◇", "e"), Meaning::Key),
            Mark::Orphan => (theme.glyph(Role::Orphan), Meaning::Role(Role::Orphan)),
            Mark::End => (theme.ghost(), end_meaning(bar.cause)),
        };
        let style = theme.style(meaning).add_modifier(Modifier::BOLD);
        put(glyph, style, *column, area, buffer);
    }
    if let Some(cause) = bar.cause {
        draw_cause(theme, cause, bar, area, buffer);
    }
}

fn end_meaning(cause: Option<Cause>) -> Meaning {
    if cause.is_some_and(Cause::is_failure) { Meaning::Warning } else { Meaning::Ended }
}

/// How it ended stands right after the end; where the edge is near, before the bar or on it.
fn draw_cause(theme: Theme, cause: Cause, bar: &Bar, area: Rect, buffer: &mut Buffer) {
    let text = cause.short();
    let needed = width(&text) + 1;
    let style = theme.style(end_meaning(Some(cause)));
    let from = if bar.to + needed < usize::from(area.width) {
        bar.to + 2
    } else if let Some(from) = bar.from.checked_sub(needed) {
        from
    } else if bar.to >= bar.from + needed + 2 {
        bar.to - needed
    } else {
        return;
    };
    put(&text, style, from, area, buffer);
    if from > bar.from && from < bar.to {
        put(" ", style, from - 1, area, buffer);
    }
    if from < bar.to {
        put(" ", style, from + width(&text), area, buffer);
    }
}

/// Draws text from a column of an area on, as far as there is room.
fn put(text: &str, style: Style, column: usize, area: Rect, buffer: &mut Buffer) {
    let Ok(column) = u16::try_from(column) else { return };
    if column < area.width && area.height > 0 {
        let room = usize::from(area.width - column);
        buffer.set_stringn(area.x + column, area.y, text, room, style);
    }
}
