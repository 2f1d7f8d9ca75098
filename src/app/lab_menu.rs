//! The lab menu: scenarios, Python programs, and acts on the lab as a whole.

use std::sync::Arc;

use crate::app::App;
use crate::app::dialog::{Dialog, ListInput};
use crate::app::input::Effect;
use crate::keymap::Motion;
use crate::scenario::{BrokenScenario, Need, Scenario};
use crate::test_process::{PYTHON_PROGRAMS, PythonProgram};
use crate::text::visible;

/// The menu, open.
#[derive(Clone, Debug, Default)]
pub struct LabMenu {
    /// What there is; nothing until it was read.
    pub entries: Vec<LabEntry>,
    /// Which entry is chosen, by its place.
    pub choice: usize,
}

/// Something that can be chosen.
#[derive(Clone, Debug, PartialEq)]
pub enum LabEntry {
    /// A scenario to play, or what is wrong with its file.
    Scenario(Result<Arc<Scenario>, BrokenScenario>, Readiness),
    /// A Python program to start.
    Program(&'static PythonProgram, Readiness),
    /// An act.
    Act(LabAct),
}

/// Whether what is needed is there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Readiness {
    /// It is.
    Ready,
    /// It is not.
    Lacks(Need),
}

/// An act on the lab as a whole.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LabAct {
    /// The lab's main ends as a program normally does.
    EndMain,
    /// Everything in the lab ends.
    EndAll,
}

impl LabAct {
    /// Every act, in the order of the menu.
    pub const ALL: [Self; 2] = [Self::EndMain, Self::EndAll];

    /// Its name in the menu.
    pub fn name(self) -> &'static str {
        match self {
            Self::EndMain => "end the lab's main",
            Self::EndAll => "end every test child",
        }
    }

    /// What it does.
    pub fn lesson(self) -> &'static str {
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
    pub fn name(&self) -> &str {
        match self {
            Self::Scenario(Ok(scenario), _) => &scenario.title,
            Self::Scenario(Err(broken), _) => &broken.file,
            Self::Program(program, _) => program.title,
            Self::Act(act) => act.name(),
        }
    }

    /// The heading that it stands under.
    pub fn heading(&self) -> &'static str {
        match self {
            Self::Scenario(..) => "scenarios",
            Self::Program(..) => "Python programs",
            Self::Act(_) => "acts",
        }
    }
}

impl LabMenu {
    /// What there is to choose.
    pub(super) fn of(
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

    /// The entry that is chosen.
    pub fn chosen(&self) -> Option<&LabEntry> {
        self.entries.get(self.choice)
    }
}

impl App {
    /// Opens the menu; what there is comes later.
    pub(super) fn open_lab_menu(&mut self) -> Vec<Effect> {
        self.dialog = Some(Dialog::Lab(LabMenu::default()));
        vec![Effect::ListScenarios]
    }

    /// Fills the menu, if it is still open.
    pub(super) fn on_scenarios(
        &mut self,
        scenarios: Vec<Result<Arc<Scenario>, BrokenScenario>>,
        has_python: bool,
    ) {
        if let Some(Dialog::Lab(menu)) = &mut self.dialog {
            menu.entries = LabMenu::of(scenarios, has_python);
        }
    }

    pub(super) fn on_lab_menu(&mut self, mut menu: LabMenu, input: ListInput) -> Vec<Effect> {
        let motion = match input {
            ListInput::Confirm => return self.choose_in_lab(menu),
            ListInput::Cancel => return Vec::new(),
            ListInput::Again => Motion::Down,
            ListInput::Move(motion) => motion,
        };
        menu.choice = motion.choose(menu.choice, menu.entries.len());
        self.dialog = Some(Dialog::Lab(menu));
        Vec::new()
    }

    fn choose_in_lab(&mut self, menu: LabMenu) -> Vec<Effect> {
        match menu.chosen() {
            None => {
                // It is being read still.
                self.dialog = Some(Dialog::Lab(menu));
                Vec::new()
            }
            Some(LabEntry::Scenario(_, Readiness::Lacks(need))) => {
                self.say_error(format!("it cannot be played: {}", need.lack()));
                Vec::new()
            }
            Some(LabEntry::Program(_, Readiness::Lacks(need))) => {
                self.say_error(format!("it cannot be started: {}", need.lack()));
                Vec::new()
            }
            Some(LabEntry::Scenario(Ok(scenario), Readiness::Ready)) => {
                self.begin_scenario(&Arc::clone(scenario))
            }
            Some(LabEntry::Scenario(Err(broken), Readiness::Ready)) => {
                self.say_error(visible(&broken.sentence).into_owned());
                Vec::new()
            }
            Some(LabEntry::Program(program, Readiness::Ready)) => {
                self.say(format!("starting {}.py", program.name));
                vec![Effect::RunProgram(program)]
            }
            Some(LabEntry::Act(LabAct::EndMain)) => vec![Effect::EndLabMain],
            Some(LabEntry::Act(LabAct::EndAll)) => vec![Effect::EndLab],
        }
    }
}
