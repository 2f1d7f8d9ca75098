//! The tree of a world: parents and children, as arrays over the slots of the rows.

use crate::record::ProcessId;
use crate::world::{Arena, Process};

/// The trees of a world.
#[derive(Debug, Default)]
pub(super) struct Trees {
    pub(super) kernel: Tree,
    /// The tree by creators, where it is wanted.
    pub(super) creators: Option<Tree>,
}

/// The parent under which a process stands in the tree.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ParentKind {
    /// The kernel's parent: orphans are under their adopter.
    #[default]
    Kernel,
    /// The creator, living or not: orphans stay where they came from.
    Creator,
}

/// No slot: a root's parent.
const NONE: u32 = u32::MAX;

/// Parent and children of every row. Each is in it exactly once, and there are no cycles,
/// whatever the parents say (a scan is not atomic, so two reused pids may name each other).
#[derive(Debug, Default)]
pub struct Tree {
    parents: Vec<u32>,
    /// The children of slot `s` are `children[starts[s]..starts[s + 1]]`, the oldest first.
    children: Vec<u32>,
    starts: Vec<u32>,
    roots: Vec<u32>,
    /// How many living processes are below each slot.
    descendants: Vec<u32>,
}

impl Tree {
    /// Builds the tree; `parent_of` says whose child a process is taken for.
    pub(crate) fn build(
        processes: &Arena,
        parent_of: impl Fn(&Process) -> Option<ProcessId>,
    ) -> Self {
        let mut order: Vec<u32> = processes.slots().into_iter().map(slot_number).collect();
        let mut parents = vec![NONE; processes.n_slots()];
        for slot in &order {
            let slot = *slot as usize;
            let parent = parent_of(&processes[slot]).and_then(|id| processes.slot_of(id));
            parents[slot] = parent.filter(|parent| *parent != slot).map_or(NONE, slot_number);
        }
        order.sort_unstable_by_key(|slot| processes[*slot as usize].key().birth_order());
        let mut tree = Self { parents, ..Self::default() };
        tree.link(&order);
        while let Some(cut) = tree.oldest_in_a_cycle(&order, processes) {
            tree.parents[cut as usize] = NONE;
            tree.link(&order);
        }
        tree.count_descendants(processes);
        tree
    }

    fn link(&mut self, order: &[u32]) {
        let mut starts = vec![0_u32; self.parents.len() + 1];
        for parent in self.parents.iter().filter(|parent| **parent != NONE) {
            starts[*parent as usize + 1] += 1;
        }
        for index in 1..starts.len() {
            starts[index] += starts[index - 1];
        }
        let mut next = starts.clone();
        self.children = vec![0; starts.last().copied().unwrap_or(0) as usize];
        self.roots.clear();
        for slot in order {
            match self.parents[*slot as usize] {
                NONE => self.roots.push(*slot),
                parent => {
                    let place = &mut next[parent as usize];
                    self.children[*place as usize] = *slot;
                    *place += 1;
                }
            }
        }
        self.starts = starts;
    }

    fn oldest_in_a_cycle(&self, order: &[u32], processes: &Arena) -> Option<u32> {
        let from_roots = self.walk();
        if from_roots.len() == order.len() {
            return None;
        }
        let mut reached = vec![false; self.parents.len()];
        for slot in from_roots {
            reached[slot as usize] = true;
        }
        let lost = order.iter().copied().find(|slot| !reached[*slot as usize])?;
        // Above what no root reaches stands a cycle; a process that is reached again is in it.
        let above = |slot: &u32| Some(self.parents[*slot as usize]);
        let within = std::iter::successors(Some(lost), above).nth(self.parents.len())?;
        let around = std::iter::successors(Some(within), above).skip(1);
        let others = around.take_while(|slot| *slot != within);
        others.chain([within]).min_by_key(|slot| processes[*slot as usize].key().birth_order())
    }

    /// Every slot that hangs under a root, each parent before its children.
    pub(crate) fn walk(&self) -> Vec<u32> {
        let mut reached = self.roots.clone();
        let mut next = 0;
        while next < reached.len() {
            let slot = reached[next] as usize;
            reached.extend_from_slice(self.children(slot));
            next += 1;
        }
        reached
    }

    fn count_descendants(&mut self, processes: &Arena) {
        self.descendants = vec![0; self.parents.len()];
        for slot in self.walk().into_iter().rev() {
            let parent = self.parents[slot as usize];
            if parent != NONE {
                let living = u32::from(processes[slot as usize].is_living());
                self.descendants[parent as usize] += self.descendants[slot as usize] + living;
            }
        }
    }

    /// The sum of a figure over each slot and all slots below it.
    pub(crate) fn sums(&self, mut figures: Vec<f64>) -> Vec<f64> {
        for slot in self.walk().into_iter().rev() {
            let parent = self.parents[slot as usize];
            if parent != NONE {
                figures[parent as usize] += figures[slot as usize];
            }
        }
        figures
    }

    /// Processes without a parent, the oldest first.
    pub(crate) fn roots(&self) -> &[u32] {
        &self.roots
    }

    /// The children of a slot, the oldest first.
    pub(crate) fn children(&self, slot: usize) -> &[u32] {
        match (self.starts.get(slot), self.starts.get(slot + 1)) {
            (Some(start), Some(end)) => &self.children[*start as usize..*end as usize],
            _ => &[],
        }
    }

    /// The parent of a slot.
    pub(crate) fn parent(&self, slot: usize) -> Option<usize> {
        self.parents.get(slot).filter(|parent| **parent != NONE).map(|parent| *parent as usize)
    }

    /// How many living processes are below a slot.
    pub(crate) fn descendants(&self, slot: usize) -> u32 {
        self.descendants.get(slot).copied().unwrap_or(0)
    }

    /// All slots below a slot, each parent before its children.
    pub(crate) fn below(&self, slot: usize) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        let mut open = vec![slot];
        while let Some(parent) = open.pop() {
            let children = self.children(parent).iter().map(|child| *child as usize);
            found.extend(children.clone());
            open.extend(children.rev());
        }
        found
    }
}

fn slot_number(slot: usize) -> u32 {
    u32::try_from(slot).expect("a machine has fewer than 2^32 processes (PID_MAX_LIMIT is 2^22)")
}

#[cfg(test)]
mod tests;
