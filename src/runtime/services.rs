//! The threads beside the loop: sources, reader, lab and signals.

use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use color_eyre::eyre::{Result, WrapErr};

use tracing::{debug, trace};

use crate::app::MouseUser;
use crate::app::input::{Effect, Input, Outcome};
use crate::lab;
use crate::record::Host;
use crate::runtime::lab_thread::{LabOrder, LabThread};
use crate::runtime::scenarios;
use crate::runtime::signals::Signals;
use crate::source::events::Events;
use crate::source::reader::{self, ReadRequest, Reader};
use crate::source::record_sender::{Load, RecordSender};
use crate::source::ticker::{self, Table, TickerControl};
use crate::source::users;

/// An effect that only the loop with its screen can execute.
#[derive(Debug)]
pub(crate) enum LoopEffect {
    Copy(String),
    UseMouse(MouseUser),
    Suspend,
    Quit,
}

/// The threads that send inputs and execute effects. Dropping it ends them all in this order, and
/// waits until every signal is sent and every test process has ended.
pub(crate) struct Services {
    inputs: Sender<Input>,
    ticker: Sender<TickerControl>,
    reader: Sender<ReadRequest>,
    events: Events,
    signals: Signals,
    lab: LabThread,
}

impl Services {
    /// Starts them all; `load` counts what they send and nobody took in yet.
    pub(crate) fn start(
        host: &Host,
        interval: Duration,
        inputs: Sender<Input>,
        load: &Load,
    ) -> Result<Self> {
        let records = RecordSender::new(inputs.clone(), load);
        let table = Table::open(host)?;
        let mut reading = Reader::new(host.scan);
        // Where it cannot be started yet, the reader says why.
        let _ = reading.start();
        // Before the first scan: what happens while it runs is reported by events.
        let events = Events::start(host.scan, records.clone())
            .wrap_err("could not start the events thread")?;
        let ticker = start_ticker(table, interval, records.clone())?;
        let reader = start_reader(reading, records)?;
        let signals = Signals::new(inputs.clone());
        let lab = LabThread::start(inputs.clone())?;
        Ok(Self { inputs, ticker, reader, events, signals, lab })
    }

    /// Executes an effect, or returns it where only the loop can.
    pub(crate) fn execute(&mut self, effect: Effect) -> Option<LoopEffect> {
        trace!(?effect);
        match effect {
            Effect::ReadFacts(keys) => send(&self.reader, ReadRequest::Facts(keys)),
            Effect::ReadStats(pids) => send(&self.reader, ReadRequest::Stats(pids)),
            Effect::Watch(keys) => self.events.watch(keys),
            Effect::ReadMasks(keys) => send(&self.reader, ReadRequest::Masks(keys)),
            Effect::ReadDetails(key) => send(&self.reader, ReadRequest::Details(key)),
            Effect::SetInterval(interval) => send(&self.ticker, TickerControl::Interval(interval)),
            Effect::RefreshNow => send(&self.ticker, TickerControl::Now),
            Effect::Rest => send(&self.ticker, TickerControl::Rest),
            Effect::Signal(order) => self.signals.send(&order),
            Effect::StartTestProcess(order) => self.order(LabOrder::Start(order)),
            Effect::RunProgram(program) => self.order(LabOrder::Run(program)),
            Effect::EndLabMain => self.order(LabOrder::EndMain),
            Effect::EndLab => self.order(LabOrder::EndAll),
            Effect::Stage(run, order) => self.order(LabOrder::Stage(run, order)),
            Effect::ListScenarios => self.list_scenarios(),
            Effect::Copy(text) => return Some(LoopEffect::Copy(text)),
            Effect::UseMouse(user) => return Some(LoopEffect::UseMouse(user)),
            Effect::Suspend => return Some(LoopEffect::Suspend),
            Effect::Quit => return Some(LoopEffect::Quit),
        }
        None
    }

    /// In a thread of its own: the user's files may be those of a network.
    fn list_scenarios(&self) {
        let send = |inputs: &Sender<Input>, outcome| {
            // If the program has ended meanwhile, nobody listens.
            let _ = inputs.send(Input::Outcome(outcome));
        };
        let inputs = self.inputs.clone();
        let started = spawn("scenarios", move || {
            let found = scenarios::all();
            let has_python = lab::python().is_some();
            send(&inputs, Outcome::Scenarios { found, has_python });
        });
        if let Err(error) = started {
            send(&self.inputs, Outcome::Failed(format!("no scenarios are listed: {error:#}")));
        }
    }

    /// Gives the lab an order.
    pub(crate) fn order(&self, order: LabOrder) {
        self.lab.order(order);
    }
}

/// Gives an order to a source. One that has ended was stopped by a panic, which ends the program.
fn send<T>(source: &Sender<T>, order: T) {
    let _ = source.send(order);
}

fn start_ticker(
    table: Table,
    interval: Duration,
    records: RecordSender<Input>,
) -> Result<Sender<TickerControl>> {
    let (control, orders) = channel();
    spawn("ticker", move || ticker::run(table, interval, &orders, &records))?;
    Ok(control)
}

fn start_reader(reader: Reader, records: RecordSender<Input>) -> Result<Sender<ReadRequest>> {
    let (requests, wanted) = channel();
    let users = users::start(records.clone()).wrap_err("could not start the users thread")?;
    spawn("reader", move || reader::serve(reader, &wanted, users, &records))?;
    Ok(requests)
}

/// Starts a thread that ends by itself, at the latest with the program.
pub(super) fn spawn<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>> {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        debug!("the thread starts");
        let value = work();
        debug!("the thread ends");
        value
    });
    thread.wrap_err_with(|| format!("could not start the {name} thread"))
}
