//! News from the lab: the outcomes of orders.

use crate::record::ProcessKey;
use crate::scenario::MAIN;
use crate::scenario::action::Action;
use crate::scenario::play::{Phase, Play};
use crate::scenario::request::{StageNews, StageOrder};
use crate::world::World;

impl Play {
    /// Takes in what became of the last order, or what somebody tells.
    pub(crate) fn on_news(&mut self, news: StageNews, world: &World) -> Option<StageOrder> {
        match news {
            StageNews::Opened(main) => {
                self.participants.leave();
                self.participants.assign(MAIN, main);
                if self.phase == Phase::Opening {
                    self.enter(Phase::Narrating, world);
                } else {
                    self.finish_action(world);
                }
            }
            StageNews::Started(processes) => self.on_started(&processes, world),
            StageNews::Done => self.finish_action(world),
            StageNews::Named(part, _) if part == MAIN => self.awaited.retain(|own| own != MAIN),
            // A program may tell of more than the scenario asks for.
            StageNews::Named(part, key) if self.awaited.contains(&part) => {
                self.begin_part(&part, key);
            }
            StageNews::Named(..) => {}
            StageNews::Caught(caught) => self.participants.on_caught(caught),
            StageNews::Refused(sentence) => self.on_refusal(sentence, world),
            StageNews::Ended => {
                let sentence = "the lab's helper or guard was ended by somebody else";
                self.enter(Phase::Broken(sentence.to_owned()), world);
            }
        }
        self.look(world)
    }

    fn on_started(&mut self, processes: &[ProcessKey], world: &World) {
        let Some(Action::Start { part, .. } | Action::Run { part, .. }) = self.actions.next.front()
        else {
            return;
        };
        let part = part.clone();
        for (number, key) in processes.iter().enumerate() {
            let name = if number == 0 { part.clone() } else { format!("{part}.{number}") };
            self.participants.assign(&name, *key);
        }
        self.finish_action(world);
    }

    /// A refusal is what was to be shown, or it is the end.
    fn on_refusal(&mut self, sentence: String, world: &World) {
        if let Some(Action::Start { under, .. }) = self.actions.next.front()
            && self.step().expects_refusal_of(under)
        {
            let under = under.clone();
            if let Some(participant) = self.participants.participant_mut(&under) {
                participant.refusal = Some(sentence);
            }
            self.finish_action(world);
            return;
        }
        self.enter(Phase::Broken(sentence), world);
    }
}
