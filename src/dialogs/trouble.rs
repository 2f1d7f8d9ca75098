//! What goes wrong on the machine: one is chosen to go to.

pub(crate) mod draw;

use crate::dialogs::{DialogAct, ListInput, Next};
use crate::trouble::Trouble;
use crate::world::World;

/// What went wrong when the dialog opened.
#[derive(Clone, Debug)]
pub(crate) struct TroubleDialog {
    pub(crate) troubles: Vec<Trouble>,
    pub(crate) choice: usize,
}

impl TroubleDialog {
    pub(super) fn on_list(self, input: ListInput, world: &World) -> Next<Self> {
        match input {
            ListInput::Confirm => {
                let chosen = self.troubles.get(self.choice);
                match chosen.and_then(|trouble| trouble.leads_to(world)) {
                    Some(process) => Next::Act(DialogAct::GoTo(process)),
                    None => Next::Close,
                }
            }
            ListInput::Cancel | ListInput::Again => Next::Close,
            ListInput::Move(motion) => {
                let choice = motion.choose(self.choice, self.troubles.len());
                Next::Stay(Self { choice, ..self })
            }
        }
    }
}
