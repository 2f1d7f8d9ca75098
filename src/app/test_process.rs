//! The dialog that starts test children: moving keys choose the kind, digits and the keys that
//! fold choose its number.

use crate::app::App;
use crate::app::dialog::{Dialog, ListInput, TestProcessDialog};
use crate::app::input::Effect;
use crate::keymap::NumberCommand;
use crate::test_process::KINDS;

/// What a command does to the number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum NumberEdit {
    Larger,
    Smaller,
    Digit(u32),
    DeleteDigit,
}

impl From<NumberCommand> for NumberEdit {
    fn from(command: NumberCommand) -> Self {
        match command {
            NumberCommand::Larger => Self::Larger,
            NumberCommand::Smaller => Self::Smaller,
            NumberCommand::DeleteDigit => Self::DeleteDigit,
        }
    }
}

impl TestProcessDialog {
    pub(super) fn edited(mut self, edit: NumberEdit) -> Self {
        let bounds = self.row().number;
        let number = self.number();
        let typed = number.filter(|_| self.is_typing).unwrap_or(0);
        self.set_number(match edit {
            NumberEdit::Larger => Some(bounds.larger(number.unwrap_or(bounds.default))),
            NumberEdit::Smaller => Some(bounds.smaller(number.unwrap_or(bounds.default))),
            // A leading zero below the least is no number yet.
            NumberEdit::Digit(digit) => Some((typed * 10 + digit).min(bounds.most))
                .filter(|number| *number > 0 || bounds.least == 0),
            NumberEdit::DeleteDigit => number.map(|number| number / 10).filter(|left| *left > 0),
        });
        self.is_typing = matches!(edit, NumberEdit::Digit(_) | NumberEdit::DeleteDigit);
        self
    }
}

impl App {
    /// With the cursor on a living test child, the next one is its child.
    pub(super) fn open_test_process(&mut self) {
        let process = self.cursor.key.and_then(|key| self.world.get(key));
        let parent = process
            .filter(|process| process.test_process.is_some() && process.ended.is_none())
            .map(|process| (process.key(), process.stat.comm.clone()));
        self.dialog = Some(Dialog::TestProcess(TestProcessDialog::new(parent)));
    }

    pub(super) fn on_test_process(
        &mut self,
        mut dialog: TestProcessDialog,
        input: ListInput,
    ) -> Vec<Effect> {
        match input {
            ListInput::Confirm => return self.start_test_process(&dialog),
            ListInput::Cancel => return Vec::new(),
            ListInput::Again => {}
            ListInput::Move(motion) => {
                dialog.choice = motion.choose(dialog.choice, KINDS.len());
                dialog.is_typing = false;
            }
        }
        self.dialog = Some(Dialog::TestProcess(dialog));
        Vec::new()
    }

    fn start_test_process(&mut self, dialog: &TestProcessDialog) -> Vec<Effect> {
        let order = dialog.order();
        let row = dialog.row();
        self.say(if row.counts_itself() && order.number > 1 {
            format!("starting {} test children: {}", order.number, row.name)
        } else {
            format!("starting a test child: {order}")
        });
        vec![Effect::StartTestProcess(order)]
    }
}
