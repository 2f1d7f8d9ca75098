//! Which processes have a row of their own: most of the dead share one, and who was just born has
//! none yet.

use crate::panes::tree::ghosts::GhostRows;
use crate::panes::tree::shown::Shown;
use crate::record::{BootTime, Ending, ProcessId};
use crate::verdict::Role;
use crate::world::{Process, World};

/// A process has a row once it has lived so long: most of those that are started in passing never
/// get there.
const ROW_AFTER_NANOS: u64 = 300_000_000;

/// Whether a slot has a row of its own.
pub(super) fn has_own_row(world: &World, shown: &Shown, slot: usize) -> bool {
    let process = world.at(slot);
    if process.verdict.role == Role::Kernel && !shown.kernel_threads {
        return false;
    }
    if world.is_kept(process.id()) {
        return true;
    }
    let Some(end) = process.ended else {
        return shown.ghosts == GhostRows::All || !is_too_young(world, process);
    };
    if !shown.filter.is_empty() && shown.ghosts != GhostRows::All {
        return false;
    }
    let explains = || world.tree_of(shown.parent_kind()).descendants(slot) > 0;
    let series = process.history.series.and_then(|id| world.series(id));
    let is_wanted = match shown.ghosts {
        GhostRows::All => true,
        GhostRows::Grouped => series.is_none_or(|series| !shown.ghosts.shares_row(series)),
        GhostRows::Failures => {
            end.cause.is_failure() && series.is_none_or(|series| !shown.ghosts.shares_row(series))
        }
        GhostRows::None => false,
    };
    let is_past = shown.ghosts != GhostRows::All
        && process.test_process.is_none()
        && !matches!(end.cause.ending(), Some(Ending::Signaled { .. }))
        && is_past(world, process.parent, end.at);
    world.is_shown_in(shown.parent_kind(), slot) && ((is_wanted && !is_past) || explains())
}

/// Whether an end at that time is one of a wrapper's: since then the parent has ended, too, or
/// become another program.
pub(super) fn is_past(world: &World, parent: Option<ProcessId>, ended_at: BootTime) -> bool {
    parent.and_then(|parent| world.get(parent)).is_some_and(|parent| {
        let newest = parent.history.images.as_ref().and_then(|images| images.iter().next_back());
        parent.ended.is_some() || newest.is_some_and(|newest| newest.at > ended_at)
    })
}

fn is_too_young(world: &World, process: &Process) -> bool {
    row_at(world, process).is_some_and(|at| at > world.now())
}

/// When a process gets its row, if it was born while pexplore watched.
fn row_at(world: &World, process: &Process) -> Option<BootTime> {
    let waits = process.seen.born_here && process.test_process.is_none();
    waits.then(|| BootTime(process.born_at(world.host()).0.saturating_add(ROW_AFTER_NANOS)))
}

/// When the next of the newly born gets its row, if it lives for so long.
pub(super) fn next_row_at(world: &World) -> Option<BootTime> {
    let living = world.processes().filter(|process| process.ended.is_none());
    living.filter_map(|process| row_at(world, process)).filter(|at| *at > world.now()).min()
}
