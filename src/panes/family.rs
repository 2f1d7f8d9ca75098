//! The family that log and timeline are about.

mod lanes;
mod members;

pub(crate) use lanes::Lane;
pub(crate) use members::Member;

use std::collections::HashSet;

use crate::panes::family::members::{family_root, members};
use crate::record::ProcessId;
use crate::world::{What, World};

#[derive(Debug, Default)]
pub(crate) struct FamilyView {
    /// The process whose family it is: the one that was selected last.
    of: Option<ProcessId>,
    /// Its topmost ancestor.
    pub(crate) root: Option<ProcessId>,
    /// Everybody in it, the root first.
    pub(crate) members: Vec<Member>,
    /// The same in lanes, of which those that repeat share one.
    pub(crate) lanes: Vec<Lane>,
    keys: HashSet<ProcessId>,
    /// The log was read up to this number.
    read_to: u64,
}

/// The rest of the session, as far as the pane looks at it.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) world: &'a World,
    /// Kernel threads are shown in the tree, and so in the log.
    pub(crate) kernel_threads: bool,
    /// Its lines, the title apart.
    pub(crate) lines: usize,
}

/// A change that may affect the family.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Change {
    /// The user selected this process.
    Selected(Option<ProcessId>),
    Events,
    Scan,
}

impl FamilyView {
    pub(crate) fn has(&self, id: ProcessId) -> bool {
        self.keys.contains(&id)
    }

    /// Chooses the family of a process; it is read with the next input.
    pub(crate) fn choose(&mut self, of: Option<ProcessId>) {
        self.of = of;
        self.root = None;
    }

    /// The process whose family it is.
    pub(crate) fn of(&self) -> Option<ProcessId> {
        self.of
    }

    /// Reads the family where it may have changed; what became of it.
    pub(crate) fn update(&mut self, world: &World, change: Change) -> Update {
        if let Change::Selected(selected) = change {
            self.of = selected;
        }
        let Some(of) = self.of else { return Update::None };
        let root = family_root(world, of);
        let is_another = self.root != Some(root);
        let is_renewed = is_another || change == Change::Scan || self.has_grown(world);
        if is_renewed {
            self.root = Some(root);
            self.members = members(world, root);
            self.lanes = lanes::lanes(world, &self.members);
            self.keys = self.members.iter().map(|member| member.id).collect();
        }
        self.read_to = world.log().next();
        match (is_another, is_renewed) {
            (true, _) => Update::Another,
            (false, true) => Update::Renewed,
            (false, false) => Update::None,
        }
    }

    fn has_grown(&self, world: &World) -> bool {
        world.log().since(self.read_to).any(|entry| match entry.what {
            What::Start => true,
            What::Fork => entry.creator.is_some_and(|creator| self.has(creator)),
            _ => false,
        })
    }
}

/// The effect of an update on the members.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Update {
    None,
    Renewed,
    Another,
}
