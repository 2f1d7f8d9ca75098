//! The order of siblings.

use strum::IntoStaticStr;

use crate::world::{ParentKind, Process, World};

/// In which order siblings stand.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, IntoStaticStr)]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum SiblingOrder {
    #[default]
    Birth,
    #[strum(serialize = "CPU")]
    Cpu,
    Memory,
    Name,
    Pid,
}

impl SiblingOrder {
    /// Every order, as they follow one another.
    pub(crate) const ALL: [Self; 5] = [Self::Birth, Self::Cpu, Self::Memory, Self::Name, Self::Pid];
}

/// The usage of each slot and everything below it, where siblings are ordered by that: the biggest
/// process is found by going down from the first row.
pub(super) fn ranks(world: &World, order: SiblingOrder, parent_kind: ParentKind) -> Vec<f64> {
    let own = |process: &Process| match order {
        SiblingOrder::Cpu => process.cpu_percent.map_or(0.0, f64::from),
        _ => process.stat.usage.resident.unwrap_or(0) as f64,
    };
    match order {
        SiblingOrder::Cpu | SiblingOrder::Memory => {
            let mut figures = vec![0.0; world.n_slots()];
            for slot in world.slots() {
                figures[slot] = own(world.at(slot));
            }
            world.tree_of(parent_kind).sums(figures)
        }
        SiblingOrder::Birth | SiblingOrder::Name | SiblingOrder::Pid => Vec::new(),
    }
}

/// Sorts siblings; they stand by birth already.
pub(super) fn sort(world: &World, order: SiblingOrder, ranks: &[f64], slots: &mut [u32]) {
    let process = |slot: &u32| -> &Process { world.at(*slot as usize) };
    match order {
        SiblingOrder::Birth => {}
        SiblingOrder::Cpu | SiblingOrder::Memory => {
            slots.sort_by(|a, b| ranks[*b as usize].total_cmp(&ranks[*a as usize]));
        }
        SiblingOrder::Name => slots.sort_by(|a, b| process(a).stat.comm.cmp(&process(b).stat.comm)),
        SiblingOrder::Pid => slots.sort_by_key(|slot| process(slot).id().pid),
    }
}
