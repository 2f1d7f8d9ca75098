//! Forecasts that are kept: what was foretold of each signal that was sent, and what came of it.

use std::collections::VecDeque;

use crate::app::{App, Tail};
use crate::describe::outcome;
use crate::forecast::preview::{self, Masks};
use crate::forecast::{Comparison, Forecast, Verdict, WATCHED_NANOS};
use crate::record::{BootTime, ProcessKey, SignalMasks};
use crate::world::What;

/// So many forecasts are kept, the newest.
const MOST_KEPT: usize = 16;
/// So many differences of one signal are written into the log.
const MOST_LOGGED: usize = 32;
/// What is to be known of a subtree that did not stand still.
pub(super) const MAY_BE_LEFT: &str = "those born meanwhile may be left";

/// The forecasts of the newest signals.
#[derive(Debug, Default)]
pub struct SentSignals {
    kept: VecDeque<Kept>,
    next: u64,
}

/// What was foretold of one signal, and how far it came true.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The number of its order.
    number: u64,
    /// What was foretold.
    pub forecast: Forecast,
    /// What was foretold, in sentences.
    pub sentences: Vec<String>,
    /// How far it is.
    pub stage: Stage,
    /// What came of it, once that was compared.
    pub verdicts: Vec<Verdict>,
    /// The comparison in one line.
    line: String,
    /// Whose end is waited for after the comparison.
    awaited: Vec<ProcessKey>,
    /// Whether the signal reached all that it was to reach.
    is_complete: bool,
}

/// How far a forecast is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stage {
    /// The signal is on its way.
    Asked,
    /// It was sent, and what it does is watched.
    Watched,
    /// What happened was held against what was foretold.
    Compared,
}

impl SentSignals {
    /// The newest forecast for a signal to that process.
    pub fn of(&self, target: ProcessKey) -> Option<&Kept> {
        self.kept.iter().rev().find(|kept| kept.forecast.target == target)
    }

    /// Whether what came of that signal was compared already.
    pub(super) fn is_compared(&self, number: u64) -> bool {
        self.of_number(number).is_some_and(|kept| kept.stage == Stage::Compared)
    }

    /// How what came of that signal stands to what was foretold, once that was compared.
    pub(super) fn comparison(&self, number: u64) -> Option<Comparison> {
        self.of_number(number)?.verdicts.iter().map(|verdict| verdict.comparison).max()
    }

    /// What was known of the target's masks when that signal was sent.
    pub(super) fn masks(&self, number: u64) -> Masks {
        let target = self.of_number(number).and_then(|kept| kept.forecast.of_target());
        target.map_or(Masks::Unknown, |target| target.masks)
    }

    fn of_number(&self, number: u64) -> Option<&Kept> {
        self.kept.iter().find(|kept| kept.number == number)
    }

    pub(super) fn correct(&mut self, old: ProcessKey, new: ProcessKey) {
        for kept in &mut self.kept {
            kept.forecast.correct(old, new);
            let verdicts = kept.verdicts.iter_mut().map(|verdict| &mut verdict.key);
            for key in verdicts.chain(&mut kept.awaited) {
                if *key == old {
                    *key = new;
                }
            }
        }
    }

    /// The subtree of that signal may have borne others meanwhile.
    pub(super) fn note_incomplete(&mut self, number: u64) {
        for kept in self.kept.iter_mut().filter(|kept| kept.number == number) {
            kept.is_complete = false;
        }
    }

    /// Nothing was sent, so nothing comes of it.
    pub(super) fn forget(&mut self, number: u64) {
        self.kept.retain(|kept| kept.number != number);
    }
}

impl App {
    /// Keeps what was foretold of a signal that is to be sent; the number of its order.
    pub(super) fn keep_forecast(&mut self, forecast: Option<Forecast>) -> u64 {
        let number = self.sent_signals.next;
        self.sent_signals.next += 1;
        if let Some(forecast) = forecast {
            let kept = &mut self.sent_signals.kept;
            if kept.len() == MOST_KEPT {
                kept.pop_front();
            }
            kept.push_back(Kept {
                number,
                sentences: preview::effects(&self.world, &forecast),
                forecast,
                stage: Stage::Asked,
                verdicts: Vec::new(),
                line: String::new(),
                awaited: Vec::new(),
                is_complete: true,
            });
        }
        number
    }

    /// The signal was sent at that time. What was read of masks just before counts where nothing
    /// was known; who refused the signal did not get it.
    pub(super) fn watch_forecast(
        &mut self,
        number: u64,
        at: BootTime,
        masks: &[(ProcessKey, SignalMasks)],
        refused: &[ProcessKey],
    ) {
        let kept = self.sent_signals.kept.iter_mut().find(|kept| kept.number == number);
        let Some(kept) = kept else { return };
        kept.forecast.learn(masks);
        kept.forecast.spare(refused);
        kept.forecast.since = at;
        kept.sentences = preview::effects(&self.world, &kept.forecast);
        kept.stage = Stage::Watched;
    }

    /// Holds what happened against what was foretold, where it is time for that: once all that
    /// was foretold has happened, or with the first scan after the time that is watched.
    pub(super) fn compare_forecasts(&mut self) {
        let scanned = self.world.last_scan().map_or(0, |began| began.0);
        for index in 0..self.sent_signals.kept.len() {
            let kept = &self.sent_signals.kept[index];
            let due = kept.forecast.since.0.saturating_add(WATCHED_NANOS);
            match kept.stage {
                Stage::Watched if scanned >= due || kept.forecast.is_fulfilled(&self.world) => {
                    self.compare_forecast(index);
                }
                Stage::Asked | Stage::Watched => {}
                Stage::Compared => self.follow_awaited(index),
            }
        }
    }

    fn compare_forecast(&mut self, index: usize) {
        let kept = &mut self.sent_signals.kept[index];
        let world = &self.world;
        let forecast = &kept.forecast;
        let verdicts = forecast.compare(world);
        let awaited = forecast.processes.iter().filter(|it| forecast.awaits_end(world, it));
        kept.awaited = awaited.map(|predicted| predicted.key).collect();
        kept.stage = Stage::Compared;
        if verdicts.is_empty() {
            return;
        }
        let line = outcome::line(world, forecast, &verdicts);
        let comparison =
            verdicts.iter().map(|verdict| verdict.comparison).max().unwrap_or(Comparison::Matched);
        let mut remarks = vec![(
            forecast.target,
            forecast.of_target().map_or_else(|| "?".into(), |target| target.name.clone()),
            What::Compared(comparison),
            outcome::of_signal(world, forecast, &verdicts),
        )];
        let differing =
            verdicts.iter().filter(|verdict| verdict.comparison == Comparison::Mismatch);
        remarks.extend(differing.take(MOST_LOGGED).map(|verdict| {
            (verdict.key, verdict.name.clone(), What::Differs, outcome::of(world, verdict))
        }));
        let number = kept.number;
        kept.verdicts = verdicts;
        kept.line = line;
        for (key, name, what, remark) in remarks {
            self.world.remark(key, name, what, remark.into());
        }
        if self.may_say(number) {
            self.say_comparison(number);
        }
    }

    /// Those whose end was still waited for when what happened was compared.
    fn follow_awaited(&mut self, index: usize) {
        let kept = &mut self.sent_signals.kept[index];
        if kept.awaited.is_empty() {
            return;
        }
        let (world, forecast) = (&self.world, &kept.forecast);
        let ended: Vec<Verdict> = kept
            .awaited
            .iter()
            .filter_map(|key| forecast.of(*key))
            .filter(|predicted| !forecast.awaits_end(world, predicted))
            .filter_map(|predicted| forecast.judge(world, predicted))
            .collect();
        if ended.is_empty() {
            return;
        }
        let number = kept.number;
        kept.awaited.retain(|key| ended.iter().all(|verdict| verdict.key != *key));
        kept.verdicts.retain(|old| ended.iter().all(|verdict| verdict.key != old.key));
        kept.verdicts.extend(ended.iter().cloned());
        for verdict in ended {
            let told = outcome::of(&self.world, &verdict);
            let line = format!("at last: {}", outcome::with_name(&self.world, &verdict));
            self.sent_signals.kept[index].line = line;
            let what = What::Compared(verdict.comparison);
            let remark = format!("{}: {told}", verdict.signal.name());
            self.world.remark(verdict.key, verdict.name, what, remark.into());
            if self.may_say(number) {
                self.say_comparison(number);
            }
        }
    }

    /// Whether nothing else was said since that signal.
    fn may_say(&self, number: u64) -> bool {
        self.message.as_ref().is_none_or(|message| message.about == Some(number))
    }

    /// Says what came of a signal, in one line.
    pub(super) fn say_comparison(&mut self, number: u64) {
        let Some(kept) = self.sent_signals.of_number(number) else { return };
        let differs = self.sent_signals.comparison(number) == Some(Comparison::Mismatch);
        // Where the line is cut is its end.
        let caveat = (!kept.is_complete).then(|| format!("{MAY_BE_LEFT}; "));
        let line = caveat.unwrap_or_default() + &kept.line;
        self.show(line, differs);
        self.about(number);
        if let Some(message) = &mut self.message {
            message.tail = Tail::Log;
        }
    }

    /// What is on the status line is about the signal of that number.
    pub(super) fn about(&mut self, number: u64) {
        if let Some(message) = &mut self.message {
            message.about = Some(number);
        }
    }
}
