//! The family of one process, as if it were the machine: what is below it in the tree, and what it
//! created that others adopted.

use crate::record::ProcessId;
use crate::verdict::Role;
use crate::world::{ParentKind, Process, World};

/// So many creators are followed from an orphan upward.
const MOST_CREATORS: usize = 64;

/// Which slots belong to a family, and what they use together.
#[derive(Clone, Debug)]
pub(crate) struct Family {
    has: Vec<bool>,
    /// Living members of each role, by its number.
    pub(crate) counts: [usize; Role::ALL.len()],
    /// In percent of one CPU.
    pub(crate) cpu_percent: f32,
    /// Resident bytes.
    pub(crate) memory: u64,
}

impl Family {
    /// The family of a process, which need not be there any more.
    pub(crate) fn new(world: &World, root: ProcessId, parent_kind: ParentKind) -> Self {
        let mut has = vec![false; world.n_slots()];
        let tree = world.tree_of(parent_kind);
        let add = |slot: usize, has: &mut Vec<bool>| {
            has[slot] = true;
            tree.below(slot).into_iter().for_each(|below| has[below] = true);
        };
        if let Some(slot) = world.slot_of(root) {
            add(slot, &mut has);
        }
        // Those that an orphan created are below it, and need not be looked at.
        for slot in world.slots() {
            if !has[slot] && created_by(world, world.at(slot), root) {
                add(slot, &mut has);
            }
        }
        let mut family = Self { has, counts: [0; Role::ALL.len()], cpu_percent: 0.0, memory: 0 };
        for slot in world.slots().into_iter().filter(|slot| family.has[*slot]) {
            let process = world.at(slot);
            if process.ended.is_none() {
                family.counts[process.verdict.role as usize] += 1;
                family.cpu_percent += process.cpu_percent.unwrap_or(0.0);
                family.memory += process.stat.usage.resident.unwrap_or(0);
            }
        }
        family
    }

    pub(super) fn has(&self, slot: usize) -> bool {
        self.has[slot]
    }

    pub(crate) fn n_processes(&self) -> usize {
        self.counts.iter().sum()
    }
}

/// Whether an orphan, or one of its creators, was created by that process.
fn created_by(world: &World, process: &Process, root: ProcessId) -> bool {
    if process.history.adoption.is_none() {
        return false;
    }
    let creators = std::iter::successors(process.known_creator(), |creator| {
        world.life(*creator)?.creator_or_parent()
    });
    creators.take(MOST_CREATORS).any(|creator| creator == root)
}
