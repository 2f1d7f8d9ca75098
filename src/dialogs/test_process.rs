//! The dialog that starts test processes: a kind, its number, and the parent.

pub(crate) mod draw;

use std::sync::Arc;

use crate::dialogs::{DialogAct, ListInput, Next};
use crate::keymap::NumberCommand;
use crate::record::ProcessId;
use crate::test_process::{KINDS, KindRow, Number, TestProcessOrder};

/// The choice of a test process. Its parent is pinned when the dialog opens.
#[derive(Clone, Debug)]
pub(crate) struct TestProcessDialog {
    /// The chosen kind, by its place in [`KINDS`].
    pub(crate) choice: usize,
    /// The number of each kind, in the order of [`KINDS`]; `None` where all its digits were taken
    /// back.
    pub(crate) numbers: [Option<u32>; KINDS.len()],
    /// Whether the next digit goes behind the others; else it is the first of a new number.
    pub(crate) is_typing: bool,
    /// The test process that it is to be a child of, and its name; the lab's main if there is none.
    pub(crate) parent: Option<(ProcessId, Arc<str>)>,
}

impl TestProcessDialog {
    /// The first kind, and every number as it is where none is given.
    pub(crate) fn new(parent: Option<(ProcessId, Arc<str>)>) -> Self {
        let numbers = KINDS.each_ref().map(|row| Some(row.number.default));
        Self { choice: 0, numbers, is_typing: false, parent }
    }

    /// The kind that is chosen.
    pub(crate) fn row(&self) -> &'static KindRow {
        &KINDS[self.place()]
    }

    /// The chosen kind's number, if it has any digit.
    pub(crate) fn number(&self) -> Option<u32> {
        self.numbers[self.place()]
    }

    pub(crate) fn set_number(&mut self, number: Option<u32>) {
        self.numbers[self.place()] = number;
    }

    /// The order that is chosen; its parent is named beside it.
    pub(crate) fn order(&self) -> TestProcessOrder {
        let row = self.row();
        let Number { default, least, most, .. } = row.number;
        let number = self.number().unwrap_or(default).clamp(least, most);
        TestProcessOrder { kind: row.kind, number, under: None }
    }

    fn place(&self) -> usize {
        self.choice.min(KINDS.len() - 1)
    }
}

impl TestProcessDialog {
    pub(super) fn on_list(mut self, input: ListInput) -> Next<Self> {
        match input {
            ListInput::Confirm => return Next::Act(DialogAct::Start(self.order(), self.parent)),
            ListInput::Cancel => return Next::Close,
            ListInput::Again => {}
            ListInput::Move(motion) => {
                self.choice = motion.choose(self.choice, KINDS.len());
                self.is_typing = false;
            }
        }
        Next::Stay(self)
    }

    pub(super) fn edited(mut self, command: NumberCommand) -> Self {
        let Number { default, .. } = self.row().number;
        let number = self.number();
        self.set_number(match command {
            NumberCommand::Larger => Some(self.row().number.larger(number.unwrap_or(default))),
            NumberCommand::Smaller => Some(self.row().number.smaller(number.unwrap_or(default))),
            NumberCommand::DeleteDigit => number.map(|number| number / 10).filter(|left| *left > 0),
        });
        self.is_typing = command == NumberCommand::DeleteDigit;
        self
    }

    pub(super) fn typed(mut self, digit: u32) -> Self {
        let Number { least, most, .. } = self.row().number;
        let before = self.number().filter(|_| self.is_typing).unwrap_or(0);
        let typed = (before * 10 + digit).min(most);
        // A leading zero below the least is no number yet.
        self.set_number((typed > 0 || least == 0).then_some(typed));
        self.is_typing = true;
        self
    }
}
