//! The visible rows of the tree: flat, so that a frame costs what is on the screen.

use std::collections::BTreeMap;

use crate::panes::tree::family::Family;
use crate::panes::tree::folds::Folds;
use crate::panes::tree::matches::matches;
use crate::panes::tree::order::sort;
use crate::panes::tree::own_row::{has_own_row, is_past};
use crate::panes::tree::shown::{Arrangement, Shown};
use crate::panes::tree::totals::ranks;
use crate::record::ProcessId;
use crate::world::{SeriesId, SeriesKind, Tree, World};

/// The children of a row.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum FoldMark {
    /// It has none that could be shown.
    Leaf,
    Open,
    Folded,
}

/// What a row stands for. Rows are known by it: their places change all the time.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum RowId {
    Process(ProcessId),
    /// Processes that have ended, and share a row.
    Series(SeriesId),
}

impl RowId {
    pub(crate) fn process(self) -> Option<ProcessId> {
        match self {
            Self::Process(id) => Some(id),
            Self::Series(_) => None,
        }
    }

    pub(crate) fn series(self) -> Option<SeriesId> {
        match self {
            Self::Series(id) => Some(id),
            Self::Process(_) => None,
        }
    }
}

/// One row of the tree.
#[expect(clippy::struct_field_names, reason = "its parent is a process, this is a row")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    pub(crate) id: RowId,
    /// How many ancestors stand above it.
    pub(crate) depth: usize,
    pub(crate) fold: FoldMark,
    pub(crate) is_last: bool,
    /// The row of its parent.
    pub(crate) parent_row: Option<usize>,
    /// Whether it is shown only because something below it is.
    pub(crate) is_dimmed: bool,
}

/// Makes the visible rows.
pub fn rows(world: &World, folds: &Folds, shown: &Shown) -> Vec<Row> {
    let parent_kind = shown.parent_kind();
    let family = shown.family.map(|root| Family::new(world, root, parent_kind));
    let is_in_family = |slot: usize| family.as_ref().is_none_or(|family| family.has(slot));
    let mut has_row = vec![false; world.n_slots()];
    for slot in world.slots() {
        has_row[slot] = is_in_family(slot) && has_own_row(world, shown, slot);
    }
    let mut builder = Builder {
        world,
        folds,
        shown,
        tree: world.tree_of(parent_kind),
        filter: (!shown.filter.is_empty()).then(|| Filter::new(world, shown)),
        ranks: ranks(world, shown),
        has_row,
        series: BTreeMap::new(),
        open: Vec::new(),
    };
    if shown.arrangement == Arrangement::List {
        return builder.list();
    }
    builder.place_series(family.as_ref());
    builder.rows()
}

/// A row that is still to be made.
#[derive(Clone, Copy)]
enum Place {
    Slot(u32),
    Series(SeriesId),
}

struct Builder<'a> {
    world: &'a World,
    folds: &'a Folds,
    shown: &'a Shown,
    tree: &'a Tree,
    filter: Option<Filter>,
    ranks: Vec<f64>,
    /// By slot.
    has_row: Vec<bool>,
    /// The series with a row, by the slot under which it stands.
    series: BTreeMap<Option<usize>, Vec<SeriesId>>,
    /// One entry per open branch: the next row, its parent's, whether it is the last sibling.
    open: Vec<(Place, Option<usize>, bool)>,
}

impl Builder<'_> {
    /// Puts each series under its parent, or under the nearest ancestor that has a row.
    fn place_series(&mut self, family: Option<&Family>) {
        if self.filter.is_some() {
            return;
        }
        for (id, series) in self.world.all_series() {
            let is_past = is_past(self.world, series.parent, series.last());
            let parent = series.parent.and_then(|parent| self.world.slot_of(parent));
            let is_in_family =
                family.is_none_or(|family| parent.is_some_and(|slot| family.has(slot)));
            if self.shown.ghosts.shares_row(series) && !is_past && is_in_family {
                let mut above = std::iter::successors(parent, |slot| self.tree.parent(*slot));
                let place = above.find(|slot| self.has_row[*slot]);
                self.series.entry(place).or_default().push(id);
            }
        }
        for all in self.series.values_mut() {
            // Routine stands last, where it is looked for.
            let is_routine =
                |id| self.world.series(id).is_some_and(|it| it.kind == SeriesKind::Routine);
            all.sort_by_key(|id| (is_routine(*id), *id));
        }
    }

    /// All rows one below the other.
    fn list(self) -> Vec<Row> {
        let slots = self.tree.walk().into_iter();
        let is_match = |slot: usize| {
            self.filter.as_ref().is_none_or(|filter| filter.shows(slot) && !filter.is_context(slot))
        };
        let mut slots: Vec<u32> =
            slots.filter(|slot| self.has_row(*slot) && is_match(*slot as usize)).collect();
        slots.sort_by_key(|slot| self.world.at(*slot as usize).key().birth_order());
        sort(self.world, self.shown.order, &self.ranks, &mut slots);
        let row = |slot: u32| Row {
            id: RowId::Process(self.world.at(slot as usize).id()),
            depth: 0,
            fold: FoldMark::Leaf,
            is_last: false,
            parent_row: None,
            is_dimmed: false,
        };
        slots.into_iter().map(row).collect()
    }

    fn rows(mut self) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::with_capacity(self.world.processes().len());
        let mut siblings: Vec<u32> = Vec::new();
        self.push_siblings(None, None, &mut siblings);
        while let Some((place, parent_row, is_last)) = self.open.pop() {
            let depth = parent_row.map_or(0, |row: usize| rows[row].depth + 1);
            let row = match place {
                Place::Slot(slot) => {
                    let slot = slot as usize;
                    let id = self.world.at(slot).id();
                    let fold = self.push_children(slot, id, rows.len(), &mut siblings);
                    let is_dimmed =
                        self.filter.as_ref().is_some_and(|filter| filter.is_context(slot));
                    let id = RowId::Process(id);
                    Row { id, depth, fold, is_last, parent_row, is_dimmed }
                }
                Place::Series(id) => {
                    let (id, fold) = (RowId::Series(id), FoldMark::Leaf);
                    Row { id, depth, fold, is_last, parent_row, is_dimmed: false }
                }
            };
            rows.push(row);
        }
        rows
    }

    /// Puts the children of a process onto the stack, unless they are folded.
    fn push_children(
        &mut self,
        slot: usize,
        id: ProcessId,
        row: usize,
        siblings: &mut Vec<u32>,
    ) -> FoldMark {
        let before = self.open.len();
        self.push_siblings(Some(slot), Some(row), siblings);
        if self.open.len() == before {
            FoldMark::Leaf
        } else if self.folds.is_open(id) {
            FoldMark::Open
        } else {
            self.open.truncate(before);
            FoldMark::Folded
        }
    }

    /// Puts the rows below a slot (or the roots) onto the stack, the first on top.
    fn push_siblings(
        &mut self,
        parent: Option<usize>,
        parent_row: Option<usize>,
        siblings: &mut Vec<u32>,
    ) {
        siblings.clear();
        let all = parent.map_or(self.tree.roots(), |slot| self.tree.children(slot));
        siblings.extend(all.iter().filter(|slot| self.is_shown(**slot)));
        let hidden: Vec<u32> = all.iter().copied().filter(|slot| !self.has_row(*slot)).collect();
        if self.add_below(hidden, siblings) {
            let birth = |slot: &u32| self.world.at(*slot as usize).key().birth_order();
            siblings.sort_by_key(birth);
        }
        sort(self.world, self.shown.order, &self.ranks, siblings);
        let series = self.series.get(&parent).map_or(&[][..], Vec::as_slice);
        let places = siblings.iter().map(|slot| Place::Slot(*slot));
        let places = places.chain(series.iter().map(|id| Place::Series(*id)));
        let first = self.open.len();
        self.open.extend(places.map(|place| (place, parent_row, false)));
        let added = &mut self.open[first..];
        if let Some((_, _, is_last)) = added.last_mut() {
            *is_last = true;
        }
        added.reverse();
    }

    /// Adds what is below slots without a row, and has one: children of a hidden kernel thread,
    /// such as modprobe, are shown all the same. Whether there is any.
    fn add_below(&self, mut hidden: Vec<u32>, siblings: &mut Vec<u32>) -> bool {
        let n_siblings = siblings.len();
        while let Some(slot) = hidden.pop() {
            let children = self.tree.children(slot as usize);
            siblings.extend(children.iter().filter(|slot| self.is_shown(**slot)));
            hidden.extend(children.iter().filter(|slot| !self.has_row(**slot)));
        }
        siblings.len() > n_siblings
    }

    fn has_row(&self, slot: u32) -> bool {
        self.has_row[slot as usize]
    }

    fn is_shown(&self, slot: u32) -> bool {
        let is_filtered = |filter: &Filter| filter.shows(slot as usize);
        self.has_row(slot) && self.filter.as_ref().is_none_or(is_filtered)
    }
}

/// The slots that a filter shows: matches and, dimmed, what is above them.
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
    fn new(world: &World, shown: &Shown) -> Self {
        let needle = shown.filter.to_lowercase();
        let tree = world.tree_of(shown.parent_kind());
        let mut standing = vec![Standing::Hidden; world.n_slots()];
        let slots = world.slots().into_iter();
        for slot in slots.filter(|slot| matches(world.at(*slot), &needle)) {
            standing[slot] = Standing::Shown;
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
