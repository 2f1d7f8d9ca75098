//! The parts of test processes: single processes, and how each kind is put together from them.
//!
//! Pure: what a kind costs is known, and counted, before anything is forked.

use serde::{Deserialize, Serialize};

use crate::test_process::{KINDS, TestProcessKind};

/// The part of one process. Its name in the kernel is its name on the wire.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Deserialize, Serialize)]
pub(super) enum Part {
    Main,
    /// The process that a kind is named for.
    Own(TestProcessKind),
    /// The template server that forks the children of a forkserver.
    Server,
    Zombie,
    Brief,
    /// A real program; until its exec it has that name.
    Program,
}

impl Part {
    fn all() -> impl Iterator<Item = Self> {
        let others = [Self::Main, Self::Server, Self::Zombie, Self::Brief, Self::Program];
        others.into_iter().chain(KINDS.iter().map(|row| Self::Own(row.kind)))
    }

    /// The name that the kernel has for the process.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Main => "px-main",
            Self::Own(kind) => kind.row().comm,
            Self::Server => "px-forkserver",
            Self::Zombie => "px-zombie",
            Self::Brief => "px-brief",
            Self::Program => "px-program",
        }
    }

    pub(super) fn of_name(name: &str) -> Option<Self> {
        Self::all().find(|part| part.name() == name)
    }

    /// Whether init is to adopt it, and not the helper.
    pub(super) fn goes_to_init(self) -> bool {
        matches!(self, Self::Own(TestProcessKind::Orphan | TestProcessKind::Daemon))
    }

    /// Whether it leaves the session that it was forked in.
    pub(super) fn leaves_session(self) -> bool {
        matches!(self, Self::Own(TestProcessKind::Session | TestProcessKind::Daemon))
    }

    /// Whether it ends as soon as it has come up.
    pub(super) fn ends_at_once(self) -> bool {
        matches!(self, Self::Zombie | Self::Brief)
    }
}

/// One process that is to be forked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Step {
    pub(super) part: Part,
    /// The number of its part: a percentage, megabytes, an exit code.
    pub(super) number: u32,
    pub(super) under: Under,
}

/// The process that forks it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Under {
    /// The process that the test process is added to.
    Target,
    /// The template server that the target has already.
    Server,
    /// The process of that step, counted from zero.
    Made(usize),
}

const ZOMBIE_EXIT_CODE: u32 = 7;

/// The processes of a test process in the order of their birth; its own comes first.
pub(super) fn steps(kind: TestProcessKind, number: u32, has_server: bool) -> Vec<Step> {
    use TestProcessKind as Kind;
    let step = |part, under| Step { part, number, under };
    let with = |own: Part, others: Part, parent: fn(usize) -> usize, count: u32| {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let others = (1..count).map(|index| step(others, Under::Made(parent(index))));
        std::iter::once(step(own, Under::Target)).chain(others).collect()
    };
    let own_part = Part::Own(kind);
    match kind {
        Kind::ServerChild if has_server => vec![step(own_part, Under::Server)],
        Kind::ServerChild => {
            vec![step(Part::Server, Under::Target), step(own_part, Under::Made(0))]
        }
        Kind::ZombieMaker => {
            let number = ZOMBIE_EXIT_CODE;
            let zombie = Step { part: Part::Zombie, number, under: Under::Made(0) };
            vec![step(own_part, Under::Target), zombie]
        }
        Kind::Parent => with(own_part, Part::Own(Kind::Child), |_| 0, number.saturating_add(1)),
        Kind::Burst => with(own_part, Part::Brief, |_| 0, number.saturating_add(1)),
        Kind::Chain => with(own_part, own_part, |index| index - 1, number),
        // Each forks two: a tree that doubles with every generation.
        Kind::ForkBomb => with(own_part, own_part, |index| (index - 1) / 2, number),
        Kind::Child
        | Kind::SpawnChild
        | Kind::Daemonic
        | Kind::Daemon
        | Kind::Orphan
        | Kind::Subreaped
        | Kind::TermIgnorer
        | Kind::TermCatcher
        | Kind::Stopped
        | Kind::Burner
        | Kind::Memory
        | Kind::Exit
        | Kind::Crash
        | Kind::Session => vec![step(own_part, Under::Target)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_begins_with_its_own_process_or_with_its_server() {
        for row in &KINDS {
            let steps = steps(row.kind, row.number.default, false);
            let first = steps[0].part.name();
            let is_own = first == row.comm;
            assert!(
                is_own || (first, row.comm) == ("px-forkserver", "px-server-child"),
                "{}",
                row.name
            );
            assert_eq!(steps[0].under, Under::Target);
            for (index, step) in steps.iter().enumerate().skip(1) {
                assert!(matches!(step.under, Under::Made(earlier) if earlier < index));
            }
        }
    }

    #[test]
    fn names_are_read_back_and_short_enough_for_the_kernel() {
        for part in Part::all() {
            assert_eq!(Part::of_name(part.name()), Some(part));
            assert!(part.name().len() <= 15);
        }
    }

    #[test]
    fn numbers_make_families() {
        let parents = |kind, number| -> Vec<Option<usize>> {
            let under = |step: Step| match step.under {
                Under::Made(index) => Some(index),
                Under::Target | Under::Server => None,
            };
            steps(kind, number, false).into_iter().map(under).collect()
        };
        assert_eq!(parents(TestProcessKind::Parent, 2), [None, Some(0), Some(0)]);
        assert_eq!(parents(TestProcessKind::Chain, 3), [None, Some(0), Some(1)]);
        let bomb = [None, Some(0), Some(0), Some(1), Some(1), Some(2)];
        assert_eq!(parents(TestProcessKind::ForkBomb, 6), bomb);
        assert_eq!(parents(TestProcessKind::ForkBomb, 64).len(), 64);
        assert_eq!(steps(TestProcessKind::ServerChild, 1, true)[0].under, Under::Server);
    }
}
