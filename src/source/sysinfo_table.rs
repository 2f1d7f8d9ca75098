//! The table of processes as sysinfo has it: for systems without `/proc`, and to compare.

use std::sync::Arc;

use sysinfo::{
    Pid, Process, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, ThreadKind,
    UpdateKind,
};

use crate::linux::clock;
use crate::linux::procfs::facts::COMMAND_LINE_LIMIT;
use crate::record::arguments::cut;
use crate::record::{Arguments, Birth, Fact, Facts, ProcessKey, Stat, State, Usage};

/// Reads table, facts and details through sysinfo.
pub(crate) struct SysinfoTable {
    system: System,
}

/// The details of a process that sysinfo adds.
#[derive(Debug, Default)]
pub(crate) struct Extras {
    /// The working directory; `None` if it could not be read.
    pub(crate) working_directory: Option<Arc<str>>,
    /// Virtual memory, in bytes.
    pub(crate) virtual_memory: Option<u64>,
    /// Bytes read from and written to storage.
    pub(crate) storage: Option<[u64; 2]>,
    /// How many descriptors are open.
    pub(crate) open_files: Option<u32>,
}

impl SysinfoTable {
    /// Prepares the table.
    pub(crate) fn new() -> Result<Self, sysinfo::Error> {
        Ok(Self { system: System::new()? })
    }

    /// One pass over all processes.
    pub(crate) fn read(&mut self) -> Vec<Stat> {
        let kind = ProcessRefreshKind::nothing().with_cpu().with_memory();
        self.system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
        let processes = self.system.processes().values();
        // sysinfo lists threads of programs as processes, too; kernel threads are processes.
        let is_thread = |process: &&Process| process.thread_kind() == Some(ThreadKind::Userland);
        processes.filter(|process| !is_thread(process)).map(stat).collect()
    }

    /// Reads one process, if it is there.
    pub(crate) fn read_one(&mut self, pid: u32) -> Option<Stat> {
        let pid = Pid::from_u32(pid);
        let kind = ProcessRefreshKind::nothing().with_cpu().with_memory();
        self.system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, kind);
        self.system.process(pid).map(stat)
    }

    fn refresh(&mut self, key: ProcessKey, kind: ProcessRefreshKind) -> Option<&Process> {
        let pid = Pid::from_u32(key.pid);
        self.system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, kind);
        self.system.process(pid).filter(|process| match key.birth {
            Birth::Seconds(seconds) => process.start_time() == seconds,
            Birth::Ticks(_) => true,
        })
    }

    /// Whether the process is still the one that is meant.
    pub(crate) fn is_still(&mut self, key: ProcessKey) -> bool {
        self.refresh(key, ProcessRefreshKind::nothing()).is_some()
    }

    /// The deeper facts, as far as sysinfo has them.
    pub(crate) fn facts(&mut self, key: ProcessKey) -> Option<Facts> {
        let kind = ProcessRefreshKind::nothing()
            .with_cmd(UpdateKind::Always)
            .with_exe(UpdateKind::Always)
            .with_user(UpdateKind::Always);
        let process = self.refresh(key, kind)?;
        let arguments =
            Arguments::joined(process.cmd().iter().map(|argument| argument.to_string_lossy()));
        let executable =
            process.exe().map_or(Fact::Absent, |path| Fact::Known(path.to_string_lossy().into()));
        let uid = process.effective_user_id().or(process.user_id());
        Some(Facts {
            read_at: clock::now(),
            command_line: Fact::Known(cut(&arguments, COMMAND_LINE_LIMIT)),
            executable,
            uid: uid.map(|uid| **uid),
            ..Facts::default()
        })
    }

    /// The details of a process that sysinfo adds. The caller has checked its identity.
    pub(crate) fn extras(&mut self, key: ProcessKey) -> Extras {
        let kind = ProcessRefreshKind::nothing()
            .with_cwd(UpdateKind::Always)
            .with_memory()
            .with_disk_usage();
        let Some(process) = self.refresh(key, kind) else { return Extras::default() };
        let disk = process.disk_usage();
        Extras {
            working_directory: process.cwd().map(|path| path.to_string_lossy().into()),
            virtual_memory: Some(process.virtual_memory()),
            storage: Some([disk.total_read_bytes, disk.total_written_bytes]),
            open_files: process.open_files().and_then(|count| u32::try_from(count).ok()),
        }
    }
}

fn stat(process: &Process) -> Stat {
    Stat {
        key: ProcessKey {
            pid: process.pid().as_u32(),
            birth: Birth::Seconds(process.start_time()),
        },
        ppid: process.parent().map_or(0, Pid::as_u32),
        pgid: None,
        sid: process.session_id().map(Pid::as_u32),
        tty: None,
        foreground: None,
        state: state(process.status()),
        flags: None,
        nice: None,
        threads: None,
        usage: Usage {
            cpu_nanos: Some(process.accumulated_cpu_time().saturating_mul(1_000_000)),
            resident: Some(process.memory()),
        },
        comm: process.name().to_string_lossy().into(),
        wait_status: None,
        layout: None,
    }
}

fn state(status: ProcessStatus) -> State {
    match status {
        ProcessStatus::Run => State::Running,
        ProcessStatus::Sleep => State::Sleeping,
        ProcessStatus::Idle => State::Idle,
        ProcessStatus::Stop => State::Stopped,
        ProcessStatus::Zombie => State::Zombie,
        ProcessStatus::Tracing => State::Traced,
        ProcessStatus::Dead => State::Dead,
        ProcessStatus::UninterruptibleDiskSleep => State::DiskSleep,
        _ => State::Unknown('?'),
    }
}
