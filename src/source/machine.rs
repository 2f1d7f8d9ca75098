//! Polls sysinfo for the machine's own figures.

use sysinfo::System;

use crate::record::Machine;

/// Asks for load, CPU and memory of the whole machine.
pub struct MachinePoll {
    system: System,
    polls: u64,
}

impl MachinePoll {
    /// Prepares the polling.
    pub fn new() -> Result<Self, sysinfo::Error> {
        Ok(Self { system: System::new()?, polls: 0 })
    }

    /// The figures of now; CPU since the last call.
    pub fn read(&mut self) -> Machine {
        self.system.refresh_cpu_usage();
        self.system.refresh_memory();
        self.polls += 1;
        let load = System::load_average().unwrap_or_default();
        Machine {
            load: [load.one, load.five, load.fifteen],
            cpu_percent: (self.polls > 1).then(|| self.system.global_cpu_usage()),
            memory_used: self.system.used_memory(),
            memory_total: self.system.total_memory(),
        }
    }
}
