//! The thread that listens to the kernel and forwards its events.
//!
//! ```text
//!  quiet: blocks ──▶ something: drains ──▶ forwards it, but no more often than every 24 ms
//!    ▲                     │  ▲
//!    │                     ▼  └─ every 8 ms, once much happens
//!    └──────────── nothing more, and all is forwarded
//! ```
//!
//! Draining at once shows what a process became before it is gone; it costs more an event, so in a
//! storm it is done every 8 ms, which still keeps a buffer of 256 events from overflowing, all that
//! an ordinary user may have. Forwarding seldom keeps the receiver from drowning.

use std::sync::Arc;
use std::time::Duration;

use crate::linux::clock;
use crate::record::{BootTime, EventSource, Observation, Record};
use crate::source::background::{StopToken, Woken};
use crate::source::connector::{Batch, Connector};
use crate::source::rate_limiter::RateLimiter;
use crate::source::record_sender::RecordSender;

/// How long a drain waits for others to come while much happens.
pub const GATHER: Duration = Duration::from_millis(8);
/// So often a second, and so often at once, a drain waits for nothing.
const EAGER_PER_SECOND: u64 = 20;
const EAGER_AT_ONCE: u64 = 50;
/// Events are forwarded no more often.
const FORWARD_NANOS: u64 = 24_000_000;
/// No more events are reported in one record, of which the receiver holds all that follows at once.
const MOST_IN_A_RECORD: usize = 4096;
/// The sentence about this source.
pub const SENTENCE: &str = "the kernel tells every fork, exec and exit";

/// Sends records until it is asked to stop or nobody listens.
pub fn run<T: From<Record>>(mut connector: Connector, stop: &StopToken, records: &RecordSender<T>) {
    let source = Observation::EventSource(EventSource::Connector, Arc::from(SENTENCE));
    // Something may have been reported with the answer to the first request.
    if !send(source, records) || !forward(connector.drain(), records) {
        return;
    }
    let mut pace = Pace::default();
    let mut held = Batch::default();
    let mut due = BootTime::default();
    loop {
        // Unread events wait in the kernel's buffer; those that do not fit there are counted.
        if records.is_full() {
            if stop.pause(GATHER) {
                return;
            }
            continue;
        }
        let limit = (!held.is_empty()).then(|| until(due)).or_else(|| connector.wait_budget());
        match stop.wait_for(&connector, limit) {
            Woken::Stopped => return,
            Woken::Timeout => held.append(connector.drain()),
            Woken::Ready => {
                held.append(connector.drain());
                if pace.gathers(clock::now()) && stop.pause(GATHER) {
                    return;
                }
            }
        }
        let now = clock::now();
        let is_due = now >= due || held.events.len() >= MOST_IN_A_RECORD;
        if is_due && !held.is_empty() {
            if !forward(std::mem::take(&mut held), records) {
                return;
            }
            due = BootTime(now.0 + FORWARD_NANOS);
        }
    }
}

fn until(due: BootTime) -> Duration {
    Duration::from_nanos(due.0.saturating_sub(clock::now().0))
}

/// Tells whether so much happens that others are worth waiting for.
#[derive(Debug)]
pub struct Pace {
    eager: RateLimiter,
}

impl Default for Pace {
    fn default() -> Self {
        Self { eager: RateLimiter::new(EAGER_PER_SECOND, EAGER_AT_ONCE) }
    }
}

impl Pace {
    /// Whether to wait for [`GATHER`] after a drain at that time.
    pub(crate) fn gathers(&mut self, now: BootTime) -> bool {
        !self.eager.spend(now)
    }
}

fn forward<T: From<Record>>(batch: Batch, records: &RecordSender<T>) -> bool {
    batch.observations(MOST_IN_A_RECORD).all(|observation| send(observation, records))
}

fn send<T: From<Record>>(observation: Observation, records: &RecordSender<T>) -> bool {
    records.send(Record { at: clock::now(), observation })
}
