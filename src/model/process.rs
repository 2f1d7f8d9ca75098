//! One process: what a scan reads of it, and what is known of it over time.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::arguments::Arguments;
use crate::model::evidence::Verdict;
use crate::model::facts::Facts;
use crate::model::host::Host;
use crate::model::key::{Pid, ProcessKey};
use crate::model::life::{Adoption, End, Images, Origin};
use crate::model::runtime::Recognition;
use crate::model::state::State;
use crate::model::time::BootTime;

/// `PF_FORKNOEXEC` (linux/sched.h): forked and never exec'ed since.
pub const FLAG_FORKED_NO_EXEC: u32 = 0x40;
/// `PF_KTHREAD` (linux/sched.h): a kernel thread.
pub const FLAG_KERNEL_THREAD: u32 = 0x0020_0000;

/// What one scan reads of one process. `None`: the source does not know it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Stat {
    /// Which process.
    pub key: ProcessKey,
    /// The kernel's current parent; 0 if it has none in this pid namespace.
    pub ppid: Pid,
    /// Process group.
    pub pgid: Option<Pid>,
    /// Session.
    pub sid: Option<Pid>,
    /// Controlling terminal as the kernel numbers it; 0 is none.
    pub tty: Option<u32>,
    /// The foreground process group of that terminal.
    pub foreground: Option<Pid>,
    /// What the scheduler says.
    pub state: State,
    /// Kernel flags (field 9 of stat).
    pub flags: Option<u32>,
    /// Nice value, -20 to 19.
    pub nice: Option<i32>,
    /// Number of threads.
    pub threads: Option<u32>,
    /// User and system time used so far, in nanoseconds; may come from whole clock ticks.
    pub cpu_nanos: Option<u64>,
    /// Resident memory in bytes.
    pub resident: Option<u64>,
    /// The name of the image, cut by the kernel; exact, so never print it unescaped.
    pub comm: Arc<str>,
    /// A zombie's wait status, where it may be read (field 52 of stat).
    pub wait_status: Option<i32>,
    /// Where its code begins and ends and its stack began, where that may be read (fields 26 to 28
    /// of stat): an exec makes others, and nothing else does (fs/exec.c, `begin_new_exec`).
    #[serde(default)]
    pub layout: Option<[u64; 3]>,
}

impl Stat {
    /// Whether it never exec'ed; `None` where the source has no flags.
    pub fn never_execed(&self) -> Option<bool> {
        self.flags.map(|flags| flags & FLAG_FORKED_NO_EXEC != 0)
    }

    /// Whether a later stat of the same process certainly is of another program.
    pub fn became_another(&self, later: &Self) -> bool {
        let execed = self.never_execed() == Some(true) && later.never_execed() == Some(false);
        let moved = self.layout.zip(later.layout).is_some_and(|(old, new)| old != new);
        execed || moved
    }

    /// Whether it has ended, reaped or not. A leader that ended while other threads run looks like
    /// a zombie, and its process lives (`proc_pid_stat(5)`, state Z of the main thread).
    pub fn has_ended(&self) -> bool {
        self.state.has_ended() && self.threads.is_none_or(|threads| threads <= 1)
    }

    /// Whether its main thread has ended while others live, in which it goes on.
    pub fn has_lost_its_main_thread(&self) -> bool {
        self.state.has_ended() && !self.has_ended()
    }

    /// How many threads of it live; `None` where the source does not count them.
    pub fn living_threads(&self) -> Option<u32> {
        self.threads.map(|threads| threads.saturating_sub(self.state.has_ended().into()))
    }

    /// Whether it certainly is a kernel thread.
    pub fn is_kernel_thread(&self) -> bool {
        self.flags.is_some_and(|flags| flags & FLAG_KERNEL_THREAD != 0)
    }

    /// Whether it is known to have no controlling terminal.
    pub fn has_no_terminal(&self) -> bool {
        self.tty == Some(0)
    }

    /// Whether it is known to have a controlling terminal.
    pub fn has_terminal(&self) -> bool {
        self.tty.is_some_and(|tty| tty != 0)
    }

    /// Whether it leads its session.
    pub fn leads_session(&self) -> bool {
        self.sid == Some(self.key.pid)
    }

    /// Whether it leads its process group.
    pub fn leads_group(&self) -> bool {
        self.pgid == Some(self.key.pid)
    }

    /// The controlling terminal's name as ps(1) has it, such as `pts/3`; `None` without one.
    pub fn terminal(&self) -> Option<String> {
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

/// A process in the world: its newest stat, and what was learned of it.
#[derive(Clone, Debug)]
pub struct Process {
    /// The newest stat.
    pub stat: Stat,
    /// Deeper facts, once they were read.
    pub facts: Option<Facts>,
    /// How far the reading of its facts is.
    pub facts_reading: FactsReading,
    /// The kernel's current parent, as a process and not only a pid. Until its adopter is known,
    /// an orphan's parent is the one that ended.
    pub parent: Option<ProcessKey>,
    /// Its birth, if that was seen.
    pub origin: Option<Box<Origin>>,
    /// What it became, if that was seen.
    pub images: Option<Box<Images>>,
    /// The change of parent that was seen, if one was.
    pub adoption: Option<Box<Adoption>>,
    /// When it was first seen.
    pub first_seen: BootTime,
    /// Since when its layout is known to be what it is.
    pub layout_since: BootTime,
    /// Whether it was born while pexplore watched.
    pub born_here: bool,
    /// The newest time at which a fact of it was learned.
    pub known_at: BootTime,
    /// Share of one CPU in the last interval, in percent.
    pub cpu_percent: Option<f32>,
    /// Its end, once it is gone: its row is a ghost.
    pub ended: Option<End>,
    /// Its end as an event told it; it may be a zombie still.
    pub exit: Option<End>,
    /// Nobody read what it is called, since its birth or its last exec.
    pub is_unnamed: bool,
    /// It was a zombie already when pexplore began to watch: when it ended is not known.
    pub ended_before: bool,
    /// What of its identity and whereabouts is still to be confirmed.
    pub open: Open,
    /// What the lab knows of it, if the lab started it.
    pub specimen: Option<Box<Specimen>>,
    /// The runtime that it belongs to, if one was recognized.
    pub recognition: Option<Recognition>,
    /// Its role, with the reasons.
    pub verdict: Verdict,
}

/// What is still to be confirmed of a process that events told of.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Open {
    /// Its birth is known from the time of an event only, which comes after it.
    pub birth: bool,
    /// Its parent has ended, and who adopted it is not read yet.
    pub adopter: bool,
    /// A scan missed it; the event of its end is awaited.
    pub end: bool,
    /// Since when a stat names another parent, while the end of the one that is known is awaited.
    pub parent: Option<BootTime>,
}

impl Process {
    /// A process of which nothing is known but its stat.
    pub(crate) fn new(stat: Stat, at: BootTime) -> Self {
        Self {
            stat,
            facts: None,
            facts_reading: FactsReading::Wanted,
            parent: None,
            origin: None,
            images: None,
            adoption: None,
            first_seen: at,
            layout_since: at,
            born_here: false,
            known_at: at,
            cpu_percent: None,
            ended: None,
            exit: None,
            is_unnamed: false,
            ended_before: false,
            open: Open::default(),
            specimen: None,
            recognition: None,
            verdict: Verdict::unjudged(),
        }
    }

    /// When it was born: to the nanosecond where that was seen, else as its key tells it.
    pub fn born_at(&self, host: &Host) -> BootTime {
        let seen = self.origin.as_ref().map(|origin| origin.at);
        seen.unwrap_or_else(|| BootTime::of_birth(self.key(), host))
    }

    /// Whether it became a program that nobody could read.
    pub(crate) fn is_newest_image_unread(&self) -> bool {
        let newest = self.images.as_ref().and_then(|images| images.iter().next_back());
        newest.is_some_and(|newest| newest.image.is_none())
    }

    /// Who created it, where that was seen, or followed from a change of parent that was seen.
    pub fn known_creator(&self) -> Option<ProcessKey> {
        let seen = self.origin.as_ref().and_then(|origin| origin.creator);
        seen.or_else(|| self.adoption.as_ref().and_then(|adoption| adoption.creator))
    }

    /// Drops what no ghost is asked for any more.
    pub(crate) fn strip(&mut self) {
        if let Some(facts) = &mut self.facts {
            facts.pipes = None;
        }
        self.verdict.evidence = Vec::new();
    }

    /// Which process.
    pub fn key(&self) -> ProcessKey {
        self.stat.key
    }

    /// Whether it runs code still: neither gone nor a zombie.
    pub fn is_living(&self) -> bool {
        self.ended.is_none() && !self.stat.has_ended()
    }

    /// Its arguments, once they are known.
    pub fn command_line(&self) -> Option<Arguments<'_>> {
        if self.stat.is_kernel_thread() {
            return Some(Arguments::default());
        }
        self.facts.as_ref()?.command_line.known().map(|joined| Arguments::of(joined))
    }

    /// The path of its image, once it is known.
    pub fn executable(&self) -> Option<&str> {
        self.facts.as_ref()?.executable.known().map(|path| &**path)
    }

    /// Its effective user, once it is known.
    pub fn uid(&self) -> Option<u32> {
        // Kernel threads run as root, and have no facts that would be worth reading.
        if self.stat.is_kernel_thread() {
            return Some(0);
        }
        self.facts.as_ref()?.uid
    }
}

/// How far the reading of a process's deeper facts is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FactsReading {
    /// Wanted, and not yet asked for.
    Wanted,
    /// Asked for.
    Asked,
    /// Read; to be read again at that time, because a young process still changes.
    Until(BootTime),
    /// Read for good, until the process becomes another program.
    Settled,
}

/// What the lab knows of a process that it started.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Specimen {
    /// The kind, by the lab's name for it.
    pub kind: Arc<str>,
    /// The main that ends it on a normal end, if it is a daemonic child.
    pub daemonic_main: Option<ProcessKey>,
}
