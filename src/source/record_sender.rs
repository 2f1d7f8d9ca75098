//! Sends the sources' records, and counts the load that is still on the way.
//!
//! The receiver of records may be held up: by a frame, by a terminal, by judging ten thousand
//! processes. Sources look here before they read on, so that nothing piles up meanwhile. What the
//! kernel tells waits with the kernel then, which says how much it had to drop.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::time::Duration;

use crate::linux::wait;
use crate::record::memory_limit::weight;
use crate::record::{MemoryLimit, Observation, Record};

/// So often is looked whether there is room again.
pub(crate) const WAIT_LIMIT: Duration = Duration::from_millis(10);

/// The load on the way, counted by senders and receiver.
#[derive(Clone, Debug)]
pub struct Load {
    counts: Arc<Counts>,
    most_bytes: usize,
}

#[derive(Debug, Default)]
struct Counts {
    bytes: AtomicUsize,
    scans: AtomicUsize,
}

impl Load {
    /// Nothing is on the way yet.
    pub fn new(limit: MemoryLimit) -> Self {
        Self { counts: Arc::default(), most_bytes: limit.on_the_way() }
    }

    /// A record was taken out of the channel.
    pub(crate) fn take(&self, record: &Record) {
        take_off(&self.counts.bytes, weight(record));
        if is_scan(record) {
            take_off(&self.counts.scans, 1);
        }
    }

    fn add(&self, record: &Record) {
        self.counts.bytes.fetch_add(weight(record), Ordering::Relaxed);
        if is_scan(record) {
            self.counts.scans.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Takes from a count; records that were sent past this sender were never added.
fn take_off(count: &AtomicUsize, less: usize) {
    let take = |old: usize| Some(old.saturating_sub(less));
    // It never refuses.
    let _ = count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
}

fn is_scan(record: &Record) -> bool {
    matches!(record.observation, Observation::Scan(_))
}

/// Where a source sends its records.
pub struct RecordSender<T> {
    sender: Sender<T>,
    load: Load,
}

impl<T> Clone for RecordSender<T> {
    fn clone(&self) -> Self {
        Self { sender: self.sender.clone(), load: self.load.clone() }
    }
}

impl<T: From<Record>> RecordSender<T> {
    /// Sends there, and counts.
    pub fn new(sender: Sender<T>, load: &Load) -> Self {
        Self { sender, load: load.clone() }
    }

    /// Sends a record; whether anybody listens.
    pub(crate) fn send(&self, record: Record) -> bool {
        self.load.add(&record);
        self.sender.send(record.into()).is_ok()
    }

    /// Whether nothing more is to be read until some of it is taken in.
    pub(crate) fn is_full(&self) -> bool {
        self.load.counts.bytes.load(Ordering::Relaxed) >= self.load.most_bytes
    }

    /// Whether a table of processes was sent and is not taken in yet.
    pub(crate) fn has_scan_on_the_way(&self) -> bool {
        self.load.counts.scans.load(Ordering::Relaxed) > 0
    }

    /// Waits until there is room.
    pub(crate) fn wait_for_room(&self) {
        while self.is_full() {
            wait::sleep(WAIT_LIMIT);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;
    use crate::record::{BootTime, Change, Event, Scan};

    fn record(observation: Observation) -> Record {
        Record { at: BootTime(1), observation }
    }

    fn many_events() -> Record {
        let event = Event { at: BootTime(1), pid: 5, change: Change::Fork { parent: 1 } };
        record(Observation::Events(vec![event; 4096]))
    }

    #[test]
    fn a_flood_that_nobody_takes_in_is_full_at_its_bound_and_empty_once_it_is_taken_in() {
        let (sender, records) = channel::<Record>();
        let limit = MemoryLimit::default();
        let load = Load::new(limit);
        let outlet = RecordSender::new(sender, &load);
        let mut sent = 0;
        while !outlet.is_full() {
            assert!(outlet.send(many_events()));
            sent += weight(&many_events());
            assert!(sent < limit.on_the_way() + weight(&many_events()));
        }
        assert!(sent >= limit.on_the_way());
        load.take(&records.recv().unwrap());
        assert!(!outlet.is_full());
        for record in records.try_iter() {
            load.take(&record);
        }
        assert_eq!(load.counts.bytes.load(Ordering::Relaxed), 0);
        // What was never counted takes nothing off.
        load.take(&many_events());
        assert_eq!(load.counts.bytes.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_scan_is_on_the_way_until_it_is_taken_in() {
        let (sender, records) = channel::<Record>();
        let load = Load::new(MemoryLimit::default());
        let outlet = RecordSender::new(sender, &load);
        let scan = Scan {
            began: BootTime(1),
            ended: BootTime(1),
            processes: Vec::new(),
            hidden: Vec::new(),
        };
        outlet.send(record(Observation::Events(Vec::new())));
        assert!(!outlet.has_scan_on_the_way());
        outlet.send(record(Observation::Scan(scan)));
        load.take(&records.recv().unwrap());
        assert!(outlet.has_scan_on_the_way());
        load.take(&records.recv().unwrap());
        assert!(!outlet.has_scan_on_the_way());
    }
}
