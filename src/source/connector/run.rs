//! The thread that listens to the kernel and forwards what it says.
//!
//! ```text
//!  quiet: blocks ──▶ something: forwards it at once ──▶ busy: drains every 8 ms, forwards every
//!    ▲                                                  24 ms what came
//!    └──────────────── nothing came in 8 ms, and all is forwarded ◀─┘
//! ```
//!
//! Draining often keeps a buffer of 256 events, which is all that an ordinary user may have, from
//! overflowing; forwarding seldom keeps the receiver from drowning.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use crate::model::host::EventSource;
use crate::model::record::{Observation, Record};
use crate::source::background::{Background, Stop, Woken};
use crate::source::clock;
use crate::source::connector::{Batch, Connector};

/// How often is drained while things happen.
const DRAIN: Duration = Duration::from_millis(8);
/// So many drains make up what is forwarded together.
const DRAINS: u32 = 3;
const SENTENCE: &str = "the kernel tells every fork, exec and exit";

/// Listens in a thread of its own until the handle is dropped or nobody listens to it.
pub fn start<T: From<Record> + Send + 'static>(
    connector: Connector,
    records: Sender<T>,
) -> io::Result<Background> {
    Background::start("connector", move |stop| run(connector, stop, &records))
}

/// Sends records until it is told to stop or nobody listens.
pub fn run<T: From<Record>>(mut connector: Connector, stop: &Stop, records: &Sender<T>) {
    let source = Observation::EventSource(EventSource::Connector, Arc::from(SENTENCE));
    // Something may have been told with the answer to the first request.
    if !send(source, records) || !forward(connector.drain(), records) {
        return;
    }
    loop {
        match stop.wait_for(&connector, None) {
            Woken::Stopped => return,
            Woken::Timeout => continue,
            Woken::Ready => {}
        }
        if !forward(connector.drain(), records) || !follow(&mut connector, stop, records) {
            return;
        }
    }
}

/// Drains and forwards until nothing happens any more; whether to go on.
fn follow<T: From<Record>>(connector: &mut Connector, stop: &Stop, records: &Sender<T>) -> bool {
    loop {
        let mut held = Batch::default();
        let mut is_quiet = true;
        for _ in 0..DRAINS {
            if stop.pause(DRAIN) {
                return false;
            }
            let batch = connector.drain();
            is_quiet = batch.is_empty();
            held.append(batch);
            if held.is_empty() {
                return true;
            }
        }
        if !forward(held, records) {
            return false;
        }
        if is_quiet {
            return true;
        }
    }
}

fn forward<T: From<Record>>(batch: Batch, records: &Sender<T>) -> bool {
    batch.observations().all(|observation| send(observation, records))
}

fn send<T: From<Record>>(observation: Observation, records: &Sender<T>) -> bool {
    records.send(Record { at: clock::now(), observation }.into()).is_ok()
}
