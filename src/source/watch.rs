//! Births and ends where the kernel does not tell: looks every 50 ms which pids were given, and
//! holds processes by pidfds, whose ends come at once.
//!
//! ```text
//!  every 50 ms  /proc/loadavg ─▶ Births: new pids ─▶ stat of each ─▶ Stats, and held from then on
//!  at once      epoll ─────────▶ Holds: ended pids ───────────────▶ Events: exits
//!  on request   WatchOrder ────▶ Holds
//! ```
//!
//! What lives shorter than 50 ms may be missed, and so is what an exec made of a process.

mod new_pids;
mod pidfd_set;

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use rustix::fd::OwnedFd;
use rustix::io::Errno;

use crate::linux::procfs::files::{open_process, read_all};
use crate::linux::procfs::table::ProcTable;
use crate::linux::{clock, pidfd};
use crate::record::{BootTime, EventSource, Observation, Pid, ProcessKey, Record, Scan, Stats};
use crate::source::background::{StopToken, Woken};
use crate::source::hidden::Hidden;
use crate::source::record_sender::RecordSender;
use crate::source::stats::read_stats;
use crate::source::watch::new_pids::{Fresh, NewPids};
use crate::source::watch::pidfd_set::PidfdSet;

/// How often new pids are looked for.
const TICK: Duration = Duration::from_millis(50);
/// Ends that come so close together are reported together.
const GATHER: Duration = Duration::from_millis(5);
/// A pass over the whole table is made no more often.
const BETWEEN_SCANS: Duration = Duration::from_secs(1);
const STATUS_LIMIT: usize = 64 * 1024;

/// An order to the watch.
#[derive(Clone, Debug, PartialEq)]
pub enum WatchOrder {
    /// Hold these processes, the most interesting first; they come before those found by itself.
    Watch(Vec<ProcessKey>),
}

/// Sends records until it is asked to stop or nobody listens. `reason` says why the connector is
/// not in use.
pub fn run<T: From<Record>>(
    reason: Arc<str>,
    orders: &Receiver<WatchOrder>,
    stop: &StopToken,
    records: &RecordSender<T>,
) {
    let mut watch = match Watch::open() {
        Ok(watch) => watch,
        Err(error) => {
            let problem = format!("{reason}; /proc cannot be watched: {error}");
            send([Observation::EventSource(EventSource::None, problem.into())], records);
            return;
        }
    };
    if !send([Observation::EventSource(watch.source(), reason)], records) {
        return;
    }
    let mut due = clock::now();
    let mut wanted = None;
    loop {
        if records.is_full() {
            // They must not heap up meanwhile, and only the last one counts.
            wanted = orders.try_iter().last().or(wanted);
            if stop.pause(TICK) {
                return;
            }
            continue;
        }
        let mut found = match watch.wait(stop, until(due)) {
            Woken::Stopped => return,
            Woken::Ready | Woken::Timeout => watch.ends(),
        };
        let now = clock::now();
        if now >= due {
            // A birth shows its receiver that its earlier orders are done.
            wanted = orders.try_iter().last().or(wanted);
            let ordered = wanted.take().and_then(|WatchOrder::Watch(keys)| watch.order(&keys));
            found.extend(ordered);
            found.extend(watch.births());
            due = later(now, TICK);
        }
        let has_found = !found.is_empty();
        if !send(found, records) || (has_found && stop.pause(GATHER)) {
            return;
        }
    }
}

fn later(time: BootTime, by: Duration) -> BootTime {
    BootTime(time.0.saturating_add(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX)))
}

fn until(due: BootTime) -> Duration {
    Duration::from_nanos(due.0.saturating_sub(clock::now().0))
}

fn send<T: From<Record>>(
    found: impl IntoIterator<Item = Observation>,
    records: &RecordSender<T>,
) -> bool {
    found.into_iter().all(|observation| records.send(Record { at: clock::now(), observation }))
}

struct Watch {
    table: ProcTable,
    hidden: Hidden,
    births: NewPids,
    holds: Option<PidfdSet>,
    /// When a pass over the whole table is due, because too many were born.
    scan_due: Option<BootTime>,
    next_scan: BootTime,
}

impl Watch {
    fn open() -> Result<Self, Errno> {
        let (table, births) = (ProcTable::open()?, NewPids::open()?);
        let holds = PidfdSet::open().ok();
        Ok(Self {
            table,
            hidden: Hidden::default(),
            births,
            holds,
            scan_due: None,
            next_scan: BootTime(0),
        })
    }

    fn source(&self) -> EventSource {
        if self.holds.is_some() { EventSource::Pidfd } else { EventSource::Loadavg }
    }

    fn wait(&self, stop: &StopToken, limit: Duration) -> Woken {
        let Some(holds) = &self.holds else {
            return if stop.pause(limit) { Woken::Stopped } else { Woken::Timeout };
        };
        let limit = if holds.is_waiting() { limit.min(pidfd_set::WAIT_LIMIT) } else { limit };
        stop.wait_for(holds, Some(limit))
    }

    /// The ends that are to be reported now.
    fn ends(&mut self) -> Vec<Observation> {
        let Some(holds) = &mut self.holds else { return Vec::new() };
        let mut events = holds.ends(&self.table);
        events.append(&mut holds.overdue(clock::now()));
        if events.is_empty() { Vec::new() } else { vec![Observation::Events(events)] }
    }

    fn order(&mut self, keys: &[ProcessKey]) -> Option<Observation> {
        let began = clock::now();
        let gone = self.holds.as_mut()?.hold_first(keys, &self.table);
        let stats = read_stats(&gone, |pid| self.table.read_one(pid));
        (!gone.is_empty()).then_some(Observation::Stats(Stats { began, ..stats }))
    }

    /// The births since the last look.
    fn births(&mut self) -> Vec<Observation> {
        let mut found = match self.births.fresh() {
            None => Vec::new(),
            Some(Fresh::Pids(pids)) => self.look_at(&pids),
            Some(Fresh::TooMany) => {
                self.scan_due.get_or_insert(self.next_scan);
                Vec::new()
            }
        };
        found.extend(self.scan_if_due());
        found
    }

    /// Reads the processes among new pids and holds them; what is reported about them, in order.
    fn look_at(&mut self, pids: &[Pid]) -> Vec<Observation> {
        let mut stats = Stats { began: clock::now(), processes: Vec::new(), gone: Vec::new() };
        let mut pidfds: Vec<Option<OwnedFd>> = Vec::new();
        for pid in pids {
            match self.probe(*pid).and_then(|pidfd| Some((pidfd, self.table.read_one(*pid)?))) {
                Some((pidfd, stat)) => {
                    pidfds.push(pidfd);
                    stats.processes.push(stat);
                }
                None => stats.gone.push(*pid),
            }
        }
        self.births.look_again(&stats.gone);
        let mut older = Vec::new();
        if let Some(holds) = &mut self.holds {
            for (stat, pidfd) in stats.processes.iter().zip(pidfds) {
                older.extend(pidfd.and_then(|pidfd| holds.hold(stat, pidfd, stats.began)));
            }
        }
        let older = (!older.is_empty()).then_some(Observation::Events(older));
        older.into_iter().chain([Observation::Stats(stats)]).collect()
    }

    /// Whether a process has that pid, not only a thread: with its pidfd, where there are any.
    #[expect(clippy::option_option, reason = "no process, and no pidfd of it, are two answers")]
    fn probe(&self, pid: Pid) -> Option<Option<OwnedFd>> {
        if self.holds.is_some() {
            return pidfd::open(pid).ok().map(Some);
        }
        let status = read_all(open_process(pid).ok()?, c"status", STATUS_LIMIT).ok()?;
        let is_leader = String::from_utf8_lossy(&status).contains(&format!("\nTgid:\t{pid}\n"));
        is_leader.then_some(None)
    }

    fn scan_if_due(&mut self) -> Option<Observation> {
        let began = clock::now();
        self.scan_due.take_if(|due| *due <= began)?;
        let processes = self.table.read().ok()?;
        let hidden = self.hidden.find(&processes);
        let ended = clock::now();
        self.next_scan = later(ended, BETWEEN_SCANS);
        Some(Observation::Scan(Scan { began, ended, processes, hidden }))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{TrySendError, channel, sync_channel};

    use super::*;
    use crate::record::{Change, Event, MemoryLimit};
    use crate::source::background::WorkerThread;
    use crate::source::record_sender::Load;

    #[test]
    fn orders_are_taken_in_while_nobody_takes_records() {
        let (sender, _records) = channel::<Record>();
        let outlet = RecordSender::new(sender, &Load::new(MemoryLimit::default()));
        let event = Event { at: BootTime(1), pid: 5, change: Change::Fork { parent: 1 } };
        while !outlet.is_full() {
            assert!(send([Observation::Events(vec![event.clone(); 4096])], &outlet));
        }
        let (orders, watched) = sync_channel(1);
        let watch = move |stop: &StopToken| run("none".into(), &watched, stop, &outlet);
        let _watch = WorkerThread::start("watch", watch).unwrap();
        let limit = clock::instant() + Duration::from_mins(1);
        for _ in 0..3 {
            let order = || WatchOrder::Watch(Vec::new());
            while let Err(error) = orders.try_send(order()) {
                assert_eq!(error, TrySendError::Full(order()));
                assert!(clock::instant() < limit, "orders heap up");
                std::thread::yield_now();
            }
        }
    }

    #[test]
    fn the_readme_says_how_often_new_pids_are_looked_for() {
        let readme = include_str!("../../README.md").replace('\n', " ");
        let every = format!("new pids are looked for every {} ms", super::TICK.as_millis());
        let missed = format!("what lives shorter than {} ms is missed", super::TICK.as_millis());
        assert!(readme.contains(&every) && readme.contains(&missed), "{every}; {missed}");
    }
}
