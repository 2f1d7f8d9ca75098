//! Those that ended longer ago: a bounded memory, from which the oldest go first.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::model::key::ProcessKey;
use crate::model::process::Process;

/// What the history may take, in bytes.
pub const BUDGET: usize = 6 * 1024 * 1024;

/// Processes that ended and of which nothing is left on the screen.
#[derive(Debug, Default)]
pub struct History {
    lives: VecDeque<Process>,
    /// The number of each life, counted from the first that ever was.
    numbers: HashMap<ProcessKey, u64>,
    forgotten: u64,
    bytes: usize,
}

impl History {
    /// Every life that is remembered, in the order in which they came in.
    pub fn lives(&self) -> impl DoubleEndedIterator<Item = &Process> + ExactSizeIterator {
        self.lives.iter()
    }

    /// One of them.
    pub fn get(&self, key: ProcessKey) -> Option<&Process> {
        let place = self.numbers.get(&key)?.checked_sub(self.forgotten)?;
        self.lives.get(usize::try_from(place).ok()?)
    }

    /// Roughly what it takes, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn add(&mut self, mut life: Process) {
        life.strip();
        self.bytes += size(&life);
        self.numbers.insert(life.key(), self.forgotten + self.lives.len() as u64);
        self.lives.push_back(life);
        while self.bytes > BUDGET {
            let Some(oldest) = self.lives.pop_front() else { break };
            self.bytes -= size(&oldest);
            if self.numbers.get(&oldest.key()) == Some(&self.forgotten) {
                self.numbers.remove(&oldest.key());
            }
            self.forgotten += 1;
        }
    }

    /// Gives a life back, because its row is wanted again.
    pub(crate) fn take(&mut self, key: ProcessKey) -> Option<Process> {
        let life = self.get(key)?.clone();
        self.numbers.remove(&key);
        Some(life)
    }

    /// Changes every life, by what became known since.
    pub(crate) fn lives_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut Process> {
        self.lives.iter_mut()
    }
}

/// The bytes of a life; strings that it shares with others are counted as if it did not.
fn size(life: &Process) -> usize {
    let text = |text: &Arc<str>| text.len() + 16;
    let facts = life.facts.as_ref().and_then(|facts| facts.command_line.known());
    let images = life.images.as_deref().map_or(0, |images| {
        let image = |image: &crate::model::event::Image| {
            text(&image.comm) + image.command_line.as_ref().map_or(0, text)
        };
        let became = images.iter().filter_map(|became| became.image.as_ref()).map(image);
        images.iter().len() * 64 + became.sum::<usize>()
    });
    // The index holds a key and a number, and has room to grow.
    let index = 2 * (size_of::<ProcessKey>() + size_of::<u64>());
    size_of::<Process>() + index + text(&life.stat.comm) + facts.map_or(0, text) + images
}
