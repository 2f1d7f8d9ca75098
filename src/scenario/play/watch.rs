//! Watches for the predicted facts, and decides when the watch is over.

use crate::scenario::action::Action;
use crate::scenario::observe::observe;
use crate::scenario::play::{Phase, Play, WAIT_SECONDS};
use crate::world::World;

impl Play {
    /// The participants or facts that did not come in time, in a sentence.
    pub(super) fn missing(&self) -> String {
        let unseen = self
            .participants
            .participants()
            .filter(|participant| participant.id.is_none())
            .map(|participant| &participant.part);
        let missing: Vec<&str> = self.awaited.iter().chain(unseen).map(String::as_str).collect();
        if !missing.is_empty() {
            return format!("{} did not show up in time", missing.join(", "));
        }
        match self.actions.next.front() {
            Some(Action::Find { recognized, under, .. }) => {
                format!(
                    "no {recognized} was found under {}",
                    self.participants.named(&format!("{{{under}}}"))
                )
            }
            _ => "the lab did not answer in time".to_owned(),
        }
    }

    pub(super) fn watch(&mut self, elapsed: f64, world: &World) {
        let step = &self.scenario.steps[self.at];
        self.seen =
            step.observe.iter().map(|fact| observe(fact, &self.participants, world)).collect();
        let holds = self.is_as_predicted() && self.is_everyone_there();
        let is_final = step.observe.iter().all(|fact| fact.claim.is_final());
        let is_over = elapsed >= step.watch_s + WAIT_SECONDS;
        if !(is_over || holds && (is_final || elapsed >= step.watch_s)) {
            return;
        }
        if step.predicts() {
            let counted = if self.is_as_predicted() {
                &mut self.score.as_predicted
            } else {
                &mut self.score.contradicted
            };
            *counted += 1;
        }
        self.enter(Phase::Finished, world);
        if let Some(is_right) = self.is_answer_right() {
            self.score.answered += 1;
            self.score.right += usize::from(is_right);
        }
    }
}
