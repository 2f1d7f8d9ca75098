//! Scenarios: scripted, narrated demonstrations on real processes.
//!
//! A scenario is data: [`parse`] reads it from TOML, [`play`] walks through it, [`fact`] says what
//! can be observed, [`participants`] knows the process of each part. `assets/scenarios/README.md`
//! documents the format for those who write their own.

pub(crate) mod action;
pub(crate) mod fact;
pub(crate) mod library;
pub(crate) mod observe;
pub(crate) mod parse;
pub(crate) mod participants;
pub(crate) mod play;
pub(crate) mod request;
pub(crate) mod transcript;

use serde::{Deserialize, Serialize};

use crate::scenario::action::Action;
use crate::scenario::fact::{Claim, Fact};

/// A demonstration, step by step.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Scenario {
    /// Its name, `[a-z0-9-]+`.
    pub(crate) name: String,
    /// Its title, in a few words.
    pub(crate) title: String,
    /// Its lesson, in one sentence.
    pub(crate) summary: String,
    /// The needs that the machine must meet.
    pub(crate) needs: Vec<Need>,
    /// The steps, in order; at least one.
    pub(crate) steps: Vec<Step>,
}

/// A file that holds no scenario.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct BrokenScenario {
    pub(crate) file: String,
    /// The mistake in it: one sentence, with the line where there is one.
    pub(crate) sentence: String,
}

/// Something that not every machine has.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub(crate) enum Need {
    /// A `python3` on the path.
    Python,
    /// That the kernel itself tells of every birth and end.
    Events,
}

impl Need {
    /// Every need, with its word in the file.
    pub(crate) const ALL: [(Self, &str); 2] = [(Self::Python, "python3"), (Self::Events, "events")];

    /// The lack, where it is not met.
    pub(crate) fn lack(self) -> &'static str {
        match self {
            Self::Python => "it needs python3, which is not on the path",
            Self::Events => "it needs the kernel's own events, which are not to be had here",
        }
    }
}

/// One step: what is said, what is asked, what is done, what is seen, and why it is so.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub(crate) struct Step {
    pub(crate) say: String,
    /// The question to the viewer before anything is done.
    pub(crate) ask: Option<Question>,
    /// The actions, one after the other.
    pub(crate) actions: Vec<Action>,
    /// Seconds after the last action in which the facts have to become true, and stay so.
    pub(crate) watch_s: f64,
    /// The facts that are predicted to be seen.
    pub(crate) observe: Vec<Fact>,
    pub(crate) why: Option<String>,
}

/// A prediction that the viewer is asked for.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(crate) struct Question {
    pub(crate) text: String,
    /// The answer that is right if all that is predicted is seen.
    pub(crate) right: String,
    /// Every answer, in the order in which they are offered.
    pub(crate) answers: Vec<String>,
}

/// Why nothing can be played where births are known in seconds only.
pub(crate) const NO_TICKS: &str = "it does not tell exactly when processes were born";

/// The part that the lab's main plays in every scenario.
pub(crate) const MAIN: &str = "main";

impl Step {
    /// Whether anything is predicted, and is to be observed.
    pub(crate) fn predicts(&self) -> bool {
        !self.observe.is_empty()
    }

    /// Whether it tells something, and that is all.
    fn only_narrates(&self) -> bool {
        self.actions.is_empty() && self.observe.is_empty() && self.why.is_none()
    }

    /// Whether it is to be seen that somebody refuses to have a child.
    fn expects_refusal_of(&self, part: &str) -> bool {
        let refuses = |fact: &Fact| fact.part == part && fact.claim == Claim::RefusedAChild;
        self.observe.iter().any(refuses)
    }
}
