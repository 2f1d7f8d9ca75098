//! The order of siblings.

use strum::{IntoStaticStr, VariantArray};

use crate::world::{Process, World};

/// In which order siblings stand, or the rows of a list.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, IntoStaticStr, VariantArray)]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum SiblingOrder {
    #[default]
    Birth,
    #[strum(serialize = "CPU")]
    Cpu,
    Memory,
    Threads,
    Name,
    Pid,
}

impl SiblingOrder {
    /// Its place in the order of figures that change all the time.
    pub(super) fn is_of_usage(self) -> bool {
        match self {
            Self::Cpu | Self::Memory | Self::Threads => true,
            Self::Birth | Self::Name | Self::Pid => false,
        }
    }
}

/// Sorts siblings; they stand by birth already.
pub(super) fn sort(world: &World, order: SiblingOrder, ranks: &[f64], slots: &mut [u32]) {
    let process = |slot: &u32| -> &Process { world.at(*slot as usize) };
    match order {
        SiblingOrder::Birth => {}
        SiblingOrder::Cpu | SiblingOrder::Memory | SiblingOrder::Threads => {
            slots.sort_by(|a, b| ranks[*b as usize].total_cmp(&ranks[*a as usize]));
        }
        SiblingOrder::Name => slots.sort_by(|a, b| process(a).stat.comm.cmp(&process(b).stat.comm)),
        SiblingOrder::Pid => slots.sort_by_key(|slot| process(slot).id().pid),
    }
}
