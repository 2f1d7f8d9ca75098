//! Holds processes by pidfds, all in one epoll, and tells their ends.
//!
//! ```text
//!  held ─▶ readable ─────────────▶ zombie: its parent has the status. Told with it where /proc
//!   │      (ended)                 shows it, else after 20 ms without it, and again with it once
//!   └────▶ readable + hung up ───▶ reaped: the kernel tells the status from now on (Linux 6.15)
//! ```
//!
//! Edges are waited for, not levels: a zombie that nobody reaps is told once and costs nothing.

use std::collections::{HashMap, HashSet};
use std::mem::MaybeUninit;
use std::time::Duration;

use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::Errno;
use rustix::process::{
    Pid as SystemPid, PidfdFlags, Resource, Rlimit, getpid, getrlimit, pidfd_open, setrlimit,
};

use crate::model::event::{Change, Event};
use crate::model::key::{Pid, ProcessKey};
use crate::model::process::Stat;
use crate::model::time::BootTime;
use crate::source::clock;
use crate::source::kernel::exit_status;
use crate::source::procfs::table::ProcTable;

/// So many files are left to the rest of the program.
const RESERVE: u64 = 64;
/// How long a parent may take to reap before the end is told without its status.
pub(super) const PATIENCE: Duration = Duration::from_millis(20);
/// The most ends that one look takes.
const LOOK: usize = 256;

/// The processes that are held.
pub(super) struct Holds {
    epoll: OwnedFd,
    held: HashMap<Pid, Held>,
    /// Those whose end is yet to be told.
    waiting: HashSet<Pid>,
    capacity: usize,
}

struct Held {
    key: ProcessKey,
    pidfd: OwnedFd,
    /// When it was found to have ended.
    ended: Option<BootTime>,
}

impl Holds {
    /// Prepares for as many processes as the limits allow. Fails where there are no pidfds
    /// (before Linux 5.3).
    pub(super) fn open() -> Result<Self, Errno> {
        pidfd_open(getpid(), PidfdFlags::empty())?;
        let limit = raise_limit();
        let capacity = usize::try_from(limit.saturating_sub(RESERVE)).unwrap_or(usize::MAX);
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        Ok(Self { epoll, held: HashMap::new(), waiting: HashSet::new(), capacity })
    }

    /// Holds a process that was just born, if there is room. The pidfd was opened before its stat
    /// was read, and pids are not given again so soon, so they are of the same process.
    /// Returns the end of the process that was held by that pid before.
    pub(super) fn hold(&mut self, stat: &Stat, pidfd: OwnedFd, now: BootTime) -> Option<Event> {
        let pid = stat.key.pid;
        let older = self.held.remove(&pid).map(|held| (self.waiting.remove(&pid), held));
        if self.held.len() < self.capacity {
            self.insert(stat.key, pidfd);
        }
        let (is_waiting, older) = older?;
        (is_waiting || older.ended.is_none())
            .then(|| end(pid, now, None, exit_status(&older.pidfd)))
    }

    /// Holds these processes, as many as there is room for; others give way. Returns the pids of
    /// those that are gone.
    pub(super) fn hold_first(&mut self, keys: &[ProcessKey], table: &ProcTable) -> Vec<Pid> {
        let wanted: HashSet<Pid> = keys.iter().take(self.capacity).map(|key| key.pid).collect();
        let unwanted: Vec<Pid> =
            self.held.keys().copied().filter(|pid| !wanted.contains(pid)).collect();
        let mut unwanted = unwanted.into_iter();
        let mut gone = Vec::new();
        for key in keys {
            if self.held.get(&key.pid).is_some_and(|held| held.key == *key) {
                continue;
            }
            if self.held.len() >= self.capacity {
                let Some(least) = unwanted.next() else { break };
                self.release(least);
            }
            match open(key.pid) {
                // It was there before the pidfd was opened, and is there after: it is the same.
                Ok(pidfd) if table.read_one(key.pid).is_some_and(|stat| stat.key == *key) => {
                    self.release(key.pid);
                    self.insert(*key, pidfd);
                }
                Ok(_) | Err(Errno::SRCH) => gone.push(key.pid),
                Err(_) => {}
            }
        }
        gone
    }

    /// Tells the ends that came since the last look.
    pub(super) fn ends(&mut self, table: &ProcTable) -> Vec<Event> {
        let mut buffer = [MaybeUninit::uninit(); LOOK];
        let no_time = Timespec { tv_sec: 0, tv_nsec: 0 };
        let Ok((ready, _)) = epoll::wait(&self.epoll, &mut buffer, Some(&no_time)) else {
            return Vec::new();
        };
        let now = clock::now();
        let ready = ready.iter().map(|event| (event.data.u64(), event.flags));
        ready
            .filter_map(|(pid, flags)| self.ended(Pid::try_from(pid).ok()?, flags, now, table))
            .collect()
    }

    fn ended(
        &mut self,
        pid: Pid,
        flags: EventFlags,
        now: BootTime,
        table: &ProcTable,
    ) -> Option<Event> {
        let held = self.held.get_mut(&pid)?;
        if flags.contains(EventFlags::HUP) {
            let status = exit_status(&held.pidfd);
            let at = held.ended.unwrap_or(now);
            let is_news = held.ended.is_none() || self.waiting.contains(&pid) || status.is_some();
            self.release(pid);
            return is_news.then(|| end(pid, at, None, status));
        }
        if held.ended.is_some() {
            return None;
        }
        held.ended = Some(now);
        let zombie = table.read_one(pid).filter(|stat| stat.key == held.key);
        if let Some(Stat { wait_status: Some(status), ppid, .. }) = zombie {
            self.release(pid);
            return Some(end(pid, now, Some(ppid), Some(status)));
        }
        self.waiting.insert(pid);
        None
    }

    /// Tells the ends of those that nobody reaps, without their status.
    pub(super) fn overdue(&mut self, now: BootTime) -> Vec<Event> {
        let patience = u64::try_from(PATIENCE.as_nanos()).unwrap_or(u64::MAX);
        let held = &self.held;
        let mut events = Vec::new();
        self.waiting.retain(|pid| {
            let Some(at) = held.get(pid).and_then(|held| held.ended) else { return false };
            let is_overdue = now.0.saturating_sub(at.0) >= patience;
            if is_overdue {
                events.push(end(*pid, at, None, None));
            }
            !is_overdue
        });
        events
    }

    /// Whether an end is yet to be told.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    fn insert(&mut self, key: ProcessKey, pidfd: OwnedFd) {
        let data = EventData::new_u64(key.pid.into());
        if epoll::add(&self.epoll, &pidfd, data, EventFlags::IN | EventFlags::ET).is_ok() {
            self.held.insert(key.pid, Held { key, pidfd, ended: None });
        }
    }

    /// Closing the pidfd takes it out of the epoll (epoll(7)).
    fn release(&mut self, pid: Pid) {
        self.held.remove(&pid);
        self.waiting.remove(&pid);
    }
}

impl AsFd for Holds {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.epoll.as_fd()
    }
}

/// A pidfd of the process of that pid; fails for a thread that is no process (`pidfd_open(2)`).
pub(super) fn open(pid: Pid) -> Result<OwnedFd, Errno> {
    let pid = i32::try_from(pid).ok().and_then(SystemPid::from_raw).ok_or(Errno::SRCH)?;
    pidfd_open(pid, PidfdFlags::empty())
}

fn end(pid: Pid, at: BootTime, parent: Option<Pid>, wait_status: Option<i32>) -> Event {
    Event { at, pid, change: Change::Exit { parent, wait_status } }
}

/// Allows this program as many files as it may allow itself; returns how many it may open.
fn raise_limit() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let limit = if setrlimit(Resource::Nofile, raised).is_ok() { raised } else { limit };
    limit.current.unwrap_or(u64::MAX)
}
