//! The visible rows of the tree: flat, so that a frame costs what is on the screen.

use std::collections::HashSet;

use crate::panes::tree::matches::matches;
use crate::panes::tree::order::{SiblingOrder, ranks, sort};
use crate::record::ProcessId;
use crate::verdict::Role;
use crate::world::{ParentKind, World};

/// The folded families; by process, so that folds outlive every change of the tree.
#[derive(Clone, Debug, PartialEq)]
pub enum Folds {
    /// All are open but these.
    AllOpenBut(HashSet<ProcessId>),
    /// All are folded but these.
    AllFoldedBut(HashSet<ProcessId>),
}

impl Default for Folds {
    fn default() -> Self {
        Self::AllOpenBut(HashSet::new())
    }
}

impl Folds {
    /// Whether the children of that process are shown.
    pub(crate) fn is_open(&self, id: ProcessId) -> bool {
        match self {
            Self::AllOpenBut(folded) => !folded.contains(&id),
            Self::AllFoldedBut(open) => open.contains(&id),
        }
    }

    /// Shows the children of that process.
    pub(crate) fn open(&mut self, id: ProcessId) {
        match self {
            Self::AllOpenBut(folded) => folded.remove(&id),
            Self::AllFoldedBut(open) => open.insert(id),
        };
    }

    /// Hides the children of that process.
    pub(crate) fn fold(&mut self, id: ProcessId) {
        match self {
            Self::AllOpenBut(folded) => folded.insert(id),
            Self::AllFoldedBut(open) => open.remove(&id),
        };
    }

    /// Forgets processes that are no more.
    pub(crate) fn forget_all_but(&mut self, exists: impl Fn(ProcessId) -> bool) {
        let (Self::AllOpenBut(keys) | Self::AllFoldedBut(keys)) = self;
        keys.retain(|id| exists(*id));
    }
}

/// The children of a row.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum FoldMark {
    /// It has none that could be shown.
    Leaf,
    Open,
    Folded,
}

/// One row of the tree.
#[expect(clippy::struct_field_names, reason = "its parent is a process, this is a row")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    pub(crate) id: ProcessId,
    /// How many ancestors stand above it.
    pub(crate) depth: usize,
    pub(crate) fold: FoldMark,
    pub(crate) is_last: bool,
    /// The row of its parent.
    pub(crate) parent_row: Option<usize>,
    /// Whether it is shown only because something below it is.
    pub(crate) is_dimmed: bool,
}

/// The query from which rows are made.
#[derive(Debug)]
pub struct RowsQuery<'a> {
    pub folds: &'a Folds,
    pub order: SiblingOrder,
    /// Whether kernel threads are shown.
    pub kernel_threads: bool,
    /// The parent under which a process stands.
    pub parent_kind: ParentKind,
    /// Text that a process, or one of its ancestors, must contain; empty for all.
    pub filter: &'a str,
}

/// Makes the visible rows.
pub fn rows(world: &World, query: &RowsQuery<'_>) -> Vec<Row> {
    let filter = (!query.filter.is_empty()).then(|| Filter::new(world, query));
    let ranks = ranks(world, query.order, query.parent_kind);
    let mut rows: Vec<Row> = Vec::with_capacity(world.processes().len());
    // One entry per open branch: the slot, its parent's row, whether it is the last sibling.
    let mut open: Vec<(u32, Option<usize>, bool)> = Vec::new();
    let mut siblings: Vec<u32> = Vec::new();
    push_siblings(world, query, filter.as_ref(), &ranks, None, &mut siblings, &mut open);
    while let Some((slot, parent_row, is_last)) = open.pop() {
        let slot = slot as usize;
        let id = world.at(slot).id();
        let depth = parent_row.map_or(0, |row| rows[row].depth + 1);
        let row = rows.len();
        let before = open.len();
        push_siblings(
            world,
            query,
            filter.as_ref(),
            &ranks,
            Some((slot, row)),
            &mut siblings,
            &mut open,
        );
        let fold = match open.len() - before {
            0 => FoldMark::Leaf,
            _ if query.folds.is_open(id) => FoldMark::Open,
            _ => FoldMark::Folded,
        };
        if fold == FoldMark::Folded {
            open.truncate(before);
        }
        let is_dimmed = filter.as_ref().is_some_and(|filter| filter.is_context(slot));
        rows.push(Row { id, depth, fold, is_last, parent_row, is_dimmed });
    }
    rows
}

/// Puts the children of a slot (or the roots) onto the stack, the first on top.
fn push_siblings(
    world: &World,
    query: &RowsQuery<'_>,
    filter: Option<&Filter>,
    ranks: &[f64],
    parent: Option<(usize, usize)>,
    siblings: &mut Vec<u32>,
    open: &mut Vec<(u32, Option<usize>, bool)>,
) {
    let tree = world.tree_of(query.parent_kind);
    let all = parent.map_or(tree.roots(), |(slot, _)| tree.children(slot));
    let is_hidden = |slot: u32| {
        let is_kernel = world.at(slot as usize).verdict.role == Role::Kernel;
        (is_kernel && !query.kernel_threads) || !world.is_shown_in(query.parent_kind, slot as usize)
    };
    let is_shown =
        |slot: &u32| !is_hidden(*slot) && filter.is_none_or(|filter| filter.shows(*slot as usize));
    siblings.clear();
    siblings.extend(all.iter().copied().filter(is_shown));
    if parent.is_none() {
        // Children of a hidden kernel thread, such as modprobe, are shown all the same.
        let hidden = tree.parents_of_children().filter(|slot| is_hidden(*slot));
        let started = hidden.flat_map(|slot| tree.children(slot as usize));
        siblings.extend(started.copied().filter(is_shown));
    }
    sort(world, query.order, ranks, siblings);
    let parent_row = parent.map(|(_, row)| row);
    let last = siblings.len().saturating_sub(1);
    let entries = siblings.iter().enumerate();
    open.extend(entries.rev().map(|(index, slot)| (*slot, parent_row, index == last)));
}

/// The slots that a filter shows: matches, what is below them, and, dimmed, what is above.
struct Filter {
    standing: Vec<Standing>,
}

#[derive(Clone, Copy, PartialEq)]
enum Standing {
    Hidden,
    Context,
    Shown,
}

impl Filter {
    fn new(world: &World, query: &RowsQuery<'_>) -> Self {
        let needle = query.filter.to_lowercase();
        let tree = world.tree_of(query.parent_kind);
        let mut standing = vec![Standing::Hidden; world.n_slots()];
        let slots = world.slots().into_iter();
        for slot in slots.filter(|slot| matches(world.at(*slot), &needle)) {
            if standing[slot] == Standing::Shown {
                continue;
            }
            standing[slot] = Standing::Shown;
            for below in tree.below(slot) {
                standing[below] = Standing::Shown;
            }
            let mut above = tree.parent(slot);
            while let Some(ancestor) = above.filter(|slot| standing[*slot] == Standing::Hidden) {
                standing[ancestor] = Standing::Context;
                above = tree.parent(ancestor);
            }
        }
        Self { standing }
    }

    fn shows(&self, slot: usize) -> bool {
        self.standing[slot] != Standing::Hidden
    }

    fn is_context(&self, slot: usize) -> bool {
        self.standing[slot] == Standing::Context
    }
}

#[cfg(test)]
mod tests;
