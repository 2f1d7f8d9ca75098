//! Renews recognitions, verdicts and counts after a record.

use std::collections::HashSet;

use crate::record::{BootTime, ProcessId, Record};
use crate::roles::main::settles_at;
use crate::roles::{Subject, judge, runtimes};
use crate::verdict::Role;
use crate::world::{Changes, World};

/// Up to so many processes, judging everyone takes about a millisecond.
const FEW: usize = 1024;

impl World {
    /// Takes one record in, and judges the processes that it concerns.
    pub fn apply(&mut self, record: Record) {
        self.on_record(record);
        let changes = self.take_changes();
        update(self, &changes);
    }
}

/// Everyone is judged after a scan that changed something; after what single processes did, only
/// they and their relatives are: while thousands are born or read, judging everyone each time would
/// hold up the keys. Relatives further away follow with the next scan.
fn update(world: &mut World, changes: &Changes) {
    read_families_again(world, &changes.families);
    let was_read = world.is_read();
    if changes.structure || !was_read {
        world.judged_mut().is_read = world.is_every_fact_read();
    }
    let is_read = world.is_read();
    let is_small = !changes.is_of_few && is_read && world.processes().len() <= FEW;
    if changes.everyone || (is_read && !was_read) || (is_small && !changes.touched.is_empty()) {
        judge_all(world);
        world.judged_mut().again_at = next_to_settle(world);
    } else if !changes.touched.is_empty() {
        judge_touched(world, &changes.touched);
        world.judged_mut().again_at = Some(world.now());
    }
}

/// Families are recognized by what their members share: once one of them is another, all are read
/// again.
fn read_families_again(world: &mut World, parents: &[usize]) {
    let parents = parents.iter().map(|slot| Subject::new(world, *slot));
    let relatives: Vec<_> = parents.flat_map(runtimes::relatives_to_read_again).collect();
    for pid in relatives {
        world.read_again(pid);
    }
}

fn judge_all(world: &mut World) {
    let mut recognized = runtimes::recognize_all(world);
    for slot in world.slots() {
        if world.at(slot).ended.is_none() {
            runtimes::remember(world.recognition_mut(slot), recognized[slot].take());
        }
    }
    judge_slots(world, world.slots());
}

fn judge_touched(world: &mut World, touched: &HashSet<ProcessId>) {
    let slots: Vec<usize> = touched.iter().filter_map(|id| world.slot_of(*id)).collect();
    let there = slots.iter().filter(|slot| world.at(**slot).ended.is_none());
    let recognized: Vec<_> =
        there.map(|slot| (*slot, runtimes::recognize(Subject::new(world, *slot)))).collect();
    for (slot, recognition) in recognized {
        runtimes::remember(world.recognition_mut(slot), recognition);
    }
    judge_slots(world, relatives_of(world, &slots));
}

fn judge_slots(world: &mut World, slots: impl IntoIterator<Item = usize>) {
    for slot in slots {
        if world.at(slot).ended.is_none() {
            let verdict = judge(Subject::new(world, slot));
            world.set_verdict(slot, verdict);
        }
    }
    let mut counts = [0; Role::ALL.len()];
    for process in world.processes().filter(|process| process.ended.is_none()) {
        counts[process.verdict.role as usize] += 1;
    }
    world.judged_mut().counts = counts;
}

/// The processes whose verdicts may change with these: themselves, their parents and children, and
/// the members of a group or session that one of them led.
fn relatives_of(world: &World, slots: &[usize]) -> Vec<usize> {
    let mut is_relative = vec![false; world.n_slots()];
    let mut led = HashSet::new();
    for slot in slots {
        is_relative[*slot] = true;
        for child in world.tree().children(*slot) {
            is_relative[*child as usize] = true;
        }
        if let Some(parent) = world.tree().parent(*slot) {
            is_relative[parent] = true;
        }
        let stat = &world.at(*slot).stat;
        if stat.leads_group() || stat.leads_session() {
            led.insert(stat.key.pid);
        }
    }
    if !led.is_empty() {
        let leads = |id: Option<u32>| id.is_some_and(|id| led.contains(&id));
        for slot in world.slots() {
            let stat = &world.at(slot).stat;
            is_relative[slot] |= leads(stat.pgid) || leads(stat.sid);
        }
    }
    (0..is_relative.len()).filter(|slot| is_relative[*slot]).collect()
}

/// When the next forked child is so old that it may tell a main.
fn next_to_settle(world: &World) -> Option<BootTime> {
    let forked = world.processes().filter(|it| it.stat.never_execed() == Some(true));
    let settled = forked.map(|process| settles_at(process.key(), world.host()));
    settled.filter(|at| *at > world.now()).min()
}
