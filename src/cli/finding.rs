//! Finds the process that a command line means.

use std::time::Duration;

use color_eyre::eyre::Result;

use crate::record::{Host, ProcessKey};
use crate::report::json;
use crate::report::target::TargetError;
use crate::runtime::finding::find;
use crate::runtime::{headless, output};
use crate::world::World;

/// Finds the process to start at before the screen opens, so that a mistake is said plainly.
pub(super) fn start_at(host: &Host, target: &str) -> Result<ProcessKey> {
    let world = headless::glance(host)?;
    let key_in = |world: &World| {
        let id = find(world, target)?;
        world.key(id).ok_or_else(|| TargetError::None(target.to_owned()))
    };
    // The name may be that of an executable or in a command line, which take longer to know; and of
    // several, their command lines are listed.
    match key_in(&world) {
        Err(_) => Ok(key_in(&gather(host, Duration::ZERO, Some(target))?)?),
        Ok(found) => Ok(found),
    }
}

/// Gathers facts, and says which processes keep them back.
pub(super) fn gather(host: &Host, interval: Duration, target: Option<&str>) -> Result<World> {
    let world = headless::gather(host, interval, target)?;
    if let Some(sentence) = json::unread(&world) {
        output::warn(&sentence);
    }
    Ok(world)
}
