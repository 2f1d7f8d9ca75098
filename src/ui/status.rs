//! The status line: what was done last, what is typed, or the keys that work here and now.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::app::action::{Action, ActionRow, Hint};
use crate::app::dialog::{Dialog, Prompt, PromptKind};
use crate::app::guide::Pace;
use crate::app::layout::BottomPane;
use crate::app::{App, Focus, Tail};
use crate::scenario::play::Phase;
use crate::text::units::grouped;
use crate::text::{shorten, width};
use crate::ui::theme::{Meaning, Theme};

pub(super) fn draw(app: &App, theme: Theme, area: Rect, frame: &mut Frame<'_>) {
    if let Some(Dialog::Prompt(prompt)) = &app.dialog {
        draw_prompt(app, theme, prompt, area, frame);
        return;
    }
    let mut spans = vec![Span::raw(" ")];
    for (mark, meaning) in marks(app) {
        let style = theme.style(meaning).add_modifier(Modifier::BOLD);
        spans.push(Span::styled(format!("{mark}  "), style));
    }
    if let Some(message) = app.message.as_ref().filter(|_| app.dialog.is_none()) {
        let meaning = if message.is_error { Meaning::Warning } else { Meaning::New };
        let used: usize = spans.iter().map(Span::width).sum();
        let tail = match message.tail {
            Tail::Log if app.bottom != Some(BottomPane::Log) => "; v tells",
            Tail::Kill => "; x offers KILL",
            Tail::Log | Tail::None => "",
        };
        let room = usize::from(area.width).saturating_sub(used + width(tail));
        let text = theme.foreign(&message.text);
        let text = shorten(&text, room, theme.ellipsis());
        spans.push(Span::styled(format!("{text}{tail}"), theme.style(meaning)));
    } else {
        hints(app, theme, usize::from(area.width), &mut spans);
    }
    frame.render_widget(Line::from(spans), area);
}

/// The modes that are on, each in a word.
fn marks(app: &App) -> Vec<(String, Meaning)> {
    let mut marks = Vec::new();
    if app.is_paused {
        marks.push(("PAUSED".to_owned(), Meaning::Warning));
    }
    if app.is_following {
        marks.push(("FOLLOW".to_owned(), Meaning::New));
    }
    if !app.filter.is_empty() {
        marks.push((format!("FILTER {}", crate::text::visible(&app.filter)), Meaning::Match));
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

fn hints(app: &App, theme: Theme, room: usize, spans: &mut Vec<Span<'static>>) {
    let mut used: usize = spans.iter().map(Span::width).sum();
    for (keys, text) in hint_texts(app, theme) {
        used += width(&keys) + text.len() + 3;
        if used > room {
            break;
        }
        let key = theme.style(Meaning::Key).add_modifier(Modifier::BOLD);
        spans.push(Span::styled(keys, key));
        spans.push(Span::styled(format!(" {text}  "), theme.style(Meaning::Quiet)));
    }
}

/// The keys that work here and now, with what they do.
fn hint_texts(app: &App, theme: Theme) -> Vec<(String, String)> {
    let arrows = theme.pick("↑↓", "j/k").to_owned();
    let next = if app.bottom.is_some() { "to the next pane" } else { "to the tree" };
    let list = |verb: &str| {
        vec![
            (arrows.clone(), "choose".to_owned()),
            ("Enter".to_owned(), verb.to_owned()),
            ("Esc".to_owned(), "close".to_owned()),
        ]
    };
    match &app.dialog {
        Some(Dialog::Help { .. }) => {
            vec![(arrows, "scroll".to_owned()), ("Esc".to_owned(), "close".to_owned())]
        }
        Some(Dialog::Signal(_)) => list("send"),
        Some(Dialog::TestProcess(_)) => {
            let mut texts = list("start");
            texts.insert(1, (theme.pick("←→ 0-9", "h/l 0-9").to_owned(), "number".to_owned()));
            texts
        }
        Some(Dialog::Lab(_)) => list("choose"),
        Some(Dialog::Sort { .. }) => list("sort"),
        Some(Dialog::Prompt(_)) => Vec::new(),
        None if app.focus == Focus::Details => vec![
            (arrows, "scroll".to_owned()),
            ("Tab".to_owned(), next.to_owned()),
            ("Enter".to_owned(), "close".to_owned()),
        ],
        None if app.focus == Focus::Guide => guide_texts(app),
        None if app.focus == Focus::Bottom => bottom_texts(app, theme, arrows),
        None => to_guide(app)
            .into_iter()
            .chain(to_bottom(app))
            .chain(next_match(app))
            .chain(hinted(app, theme, |hint| match hint {
                Hint::First(words) => Some(words),
                Hint::Then(_) | Hint::None => None,
            }))
            .chain(hinted(app, theme, |hint| match hint {
                Hint::Then(words) => Some(words),
                Hint::First(_) | Hint::None => None,
            }))
            .collect(),
    }
}

/// The keys of the guide through a scenario.
fn guide_texts(app: &App) -> Vec<(String, String)> {
    let Some(guide) = &app.guide else { return Vec::new() };
    let play = &guide.play;
    let mut texts: Vec<(String, String)> = Vec::new();
    let mut add = |keys: &str, text: &str| texts.push((keys.to_owned(), text.to_owned()));
    match play.phase {
        Phase::Telling if play.asks() => {
            let last = play.step().ask.as_ref().map_or(1, |question| question.answers.len());
            add(&format!("1-{last}"), "answer");
            add("Enter", "skip the question");
        }
        Phase::Telling => add("Enter", "go on"),
        Phase::Told => add("Enter", "next step"),
        Phase::Over => add("Enter", "close"),
        Phase::Opening | Phase::Doing | Phase::Watching | Phase::Broken(_) => {}
    }
    add("Esc", "stop");
    add("Tab", "to the tree");
    add("R", "play again");
    add("A", if guide.pace == Pace::Timed { "by key" } else { "by itself" });
    texts
}

/// The keys of the pane at the bottom.
fn bottom_texts(app: &App, theme: Theme, arrows: String) -> Vec<(String, String)> {
    let texts: &[(&str, &str)] = match app.bottom {
        Some(BottomPane::Timeline) => &[
            ("Enter", "to the process"),
            (theme.pick("←→", "h/l"), "earlier, later"),
            ("+/-", "zoom"),
            ("*", "all"),
            ("Tab", "to the tree"),
            ("T", "close"),
        ],
        _ => &[
            ("Enter", "to the process"),
            ("End", "newest"),
            ("e", app.log.scope.other()),
            ("Tab", "to the tree"),
            ("v", "close"),
        ],
    };
    let texts = texts.iter().map(|(keys, text)| ((*keys).to_owned(), (*text).to_owned()));
    std::iter::once((arrows, "move".to_owned())).chain(texts).collect()
}

fn hinted(
    app: &App,
    theme: Theme,
    words: fn(Hint) -> Option<&'static str>,
) -> impl Iterator<Item = (String, String)> {
    app.actions().filter_map(move |row| Some((short_keys(row, theme), words(row.hint)?.to_owned())))
}

fn to_guide(app: &App) -> Option<(String, String)> {
    app.guide.as_ref().map(|_| ("Enter".to_owned(), "to the scenario".to_owned()))
}

fn to_bottom(app: &App) -> Option<(String, String)> {
    let next = match app.bottom? {
        _ if app.shows_details() => "next pane",
        BottomPane::Log => "to the log",
        BottomPane::Timeline => "to the timeline",
    };
    Some(("Tab".to_owned(), next.to_owned()))
}

fn next_match(app: &App) -> Option<(String, String)> {
    (!app.needle.is_empty()).then(|| ("n/N".to_owned(), "next match".to_owned()))
}

/// One key for an action; for pairs of arrows, both.
fn short_keys(row: &ActionRow, theme: Theme) -> String {
    match row.action {
        Action::Up => theme.pick("↑↓", "j/k").to_owned(),
        Action::StepOut => theme.pick("←→", "h/l").to_owned(),
        _ => row.keys.first().map_or_else(String::new, ToString::to_string),
    }
}

fn draw_prompt(app: &App, theme: Theme, prompt: &Prompt, area: Rect, frame: &mut Frame<'_>) {
    let (mark, help) = match prompt.kind {
        PromptKind::Search => ("/", "Enter stays  Esc goes back  ↓ next"),
        PromptKind::Filter => ("\\", "Enter keeps  Esc clears"),
        PromptKind::Palette => (":", "↑↓ choose  Enter does it  Esc closes"),
    };
    let text = theme.foreign(prompt.text.value()).into_owned();
    let is_missing = prompt.kind == PromptKind::Search
        && !app.needle.is_empty()
        && app.cursor.key.is_none_or(|key| !app.is_match(key));
    let style = theme.style(if is_missing { Meaning::Warning } else { Meaning::Match });
    let shown = Line::from(vec![
        Span::styled(format!(" {mark}"), theme.style(Meaning::Key)),
        Span::styled(text, style),
    ]);
    let help = if theme.is_ascii() {
        help.replace("↑↓", "Up/Down").replace('↓', "Down")
    } else {
        help.to_owned()
    };
    let free = usize::from(area.width).saturating_sub(shown.width() + 2);
    // The cursor stands behind what is drawn, which may be longer than what was typed.
    let before: String = prompt.text.value().chars().take(prompt.text.cursor()).collect();
    let cursor = 2 + width(&theme.foreign(&before));
    let hidden = (cursor + 1).saturating_sub(usize::from(area.width));
    let hidden = u16::try_from(hidden).unwrap_or(u16::MAX);
    frame.render_widget(Paragraph::new(shown).scroll((0, hidden)), area);
    if width(&help) < free {
        let help = Line::styled(format!("{help} "), theme.style(Meaning::Quiet));
        frame.render_widget(help.right_aligned(), area);
    }
    let x = area.x + u16::try_from(cursor - usize::from(hidden)).unwrap_or(0);
    frame.set_cursor_position(Position::new(x, area.y));
}
