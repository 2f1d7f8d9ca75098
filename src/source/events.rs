//! The best source of events on this machine, in a thread of its own.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use tracing::{info, warn};

use crate::linux::clock;
use crate::record::{EventSource, Observation, ProcessKey, Record, ScanSource};
use crate::source::background::WorkerThread;
use crate::source::command_lines::CommandLines;
use crate::source::connector::{self, Connector, Unavailable};
use crate::source::record_sender::RecordSender;
use crate::source::watch::{self, WatchOrder};

/// Asks the kernel to tell, once the process that reads command lines is there: nobody asked for
/// the birth of a part of this program.
pub(crate) fn open_connector() -> Result<Connector, Unavailable> {
    // Where the kernel does not tell, nothing is read for it.
    drop(Connector::open()?);
    let lines = CommandLines::start();
    Ok(Connector::open()?.with_command_lines(lines))
}

/// Holds the thread; dropping it ends the thread.
pub(crate) struct Events {
    orders: Sender<WatchOrder>,
    _thread: WorkerThread,
}

impl Events {
    /// Listens to the kernel, or watches processes where the kernel does not tell.
    pub(crate) fn start<T: From<Record> + Send + 'static>(
        scan: ScanSource,
        records: RecordSender<T>,
    ) -> io::Result<Self> {
        Self::start_by(open_connector, scan, records)
    }

    /// Watches processes, because the kernel was asked already and does not tell.
    pub(crate) fn start_without_connector<T: From<Record> + Send + 'static>(
        reason: Unavailable,
        scan: ScanSource,
        records: RecordSender<T>,
    ) -> io::Result<Self> {
        Self::start_by(move || Err(reason), scan, records)
    }

    fn start_by<T: From<Record> + Send + 'static>(
        open: impl FnOnce() -> Result<Connector, Unavailable> + Send + 'static,
        scan: ScanSource,
        records: RecordSender<T>,
    ) -> io::Result<Self> {
        let (orders, watched) = channel();
        // Asking the kernel takes up to 200 ms where it does not answer: nobody is to wait for it.
        let thread = WorkerThread::start("events", move |stop| match open() {
            Ok(connector) => {
                info!("events come from the kernel's process connector");
                // No orders are taken here, so none are kept.
                drop(watched);
                connector::run(connector, stop, &records);
            }
            // The records of the watch do not fit sysinfo's births; and it asks for pids of its own
            // namespace.
            Err(reason) if scan == ScanSource::Sysinfo || reason == Unavailable::OtherPids => {
                warn!("events come from nowhere: {reason}");
                let source = EventSource::None;
                let observation = Observation::EventSource(source, reason.to_string().into());
                // A receiver that is gone needs no reason.
                let _ = records.send(Record { at: clock::now(), observation });
            }
            Err(reason) => {
                warn!("new pids are looked for: {reason}");
                watch::run(Arc::from(reason.to_string()), &watched, stop, &records);
            }
        })?;
        Ok(Self { orders, _thread: thread })
    }

    /// Names the processes whose ends are to be noticed, the most interesting first. The kernel
    /// tells of all where it tells.
    pub(crate) fn watch(&self, keys: Vec<ProcessKey>) {
        // Without a receiver, orders are not needed.
        let _ = self.orders.send(WatchOrder::Watch(keys));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::record::MemoryLimit;
    use crate::source::record_sender::Load;

    #[test]
    fn where_the_kernel_was_asked_already_it_is_not_asked_again_and_the_reason_stays() {
        let (sender, reported) = channel::<Record>();
        let outlet = RecordSender::new(sender, &Load::new(MemoryLimit::default()));
        let reason = Unavailable::Refused;
        let events = Events::start_without_connector(reason, ScanSource::Stat, outlet).unwrap();
        let first = reported.recv_timeout(Duration::from_mins(1)).unwrap().observation;
        drop(events);
        let Observation::EventSource(source, said) = first else { panic!("{first:?}") };
        assert_ne!(source, EventSource::Connector);
        assert_eq!(*said, *reason.to_string());
    }
}
