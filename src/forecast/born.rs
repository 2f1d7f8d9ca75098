//! Processes born while a signal is watched: nothing was predicted of them.

use std::collections::HashSet;

use crate::forecast::{Expected, Forecast, Found, Prediction, Reparenting, Verdict, WATCHED_NANOS};
use crate::record::{BootTime, ProcessId};
use crate::world::{Comparison, Process, World};

/// So many of them are named.
const MOST_BORN: usize = 8;

impl Forecast {
    /// The processes that a member of the forecast created since the signal.
    pub(crate) fn born(&self, world: &World) -> Vec<Verdict> {
        let family: HashSet<ProcessId> =
            self.processes.iter().map(|predicted| predicted.id).collect();
        let comparison = if self.may_end() { Comparison::Mismatch } else { Comparison::Unrelated };
        let all = world.processes().chain(world.history().lives());
        let born = all.filter_map(|life| {
            let creator = self.creator_since(world, life)?;
            let is_news = family.contains(&creator) && !family.contains(&life.id());
            let verdict = |life: &Process| Verdict {
                id: life.id(),
                name: life.stat.comm.clone(),
                signal: self.signal,
                comparison,
                prediction: Prediction::Spared,
                reparenting: Reparenting::Stays,
                expected: Expected::None,
                delay: None,
                found: Found::Born { creator, ended: life.known_end().map(|end| end.cause) },
            };
            is_news.then(|| (life.key().birth_order(), verdict(life)))
        });
        let mut born: Vec<_> = born.collect();
        born.sort_by_key(|(order, _)| *order);
        born.into_iter().take(MOST_BORN).map(|(_, verdict)| verdict).collect()
    }

    /// The creator of a process, if it created it while the signal was watched.
    fn creator_since(&self, world: &World, life: &Process) -> Option<ProcessId> {
        let (at, creator) = match &life.history.origin {
            Some(origin) => (origin.at, origin.creator),
            None => (BootTime::of_birth(life.key(), world.host()), life.parent),
        };
        let limit = self.since.0.saturating_add(WATCHED_NANOS);
        creator.filter(|_| life.seen.born_here && at > self.since && at.0 <= limit)
    }
}
