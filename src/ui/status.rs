//! The status line: what was done last, what is typed, or the keys that work here and now.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::app::dialog::{Dialog, Prompt, PromptKind};
use crate::app::guide::Pace;
use crate::app::layout::BottomPane;
use crate::app::{App, Focus, Tail};
use crate::keymap::{
    Binding, Command, Context, DetailsCommand, GlobalCommand, Hint, Keymap, ListCommand,
    LogCommand, Motion, NumberCommand, ScenarioCommand, TextCommand, TimelineCommand, TreeCommand,
};
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
        let keymap = &app.options.keymap;
        let key = |command| keymap.key(Context::Global, Command::Global(command), theme.is_ascii());
        let tail = match message.tail {
            Tail::Log if app.bottom != Some(BottomPane::Log) => {
                format!(" ({}: log)", key(GlobalCommand::Log))
            }
            Tail::Kill => format!("; {} offers KILL", key(GlobalCommand::Signal)),
            Tail::Log | Tail::None => String::new(),
        };
        let room = usize::from(area.width).saturating_sub(used + width(&tail));
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
    let keys = Keys { keymap: &app.options.keymap, is_ascii: theme.is_ascii() };
    let list = |verb: &str| {
        vec![
            keys.moves(Context::List, "choose"),
            keys.hint(Context::List, Command::List(ListCommand::Confirm), verb),
            keys.hint(Context::List, Command::List(ListCommand::Cancel), "close"),
        ]
    };
    match &app.dialog {
        Some(Dialog::Help { .. }) => vec![
            keys.moves(Context::List, "scroll"),
            keys.hint(Context::List, Command::List(ListCommand::Cancel), "close"),
        ],
        Some(Dialog::Signal(_)) => list("send"),
        Some(Dialog::TestProcess(_)) => {
            let edits = [NumberCommand::Smaller, NumberCommand::Larger].map(Command::Number);
            let pair = keys.keymap.pair(Context::Number, edits, keys.is_ascii);
            let mut texts = list("start");
            texts.insert(1, (format!("{pair} 0-9").trim_start().to_owned(), "number".to_owned()));
            texts
        }
        Some(Dialog::Lab(_)) => list("choose"),
        Some(Dialog::Sort { .. }) => list("sort"),
        Some(Dialog::Prompt(_)) => Vec::new(),
        None => match app.focus {
            Focus::Details => details_texts(app, keys),
            Focus::Guide => scenario_texts(app, keys),
            Focus::Bottom => bottom_texts(app, keys),
            Focus::Tree => tree_texts(app, keys),
        },
    }
    .into_iter()
    .filter(|(keys, _)| !keys.is_empty())
    .collect()
}

/// The keys of commands, as hints name them.
#[derive(Clone, Copy)]
struct Keys<'a> {
    keymap: &'a Keymap,
    is_ascii: bool,
}

impl Keys<'_> {
    fn hint(self, context: Context, command: Command, text: &str) -> (String, String) {
        (self.keymap.key(context, command, self.is_ascii), text.to_owned())
    }

    fn global(self, command: GlobalCommand, text: &str) -> (String, String) {
        self.hint(Context::Global, Command::Global(command), text)
    }

    fn pair(self, context: Context, commands: [Command; 2], text: &str) -> (String, String) {
        (self.keymap.pair(context, commands, self.is_ascii), text.to_owned())
    }

    fn moves(self, context: Context, text: &str) -> (String, String) {
        self.pair(context, [Motion::Up, Motion::Down].map(Command::Move), text)
    }
}

fn details_texts(app: &App, keys: Keys<'_>) -> Vec<(String, String)> {
    let next = if app.bottom.is_some() { "to the next pane" } else { "to the tree" };
    vec![
        keys.moves(Context::Details, "scroll"),
        keys.global(GlobalCommand::NextPane, next),
        keys.hint(Context::Details, Command::Details(DetailsCommand::Close), "close"),
    ]
}

fn tree_texts(app: &App, keys: Keys<'_>) -> Vec<(String, String)> {
    let details = Command::Tree(TreeCommand::Details);
    let to_scenario =
        app.guide.as_ref().map(|_| keys.hint(Context::Tree, details, "to the scenario"));
    let to_bottom = app.bottom.map(|pane| match pane {
        _ if app.shows_details() => "next pane",
        BottomPane::Log => "to the log",
        BottomPane::Timeline => "to the timeline",
    });
    let matches = [GlobalCommand::NextMatch, GlobalCommand::PreviousMatch].map(Command::Global);
    let next_match =
        (!app.needle.is_empty()).then(|| keys.pair(Context::Global, matches, "next match"));
    let hinted = |is_first: bool| {
        app.commands().filter_map(move |binding| match binding.row.hint {
            Hint::First(words) if is_first => Some(hint_of(keys, binding, words)),
            Hint::Then(words) if !is_first => Some(hint_of(keys, binding, words)),
            Hint::First(_) | Hint::Then(_) | Hint::None => None,
        })
    };
    let here =
        to_scenario.into_iter().chain(to_bottom.map(|to| keys.global(GlobalCommand::NextPane, to)));
    here.chain(next_match).chain(hinted(true)).chain(hinted(false)).collect()
}

/// One key for a command; for two opposites, both.
fn hint_of(keys: Keys<'_>, binding: &Binding, words: &str) -> (String, String) {
    let opposite = match binding.command {
        Command::Move(Motion::Up) => Command::Move(Motion::Down),
        Command::Tree(TreeCommand::Fold) => Command::Tree(TreeCommand::Unfold),
        command => return keys.hint(binding.context, command, words),
    };
    keys.pair(binding.context, [binding.command, opposite], words)
}

fn scenario_texts(app: &App, keys: Keys<'_>) -> Vec<(String, String)> {
    let Some(guide) = &app.guide else { return Vec::new() };
    let play = &guide.play;
    let hint = |command, text: &str| keys.hint(Context::Scenario, command, text);
    let advance = |text: &str| hint(Command::Scenario(ScenarioCommand::Advance), text);
    let mut texts = match play.phase {
        Phase::Telling if play.asks() => {
            let last = play.step().ask.as_ref().map_or(1, |question| question.answers.len());
            let [first, last] = [0, last.saturating_sub(1)].map(|answer| {
                keys.keymap.key(Context::Scenario, Command::Answer(answer), keys.is_ascii)
            });
            vec![(format!("{first}-{last}"), "answer".to_owned()), advance("skip the question")]
        }
        Phase::Telling => vec![advance("go on")],
        Phase::Told => vec![advance("next step")],
        Phase::Over => vec![advance("close")],
        Phase::Opening | Phase::Doing | Phase::Watching | Phase::Broken(_) => Vec::new(),
    };
    let automatic = if guide.pace == Pace::Timed { "by key" } else { "automatic" };
    texts.extend([
        hint(Command::Scenario(ScenarioCommand::Stop), "stop"),
        keys.global(GlobalCommand::NextPane, "to the tree"),
        hint(Command::Scenario(ScenarioCommand::PlayAgain), "play again"),
        hint(Command::Scenario(ScenarioCommand::Automatic), automatic),
    ]);
    texts
}

fn bottom_texts(app: &App, keys: Keys<'_>) -> Vec<(String, String)> {
    let to_tree = keys.global(GlobalCommand::NextPane, "to the tree");
    if app.bottom != Some(BottomPane::Timeline) {
        let newest = Command::Move(Motion::Last);
        return vec![
            keys.moves(Context::Log, "move"),
            keys.hint(Context::Log, Command::Log(LogCommand::GoToProcess), "to the process"),
            keys.hint(Context::Log, newest, "newest"),
            keys.global(GlobalCommand::LogScope, app.log.scope.other()),
            to_tree,
            keys.global(GlobalCommand::Log, "close"),
        ];
    }
    let hint = |command, text: &str| keys.hint(Context::Timeline, Command::Timeline(command), text);
    let pair = |commands: [TimelineCommand; 2], text: &str| {
        keys.pair(Context::Timeline, commands.map(Command::Timeline), text)
    };
    vec![
        keys.moves(Context::Timeline, "move"),
        hint(TimelineCommand::GoToProcess, "to the process"),
        pair([TimelineCommand::Earlier, TimelineCommand::Later], "earlier, later"),
        pair([TimelineCommand::ZoomIn, TimelineCommand::ZoomOut], "zoom"),
        hint(TimelineCommand::Whole, "all"),
        to_tree,
        keys.global(GlobalCommand::Timeline, "close"),
    ]
}

fn draw_prompt(app: &App, theme: Theme, prompt: &Prompt, area: Rect, frame: &mut Frame<'_>) {
    let keymap = &app.options.keymap;
    let key = |command| keymap.key(Context::Text, Command::Text(command), theme.is_ascii());
    let confirm = key(TextCommand::Confirm);
    let (cancel, next) = (key(TextCommand::Cancel), key(TextCommand::Next));
    let opener = Command::Global(prompt.kind.opener());
    let mark = keymap.key(Context::Global, opener, theme.is_ascii());
    let help = match prompt.kind {
        PromptKind::Search => format!("{confirm} stays  {cancel} goes back  {next} next"),
        PromptKind::Filter => format!("{confirm} keeps  {cancel} clears"),
        PromptKind::Palette => {
            let choices = [TextCommand::Previous, TextCommand::Next].map(Command::Text);
            let choose = keymap.pair(Context::Text, choices, theme.is_ascii());
            format!("{choose} choose  {confirm} runs it  {cancel} closes")
        }
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
    let free = usize::from(area.width).saturating_sub(shown.width() + 2);
    // The cursor stands behind what is drawn, which may be longer than what was typed.
    let before: String = prompt.text.value().chars().take(prompt.text.cursor()).collect();
    let cursor = 1 + width(&mark) + width(&theme.foreign(&before));
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
