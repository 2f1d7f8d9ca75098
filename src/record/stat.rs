//! The stat of one process: one reading of `/proc/PID/stat`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::record::{Pid, ProcessKey, State};

/// `PF_FORKNOEXEC` (linux/sched.h): forked and never exec'd since.
pub(crate) const FLAG_FORKED_NO_EXEC: u32 = 0x40;
/// `PF_KTHREAD` (linux/sched.h): a kernel thread.
pub(crate) const FLAG_KERNEL_THREAD: u32 = 0x0020_0000;

/// The fields that one scan reads of one process. `None`: the source does not know it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Stat {
    pub key: ProcessKey,
    /// The kernel's current parent; 0 if it has none in this pid namespace.
    pub(crate) ppid: Pid,
    pub(crate) pgid: Option<Pid>,
    pub sid: Option<Pid>,
    /// Controlling terminal as the kernel numbers it; 0 is none.
    pub(crate) tty: Option<u32>,
    /// The foreground process group of that terminal.
    pub(crate) foreground: Option<Pid>,
    pub state: State,
    /// Kernel flags (field 9 of stat).
    pub(crate) flags: Option<u32>,
    /// Nice value, -20 to 19.
    pub(crate) nice: Option<i32>,
    /// Number of threads.
    pub(crate) threads: Option<u32>,
    #[serde(flatten)]
    pub(crate) usage: Usage,
    /// The name of the image, cut by the kernel; exact, so never print it unescaped.
    pub(crate) comm: Arc<str>,
    /// A zombie's wait status, where it may be read (field 52 of stat).
    pub(crate) wait_status: Option<i32>,
    /// Where its code begins and ends and its stack began, where that may be read (fields 26 to 28
    /// of stat): an exec makes others, and nothing else does (fs/exec.c, `begin_new_exec`).
    #[serde(default)]
    pub(crate) layout: Option<[u64; 3]>,
}

/// The resources that a process uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize)]
pub(crate) struct Usage {
    /// User and system time used so far, in nanoseconds; may come from whole clock ticks.
    pub(crate) cpu_nanos: Option<u64>,
    /// Resident memory in bytes.
    pub(crate) resident: Option<u64>,
}

impl Stat {
    /// Whether it never exec'd; `None` where the source has no flags.
    pub(crate) fn never_execed(&self) -> Option<bool> {
        self.flags.map(|flags| flags & FLAG_FORKED_NO_EXEC != 0)
    }

    /// Whether a later stat of the same process certainly is of another program.
    pub(crate) fn became_another(&self, later: &Self) -> bool {
        let execed = self.never_execed() == Some(true) && later.never_execed() == Some(false);
        let moved = self.layout.zip(later.layout).is_some_and(|(old, new)| old != new);
        execed || moved
    }

    /// Whether it has ended, reaped or not. A leader that ended while other threads run looks like
    /// a zombie, and its process lives (`proc_pid_stat(5)`, state Z of the main thread).
    pub(crate) fn has_ended(&self) -> bool {
        self.state.has_ended() && self.threads.is_none_or(|threads| threads <= 1)
    }

    /// Whether its main thread has ended while others live, in which it goes on.
    pub(crate) fn has_lost_its_main_thread(&self) -> bool {
        self.state.has_ended() && !self.has_ended()
    }

    /// How many threads of it live; `None` where the source does not count them.
    pub(crate) fn living_threads(&self) -> Option<u32> {
        self.threads.map(|threads| threads.saturating_sub(self.state.has_ended().into()))
    }

    /// Whether it certainly is a kernel thread.
    pub(crate) fn is_kernel_thread(&self) -> bool {
        self.flags.is_some_and(|flags| flags & FLAG_KERNEL_THREAD != 0)
    }

    /// Whether it is known to have no controlling terminal.
    pub(crate) fn has_no_terminal(&self) -> bool {
        self.tty == Some(0)
    }

    /// Whether it is known to have a controlling terminal.
    pub(crate) fn has_terminal(&self) -> bool {
        self.tty.is_some_and(|tty| tty != 0)
    }

    /// Whether it leads its session.
    pub(crate) fn leads_session(&self) -> bool {
        self.sid == Some(self.key.pid)
    }

    /// Whether it leads its process group.
    pub(crate) fn leads_group(&self) -> bool {
        self.pgid == Some(self.key.pid)
    }

    /// The controlling terminal's name as ps(1) has it, such as `pts/3`; `None` without one.
    pub(crate) fn terminal(&self) -> Option<String> {
        self.tty.filter(|tty| *tty != 0).map(terminal_name)
    }
}

/// Names a terminal by its device number (Documentation/admin-guide/devices.txt).
fn terminal_name(device: u32) -> String {
    let major = (device >> 8) & 0xfff;
    let minor = (device & 0xff) | ((device >> 12) & 0xfff00);
    match major {
        4 if minor < 64 => format!("tty{minor}"),
        4 => format!("ttyS{}", minor - 64),
        5 if minor == 1 => "console".to_owned(),
        136..=143 => format!("pts/{}", (major - 136) * 256 + minor),
        188 => format!("ttyUSB{minor}"),
        204 if minor >= 64 => format!("ttyAMA{}", minor - 64),
        229 => format!("hvc{minor}"),
        _ => format!("{major}:{minor}"),
    }
}
