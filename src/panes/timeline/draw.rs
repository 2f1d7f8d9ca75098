//! The timeline, drawn: a bar for each process of a family, with marks for its events.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::panes::bottom::{BottomPane, Look};
use crate::panes::draw_title as title;
use crate::panes::family::{Lane, View};
use crate::panes::timeline::lanes::{Bar, Mark, Place, Tick, place, ticks};
use crate::panes::timeline::lanes_of;
use crate::text::units::{count, duration};
use crate::text::{shorten, width};
use crate::theme::{Meaning, Theme};
use crate::verdict::Role;
use crate::world::{Cause, Process, World};

pub(crate) fn draw(
    pane: &BottomPane,
    view: View<'_>,
    look: Look,
    [heading, area]: [Rect; 2],
    buffer: &mut Buffer,
) {
    let BottomPane { timeline, family, .. } = pane;
    let (Look { theme, has_keys }, world) = (look, view.world);
    let window = timeline.window(family, world);
    if !heading.is_empty() {
        draw_title(pane, world, look, heading, buffer);
    }
    let label_width = (area.width / 3).clamp(9, 34).min(area.width);
    let label = Rect { width: label_width, ..area };
    let bars = Rect { x: area.x + label_width, width: area.width - label_width, ..area };
    let ticks = ticks(window, world.now(), usize::from(bars.width));
    let axis = area.height - u16::try_from(lanes_of(usize::from(area.height))).unwrap_or(0);
    if axis > 0 {
        draw_axis(theme, &ticks, bars, buffer);
    }
    let lanes = family.lanes.iter().skip(timeline.top);
    for (lane, y) in lanes.zip(area.y + axis..area.bottom()) {
        let on_line = |area: Rect| Rect { y, height: 1, ..area };
        let Some(life) = world.life(lane.newest()) else { continue };
        draw_label(theme, lane, life, on_line(label), buffer);
        for tick in &ticks {
            put(
                theme.pick("┊", ":"),
                theme.style(Meaning::Quiet),
                tick.column,
                on_line(bars),
                buffer,
            );
        }
        for life in lane.processes.iter().filter_map(|id| world.life(*id)) {
            let place = place(life, world.host(), window, usize::from(bars.width));
            draw_place(theme, life, &place, on_line(bars), buffer);
        }
        if timeline.lane.is_some_and(|id| lane.processes.contains(&id)) {
            let marked = if has_keys { on_line(area) } else { on_line(label) };
            buffer.set_style(marked, theme.selected());
        }
    }
}

fn draw_title(pane: &BottomPane, world: &World, look: Look, area: Rect, buffer: &mut Buffer) {
    let BottomPane { timeline, family, .. } = pane;
    let window = timeline.window(family, world);
    let mut parts = vec!["timeline".to_owned(), title::family(world, family.root)];
    if !family.members.is_empty() {
        let dropped = world.history().dropped().filter(|dropped| window.start < *dropped);
        let dropped = title::complete_from(world, dropped, family.root);
        parts.extend(dropped.as_deref().map(title::incomplete));
        parts.push(count(family.members.len(), "process", "processes"));
        parts.push(duration(window.span() as f64 / 1e9));
    }
    let ago = world.now().seconds_since(window.end);
    let mode = (!timeline.is_live()).then(|| format!("until {} ago", duration(ago)));
    title::draw(look.theme, Theme::frame(look.has_keys), &parts, mode.as_deref(), area, buffer);
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

/// Glyph, name and pid, or how many share the lane; indented by how far its creators go up to the
/// root.
fn draw_label(theme: Theme, lane: &Lane, life: &Process, area: Rect, buffer: &mut Buffer) {
    let room = usize::from(area.width).saturating_sub(1);
    let (glyph, style) = look(theme, life);
    let pid = match lane.processes.len() {
        1 => format!(" {}", life.id().pid),
        many => format!(" {} {many}", theme.pick("×", "x")),
    };
    let indent = lane.depth.min(room.saturating_sub(12) / 2);
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
