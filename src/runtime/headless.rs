//! Gathers facts without a screen: two scans, and then the deeper facts of every process, so that
//! all that is reported is of the second scan.

use std::time::Duration;

use color_eyre::eyre::{Result, WrapErr, ensure};

use crate::linux::{clock, wait};
use crate::record::{Host, Observation, ProcessId, ProcessKey, Record};
use crate::report::target;
use crate::source::reader::Reader;
use crate::source::ticker::Table;
use crate::source::users::Users;
use crate::world::{Process, World};

/// So long may all that do not answer keep a command waiting together.
const SILENCE_LIMIT: Duration = Duration::from_secs(3);
/// Nothing lingers where nobody watches.
const NO_LINGER: f64 = 0.0;
const FACTS_BATCH: usize = 1024;
/// The names of users are waited for so long; after that their numbers have to do.
const NAMES_LIMIT: Duration = Duration::from_secs(2);

/// A world of one scan, without deeper facts: quick, and enough to find a process.
pub(crate) fn glance(host: &Host) -> Result<World> {
    let mut world = World::new(host.clone(), NO_LINGER);
    scan(&mut world, &mut Table::open(host)?)?;
    Ok(world)
}

/// A world of two scans, `interval` apart, with all facts read after the second: those of the
/// target first, if it is found by then.
pub(crate) fn gather(host: &Host, interval: Duration, target: Option<&str>) -> Result<World> {
    let mut table = Table::open(host)?;
    let mut world = World::new(host.clone(), NO_LINGER);
    scan(&mut world, &mut table)?;
    let spent = clock::now().seconds_since(world.now());
    // A signal that ends the pause ends the program.
    wait::sleep(interval.saturating_sub(Duration::from_secs_f64(spent)));
    scan(&mut world, &mut table)?;
    let first = target.and_then(|target| target::find_all(&world, target).ok()).unwrap_or_default();
    read_facts(&mut world, &first, &mut Reader::new(host.scan))?;
    let mut users = Users::new().wrap_err("could not start the users thread")?;
    let uids = world.processes().filter_map(Process::uid);
    let names = users.names(uids, NAMES_LIMIT);
    world.apply(names);
    Ok(world)
}

/// Reads the table. This program is in it, so that an empty one was not read.
fn scan(world: &mut World, table: &mut Table) -> Result<()> {
    world.apply(table.scan()?);
    ensure!(world.processes().next().is_some(), "no process can be read, not even this one");
    Ok(())
}

/// Reads the deeper facts of all processes, and those of the first ones first, as far as they
/// answer in a short time altogether and the reader is not asked to stop.
pub(crate) fn read_facts(
    world: &mut World,
    first: &[ProcessId],
    reader: &mut Reader,
) -> Result<()> {
    reader.wait_within(SILENCE_LIMIT);
    loop {
        let mut wanted = world.take_wanted_facts(first, FACTS_BATCH);
        if reader.asks_nobody() {
            // A fact that was read once is better than none.
            let is_read = |key: ProcessKey| {
                let known = world.resolve(key).and_then(|id| world.get(id));
                known.is_some_and(|it| it.facts.is_some())
            };
            wanted.retain(|key| !is_read(*key));
        }
        if wanted.is_empty() || reader.is_stopped() {
            reader.wait_for_each();
            return Ok(());
        }
        let facts = reader.facts(&wanted).wrap_err("processes cannot be read")?;
        world.apply(Record { at: clock::now(), observation: Observation::Facts(facts) });
    }
}
