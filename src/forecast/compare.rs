//! Holds a forecast against the world as it is known since.

use std::sync::Arc;

use crate::forecast::delay::{delay_of, follows_parent, has_delay};
use crate::forecast::{Delay, Fate, Forecast, Foretold, Kin, WATCHED_NANOS};
use crate::record::key::ProcessKey;
use crate::record::signal::{Ending, Response, Signal};
use crate::record::state::State;
use crate::world::World;
use crate::world::life::{Cause, End};
use crate::world::process::Process;

/// How what happened stands to what was foretold, the weightiest last.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Came {
    /// Nothing was foretold of it, and the signal did nothing that could explain it.
    Aside,
    /// It came true.
    AsForetold,
    /// Nobody can tell yet: a handler decides, or its adopter is not known.
    Open,
    /// It did not come true, or was not foretold.
    Differs,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found {
    /// It ended.
    Ended {
        /// How.
        cause: Cause,
        /// How long after the signal, in nanoseconds.
        after: u64,
    },
    /// It lives; of a zombie, its entry is there.
    Lives {
        /// What the scheduler says.
        state: State,
        /// Its parent; `None` where that is not known yet.
        parent: Option<ProcessKey>,
    },
    /// It was born after the signal.
    Born {
        /// Who created it.
        creator: ProcessKey,
        /// How it ended, if it did.
        ended: Option<Cause>,
    },
}

/// What became of one process, held against what was foretold of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The process.
    pub key: ProcessKey,
    /// Its name when the signal was sent.
    pub name: Arc<str>,
    /// The signal.
    pub signal: Signal,
    /// Whether it came true.
    pub came: Came,
    /// What was foretold; a process that was not there is spared.
    pub fate: Fate,
    /// Whose child it was to be.
    pub kin: Kin,
    /// What end was foretold.
    pub expected: Expected,
    /// What kept the signal from coming through at once.
    pub delay: Option<Delay>,
    /// What was found.
    pub found: Found,
}

/// The end that a forecast expects.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Expected {
    /// By that signal.
    By(Signal),
    /// Of some kind.
    Some,
    /// Nobody knows: a handler decides, or its masks were not read.
    Unknown,
    /// None.
    None,
}

impl Forecast {
    /// What became of everybody whom the forecast names, and of those born among them since. Who
    /// was to live on and does is passed over, unless that was said of it.
    pub fn compare(&self, world: &World) -> Vec<Verdict> {
        let known = self.foretold.iter().filter_map(|foretold| self.judge(world, foretold));
        known.chain(self.born(world)).collect()
    }

    /// Whether everything has happened that was foretold: every end, with its cause, and nobody
    /// was to live on.
    pub fn is_fulfilled(&self, world: &World) -> bool {
        self.foretold.iter().all(|foretold| match (foretold.fate, end_of(world, foretold.key)) {
            (Fate::Zombie, _) => world.get(foretold.key).is_none_or(|it| it.ended.is_some()),
            (_, Some(end)) => end.cause.status().is_some(),
            (_, None) => false,
        })
    }

    /// Whether the end of this process is still waited for.
    pub fn awaits_end(&self, world: &World, foretold: &Foretold) -> bool {
        let awaited = self.expected(world, foretold) != Expected::None;
        awaited && end_of(world, foretold.key).is_none()
    }

    /// What became of one process.
    pub fn judge(&self, world: &World, foretold: &Foretold) -> Option<Verdict> {
        let expected = self.expected(world, foretold);
        let end = end_of(world, foretold.key);
        // A ghost may have gone into the history, and from there: nothing is known any more.
        let is_later = end.is_some_and(|end| expected == Expected::None && self.is_after(end));
        let found = match (end, world.life(foretold.key)) {
            // It lived on as long as that was watched.
            (Some(_), _) if is_later => {
                let is_stopped = foretold.fate == Fate::Stops;
                let state = if is_stopped { State::Stopped } else { State::Sleeping };
                Found::Lives { state, parent: None }
            }
            (Some(end), _) if foretold.fate != Fate::Zombie => {
                Found::Ended { cause: end.cause, after: end.at.0.saturating_sub(self.since.0) }
            }
            (_, Some(life)) if life.ended.is_none() => Found::Lives {
                state: life.stat.state,
                parent: life.parent.filter(|_| !life.open.adopter),
            },
            _ => Found::Ended { cause: Cause::NotTold, after: 0 },
        };
        let came = match found {
            _ if is_later => foretold.fate.receives().then_some(Came::AsForetold)?,
            Found::Ended { cause, .. } => {
                self.came_to_end(world, foretold, expected, cause, end)?
            }
            Found::Lives { state, parent } => {
                self.came_to_live(world, foretold, expected, state, parent)?
            }
            Found::Born { .. } => return None,
        };
        Some(Verdict {
            key: foretold.key,
            name: foretold.name.clone(),
            signal: self.signal,
            came,
            fate: foretold.fate,
            kin: foretold.kin,
            expected,
            delay: delay_of(self.signal, foretold, found),
            found,
        })
    }

    fn expected(&self, world: &World, foretold: &Foretold) -> Expected {
        let has_ended = |key: ProcessKey| end_of(world, key).is_some();
        match foretold.fate {
            _ if foretold.delay(self.signal) == Some(Delay::Stopped) => Expected::None,
            _ if foretold.delay(self.signal).is_some() => Expected::Unknown,
            Fate::Ends if foretold.is_sure(self.signal) => Expected::By(self.signal),
            Fate::Ends | Fate::MayTake | Fate::Traced { .. } => Expected::Unknown,
            // What is held back comes through as soon as it lets it, which many do at once.
            Fate::Decides | Fate::MayBlock | Fate::Blocks if self.signal.default_act().ends() => {
                Expected::Unknown
            }
            Fate::HangsUp { of, response, .. } if has_ended(of) => match response {
                Some(Response::Default) => Expected::By(Signal::HUP),
                Some(Response::Catches | Response::Blocks) | None => Expected::Unknown,
                Some(Response::Ignores) => Expected::None,
            },
            Fate::EndsWith { of, .. } if has_ended(of) => Expected::Some,
            _ => Expected::None,
        }
    }

    fn came_to_end(
        &self,
        world: &World,
        foretold: &Foretold,
        expected: Expected,
        cause: Cause,
        end: Option<End>,
    ) -> Option<Came> {
        if foretold.fate == Fate::Zombie {
            let was_to_go = matches!(foretold.kin, Kin::Adopted { .. });
            return was_to_go.then_some(Came::AsForetold);
        }
        if end.is_some_and(|end| end.at < self.since) {
            return foretold.fate.receives().then_some(Came::Aside);
        }
        let is_by = |signal: Signal| match cause.status().map(Ending::of_wait_status) {
            Some(Ending::Signaled { signal: by, .. }) => by == signal.number(),
            Some(Ending::Exited(_)) => false,
            None => true,
        };
        match expected {
            Expected::By(signal) if !is_by(signal) => Some(Came::Differs),
            Expected::By(_) | Expected::Some | Expected::Unknown => Some(Came::AsForetold),
            Expected::None if follows_parent(world, foretold, cause, end) => Some(Came::Open),
            Expected::None if self.explains(foretold) => Some(Came::Differs),
            Expected::None => Some(Came::Aside),
        }
    }

    fn came_to_live(
        &self,
        world: &World,
        foretold: &Foretold,
        expected: Expected,
        state: State,
        parent: Option<ProcessKey>,
    ) -> Option<Came> {
        let is_stopped = matches!(state, State::Stopped | State::Traced);
        match (expected, foretold.fate) {
            // It came into a state since that delays the signal.
            (Expected::By(_), fate) if fate.receives() && has_delay(self.signal, state) => {
                return Some(Came::Open);
            }
            (Expected::By(_) | Expected::Some, _) => return Some(Came::Differs),
            (Expected::Unknown, _) if foretold.delay(self.signal).is_some() => {
                return Some(Came::Open);
            }
            (_, Fate::Stops) if !is_stopped => return Some(Came::Differs),
            (_, Fate::GoesOn) if is_stopped => return Some(Came::Differs),
            (_, Fate::Blocks) => {}
            (Expected::Unknown, fate) if fate.receives() => return Some(Came::Open),
            _ => {}
        }
        let is_quiet = match foretold.fate {
            Fate::Spared
            | Fate::LeftOut
            | Fate::Refused { .. }
            | Fate::Zombie
            | Fate::EndsWith { .. } => true,
            Fate::HangsUp { of, .. } => end_of(world, of).is_none(),
            _ => false,
        };
        match foretold.kin {
            Kin::Adopted { of, by, or_nearer } if end_of(world, of).is_some() => {
                Some(match parent {
                    // The parent that waits for a zombie has not done so.
                    _ if foretold.fate == Fate::Zombie => Came::Differs,
                    Some(parent) if by.is_none_or(|by| by == parent) => Came::AsForetold,
                    Some(parent) if parent != of && or_nearer => Came::AsForetold,
                    Some(parent) if parent != of => Came::Differs,
                    _ => Came::Open,
                })
            }
            _ if self.is_orphaned(foretold, parent) => Some(Came::Differs),
            Kin::Adopted { .. } | Kin::Stays => (!is_quiet).then_some(Came::AsForetold),
        }
    }

    /// Whether that end came after the time that is watched: only an event says when it was.
    fn is_after(&self, end: End) -> bool {
        let limit = self.since.0.saturating_add(WATCHED_NANOS);
        end.cause.status().is_some() && end.at.0 > limit
    }

    /// Whether it has another parent than before, though its own was to stay.
    fn is_orphaned(&self, foretold: &Foretold, parent: Option<ProcessKey>) -> bool {
        let is_another = parent.zip(foretold.parent).is_some_and(|(new, old)| new != old);
        is_another && foretold.key != self.target && foretold.fate != Fate::Zombie
    }

    /// Whether the signal may be why something unexpected happened to that process.
    fn explains(&self, foretold: &Foretold) -> bool {
        let is_concerned = foretold.fate.receives() || foretold.kin != Kin::Stays;
        is_concerned
            || self.may_end()
            || !matches!(foretold.fate, Fate::Spared | Fate::Refused { .. })
    }
}

/// The end of a process, whoever told of it; a process that nobody remembers has ended.
pub(crate) fn end_of(world: &World, key: ProcessKey) -> Option<End> {
    match world.life(key) {
        Some(life) => end_of_life(life),
        None => Some(End { at: world.now(), cause: Cause::NotTold }),
    }
}

pub(crate) fn end_of_life(life: &Process) -> Option<End> {
    let by_stat = || {
        let cause = life.stat.wait_status.map_or(Cause::NotTold, Cause::Status);
        life.stat.has_ended().then_some(End { at: life.known_at, cause })
    };
    life.ended.or(life.exit).or_else(by_stat)
}
