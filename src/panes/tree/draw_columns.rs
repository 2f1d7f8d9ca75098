//! The columns beside the tree.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::panes::tree::TreePane;
use crate::panes::tree::columns::{Column, ColumnArea, Columns};
use crate::panes::tree::draw_command::command;
use crate::panes::tree::order::SiblingOrder;
use crate::panes::tree::rows::Row;
use crate::panes::tree::totals::Totals;
use crate::record::{BootTime, Ending, State};
use crate::text::units::{bytes, percent, short_duration};
use crate::text::{shorten, width};
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

/// Shares of one CPU from which on it is drawn warm, and hot.
const MUCH_CPU: [f64; 2] = [0.25, 0.8];
/// Shares of the machine's memory, the same.
const MUCH_MEMORY: [f64; 2] = [0.1, 0.3];

/// A row's process, with what its family uses, where that is shown.
#[derive(Clone, Copy)]
pub(super) struct Cells<'a> {
    pub(super) process: &'a Process,
    pub(super) is_folded: bool,
    /// How it ended stands in its cells.
    pub(super) has_end: bool,
    pub(super) totals: Option<&'a Totals>,
}

impl Cells<'_> {
    /// CPU in percent and memory in bytes, of a family.
    fn family_usage(self, world: &World) -> Option<(f32, u64)> {
        let slot = world.slot_of(self.process.id())?;
        let totals = self.totals?;
        Some(totals.of(slot))
    }

    /// What the cells say: of a folded family, what all of it uses.
    fn usage(self, world: &World) -> (Option<f32>, Option<u64>) {
        match self.family_usage(world).filter(|_| self.is_folded) {
            Some((cpu_percent, memory)) => (Some(cpu_percent), Some(memory)),
            None => (self.process.cpu_percent, self.process.stat.usage.resident),
        }
    }
}

/// Draws the titles; the one that rows are ordered by has a mark.
pub(super) fn titles(view: View<'_>, columns: &Columns, area: Rect, buffer: &mut Buffer) {
    let View { tree, theme, .. } = view;
    if area.height == 0 {
        return;
    }
    let style = theme.style(Meaning::Title).add_modifier(Modifier::BOLD);
    let order = tree.shown.order;
    let mark = if order.is_of_usage() { theme.pick("▼", "v") } else { theme.pick("▲", "^") };
    let marked = |title: &str, is_ordering: bool| {
        if is_ordering { format!("{title}{mark}") } else { title.to_owned() }
    };
    let room = usize::from(columns.name_width) - 1;
    let name = marked("PROCESS", order == SiblingOrder::Name);
    buffer.set_stringn(area.x + 1, area.y, name, room, style);
    for column in &columns.areas {
        let title = theme.pick(column.row.title, column.row.ascii_title);
        let title = marked(title, column.row.column.is_of(order));
        cell(theme, column, &title, style, area, buffer);
    }
    place(view, columns, area, buffer);
}

/// Which row is selected, of how many, where the titles leave room at the right.
fn place(View { tree, theme, .. }: View<'_>, columns: &Columns, area: Rect, buffer: &mut Buffer) {
    let Some(row) = tree.cursor.row(&tree.rows) else { return };
    let text = format!("{}/{}", row + 1, tree.rows.len());
    let last = columns.areas.last();
    let taken = last.map_or(9, |column| column.x + width_of(column.row.title));
    let needed = width_of(&text) + 1;
    if taken + needed < area.width {
        let x = area.right() - needed;
        buffer.set_string(x, area.y, text, theme.style(Meaning::Quiet));
    }
}

fn width_of(text: &str) -> u16 {
    u16::try_from(width(text)).unwrap_or(u16::MAX)
}

/// Draws the columns of one row.
pub(super) fn row(
    view: View<'_>,
    columns: &Columns,
    cells: Cells<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let theme = view.theme;
    let process = cells.process;
    let is_empty = process.ended.is_some() || cells.has_end;
    let is_drawn = |column: &&ColumnArea| !(is_empty && is_free(column, process));
    for column in columns.areas.iter().filter(is_drawn) {
        let text = text(view, column, cells);
        cell(theme, column, &text, style(view, column.row.column, cells), area, buffer);
    }
    if cells.has_end
        && let Some(text) = how_it_ended(process)
        && let Some((x, width)) = free_cells(columns, process)
    {
        let text = shorten(&text, usize::from(width), theme.ellipsis());
        let meaning = if process.ended.is_some() { Meaning::Ended } else { Meaning::Warning };
        buffer.set_stringn(area.x + x, area.y, text, usize::from(width), theme.style(meaning));
    }
}

/// How a process ended, in a word or two; `None` while it lives, and where nobody knows of a zombie.
pub(super) fn how_it_ended(process: &Process) -> Option<String> {
    match (process.ended, process.stat.wait_status.filter(|_| process.stat.has_ended())) {
        (Some(end), _) => {
            Some(end.cause.ending().map_or_else(|| "ended".to_owned(), Ending::brief))
        }
        (None, status) => status.map(|status| Ending::from_wait_status(status).brief()),
    }
}

/// Whether how a process ended has no room beside its name, and stands in the cells that it leaves
/// empty.
pub(super) fn is_beside(columns: &Columns, row: &Row, process: &Process, theme: Theme) -> bool {
    let (Some(how), Some((_, width_of_cells))) =
        (how_it_ended(process), free_cells(columns, process))
    else {
        return false;
    };
    let mark = if process.ended.is_some() { 0 } else { width(&zombie_mark(theme)) + 1 };
    let used = columns.indents.mark_column(row.depth) + 5;
    let name = width(&theme.foreign(&process.stat.comm));
    let room = usize::from(columns.name_width).saturating_sub(used + name + mark);
    width(&how) > room && usize::from(width_of_cells) > room
}

/// What stands beside the name of a zombie.
pub(super) fn zombie_mark(theme: Theme) -> String {
    format!("{} zombie", theme.ghost())
}

/// The cells that a process leaves empty which has ended: where they begin, and their width.
fn free_cells(columns: &Columns, process: &Process) -> Option<(u16, u16)> {
    let mut free = columns.areas.iter().filter(|column| is_free(column, process));
    let first = free.next()?;
    let last = free.next_back().unwrap_or(first);
    Some((first.x, last.x + last.width - first.x))
}

fn is_free(column: &ColumnArea, process: &Process) -> bool {
    match column.row.column {
        // A zombie has a state still.
        Column::State => process.ended.is_some(),
        Column::Cpu
        | Column::Memory
        | Column::FamilyCpu
        | Column::FamilyMemory
        | Column::FamilySize
        | Column::Threads => true,
        Column::Pid | Column::Role | Column::User | Column::Age | Column::Command => false,
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

fn style(View { world, theme, .. }: View<'_>, column: Column, cells: Cells<'_>) -> Style {
    let process = cells.process;
    let of_memory = |bytes: Option<u64>| {
        let total = world.machine().memory_total;
        let share = bytes.filter(|_| total > 0).map_or(0.0, |bytes| bytes as f64 / total as f64);
        theme.heat(share, MUCH_MEMORY)
    };
    let of_cpu = |percent: Option<f32>| match percent.map(f64::from) {
        Some(percent) if percent >= 0.05 => theme.heat(percent / 100.0, MUCH_CPU),
        Some(_) | None => theme.style(Meaning::Quiet),
    };
    let family = cells.family_usage(world);
    match column {
        _ if process.ended.is_some() => theme.style(Meaning::Ended),
        Column::Role => theme.role(process.verdict.role),
        Column::Cpu => of_cpu(cells.usage(world).0),
        Column::Memory => of_memory(cells.usage(world).1),
        Column::FamilyCpu => of_cpu(family.map(|(cpu, _)| cpu)),
        Column::FamilyMemory => of_memory(family.map(|(_, memory)| memory)),
        Column::State if is_unusual(process.stat.state) => theme.style(Meaning::Warning),
        Column::State | Column::Threads | Column::Age | Column::FamilySize => {
            theme.style(Meaning::Quiet)
        }
        Column::Pid | Column::User | Column::Command => Style::new(),
    }
}

/// Whether a state is worth a word beside its letter.
pub(super) fn is_unusual(state: State) -> bool {
    match state {
        State::Running | State::Sleeping | State::Idle => false,
        State::DiskSleep
        | State::Stopped
        | State::Traced
        | State::Zombie
        | State::Dead
        | State::Hidden
        | State::Unknown(_) => true,
    }
}

fn text<'a>(view: View<'_>, column: &ColumnArea, cells: Cells<'a>) -> Cow<'a, str> {
    let View { tree, world, theme, .. } = view;
    let process = cells.process;
    let stat = &process.stat;
    let unknown = theme.pick("·", "-");
    let or_unknown = |text: Option<String>| text.unwrap_or_else(|| unknown.to_owned()).into();
    let (cpu_percent, memory) = cells.usage(world);
    let family = cells.family_usage(world);
    match column.row.column {
        Column::Pid => stat.key.pid.to_string().into(),
        Column::Role => process.verdict.role.into_str().into(),
        Column::User => {
            let name = world.user_of(process);
            or_unknown(name.map(|name| theme.foreign(&name).into_owned()))
        }
        Column::State => stat.state.letter().to_string().into(),
        Column::Cpu => or_unknown(cpu_percent.map(percent)),
        Column::Memory => or_unknown(memory.map(bytes)),
        Column::FamilyCpu => or_unknown(family.map(|(cpu, _)| percent(cpu))),
        Column::FamilyMemory => or_unknown(family.map(|(_, memory)| bytes(memory))),
        Column::FamilySize => {
            let slot = world.slot_of(process.id());
            let below = slot.map(|slot| world.tree_of(tree.shown.parent_kind()).descendants(slot));
            or_unknown(below.map(|below| (below + 1).to_string()))
        }
        Column::Threads => or_unknown(stat.threads.map(|threads| threads.to_string())),
        Column::Age => {
            let birth = BootTime::of_birth(process.key(), world.host());
            let until = process.ended.map_or(world.now(), |end| end.at);
            short_duration(until.seconds_since(birth)).into()
        }
        Column::Command => command(theme, process, usize::from(column.width)).into(),
    }
}
