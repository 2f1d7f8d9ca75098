//! The frame of the pane at the bottom: a line with its title.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::app::layout::{BottomPane, bottom_parts};
use crate::app::{App, Focus};
use crate::record::time::time_of_day;
use crate::record::{BootTime, ProcessKey};
use crate::text::{shorten, width};
use crate::ui::theme::{Meaning, Theme};
use crate::ui::{log, timeline};

pub(super) fn draw(app: &App, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let (title, inner) = bottom_parts(area);
    match app.bottom {
        Some(BottomPane::Log) => log::draw(app, theme, title, inner, buffer),
        Some(BottomPane::Timeline) => timeline::draw(app, theme, title, inner, buffer),
        None => {}
    }
}

/// Draws the line above a pane: its title, and how it is looked at in a warning color.
pub(super) fn title(
    app: &App,
    theme: Theme,
    parts: &[String],
    mode: Option<&str>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let style = theme.style(if app.focus == Focus::Bottom { Meaning::Key } else { Meaning::Quiet });
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
    app: &App,
    dropped: Option<BootTime>,
    root: Option<ProcessKey>,
) -> Option<String> {
    let born = root.and_then(|root| Some(app.world.life(root)?.born_at(app.world.host())));
    let dropped = dropped.filter(|dropped| born.is_none_or(|born| born <= *dropped))?;
    time_of_day(dropped, app.world.host()).split('.').next().map(str::to_owned)
}

/// What a title says of a log that goes back no further than that.
pub(super) fn incomplete(since: &str) -> String {
    format!("incomplete before {since}")
}

/// The family that the pane is about, by its root: `family of make 812`.
pub(super) fn family(app: &App, root: Option<ProcessKey>) -> String {
    let life = root.and_then(|root| app.world.life(root));
    life.map_or_else(
        || "no family".to_owned(),
        |life| format!("family of {} {}", life.stat.comm, life.key().pid),
    )
}
