//! The members of a series that shares a row: the newest first; one is chosen to go to.

pub(crate) mod draw;

use crate::describe::series;
use crate::dialogs::{DialogAct, ListInput, Next};
use crate::record::ProcessId;
use crate::world::{SeriesId, World};

/// The members as they were when the dialog opened: a list that grows could not be chosen from.
#[derive(Clone, Debug)]
pub(crate) struct MembersDialog {
    /// How many there were, and what they have in common.
    pub(crate) title: String,
    pub(crate) members: Vec<ProcessId>,
    pub(crate) choice: usize,
}

impl MembersDialog {
    /// The newest members of a series; `None` if it is over.
    pub(crate) fn new(world: &World, id: SeriesId) -> Option<Self> {
        let series = world.series(id)?;
        let members: Vec<ProcessId> =
            series.members().filter(|member| world.life(*member).is_some()).collect();
        let mut title = series::members(series);
        if (members.len() as u64) < series.count {
            title = format!("{title}; the newest {}", members.len());
        }
        Some(Self { title, members, choice: 0 })
    }

    pub(super) fn on_list(self, input: ListInput) -> Next<Self> {
        match input {
            ListInput::Confirm => match self.members.get(self.choice) {
                Some(member) => Next::Act(DialogAct::GoTo(*member)),
                None => Next::Close,
            },
            ListInput::Cancel | ListInput::Again => Next::Close,
            ListInput::Move(motion) => {
                let choice = motion.choose(self.choice, self.members.len());
                Next::Stay(Self { choice, ..self })
            }
        }
    }
}
