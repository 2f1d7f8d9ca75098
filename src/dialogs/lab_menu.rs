//! The lab menu: scenarios, Python programs, and acts on the lab as a whole.

pub(crate) mod draw;
use std::sync::Arc;

use crate::dialogs::{DialogAct, ListInput, Next};
use crate::keymap::Motion;
use crate::scenario::{BrokenScenario, Need, Scenario};
use crate::test_process::{PYTHON_PROGRAMS, PythonProgram};

/// The menu, open.
#[derive(Clone, Debug, Default)]
pub(crate) struct LabMenu {
    /// The entries; empty until they were read.
    pub(crate) entries: Vec<LabEntry>,
    /// The chosen entry, by its place.
    pub(crate) choice: usize,
    /// The names of the scenarios that were played.
    pub(crate) played: Vec<String>,
    /// The scenario that was played last: the one after it is chosen first.
    pub(crate) after: Option<String>,
}

/// Something that can be chosen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum LabEntry {
    /// A scenario to play, or what is wrong with its file.
    Scenario(Result<Arc<Scenario>, BrokenScenario>, Readiness),
    /// A Python program to start.
    Program(&'static PythonProgram, Readiness),
    Act(LabAct),
}

/// Whether what is needed is there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Readiness {
    Ready,
    Lacks(Need),
}

/// An act on the lab as a whole.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum LabAct {
    /// The lab's main ends as a program normally does.
    EndMain,
    /// Everything in the lab ends.
    EndAll,
}

impl LabAct {
    /// Every act, in the order of the menu.
    pub(crate) const ALL: [Self; 2] = [Self::EndMain, Self::EndAll];

    /// Its name in the menu.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::EndMain => "end the lab's main",
            Self::EndAll => "end every test process",
        }
    }

    /// Its effect, in sentences.
    pub(crate) fn lesson(self) -> &'static str {
        match self {
            Self::EndMain => {
                "The lab's main ends normally, as a program that has done its work: it ends its \
                 daemonic children by SIGTERM first. Its other children live on as orphans, and \
                 the lab's helper, a subreaper, adopts them."
            }
            Self::EndAll => {
                "Everything that was started in your own lab ends, its helper and its guard too. \
                 A scenario that is played has a lab of its own, which goes on."
            }
        }
    }
}

impl LabEntry {
    /// Its name in the menu.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Scenario(Ok(scenario), _) => &scenario.title,
            Self::Scenario(Err(broken), _) => &broken.file,
            Self::Program(program, _) => program.title,
            Self::Act(act) => act.name(),
        }
    }

    /// The heading that it stands under.
    pub(crate) fn heading(&self) -> &'static str {
        match self {
            Self::Scenario(..) => "scenarios",
            Self::Program(..) => "Python programs",
            Self::Act(_) => "acts",
        }
    }
}

impl LabMenu {
    /// The entries of the menu.
    pub(crate) fn entries(
        scenarios: Vec<Result<Arc<Scenario>, BrokenScenario>>,
        has_python: bool,
    ) -> Vec<LabEntry> {
        let python = if has_python { Readiness::Ready } else { Readiness::Lacks(Need::Python) };
        let scenarios = scenarios.into_iter().map(|scenario| {
            let needs_python =
                scenario.as_ref().is_ok_and(|scenario| scenario.needs.contains(&Need::Python));
            let readiness = if needs_python { python } else { Readiness::Ready };
            LabEntry::Scenario(scenario, readiness)
        });
        let programs = PYTHON_PROGRAMS.iter().map(|program| LabEntry::Program(program, python));
        scenarios.chain(programs).chain(LabAct::ALL.map(LabEntry::Act)).collect()
    }

    /// Takes the entries in, once they were read.
    pub(crate) fn fill(&mut self, entries: Vec<LabEntry>) {
        let is_last = |entry: &LabEntry| match entry {
            LabEntry::Scenario(Ok(scenario), _) => Some(&scenario.name) == self.after.as_ref(),
            LabEntry::Scenario(Err(_), _) | LabEntry::Program(..) | LabEntry::Act(_) => false,
        };
        let last = entries.iter().position(is_last);
        self.choice = last.map_or(self.choice, |last| last + 1);
        self.entries = entries;
    }

    /// Whether a scenario was played in this session.
    pub(crate) fn is_played(&self, entry: &LabEntry) -> bool {
        match entry {
            LabEntry::Scenario(Ok(scenario), _) => self.played.contains(&scenario.name),
            LabEntry::Scenario(Err(_), _) | LabEntry::Program(..) | LabEntry::Act(_) => false,
        }
    }

    /// The entry that is chosen.
    pub(crate) fn chosen(&self) -> Option<&LabEntry> {
        self.entries.get(self.choice)
    }
}

/// A choice from the menu.
#[derive(Debug)]
pub(crate) enum LabChoice {
    Play(Arc<Scenario>),
    Start(&'static PythonProgram),
    Act(LabAct),
    Lacks(LabEntry, Need),
    Broken(BrokenScenario),
}

impl LabMenu {
    pub(super) fn on_list(mut self, input: ListInput) -> Next<Self> {
        let motion = match input {
            ListInput::Confirm => return self.choose(),
            ListInput::Cancel => return Next::Close,
            ListInput::Again => Motion::Down,
            ListInput::Move(motion) => motion,
        };
        self.choice = motion.choose(self.choice, self.entries.len());
        Next::Stay(self)
    }

    fn choose(self) -> Next<Self> {
        // Nothing can be chosen while the entries are read.
        let Some(entry) = self.chosen().cloned() else { return Next::Stay(self) };
        Next::Act(DialogAct::Lab(match entry {
            LabEntry::Scenario(_, Readiness::Lacks(need))
            | LabEntry::Program(_, Readiness::Lacks(need)) => LabChoice::Lacks(entry, need),
            LabEntry::Scenario(Ok(scenario), Readiness::Ready) => LabChoice::Play(scenario),
            LabEntry::Scenario(Err(broken), Readiness::Ready) => LabChoice::Broken(broken),
            LabEntry::Program(program, Readiness::Ready) => LabChoice::Start(program),
            LabEntry::Act(act) => LabChoice::Act(act),
        }))
    }
}
