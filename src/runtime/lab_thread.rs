//! The thread that owns the labs: the user's own, and that of the scenario that is played.

mod program;
mod stage;

use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use color_eyre::eyre::{Result, WrapErr};
use rustix::pipe::{PipeFlags, pipe_with};
use tracing::debug;

use crate::app::input::{Input, Outcome};
use crate::lab::{Lab, LabError, Notification, Started};
use crate::linux::clock;
use crate::record::{Observation, ProcessKey, Record, TestProcess};
use crate::scenario::MAIN;
use crate::scenario::request::{StageNews, StageOrder};
use crate::test_process::{PythonProgram, TestProcessKind, TestProcessOrder};

/// How often a running lab is looked after: its helper or guard may be killed like any process.
const LAB_LOOK: Duration = Duration::from_millis(250);
const LAB_ENDED: &str = "the lab's helper or guard ended, and every test process with it";

/// An order for the lab's thread.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum LabOrder {
    /// The lab's main, which is then selected.
    Open,
    /// A test process, which is then selected.
    Start(TestProcessOrder),
    /// A test process, and the cursor stays where it is.
    Add(TestProcessOrder),
    /// A Python program on a terminal of its own, which is then selected.
    Run(&'static PythonProgram),
    /// The lab's main is to end as it normally does.
    EndMain,
    /// Everything in the user's own lab is to end.
    EndAll,
    /// Something for that run of a scenario.
    Stage(u64, StageOrder),
}

impl LabOrder {
    fn test_process(&self) -> Option<TestProcessOrder> {
        match self {
            Self::Start(test_process) | Self::Add(test_process) => Some(*test_process),
            _ => None,
        }
    }
}

/// The thread that owns the labs. Dropping it ends every test process and waits for that.
pub(crate) struct LabThread {
    orders: Option<Sender<LabOrder>>,
    /// Closed, it ends the wait for an answer of a lab.
    cancel: Option<OwnedFd>,
    thread: Option<JoinHandle<()>>,
}

impl LabThread {
    /// Starts the thread; the lab's processes start with the first order.
    pub(crate) fn start(inputs: Sender<Input>) -> Result<Self> {
        let (orders, wanted) = channel();
        let (labs, cancel) =
            pipe_with(PipeFlags::CLOEXEC).wrap_err("could not make a pipe for the lab")?;
        let thread = std::thread::Builder::new()
            .name("lab".to_owned())
            .spawn(move || Labs::new(inputs, labs).serve(&wanted))
            .wrap_err("could not start a thread for the lab")?;
        Ok(Self { orders: Some(orders), cancel: Some(cancel), thread: Some(thread) })
    }

    /// Does what is asked for in the background, in that order.
    pub(crate) fn order(&self, order: LabOrder) {
        debug!(?order);
        if let Some(orders) = &self.orders {
            // The thread is gone only after a panic, which stops the program anyway.
            let _ = orders.send(order);
        }
    }
}

impl Drop for LabThread {
    fn drop(&mut self) {
        self.orders = None;
        self.cancel = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Why an order was not done.
#[derive(Debug, thiserror::Error)]
enum OrderError {
    #[error(transparent)]
    Refused(#[from] LabError),
    /// Then nothing is left to do.
    #[error("nobody listens any more")]
    NobodyListens,
}

type Done<T> = Result<T, OrderError>;

/// The user's own lab, and the one in which a scenario plays.
struct Labs {
    inputs: Sender<Input>,
    cancel: OwnedFd,
    own: Lab,
    /// The main of the user's own lab, as far as it was reported.
    own_main: Option<ProcessKey>,
    stage: Lab,
    /// The run of a scenario that the stage is for.
    run: u64,
    /// All processes that were started for the scenario.
    on_stage: Vec<ProcessKey>,
}

impl Labs {
    fn new(inputs: Sender<Input>, cancel: OwnedFd) -> Self {
        let (own, stage) = (new_lab(&cancel), new_lab(&cancel));
        Self { inputs, cancel, own, own_main: None, stage, run: 0, on_stage: Vec::new() }
    }

    fn serve(mut self, wanted: &Receiver<LabOrder>) {
        let mut waiting = VecDeque::new();
        loop {
            let is_running = self.own.is_running() || self.stage.is_running();
            // The end is seen before the next of many is started.
            let received = match wanted.try_recv() {
                Err(TryRecvError::Empty) if waiting.is_empty() && is_running => {
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
            if self.look_after().is_err() {
                return;
            }
            if let Some(order) = waiting.pop_front() {
                match self.execute(&order) {
                    Ok(true) => {}
                    // Orders that are alike would be refused alike.
                    Ok(false) => {
                        waiting.retain(|other| {
                            order.test_process().is_none()
                                || other.test_process() != order.test_process()
                        });
                    }
                    Err(_) => return,
                }
            }
        }
    }

    /// Passes on what test processes say, and that a lab ended, if somebody else ended it.
    fn look_after(&mut self) -> Done<()> {
        for notification in self.own.take_notifications() {
            if let Notification::Caught(caught) = notification {
                self.send(Outcome::Caught(caught))?;
            }
        }
        for notification in self.stage.take_notifications() {
            let news = match notification {
                Notification::Caught(caught) => StageNews::Caught(caught),
                Notification::Participant { name, process } => {
                    self.report(&name, process, None)?;
                    StageNews::Named(name, process)
                }
            };
            self.send(Outcome::Stage(self.run, news))?;
        }
        if self.own.notice_its_end() {
            self.send(Outcome::Failed(LAB_ENDED.to_owned()))?;
        }
        if self.stage.notice_its_end() {
            self.send(Outcome::Stage(self.run, StageNews::Ended))?;
        }
        Ok(())
    }

    /// Whether it succeeded.
    fn execute(&mut self, order: &LabOrder) -> Done<bool> {
        match self.run_order(order) {
            Ok(is_done) => Ok(is_done),
            Err(OrderError::Refused(error)) => {
                self.send(Outcome::Failed(error.to_string())).map(|()| false)
            }
            Err(OrderError::NobodyListens) => Err(OrderError::NobodyListens),
        }
    }

    fn run_order(&mut self, order: &LabOrder) -> Done<bool> {
        match order {
            LabOrder::Stage(run, order) => return self.execute_in_scenario(*run, order),
            LabOrder::Open => {
                let main = self.own.open()?;
                self.report_main(main)?;
                self.send(Outcome::LabOpened(main))?;
            }
            LabOrder::Start(order) => self.start(*order, Outcome::TestProcessStarted)?,
            LabOrder::Add(order) => self.start(*order, Outcome::TestProcessAdded)?,
            LabOrder::Run(program) => self.run_program(program)?,
            LabOrder::EndMain => self.end_main()?,
            LabOrder::EndAll => {
                self.own = new_lab(&self.cancel);
                self.send(Outcome::LabClosed)?;
            }
        }
        Ok(true)
    }

    fn start(
        &mut self,
        order: TestProcessOrder,
        outcome: fn(TestProcessKind, ProcessKey) -> Outcome,
    ) -> Done<()> {
        let is_on_stage = order.under.is_some_and(|parent| self.on_stage.contains(&parent));
        let lab = if is_on_stage { &mut self.stage } else { &mut self.own };
        let started = lab.start(order)?;
        if is_on_stage {
            self.on_stage.extend(&started.processes);
        } else if let Some(main) = started.main {
            self.report_main(main)?;
        }
        self.report_all(order.kind.row().name, &started)?;
        let first = started.processes.first();
        first.map_or(Ok(()), |key| self.send(outcome(order.kind, *key)))
    }

    fn send(&self, outcome: Outcome) -> Done<()> {
        self.inputs.send(Input::Outcome(outcome)).map_err(|_| OrderError::NobodyListens)
    }

    fn report_main(&mut self, main: ProcessKey) -> Done<()> {
        self.own_main = Some(main);
        self.report(MAIN, main, None)
    }

    fn report_all(&self, kind: &str, started: &Started) -> Done<()> {
        let mut processes = started.processes.iter();
        processes.try_for_each(|process| self.report(kind, *process, started.daemonic_main))
    }

    /// Tells which test process a process is.
    fn report(
        &self,
        kind: &str,
        process: ProcessKey,
        daemonic_main: Option<ProcessKey>,
    ) -> Done<()> {
        let test_process = TestProcess { kind: kind.into(), daemonic_main };
        let observation = Observation::TestProcess(process, test_process);
        let record = Record { at: clock::now(), observation };
        self.inputs.send(record.into()).map_err(|_| OrderError::NobodyListens)
    }
}

/// A lab that waits for no answer any longer once the other end of that pipe is closed.
fn new_lab(cancel: &OwnedFd) -> Lab {
    let lab = Lab::new("/proc/self/exe".into());
    match cancel.try_clone() {
        Ok(cancel) => lab.with_cancel(cancel),
        // Without it, only a stopped helper is waited for a little longer.
        Err(_) => lab,
    }
}

/// An order of many as that many orders of one; the first of them is the one to be selected.
fn singles(order: LabOrder) -> impl Iterator<Item = LabOrder> {
    let test_process =
        order.test_process().filter(|test_process| test_process.kind.row().counts_itself());
    let more = test_process.into_iter().flat_map(|test_process| {
        let n_more = usize::try_from(test_process.number).unwrap_or(1).saturating_sub(1);
        std::iter::repeat_n(LabOrder::Add(test_process), n_more)
    });
    std::iter::once(order).chain(more)
}
