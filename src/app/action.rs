//! Everything a user can do: one table, from which keys, help, status line and README come.

use crate::app::key::{Key, KeyCode};

/// Something a user can do.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(missing_docs, reason = "each variant is documented by its row in ACTIONS")]
pub enum Action {
    Up,
    Down,
    StepOut,
    StepIn,
    PageUp,
    PageDown,
    HalfPageUp,
    HalfPageDown,
    First,
    Last,
    ToParent,
    FoldAll,
    UnfoldSubtree,
    FoldSubtree,
    Search,
    NextMatch,
    PreviousMatch,
    Filter,
    Sort,
    ParentKind,
    Details,
    Log,
    LogScope,
    Timeline,
    Follow,
    Pause,
    Faster,
    Slower,
    KernelThreads,
    NextPane,
    Signal,
    SignalSubtree,
    StartTestProcess,
    LabMenu,
    Answer,
    PlayAgain,
    Timer,
    Copy,
    Close,
    Palette,
    Help,
    Mouse,
    Suspend,
    Quit,
}

/// The groups of the help.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "each variant is its own word")]
pub enum Group {
    Move,
    Fold,
    Find,
    View,
    Act,
    Program,
}

impl Group {
    /// Every group, in the order of the help.
    pub const ALL: [Self; 6] =
        [Self::Move, Self::Fold, Self::Find, Self::View, Self::Act, Self::Program];

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Move => "Move",
            Self::Fold => "Fold",
            Self::Find => "Find",
            Self::View => "View",
            Self::Act => "Act",
            Self::Program => "Program",
        }
    }
}

/// How an action is shown in the status line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Hint {
    /// Not at all.
    None,
    /// Before others, so that it stays on narrow screens.
    First(&'static str),
    /// Where there is room left.
    Then(&'static str),
}

/// What is said of an action.
#[derive(Debug)]
pub struct ActionRow {
    /// The action.
    pub action: Action,
    /// Its name, `[a-z-]+`.
    pub name: &'static str,
    /// The keys that mean it.
    pub keys: &'static [Key],
    /// What it does, in a phrase.
    pub help: &'static str,
    /// One or two words for the status line.
    pub hint: Hint,
    /// Where the help has it.
    pub group: Group,
    /// Whether it changes other processes, so that a read-only session lacks it.
    pub acts_on_processes: bool,
}

const fn row(
    group: Group,
    action: Action,
    name: &'static str,
    keys: &'static [Key],
    hint: Hint,
    help: &'static str,
) -> ActionRow {
    ActionRow { action, name, keys, help, hint, group, acts_on_processes: false }
}

const fn acting(mut row: ActionRow) -> ActionRow {
    row.acts_on_processes = true;
    row
}

const fn c(character: char) -> Key {
    Key::char(character)
}

const fn k(code: KeyCode) -> Key {
    Key::plain(code)
}

use Group::{Act, Find, Fold, Move, Program, View};
use Hint::{First, Then};
use KeyCode::{Down, End, Enter, Esc, F, Home, Left, PageDown, PageUp, Right, Tab, Up};

/// Every action, in the order of the help.
#[rustfmt::skip]
pub const ACTIONS: &[ActionRow] = &[
    row(Move, Action::Up, "up", &[k(Up), c('k')], First("move"), "one row up"),
    row(Move, Action::Down, "down", &[k(Down), c('j')], Hint::None, "one row down"),
    row(Move, Action::PageUp, "page-up", &[k(PageUp)], Hint::None, "one page up"),
    row(Move, Action::PageDown, "page-down", &[k(PageDown)], Hint::None, "one page down"),
    row(Move, Action::HalfPageUp, "half-page-up", &[Key::ctrl('u')], Hint::None, "half a page up"),
    row(Move, Action::HalfPageDown, "half-page-down", &[Key::ctrl('d')], Hint::None, "half a page down"),
    row(Move, Action::First, "first", &[c('g'), k(Home)], Hint::None, "to the first row"),
    row(Move, Action::Last, "last", &[c('G'), k(End)], Hint::None, "to the last row"),
    row(Move, Action::ToParent, "to-parent", &[c('p')], Hint::None, "to the parent"),
    row(Fold, Action::StepOut, "step-out", &[k(Left), c('h')], First("fold"), "fold the children, or step to the parent"),
    row(Fold, Action::StepIn, "step-in", &[k(Right), c('l')], Hint::None, "unfold the children, or step to the first child"),
    row(Fold, Action::FoldAll, "fold-all", &[c('*')], Hint::None, "fold all families, or unfold all"),
    row(Fold, Action::UnfoldSubtree, "unfold-subtree", &[c('+')], Hint::None, "unfold everything below; in the timeline, zoom in"),
    row(Fold, Action::FoldSubtree, "fold-subtree", &[c('-')], Hint::None, "fold everything below; in the timeline, zoom out"),
    row(Find, Action::Search, "search", &[c('/'), k(F(3))], First("search"), "jump to a pid, a name or a word of a command line; hides nothing"),
    row(Find, Action::NextMatch, "next-match", &[c('n')], Hint::None, "to the next match"),
    row(Find, Action::PreviousMatch, "previous-match", &[c('N')], Hint::None, "to the previous match"),
    row(Find, Action::Filter, "filter", &[c('\\'), k(F(4))], Hint::None, "show only matches, with what is above and below them"),
    row(View, Action::Details, "details", &[k(Enter)], First("details"), "open or close the details"),
    row(View, Action::Sort, "sort", &[c('s'), k(F(6))], Then("sort"), "choose the order of siblings"),
    row(View, Action::ParentKind, "lineage", &[c('t'), k(F(5))], Then("by creator"), "the tree as the kernel has it, or by creator"),
    row(View, Action::Log, "log", &[c('v')], Then("log"), "open or close the event log"),
    row(View, Action::LogScope, "log-scope", &[c('e')], Hint::None, "log everything, or the selected family's events only"),
    row(View, Action::Timeline, "timeline", &[c('T')], Then("timeline"), "open or close the timeline of the selected family"),
    row(View, Action::Follow, "follow", &[c('F')], Then("follow"), "keep the process in the middle, and its row after its end"),
    row(View, Action::Pause, "pause", &[c('Z')], Then("pause"), "hold the picture still, or go on"),
    row(View, Action::Faster, "faster", &[c('<')], Hint::None, "refresh more often"),
    row(View, Action::Slower, "slower", &[c('>')], Hint::None, "refresh less often"),
    row(View, Action::KernelThreads, "kernel-threads", &[c('K')], Hint::None, "show or hide kernel threads"),
    row(View, Action::NextPane, "next-pane", &[k(Tab)], Hint::None, "to the next pane"),
    acting(row(Act, Action::Signal, "signal", &[c('x'), k(F(9))], First("signal"), "choose a signal, see what it will do, send it")),
    acting(row(Act, Action::SignalSubtree, "signal-subtree", &[c('X')], Hint::None, "the same for the process and everything below it")),
    acting(row(Act, Action::StartTestProcess, "start-specimen", &[c('a')], First("test child"), "start a test child: choose its kind and its number")),
    acting(row(Act, Action::LabMenu, "lab-menu", &[c('L')], Then("lab"), "choose a scenario, a Python program, or an act of the lab")),
    row(Act, Action::Answer, "answer", &[c('1'), c('2'), c('3'), c('4')], Hint::None, "answer the question of a scenario"),
    row(Act, Action::PlayAgain, "play-again", &[c('R')], Hint::None, "play the scenario from its beginning"),
    row(Act, Action::Timer, "timer", &[c('A')], Hint::None, "let the scenario go on by itself, or by Enter"),
    row(Act, Action::Copy, "copy", &[c('y')], Hint::None, "copy the command line"),
    row(Program, Action::Palette, "palette", &[c(':')], Hint::None, "choose an action by its name"),
    row(Program, Action::Help, "help", &[c('?'), k(F(1))], First("help"), "show the keys and the roles"),
    row(Program, Action::Close, "close", &[k(Esc)], Hint::None, "close what lies on top; then end search, filter and follow"),
    row(Program, Action::Mouse, "mouse", &[c('m')], Hint::None, "leave the mouse to the terminal, to select text, or use it again"),
    row(Program, Action::Suspend, "suspend", &[Key::ctrl('z')], Hint::None, "rest in the background; `fg` comes back"),
    row(Program, Action::Quit, "quit", &[c('q'), k(F(10)), Key::ctrl('c')], First("quit"), "quit; ends every test child"),
];

impl Action {
    /// What is said of it.
    ///
    /// # Panics
    ///
    /// Never: a test shows that every action has its row.
    pub fn row(self) -> &'static ActionRow {
        ACTIONS.iter().find(|row| row.action == self).expect("every action has its row")
    }

    /// The action that a key means in the tree.
    pub fn of_key(key: Key) -> Option<Self> {
        ACTIONS.iter().find(|row| row.keys.contains(&key)).map(|row| row.action)
    }
}

impl ActionRow {
    /// Its keys, as the help shows them.
    pub fn keys_text(&self) -> String {
        self.keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_key_means_two_things_and_no_name_stands_twice() {
        let mut keys = HashSet::new();
        let mut names = HashSet::new();
        let mut actions = HashSet::new();
        for row in ACTIONS {
            assert!(names.insert(row.name), "{} stands twice", row.name);
            assert!(actions.insert(row.action), "{:?} stands twice", row.action);
            for key in row.keys {
                assert!(keys.insert(*key), "{key} means two things");
            }
        }
    }

    #[test]
    fn every_action_has_a_row() {
        // `Quit` is the last variant: the count of variants follows from its place.
        assert_eq!(ACTIONS.len(), Action::Quit as usize + 1);
    }
}
