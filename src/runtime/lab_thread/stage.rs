//! Carries out a scenario's orders, in a lab of its own.

use crate::app::input::{Outcome, SignalResult};
use crate::lab::{LabError, Started};
use crate::linux::procfs::table::ProcTable;
use crate::record::{ProcessKey, Signal};
use crate::runtime::lab_thread::{Done, Labs, OrderError, new_lab};
use crate::runtime::signal::Target;
use crate::scenario::MAIN;
use crate::scenario::request::{StageNews, StageOrder};

impl Labs {
    /// Whether it succeeded.
    pub(super) fn execute_in_scenario(&mut self, run: u64, order: &StageOrder) -> Done<bool> {
        if matches!(order, StageOrder::Open | StageOrder::Close) {
            // Ends everything on it first.
            self.stage = new_lab(&self.cancel);
            self.run = run;
            self.on_stage.clear();
        }
        let news = match self.order_in_scenario(order) {
            Ok(None) => return Ok(true),
            Ok(Some(news)) => news,
            Err(OrderError::Refused(error)) => StageNews::Refused(error.to_string()),
            Err(OrderError::NobodyListens) => return Err(OrderError::NobodyListens),
        };
        let is_done = !matches!(news, StageNews::Refused(_));
        self.send(Outcome::Stage(run, news)).map(|()| is_done)
    }

    fn order_in_scenario(&mut self, order: &StageOrder) -> Done<Option<StageNews>> {
        match order {
            StageOrder::Open => {
                let main = self.stage.open()?;
                self.report(MAIN, main, None)?;
                self.on_stage.push(main);
                return Ok(Some(StageNews::Opened(main)));
            }
            StageOrder::Close => return Ok(None),
            StageOrder::Start(order) => {
                let started = self.stage.start(*order)?;
                return self.enter(order.kind.row().name, started).map(Some);
            }
            StageOrder::Run(call, under) => {
                let started = self.stage.run_python(call, *under)?;
                return self.enter(call, started).map(Some);
            }
            StageOrder::Signal(targets, signal) => send(targets, *signal)?,
            StageOrder::Type(session, text) => self.stage.type_into(*session, text)?,
            StageOrder::HangUp(session) => self.stage.hang_up(*session)?,
            StageOrder::End(key) => self.stage.end(*key)?,
        }
        Ok(Some(StageNews::Done))
    }

    fn enter(&mut self, kind: &str, started: Started) -> Done<StageNews> {
        self.report_all(kind, &started)?;
        self.on_stage.extend(&started.processes);
        Ok(StageNews::Started(started.processes))
    }
}

/// Sends a signal to each of them; those that have ended meanwhile need none.
fn send(targets: &[ProcessKey], signal: Signal) -> Result<(), LabError> {
    let table = ProcTable::open()
        .map_err(|error| LabError::new(format!("/proc cannot be read: {error}")))?;
    for key in targets {
        let sent = Target::open_near(*key, &table).and_then(|target| target.send(signal));
        match sent {
            Ok(()) | Err(SignalResult::AlreadyGone) => {}
            Err(_) => {
                let sentence = format!("{} could not be sent to {}", signal.name(), key.pid);
                return Err(LabError::new(sentence));
            }
        }
    }
    Ok(())
}
