//! The columns beside the tree.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::panes::tree::TreePane;
use crate::panes::tree::columns::{Column, ColumnArea, Columns};
use crate::panes::tree::order::SiblingOrder;
use crate::record::{BootTime, Facts, State};
use crate::text::units::{bytes, percent, short_duration};
use crate::text::{fit, shorten, width};
use crate::theme::{Meaning, Theme};
use crate::world::{Process, World};

/// The tree, and what its rows are drawn from.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) tree: &'a TreePane,
    pub(crate) world: &'a World,
    /// For so many seconds after its birth a process is drawn as new.
    pub(crate) new_for: f64,
    pub(crate) theme: Theme,
}

/// A process that takes at least this share of a CPU is drawn as busy, in percent.
const BUSY_PERCENT: f32 = 50.0;

/// Draws the titles; the one that siblings are ordered by stands out.
pub(super) fn titles(view: View<'_>, columns: &Columns, area: Rect, buffer: &mut Buffer) {
    let View { tree, theme, .. } = view;
    if area.height == 0 {
        return;
    }
    let plain = theme.style(Meaning::Title).add_modifier(Modifier::BOLD);
    let ordering = plain.add_modifier(Modifier::UNDERLINED);
    let style = |ordered: bool| if ordered { ordering } else { plain };
    let name_style = style(tree.order == SiblingOrder::Name);
    let room = usize::from(columns.name_width) - 1;
    buffer.set_stringn(area.x + 1, area.y, "PROCESS", room, name_style);
    for column in &columns.areas {
        let is_ordering = match tree.order {
            SiblingOrder::Cpu => column.row.column == Column::Cpu,
            SiblingOrder::Memory => column.row.column == Column::Memory,
            SiblingOrder::Pid => column.row.column == Column::Pid,
            SiblingOrder::Birth => column.row.column == Column::Age,
            SiblingOrder::Name => false,
        };
        cell(theme, column, column.row.title, style(is_ordering), area, buffer);
    }
}

/// Draws the columns of one row.
pub(super) fn row(
    view: View<'_>,
    columns: &Columns,
    process: &Process,
    area: Rect,
    buffer: &mut Buffer,
) {
    for column in &columns.areas {
        let theme = view.theme;
        let text = text(view, column, process);
        cell(theme, column, &text, style(theme, column.row.column, process), area, buffer);
    }
}

fn cell(
    theme: Theme,
    column: &ColumnArea,
    text: &str,
    style: Style,
    area: Rect,
    buffer: &mut Buffer,
) {
    let room = usize::from(column.width);
    let text = shorten(text, room, theme.ellipsis());
    let free = if column.row.is_right { room.saturating_sub(width(&text)) } else { 0 };
    let free = u16::try_from(free).unwrap_or(0);
    buffer.set_stringn(area.x + column.x + free, area.y, &text, room, style);
}

fn style(theme: Theme, column: Column, process: &Process) -> Style {
    let ended = process.ended.is_some();
    let meaning = match column {
        _ if ended => Meaning::Ended,
        Column::Role => return theme.role(process.verdict.role),
        Column::Cpu if process.cpu_percent.is_some_and(|share| share >= BUSY_PERCENT) => {
            Meaning::Busy
        }
        Column::State if process.stat.has_ended() || process.stat.state == State::Stopped => {
            Meaning::Warning
        }
        Column::Cpu if process.cpu_percent.is_some_and(|share| share >= 0.05) => {
            return Style::new();
        }
        Column::Cpu | Column::State | Column::Threads | Column::Age => Meaning::Quiet,
        Column::Pid | Column::User | Column::Memory | Column::Command => return Style::new(),
    };
    theme.style(meaning)
}

fn text<'a>(view: View<'_>, column: &ColumnArea, process: &'a Process) -> Cow<'a, str> {
    let View { world, theme, .. } = view;
    let stat = &process.stat;
    let unknown = theme.pick("·", "-");
    let or_unknown = |text: Option<String>| text.unwrap_or_else(|| unknown.to_owned()).into();
    let is_gone = process.ended.is_some();
    match column.row.column {
        Column::Pid => stat.key.pid.to_string().into(),
        Column::Role => process.verdict.role.into_str().into(),
        Column::User => {
            let name = world.user_of(process);
            or_unknown(name.map(|name| theme.foreign(&name).into_owned()))
        }
        Column::State if is_gone => "ended".into(),
        Column::State if stat.has_lost_its_main_thread() => "threads".into(),
        Column::State => short_state(stat.state).into(),
        Column::Cpu => or_unknown(process.cpu_percent.map(percent)),
        Column::Memory => or_unknown(stat.usage.resident.filter(|_| !is_gone).map(bytes)),
        Column::Threads => {
            or_unknown(stat.threads.filter(|_| !is_gone).map(|threads| threads.to_string()))
        }
        Column::Age => {
            let birth = BootTime::of_birth(process.key(), world.host());
            let until = process.ended.map_or(world.now(), |end| end.at);
            short_duration(until.seconds_since(birth)).into()
        }
        Column::Command => command(theme, process, usize::from(column.width)).into(),
    }
}

/// The state in at most eight columns.
fn short_state(state: State) -> &'static str {
    match state {
        State::DiskSleep => "disk",
        other => other.into_str(),
    }
}

/// The beginning of a command line, never more of it than can be seen.
fn command(theme: Theme, process: &Process, room: usize) -> String {
    let Some(arguments) = process.command_line().filter(|arguments| !arguments.is_empty()) else {
        let name = theme.foreign(&process.stat.comm);
        if let Some(unread) = process.facts.as_ref().and_then(Facts::unread) {
            return format!("[{name}] {}", unread.text());
        }
        return if process.facts.is_some() || process.stat.is_kernel_thread() {
            format!("[{name}]")
        } else {
            String::new()
        };
    };
    let mut line = String::new();
    for argument in arguments.iter() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&theme.foreign(fit(argument, room + 1)));
        if width(&line) > room {
            break;
        }
    }
    line
}
