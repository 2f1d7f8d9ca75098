//! Does what the update wants done, in threads of their own where it takes time.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use color_eyre::eyre::{Result, WrapErr};

use crate::app::input::{Input, Outcome, SignalOrder, SignalResult};
use crate::lab::{Lab, Started};
use crate::model::key::ProcessKey;
use crate::model::preview::Scope;
use crate::model::process::Specimen;
use crate::model::record::{Observation, Record};
use crate::model::specimen::SpecimenKind;
use crate::runtime::signal::{self, WATCH};
use crate::source::clock;

/// How often a running lab is looked after: its helper or guard may be killed like any process.
const LAB_LOOK: Duration = Duration::from_millis(250);
const LAB_ENDED: &str = "the lab's helper or guard ended, and every test child with it";

/// Sends signals and reports what became of them.
pub struct Signals {
    inputs: Sender<Input>,
    sending: Vec<JoinHandle<()>>,
}

impl Signals {
    /// Reports go to `inputs`.
    pub fn new(inputs: Sender<Input>) -> Self {
        Self { inputs, sending: Vec::new() }
    }

    /// Sends a signal in the background.
    pub fn send(&mut self, order: SignalOrder) -> Result<()> {
        self.sending.retain(|thread| !thread.is_finished());
        let inputs = self.inputs.clone();
        let thread = std::thread::Builder::new()
            .name("signal".to_owned())
            .spawn(move || carry_out(&order, &inputs));
        self.sending.push(thread.wrap_err("could not start a thread for the signal")?);
        Ok(())
    }

    /// Waits until nothing is on its way: a subtree must not be left stopped.
    pub fn finish(self) {
        for thread in self.sending {
            // A panic there was printed by its hook already.
            let _ = thread.join();
        }
    }
}

fn carry_out(order: &SignalOrder, inputs: &Sender<Input>) {
    let (result, target) = match order.scope {
        Scope::Subtree => signal::subtree::send_to_subtree(order),
        Scope::Process => signal::send_to_process(order),
    };
    // If nobody listens any more, nobody waits for the report.
    let _ = inputs.send(Input::Outcome(Outcome::Signal(order.clone(), result)));
    let Some(target) = target else { return };
    let (order, inputs) = (order.clone(), inputs.clone());
    // Watching is not sending: the program may end before the target does.
    let watch = move || {
        let result = match target.wait_for_end(WATCH) {
            Some(after) => SignalResult::Ended(after),
            None => SignalResult::StillAlive(WATCH),
        };
        let _ = inputs.send(Input::Outcome(Outcome::Signal(order, result)));
    };
    // Without a thread to watch, the next scan tells of the end all the same.
    let _ = std::thread::Builder::new().name("watch".to_owned()).spawn(watch);
}

/// The thread that owns the lab. Dropping it ends every specimen and waits for that.
pub struct LabThread {
    kinds: Option<Sender<SpecimenKind>>,
    thread: Option<JoinHandle<()>>,
}

impl LabThread {
    /// Starts the thread; the lab's processes start with the first specimen.
    pub fn start(inputs: Sender<Input>) -> Result<Self> {
        let (kinds, wanted) = channel();
        let thread = std::thread::Builder::new()
            .name("lab".to_owned())
            .spawn(move || run_lab(&wanted, &inputs))
            .wrap_err("could not start a thread for the lab")?;
        Ok(Self { kinds: Some(kinds), thread: Some(thread) })
    }

    /// Starts a specimen in the background.
    pub fn start_specimen(&self, kind: SpecimenKind) {
        if let Some(kinds) = &self.kinds {
            // The thread is gone only after a panic, which stops the program anyway.
            let _ = kinds.send(kind);
        }
    }
}

impl Drop for LabThread {
    fn drop(&mut self) {
        self.kinds = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run_lab(wanted: &Receiver<SpecimenKind>, inputs: &Sender<Input>) {
    let mut lab = Lab::new("/proc/self/exe".into());
    loop {
        let order = if lab.is_running() {
            wanted.recv_timeout(LAB_LOOK)
        } else {
            wanted.recv().map_err(|_| RecvTimeoutError::Disconnected)
        };
        let outcome = match order {
            Ok(kind) => lab.start(kind).map_err(|error| error.to_string()),
            Err(RecvTimeoutError::Timeout) if lab.notice_its_end() => Err(LAB_ENDED.to_owned()),
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let sent = match outcome {
            Ok(started) => report_started(&started, inputs),
            Err(sentence) => inputs.send(Input::Outcome(Outcome::Failed(sentence))).is_ok(),
        };
        if !sent {
            return;
        }
    }
}

fn report_started(started: &Started, inputs: &Sender<Input>) -> bool {
    let mut own = None;
    for process in &started.processes {
        let key = ProcessKey::at_ticks(process.pid, process.start_ticks);
        own = own.or(Some(key));
        let daemonic_main =
            process.daemonic_main.map(|(pid, ticks)| ProcessKey::at_ticks(pid, ticks));
        let specimen = Specimen { kind: started.kind.row().name.into(), daemonic_main };
        let observation = Observation::Specimen(key, specimen);
        if inputs.send(Record { at: clock::now(), observation }.into()).is_err() {
            return false;
        }
    }
    own.is_none_or(|own| {
        inputs.send(Input::Outcome(Outcome::SpecimenStarted(started.kind, own))).is_ok()
    })
}
