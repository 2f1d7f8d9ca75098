//! The table of commands: name, default keys, hint and help of each. A command without its row
//! does not compile.

use crate::keymap::command::ANSWERS;
use crate::keymap::{
    Command, Context, DetailsCommand, GlobalCommand, Group, Hint, ListCommand, LogCommand, Motion,
    NumberCommand, ReplayCommand, Row, ScenarioCommand, TextCommand, TextEdit, TimelineCommand,
    TreeCommand,
};
use Hint::{First, Then};

impl Command {
    /// Its row in a context; `None` for typed input.
    pub(super) fn row(self, context: Context) -> Option<Row> {
        Some(match self {
            Self::Move(motion) => Row { group: context.group(), ..motion.row() },
            Self::Global(command) => command.row(),
            Self::Tree(command) => command.row(),
            Self::Details(command) => command.row(),
            Self::Log(command) => command.row(),
            Self::Timeline(command) => command.row(),
            Self::Scenario(command) => command.row(),
            Self::Answer(index) => {
                let (name, keys) = ANSWERS.get(index)?;
                row(Group::Scenario, name, keys, Hint::None, "answer the question of a step")
            }
            Self::List(command) => command.row(),
            Self::Text(command) => command.row(),
            Self::Edit(command) => command.row(),
            Self::Number(command) => command.row(),
            Self::Replay(command) => command.row(),
            Self::Insert(_) | Self::Digit(_) => return None,
        })
    }
}

const fn row(
    group: Group,
    name: &'static str,
    keys: &'static str,
    hint: Hint,
    help: &'static str,
) -> Row {
    Row { group, name, keys, hint, help, acts_on_processes: false }
}

const fn acting(mut row: Row) -> Row {
    row.acts_on_processes = true;
    row
}

#[rustfmt::skip]
impl Motion {
    const fn row(self) -> Row {
        const MOVE: Group = Group::Move;
        match self {
            Self::Up => row(MOVE, "up", "Up k", First("move"), "one row up"),
            Self::Down => row(MOVE, "down", "Down j", Hint::None, "one row down"),
            Self::PageUp => row(MOVE, "page-up", "PgUp", Hint::None, "one page up"),
            Self::PageDown => row(MOVE, "page-down", "PgDn", Hint::None, "one page down"),
            Self::HalfPageUp => row(MOVE, "half-page-up", "^U", Hint::None, "half a page up"),
            Self::HalfPageDown => row(MOVE, "half-page-down", "^D", Hint::None, "half a page down"),
            Self::First => row(MOVE, "first", "g Home", Hint::None, "to the first row"),
            Self::Last => row(MOVE, "last", "G End", Hint::None, "to the last row"),
        }
    }
}

#[rustfmt::skip]
impl GlobalCommand {
    const fn row(self) -> Row {
        use Group::{Act, Find, Program, View};
        match self {
            Self::Search => row(Find, "search", "/ F3", First("search"), "jump to a pid, a name or a word of a command line"),
            Self::NextMatch => row(Find, "next-match", "n", Hint::None, "to the next match"),
            Self::PreviousMatch => row(Find, "previous-match", "N", Hint::None, "to the previous match"),
            Self::NextTrouble => row(Find, "next-trouble", "]", Hint::None, "to the next failure, zombie, orphan or stuck process"),
            Self::PreviousTrouble => row(Find, "previous-trouble", "[", Hint::None, "to the previous one"),
            Self::Back => row(Find, "back", "^O", Hint::None, "back to where the cursor was"),
            Self::Filter => row(Find, "filter", r"\ F4", Hint::None, "show only matches and their ancestors"),
            Self::Order => row(View, "order", "s F6", Then("sort"), "choose what to sort by"),
            Self::OrderByCpu => row(View, "order-by-cpu", "P", Hint::None, "sort by CPU, the biggest family first"),
            Self::OrderByMemory => row(View, "order-by-memory", "M", Hint::None, "sort by memory, the biggest family first"),
            Self::Trouble => row(View, "trouble", "!", Then("trouble"), "what goes wrong: crash loops, failures, zombies, orphans, stuck processes"),
            Self::Arrange => row(View, "arrange", "t F5", Then("tree, list"), "tree by parent, tree by creator, flat list"),
            Self::Family => row(Find, "family", "f", Then("family"), "show only the selected family, or all again"),
            Self::Log => row(View, "log", "v", Then("log"), "open or close the event log"),
            Self::LogScope => row(View, "log-scope", "e", Hint::None, "log every event, or the selected family's only"),
            Self::Timeline => row(View, "timeline", "T", Then("timeline"), "open or close the timeline of the selected family"),
            Self::Follow => row(View, "follow", "F", Then("follow"), "keep the selected process in the middle, and its row after its end"),
            Self::Pause => row(View, "pause", "Z", Then("pause"), "pause or resume"),
            Self::Faster => row(View, "faster", "<", Hint::None, "refresh more often"),
            Self::Slower => row(View, "slower", ">", Hint::None, "refresh less often"),
            Self::Machine => row(View, "machine", "m", Hint::None, "unfold or fold the figures of the machine"),
            Self::KernelThreads => row(View, "kernel-threads", "K", Hint::None, "show or hide kernel threads"),
            Self::Ghosts => row(View, "ghosts", ".", Hint::None, "ghosts: grouped, all, failures only, none"),
            Self::NextPane => row(View, "next-pane", "Tab", Hint::None, "to the next pane"),
            Self::Signal => acting(row(Act, "signal", "x F9", First("signal"), "choose a signal, see what it will do, send it")),
            Self::SignalSubtree => acting(row(Act, "signal-subtree", "X", Hint::None, "the same for the process and its descendants")),
            Self::TestProcess => acting(row(Act, "test-process", "a", First("test process"), "start a test process: choose its kind and number")),
            Self::Lab => acting(row(Act, "lab", "L", Then("lab"), "choose a scenario, a Python program, or end test processes")),
            Self::Copy => row(Act, "copy", "y", Hint::None, "copy the command line"),
            Self::Palette => row(Program, "palette", ":", Hint::None, "run a command by its name"),
            Self::Help => row(Program, "help", "? F1", First("help"), "show the keys and the roles"),
            Self::Close => row(Program, "close", "Esc", Hint::None, "back to the tree; then end search, filter, family, follow"),
            Self::Mouse => row(Program, "mouse", "F12", Hint::None, "leave the mouse to the terminal, to select text, or use it again"),
            Self::Suspend => row(Program, "suspend", "^Z", Hint::None, "suspend; `fg` resumes"),
            Self::Quit => row(Program, "quit", "q F10", First("quit"), "leave the pane; in the tree, quit and end every test process"),
            Self::QuitNow => row(Program, "quit-now", "^C", Hint::None, "quit at once, whatever is open"),
        }
    }
}

#[rustfmt::skip]
impl TreeCommand {
    const fn row(self) -> Row {
        use Group::{Fold, Move};
        match self {
            Self::Parent => row(Move, "parent", "p", Hint::None, "to the parent"),
            Self::Fold => row(Fold, "fold", "Left h", First("fold"), "fold the children, or go to the parent"),
            Self::Unfold => row(Fold, "unfold", "Right l", Hint::None, "unfold the children, or go to the first child"),
            Self::FoldAll => row(Fold, "fold-all", "*", Hint::None, "fold to the first level, or back to the folds before"),
            Self::UnfoldSubtree => row(Fold, "unfold-subtree", "+", Hint::None, "unfold all descendants"),
            Self::FoldSubtree => row(Fold, "fold-subtree", "-", Hint::None, "fold all descendants"),
        }
    }
}

#[rustfmt::skip]
impl DetailsCommand {
    const fn row(self) -> Row {
        match self {
            Self::Toggle => row(Group::View, "details", "Enter", First("details"), "open or close the details"),
            Self::Close => row(Group::Details, "close", "Enter", Hint::None, "close the details"),
        }
    }
}

#[rustfmt::skip]
impl LogCommand {
    const fn row(self) -> Row {
        match self {
            Self::GoToProcess => row(Group::Log, "go-to-process", "Enter", Hint::None, "select its process in the tree"),
        }
    }
}

#[rustfmt::skip]
impl TimelineCommand {
    const fn row(self) -> Row {
        const GROUP: Group = Group::Timeline;
        match self {
            Self::GoToProcess => row(GROUP, "go-to-process", "Enter", Hint::None, "select the process in the tree"),
            Self::Earlier => row(GROUP, "earlier", "Left h", Hint::None, "to earlier times"),
            Self::Later => row(GROUP, "later", "Right l", Hint::None, "to later times"),
            Self::ZoomIn => row(GROUP, "zoom-in", "+", Hint::None, "zoom in"),
            Self::ZoomOut => row(GROUP, "zoom-out", "-", Hint::None, "zoom out"),
            Self::Whole => row(GROUP, "whole", "*", Hint::None, "show the whole life of the family"),
        }
    }
}

#[rustfmt::skip]
impl ScenarioCommand {
    const fn row(self) -> Row {
        const GROUP: Group = Group::Scenario;
        match self {
            Self::Advance => row(GROUP, "advance", "Enter", Hint::None, "do the step, or go to the next"),
            Self::Stop => row(GROUP, "stop", "Esc", Hint::None, "close the scenario and end its processes"),
            Self::PlayAgain => row(GROUP, "play-again", "R", Hint::None, "play the scenario from the start"),
            Self::Automatic => row(GROUP, "automatic", "A", Hint::None, "advance automatically, or by key"),
        }
    }
}

impl ListCommand {
    const fn row(self) -> Row {
        const GROUP: Group = Group::List;
        match self {
            Self::Confirm => row(GROUP, "confirm", "Enter", Hint::None, "do what is chosen"),
            Self::Cancel => row(GROUP, "cancel", "Esc q F10", Hint::None, "close the dialog"),
        }
    }
}

#[rustfmt::skip]
impl TextCommand {
    const fn row(self) -> Row {
        const GROUP: Group = Group::Text;
        match self {
            Self::Confirm => row(GROUP, "confirm", "Enter", Hint::None, "accept the line"),
            Self::Cancel => row(GROUP, "cancel", "Esc", Hint::None, "drop the line"),
            Self::Previous => row(GROUP, "previous", "Up", Hint::None, "to the previous match or command; in an empty line, the last text"),
            Self::Next => row(GROUP, "next", "Down Tab", Hint::None, "to the next match or command"),
        }
    }
}

#[rustfmt::skip]
impl TextEdit {
    const fn row(self) -> Row {
        const GROUP: Group = Group::Text;
        match self {
            Self::Left => row(GROUP, "left", "Left", Hint::None, "one character left"),
            Self::Right => row(GROUP, "right", "Right", Hint::None, "one character right"),
            Self::Start => row(GROUP, "start", "Home ^A", Hint::None, "to the start of the line"),
            Self::End => row(GROUP, "end", "End ^E", Hint::None, "to the end of the line"),
            Self::DeleteBack => row(GROUP, "delete-back", "Backspace", Hint::None, "delete the character before the cursor"),
            Self::Delete => row(GROUP, "delete", "Delete", Hint::None, "delete the character at the cursor"),
            Self::DeleteWord => row(GROUP, "delete-word", "^W", Hint::None, "delete the word before the cursor"),
            Self::DeleteToEnd => row(GROUP, "delete-to-end", "^K", Hint::None, "delete to the end of the line"),
            Self::DeleteLine => row(GROUP, "delete-line", "^U", Hint::None, "delete the line"),
        }
    }
}

#[rustfmt::skip]
impl NumberCommand {
    const fn row(self) -> Row {
        const GROUP: Group = Group::Number;
        match self {
            Self::Larger => row(GROUP, "larger", "Right l +", Hint::None, "a larger number"),
            Self::Smaller => row(GROUP, "smaller", "Left h -", Hint::None, "a smaller number"),
            Self::DeleteDigit => row(GROUP, "delete-digit", "Backspace", Hint::None, "delete the last digit"),
        }
    }
}

impl ReplayCommand {
    const fn row(self) -> Row {
        const GROUP: Group = Group::Replay;
        match self {
            Self::Pause => row(GROUP, "pause", "Space", Hint::None, "pause or resume"),
            Self::Step => row(GROUP, "step", "Right", Hint::None, "play the next input"),
            Self::Slower => row(GROUP, "slower", "[", Hint::None, "half as fast"),
            Self::Faster => row(GROUP, "faster", "]", Hint::None, "twice as fast"),
            Self::Quit => row(GROUP, "quit", "q ^C", Hint::None, "quit"),
        }
    }
}
