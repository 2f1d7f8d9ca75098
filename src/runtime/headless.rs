//! Gathers facts without a screen: two scans, and then the deeper facts of every process, so that
//! all that is told is of the second scan.

use std::time::Duration;

use color_eyre::eyre::Result;
use rustix::event::{Timespec, poll};

use crate::model::host::Host;
use crate::model::record::{Observation, Record};
use crate::model::world::World;
use crate::source::clock;
use crate::source::machine::users;
use crate::source::reader::Reader;
use crate::source::ticker::Table;

/// Nothing lingers where nobody watches.
const NO_LINGER: f64 = 0.0;
const FACTS_BATCH: usize = 1024;

/// A world of one scan, without deeper facts: quick, and enough to find a process.
pub fn glance(host: &Host) -> Result<World> {
    let mut world = World::new(host.clone(), NO_LINGER);
    world.apply(Table::open(host)?.scan()?);
    Ok(world)
}

/// A world of two scans, `interval` apart, with all facts read after the second.
pub fn gather(host: &Host, interval: Duration) -> Result<World> {
    let mut table = Table::open(host)?;
    let mut reader = Reader::new(host.scan);
    let mut world = World::new(host.clone(), NO_LINGER);
    world.apply(table.scan()?);
    let users = Observation::Users(users());
    world.apply(Record { at: clock::now(), observation: users });
    let spent = clock::now().seconds_since(world.now());
    pause(interval.saturating_sub(Duration::from_secs_f64(spent)));
    world.apply(table.scan()?);
    read_facts(&mut world, &mut reader);
    Ok(world)
}

fn read_facts(world: &mut World, reader: &mut Reader) {
    loop {
        let wanted = world.take_wanted_facts(&[], FACTS_BATCH);
        if wanted.is_empty() {
            break;
        }
        let facts = wanted.into_iter().map(|key| (key, reader.facts(key))).collect();
        world.apply(Record { at: clock::now(), observation: Observation::Facts(facts) });
    }
}

/// Lets time pass between two scans: the interval that was asked for.
fn pause(interval: Duration) {
    let time = Timespec {
        tv_sec: i64::try_from(interval.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(interval.subsec_nanos()),
    };
    // A signal that cuts the pause short makes the interval shorter, which the rates allow for.
    let _ = poll(&mut [], Some(&time));
}
