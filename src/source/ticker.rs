//! The thread that reads the table of processes and the machine's figures on a timer.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use color_eyre::eyre::{Result, WrapErr};
use tracing::debug;

use crate::linux::clock::{self, WallClock};
use crate::linux::priority::step_back;
use crate::linux::procfs::table::ProcTable;
use crate::record::{Host, Observation, Record, Scan, ScanSource, Stat};
use crate::source::hidden::Hidden;
use crate::source::machine::MachinePoll;
use crate::source::memory::GiveBack;
use crate::source::record_sender::{RecordSender, WAIT_LIMIT};
use crate::source::sysinfo_table::SysinfoTable;

/// An order to the ticker.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum TickerControl {
    /// Refresh that often from now on.
    Interval(Duration),
    /// Refresh now, and go on from here.
    Now,
    /// Rest until [`TickerControl::Now`].
    Rest,
}

/// The table of processes, from the source that was chosen.
pub struct Table {
    source: Source,
    hidden: Hidden,
}

enum Source {
    Proc(Box<ProcTable>),
    Sysinfo(Box<SysinfoTable>),
}

impl Table {
    /// Opens the table that the host's records come from.
    pub fn open(host: &Host) -> Result<Self> {
        let source = match host.scan {
            ScanSource::Sysinfo => {
                let table = SysinfoTable::new().wrap_err("could not ask sysinfo")?;
                Source::Sysinfo(Box::new(table))
            }
            ScanSource::Stat => {
                let table = ProcTable::open().wrap_err("could not open /proc")?;
                Source::Proc(Box::new(table))
            }
        };
        Ok(Self { source, hidden: Hidden::default() })
    }

    /// One pass, as a record.
    pub fn scan(&mut self) -> Result<Record> {
        let began = clock::now();
        let processes: Vec<Stat> = match &mut self.source {
            Source::Proc(table) => table.read().wrap_err("could not list /proc")?,
            Source::Sysinfo(table) => table.read(),
        };
        let hidden = self.hidden.find(&processes);
        let ended = clock::now();
        debug!(processes = processes.len(), seconds = ended.seconds_since(began), "a scan");
        let scan = Scan { began, ended, processes, hidden };
        Ok(Record { at: ended, observation: Observation::Scan(scan) })
    }
}

/// Sends records until nobody listens or nobody is left to give orders.
pub(crate) fn run<T: From<Record>>(
    mut table: Table,
    mut interval: Duration,
    control: &Receiver<TickerControl>,
    records: &RecordSender<T>,
) {
    let mut machine = MachinePoll::new().ok();
    let mut next = Some(clock::instant());
    let mut wall_clock = WallClock::default();
    let mut memory = GiveBack::default();
    let mut has_stepped_back = false;
    loop {
        let order = match next {
            Some(at) => control.recv_timeout(at.saturating_duration_since(clock::instant())),
            None => control.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match order {
            Ok(TickerControl::Interval(new)) => {
                next = next
                    .map(|at| (at + new).checked_sub(interval).unwrap_or(at).max(clock::instant()));
                interval = new;
                continue;
            }
            Ok(TickerControl::Now) => {
                // At once, yet once only, however many ask for it together.
                next = Some(clock::instant());
                continue;
            }
            Ok(TickerControl::Rest) => {
                next = None;
                continue;
            }
            Err(RecvTimeoutError::Timeout) if records.has_scan_on_the_way() => {
                // Tables do not pile up for a receiver that is held up.
                next = Some(clock::instant() + WAIT_LIMIT);
                continue;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if !tick(&mut table, machine.as_mut(), &mut wall_clock, records) {
            return;
        }
        memory.if_due();
        if !has_stepped_back {
            has_stepped_back = true;
            // The first table was waited for; the others must not hold up the keys.
            step_back();
        }
        // From the time that was due and not from now, so that the interval is held.
        next = next.map(|due| (due + interval).max(clock::instant()));
    }
}

fn tick<T: From<Record>>(
    table: &mut Table,
    machine: Option<&mut MachinePoll>,
    wall_clock: &mut WallClock,
    records: &RecordSender<T>,
) -> bool {
    let step = wall_clock.step().map(Observation::WallClock);
    if step.is_some_and(|step| !records.send(Record { at: clock::now(), observation: step })) {
        return false;
    }
    let scan = table.scan().unwrap_or_else(|error| Record {
        at: clock::now(),
        observation: Observation::Problem(format!("{error:#}").into()),
    });
    if !records.send(scan) {
        return false;
    }
    let Some(machine) = machine else { return true };
    let figures = Record { at: clock::now(), observation: Observation::Machine(machine.read()) };
    records.send(figures)
}
