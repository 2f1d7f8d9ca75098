//! Inputs of the update, and the effects that it returns.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use ratatui::layout::{Position, Size};

use crate::app::MouseUser;
use crate::forecast::Scope;
use crate::keymap::Key;
use crate::record::{BootTime, Pid, ProcessKey, Record, Signal, SignalMasks};
use crate::scenario::request::{StageNews, StageOrder};
use crate::scenario::{BrokenScenario, Scenario};
use crate::test_process::{CaughtSignal, PythonProgram, TestProcessKind, TestProcessOrder};
use crate::theme::Background;

/// Everything that can happen to the program, in one order.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum Input {
    Record(Record),
    Key(Key),
    Pointer(Pointer),
    Paste(String),
    /// The terminal has another size.
    Resize(Size),
    /// An effect came to its end.
    Outcome(Outcome),
    /// The program was asked to stop: by a signal, or because its terminal is gone.
    Stop(Stop),
    /// The terminal answered what its background is.
    Background(Background),
    /// The job was stopped by somebody else and wants to leave the terminal tidy.
    SuspendRequested,
    /// The job goes on after a stop.
    Resumed,
}

/// Why the program has to stop without having been asked to by a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub enum Stop {
    Signal(i32),
    /// The terminal can no longer be read.
    TerminalLost,
    /// A thread panicked; its message was printed.
    Panicked,
}

impl From<Record> for Input {
    fn from(record: Record) -> Self {
        Self::Record(record)
    }
}

/// An act of the mouse, and its position.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub enum Pointer {
    Click(Position),
    /// The second click of two on one spot, right after the first.
    DoubleClick(Position),
    ScrollUp(Position),
    ScrollDown(Position),
}

/// An effect that the runtime carries out for the update. Data only.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Read the deeper facts of these processes.
    ReadFacts(Vec<ProcessKey>),
    /// Read the stat of these processes.
    ReadStats(Vec<Pid>),
    /// Hold on to these processes, the most interesting first, to learn of their ends.
    Watch(Vec<ProcessKey>),
    /// Read what these processes do with signals.
    ReadMasks(Vec<ProcessKey>),
    /// Read everything about that process.
    ReadDetails(ProcessKey),
    Signal(SignalOrder),
    StartTestProcess(TestProcessOrder),
    /// Do something for that run of a scenario.
    Stage(u64, StageOrder),
    /// Read the scenarios that there are.
    ListScenarios,
    /// Start a Python program in the lab.
    RunProgram(&'static PythonProgram),
    /// Have the lab's main end as it normally does.
    EndLabMain,
    /// End everything in the lab.
    EndLab,
    SetInterval(Duration),
    RefreshNow,
    /// Stop refreshing until the next `RefreshNow`.
    Rest,
    /// Put text on the clipboard.
    Copy(String),
    /// Have the terminal tell of the mouse, or leave it to the terminal.
    UseMouse(MouseUser),
    /// Leave the terminal and stop, as a job.
    Suspend,
    Quit,
}

/// A signal to be sent: the target was pinned when its dialog opened.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct SignalOrder {
    /// Counts the orders; what was predicted is kept under it.
    pub(crate) number: u64,
    pub(crate) target: ProcessKey,
    /// Its name, for the report.
    pub(crate) name: Arc<str>,
    pub(crate) signal: Signal,
    /// The process alone, or its subtree.
    pub(crate) scope: Scope,
}

/// How an effect ended.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum Outcome {
    Signal(SignalOrder, SignalResult),
    /// The lab runs; its main is named.
    LabOpened(ProcessKey),
    /// A test process was started, and is to be looked at; its first process is named.
    TestProcessStarted(TestProcessKind, ProcessKey),
    /// A test process was started beside others.
    TestProcessAdded(TestProcessKind, ProcessKey),
    /// A Python program was started, and is to be looked at; its file and its process are named.
    ProgramStarted(String, ProcessKey),
    /// The lab's main was asked to end.
    MainAskedToEnd(ProcessKey),
    /// The lab was closed, as asked.
    LabClosed,
    /// A test process caught a signal.
    Caught(CaughtSignal),
    /// The answer to an order of that run of a scenario.
    Stage(u64, StageNews),
    /// The entries of the lab menu.
    Scenarios {
        /// The scenarios, or what is wrong with one's file.
        found: Vec<Result<Arc<Scenario>, BrokenScenario>>,
        /// Whether there is a Python for what needs one.
        has_python: bool,
    },
    /// An effect failed: one sentence.
    Failed(String),
}

/// The result of sending a signal.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub enum SignalResult {
    /// It was sent, to so many processes.
    Sent {
        at: BootTime,
        /// The dispositions of the receivers, as read just before.
        masks: Vec<(ProcessKey, SignalMasks)>,
        /// How many processes got it.
        processes: usize,
        /// How many had ended before it could be sent.
        gone: usize,
        not_permitted: Vec<ProcessKey>,
        /// Pids that were left out because pexplore needs them.
        left_out: Vec<u32>,
        /// Whether those are all: a subtree that did not stand still may have borne others.
        is_complete: bool,
    },
    /// The time is over for which what the signal does is watched.
    Watched,
    /// The target ended, so long after the signal.
    Ended(Duration),
    /// The target still lives, so long after the signal.
    StillAlive(Duration),
    /// The target had ended before.
    AlreadyGone,
    /// The kernel refused; it does not say why.
    NotPermitted,
    /// The pid is used by another process now; nothing was sent.
    PidReused,
    /// The system failed: one sentence.
    Failed(String),
}
