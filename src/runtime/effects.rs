//! Does what the update wants done, in threads of their own where it takes time.

use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use color_eyre::eyre::{Result, WrapErr};
use rustix::pipe::{PipeFlags, pipe_with};

use crate::app::input::{Input, Outcome, SignalOrder, SignalResult};
use crate::lab::{Lab, Saying, StartedProcess};
use crate::model::key::ProcessKey;
use crate::model::preview::Scope;
use crate::model::process::Specimen;
use crate::model::record::{Observation, Record};
use crate::model::specimen::SpecimenOrder;
use crate::runtime::signal::{self, WATCH};
use crate::source::clock;

/// How often a running lab is looked after: its helper or guard may be killed like any process.
const LAB_LOOK: Duration = Duration::from_millis(250);
/// What the lab's main is called where a kind is.
const MAIN: &str = "main";
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

/// What the lab's thread is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LabOrder {
    /// The lab's main, which is then selected.
    Open,
    /// A specimen, which is then selected.
    Start(SpecimenOrder),
    /// A specimen, and the cursor stays where it is.
    Add(SpecimenOrder),
}

impl LabOrder {
    fn specimen(self) -> Option<SpecimenOrder> {
        match self {
            Self::Open => None,
            Self::Start(specimen) | Self::Add(specimen) => Some(specimen),
        }
    }
}

/// The thread that owns the lab. Dropping it ends every specimen and waits for that.
pub struct LabThread {
    orders: Option<Sender<LabOrder>>,
    /// Closed, it ends the wait for an answer of the lab.
    patience: Option<OwnedFd>,
    thread: Option<JoinHandle<()>>,
}

impl LabThread {
    /// Starts the thread; the lab's processes start with the first order.
    pub fn start(inputs: Sender<Input>) -> Result<Self> {
        let (orders, wanted) = channel();
        let (labs, patience) =
            pipe_with(PipeFlags::CLOEXEC).wrap_err("could not make a pipe for the lab")?;
        let lab = Lab::new("/proc/self/exe".into()).with_patience(labs);
        let thread = std::thread::Builder::new()
            .name("lab".to_owned())
            .spawn(move || run_lab(lab, &wanted, &inputs))
            .wrap_err("could not start a thread for the lab")?;
        Ok(Self { orders: Some(orders), patience: Some(patience), thread: Some(thread) })
    }

    /// Does what is asked for in the background, in that order.
    pub fn order(&self, order: LabOrder) {
        if let Some(orders) = &self.orders {
            // The thread is gone only after a panic, which stops the program anyway.
            let _ = orders.send(order);
        }
    }
}

impl Drop for LabThread {
    fn drop(&mut self) {
        self.orders = None;
        self.patience = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Nobody listens any more, so nothing is left to do.
struct NobodyListens;

fn run_lab(mut lab: Lab, wanted: &Receiver<LabOrder>, inputs: &Sender<Input>) {
    let mut waiting = VecDeque::new();
    loop {
        // The end is seen before the next of many is started.
        let received = match wanted.try_recv() {
            Err(TryRecvError::Empty) if waiting.is_empty() && lab.is_running() => {
                wanted.recv_timeout(LAB_LOOK)
            }
            Err(TryRecvError::Empty) if waiting.is_empty() => {
                wanted.recv().map_err(|_| RecvTimeoutError::Disconnected)
            }
            Err(TryRecvError::Empty) => Err(RecvTimeoutError::Timeout),
            Err(TryRecvError::Disconnected) => return,
            Ok(order) => Ok(order),
        };
        match received {
            Ok(order) => waiting.extend(singles(order)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if look_after(&mut lab, inputs).is_err() {
            return;
        }
        if let Some(order) = waiting.pop_front() {
            match carry_out_in_lab(&mut lab, order, inputs) {
                Ok(true) => {}
                // What refuses one refuses all that are like it.
                Ok(false) => waiting.retain(|other| other.specimen() != order.specimen()),
                Err(NobodyListens) => return,
            }
        }
    }
}

/// An order of many as that many orders of one; the first of them is the one to be selected.
fn singles(order: LabOrder) -> impl Iterator<Item = LabOrder> {
    let specimen = order.specimen().filter(|specimen| specimen.kind.row().counts_itself());
    let more = specimen.into_iter().flat_map(|specimen| {
        let n_more = usize::try_from(specimen.number).unwrap_or(1).saturating_sub(1);
        std::iter::repeat_n(LabOrder::Add(specimen), n_more)
    });
    std::iter::once(order).chain(more)
}

/// Passes on what specimens say, and that the lab ended, if somebody else ended it.
fn look_after(lab: &mut Lab, inputs: &Sender<Input>) -> Result<(), NobodyListens> {
    for saying in lab.take_sayings() {
        let outcome = match saying {
            Saying::Sentence(sentence) => Outcome::Said(sentence),
            Saying::Actor { name, process } => {
                let key = ProcessKey::at_ticks(process.pid, process.start_ticks);
                Outcome::ActorTold { name, key }
            }
        };
        tell(inputs, outcome)?;
    }
    if lab.notice_its_end() {
        tell(inputs, Outcome::Failed(LAB_ENDED.to_owned()))?;
    }
    Ok(())
}

/// Whether it succeeded.
fn carry_out_in_lab(
    lab: &mut Lab,
    order: LabOrder,
    inputs: &Sender<Input>,
) -> Result<bool, NobodyListens> {
    let outcome = match order {
        LabOrder::Add(_) => Outcome::SpecimenAdded,
        LabOrder::Open | LabOrder::Start(_) => Outcome::SpecimenStarted,
    };
    let done = match order {
        LabOrder::Open => lab.open().map(|main| {
            let key = report(MAIN, main, inputs)?;
            tell(inputs, Outcome::LabOpened(key))
        }),
        LabOrder::Start(order) | LabOrder::Add(order) => lab.start(order).map(|started| {
            started.main.map(|main| report(MAIN, main, inputs)).transpose()?;
            let name = order.kind.row().name;
            let mut own = None;
            for process in started.processes {
                let key = report(name, process, inputs)?;
                own = own.or(Some(key));
            }
            own.map_or(Ok(()), |key| tell(inputs, outcome(order.kind, key)))
        }),
    };
    match done {
        Ok(told) => told.map(|()| true),
        Err(error) => tell(inputs, Outcome::Failed(error.to_string())).map(|()| false),
    }
}

fn tell(inputs: &Sender<Input>, outcome: Outcome) -> Result<(), NobodyListens> {
    inputs.send(Input::Outcome(outcome)).map_err(|_| NobodyListens)
}

/// Tells which specimen a process is.
fn report(
    kind: &str,
    process: StartedProcess,
    inputs: &Sender<Input>,
) -> Result<ProcessKey, NobodyListens> {
    let key = ProcessKey::at_ticks(process.pid, process.start_ticks);
    let daemonic_main = process.daemonic_main.map(|(pid, ticks)| ProcessKey::at_ticks(pid, ticks));
    let specimen = Specimen { kind: kind.into(), daemonic_main };
    let observation = Observation::Specimen(key, specimen);
    let record = Record { at: clock::now(), observation };
    inputs.send(record.into()).map(|()| key).map_err(|_| NobodyListens)
}
