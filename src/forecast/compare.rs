//! Compares a forecast with what has happened since.

use std::sync::Arc;

use crate::forecast::delay::{delay_of, end_of, follows_parent, has_delay};
use crate::forecast::{Delay, Forecast, Prediction, ProcessForecast, Reparenting, WATCHED_NANOS};
use crate::record::{Disposition, Ending, ProcessId, Signal, State};
use crate::world::{Cause, Comparison, End, World};

/// The facts found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Found {
    Ended {
        cause: Cause,
        /// How long after the signal, in nanoseconds.
        after: u64,
    },
    /// It lives; of a zombie, its entry is there.
    Lives {
        state: State,
        /// Its parent; `None` where that is not known yet.
        parent: Option<ProcessId>,
    },
    /// It was born after the signal.
    Born {
        creator: ProcessId,
        /// How it ended, if it did.
        ended: Option<Cause>,
    },
}

impl Found {
    /// The state of one that lives.
    fn state(self) -> Option<State> {
        match self {
            Self::Lives { state, .. } => Some(state),
            Self::Ended { .. } | Self::Born { .. } => None,
        }
    }
}

/// The outcome for one process, held against its prediction.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) id: ProcessId,
    /// Its name when the signal was sent.
    pub(crate) name: Arc<str>,
    pub(crate) signal: Signal,
    pub(crate) comparison: Comparison,
    /// The prediction; a process that was not there is spared.
    pub(crate) prediction: Prediction,
    /// Its predicted parent.
    pub(crate) reparenting: Reparenting,
    pub(crate) expected: Expected,
    /// The reason for which the signal waited.
    pub(crate) delay: Option<Delay>,
    pub(crate) found: Found,
}

/// The end that a forecast expects.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Expected {
    By(Signal),
    Some,
    /// Nobody knows: a handler decides, or its masks were not read.
    Unknown,
    None,
}

impl Forecast {
    /// The outcome for every process of the forecast, and for those born among them since. A
    /// process that was to live on and does is passed over, unless the forecast said so.
    pub(crate) fn compare(&self, world: &World) -> Vec<Verdict> {
        let known = self.processes.iter().filter_map(|predicted| self.judge(world, predicted));
        known.chain(self.born(world)).collect()
    }

    /// Whether everything has happened that was predicted: every end, with its cause, and nobody
    /// was to live on.
    pub(crate) fn is_fulfilled(&self, world: &World) -> bool {
        self.processes.iter().all(|predicted| {
            match (predicted.prediction, end_of(world, predicted.id)) {
                (Prediction::Zombie, _) => {
                    world.get(predicted.id).is_none_or(|it| it.ended.is_some())
                }
                (_, Some(end)) => end.cause.status().is_some(),
                (_, None) => false,
            }
        })
    }

    /// Whether the end of this process is still waited for.
    pub(crate) fn awaits_end(&self, world: &World, predicted: &ProcessForecast) -> bool {
        let awaited = self.expected(world, predicted) != Expected::None;
        awaited && end_of(world, predicted.id).is_none()
    }

    /// The outcome for one process.
    pub(crate) fn judge(&self, world: &World, predicted: &ProcessForecast) -> Option<Verdict> {
        let expected = self.expected(world, predicted);
        let end = end_of(world, predicted.id);
        // A ghost may have gone into the history, and from there: nothing is known any more.
        let is_later = end.is_some_and(|end| expected == Expected::None && self.is_after(end));
        let found = match (end, world.life(predicted.id)) {
            // It lived on as long as that was watched.
            (Some(_), _) if is_later => {
                let is_stopped = predicted.prediction == Prediction::Stops;
                let state = if is_stopped { State::Stopped } else { State::Sleeping };
                Found::Lives { state, parent: None }
            }
            (Some(end), _) if predicted.prediction != Prediction::Zombie => {
                Found::Ended { cause: end.cause, after: end.at.0.saturating_sub(self.since.0) }
            }
            (_, Some(life)) if life.ended.is_none() => Found::Lives {
                state: life.stat.state,
                parent: life.parent.filter(|_| !life.open.adopter),
            },
            _ => Found::Ended { cause: Cause::NotReported, after: 0 },
        };
        let comparison = match found {
            _ if is_later => predicted.prediction.receives().then_some(Comparison::Matched)?,
            Found::Ended { cause, .. } => {
                self.came_to_end(world, predicted, expected, cause, end)?
            }
            Found::Lives { state, parent } => {
                self.came_to_live(world, predicted, expected, state, parent)?
            }
            Found::Born { .. } => return None,
        };
        Some(Verdict {
            id: predicted.id,
            name: predicted.name.clone(),
            signal: self.signal,
            comparison,
            prediction: predicted.prediction,
            reparenting: predicted.reparenting,
            expected,
            delay: delay_of(self.signal, predicted, found.state()),
            found,
        })
    }

    fn expected(&self, world: &World, predicted: &ProcessForecast) -> Expected {
        let has_ended = |id: ProcessId| end_of(world, id).is_some();
        match predicted.prediction {
            _ if predicted.delay(self.signal) == Some(Delay::Stopped) => Expected::None,
            _ if predicted.delay(self.signal).is_some() => Expected::Unknown,
            Prediction::Ends if predicted.is_sure(self.signal) => Expected::By(self.signal),
            Prediction::Ends | Prediction::MayTake | Prediction::Traced { .. } => Expected::Unknown,
            // A process may unblock the signal at any time; many do at once.
            Prediction::Decides | Prediction::MayBlock | Prediction::Blocks
                if self.signal.default_act().ends() =>
            {
                Expected::Unknown
            }
            Prediction::HangsUp { of, response, .. } if has_ended(of) => match response {
                Some(Disposition::Default) => Expected::By(Signal::HUP),
                Some(Disposition::Catches | Disposition::Blocks) | None => Expected::Unknown,
                Some(Disposition::Ignores) => Expected::None,
            },
            Prediction::EndsWith { of, .. } if has_ended(of) => Expected::Some,
            _ => Expected::None,
        }
    }

    fn came_to_end(
        &self,
        world: &World,
        predicted: &ProcessForecast,
        expected: Expected,
        cause: Cause,
        end: Option<End>,
    ) -> Option<Comparison> {
        if predicted.prediction == Prediction::Zombie {
            let was_to_go = matches!(predicted.reparenting, Reparenting::Adopted { .. });
            return was_to_go.then_some(Comparison::Matched);
        }
        if end.is_some_and(|end| end.at < self.since) {
            return predicted.prediction.receives().then_some(Comparison::Unrelated);
        }
        let is_by = |signal: Signal| match cause.ending() {
            Some(Ending::Signaled { signal: by, .. }) => by == signal.number(),
            Some(Ending::Exited(_)) => false,
            None => true,
        };
        match expected {
            Expected::By(signal) if !is_by(signal) => Some(Comparison::Mismatch),
            Expected::By(_) | Expected::Some | Expected::Unknown => Some(Comparison::Matched),
            Expected::None if follows_parent(world, predicted, cause, end) => {
                Some(Comparison::Pending)
            }
            Expected::None if self.explains(predicted) => Some(Comparison::Mismatch),
            Expected::None => Some(Comparison::Unrelated),
        }
    }

    fn came_to_live(
        &self,
        world: &World,
        predicted: &ProcessForecast,
        expected: Expected,
        state: State,
        parent: Option<ProcessId>,
    ) -> Option<Comparison> {
        let is_stopped = matches!(state, State::Stopped | State::Traced);
        match (expected, predicted.prediction) {
            // It came into a state since that delays the signal.
            (Expected::By(_), prediction)
                if prediction.receives() && has_delay(self.signal, state) =>
            {
                return Some(Comparison::Pending);
            }
            (Expected::By(_) | Expected::Some, _) => return Some(Comparison::Mismatch),
            (Expected::Unknown, _) if predicted.delay(self.signal).is_some() => {
                return Some(Comparison::Pending);
            }
            (_, Prediction::Stops) if !is_stopped => return Some(Comparison::Mismatch),
            (_, Prediction::GoesOn) if is_stopped => return Some(Comparison::Mismatch),
            (_, Prediction::Blocks) => {}
            (Expected::Unknown, prediction) if prediction.receives() => {
                return Some(Comparison::Pending);
            }
            _ => {}
        }
        let is_quiet = match predicted.prediction {
            Prediction::Spared
            | Prediction::LeftOut
            | Prediction::Refused { .. }
            | Prediction::Zombie
            | Prediction::EndsWith { .. } => true,
            Prediction::HangsUp { of, .. } => end_of(world, of).is_none(),
            _ => false,
        };
        match predicted.reparenting {
            Reparenting::Adopted { of, by, or_nearer } if end_of(world, of).is_some() => {
                Some(match parent {
                    // The parent that waits for a zombie has not done so.
                    _ if predicted.prediction == Prediction::Zombie => Comparison::Mismatch,
                    Some(parent) if by.is_none_or(|by| by == parent) => Comparison::Matched,
                    Some(parent) if parent != of && or_nearer => Comparison::Matched,
                    Some(parent) if parent != of => Comparison::Mismatch,
                    _ => Comparison::Pending,
                })
            }
            _ if self.is_orphaned(predicted, parent) => Some(Comparison::Mismatch),
            Reparenting::Adopted { .. } | Reparenting::Stays => {
                (!is_quiet).then_some(Comparison::Matched)
            }
        }
    }

    /// Whether that end came after the time that is watched: only an event says when it was.
    fn is_after(&self, end: End) -> bool {
        let limit = self.since.0.saturating_add(WATCHED_NANOS);
        end.cause.status().is_some() && end.at.0 > limit
    }

    /// Whether it has another parent than before, though its own was to stay.
    fn is_orphaned(&self, predicted: &ProcessForecast, parent: Option<ProcessId>) -> bool {
        let is_another = parent.zip(predicted.parent).is_some_and(|(new, old)| new != old);
        is_another && predicted.id != self.target && predicted.prediction != Prediction::Zombie
    }

    /// Whether the signal may be why something unexpected happened to that process.
    fn explains(&self, predicted: &ProcessForecast) -> bool {
        let is_concerned =
            predicted.prediction.receives() || predicted.reparenting != Reparenting::Stays;
        is_concerned
            || self.may_end()
            || !matches!(predicted.prediction, Prediction::Spared | Prediction::Refused { .. })
    }
}
