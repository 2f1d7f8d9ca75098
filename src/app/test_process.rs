//! The dialog that starts test children: moving keys choose the kind, digits and the keys that
//! fold choose its number.

use crate::app::App;
use crate::app::action::Action;
use crate::app::dialog::{Dialog, TestProcessDialog, moved};
use crate::app::input::Effect;
use crate::app::key::{Key, KeyCode};
use crate::test_process::KINDS;

/// What a key does to the number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum NumberEdit {
    Larger,
    Smaller,
    Digit(u32),
    TakeDigitBack,
}

impl NumberEdit {
    fn of(key: Key, action: Option<Action>) -> Option<Self> {
        match (key.code, action) {
            (_, Some(Action::StepIn | Action::UnfoldSubtree)) => Some(Self::Larger),
            (_, Some(Action::StepOut | Action::FoldSubtree)) => Some(Self::Smaller),
            (KeyCode::Char(digit), _) if !key.is_ctrl => digit.to_digit(10).map(Self::Digit),
            (KeyCode::Backspace, _) => Some(Self::TakeDigitBack),
            _ => None,
        }
    }
}

impl TestProcessDialog {
    fn edit(&mut self, edit: NumberEdit) {
        let bounds = self.row().number;
        let number = self.number();
        let typed = number.filter(|_| self.is_typing).unwrap_or(0);
        self.set_number(match edit {
            NumberEdit::Larger => Some(bounds.larger(number.unwrap_or(bounds.default))),
            NumberEdit::Smaller => Some(bounds.smaller(number.unwrap_or(bounds.default))),
            // A nought that is too little is no number yet.
            NumberEdit::Digit(digit) => Some((typed * 10 + digit).min(bounds.most))
                .filter(|number| *number > 0 || bounds.least == 0),
            NumberEdit::TakeDigitBack => number.map(|number| number / 10).filter(|left| *left > 0),
        });
        self.is_typing = matches!(edit, NumberEdit::Digit(_) | NumberEdit::TakeDigitBack);
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

    /// Takes a key that was pressed while the kinds are shown.
    pub(super) fn take_test_process_key(
        &mut self,
        mut dialog: TestProcessDialog,
        key: Key,
        action: Option<Action>,
    ) -> Vec<Effect> {
        let Some(edit) = NumberEdit::of(key, action) else {
            return self.act_in_dialog(Dialog::TestProcess(dialog), action);
        };
        dialog.edit(edit);
        self.dialog = Some(Dialog::TestProcess(dialog));
        Vec::new()
    }

    pub(super) fn act_in_test_process(
        &mut self,
        mut dialog: TestProcessDialog,
        action: Action,
    ) -> Vec<Effect> {
        if action == Action::Details {
            let order = dialog.order();
            let row = dialog.row();
            self.say(if row.counts_itself() && order.number > 1 {
                format!("starting {} test children: {}", order.number, row.name)
            } else {
                format!("starting a test child: {order}")
            });
            return vec![Effect::StartTestProcess(order)];
        }
        if let Some(choice) = moved(dialog.choice, KINDS.len(), action) {
            dialog.choice = choice;
            dialog.is_typing = false;
        }
        self.dialog = Some(Dialog::TestProcess(dialog));
        Vec::new()
    }
}
