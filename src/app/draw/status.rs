//! The status line: what was done last, what is typed, or the keys that work here and now.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use crate::app::hints::hints;
use crate::app::{App, ReplayStatus, Tail};
use crate::dialogs::{Dialog, prompt};
use crate::keymap::{Command, Context, GlobalCommand};
use crate::layout::Bottom;
use crate::text::units::grouped;
use crate::text::{shorten, width};
use crate::theme::{Meaning, Theme};

pub(super) fn draw(app: &App, theme: Theme, area: Rect, frame: &mut Frame<'_>) {
    if let Some(Dialog::Prompt(prompt)) = &app.dialog {
        let matches = app.tree.count_matches(&app.world);
        prompt::draw::draw_line(prompt, &app.options.keymap, matches, theme, area, frame);
        return;
    }
    let mut spans = vec![Span::raw(" ")];
    for (mark, meaning) in marks(app, theme) {
        let style = theme.style(meaning).add_modifier(Modifier::BOLD);
        spans.push(Span::styled(format!("{mark}  "), style));
    }
    let used: usize = spans.iter().map(Span::width).sum();
    let room = usize::from(area.width).saturating_sub(used);
    let message = message(app, theme, room);
    let beside = if message.width() == 0 { 0 } else { message.width() + 3 };
    let room_for_hints = usize::from(area.width).saturating_sub(beside);
    add_hints(app, theme, room_for_hints, &mut spans);
    frame.render_widget(Line::from(spans), area);
    let width = u16::try_from(message.width()).unwrap_or(area.width).min(area.width);
    frame.render_widget(message, Rect { x: area.right() - width, width, ..area });
}

/// What was done last, at the right: the keys stay in sight.
fn message(app: &App, theme: Theme, room: usize) -> Line<'static> {
    let Some(message) = app.message.as_ref().filter(|_| app.dialog.is_none()) else {
        return Line::default();
    };
    let meaning = if message.is_error { Meaning::Warning } else { Meaning::New };
    let keymap = &app.options.keymap;
    let key = |command| keymap.key(Context::Global, Command::Global(command), theme.is_ascii());
    let tail = match message.tail {
        Tail::Log if app.bottom.open != Some(Bottom::Log) => {
            format!(" ({}: log)", key(GlobalCommand::Log))
        }
        Tail::Kill => format!("; {} offers KILL", key(GlobalCommand::Signal)),
        Tail::Log | Tail::None => String::new(),
    };
    let room = room.saturating_sub(width(&tail) + 1);
    let text = theme.foreign(&message.text);
    let text = shorten(&text, room, theme.ellipsis());
    Line::styled(format!("{text}{tail} "), theme.style(meaning))
}

/// The modes that are on, each in a word.
fn marks(app: &App, theme: Theme) -> Vec<(String, Meaning)> {
    let mut marks = Vec::new();
    if let Some(replay) = app.modes.replay {
        let (pace, is_slower) = (1_u32 << replay.pace.unsigned_abs(), replay.pace < 0);
        let pace = if is_slower { format!("1/{pace}") } else { format!("{pace}") };
        let state = match replay {
            ReplayStatus { is_over: true, .. } => ", the end",
            ReplayStatus { is_paused: true, .. } => ", paused",
            ReplayStatus { .. } => "",
        };
        marks.push((format!("REPLAY x{pace}{state}"), Meaning::Match));
    }
    if app.intake.is_paused {
        marks.push(("PAUSED".to_owned(), Meaning::Warning));
    }
    if app.tree.is_following {
        marks.push(("FOLLOW".to_owned(), Meaning::New));
    }
    if !app.tree.shown.filter.is_empty() {
        marks.push((format!("FILTER {}", theme.foreign(&app.tree.shown.filter)), Meaning::Match));
    }
    if let Some(root) = app.tree.shown.family {
        let comm = app.world.life(root).map(|life| theme.foreign(&life.stat.comm).into_owned());
        marks.push((format!("FAMILY {} {}", comm.unwrap_or_default(), root.pid), Meaning::Match));
    }
    match app.world.lost_events() {
        (0, true) => {}
        (0, false) => marks.push(("EVENTS LOST".to_owned(), Meaning::Warning)),
        (lost, _) => marks.push((format!("{} EVENTS LOST", grouped(lost)), Meaning::Warning)),
    }
    if app.read_only().is_some() {
        marks.push(("READ-ONLY".to_owned(), Meaning::Quiet));
    }
    marks
}

fn add_hints(app: &App, theme: Theme, room: usize, spans: &mut Vec<Span<'static>>) {
    let mut used: usize = spans.iter().map(Span::width).sum();
    for (keys, text) in hints(app, theme.is_ascii()) {
        used += width(&keys) + text.len() + 3;
        if used > room {
            break;
        }
        let key = theme.style(Meaning::Key).add_modifier(Modifier::BOLD);
        spans.push(Span::styled(keys, key));
        spans.push(Span::styled(format!(" {text}  "), theme.style(Meaning::Quiet)));
    }
}
