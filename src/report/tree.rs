//! The snapshot as a tree of text.

use std::fmt::Write;

use crate::panes::tree::folds::Folds;
use crate::panes::tree::ghosts::GhostRows;
use crate::panes::tree::rows::{Row, RowId, rows};
use crate::panes::tree::shown::Shown;
use crate::record::{Ending, Facts, ProcessId};
use crate::roles::runtimes::start_method;
use crate::text::shorten;
use crate::text::units::bytes;
use crate::theme::Theme;
use crate::verdict::StartMethod;
use crate::world::{Process, World};

/// How the tree is printed.
#[derive(Debug)]
pub(crate) struct TreeStyle {
    pub(crate) theme: Theme,
    /// Lines are cut to so many columns; `None` for a pipe, which takes whole lines.
    pub(crate) width: Option<usize>,
}

/// Prints the tree below those processes, or the whole of it.
pub(crate) fn text(world: &World, root: Option<ProcessId>, style: &TreeStyle) -> String {
    let folds = Folds::default();
    let shown =
        Shown { kernel_threads: root.is_some(), ghosts: GhostRows::All, ..Shown::default() };
    let all = rows(world, &folds, &shown);
    let root = root.map(RowId::Process);
    let first = root.and_then(|root| all.iter().position(|row| row.id == root)).unwrap_or(0);
    let base = all.get(first).map_or(0, |row| row.depth);
    let is_below = |row: &&Row| root.is_none() || row.depth > base;
    let count = 1 + all.iter().skip(first + 1).take_while(is_below).count();
    let mut text = String::new();
    for (index, row) in all.iter().enumerate().skip(first).take(count) {
        if let Some(process) = row.id.process().and_then(|id| world.get(id)) {
            line(&mut text, world, &all, index, base, process, style);
        }
    }
    text
}

fn line(
    text: &mut String,
    world: &World,
    rows: &[Row],
    index: usize,
    base: usize,
    process: &Process,
    style: &TreeStyle,
) {
    let theme = style.theme;
    let guides = guides(theme, rows, index, base);
    let role = process.verdict.role;
    let glyph = theme.glyph(role);
    let command = command(theme, process);
    let notes = notes(world, process);
    let plain = format!(
        "{} {} {notes} {} {command}",
        process.id().pid,
        theme.foreign(&process.stat.comm),
        process.stat.usage.resident.map_or_else(|| "-".to_owned(), bytes),
    );
    let room = style.width.map_or(usize::MAX - 1, |width| width.saturating_sub(3));
    let used = guides.chars().count();
    let cut = shorten(&plain, room.saturating_sub(used), theme.ellipsis());
    let (on, off) = Theme::escapes(theme.role(role));
    // A String takes all that is written.
    let _ = writeln!(text, "{guides}{on}{glyph}{off} {cut}");
}

fn command(theme: Theme, process: &Process) -> String {
    if let Some(arguments) = process.command_line().filter(|arguments| !arguments.is_empty()) {
        return theme.foreign(&arguments.line()).into_owned();
    }
    let name = theme.foreign(&process.stat.comm);
    match process.facts.as_ref().and_then(Facts::unread) {
        Some(unread) => format!("[{name}] {}", unread.text()),
        None => format!("[{name}]"),
    }
}

fn notes(world: &World, process: &Process) -> String {
    let mut notes = vec![process.verdict.role.into_str().to_owned()];
    notes.extend(process.recognition.as_ref().map(|known| known.part.into_str().to_owned()));
    let method = world.subject(process.id()).and_then(start_method);
    if let Some(method) = method.filter(|method| *method != StartMethod::Spawn) {
        notes.push(method.into_str().to_owned());
    }
    if process.stat.has_ended() {
        let how = process.stat.wait_status.map(Ending::from_wait_status);
        notes.push(how.map_or_else(|| "zombie".to_owned(), |how| format!("zombie {how}")));
    }
    notes.join(", ")
}

fn guides(theme: Theme, rows: &[Row], index: usize, base: usize) -> String {
    let mut steps = Vec::new();
    let mut row = &rows[index];
    let mut is_own = true;
    while row.depth > base {
        steps.push(match (is_own, row.is_last) {
            (true, true) => theme.pick("└─ ", "`- "),
            (true, false) => theme.pick("├─ ", "|- "),
            (false, true) => "   ",
            (false, false) => theme.pick("│  ", "|  "),
        });
        is_own = false;
        let Some(parent) = row.parent_row else { break };
        row = &rows[parent];
    }
    steps.into_iter().rev().collect()
}
