mod agreement;
mod births;
mod losses;
mod order;
mod orphans;
mod scans;
mod zombies;

use std::collections::HashSet;

use proptest::prelude::*;

use crate::describe::story;
use crate::record::{
    BootTime, Change, Event, EventSource, MemoryLimit, Observation, Pid, ProcessKey, Record, Stats,
};
use crate::roles::Subject;
use crate::tests::fixture::{
    self, event_source, events, facts_of, id_of, key_of, lines, scan, stats, watch,
};
use crate::verdict::{Confidence, Role};
use crate::world::{Cause, Entry, Process, What, World};

const TABLE: &str = "
    1 0 1 1 - - systemd
    10 1 10 10 3 - bash
    20 10 20 10 3 - make";

/// A world that has seen the table, and receives every event.
fn listening() -> World {
    let mut world = World::new(fixture::host(), 3.0);
    world.apply(event_source(EventSource::Connector));
    watch(&mut world, TABLE, 1_000);
    world
}

fn listening_to(text: &str) -> World {
    let mut world = listening();
    world.apply(events(text));
    world
}

/// The log from that number on, one entry a line.
fn logged(world: &World, from: u64) -> Vec<String> {
    world.log().since(from).map(line).collect()
}

fn line(entry: &Entry) -> String {
    let name = entry.comm.as_deref().unwrap_or("?");
    let creator = entry.creator.map_or_else(String::new, |key| format!(" of {}", key.pid));
    let more = match entry.what {
        What::Exit { cause, lived } => {
            let lived =
                lived.map_or_else(|| "?".to_owned(), |lived| (lived / 1_000_000).to_string());
            format!(" {} after {lived} ms", cause.short())
        }
        What::Orphan { adopter } => format!(" adopted by {adopter:?}"),
        What::User(uid) => format!(" {uid}"),
        What::Lost(count) => format!(" {count:?}"),
        _ => String::new(),
    };
    format!("{} {} {name}{creator}{more}", entry.what.into_str(), entry.pid)
}

fn ghost(world: &World, pid: Pid) -> Option<&Process> {
    world.processes().find(|process| process.id().pid == pid && process.ended.is_some())
}

/// Some of what happened is missing from the events until that second.
fn lost(world: &mut World, seconds: u64) {
    world.apply(Record {
        at: BootTime::from_secs(seconds),
        observation: Observation::Lost(Some(9)),
    });
}
