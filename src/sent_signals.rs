//! The signals that were sent: the prediction for each, and its outcome.

use std::collections::VecDeque;

use crate::describe::outcome;
use crate::forecast::{Forecast, Masks, Verdict, WATCHED_NANOS, preview};
use crate::record::{BootTime, ProcessId, ProcessKey, SignalMasks};
use crate::world::{Comparison, What, World};

/// So many forecasts are kept, the newest.
const MOST_KEPT: usize = 16;
/// So many differences of one signal are written into the log.
const MOST_LOGGED: usize = 32;
/// The caveat for a subtree that did not stand still.
pub(crate) const MAY_BE_LEFT: &str = "those born meanwhile may be left";

/// The forecasts of the newest signals.
#[derive(Debug, Default)]
pub(crate) struct SentSignals {
    kept: VecDeque<Kept>,
    next: u64,
    /// A process that outlived SIGTERM, for which KILL comes first in the dialog.
    pub(crate) kill_offer: Option<ProcessId>,
}

/// The prediction for one signal, and how far it came true.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// The number of its order.
    number: u64,
    pub(crate) forecast: Forecast,
    /// The prediction, in sentences.
    pub(crate) sentences: Vec<String>,
    pub(crate) stage: Stage,
    /// The outcome, once it was compared.
    pub(crate) verdicts: Vec<Verdict>,
    /// The newest end that came after the comparison.
    at_last: Option<Verdict>,
    /// The processes whose end is awaited after the comparison.
    awaited: Vec<ProcessId>,
    /// Whether the signal reached all that it was to reach.
    is_complete: bool,
}

/// The stage of a forecast.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Stage {
    /// The signal is on its way.
    Asked,
    /// It was sent, and what it does is watched.
    Watched,
    /// The outcome was compared with the prediction.
    Compared,
}

impl SentSignals {
    /// The newest forecast for a signal to that process.
    pub(crate) fn get(&self, target: ProcessId) -> Option<&Kept> {
        self.kept.iter().rev().find(|kept| kept.forecast.target == target)
    }

    /// Whether what came of that signal was compared already.
    pub(crate) fn is_compared(&self, number: u64) -> bool {
        self.of_number(number).is_some_and(|kept| kept.stage == Stage::Compared)
    }

    /// How what came of that signal stands to what was predicted, once that was compared.
    pub(crate) fn comparison(&self, number: u64) -> Option<Comparison> {
        self.of_number(number)?.verdicts.iter().map(|verdict| verdict.comparison).max()
    }

    /// The knowledge of the target's masks when that signal was sent.
    pub(crate) fn masks(&self, number: u64) -> Masks {
        let target = self.of_number(number).and_then(|kept| kept.forecast.of_target());
        target.map_or(Masks::Unknown, |target| target.masks)
    }

    fn of_number(&self, number: u64) -> Option<&Kept> {
        self.kept.iter().find(|kept| kept.number == number)
    }

    /// The subtree of that signal may have borne others meanwhile.
    pub(crate) fn note_incomplete(&mut self, number: u64) {
        for kept in self.kept.iter_mut().filter(|kept| kept.number == number) {
            kept.is_complete = false;
        }
    }

    /// Nothing was sent, so nothing comes of it.
    pub(crate) fn forget(&mut self, number: u64) {
        self.kept.retain(|kept| kept.number != number);
    }

    /// Keeps the forecast of a signal that is to be sent; the number of its order.
    pub(crate) fn keep(&mut self, world: &World, forecast: Option<Forecast>) -> u64 {
        let number = self.next;
        self.next += 1;
        if let Some(forecast) = forecast {
            if self.kept.len() == MOST_KEPT {
                self.kept.pop_front();
            }
            self.kept.push_back(Kept {
                number,
                sentences: preview::effects(world, &forecast),
                forecast,
                stage: Stage::Asked,
                verdicts: Vec::new(),
                at_last: None,
                awaited: Vec::new(),
                is_complete: true,
            });
        }
        number
    }

    /// The signal was sent at that time. What was read of masks just before counts where nothing
    /// was known; a process that refused the signal did not get it.
    pub(crate) fn on_sent(
        &mut self,
        world: &World,
        number: u64,
        at: BootTime,
        masks: &[(ProcessKey, SignalMasks)],
        refused: &[ProcessKey],
    ) {
        let kept = self.kept.iter_mut().find(|kept| kept.number == number);
        let Some(kept) = kept else { return };
        let masks = masks.iter().filter_map(|(id, masks)| Some((world.resolve(*id)?, *masks)));
        let refused = refused.iter().filter_map(|id| world.resolve(*id));
        kept.forecast.learn(&masks.collect::<Vec<_>>());
        kept.forecast.spare(&refused.collect::<Vec<_>>());
        kept.forecast.since = at;
        kept.sentences = preview::effects(world, &kept.forecast);
        kept.stage = Stage::Watched;
    }

    /// Compares forecasts with what happened, where it is time for that: once everything has
    /// happened, or with the first scan after the time that is watched. The differences go into
    /// the log; the numbers of the signals about which there is something new to say.
    pub(crate) fn compare(&mut self, world: &mut World) -> Vec<u64> {
        let scanned = world.last_scan().map_or(0, |began| began.0);
        let mut news = Vec::new();
        for kept in &mut self.kept {
            let due = kept.forecast.since.0.saturating_add(WATCHED_NANOS);
            let is_new = match kept.stage {
                Stage::Watched if scanned >= due || kept.forecast.is_fulfilled(world) => {
                    kept.compare(world)
                }
                Stage::Asked | Stage::Watched => false,
                Stage::Compared => kept.follow_awaited(world),
            };
            news.extend(is_new.then_some(kept.number));
        }
        news
    }

    /// The outcome of a signal, in one line; the end is cut first.
    pub(crate) fn line(&self, world: &World, number: u64) -> Option<String> {
        let kept = self.of_number(number)?;
        let caveat = (!kept.is_complete).then(|| format!("{MAY_BE_LEFT}; "));
        let line = match &kept.at_last {
            Some(verdict) => format!("at last: {}", outcome::with_name(world, verdict)),
            None if kept.verdicts.is_empty() => String::new(),
            None => outcome::line(world, &kept.forecast, &kept.verdicts),
        };
        Some(caveat.unwrap_or_default() + &line)
    }
}

impl Kept {
    /// Compares the forecast with what happened; whether there is anything to say.
    fn compare(&mut self, world: &mut World) -> bool {
        let forecast = &self.forecast;
        let verdicts = forecast.compare(world);
        let awaited = forecast.processes.iter().filter(|it| forecast.awaits_end(world, it));
        self.awaited = awaited.map(|predicted| predicted.id).collect();
        self.stage = Stage::Compared;
        let Some(comparison) = verdicts.iter().map(|verdict| verdict.comparison).max() else {
            return false;
        };
        let name = forecast.of_target().map_or_else(|| "?".into(), |target| target.name.clone());
        let of_signal = outcome::of_signal(world, forecast, &verdicts);
        let mut entries = vec![(forecast.target, name, What::Compared(comparison), of_signal)];
        let differing = verdicts.iter().filter(|it| it.comparison == Comparison::Mismatch);
        entries.extend(differing.take(MOST_LOGGED).map(|verdict| {
            (verdict.id, verdict.name.clone(), What::Mismatch, outcome::describe(world, verdict))
        }));
        self.verdicts = verdicts;
        for (id, name, what, text) in entries {
            world.log_comparison(id, name, what, text.into());
        }
        true
    }

    /// Compares those whose end was still awaited; whether any of them ended.
    fn follow_awaited(&mut self, world: &mut World) -> bool {
        if self.awaited.is_empty() {
            return false;
        }
        let forecast = &self.forecast;
        let ended: Vec<Verdict> = self
            .awaited
            .iter()
            .filter_map(|id| forecast.get(*id))
            .filter(|predicted| !forecast.awaits_end(world, predicted))
            .filter_map(|predicted| forecast.judge(world, predicted))
            .collect();
        self.awaited.retain(|id| ended.iter().all(|verdict| verdict.id != *id));
        self.verdicts.retain(|old| ended.iter().all(|verdict| verdict.id != old.id));
        self.verdicts.extend(ended.iter().cloned());
        let has_news = !ended.is_empty();
        for verdict in ended {
            let text = outcome::describe(world, &verdict);
            self.at_last = Some(verdict.clone());
            let text = format!("{}: {text}", verdict.signal.name());
            let what = What::Compared(verdict.comparison);
            world.log_comparison(verdict.id, verdict.name, what, text.into());
        }
        has_news
    }
}
