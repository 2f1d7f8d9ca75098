//! What lies on top of the tree: at most one dialog at a time.

use std::sync::Arc;

use tui_input::Input as TextInput;

use crate::app::lab_menu::LabMenu;
use crate::forecast::preview::{Masks, Scope};
use crate::keymap::{Command, GlobalCommand, ListCommand, Motion};
use crate::panes::tree::rows::SiblingOrder;
use crate::record::{ProcessKey, Signal};
use crate::test_process::{KINDS, KindRow, Number, TestProcessOrder};

/// A dialog.
#[derive(Clone, Debug)]
pub enum Dialog {
    /// The keys and the roles.
    Help {
        /// The first line that is shown.
        scroll: usize,
    },
    /// A signal, its target, and what it will do.
    Signal(SignalDialog),
    /// The kinds of test children.
    TestProcess(TestProcessDialog),
    /// Scenarios, programs and acts of the lab.
    Lab(LabMenu),
    /// The orders of siblings.
    Sort {
        /// Which order is chosen, by its place in [`SiblingOrder::ALL`].
        choice: usize,
    },
    /// A line of text.
    Prompt(Prompt),
}

/// The choice of a signal. The target is pinned when the dialog opens, whatever the tree does.
#[derive(Clone, Debug)]
pub struct SignalDialog {
    /// The process.
    pub target: ProcessKey,
    /// Its name.
    pub name: Arc<str>,
    /// The process alone, or its subtree.
    pub scope: Scope,
    /// Which signal is chosen, by its place in [`Signal::all`].
    pub choice: usize,
    /// What the target does with signals, once that was read.
    pub masks: Masks,
    /// Whether Enter was pressed once, where that is asked for twice.
    pub is_confirming: bool,
}

impl SignalDialog {
    /// The chosen signal.
    pub fn signal(&self) -> Signal {
        Signal::all().nth(self.choice).unwrap_or(Signal::TERM)
    }
}

/// The choice of a test child. Its parent is pinned when the dialog opens.
#[derive(Clone, Debug)]
pub struct TestProcessDialog {
    /// Which kind is chosen, by its place in [`KINDS`].
    pub choice: usize,
    /// The number of each kind, in the order of [`KINDS`]; `None` where all its digits were taken
    /// back.
    pub numbers: [Option<u32>; KINDS.len()],
    /// Whether the next digit goes behind the others; else it is the first of a new number.
    pub is_typing: bool,
    /// The test child that it is to be a child of, and its name; the lab's main if there is none.
    pub parent: Option<(ProcessKey, Arc<str>)>,
}

impl TestProcessDialog {
    /// The first kind, and every number as it is where none is given.
    pub(super) fn new(parent: Option<(ProcessKey, Arc<str>)>) -> Self {
        let numbers = KINDS.each_ref().map(|row| Some(row.number.default));
        Self { choice: 0, numbers, is_typing: false, parent }
    }

    /// The kind that is chosen.
    pub fn row(&self) -> &'static KindRow {
        &KINDS[self.place()]
    }

    /// The chosen kind's number, if it has any digit.
    pub fn number(&self) -> Option<u32> {
        self.numbers[self.place()]
    }

    pub(super) fn set_number(&mut self, number: Option<u32>) {
        self.numbers[self.place()] = number;
    }

    /// What is started.
    pub fn order(&self) -> TestProcessOrder {
        let row = self.row();
        let Number { default, least, most, .. } = row.number;
        let number = self.number().unwrap_or(default).clamp(least, most);
        let under = self.parent.as_ref().map(|(key, _)| *key);
        TestProcessOrder { kind: row.kind, number, under }
    }

    fn place(&self) -> usize {
        self.choice.min(KINDS.len() - 1)
    }
}

/// What a line of text is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "each variant is its own word")]
pub enum PromptKind {
    Search,
    Filter,
    Palette,
}

impl PromptKind {
    /// The command that opens it.
    pub fn opener(self) -> GlobalCommand {
        match self {
            Self::Search => GlobalCommand::Search,
            Self::Filter => GlobalCommand::Filter,
            Self::Palette => GlobalCommand::Palette,
        }
    }
}

/// A line of text that is being typed.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// What it is for.
    pub kind: PromptKind,
    /// The text, with its cursor.
    pub text: TextInput,
    /// Where the tree's cursor was before, to go back to.
    pub origin: Option<ProcessKey>,
    /// Which line of the palette is chosen.
    pub choice: usize,
}

/// What a command means in a dialog with a list.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum ListInput {
    Move(Motion),
    Confirm,
    Cancel,
    /// The command that opened the dialog was given again.
    Again,
}

impl Dialog {
    /// What a command means in it; `None` if nothing.
    pub(super) fn list_input(&self, command: Command) -> Option<ListInput> {
        match command {
            Command::Move(motion) => Some(ListInput::Move(motion)),
            Command::List(ListCommand::Confirm) => Some(ListInput::Confirm),
            Command::List(ListCommand::Cancel) => Some(ListInput::Cancel),
            Command::Global(command) => (self.opener() == command).then_some(ListInput::Again),
            Command::Tree(_)
            | Command::Details(_)
            | Command::Log(_)
            | Command::Timeline(_)
            | Command::Scenario(_)
            | Command::Answer(_)
            | Command::Text(_)
            | Command::Edit(_)
            | Command::Insert(_)
            | Command::Number(_)
            | Command::Digit(_) => None,
        }
    }

    fn opener(&self) -> GlobalCommand {
        match self {
            Self::Help { .. } => GlobalCommand::Help,
            Self::Signal(dialog) if dialog.scope == Scope::Subtree => GlobalCommand::SignalSubtree,
            Self::Signal(_) => GlobalCommand::Signal,
            Self::TestProcess(_) => GlobalCommand::TestProcess,
            Self::Lab(_) => GlobalCommand::Lab,
            Self::Sort { .. } => GlobalCommand::Order,
            Self::Prompt(prompt) => prompt.kind.opener(),
        }
    }

    /// The order that is chosen.
    pub(super) fn order(choice: usize) -> SiblingOrder {
        SiblingOrder::ALL[choice.min(SiblingOrder::ALL.len() - 1)]
    }
}
