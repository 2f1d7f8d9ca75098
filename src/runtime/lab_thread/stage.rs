//! What is done for a scenario, in a lab of its own.

use crate::app::input::{Outcome, SignalResult};
use crate::lab::{LabError, StartedProcess};
use crate::linux::procfs::table::ProcTable;
use crate::record::{ProcessKey, Signal};
use crate::runtime::lab_thread::{Labs, Listened, new_lab};
use crate::runtime::signal::Target;
use crate::scenario::MAIN;
use crate::scenario::request::{StageNews, StageOrder};

impl Labs {
    /// Whether it succeeded.
    pub(super) fn execute_in_scenario(&mut self, run: u64, order: &StageOrder) -> Listened<bool> {
        if matches!(order, StageOrder::Open | StageOrder::Close) {
            // Ends everything on it first.
            self.stage = new_lab(&self.cancel);
            self.run = run;
            self.on_stage.clear();
        }
        let done = match order {
            StageOrder::Open => self.stage.open().map(|main| {
                let key = self.report(MAIN, main)?;
                self.on_stage.push(key);
                Ok(StageNews::Opened(key))
            }),
            StageOrder::Close => return Ok(true),
            StageOrder::Start(order) => self
                .stage
                .start(*order)
                .map(|started| self.enter(order.kind.row().name, &started.processes)),
            StageOrder::Run(call, under) => self
                .stage
                .run_python(call, *under)
                .map(|started| self.enter(call, &started.processes)),
            StageOrder::Signal(targets, signal) => {
                send(targets, *signal).map(|()| Ok(StageNews::Done))
            }
            StageOrder::Type(session, text) => {
                self.stage.type_into(*session, text).map(|()| Ok(StageNews::Done))
            }
            StageOrder::HangUp(session) => {
                self.stage.hang_up(*session).map(|()| Ok(StageNews::Done))
            }
            StageOrder::End(key) => self.stage.end(*key).map(|()| Ok(StageNews::Done)),
        };
        let is_done = done.is_ok();
        let news = done.unwrap_or_else(|error| Ok(StageNews::Refused(error.to_string())))?;
        self.tell(Outcome::Stage(run, news)).map(|()| is_done)
    }

    fn enter(&mut self, kind: &str, processes: &[StartedProcess]) -> Listened<StageNews> {
        let keys = self.report_all(kind, None, processes)?;
        self.on_stage.extend(&keys);
        Ok(StageNews::Started(keys))
    }

    /// Whether a process was started for the scenario. Its birth may be known as an event reported it.
    pub(super) fn is_on_stage(&self, key: ProcessKey) -> bool {
        self.on_stage.iter().any(|own| own.matches_event(key))
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
