//! The tree: tui-tree-widget paints the names of the visible rows, as a flat list whose text
//! holds guides and marks already; the columns are drawn beside it.
//!
//! Given only the window, a frame costs what is on screen; and the widget's own state, which is
//! keyed by paths from the root, cannot lose the cursor when a process changes its parent.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use tui_tree_widget::{Tree, TreeItem, TreeState};

use crate::describe::series;
use crate::layout::Areas;
use crate::panes::draw_scrollbar;
use crate::panes::tree::TreePane;
use crate::panes::tree::columns::{Column, Columns, columns};
use crate::panes::tree::draw_columns::{self as cells, Cells, View};
use crate::panes::tree::indents::Indents;
use crate::panes::tree::rows::{FoldMark, Row, RowId};
use crate::panes::tree::totals::Totals;
use crate::roles::is_adopted_on_purpose;
use crate::roles::runtimes::start_method;
use crate::text::{shorten, width as columns_of};
use crate::theme::{Meaning, Theme};
use crate::verdict::{Role, StartMethod};
use crate::world::{ParentKind, Process, Series, SeriesKind};

pub(crate) fn draw(view: View<'_>, areas: &Areas, frame: &mut Frame<'_>) {
    let View { tree, world, theme, .. } = view;
    let page = usize::from(areas.tree.height);
    let columns = columns(areas.tree.width, tree.deepest(page));
    cells::titles(view, &columns, areas.titles, frame.buffer_mut());
    if tree.rows.is_empty() {
        let text = if world.is_scanned() { "no process matches" } else { "reading processes" };
        let line = Line::styled(format!(" {text}"), theme.style(Meaning::Quiet));
        line.render(areas.tree, frame.buffer_mut());
        return;
    }
    let window = window(tree, areas.tree);
    names(view, &columns, &window, areas.tree, frame);
    let shows_totals = columns.areas.iter().any(|area| area.row.column == Column::FamilyCpu)
        || window.iter().any(|row| row.fold == FoldMark::Folded);
    let totals = shows_totals.then(|| Totals::new(world, tree.shown.parent_kind()));
    for (line, row) in (areas.tree.y..).zip(&window) {
        let area = Rect { y: line, height: 1, ..areas.tree };
        match row.id {
            RowId::Process(id) => {
                if let Some(process) = world.get(id) {
                    let is_folded = row.fold == FoldMark::Folded;
                    let has_end = cells::is_beside(&columns, row, process, theme);
                    let of_row = Cells { process, is_folded, has_end, totals: totals.as_ref() };
                    cells::row(view, &columns, of_row, area, frame.buffer_mut());
                }
            }
            RowId::Series(id) => {
                if let Some(series) = world.series(id) {
                    shared_row(view, &columns, (row, series), area, frame.buffer_mut());
                }
            }
        }
        finish_row(view, row, area, frame.buffer_mut());
    }
    draw_scrollbar::draw(tree.rows.len(), tree.cursor.top, theme, areas.tree, frame.buffer_mut());
}

/// The rows that are on screen.
fn window(tree: &TreePane, area: Rect) -> Vec<Row> {
    tree.rows.iter().skip(tree.cursor.top).take(usize::from(area.height)).copied().collect()
}

fn names(view: View<'_>, columns: &Columns, window: &[Row], area: Rect, frame: &mut Frame<'_>) {
    let items: Vec<TreeItem<'_, usize>> = window
        .iter()
        .enumerate()
        .map(|(index, row)| TreeItem::new_leaf(index, name(view, columns, row)))
        .collect();
    let Ok(tree) = Tree::new(&items) else { return };
    let tree = tree.node_no_children_symbol("").highlight_symbol("");
    let area = Rect { width: columns.name_width.min(area.width), ..area };
    frame.render_stateful_widget(tree, area, &mut TreeState::default());
}

/// Lays styles over a whole row: the cursor, and the dimming of the filter.
fn finish_row(View { tree, theme, .. }: View<'_>, row: &Row, area: Rect, buffer: &mut Buffer) {
    if row.is_dimmed {
        buffer.set_style(area, theme.style(Meaning::Quiet));
    }
    if tree.cursor.id == Some(row.id) {
        buffer.set_style(area, theme.selected());
        if !theme.selects_by_reverse() {
            let bar = theme.pick("▌", ">");
            buffer.set_stringn(area.x, area.y, bar, 1, theme.style(Meaning::Key));
        }
    }
}

/// The line of those that share a row: it has no columns, and all of the width.
fn shared_row(
    view: View<'_>,
    columns: &Columns,
    (row, series): (&Row, &Series),
    area: Rect,
    buffer: &mut Buffer,
) {
    let View { world, theme, .. } = view;
    let x = columns.indents.mark_column(row.depth) + 2;
    let x = u16::try_from(x).unwrap_or(area.width).min(area.width);
    let line = series::line(series, world.now(), theme.separator(), theme.pick("×", "x"));
    let text = format!("{} {}", theme.ghost(), theme.foreign(&line));
    let room = usize::from(area.width - x);
    let meaning = match series.kind {
        SeriesKind::Routine => Meaning::Ended,
        SeriesKind::Failure { .. } => Meaning::Warning,
    };
    let text = shorten(&text, room, theme.ellipsis());
    buffer.set_stringn(area.x + x, area.y, text, room, theme.style(meaning));
}

/// The name of a row, with guides, fold mark, glyph and what is to be noticed about it.
fn name(view: View<'_>, columns: &Columns, row: &Row) -> Line<'static> {
    let View { tree, world, theme, .. } = view;
    let width = columns.name_width;
    let id = match row.id {
        RowId::Process(id) => id,
        RowId::Series(_) => {
            let lead = guides(view, row, columns.indents) + fold_mark(theme, row);
            return Line::styled(lead, theme.style(Meaning::Quiet));
        }
    };
    let Some(process) = world.get(id) else { return Line::default() };
    let quiet = theme.style(Meaning::Quiet);
    let mut spans = vec![
        Span::styled(guides(view, row, columns.indents), quiet),
        Span::styled(fold_mark(theme, row), quiet),
    ];
    let role = process.verdict.role;
    let (glyph, style) = match process.ended {
        Some(_) => (theme.ghost(), theme.style(Meaning::Ended)),
        None if role == Role::Orphan && is_adopted_on_purpose(process) => {
            (theme.glyph(role), theme.style(Meaning::CalmOrphan))
        }
        None => (theme.glyph(role), theme.role(role)),
    };
    spans.push(Span::styled(format!("{glyph} "), style));
    let name_style = if tree.is_match(id, world) {
        theme.style(Meaning::Match).add_modifier(Modifier::UNDERLINED)
    } else {
        style
    };
    let used = columns.indents.mark_column(row.depth) + 4;
    let room = usize::from(width).saturating_sub(used);
    let mut name = theme.foreign(&process.stat.comm).into_owned();
    if name.trim().is_empty() {
        name = format!("\"{name}\"");
    }
    spans.push(Span::styled(shorten(&name, room, theme.ellipsis()).into_owned(), name_style));
    let mut room = room.saturating_sub(columns_of(&name));
    for (text, meaning) in notes(view, columns, process, row) {
        // A note of which not even its first letter fits says nothing.
        if room < 3 {
            break;
        }
        let text = shorten(&text, room - 1, theme.ellipsis()).into_owned();
        room = room.saturating_sub(columns_of(&text) + 1);
        spans.push(Span::styled(format!(" {text}"), theme.style(meaning)));
    }
    Line::from(spans)
}

/// Two columns wide.
fn fold_mark(theme: Theme, row: &Row) -> &'static str {
    match row.fold {
        FoldMark::Open => theme.pick("▾ ", "- "),
        FoldMark::Folded => theme.pick("▸ ", "> "),
        FoldMark::Leaf if row.depth > 0 => theme.pick("─ ", "- "),
        FoldMark::Leaf => "  ",
    }
}

/// The lines from a row to its parent, and those of its ancestors that pass it by.
fn guides(View { tree, theme, .. }: View<'_>, row: &Row, indents: Indents) -> String {
    let mut steps: Vec<&str> = Vec::with_capacity(row.depth + 1);
    let mut level = Some(*row);
    for (place, width) in indents.drawn(row.depth).rev().enumerate() {
        let Some(current) = level else { break };
        let [wide, ascii] = match (place == 0, current.is_last) {
            (true, true) => ["└─", "`-"],
            (true, false) => ["├─", "|-"],
            (false, true) => ["  ", "  "],
            (false, false) => ["│ ", "| "],
        };
        let guide = theme.pick(wide, ascii);
        let second = guide.char_indices().nth(width).map_or(guide.len(), |(at, _)| at);
        steps.push(&guide[..second]);
        level = current.parent_row.and_then(|parent| tree.rows.get(parent).copied());
    }
    steps.push(if indents.hides(row.depth) { theme.pick("⋯", "~") } else { " " });
    steps.into_iter().rev().collect()
}

/// The creator of an orphan; in the tree by creator, where it still stands under it, its adopter.
fn adoption(view: View<'_>, process: &Process) -> Option<String> {
    let View { tree, world, theme, .. } = view;
    let adoption = process.history.adoption.as_ref()?;
    match tree.shown.parent_kind() {
        ParentKind::Kernel => {
            let creator = adoption.creator?;
            let name = theme.foreign(&adoption.creator_comm);
            let cause = world.ending(creator);
            let cause = cause.map_or_else(String::new, |cause| format!(" {cause}"));
            Some(format!("of {} {name} {}{cause}", creator.pid, theme.ghost()))
        }
        ParentKind::Creator => {
            let adopter = adoption.adopter?;
            let name = world.get(adopter).map_or("?", |adopter| &adopter.stat.comm);
            Some(format!("adopted by {} {}", adopter.pid, theme.foreign(name)))
        }
    }
}

/// Notable facts about a process, in a few words each.
fn notes(
    view: View<'_>,
    columns: &Columns,
    process: &Process,
    row: &Row,
) -> Vec<(String, Meaning)> {
    let View { tree, world, new_for, theme } = view;
    let mut notes = Vec::new();
    let how = cells::how_it_ended(process);
    let how = how.filter(|_| !cells::is_beside(columns, row, process, theme));
    if process.ended.is_some() {
        notes.extend(how.map(|how| (how, Meaning::Ended)));
        return notes;
    }
    if process.seen.born_here && world.now().seconds_since(process.seen.first) < new_for {
        notes.push(("new".to_owned(), Meaning::New));
    }
    if row.fold == FoldMark::Folded
        && let Some(slot) = world.slot_of(process.id())
    {
        let below = world.tree_of(tree.shown.parent_kind()).descendants(slot);
        notes.push((format!("(+{below})"), Meaning::Quiet));
    }
    let state = process.stat.state;
    if process.stat.has_lost_its_main_thread() {
        notes.push(("main thread ended".to_owned(), Meaning::Warning));
    } else if cells::is_unusual(state) && !process.stat.has_ended() {
        notes.push((state.into_str().to_owned(), Meaning::Warning));
    }
    if process.stat.has_ended() {
        let how = how.map_or_else(String::new, |how| format!(" {how}"));
        notes.push((cells::zombie_mark(theme) + &how, Meaning::Warning));
    }
    if process.verdict.role == Role::Orphan {
        notes.extend(adoption(view, process).map(|text| (text, Meaning::Role(Role::Orphan))));
    }
    let part = process.recognition.as_ref().map(|known| known.part.into_str());
    // Some names say it already: `tmux: server`.
    if let Some(part) = part.filter(|part| !process.stat.comm.contains(part)) {
        notes.push((part.to_owned(), Meaning::Quiet));
    }
    let method = world.subject(process.id()).and_then(start_method);
    if let Some(method) = method.filter(|method| *method != StartMethod::Spawn) {
        notes.push((method.into_str().to_owned(), Meaning::Quiet));
    }
    notes
}
