//! Finding processes: a search jumps and hides nothing.

use crate::app::App;
use crate::keymap::GlobalCommand;
use crate::panes::tree::rows::{self, Folds, Row, RowsQuery};
use crate::record::ProcessKey;
use crate::world::Process;

/// Which way a search goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// Down the tree.
    Forward,
    /// Up the tree.
    Backward,
}

impl App {
    /// Jumps to the next match of the last search.
    pub(super) fn go_to_match(&mut self, direction: Direction) {
        if self.needle.is_empty() {
            let search = self.key(GlobalCommand::Search);
            self.say(format!("nothing was searched for yet; {search} searches"));
            return;
        }
        let Some(found) = self.find(self.cursor.key, direction, Start::AfterCursor) else {
            let text = format!("no process matches \"{}\"", self.needle);
            self.say_error(text);
            return;
        };
        self.reveal(found);
    }

    /// Jumps to the first match from where the search began, as its text grows.
    pub(super) fn search_from(&mut self, origin: Option<ProcessKey>) {
        let found = if self.needle.is_empty() {
            origin
        } else {
            let exact = self.find_exact(origin);
            exact.or_else(|| self.find(origin, Direction::Forward, Start::AtCursor)).or(origin)
        };
        if let Some(found) = found {
            self.reveal(found);
        }
    }

    /// The process of that very pid or name: the one that is meant, whatever arguments hold the
    /// same word.
    fn find_exact(&self, from: Option<ProcessKey>) -> Option<ProcessKey> {
        let is_meant = |process: &Process| {
            process.stat.comm.to_lowercase() == self.needle.to_lowercase()
                || process.key().pid.to_string() == self.needle
        };
        self.find_by(from, Direction::Forward, Start::AtCursor, is_meant)
    }

    /// The next process that matches.
    fn find(
        &self,
        from: Option<ProcessKey>,
        direction: Direction,
        start: Start,
    ) -> Option<ProcessKey> {
        let needle = self.needle.to_lowercase();
        self.find_by(from, direction, start, |process| rows::matches(process, &needle))
    }

    /// Looks through all rows, folded ones too, in the order of the tree, once around.
    fn find_by(
        &self,
        from: Option<ProcessKey>,
        direction: Direction,
        start: Start,
        is_meant: impl Fn(&Process) -> bool,
    ) -> Option<ProcessKey> {
        let all_open = Folds::default();
        let query = RowsQuery {
            folds: &all_open,
            order: self.order,
            kernel_threads: self.kernel_threads,
            parent_kind: self.parent_kind,
            filter: &self.filter,
        };
        let rows = rows::rows(&self.world, &query);
        let count = rows.len();
        let origin = from.and_then(|key| rows.iter().position(|row| row.key == key)).unwrap_or(0);
        let first = usize::from(start == Start::AfterCursor);
        let is_match = |row: &&Row| self.world.get(row.key).is_some_and(&is_meant);
        (first..count + first)
            .map(|step| match direction {
                Direction::Forward => &rows[(origin + step) % count],
                Direction::Backward => &rows[(origin + count - step % count) % count],
            })
            .find(is_match)
            .map(|row| row.key)
    }

    /// Whether a process matches what is searched for now.
    pub fn is_match(&self, key: ProcessKey) -> bool {
        !self.needle.is_empty()
            && self
                .world
                .get(key)
                .is_some_and(|process| rows::matches(process, &self.needle.to_lowercase()))
    }
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Start {
    AtCursor,
    AfterCursor,
}
