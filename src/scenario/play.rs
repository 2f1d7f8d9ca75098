//! A scenario that is being played: its step, and what was done, seen and answered.
//!
//! ```text
//!  Opening ─▶ Narrating ─▶ Doing ─▶ Watching ─▶ Finished ─▶ Narrating (the next step) … ─▶ Over
//!                │ a step that does and predicts nothing ──▶ Narrating (the next step)
//! ```
//!
//! Pure: time comes with the world, orders go out as data, answers come in as news.

mod news;
mod watch;

use std::collections::VecDeque;
use std::sync::Arc;

use crate::record::{BootTime, ProcessKey, Scan};
use crate::scenario::action::{self, Action};
use crate::scenario::observe::Finding;
use crate::scenario::participants::Participants;
use crate::scenario::request::StageOrder;
use crate::scenario::{MAIN, Scenario, Step};
use crate::world::World;

/// How much longer than asked for facts are waited for: machines may be slow.
const WAIT_SECONDS: f64 = 6.0;
/// How long processes that were started may take to be seen, and to tell of themselves.
const APPEARANCE_S: f64 = 30.0;

/// Longer than this, nothing comes in only where somebody holds it up: facts are refreshed twice a
/// second.
const LONGEST_GAP_S: f64 = 5.0;
/// A scan that comes after an action may have begun before it; the one after that did not.
const FRESH_SCANS: u32 = 2;

/// A scenario that is being played.
#[derive(Clone, Debug)]
pub(crate) struct Play {
    pub(crate) scenario: Arc<Scenario>,
    /// The number of the run: answers to an earlier one are not for this one.
    pub(crate) run: u64,
    /// The step, counted from 0.
    pub(crate) at: usize,
    /// The phase of the step.
    pub(crate) phase: Phase,
    pub(crate) participants: Participants,
    /// The parts whose processes have not announced themselves yet.
    awaited: Vec<String>,
    actions: Actions,
    /// The viewer's answer in this step.
    pub(crate) answer: Option<String>,
    /// The findings of this step, a fact each.
    pub(crate) seen: Vec<Finding>,
    /// How it went so far.
    pub(crate) score: Score,
    /// The beginning of the phase, or of the action that is being done.
    pub(crate) since: BootTime,
    /// When the world was looked at last.
    looked_at: BootTime,
}

/// The actions of a step.
#[derive(Clone, Debug, Default, PartialEq)]
struct Actions {
    /// The actions that are still to be done.
    next: VecDeque<Action>,
    /// Whether an order for the first of them is on its way.
    is_ordered: bool,
    /// How many scans came since something was done.
    scans: u32,
    done: Vec<Action>,
}

/// The phase of a step.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Phase {
    /// The lab is started for it.
    Opening,
    /// It tells what it is about, and may ask.
    Narrating,
    Doing,
    /// The outcome is watched.
    Watching,
    /// The findings are reported.
    Finished,
    /// That was the last step.
    Over,
    /// It cannot go on: one sentence.
    Broken(String),
}

/// How predictions went.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Score {
    /// Steps that went as the scenario predicted.
    pub(crate) as_predicted: usize,
    pub(crate) contradicted: usize,
    /// Questions that the viewer answered.
    pub(crate) answered: usize,
    pub(crate) right: usize,
}

impl Play {
    /// Begins; the first order is to be carried out at once.
    pub(crate) fn begin(scenario: Arc<Scenario>, run: u64, now: BootTime) -> (Self, StageOrder) {
        let play = Self {
            scenario,
            run,
            at: 0,
            phase: Phase::Opening,
            participants: Participants::default(),
            awaited: Vec::new(),
            actions: Actions::default(),
            answer: None,
            seen: Vec::new(),
            score: Score::default(),
            since: now,
            looked_at: now,
        };
        (play, StageOrder::Open)
    }

    /// The step that it is at.
    pub(crate) fn step(&self) -> &Step {
        &self.scenario.steps[self.at.min(self.scenario.steps.len() - 1)]
    }

    /// Whether a question waits for its answer.
    pub(crate) fn asks(&self) -> bool {
        self.phase == Phase::Narrating && self.step().ask.is_some() && self.answer.is_none()
    }

    /// Whether everything that was predicted in this step was seen.
    pub(crate) fn is_as_predicted(&self) -> bool {
        self.seen.iter().all(|seen| seen.holds)
    }

    /// Whether the viewer's answer was right; `None` without an answer, or where what was seen
    /// decides nothing.
    pub(crate) fn is_answer_right(&self) -> Option<bool> {
        let question = self.step().ask.as_ref()?;
        let answer = self.answer.as_ref()?;
        (self.phase == Phase::Finished && self.is_as_predicted()).then(|| *answer == question.right)
    }

    /// Takes the viewer's answer, by its place among those that are offered.
    pub(crate) fn on_answer(&mut self, choice: usize) {
        if !self.asks() {
            return;
        }
        let question = self.scenario.steps[self.at].ask.as_ref();
        self.answer = question.and_then(|question| question.answers.get(choice)).cloned();
    }

    /// Goes on: from what is reported to what is done, and from what was seen to the next step.
    pub(crate) fn go_on(&mut self, world: &World) -> Option<StageOrder> {
        match self.phase {
            Phase::Narrating if self.step().only_narrates() => {
                self.next_step(world);
                None
            }
            Phase::Narrating => {
                self.actions.next = self.step().actions.iter().cloned().collect();
                self.enter(Phase::Doing, world);
                self.next_action(world)
            }
            Phase::Finished => {
                self.next_step(world);
                None
            }
            _ => None,
        }
    }

    fn enter(&mut self, phase: Phase, world: &World) {
        self.phase = phase;
        self.since = world.now();
    }

    fn next_step(&mut self, world: &World) {
        if self.at + 1 >= self.scenario.steps.len() {
            self.enter(Phase::Over, world);
            return;
        }
        self.at += 1;
        self.participants.settle();
        self.actions.done.clear();
        self.seen.clear();
        self.answer = None;
        self.enter(Phase::Narrating, world);
    }

    /// Does what is next, as far as no participant has to appear first.
    fn next_action(&mut self, world: &World) -> Option<StageOrder> {
        while !self.actions.is_ordered && self.is_everyone_there() {
            let Some(action) = self.actions.next.front() else {
                self.enter(Phase::Watching, world);
                return None;
            };
            if action.happens_to_somebody() && self.actions.scans < FRESH_SCANS {
                return None;
            }
            match action::order(action, &self.participants, world) {
                Ok(Some(order)) => {
                    if let Action::Run { tells, .. } = action {
                        // A program's processes may announce themselves before it is known to run;
                        // its main does so last, when everything is up.
                        self.awaited.clone_from(tells);
                        self.awaited.push(MAIN.to_owned());
                    }
                    self.actions.is_ordered = true;
                    return Some(order);
                }
                // It is found in the world as it is, now or a little later.
                Ok(None) => {
                    let found = action::find(action, &self.participants, world)?;
                    self.begin_part(&found.0, found.1);
                    self.finish_action(world);
                }
                Err(error) => {
                    self.enter(Phase::Broken(error.to_string()), world);
                    return None;
                }
            }
        }
        None
    }

    fn finish_action(&mut self, world: &World) {
        self.since = world.now();
        self.actions.is_ordered = false;
        self.actions.scans = 0;
        self.actions.done.extend(self.actions.next.pop_front());
    }

    /// The actions done in this step, a phrase each.
    pub(crate) fn done(&self) -> impl Iterator<Item = String> {
        self.actions.done.iter().map(|action| action::phrase(action, &self.participants))
    }

    fn begin_part(&mut self, part: &str, key: ProcessKey) {
        self.participants.assign(part, key);
        self.awaited.retain(|awaited| awaited != part);
    }

    /// Whether all started processes are in the world and have announced themselves.
    fn is_everyone_there(&self) -> bool {
        self.awaited.is_empty() && self.participants.is_complete()
    }

    /// Takes note of a scan: which children it has found.
    pub(crate) fn note_scan(&mut self, scan: &Scan) {
        self.participants.note_scan(scan);
        self.actions.scans += 1;
    }

    /// While nothing was looked at, as during a pause or a suspend, no time has passed for what is
    /// awaited.
    fn leave_out_gaps(&mut self, world: &World) {
        let gap = world.now().0.saturating_sub(self.looked_at.0);
        if world.now().seconds_since(self.looked_at) > LONGEST_GAP_S {
            self.since = BootTime(self.since.0.saturating_add(gap));
        }
        self.looked_at = world.now();
    }

    /// Looks at the world after something came in: which participants have appeared, and whether
    /// what was predicted is to be seen.
    pub(crate) fn look(&mut self, world: &World) -> Option<StageOrder> {
        self.participants.look(world);
        self.leave_out_gaps(world);
        let elapsed = world.now().seconds_since(self.since);
        match self.phase {
            Phase::Doing => {
                let order = self.next_action(world);
                if self.phase == Phase::Watching {
                    self.watch(0.0, world);
                }
                if self.phase == Phase::Doing && order.is_none() && elapsed > APPEARANCE_S {
                    self.enter(Phase::Broken(self.missing()), world);
                }
                order
            }
            Phase::Watching => {
                self.watch(elapsed, world);
                None
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
