//! Finds the process that a command line means.

use std::time::Duration;

use color_eyre::eyre::Result;

use crate::model::host::Host;
use crate::model::key::ProcessKey;
use crate::model::text::visible;
use crate::model::world::World;
use crate::report::json;
use crate::report::target::{self, TargetError};
use crate::runtime::headless;
use crate::source::procfs::threads;

/// Finds the process to start at before the screen opens, so that a mistake is said plainly.
pub(super) fn start_at(host: &Host, target: &str) -> Result<ProcessKey> {
    match find(&headless::glance(host)?, target) {
        // The name may be that of an executable or in a command line, which take longer to know;
        // and of several, their command lines are listed.
        Err(_) => Ok(find(&gather(host, Duration::ZERO)?, target)?),
        found => Ok(found?),
    }
}

/// The process that is meant by a pid, a name, or the number of one of its threads.
pub(super) fn find(world: &World, target: &str) -> Result<ProcessKey, TargetError> {
    let found = target::find(world, target);
    let thread = target.parse().ok().filter(|_| found.is_err());
    let process = thread.and_then(threads::process_of).and_then(|pid| world.living(pid));
    let Some(process) = process else { return found };
    let name = visible(&process.stat.comm);
    eprintln!("pexplore: {target} is a thread of process {} ({name})", process.key().pid);
    Ok(process.key())
}

/// Gathers facts, and says which processes keep them back.
pub(super) fn gather(host: &Host, interval: Duration) -> Result<World> {
    let world = headless::gather(host, interval)?;
    if let Some(sentence) = json::unanswered(&world) {
        eprintln!("pexplore: {sentence}");
    }
    Ok(world)
}
