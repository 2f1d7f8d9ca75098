//! Everything that holds keys of processes, so that a corrected one is corrected in all of it.
//!
//! No field is left out by `..`: whoever adds one says here whether it holds any.

use std::collections::HashMap;

use crate::record::{ProcessKey, TestProcess};
use crate::verdict::Recognition;
use crate::world::told::Events;
use crate::world::{Adoption, Origin, Process, World};

impl World {
    /// Hands out every key that is held, but those that the processes themselves are known by.
    pub(super) fn change_keys(&mut self, change: &impl Fn(&mut ProcessKey)) {
        let Self {
            processes,
            details,
            masks,
            learned_subreapers,
            log,
            history,
            events,
            kept,
            expected_test_processes,
            changes,
            judged: _,
            // Themselves.
            living: _,
            ended: _,
            corrected: _,
            // Slots.
            tree: _,
            creators: _,
            // None.
            host: _,
            linger_seconds: _,
            lab_linger_seconds: _,
            now: _,
            last_scan: _,
            previous_scan: _,
            users: _,
            machine: _,
            cpu_history: _,
            memory: _,
            problems: _,
        } = self;
        let all = processes.iter_mut().chain(history.lives_mut());
        all.for_each(|process| change_references(process, change));
        log.change_keys(change);
        if let Some(details) = details {
            change(&mut details.key);
        }
        change_all(masks, |(key, _)| change(key));
        change_all(learned_subreapers, change);
        change_all(&mut changes.touched, change);
        kept.iter_mut().for_each(change);
        change_all(expected_test_processes, |(key, (_, test_process))| {
            change(key);
            change_test_process(test_process, change);
        });
        change_events(events, change);
    }
}

fn change_events(events: &mut Events, change: &impl Fn(&mut ProcessKey)) {
    let Events {
        exits,
        changed_families,
        started,
        awaited_births,
        newborn,
        confirmed,
        // Pids.
        early: _,
        held: _,
        wanted_stats: _,
        // None.
        source: _,
        note: _,
        lost: _,
        is_loss_uncounted: _,
        lost_at: _,
        newest_loss: _,
        repaired_at: _,
        early_bytes: _,
    } = events;
    for (pid, (birth, _)) in exits {
        let mut key = ProcessKey { pid: *pid, birth: *birth };
        change(&mut key);
        *birth = key.birth;
    }
    change_all(changed_families, change);
    started.iter_mut().for_each(change);
    change_all(awaited_births, change);
    let families: HashMap<ProcessKey, Vec<ProcessKey>> = std::mem::take(newborn);
    for (mut parent, mut children) in families {
        change(&mut parent);
        children.iter_mut().for_each(change);
        newborn.entry(parent).or_default().append(&mut children);
    }
    for (key, _) in confirmed {
        change(key);
    }
}

/// The keys by which a process knows its kin.
fn change_references(process: &mut Process, change: &impl Fn(&mut ProcessKey)) {
    process.parent.iter_mut().for_each(change);
    if let Some(origin) = &mut process.origin {
        let Origin { parent, creator, creator_comm: _, at: _ } = &mut **origin;
        change(parent);
        creator.iter_mut().for_each(change);
    }
    if let Some(adoption) = &mut process.adoption {
        let Adoption { creator, adopter, creator_comm: _, at: _, shared_until: _ } =
            &mut **adoption;
        creator.iter_mut().chain(adopter).for_each(change);
    }
    if let Some(recognition) = &mut process.recognition {
        let Recognition {
            logical_parent,
            ended_logical_parent,
            runtime: _,
            part: _,
            logical_parent_ended: _,
        } = recognition;
        logical_parent.iter_mut().chain(ended_logical_parent).for_each(change);
    }
    if let Some(test_process) = &mut process.test_process {
        change_test_process(test_process, change);
    }
}

fn change_test_process(test_process: &mut TestProcess, change: &impl Fn(&mut ProcessKey)) {
    let TestProcess { kind: _, daemonic_main } = test_process;
    daemonic_main.iter_mut().for_each(change);
}

/// Changes what stands in no order that a change could keep.
fn change_all<T, C>(held: &mut C, change: impl Fn(&mut T))
where
    C: Default + IntoIterator<Item = T> + FromIterator<T>,
{
    let all = std::mem::take(held).into_iter();
    *held = all
        .map(|mut one| {
            change(&mut one);
            one
        })
        .collect();
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::record::{Birth, BootTime, SignalMasks};
    use crate::tests::fixture::{event_source, events, host, key_of, lines, stats, watch};
    use crate::verdict::{Part, Runtime};
    use crate::world::What;

    const AT: BootTime = BootTime(1_000_500_000_000);

    /// Has the key held wherever one can be.
    fn hold(world: &mut World, key: ProcessKey) {
        let other = key_of(world, 1);
        let slot = world.living_slot(20).unwrap();
        let name: Arc<str> = "make".into();
        let test_process = TestProcess { kind: "child".into(), daemonic_main: Some(key) };
        let process = &mut world.processes[slot];
        process.parent = Some(key);
        process.origin = Some(Box::new(Origin {
            parent: key,
            creator: Some(key),
            creator_comm: name.clone(),
            at: AT,
        }));
        process.adoption = Some(Box::new(Adoption {
            creator: Some(key),
            creator_comm: name.clone(),
            adopter: Some(key),
            at: AT,
            shared_until: AT,
        }));
        process.recognition = Some(Recognition {
            runtime: Runtime::NodeCluster,
            part: Part::Worker,
            logical_parent: Some(key),
            logical_parent_ended: true,
            ended_logical_parent: Some(key),
        });
        process.test_process = Some(Box::new(test_process.clone()));
        let mut remembered = process.clone();
        remembered.stat.key = ProcessKey::at_ticks(99, 5);
        world.history.add(remembered);
        world.masks.insert(key, SignalMasks::default());
        world.learned_subreapers.insert(key);
        world.changes.touched.insert(key);
        world.kept = Some(key);
        world.expected_test_processes.insert(key, (AT, test_process));
        world.remark(key, name, What::Differs, "as is".into());
        world.events.exits.insert(key.pid, (key.birth, AT));
        world.events.changed_families.insert(key);
        world.events.started.push(key);
        world.events.awaited_births.insert(key);
        world.events.newborn.insert(key, vec![key]);
        world.events.newborn.insert(other, vec![key]);
        world.events.confirmed.push((key, None));
    }

    fn named(world: &World, key: ProcessKey) -> usize {
        format!("{world:?}").matches(&format!("{key:?}")).count()
    }

    #[test]
    fn a_corrected_key_is_corrected_in_everything_that_holds_it() {
        let mut world = World::new(host(), 3.0);
        world.apply(event_source(crate::record::host::EventSource::Connector));
        watch(&mut world, "1 0 1 1 - - systemd\n20 1 20 20 3 - make", 1_000);
        world.apply(events("1000.5 fork 30 < 20"));
        let (told, read) = (key_of(&world, 30), ProcessKey::at_ticks(30, 100_049));
        let before = named(&world, told);
        hold(&mut world, told);
        let n_held = named(&world, told) - before;
        assert_eq!(n_held, 30, "as many as `hold` writes");
        let slot = world.living_slot(30).unwrap();
        world.confirm_birth(slot, read);
        world.spread_corrections(0);
        assert_eq!(world.take_corrected_keys(), [(told, read)]);
        assert_eq!(named(&world, told), 0, "{world:#?}");
        assert!(named(&world, read) >= n_held);
        assert_eq!(world.events.exits[&30].0, Birth::Ticks(100_049));
        // The same by a record, of what waits from one to the next.
        let mut world = World::new(host(), 3.0);
        world.apply(event_source(crate::record::host::EventSource::Connector));
        watch(&mut world, "1 0 1 1 - - systemd\n20 1 20 20 3 - make", 1_000);
        world.apply(events("1000.5 fork 30 < 20; 1000.501 fork 31 < 30"));
        assert!(world.events.changed_families.contains(&told));
        world.apply(stats(&lines("30 20 20 20 3 f make | start=100049"), "1000.51"));
        assert_eq!((named(&world, told), world.take_corrected_keys().len()), (1, 1));
    }
}
