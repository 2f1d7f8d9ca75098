//! Holds processes by pidfds, all in one epoll, and reports their ends.
//!
//! ```text
//!  held ─▶ readable ─────────────▶ zombie: its parent has the status. Reported with it where /proc
//!   │      (ended)                 shows it, else after 20 ms without it, and again with it once
//!   │                              it is reaped. Held on until it is gone: reported once
//!   └────▶ readable + hung up ───▶ reaped: the kernel tells the status from now on (Linux 6.15)
//! ```
//!
//! Edges are waited for, not levels: a zombie that nobody reaps is reported once and costs nothing.

use std::collections::{HashMap, HashSet};
use std::mem::MaybeUninit;
use std::time::Duration;

use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::linux::kernel::{exit_status, tells_by_pidfd};
use crate::linux::procfs::table::ProcTable;
use crate::linux::{clock, pidfd};
use crate::record::{BootTime, Change, Event, Pid, ProcessKey, Stat};

/// So many files are left to the rest of the program.
const RESERVE: u64 = 64;
/// How long a parent may take to reap before the end is reported without its status.
pub(super) const WAIT_LIMIT: Duration = Duration::from_millis(20);
/// The most ends that one look takes.
const LOOK: usize = 256;

/// The processes that are held.
pub(super) struct PidfdSet {
    epoll: OwnedFd,
    held: HashMap<Pid, Held>,
    /// The processes whose end is yet to be reported.
    waiting: HashSet<Pid>,
    capacity: usize,
    /// Whether the kernel says more of an ended process later: that it was reaped (Linux 6.9), and
    /// its status (Linux 6.15).
    tells_more: bool,
}

struct Held {
    key: ProcessKey,
    pidfd: OwnedFd,
    /// When it was found to have ended.
    ended: Option<BootTime>,
    /// Nothing is left to tell of its end: it is held on, so that nobody takes it for another,
    /// until it is gone.
    is_reported: bool,
}

impl PidfdSet {
    /// Prepares for as many processes as the limits allow. Fails where there are no pidfds
    /// (before Linux 5.3).
    pub(super) fn open() -> Result<Self, Errno> {
        let own = pidfd::open(std::process::id())?;
        let limit = raise_limit();
        let capacity = usize::try_from(limit.saturating_sub(RESERVE)).unwrap_or(usize::MAX);
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        Ok(Self {
            epoll,
            held: HashMap::new(),
            waiting: HashSet::new(),
            capacity,
            tells_more: tells_by_pidfd(own),
        })
    }

    /// Holds a process that was just born, if there is room. The pidfd was opened before its stat
    /// was read, and pids are not given again so soon, so they are of the same process.
    /// Returns the end of the process that was held by that pid before.
    pub(super) fn hold(&mut self, stat: &Stat, pidfd: OwnedFd, now: BootTime) -> Option<Event> {
        let pid = stat.key.pid;
        if self.held.get(&pid).is_some_and(|held| held.key == stat.key) {
            // A scan had found it before its pid was looked at.
            return None;
        }
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
        // Only start ticks can be checked after opening.
        let keys = keys.iter().filter(|key| key.start_ticks().is_some()).take(self.capacity);
        let wanted: HashSet<Pid> = keys.clone().map(|key| key.pid).collect();
        // Where nothing tells that a zombie was reaped, its absence does.
        self.held.retain(|pid, held| !held.is_reported || wanted.contains(pid));
        // A process stays until its end was reported.
        let is_unwanted = |pid: &Pid| !wanted.contains(pid) && !self.waiting.contains(pid);
        let unwanted: Vec<Pid> = self.held.keys().copied().filter(is_unwanted).collect();
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
            match pidfd::open(key.pid) {
                Ok(pidfd) => match is_held(&pidfd, *key, table.read_one(key.pid).as_ref()) {
                    Some(true) => {
                        self.release(key.pid);
                        self.insert(*key, pidfd);
                    }
                    Some(false) => gone.push(key.pid),
                    None => {}
                },
                Err(error) if pidfd::says_gone(error) => gone.push(key.pid),
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
            let is_news = is_news && !held.is_reported;
            self.release(pid);
            return is_news.then(|| end(pid, at, None, status));
        }
        if held.ended.is_some() {
            return None;
        }
        held.ended = Some(now);
        let zombie = table.read_one(pid).filter(|stat| stat.key == held.key);
        if let Some(Stat { wait_status: Some(status), ppid, .. }) = zombie {
            held.is_reported = true;
            return Some(end(pid, now, Some(ppid), Some(status)));
        }
        self.waiting.insert(pid);
        None
    }

    /// Tells the ends of those that nobody reaps, without their status.
    pub(super) fn overdue(&mut self, now: BootTime) -> Vec<Event> {
        let wait_budget = u64::try_from(WAIT_LIMIT.as_nanos()).unwrap_or(u64::MAX);
        let (held, tells_more) = (&mut self.held, self.tells_more);
        let mut events = Vec::new();
        self.waiting.retain(|pid| {
            let Some(at) = held.get(pid).and_then(|held| held.ended) else { return false };
            let is_overdue = now.0.saturating_sub(at.0) >= wait_budget;
            if is_overdue {
                events.push(end(*pid, at, None, None));
                if let Some(held) = held.get_mut(pid) {
                    held.is_reported = !tells_more;
                }
            }
            !is_overdue
        });
        events
    }

    /// Whether an end is yet to be reported.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    fn insert(&mut self, key: ProcessKey, pidfd: OwnedFd) {
        let data = EventData::new_u64(key.pid.into());
        if epoll::add(&self.epoll, &pidfd, data, EventFlags::IN | EventFlags::ET).is_ok() {
            self.held.insert(key.pid, Held { key, pidfd, ended: None, is_reported: false });
        }
    }

    /// Closing the pidfd takes it out of the epoll (epoll(7)).
    fn release(&mut self, pid: Pid) {
        self.held.remove(&pid);
        self.waiting.remove(&pid);
    }
}

impl AsFd for PidfdSet {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.epoll.as_fd()
    }
}

/// Whether a pidfd is of that process, whose stat was read after it was opened: it was there before
/// that, so if it is there after, it is the same. `None` if it lives and cannot be read: it became
/// another user's, and is hidden now (proc(5), `hidepid`).
fn is_held(pidfd: &OwnedFd, key: ProcessKey, stat: Option<&Stat>) -> Option<bool> {
    match stat {
        Some(stat) => Some(stat.key == key),
        None => pidfd::has_ended(pidfd).then_some(false),
    }
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

#[cfg(test)]
mod tests {
    use std::process::{Child, Command};

    use super::*;
    use crate::linux::wait;

    #[test]
    fn who_lives_and_cannot_be_read_is_neither_held_nor_gone() {
        let table = ProcTable::open().unwrap();
        let mut sleeper = Sleeper::start();
        let key = sleeper.key(&table);
        let stat = table.read_one(key.pid);
        let pidfd = pidfd::open(key.pid).unwrap();
        assert_eq!(is_held(&pidfd, key, stat.as_ref()), Some(true));
        let other = ProcessKey::at_ticks(key.pid, key.start_ticks().unwrap() + 1);
        assert_eq!(is_held(&pidfd, other, stat.as_ref()), Some(false));
        assert_eq!(is_held(&pidfd, key, None), None);
        sleeper.end();
        assert_eq!(is_held(&pidfd, key, None), Some(false));
    }

    /// Runs until it is dropped.
    struct Sleeper(Child);

    impl Sleeper {
        fn start() -> Self {
            Self(Command::new("sleep").arg("1000").spawn().unwrap())
        }

        fn key(&self, table: &ProcTable) -> ProcessKey {
            table.read_one(self.0.id()).unwrap().key
        }

        fn end(&mut self) {
            self.0.kill().unwrap();
            self.0.wait().unwrap();
        }
    }

    impl Drop for Sleeper {
        fn drop(&mut self) {
            // It may have ended by then.
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    fn ends(holds: &mut PidfdSet, table: &ProcTable, limit: Duration) -> Vec<Event> {
        wait::one(&holds.epoll, limit);
        holds.ends(table)
    }

    #[test]
    fn where_room_is_short_the_first_of_the_newest_order_is_held() {
        let table = ProcTable::open().unwrap();
        let mut holds = PidfdSet { capacity: 1, ..PidfdSet::open().unwrap() };
        let (mut one, mut other) = (Sleeper::start(), Sleeper::start());
        let (key, other_key) = (one.key(&table), other.key(&table));
        assert!(holds.hold_first(&[key, other_key], &table).is_empty());
        assert!(holds.hold_first(&[other_key, key], &table).is_empty());
        assert_eq!(holds.held.keys().collect::<Vec<_>>(), [&other_key.pid]);
        one.end();
        assert_eq!(ends(&mut holds, &table, Duration::ZERO), []);
        other.end();
        let reported = ends(&mut holds, &table, Duration::from_mins(1));
        let mut reported: Vec<Pid> = reported.iter().map(|event| event.pid).collect();
        reported.extend(holds.overdue(BootTime(u64::MAX)).iter().map(|event| event.pid));
        assert_eq!(reported, [other_key.pid]);
    }

    #[test]
    fn who_is_held_already_has_not_ended_because_it_is_found_again() {
        let table = ProcTable::open().unwrap();
        let mut holds = PidfdSet::open().unwrap();
        let mut sleeper = Sleeper::start();
        let key = sleeper.key(&table);
        assert!(holds.hold_first(&[key], &table).is_empty());
        let stat = table.read_one(key.pid).unwrap();
        let pidfd = pidfd::open(key.pid).unwrap();
        assert_eq!(holds.hold(&stat, pidfd, BootTime(1)), None);
        assert!(holds.held.contains_key(&key.pid));
        sleeper.end();
        let mut reported = ends(&mut holds, &table, Duration::from_mins(1));
        reported.extend(holds.overdue(BootTime(u64::MAX)));
        assert_eq!(reported.iter().map(|event| event.pid).collect::<Vec<_>>(), [key.pid]);
    }

    #[test]
    fn a_zombie_is_reported_once_however_often_it_is_ordered() {
        let table = ProcTable::open().unwrap();
        let mut holds = PidfdSet::open().unwrap();
        let mut sleeper = Sleeper::start();
        let key = sleeper.key(&table);
        assert!(holds.hold_first(&[key], &table).is_empty());
        sleeper.0.kill().unwrap();
        let mut reported = ends(&mut holds, &table, Duration::from_mins(1));
        reported.extend(holds.overdue(BootTime(u64::MAX)));
        assert_eq!(reported.iter().map(|event| event.pid).collect::<Vec<_>>(), [key.pid]);
        assert!(holds.hold_first(&[key], &table).is_empty());
        assert_eq!(ends(&mut holds, &table, Duration::ZERO), []);
        assert_eq!(holds.overdue(BootTime(u64::MAX)), []);
        // Once it is gone, nobody holds it.
        sleeper.end();
        ends(&mut holds, &table, Duration::ZERO);
        holds.hold_first(&[], &table);
        assert!(holds.held.is_empty() || holds.tells_more);
    }

    #[test]
    fn who_is_gone_and_who_is_another_is_not_held() {
        let table = ProcTable::open().unwrap();
        let mut holds = PidfdSet::open().unwrap();
        let mut gone = Sleeper::start();
        let key = gone.key(&table);
        gone.end();
        let own = table.read_one(std::process::id()).unwrap().key;
        let another = ProcessKey::at_ticks(own.pid, own.start_ticks().unwrap() + 1);
        let unsure = ProcessKey { birth: crate::record::key::Birth::Seconds(7), ..own };
        assert_eq!(holds.hold_first(&[key, another, unsure], &table), [key.pid, own.pid]);
        assert!(holds.held.is_empty());
        // Its pid may be a thread's now.
        let number =
            || ProcessKey::at_ticks(rustix::thread::gettid().as_raw_pid().unsigned_abs(), 1);
        let reported = std::thread::scope(|scope| {
            let thread = scope.spawn(|| (number(), holds.hold_first(&[number()], &table)));
            thread.join().unwrap()
        });
        assert_eq!(reported.1, [reported.0.pid]);
    }

    #[test]
    fn whose_end_is_still_to_be_reported_gives_way_to_nobody() {
        let table = ProcTable::open().unwrap();
        let mut holds = PidfdSet { capacity: 1, ..PidfdSet::open().unwrap() };
        let (mut one, mut other) = (Sleeper::start(), Sleeper::start());
        let (key, other_key) = (one.key(&table), other.key(&table));
        holds.hold_first(&[key], &table);
        holds.held.get_mut(&key.pid).unwrap().ended = Some(BootTime(1));
        holds.waiting.insert(key.pid);
        holds.hold_first(&[other_key], &table);
        let reported = holds.overdue(BootTime(u64::MAX));
        assert_eq!(reported.iter().map(|event| event.pid).collect::<Vec<_>>(), [key.pid]);
        one.end();
        other.end();
    }
}
