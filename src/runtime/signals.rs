//! Sends signals, each in a thread of its own, and reports the results.

use std::sync::mpsc::Sender;
use std::thread::{Builder, JoinHandle};

use tracing::info;

use crate::app::input::{Input, Outcome, SignalOrder, SignalResult};
use crate::forecast::Scope;
use crate::linux::wait;
use crate::runtime::signal::{self, FORECAST, Target, WATCH};

/// Sends signals and reports what became of them. Dropping it waits until nothing is on its way:
/// a subtree must not be left stopped.
pub(crate) struct Signals {
    inputs: Sender<Input>,
    sending: Vec<JoinHandle<()>>,
}

impl Signals {
    /// Reports go to `inputs`.
    pub(crate) fn new(inputs: Sender<Input>) -> Self {
        Self { inputs, sending: Vec::new() }
    }

    /// Sends a signal in the background. Where no thread can be started, it is sent at once: what
    /// takes all threads may be what has to end.
    pub(crate) fn send(&mut self, order: &SignalOrder) {
        self.sending.retain(|thread| !thread.is_finished());
        let (inputs, for_thread) = (self.inputs.clone(), order.clone());
        let started =
            Builder::new().name("signal".to_owned()).spawn(move || execute(&for_thread, &inputs));
        match started {
            Ok(thread) => self.sending.push(thread),
            Err(_) => execute(order, &self.inputs),
        }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for thread in self.sending.drain(..) {
            // A panic there was printed by its hook already.
            let _ = thread.join();
        }
    }
}

fn execute(order: &SignalOrder, inputs: &Sender<Input>) {
    let (result, target) = match order.scope {
        Scope::Subtree => signal::subtree::send_to_subtree(order),
        Scope::Process => signal::send_to_process(order),
    };
    info!(signal = order.signal.name(), target = ?order.target, scope = ?order.scope, ?result);
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
    let _ = Builder::new().name("watch".to_owned()).spawn(watch);
}

/// Tells when the target has ended, if that is worth waiting for, and when it is time to compare
/// what happened with what was predicted.
fn watch(target: Option<&Target>, order: &SignalOrder, inputs: &Sender<Input>) {
    let tell = |result| {
        let _ = inputs.send(Input::Outcome(Outcome::Signal(order.clone(), result)));
    };
    let ended = target.and_then(|target| target.wait_for_end(FORECAST));
    if let Some(after) = ended {
        tell(SignalResult::Ended(after));
    }
    if target.is_none() || ended.is_some() {
        wait::sleep(FORECAST.saturating_sub(ended.unwrap_or_default()));
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

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::sync::mpsc::channel;

    use super::*;
    use crate::linux::procfs::table::ProcTable;
    use crate::record::Signal;

    #[test]
    fn what_is_on_its_way_is_waited_for() {
        let mut sleeper = Command::new("sleep").arg("60").spawn().unwrap();
        let target = ProcTable::open().unwrap().read_one(sleeper.id()).unwrap().key;
        let (signal, scope) = (Signal::KILL, Scope::Subtree);
        let (sender, inputs) = channel();
        let mut signals = Signals::new(sender);
        signals.send(&SignalOrder { number: 1, target, name: "sleep".into(), signal, scope });
        drop(signals);
        let reported = inputs.try_recv();
        assert!(
            matches!(
                reported,
                Ok(Input::Outcome(Outcome::Signal(_, SignalResult::Sent { processes: 1, .. })))
            ),
            "{reported:?}"
        );
        sleeper.wait().unwrap();
    }
}
