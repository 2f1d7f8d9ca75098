//! Signals and wait statuses by name.

use serde::{Deserialize, Serialize};

use crate::record::SignalMasks;

/// A signal by its number on Linux for x86 and ARM (signal(7)).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct Signal(u32);

/// The default action of a signal, where a process neither blocks, ignores nor catches it
/// (signal(7)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum DefaultAction {
    End,
    EndWithCore,
    Stop,
    Continue,
    Nothing,
}

impl DefaultAction {
    /// Whether it ends the process.
    pub(crate) fn ends(self) -> bool {
        matches!(self, Self::End | Self::EndWithCore)
    }
}

struct SignalRow {
    number: u32,
    name: &'static str,
    act: DefaultAction,
    meaning: &'static str,
}

const fn row(
    number: u32,
    name: &'static str,
    act: DefaultAction,
    meaning: &'static str,
) -> SignalRow {
    SignalRow { number, name, act, meaning }
}

use DefaultAction::{Continue, End, EndWithCore, Nothing, Stop};

/// Every signal that has a name, in the order of the dialog: the usual ones first.
const SIGNALS: &[SignalRow] = &[
    row(15, "TERM", End, "asks it to end"),
    row(9, "KILL", End, "ends it; it cannot object"),
    row(2, "INT", End, "what Ctrl-C sends"),
    row(1, "HUP", End, "its terminal closed; daemons often reload"),
    row(3, "QUIT", EndWithCore, "what Ctrl-\\ sends; dumps core"),
    row(19, "STOP", Stop, "stops it; it cannot object"),
    row(18, "CONT", Continue, "continues it after a stop"),
    row(20, "TSTP", Stop, "what Ctrl-Z sends"),
    row(10, "USR1", End, "means what the program says"),
    row(12, "USR2", End, "means what the program says"),
    row(6, "ABRT", EndWithCore, "aborts it; dumps core"),
    row(14, "ALRM", End, "a timer ran out"),
    row(13, "PIPE", End, "nobody reads its pipe"),
    row(28, "WINCH", Nothing, "its window changed size"),
    row(11, "SEGV", EndWithCore, "a bad memory access"),
    row(7, "BUS", EndWithCore, "a bad memory access"),
    row(8, "FPE", EndWithCore, "a bad calculation"),
    row(4, "ILL", EndWithCore, "a bad instruction"),
    row(5, "TRAP", EndWithCore, "a breakpoint"),
    row(31, "SYS", EndWithCore, "a bad system call"),
    row(24, "XCPU", EndWithCore, "too much CPU time"),
    row(25, "XFSZ", EndWithCore, "too large a file"),
    row(26, "VTALRM", End, "a timer ran out"),
    row(27, "PROF", End, "a timer ran out"),
    row(29, "IO", End, "a descriptor is ready"),
    row(30, "PWR", End, "the power fails"),
    row(16, "STKFLT", End, "unused"),
    row(17, "CHLD", Nothing, "a child changed its state"),
    row(21, "TTIN", Stop, "reads the terminal from the background"),
    row(22, "TTOU", Stop, "writes the terminal from the background"),
    row(23, "URG", Nothing, "urgent data on a socket"),
];

impl Signal {
    /// SIGTERM.
    pub(crate) const TERM: Self = Self(15);
    /// SIGKILL.
    pub(crate) const KILL: Self = Self(9);
    /// SIGHUP.
    pub(crate) const HUP: Self = Self(1);
    /// SIGINT.
    pub(crate) const INT: Self = Self(2);
    /// SIGPIPE.
    pub(crate) const PIPE: Self = Self(13);
    /// SIGSTOP.
    pub(crate) const STOP: Self = Self(19);
    /// SIGCONT.
    pub(crate) const CONT: Self = Self(18);

    /// The signal of that name, such as `SIGTERM` or `TERM`.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let name = name.strip_prefix("SIG").unwrap_or(name);
        SIGNALS.iter().find(|row| row.name == name).map(|row| Self(row.number))
    }

    /// The signal of that number, if it has a name.
    pub(crate) fn of_number(number: u32) -> Option<Self> {
        SIGNALS.iter().find(|row| row.number == number).map(|row| Self(row.number))
    }

    /// Every signal of the dialog, in its order.
    pub(crate) fn all() -> impl ExactSizeIterator<Item = Self> {
        SIGNALS.iter().map(|row| Self(row.number))
    }

    fn row(self) -> Option<&'static SignalRow> {
        SIGNALS.iter().find(|row| row.number == self.0)
    }

    /// Its number.
    pub(crate) fn number(self) -> u32 {
        self.0
    }

    /// Its full name, such as `SIGTERM`.
    pub(crate) fn name(self) -> String {
        name(self.0)
    }

    /// Its meaning, in a few words.
    pub(crate) fn meaning(self) -> &'static str {
        self.row().map_or("", |row| row.meaning)
    }

    /// Its default action.
    pub(crate) fn default_act(self) -> DefaultAction {
        self.row().map_or(End, |row| row.act)
    }

    /// Whether no process can catch, block or ignore it (signal(7)).
    pub(crate) fn cannot_be_caught(self) -> bool {
        self == Self::KILL || self == Self::STOP
    }

    /// Whether that bit of a mask is this signal's.
    pub(crate) fn is_in(self, mask: u64) -> bool {
        mask & (1 << (self.0 - 1)) != 0
    }

    /// The disposition of a process with these masks.
    pub(crate) fn response(self, masks: SignalMasks) -> Disposition {
        if self.cannot_be_caught() {
            Disposition::Default
        } else if self.is_in(masks.ignored) {
            Disposition::Ignores
        } else if self.is_in(masks.blocked) {
            Disposition::Blocks
        } else if self.is_in(masks.caught) {
            Disposition::Catches
        } else {
            Disposition::Default
        }
    }
}

/// The disposition of a signal in a process.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Disposition {
    /// Nothing of its own: the default act.
    Default,
    /// It throws the signal away.
    Ignores,
    /// It holds the signal back.
    Blocks,
    /// A handler of it decides.
    Catches,
}

/// The name of a signal by its number; real-time signals by their distance to the first
/// (`SIGRTMIN` is 34 with glibc, signal(7)).
pub(crate) fn name(number: u32) -> String {
    match SIGNALS.iter().find(|row| row.number == number) {
        Some(row) => format!("SIG{}", row.name),
        None if number == 34 => "SIGRTMIN".to_owned(),
        None if (35..=64).contains(&number) => format!("SIGRTMIN+{}", number - 34),
        None => format!("signal {number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_signal_from_1_to_31_stands_once_and_term_comes_first() {
        let mut numbers: Vec<u32> = Signal::all().map(Signal::number).collect();
        assert_eq!(numbers[0], Signal::TERM.number());
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=31).collect::<Vec<_>>());
    }

    #[test]
    fn kill_cannot_be_ignored_whatever_the_masks_say() {
        let all = SignalMasks { blocked: !0, ignored: !0, caught: !0, ..SignalMasks::NONE };
        assert_eq!(Signal::KILL.response(all), Disposition::Default);
        assert_eq!(Signal::TERM.response(all), Disposition::Ignores);
    }
}
