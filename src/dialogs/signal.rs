//! The signal dialog: a target, a signal, and whether it is sent.

pub(crate) mod draw;

use std::sync::Arc;

use crate::dialogs::{DialogAct, ListInput, Next};
use crate::forecast::preview::preview;
use crate::forecast::{Masks, Scope};
use crate::record::{ProcessId, Signal};
use crate::world::World;

/// The choice of a signal. The target is pinned when the dialog opens, whatever the tree does.
#[derive(Clone, Debug)]
pub(crate) struct SignalDialog {
    pub(crate) target: ProcessId,
    pub(crate) name: Arc<str>,
    /// The process alone, or its subtree.
    pub(crate) scope: Scope,
    /// The chosen signal, by its place in [`Signal::all`].
    pub(crate) choice: usize,
    /// The target's dispositions, once they were read.
    pub(crate) masks: Masks,
    /// Whether Enter was pressed once, where that is asked for twice.
    pub(crate) is_confirming: bool,
}

impl SignalDialog {
    pub(super) fn on_list(mut self, input: ListInput, world: &World) -> Next<Self> {
        match input {
            ListInput::Cancel => return Next::Close,
            ListInput::Again => {}
            ListInput::Move(motion) => {
                self.choice = motion.choose(self.choice, Signal::all().len());
                self.is_confirming = false;
            }
            ListInput::Confirm => {
                let preview = preview(world, self.target, self.signal(), self.scope, self.masks);
                if self.is_confirming || !preview.needs_second_confirmation {
                    return Next::Act(DialogAct::Signal(self));
                }
                self.is_confirming = true;
            }
        }
        Next::Stay(self)
    }

    /// The chosen signal.
    pub(crate) fn signal(&self) -> Signal {
        Signal::all().nth(self.choice).unwrap_or(Signal::TERM)
    }
}
