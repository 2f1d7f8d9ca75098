//! The outcome for all but a signal's target, with those that are alike grouped.

use crate::describe::outcome::{adopter, adoption, is_orphan, sentence, with_name};
use crate::forecast::{Delay, Forecast, Found, Prediction, Reparenting, Verdict};
use crate::record::{ProcessId, State};
use crate::world::{Comparison, World};

/// The matched outcomes of all but the target, grouped where the sentence is the same.
pub(crate) fn others(world: &World, forecast: &Forecast, verdicts: &[Verdict]) -> Vec<String> {
    let mut alike: Vec<(Kind, Vec<&Verdict>)> = Vec::new();
    let is_true = |verdict: &&Verdict| {
        matches!(verdict.comparison, Comparison::Matched | Comparison::Pending)
            && verdict.id != forecast.target
    };
    for verdict in verdicts.iter().filter(is_true) {
        let kind = Kind::new(verdict);
        match alike.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, same)) => same.push(verdict),
            None => alike.push((kind, vec![verdict])),
        }
    }
    let describe = |(kind, same): (Kind, Vec<&Verdict>)| match (&*same, kind.found) {
        ([one], _) => with_name(world, one),
        (many, Found::Lives { parent, .. }) if kind.is_orphan => {
            format!("{} orphans{}", many.len(), adoption(world, parent).trim_start_matches(','))
        }
        (many, _) => format!("{} more {}", many.len(), sentence(world, many[0])),
    };
    alike.into_iter().map(describe).collect()
}

/// The sentence about a process, as a value: processes of one kind share it.
#[derive(Clone, Copy, PartialEq)]
struct Kind {
    found: Found,
    is_orphan: bool,
    comparison: Comparison,
    prediction: Prediction,
    adopter: Option<ProcessId>,
    delay: Option<Delay>,
}

impl Kind {
    fn new(verdict: &Verdict) -> Self {
        let is_orphan = is_orphan(verdict);
        let is_adopted = matches!(verdict.reparenting, Reparenting::Adopted { .. });
        let found = match verdict.found {
            Found::Ended { cause, .. } => Found::Ended { cause, after: 0 },
            // Of an orphan that is all; else whether it is stopped may be.
            Found::Lives { parent, .. } if is_orphan => {
                Found::Lives { state: State::Sleeping, parent }
            }
            Found::Lives { state, parent } => {
                let is_held = matches!(state, State::Stopped | State::Traced);
                let state = if is_held { state } else { State::Sleeping };
                Found::Lives { state, parent: parent.filter(|_| is_adopted) }
            }
            born @ Found::Born { .. } => born,
        };
        Self {
            found,
            is_orphan,
            comparison: verdict.comparison,
            prediction: verdict.prediction,
            adopter: adopter(verdict),
            delay: verdict.delay,
        }
    }
}
