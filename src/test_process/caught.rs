//! The report of a test process that catches a signal.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::record::{Pid, Signal};
use crate::test_process::TestProcessKind;

/// A signal that a `px-term-catcher` caught.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct CaughtSignal {
    pub pid: Pid,
    pub signal: Signal,
    pub sender: Pid,
    /// The sender's name, which is foreign text; `None` if `/proc` did not show it.
    pub sender_name: Option<String>,
}

impl CaughtSignal {
    /// The signal and where it came from: `caught SIGTERM from bash 700`.
    pub(crate) fn phrase(&self) -> String {
        let (signal, sender) = (self.signal.name(), self.sender);
        let name = self.sender_name.as_deref().unwrap_or("a process that is out of sight");
        format!("caught {signal} from {name} {sender}")
    }
}

impl fmt::Display for CaughtSignal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = TestProcessKind::TermCatcher.row().comm;
        write!(formatter, "{name} {} {}; it tidies up for a second", self.pid, self.phrase())
    }
}
