//! The kinds of test processes that the lab can start, and what may be asked of it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use strum::VariantArray;

use crate::record::ProcessKey;

/// A kind of test process, in the order of the menu.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Deserialize, Serialize, VariantArray)]
#[serde(rename_all = "kebab-case")]
pub enum TestProcessKind {
    Child,
    SpawnChild,
    ServerChild,
    Parent,
    Chain,
    Daemonic,
    Daemon,
    Orphan,
    Subreaped,
    ZombieMaker,
    TermIgnorer,
    TermCatcher,
    Stopped,
    Burner,
    Memory,
    Exit,
    Crash,
    Burst,
    ForkBomb,
    Session,
}

/// The row of a kind, once for the menu, the help and the documentation.
#[derive(Clone, Copy, Debug)]
pub struct KindRow {
    pub kind: TestProcessKind,
    /// Its name, `[a-z0-9-]+`: what the kernel calls the process, without the prefix.
    pub name: &'static str,
    /// The name that the kernel has for the process (at most 15 bytes): ps shows its kind.
    pub comm: &'static str,
    /// Its lesson, in one sentence.
    pub(crate) lesson: &'static str,
    /// The number behind its name.
    pub(crate) number: Number,
}

/// The prefix of the kernel's name for every process of the lab (`comm`, proc(5)).
const LAB_PREFIX: &str = "px-";
/// The kernel's name for the lab's helper, the subreaper above all test processes.
pub const LAB_HELPER: &str = "px-helper";
/// The kernel's name for the lab's guard, whose end is the lab's, too.
pub const LAB_GUARD: &str = "px-guard";

/// The number of a kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Number {
    /// The thing counted.
    pub(crate) what: &'static str,
    pub(crate) default: u32,
    /// The least that is taken.
    pub(crate) least: u32,
    /// The most that is taken.
    pub(crate) most: u32,
    /// By what it grows and shrinks where it is chosen.
    pub(crate) step: u32,
}

/// How many of them are started, for kinds that need no other number.
const HOW_MANY: Number = number("of them", 1, 1, 256);

const fn number(what: &'static str, default: u32, least: u32, most: u32) -> Number {
    Number { what, default, least, most, step: 1 }
}

impl Number {
    const fn in_steps_of(self, step: u32) -> Self {
        Self { step, ..self }
    }

    /// The next larger multiple of its step, or the most.
    pub(crate) fn larger(self, number: u32) -> u32 {
        ((number / self.step + 1) * self.step).clamp(self.least, self.most)
    }

    /// The next smaller multiple of its step, or the least.
    pub(crate) fn smaller(self, number: u32) -> u32 {
        (number.saturating_sub(1) / self.step * self.step).clamp(self.least, self.most)
    }
}

const fn row(
    kind: TestProcessKind,
    comm: &'static str,
    lesson: &'static str,
    number: Number,
) -> KindRow {
    KindRow { kind, name: comm.split_at(LAB_PREFIX.len()).1, comm, lesson, number }
}

/// Every kind, in the order of the menu.
pub const KINDS: [KindRow; TestProcessKind::VARIANTS.len()] = {
    let mut rows = [TestProcessKind::Child.new_row(); TestProcessKind::VARIANTS.len()];
    let mut at = 0;
    while at < rows.len() {
        rows[at] = TestProcessKind::VARIANTS[at].new_row();
        at += 1;
    }
    rows
};

impl TestProcessKind {
    /// The kind of that name, as the menu has it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        KINDS.iter().find(|row| row.name == name).map(|row| row.kind)
    }

    /// The kind whose processes ps shows by that name.
    pub(crate) fn called(comm: &str) -> Option<Self> {
        KINDS.iter().find(|row| row.comm == comm).map(|row| row.kind)
    }

    /// The row of the kind in [`KINDS`].
    pub fn row(self) -> &'static KindRow {
        &KINDS[self as usize]
    }

    #[rustfmt::skip]
    const fn new_row(self) -> KindRow {
        match self {
            Self::Child => row(self, "px-child",
                "a forked child that waits; it never exec'd", HOW_MANY),
            Self::SpawnChild => row(self, "px-spawn-child",
                "a spawned child: forked, then made a new program by exec", HOW_MANY),
            Self::ServerChild => row(self, "px-server-child",
                "a child forked by a template server, which forks every later one too", HOW_MANY),
            Self::Parent => row(self, "px-parent",
                "a child that became a parent: it has children of its own",
                number("children", 3, 1, 64)),
            Self::Chain => row(self, "px-chain",
                "a chain: each is the only child of the one before",
                number("of them in a line", 4, 1, 16)),
            Self::Daemonic => row(self, "px-daemonic",
                "a daemonic child: its main ends it on a normal end; it may have no children", HOW_MANY),
            Self::Daemon => row(self, "px-daemon",
                "a system daemon: forked twice, a session of its own, no terminal, under init", HOW_MANY),
            Self::Orphan => row(self, "px-orphan",
                "its creator forked it and ended at once; init adopted it", HOW_MANY),
            Self::Subreaped => row(self, "px-subreaped",
                "an orphan too, but the lab's helper adopted it: it is a subreaper", HOW_MANY),
            Self::ZombieMaker => row(self, "px-zombie-maker",
                "a parent that never waits for its ended child, which stays a zombie", HOW_MANY),
            Self::TermIgnorer => row(self, "px-term-ignorer",
                "a child that ignores TERM and HUP; only KILL ends it", HOW_MANY),
            Self::TermCatcher => row(self, "px-term-catcher",
                "a child that catches TERM, says who sent it, tidies up for a second and ends", HOW_MANY),
            Self::Stopped => row(self, "px-stopped",
                "a child that stopped itself; it does nothing until CONT comes", HOW_MANY),
            Self::Burner => row(self, "px-burner",
                "a child that burns so much of a CPU, at nice 10",
                number("% of a CPU", 50, 1, 100).in_steps_of(10)),
            Self::Memory => row(self, "px-memory",
                "a child that holds so much memory, all of it resident",
                number("MB", 32, 1, 256).in_steps_of(16)),
            Self::Exit => row(self, "px-exit",
                "a child that ends after three seconds with an exit code",
                number("as its code", 3, 0, 255)),
            Self::Crash => row(self, "px-crash",
                "a child that crashes after three seconds: SIGSEGV ends it", HOW_MANY),
            Self::Burst => row(self, "px-burst",
                "a parent of many children that live for ten milliseconds each",
                number("children", 20, 1, 128)),
            Self::ForkBomb => row(self, "px-fork-bomb",
                "each forks two that do the same; they are counted before, and stop at the cap",
                number("processes", 32, 1, 64)),
            Self::Session => row(self, "px-session",
                "a session with its own terminal, as a shell leads one: each child is a job with a group \
                 of its own, the latest in the foreground", HOW_MANY),
        }
    }
}

impl KindRow {
    /// Whether its number says how many of the kind are started.
    pub fn counts_itself(&self) -> bool {
        self.number == HOW_MANY
    }

    /// The number, in brackets behind the lesson.
    pub(crate) fn number_text(&self) -> String {
        let Number { what, default, least, most, .. } = self.number;
        format!("=N {what}, {least} to {most}; {default} if none is given")
    }
}

/// An order to the lab: a kind, its number, and its parent.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct TestProcessOrder {
    pub kind: TestProcessKind,
    /// The number that its row speaks of.
    pub number: u32,
    /// The test process that is to be its parent; the lab's main if none is named.
    pub(crate) under: Option<ProcessKey>,
}

impl TestProcessOrder {
    /// One of that kind with its default number, under the lab's main.
    pub(crate) fn new(kind: TestProcessKind) -> Self {
        Self { kind, number: kind.row().number.default, under: None }
    }

    /// Places it under a test process, or under the lab's main if none is named.
    #[must_use]
    pub fn under(self, parent: Option<ProcessKey>) -> Self {
        Self { under: parent, ..self }
    }
}

/// Why a text names no test process.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub enum OrderError {
    #[error("there is no kind {0:?}; `pexplore lab --kinds` lists them")]
    Kind(String),
    #[error("{kind}=N takes a number from {least} to {most} ({what})")]
    Number { kind: &'static str, least: u32, most: u32, what: &'static str },
}

/// `KIND` or `KIND=N`, as the command line has it.
impl FromStr for TestProcessOrder {
    type Err = OrderError;

    fn from_str(text: &str) -> Result<Self, OrderError> {
        let (name, number) = text.split_once('=').map_or((text, None), |(k, n)| (k, Some(n)));
        let kind = TestProcessKind::named(name);
        let kind = kind.ok_or_else(|| OrderError::Kind(name.to_owned()))?;
        let (order, row) = (Self::new(kind), kind.row());
        let Some(number) = number else { return Ok(order) };
        let Number { what, least, most, .. } = row.number;
        let number = number.parse().ok().filter(|number| (least..=most).contains(number));
        let number = number.ok_or(OrderError::Number { kind: row.name, least, most, what })?;
        Ok(Self { number, ..order })
    }
}

/// As the command line takes it, without the parent.
impl fmt::Display for TestProcessOrder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = self.kind.row();
        if self.number == row.number.default {
            formatter.write_str(row.name)
        } else {
            write!(formatter, "{}={}", row.name, self.number)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_kind_has_a_row_and_names_that_serve_the_kernel_and_the_command_line() {
        let mut kinds = HashSet::new();
        let mut names = HashSet::new();
        for row in &KINDS {
            assert!(
                kinds.insert(row.kind) && names.insert(row.name),
                "{} is there twice",
                row.name
            );
            assert_eq!(row.kind.row().name, row.name);
            assert!(row.comm.starts_with("px-") && row.comm.len() <= 15, "{}", row.comm);
            let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(row.name.chars().all(is_plain), "{}", row.name);
            let Number { default, least, most, step, .. } = row.number;
            assert!((least..=most).contains(&default), "{}", row.name);
            assert!((1..most).contains(&step), "{}", row.name);
            let word = serde_json::to_string(&row.kind).unwrap();
            assert_eq!(word, format!("{:?}", row.name));
        }
    }

    #[test]
    fn a_number_grows_and_shrinks_by_its_step_and_stays_within_its_bounds() {
        let chosen = |kind: TestProcessKind, number: u32| {
            let bounds = kind.row().number;
            (bounds.smaller(number), bounds.larger(number))
        };
        assert_eq!(chosen(TestProcessKind::Child, 1), (1, 2));
        assert_eq!(chosen(TestProcessKind::Child, 256), (255, 256));
        assert_eq!(chosen(TestProcessKind::Exit, 0), (0, 1));
        assert_eq!(chosen(TestProcessKind::Burner, 1), (1, 10));
        assert_eq!(chosen(TestProcessKind::Burner, 10), (1, 20));
        assert_eq!(chosen(TestProcessKind::Burner, 95), (90, 100));
        assert_eq!(chosen(TestProcessKind::Memory, 32), (16, 48));
        assert_eq!(chosen(TestProcessKind::Memory, 250), (240, 256));
    }

    #[test]
    fn an_order_is_read_from_the_command_line_and_says_itself() {
        let order: TestProcessOrder = "parent".parse().unwrap();
        assert_eq!(
            order,
            TestProcessOrder { kind: TestProcessKind::Parent, number: 3, under: None }
        );
        let order: TestProcessOrder = "chain=16".parse().unwrap();
        assert_eq!((order.number, order.to_string()), (16, "chain=16".to_owned()));
        assert_eq!("exit=0".parse::<TestProcessOrder>().unwrap().number, 0);
        for (wrong, sentence) in [
            ("dragon", "there is no kind \"dragon\"; `pexplore lab --kinds` lists them"),
            ("chain=17", "chain=N takes a number from 1 to 16 (of them in a line)"),
            ("chain=", "chain=N takes a number from 1 to 16 (of them in a line)"),
            ("child=0", "child=N takes a number from 1 to 256 (of them)"),
        ] {
            assert_eq!(wrong.parse::<TestProcessOrder>().unwrap_err().to_string(), sentence);
        }
    }
}
