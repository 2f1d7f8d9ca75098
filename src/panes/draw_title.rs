//! The title line of log and timeline, drawn.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::record::time::time_to_the_second;
use crate::record::{BootTime, ProcessId};
use crate::text::{shorten, width};
use crate::theme::{Meaning, Theme};
use crate::world::World;

/// Draws its parts, and how the pane is looked at in a warning color.
pub(super) fn draw(
    theme: Theme,
    frame: Meaning,
    parts: &[String],
    mode: Option<&str>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let style = theme.style(frame);
    let bold = style.add_modifier(Modifier::BOLD);
    let line = theme.pick("─", "-");
    let room = usize::from(area.width);
    let text = theme.foreign(&parts.join(theme.separator())).into_owned();
    let mode = mode.map_or_else(String::new, |mode| format!("{}{mode}", theme.separator()));
    let text = shorten(&text, room.saturating_sub(width(&mode) + 4), theme.ellipsis()).into_owned();
    let used = width(&text) + width(&mode) + 3;
    Line::from(vec![
        Span::styled(format!("{line} "), style),
        Span::styled(text, bold),
        Span::styled(mode, theme.style(Meaning::Warning).add_modifier(Modifier::BOLD)),
        Span::styled(format!(" {}", line.repeat(room.saturating_sub(used))), style),
    ])
    .render(area, buffer);
}

/// From when on nothing of that family, or of everybody, was dropped, if any of it was.
pub(super) fn complete_from(
    world: &World,
    dropped: Option<BootTime>,
    root: Option<ProcessId>,
) -> Option<String> {
    let born = root.and_then(|root| Some(world.life(root)?.born_at(world.host())));
    let dropped = dropped.filter(|dropped| born.is_none_or(|born| born <= *dropped))?;
    Some(time_to_the_second(dropped, world.host()))
}

/// The note in the title of a log that goes back no further than that.
pub(super) fn incomplete(since: &str) -> String {
    format!("routine before {since} was dropped")
}

/// The family that the pane is about, by its root: `family of make 812`.
pub(super) fn family(world: &World, root: Option<ProcessId>) -> String {
    let life = root.and_then(|root| world.life(root));
    life.map_or_else(
        || "no family".to_owned(),
        |life| format!("family of {} {}", life.stat.comm, life.id().pid),
    )
}
