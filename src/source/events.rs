//! The best source of events that there is here, in a thread of its own.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use crate::model::host::EventSource;
use crate::model::record::{Observation, Record};
use crate::source::background::Background;
use crate::source::clock;
use crate::source::connector::{self, Connector};

/// Listens to the kernel, until the handle is dropped or nobody listens here.
pub fn start<T: From<Record> + Send + 'static>(records: Sender<T>) -> io::Result<Background> {
    // Asking the kernel takes up to 200 ms where it does not answer: nobody is to wait for that.
    Background::start("events", move |stop| match Connector::open() {
        Ok(connector) => connector::run(connector, stop, &records),
        Err(reason) => {
            let source = Observation::EventSource(EventSource::None, Arc::from(reason.to_string()));
            let _ = records.send(Record { at: clock::now(), observation: source }.into());
        }
    })
}
