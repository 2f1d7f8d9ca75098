//! The commands: one closed enum a context. Each command has its row in `table.rs`; the rooms that
//! run commands match on them exhaustively.

use strum::VariantArray;

use crate::keymap::Group;

/// Answers that a question can have.
pub(super) const ANSWERS: [(&str, &str); 4] =
    [("answer-1", "1"), ("answer-2", "2"), ("answer-3", "3"), ("answer-4", "4")];

/// Where a key is pressed: what it means depends on it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, VariantArray)]
pub enum Context {
    /// In the tree, and in panes that give the key no meaning of their own.
    Tree,
    Global,
    Details,
    Log,
    /// In the timeline.
    Timeline,
    /// In the pane of a scenario.
    Scenario,
    /// In a dialog with a list or a text to scroll.
    List,
    /// In a line of text.
    Text,
    /// In the number of a test process.
    Number,
    /// While a recording is played, before every other context.
    Replay,
}

/// A command that a key can be bound to.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Command {
    Move(Motion),
    Global(GlobalCommand),
    Tree(TreeCommand),
    Details(DetailsCommand),
    Log(LogCommand),
    Timeline(TimelineCommand),
    Scenario(ScenarioCommand),
    /// The answer with that number, from 0, to the question of a scenario.
    Answer(usize),
    List(ListCommand),
    Text(TextCommand),
    Edit(TextEdit),
    /// A character that is typed into a line of text.
    Insert(char),
    Number(NumberCommand),
    /// A digit that is typed behind a number.
    Digit(u32),
    Replay(ReplayCommand),
}

/// Moving in whatever has the focus: rows, lines, lanes, entries.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, VariantArray)]
pub enum Motion {
    Up,
    Down,
    PageUp,
    PageDown,
    HalfPageUp,
    HalfPageDown,
    First,
    Last,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, VariantArray)]
pub enum GlobalCommand {
    Search,
    NextMatch,
    PreviousMatch,
    NextTrouble,
    PreviousTrouble,
    Back,
    Filter,
    Order,
    OrderByCpu,
    OrderByMemory,
    Trouble,
    Arrange,
    Family,
    Log,
    LogScope,
    Timeline,
    Follow,
    Pause,
    Faster,
    Slower,
    Machine,
    KernelThreads,
    Ghosts,
    NextPane,
    Signal,
    SignalSubtree,
    TestProcess,
    Lab,
    Copy,
    Palette,
    Help,
    Close,
    Mouse,
    Suspend,
    Quit,
    QuitNow,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, VariantArray)]
pub enum TreeCommand {
    Parent,
    Fold,
    Unfold,
    FoldAll,
    UnfoldSubtree,
    FoldSubtree,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, VariantArray)]
pub enum DetailsCommand {
    Toggle,
    Close,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, VariantArray)]
pub enum LogCommand {
    GoToProcess,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, VariantArray)]
pub enum TimelineCommand {
    GoToProcess,
    Earlier,
    Later,
    ZoomIn,
    ZoomOut,
    Whole,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, VariantArray)]
pub enum ScenarioCommand {
    Advance,
    Stop,
    PlayAgain,
    Automatic,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, VariantArray)]
pub enum ListCommand {
    Confirm,
    Cancel,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, VariantArray)]
pub enum TextCommand {
    Confirm,
    Cancel,
    Previous,
    Next,
}

/// Editing a line, by the habits of shells.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, VariantArray)]
pub enum TextEdit {
    Left,
    Right,
    Start,
    End,
    DeleteBack,
    Delete,
    DeleteWord,
    DeleteToEnd,
    DeleteLine,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, VariantArray)]
pub enum NumberCommand {
    Larger,
    Smaller,
    DeleteDigit,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, VariantArray)]
pub enum ReplayCommand {
    Pause,
    Step,
    Slower,
    Faster,
    Quit,
}

impl Context {
    /// Its heading in `keys.toml`, and in the table of the README.
    pub fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Tree => "tree",
            Self::Details => "details",
            Self::Log => "log",
            Self::Timeline => "timeline",
            Self::Scenario => "scenario",
            Self::List => "list",
            Self::Text => "text",
            Self::Number => "number",
            Self::Replay => "replay",
        }
    }

    /// Where the help has its motions.
    pub(super) fn group(self) -> Group {
        match self {
            Self::Global | Self::Tree => Group::Move,
            Self::Details => Group::Details,
            Self::Log => Group::Log,
            Self::Timeline => Group::Timeline,
            Self::Scenario => Group::Scenario,
            Self::List => Group::List,
            Self::Text => Group::Text,
            Self::Number => Group::Number,
            Self::Replay => Group::Replay,
        }
    }

    /// Its commands, in the order of the help.
    pub(super) fn commands(self) -> Vec<Command> {
        fn all<T: VariantArray + Copy>(command: fn(T) -> Command) -> impl Iterator<Item = Command> {
            T::VARIANTS.iter().copied().map(command)
        }
        let motions = || all(Command::Move);
        match self {
            Self::Global => all(Command::Global).collect(),
            Self::Tree => {
                let details = Command::Details(DetailsCommand::Toggle);
                motions().chain(all(Command::Tree)).chain([details]).collect()
            }
            Self::Details => motions().chain([Command::Details(DetailsCommand::Close)]).collect(),
            Self::Log => motions().chain(all(Command::Log)).collect(),
            Self::Timeline => motions().chain(all(Command::Timeline)).collect(),
            Self::Scenario => {
                let answers = (0..ANSWERS.len()).map(Command::Answer);
                motions().chain(all(Command::Scenario)).chain(answers).collect()
            }
            Self::List => motions().chain(all(Command::List)).collect(),
            Self::Text => all(Command::Text).chain(all(Command::Edit)).collect(),
            Self::Number => all(Command::Number).collect(),
            Self::Replay => all(Command::Replay).collect(),
        }
    }
}
