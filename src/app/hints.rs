//! The keys that work here and now, for the status line.

use crate::app::App;
use crate::dialogs::Dialog;
use crate::keymap::{
    Binding, Command, Context, DetailsCommand, GlobalCommand, Hint, Keymap, ListCommand,
    LogCommand, Motion, NumberCommand, ReplayCommand, ScenarioCommand, TimelineCommand,
    TreeCommand,
};
use crate::layout::{Bottom, Focus};
use crate::panes::scenario::Pace;
use crate::scenario::play::Phase;

/// The keys that work here and now, with what they do.
pub(super) fn hints(app: &App, is_ascii: bool) -> Vec<(String, String)> {
    let keys = Keys { keymap: &app.options.keymap, is_ascii };
    let list = |verb: &str| {
        vec![
            keys.moves(Context::List, "choose"),
            keys.hint(Context::List, Command::List(ListCommand::Confirm), verb),
            keys.hint(Context::List, Command::List(ListCommand::Cancel), "close"),
        ]
    };
    match &app.dialog {
        Some(Dialog::Help(_)) => vec![
            keys.moves(Context::List, "scroll"),
            keys.global(GlobalCommand::Search, "find a command"),
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
        Some(Dialog::Order(_)) => list("sort"),
        Some(Dialog::Members(_) | Dialog::Trouble(_)) => list("to the process"),
        Some(Dialog::Prompt(_)) => Vec::new(),
        None if app.modes.replay.is_some() => replay_texts(keys),
        None => match app.focus {
            Focus::Details => details_texts(app, keys),
            Focus::Scenario => scenario_texts(app, keys),
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

fn replay_texts(keys: Keys<'_>) -> Vec<(String, String)> {
    let hint = |command, text: &str| keys.hint(Context::Replay, Command::Replay(command), text);
    let paces = [ReplayCommand::Slower, ReplayCommand::Faster].map(Command::Replay);
    vec![
        hint(ReplayCommand::Pause, "pause"),
        hint(ReplayCommand::Step, "step"),
        keys.pair(Context::Replay, paces, "slower, faster"),
        hint(ReplayCommand::Quit, "quit"),
    ]
}

fn details_texts(app: &App, keys: Keys<'_>) -> Vec<(String, String)> {
    let next = if app.bottom.open.is_some() { "to the next pane" } else { "to the tree" };
    vec![
        keys.moves(Context::Details, "scroll"),
        keys.global(GlobalCommand::NextPane, next),
        keys.hint(Context::Details, Command::Details(DetailsCommand::Close), "close"),
    ]
}

fn tree_texts(app: &App, keys: Keys<'_>) -> Vec<(String, String)> {
    let details = Command::Details(DetailsCommand::Toggle);
    let to_scenario =
        app.scenario.as_ref().map(|_| keys.hint(Context::Tree, details, "to the scenario"));
    let to_bottom = app.bottom.open.map(|pane| match pane {
        _ if app.shows_details() => "next pane",
        Bottom::Log => "to the log",
        Bottom::Timeline => "to the timeline",
    });
    let matches = [GlobalCommand::NextMatch, GlobalCommand::PreviousMatch].map(Command::Global);
    let next_match =
        (!app.tree.needle.is_empty()).then(|| keys.pair(Context::Global, matches, "next match"));
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
    let Some(scenario) = &app.scenario else { return Vec::new() };
    let play = &scenario.play;
    let hint = |command, text: &str| keys.hint(Context::Scenario, command, text);
    let advance = |text: &str| hint(Command::Scenario(ScenarioCommand::Advance), text);
    let mut texts = match play.phase {
        Phase::Narrating if play.asks() => {
            let last = play.step().ask.as_ref().map_or(1, |question| question.answers.len());
            let [first, last] = [0, last.saturating_sub(1)].map(|answer| {
                keys.keymap.key(Context::Scenario, Command::Answer(answer), keys.is_ascii)
            });
            vec![(format!("{first}-{last}"), "answer".to_owned()), advance("skip the question")]
        }
        Phase::Narrating => vec![advance("go on")],
        Phase::Finished => vec![advance("next step")],
        Phase::Over => vec![advance("next scenario")],
        Phase::Opening | Phase::Doing | Phase::Watching | Phase::Broken(_) => Vec::new(),
    };
    let automatic = if scenario.pace == Pace::Timed { "by key" } else { "automatic" };
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
    if app.bottom.open != Some(Bottom::Timeline) {
        let newest = Command::Move(Motion::Last);
        return vec![
            keys.moves(Context::Log, "move"),
            keys.hint(Context::Log, Command::Log(LogCommand::GoToProcess), "to the process"),
            keys.hint(Context::Log, newest, "newest"),
            keys.global(GlobalCommand::LogScope, app.bottom.log.scope.other().into_str()),
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
