use proptest::prelude::*;

use crate::record::{BootTime, Observation, Record, Scan};
use crate::tests::fixture;
use crate::world::World;
use crate::world::tests::any_table;

/// The tree as indented pids.
fn drawn(world: &World) -> String {
    let mut lines = String::new();
    let mut open: Vec<(usize, usize)> =
        world.tree().roots().iter().rev().map(|slot| (*slot as usize, 0)).collect();
    while let Some((slot, depth)) = open.pop() {
        let indent = " ".repeat(depth);
        lines.extend([indent, world.at(slot).id().pid.to_string(), "\n".to_owned()]);
        let children = world.tree().children(slot).iter().rev();
        open.extend(children.map(|child| (*child as usize, depth + 1)));
    }
    lines
}

#[test]
fn siblings_stand_in_birth_order_and_the_lower_pid_first() {
    let world = fixture::world(
        "
        1 0 1 1 - - init
        9 1 9 9 - - old | start=20
        5 1 5 5 - - young | start=30
        7 1 7 7 - - twin | start=20
        6 5 6 6 - - child",
    );
    assert_eq!(drawn(&world), "1\n 7\n 9\n 5\n  6\n");
    let tree = world.tree();
    let below = |pid| tree.descendants(world.living_slot(pid).unwrap());
    assert_eq!((below(1), below(5), below(6)), (4, 1, 0));
}

#[test]
fn zombies_and_ghosts_are_no_descendants() {
    let mut world = fixture::world("1 0 1 1 - - init\n5 1 5 5 - Z z\n6 1 6 6 - - a\n7 1 7 7 - - b");
    fixture::watch(&mut world, "1 0 1 1 - - init\n5 1 5 5 - Z z\n6 1 6 6 - - a", 1_001);
    assert_eq!(drawn(&world), "1\n 5\n 6\n 7\n");
    assert_eq!(world.tree().descendants(world.living_slot(1).unwrap()), 1);
}

#[test]
fn a_cycle_is_cut_above_its_oldest_and_what_hangs_below_it_stays() {
    let world = fixture::world(
        "
        5 6 5 5 - - a
        6 7 6 6 - - b
        7 5 7 7 - - c
        2 7 2 2 - - below
        8 8 8 8 - - itself",
    );
    assert_eq!(drawn(&world), "5\n 7\n  2\n  6\n8\n");
}

proptest! {
    #[test]
    fn every_slot_is_in_the_tree_once_and_below_its_parent(processes in any_table()) {
        let mut world = World::new(fixture::host(), 3.0);
        let began = BootTime::from_secs(1_000);
        let scan = Scan { began, ended: began, processes, hidden: Vec::new() };
        world.apply(Record { at: began, observation: Observation::Scan(scan) });
        let tree = world.tree();
        let mut found: Vec<usize> = Vec::new();
        for root in tree.roots() {
            prop_assert_eq!(tree.parent(*root as usize), None);
            found.push(*root as usize);
            found.extend(tree.below(*root as usize));
        }
        for slot in world.slots() {
            for child in tree.children(slot) {
                prop_assert_eq!(tree.parent(*child as usize), Some(slot));
            }
            let living = tree.below(slot).iter().filter(|below| world.at(**below).is_living()).count();
            prop_assert_eq!(tree.descendants(slot) as usize, living);
            let order = |slot: &u32| world.at(*slot as usize).key().birth_order();
            prop_assert!(tree.children(slot).is_sorted_by_key(order));
        }
        found.sort_unstable();
        prop_assert_eq!(found, world.slots());
    }
}
