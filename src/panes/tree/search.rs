//! Finding processes: a search jumps and hides nothing.

use std::collections::HashSet;

use crate::panes::tree::TreePane;
use crate::panes::tree::folds::Folds;
use crate::panes::tree::matches::matches;
use crate::panes::tree::rows::{self, Row, RowId};
use crate::panes::tree::shown::Shown;
use crate::record::ProcessId;
use crate::world::{Process, World};

/// The direction of a search through the tree.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Direction {
    Forward,
    Backward,
}

/// The matches of a search.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Matches {
    /// Which of them is selected, from 1 on.
    pub(crate) place: Option<usize>,
    pub(crate) count: usize,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Start {
    AtCursor,
    AfterCursor,
}

impl TreePane {
    /// Jumps to the next match of the last search; whether there is one.
    pub(crate) fn go_to_match(&mut self, direction: Direction, world: &World, page: usize) -> bool {
        let found = self.find(self.selected(), direction, Start::AfterCursor, world);
        if let Some(found) = found {
            self.reveal(found, world, page);
        }
        found.is_some()
    }

    /// Jumps to the next of some processes; whether one has a row.
    pub(crate) fn go_to_one_of(
        &mut self,
        processes: &HashSet<ProcessId>,
        direction: Direction,
        world: &World,
        page: usize,
    ) -> bool {
        let is_meant = |process: &Process| processes.contains(&process.id());
        let found = self.find_by(self.selected(), direction, Start::AfterCursor, world, is_meant);
        if let Some(found) = found {
            self.reveal(found, world, page);
        }
        found.is_some()
    }

    /// Jumps to the first match from where the search began, as its text grows. The process of
    /// that very pid or name comes first, whatever arguments hold the same word.
    pub(crate) fn search_from(&mut self, origin: Option<ProcessId>, world: &World, page: usize) {
        let find = || {
            let is_exact = |process: &Process| {
                process.stat.comm.to_lowercase() == self.needle.to_lowercase()
                    || process.id().pid.to_string() == self.needle
            };
            let (forward, start) = (Direction::Forward, Start::AtCursor);
            let exact = self.find_by(origin, forward, start, world, is_exact);
            exact.or_else(|| self.find(origin, forward, start, world))
        };
        let found = if self.needle.is_empty() { None } else { find() };
        if let Some(found) = found.or(origin) {
            self.reveal(found, world, page);
        }
    }

    fn find(
        &self,
        from: Option<ProcessId>,
        direction: Direction,
        start: Start,
        world: &World,
    ) -> Option<ProcessId> {
        let needle = self.needle.to_lowercase();
        self.find_by(from, direction, start, world, |process| matches(process, &needle))
    }

    /// Looks through all rows, folded ones too, in the order of the tree, once around. Who is not in
    /// the only family that is shown is looked for everywhere.
    fn find_by(
        &self,
        from: Option<ProcessId>,
        direction: Direction,
        start: Start,
        world: &World,
        is_meant: impl Fn(&Process) -> bool,
    ) -> Option<ProcessId> {
        let rows = self.rows_with(&Folds::default(), world);
        find_in(rows, from, direction, start, world, &is_meant).or_else(|| {
            self.shown.family?;
            let everybody = Shown { family: None, ..self.shown.clone() };
            let rows = rows::rows(world, &Folds::default(), &everybody);
            find_in(rows, from, direction, start, world, &is_meant)
        })
    }

    /// How many processes match the search, and which of them is selected; `None` where nothing is
    /// searched for.
    pub(crate) fn count_matches(&self, world: &World) -> Option<Matches> {
        if self.needle.is_empty() {
            return None;
        }
        let needle = self.needle.to_lowercase();
        let rows = self.rows_with(&Folds::default(), world);
        let ids = rows.iter().filter_map(|row| row.id.process());
        let found: Vec<ProcessId> = ids
            .filter(|id| world.get(*id).is_some_and(|process| matches(process, &needle)))
            .collect();
        let place = found.iter().position(|id| Some(*id) == self.selected()).map(|place| place + 1);
        Some(Matches { place, count: found.len() })
    }

    /// Whether the last search found something to stand on, or was for nothing.
    pub(crate) fn has_match(&self, world: &World) -> bool {
        self.needle.is_empty() || self.selected().is_some_and(|id| self.is_match(id, world))
    }

    /// Whether a process matches the last search.
    pub(crate) fn is_match(&self, id: ProcessId, world: &World) -> bool {
        let matches = |process| matches(process, &self.needle.to_lowercase());
        !self.needle.is_empty() && world.get(id).is_some_and(matches)
    }
}

fn find_in(
    mut rows: Vec<Row>,
    from: Option<ProcessId>,
    direction: Direction,
    start: Start,
    world: &World,
    is_meant: &impl Fn(&Process) -> bool,
) -> Option<ProcessId> {
    rows.retain(|row| row.id.process().is_some());
    let count = rows.len();
    let origin = from.map(RowId::Process);
    let origin = rows.iter().position(|row| Some(row.id) == origin).unwrap_or(0);
    let first = usize::from(start == Start::AfterCursor);
    let is_match = |id: &ProcessId| world.get(*id).is_some_and(is_meant);
    (first..count + first)
        .map(|step| match direction {
            Direction::Forward => &rows[(origin + step) % count],
            Direction::Backward => &rows[(origin + count - step % count) % count],
        })
        .filter_map(|row| row.id.process())
        .find(is_match)
}
