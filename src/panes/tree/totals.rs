//! What each process and everything below it use together.

use crate::panes::tree::order::SiblingOrder;
use crate::panes::tree::shown::{Arrangement, Shown};
use crate::world::{ParentKind, Process, World};

/// What each process and all below it use together, by slot.
pub(super) struct Totals {
    cpu_percent: Vec<f64>,
    memory: Vec<f64>,
}

impl Totals {
    pub(super) fn new(world: &World, parent_kind: ParentKind) -> Self {
        let of = |order| totals(world, order, parent_kind);
        Self { cpu_percent: of(SiblingOrder::Cpu), memory: of(SiblingOrder::Memory) }
    }

    /// CPU in percent of one, and resident bytes.
    pub(super) fn of(&self, slot: usize) -> (f32, u64) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a float cast saturates, and no usage is negative"
        )]
        (self.cpu_percent[slot] as f32, self.memory[slot] as u64)
    }
}

/// The figure of each slot, where rows are ordered by one. In a tree, with everything below it:
/// the biggest process is found by going down from the first row.
pub(super) fn ranks(world: &World, shown: &Shown) -> Vec<f64> {
    match shown.arrangement {
        _ if !shown.order.is_of_usage() => Vec::new(),
        Arrangement::List => figures(world, shown.order),
        Arrangement::Parents | Arrangement::Creators => {
            totals(world, shown.order, shown.parent_kind())
        }
    }
}

/// The figure of each slot and everything below it.
fn totals(world: &World, order: SiblingOrder, parent_kind: ParentKind) -> Vec<f64> {
    world.tree_of(parent_kind).sums(figures(world, order))
}

/// What the living use of what it is ordered by, by slot.
fn figures(world: &World, order: SiblingOrder) -> Vec<f64> {
    let own = |process: &Process| match order {
        SiblingOrder::Cpu => process.cpu_percent.map_or(0.0, f64::from),
        SiblingOrder::Threads => process.stat.threads.map_or(0.0, f64::from),
        SiblingOrder::Memory => process.stat.usage.resident.unwrap_or(0) as f64,
        SiblingOrder::Birth | SiblingOrder::Name | SiblingOrder::Pid => 0.0,
    };
    let mut figures = vec![0.0; world.n_slots()];
    for slot in world.slots().into_iter().filter(|slot| world.at(*slot).ended.is_none()) {
        figures[slot] = own(world.at(slot));
    }
    figures
}
