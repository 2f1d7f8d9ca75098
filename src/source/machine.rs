//! Polls sysinfo for the machine's own figures; what it lacks comes from `/proc`.

use std::time::Instant;

use sysinfo::System;

use crate::linux::clock;
use crate::linux::procfs::system;
use crate::record::Machine;

/// Asks for load, CPU and memory of the whole machine.
pub struct MachinePoll {
    system: System,
    polls: u64,
    /// How many had been created by the last poll, and when that was.
    created: Option<(u64, Instant)>,
}

impl MachinePoll {
    /// Prepares the polling.
    pub fn new() -> Result<Self, sysinfo::Error> {
        Ok(Self { system: System::new()?, polls: 0, created: None })
    }

    /// The figures of now; CPU since the last call.
    pub fn read(&mut self) -> Machine {
        self.system.refresh_cpu_usage();
        self.system.refresh_memory();
        self.polls += 1;
        let has_interval = self.polls > 1;
        let cores = self.system.cpus().iter().map(sysinfo::Cpu::usage);
        let load = System::load_average().unwrap_or_default();
        Machine {
            load: [load.one, load.five, load.fifteen],
            cpu_percent: has_interval.then(|| self.system.global_cpu_usage()),
            cores: cores.filter(|_| has_interval).collect(),
            memory_used: self.system.used_memory(),
            memory_total: self.system.total_memory(),
            swap_used: self.system.used_swap(),
            swap_total: self.system.total_swap(),
            forks_per_second: self.forks_per_second(),
            pressure: system::pressure(),
        }
    }

    fn forks_per_second(&mut self) -> Option<f32> {
        let (created, now) = (system::created()?, clock::instant());
        let (before, since) = self.created.replace((created, now))?;
        let seconds = now.duration_since(since).as_secs_f32();
        (seconds > 0.0).then(|| created.saturating_sub(before) as f32 / seconds)
    }
}
