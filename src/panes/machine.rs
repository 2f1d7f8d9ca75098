//! The machine: each of its figures with the last minutes of it.

pub(crate) mod draw;

use crate::record::{Machine, Pressure, State};
use crate::text::units::{bytes, count};
use crate::world::World;

/// A figure of the machine.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Figure {
    Cpu,
    /// One CPU, by its number.
    Core(usize),
    Memory,
    Swap,
    Load,
    CpuWait,
    MemoryWait,
    IoWait,
    Forks,
    /// How many processes are in each state.
    Processes,
}

/// The figures that the machine has, in the order in which they are shown.
pub(crate) fn figures(machine: &Machine) -> Vec<Figure> {
    let cores = (0..machine.cores.len()).map(Figure::Core);
    let waits = [Figure::CpuWait, Figure::MemoryWait, Figure::IoWait];
    std::iter::once(Figure::Cpu)
        .chain(cores)
        .chain([Figure::Memory])
        .chain((machine.swap_total > 0).then_some(Figure::Swap))
        .chain([Figure::Load])
        .chain(machine.pressure.into_iter().flat_map(|_| waits))
        .chain(machine.forks_per_second.map(|_| Figure::Forks))
        .chain([Figure::Processes])
        .collect()
}

impl Figure {
    pub(crate) fn label(self) -> String {
        match self {
            Self::Cpu => "CPU".to_owned(),
            Self::Core(number) => format!("CPU {number}"),
            Self::Memory => "memory".to_owned(),
            Self::Swap => "swap".to_owned(),
            Self::Load => "load".to_owned(),
            Self::CpuWait => "CPU wait".to_owned(),
            Self::MemoryWait => "memory wait".to_owned(),
            Self::IoWait => "I/O wait".to_owned(),
            Self::Forks => "forks".to_owned(),
            Self::Processes => "processes".to_owned(),
        }
    }

    /// What it is now, in words.
    pub(crate) fn text(self, world: &World) -> String {
        let machine = world.machine();
        let of_total = |used: u64, total: u64| format!("{} of {}", bytes(used), bytes(total));
        match self {
            Self::Cpu | Self::Core(_) => {
                let share = self.value(machine).map(|share| format!("{:.1}", share * 100.0));
                share.map_or_else(|| "?".to_owned(), |share| format!("{share} %"))
            }
            Self::Memory => of_total(machine.memory_used, machine.memory_total),
            Self::Swap => of_total(machine.swap_used, machine.swap_total),
            Self::Load => {
                let [one, five, fifteen] = machine.load;
                format!("{one:.2} {five:.2} {fifteen:.2}")
            }
            Self::CpuWait | Self::MemoryWait | Self::IoWait => {
                format!("{:.1} % of the time", self.value(machine).unwrap_or(0.0) * 100.0)
            }
            Self::Forks => format!("{:.0}/s", machine.forks_per_second.unwrap_or(0.0)),
            Self::Processes => states(world),
        }
    }

    /// Its last values as shares of a full bar, the oldest first; none for what has no history.
    pub(crate) fn history(self, world: &World) -> Vec<f64> {
        let values: Vec<f64> =
            world.machine_history().filter_map(|machine| self.value(machine)).collect();
        let full = match self {
            // Forks have no end: the most of them fill the bar.
            Self::Forks => values.iter().copied().fold(1.0, f64::max),
            Self::Load => f64::from(world.host().cpus.max(1)),
            _ => 1.0,
        };
        values.into_iter().map(|value| value / full).collect()
    }

    fn value(self, machine: &Machine) -> Option<f64> {
        let of_hundred = |percent: f32| f64::from(percent) / 100.0;
        let of_total = |used: u64, total: u64| (total > 0).then(|| used as f64 / total as f64);
        let wait = |of: fn(Pressure) -> f32| machine.pressure.map(of).map(of_hundred);
        match self {
            Self::Cpu => machine.cpu_percent.map(of_hundred),
            Self::Core(number) => machine.cores.get(number).copied().map(of_hundred),
            Self::Memory => of_total(machine.memory_used, machine.memory_total),
            Self::Swap => of_total(machine.swap_used, machine.swap_total),
            Self::Load => Some(machine.load[0]),
            Self::CpuWait => wait(|pressure| pressure.cpu),
            Self::MemoryWait => wait(|pressure| pressure.memory),
            Self::IoWait => wait(|pressure| pressure.io),
            Self::Forks => machine.forks_per_second.map(f64::from),
            Self::Processes => None,
        }
    }
}

/// How many processes are in each state: `125 processes, 2 running, 1 zombie, 60 kernel threads`.
fn states(world: &World) -> String {
    const NAMED: [State; 5] =
        [State::Running, State::DiskSleep, State::Stopped, State::Traced, State::Zombie];
    let there = || world.processes().filter(|process| process.ended.is_none());
    let n_kernel = there().filter(|process| process.stat.is_kernel_thread()).count();
    let mut parts = vec![count(there().count() - n_kernel, "process", "processes")];
    for state in NAMED {
        let number = there().filter(|process| process.stat.state == state).count();
        if number > 0 || state == State::Running {
            parts.push(format!("{number} {}", state.into_str()));
        }
    }
    parts.push(count(n_kernel, "kernel thread", "kernel threads"));
    parts.join(", ")
}
