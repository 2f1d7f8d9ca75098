//! Sends signals: only through a pidfd whose process was checked after it was opened, so that
//! none ever reaches a process other than the one shown.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::Errno;
use rustix::process::{Pid as SystemPid, PidfdFlags, pidfd_open, pidfd_send_signal};

use crate::app::input::{SignalOrder, SignalResult};
use crate::model::host::Host;
use crate::model::key::{Birth, Pid, ProcessKey};
use crate::model::process::{Stat, State};
use crate::model::signal::{DefaultAct, Signal};
use crate::source::procfs::table::ProcTable;
use crate::source::sysinfo_table::SysinfoTable;

/// How long the end of a process is waited for.
pub const WATCH: Duration = Duration::from_secs(3);
/// How often a subtree is looked through for the newly born before it counts as complete.
const MOST_ROUNDS: usize = 40;

/// A process that a signal can be sent to, whatever happens to its pid.
pub struct Target {
    pidfd: OwnedFd,
}

impl Target {
    /// Opens the process, if it is still the one that is meant.
    pub fn open(key: ProcessKey, table: &ProcTable) -> Result<Self, SignalResult> {
        let pid = i32::try_from(key.pid).ok().and_then(SystemPid::from_raw);
        let pid = pid.ok_or(SignalResult::AlreadyGone)?;
        let pidfd = pidfd_open(pid, PidfdFlags::empty()).map_err(result_of)?;
        // From here on the pid cannot be another's without the check noticing.
        let stat = table.read_one(key.pid).ok_or(SignalResult::AlreadyGone)?;
        if !is_same(key, &stat) {
            return Err(SignalResult::PidReused);
        }
        if stat.state.has_ended() {
            return Err(SignalResult::AlreadyGone);
        }
        Ok(Self { pidfd })
    }

    /// Sends the signal.
    pub fn send(&self, signal: Signal) -> Result<(), SignalResult> {
        let number = i32::try_from(signal.number()).unwrap_or(0);
        let Some(signal) = rustix::process::Signal::from_named_raw(number) else {
            return Err(SignalResult::Failed("this system does not have that signal".to_owned()));
        };
        pidfd_send_signal(&self.pidfd, signal).map_err(result_of)
    }

    /// Waits for its end; how long that took.
    pub fn wait_for_end(&self, limit: Duration) -> Option<Duration> {
        let began = now();
        let mut fds = [PollFd::new(&self.pidfd, PollFlags::IN)];
        loop {
            let left = limit.saturating_sub(began.elapsed());
            match poll(&mut fds, Some(&timespec(left))) {
                Ok(0) => return None,
                Ok(_) => return Some(began.elapsed()),
                Err(Errno::INTR) => {}
                Err(_) => return None,
            }
        }
    }
}

fn is_same(key: ProcessKey, stat: &Stat) -> bool {
    match key.birth {
        Birth::Ticks(_) => stat.key == key,
        Birth::Seconds(_) => SysinfoTable::new().is_ok_and(|mut table| table.is_still(key)),
    }
}

fn result_of(error: Errno) -> SignalResult {
    match error {
        Errno::SRCH => SignalResult::AlreadyGone,
        Errno::PERM => SignalResult::NotPermitted,
        other => SignalResult::Failed(other.to_string()),
    }
}

fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(duration.subsec_nanos()),
    }
}

#[expect(clippy::disallowed_methods, reason = "how long an end took is measured at this edge")]
fn now() -> Instant {
    Instant::now()
}

/// Sends a signal to one process. The target comes back if its end is worth waiting for.
pub fn send_to_process(order: &SignalOrder, host: &Host) -> (SignalResult, Option<Target>) {
    let sent = ProcTable::open(host)
        .map_err(result_of)
        .and_then(|table| Target::open(order.target, &table))
        .and_then(|target| target.send(order.signal).map(|()| target));
    match sent {
        Ok(target) => {
            let act = order.signal.default_act();
            let may_end = matches!(act, DefaultAct::End | DefaultAct::EndWithCore);
            let result = SignalResult::Sent {
                processes: 1,
                gone: 0,
                not_permitted: 0,
                left_out: Vec::new(),
            };
            (result, may_end.then_some(target))
        }
        Err(result) => (result, None),
    }
}

/// Sends a signal to a process and all below it: stops them from the top down, so that none
/// escapes by forking, looks again until no new one is found, sends, and lets them go on.
pub fn send_to_subtree(order: &SignalOrder, host: &Host) -> SignalResult {
    let mut table = match ProcTable::open(host) {
        Ok(table) => table,
        Err(error) => return result_of(error),
    };
    match table.read_one(order.target.pid) {
        None => return SignalResult::AlreadyGone,
        Some(stat) if !is_same(order.target, &stat) => return SignalResult::PidReused,
        Some(_) => {}
    }
    let mut hunt = Hunt::new(order, host);
    for _ in 0..MOST_ROUNDS {
        let processes = match table.read() {
            Ok(processes) => processes,
            Err(error) => return result_of(error),
        };
        if !hunt.stop_newcomers(&processes, &table) && hunt.all_stand_still(&processes) {
            break;
        }
        hunt.give_them_time();
    }
    hunt.send()
}

/// What a subtree signal holds. Dropping it lets go on what it stopped.
struct Hunt<'a> {
    order: &'a SignalOrder,
    spared: HashSet<Pid>,
    held: Vec<Held>,
    known: HashSet<ProcessKey>,
    gone: usize,
    not_permitted: usize,
    left_out: Vec<Pid>,
    lets_go_on: bool,
}

struct Held {
    key: ProcessKey,
    target: Target,
    stopped_here: bool,
}

impl<'a> Hunt<'a> {
    fn new(order: &'a SignalOrder, host: &Host) -> Self {
        let own = &host.own;
        Self {
            order,
            spared: own.ancestors.iter().copied().chain([own.pid]).collect(),
            held: Vec::new(),
            known: HashSet::new(),
            gone: 0,
            not_permitted: 0,
            left_out: Vec::new(),
            lets_go_on: true,
        }
    }

    /// Stops those below the root that are not held yet; whether there were any.
    fn stop_newcomers(&mut self, processes: &[Stat], table: &ProcTable) -> bool {
        let newcomers: Vec<&Stat> = subtree(self.order.target.pid, processes)
            .into_iter()
            .filter(|stat| !self.known.contains(&stat.key))
            .collect();
        for stat in &newcomers {
            self.known.insert(stat.key);
            if self.spared.contains(&stat.key.pid) {
                self.left_out.push(stat.key.pid);
            } else if !stat.state.has_ended() {
                self.stop(stat, table);
            }
        }
        !newcomers.is_empty()
    }

    fn stop(&mut self, stat: &Stat, table: &ProcTable) {
        let stands = matches!(stat.state, State::Stopped | State::Traced);
        let stopped = Target::open(stat.key, table).and_then(|target| {
            if !stands {
                target.send(Signal::STOP)?;
            }
            Ok(Held { key: stat.key, target, stopped_here: !stands })
        });
        match stopped {
            Ok(held) => self.held.push(held),
            Err(SignalResult::NotPermitted) => self.not_permitted += 1,
            Err(_) => self.gone += 1,
        }
    }

    /// Whether every stop has come through: until then a process may still fork.
    fn all_stand_still(&self, processes: &[Stat]) -> bool {
        let states: HashMap<ProcessKey, State> =
            processes.iter().map(|stat| (stat.key, stat.state)).collect();
        self.held.iter().all(|held| {
            states.get(&held.key).is_none_or(|state| {
                state.has_ended() || matches!(state, State::Stopped | State::Traced)
            })
        })
    }

    fn give_them_time(&self) {
        if let Some(last) = self.held.last() {
            let mut fds = [PollFd::new(&last.target.pidfd, PollFlags::IN)];
            let pause = timespec(Duration::from_millis(2));
            // Whether the process ended or the time passed: the next look tells.
            let _ = poll(&mut fds, Some(&pause));
        }
    }

    fn send(mut self) -> SignalResult {
        let mut processes = 0;
        for held in &self.held {
            match held.target.send(self.order.signal) {
                Ok(()) => processes += 1,
                Err(SignalResult::NotPermitted) => self.not_permitted += 1,
                Err(_) => self.gone += 1,
            }
        }
        // A killed process needs no go-ahead, and a stop is what was wanted.
        self.lets_go_on = self.order.signal != Signal::KILL && self.order.signal != Signal::STOP;
        SignalResult::Sent {
            processes,
            gone: self.gone,
            not_permitted: self.not_permitted,
            left_out: std::mem::take(&mut self.left_out),
        }
    }
}

impl Drop for Hunt<'_> {
    fn drop(&mut self) {
        for held in self.held.iter().filter(|held| held.stopped_here && self.lets_go_on) {
            // It may have ended meanwhile; then there is nothing left to go on.
            let _ = held.target.send(Signal::CONT);
        }
    }
}

/// A process and all below it, each parent before its children.
fn subtree(root: Pid, processes: &[Stat]) -> Vec<&Stat> {
    let mut children: HashMap<Pid, Vec<&Stat>> = HashMap::new();
    for stat in processes {
        children.entry(stat.ppid).or_default().push(stat);
    }
    let mut found: Vec<&Stat> = processes.iter().filter(|stat| stat.key.pid == root).collect();
    let mut seen: HashSet<Pid> = HashSet::from([root]);
    let mut next = 0;
    while next < found.len() {
        let below = children.get(&found[next].key.pid).into_iter().flatten();
        found.extend(below.filter(|stat| seen.insert(stat.key.pid)));
        next += 1;
    }
    found
}

impl AsFd for Target {
    fn as_fd(&self) -> rustix::fd::BorrowedFd<'_> {
        self.pidfd.as_fd()
    }
}
