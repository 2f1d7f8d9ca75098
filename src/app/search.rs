//! Finding processes: a search jumps and hides nothing.

use crate::app::App;
use crate::model::key::ProcessKey;
use crate::model::rows::{self, Folds, Row, RowsQuery};

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
            self.say("nothing was searched for yet: / searches");
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
            self.find(origin, Direction::Forward, Start::AtCursor).or(origin)
        };
        if let Some(found) = found {
            self.reveal(found);
        }
    }

    /// Looks through all rows, folded ones too, in the order of the tree, once around.
    fn find(
        &self,
        from: Option<ProcessKey>,
        direction: Direction,
        start: Start,
    ) -> Option<ProcessKey> {
        let all_open = Folds::default();
        let query = RowsQuery {
            folds: &all_open,
            order: self.order,
            kernel_threads: self.kernel_threads,
            filter: &self.filter,
        };
        let rows = rows::rows(&self.world, &query);
        let count = rows.len();
        let origin = from.and_then(|key| rows.iter().position(|row| row.key == key)).unwrap_or(0);
        let first = usize::from(start == Start::AfterCursor);
        let needle = self.needle.to_lowercase();
        let is_match = |row: &&Row| {
            self.world.get(row.key).is_some_and(|process| rows::matches(process, &needle))
        };
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
