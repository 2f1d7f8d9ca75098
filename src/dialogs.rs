//! Dialogs on top of the tree: at most one at a time, each a room of its own.

pub(crate) mod draw;
pub(crate) mod help;
pub(crate) mod lab_menu;
pub(crate) mod members;
pub(crate) mod order;
pub(crate) mod prompt;
pub(crate) mod signal;
pub(crate) mod test_process;
pub(crate) mod trouble;

use std::sync::Arc;

use crate::dialogs::help::HelpDialog;
use crate::dialogs::lab_menu::{LabChoice, LabMenu};
use crate::dialogs::members::MembersDialog;
use crate::dialogs::order::OrderDialog;
use crate::dialogs::prompt::Prompt;
use crate::dialogs::signal::SignalDialog;
use crate::dialogs::test_process::TestProcessDialog;
use crate::dialogs::trouble::TroubleDialog;
use crate::forecast::Scope;
use crate::keymap::{Command, GlobalCommand, ListCommand, Motion};
use crate::panes::tree::order::SiblingOrder;
use crate::record::ProcessId;
use crate::test_process::TestProcessOrder;
use crate::world::World;

#[derive(Clone, Debug)]
pub(crate) enum Dialog {
    /// The keys and the roles.
    Help(HelpDialog),
    /// A signal, its target, and what it will do.
    Signal(SignalDialog),
    TestProcess(TestProcessDialog),
    /// Scenarios, programs and acts of the lab.
    Lab(LabMenu),
    Order(OrderDialog),
    /// The members of a row that many share.
    Members(MembersDialog),
    /// What goes wrong on the machine.
    Trouble(TroubleDialog),
    /// A line of text.
    Prompt(Prompt),
}

/// A command as a dialog with a list takes it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ListInput {
    Move(Motion),
    Confirm,
    Cancel,
    /// The command that opened the dialog was given again.
    Again,
}

/// The state of a dialog after a command.
#[derive(Debug)]
pub(crate) enum Next<T> {
    Stay(T),
    Close,
    /// It closes, and this is to be done.
    Act(DialogAct),
}

/// The act that a confirmed dialog asks for.
#[derive(Debug)]
pub(crate) enum DialogAct {
    Order(SiblingOrder),
    Signal(SignalDialog),
    /// A test process under that one, or under the lab's main.
    Start(TestProcessOrder, Option<(ProcessId, Arc<str>)>),
    Lab(LabChoice),
    /// Select a process that has ended.
    GoTo(ProcessId),
}

impl<T> Next<T> {
    fn map<U>(self, change: impl FnOnce(T) -> U) -> Next<U> {
        match self {
            Self::Stay(dialog) => Next::Stay(change(dialog)),
            Self::Close => Next::Close,
            Self::Act(act) => Next::Act(act),
        }
    }
}

impl Dialog {
    /// Runs a command. A line of text is not run here: it acts on the tree with every character.
    pub(crate) fn on_command(
        self,
        command: Command,
        world: &World,
        help: &help::Text<'_>,
    ) -> Next<Self> {
        let input = self.list_input(command);
        match (self, input, command) {
            (Self::TestProcess(dialog), _, Command::Number(command)) => {
                Next::Stay(Self::TestProcess(dialog.edited(command)))
            }
            (Self::TestProcess(dialog), _, Command::Digit(digit)) => {
                Next::Stay(Self::TestProcess(dialog.typed(digit)))
            }
            (_, Some(ListInput::Cancel), _) => Next::Close,
            (dialog, None, _) | (dialog @ Self::Prompt(_), ..) => Next::Stay(dialog),
            (Self::Help(dialog), Some(input), _) => dialog.on_list(input, help).map(Self::Help),
            (Self::Signal(dialog), Some(input), _) => {
                dialog.on_list(input, world).map(Self::Signal)
            }
            (Self::TestProcess(dialog), Some(input), _) => {
                dialog.on_list(input).map(Self::TestProcess)
            }
            (Self::Lab(menu), Some(input), _) => menu.on_list(input).map(Self::Lab),
            (Self::Order(dialog), Some(input), _) => dialog.on_list(input).map(Self::Order),
            (Self::Trouble(dialog), Some(input), _) => {
                dialog.on_list(input, world).map(Self::Trouble)
            }
            (Self::Members(dialog), Some(input), _) => dialog.on_list(input).map(Self::Members),
        }
    }

    /// The list input that a command stands for in it, if any.
    fn list_input(&self, command: Command) -> Option<ListInput> {
        match command {
            Command::Move(motion) => Some(ListInput::Move(motion)),
            Command::List(ListCommand::Confirm) => Some(ListInput::Confirm),
            Command::List(ListCommand::Cancel) => Some(ListInput::Cancel),
            Command::Global(command) => {
                (self.opener() == Some(command)).then_some(ListInput::Again)
            }
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
            | Command::Replay(_)
            | Command::Digit(_) => None,
        }
    }

    /// The command that opens it wherever one is; `None` where a row does.
    fn opener(&self) -> Option<GlobalCommand> {
        Some(match self {
            Self::Help(_) => GlobalCommand::Help,
            Self::Signal(dialog) if dialog.scope == Scope::Subtree => GlobalCommand::SignalSubtree,
            Self::Signal(_) => GlobalCommand::Signal,
            Self::TestProcess(_) => GlobalCommand::TestProcess,
            Self::Lab(_) => GlobalCommand::Lab,
            Self::Order(_) => GlobalCommand::Order,
            Self::Prompt(prompt) => prompt.kind.opener(),
            Self::Trouble(_) => GlobalCommand::Trouble,
            Self::Members(_) => return None,
        })
    }
}
