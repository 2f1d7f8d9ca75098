//! The changes of a record, for the rules, and the verdicts that follow.

use std::collections::HashSet;

use crate::record::{BootTime, ProcessId};
use crate::verdict::{Recognition, Role, Verdict};
use crate::world::World;

/// The changes since the last verdicts.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Someone was born, ended, or got another parent.
    pub(crate) structure: bool,
    /// So much that every verdict may be another.
    pub(crate) everyone: bool,
    /// The processes of which something was learned.
    pub(crate) touched: HashSet<ProcessId>,
    /// The parents whose children are others than before, by slot.
    pub(crate) families: Vec<usize>,
    /// The record was of single processes: many such come in a second.
    pub(crate) is_of_few: bool,
}

/// The verdicts of all processes together.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// How many living processes have each role.
    pub(crate) counts: [usize; Role::ALL.len()],
    /// When verdicts are to be looked at again, because of age or of what was learned of relatives.
    pub(crate) again_at: Option<BootTime>,
    /// Whether the facts of every living process were read at least once.
    pub(crate) is_read: bool,
}

impl World {
    pub(super) fn touch(&mut self, slot: usize) {
        self.changes.touched.insert(self.processes[slot].id);
    }

    /// Hands out what changed since this was asked last.
    pub(crate) fn take_changes(&mut self) -> Changes {
        std::mem::take(&mut self.changes)
    }

    pub(crate) fn judged_mut(&mut self) -> &mut Judged {
        &mut self.judged
    }

    pub(crate) fn set_verdict(&mut self, slot: usize, verdict: Verdict) {
        self.processes[slot].verdict = verdict;
    }

    pub(crate) fn recognition_mut(&mut self, slot: usize) -> &mut Option<Recognition> {
        &mut self.processes[slot].recognition
    }

    /// Whether the facts of every living process were read at least once.
    pub(crate) fn is_read(&self) -> bool {
        self.judged.is_read
    }
}
