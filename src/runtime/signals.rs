//! Sends signals, each in a thread of its own, and reports what came of them.

use std::sync::mpsc::Sender;
use std::thread::JoinHandle;

use color_eyre::eyre::{Result, WrapErr};

use crate::app::input::{Input, Outcome, SignalOrder, SignalResult};
use crate::model::preview::Scope;
use crate::runtime::signal::{self, FORECAST, Target, WATCH};

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
    let is_sent = matches!(result, SignalResult::Sent { .. });
    // If nobody listens any more, nobody waits for the report.
    let _ = inputs.send(Input::Outcome(Outcome::Signal(order.clone(), result)));
    if !is_sent {
        return;
    }
    let (order, inputs) = (order.clone(), inputs.clone());
    // Watching is not sending: the program may end before the target does. Without a thread to
    // watch, the next scan tells of the end all the same.
    let watch = move || watch(target.as_ref(), &order, &inputs);
    let _ = std::thread::Builder::new().name("watch".to_owned()).spawn(watch);
}

/// Tells when the target has ended, if that is worth waiting for, and when it is time to compare
/// what happened with what was foretold.
fn watch(target: Option<&Target>, order: &SignalOrder, inputs: &Sender<Input>) {
    let tell = |result| {
        let _ = inputs.send(Input::Outcome(Outcome::Signal(order.clone(), result)));
    };
    let ended = target.and_then(|target| target.wait_for_end(FORECAST));
    if let Some(after) = ended {
        tell(SignalResult::Ended(after));
    }
    if target.is_none() || ended.is_some() {
        signal::pause(FORECAST.saturating_sub(ended.unwrap_or_default()));
    }
    tell(SignalResult::Watched);
    if let Some(target) = target.filter(|_| ended.is_none()) {
        let more = target.wait_for_end(WATCH.saturating_sub(FORECAST));
        tell(match more {
            Some(after) => SignalResult::Ended(FORECAST + after),
            None => SignalResult::StillAlive(WATCH),
        });
    }
}
