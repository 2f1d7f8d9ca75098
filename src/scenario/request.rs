//! Orders to the lab while a scenario plays, and its answers.

use serde::{Deserialize, Serialize};

use crate::record::{ProcessKey, Signal};
use crate::test_process::{CaughtSignal, TestProcessOrder};

/// Something that is to be done for a scenario. Each is answered by one [`StageNews`].
#[derive(Clone, Debug, PartialEq)]
pub enum StageOrder {
    /// Start a lab of its own with a main, after ending the one before.
    Open,
    /// End everything that was started.
    Close,
    Start(TestProcessOrder),
    /// Start a Python program of the lab as a child of that test process.
    Run(String, ProcessKey),
    /// Send a signal to these.
    Signal(Vec<ProcessKey>, Signal),
    /// Type on a session's terminal.
    Type(ProcessKey, String),
    HangUp(ProcessKey),
    /// Have a test process end as it normally does.
    End(ProcessKey),
}

/// The answer to an order, or news.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum StageNews {
    /// The main of a new lab.
    Opened(ProcessKey),
    /// A test process runs; its own process comes first.
    Started(Vec<ProcessKey>),
    Done,
    /// A program announces the process of a part. It answers no order.
    Named(String, ProcessKey),
    /// A test process caught a signal. It answers no order.
    Caught(CaughtSignal),
    /// It was not done: one sentence.
    Refused(String),
    /// Somebody else ended the lab. It answers no order.
    Ended,
}
