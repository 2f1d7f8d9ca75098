//! The way a process ended, and its words.

use derive_more::Display;

use crate::record::signal::name;

/// How a process ended, by its wait status (wait(2)). In words: `exit 3`, `SIGKILL`,
/// `SIGSEGV, core dumped`.
#[derive(Clone, Copy, Debug, Display, Eq, PartialEq)]
pub enum Ending {
    /// It exited with that code.
    #[display("exit {_0}")]
    Exited(u32),
    #[display("{}{}", name(*signal), if *core_dumped { ", core dumped" } else { "" })]
    Signaled {
        /// The signal's number.
        signal: u32,
        /// Whether a core was dumped.
        core_dumped: bool,
    },
}

impl Ending {
    /// The same in fewer columns: `SIGSEGV, core`.
    pub(crate) fn brief(self) -> String {
        match self {
            Self::Signaled { signal, core_dumped: true } => format!("{}, core", name(signal)),
            Self::Exited(_) | Self::Signaled { core_dumped: false, .. } => self.to_string(),
        }
    }

    /// Takes a wait status apart.
    pub(crate) fn from_wait_status(status: i32) -> Self {
        let status = status.cast_unsigned();
        match status & 0x7f {
            0 => Self::Exited((status >> 8) & 0xff),
            signal => Self::Signaled { signal, core_dumped: status & 0x80 != 0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wait_statuses_are_reported_in_words() {
        assert_eq!(Ending::from_wait_status(3 << 8).to_string(), "exit 3");
        assert_eq!(Ending::from_wait_status(9).to_string(), "SIGKILL");
        assert_eq!(Ending::from_wait_status(0x80 + 11).to_string(), "SIGSEGV, core dumped");
        assert_eq!(Ending::from_wait_status(36).to_string(), "SIGRTMIN+2");
        assert_eq!(Ending::from_wait_status(34).to_string(), "SIGRTMIN");
    }
}
