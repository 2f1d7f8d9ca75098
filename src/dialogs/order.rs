//! The dialog that chooses the order of siblings.

pub(crate) mod draw;

use strum::VariantArray;

use crate::dialogs::{DialogAct, ListInput, Next};
use crate::keymap::Motion;
use crate::panes::tree::order::SiblingOrder;

#[derive(Clone, Debug)]
pub(crate) struct OrderDialog {
    /// The chosen order, by its place in [`SiblingOrder::VARIANTS`].
    pub(crate) choice: usize,
}

impl OrderDialog {
    pub(crate) fn new(order: SiblingOrder) -> Self {
        let choice = SiblingOrder::VARIANTS.iter().position(|known| *known == order);
        Self { choice: choice.unwrap_or(0) }
    }

    pub(super) fn on_list(self, input: ListInput) -> Next<Self> {
        let motion = match input {
            ListInput::Confirm => {
                let order =
                    SiblingOrder::VARIANTS[self.choice.min(SiblingOrder::VARIANTS.len() - 1)];
                return Next::Act(DialogAct::Order(order));
            }
            ListInput::Cancel => return Next::Close,
            ListInput::Move(motion) => motion,
            ListInput::Again => Motion::Down,
        };
        Next::Stay(Self { choice: motion.choose(self.choice, SiblingOrder::VARIANTS.len()) })
    }
}
