//! The lanes of a family: one for each member, but one together for those that repeat.

use std::collections::{HashMap, HashSet};

use crate::panes::family::Member;
use crate::record::ProcessId;
use crate::world::{Process, World};

/// More than so many of one name under one creator that have ended share a lane.
const MOST_ALONE: usize = 3;

/// The processes of one lane.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lane {
    /// In the order of their births. The lane is known by the first.
    pub(crate) processes: Vec<ProcessId>,
    /// How many creators up to the root are in the family.
    pub(crate) depth: usize,
}

impl Lane {
    pub(crate) fn id(&self) -> ProcessId {
        self.processes[0]
    }

    /// The newest of it, to which it leads.
    pub(crate) fn newest(&self) -> ProcessId {
        self.processes[self.processes.len() - 1]
    }
}

type Kind<'a> = (Option<ProcessId>, &'a str);

/// Puts the members, who stand in the order of the tree, into their lanes. What repeats has no
/// lanes below it.
pub(super) fn lanes(world: &World, members: &[Member]) -> Vec<Lane> {
    let ended = |member: &Member| world.life(member.id).filter(|life| life.ended.is_some());
    let mut counts: HashMap<Kind<'_>, usize> = HashMap::new();
    for life in members.iter().filter_map(ended) {
        *counts.entry(kind(life)).or_default() += 1;
    }
    let mut lanes: Vec<Lane> = Vec::new();
    let mut lane_of: HashMap<Kind<'_>, usize> = HashMap::new();
    let mut collapsed: HashSet<ProcessId> = HashSet::new();
    for member in members {
        let creator = world.life(member.id).and_then(Process::creator_or_parent);
        if creator.is_some_and(|creator| collapsed.contains(&creator)) {
            collapsed.insert(member.id);
            continue;
        }
        let kind = ended(member).map(kind).filter(|kind| counts[kind] > MOST_ALONE);
        if kind.is_some() {
            collapsed.insert(member.id);
        }
        if let Some(lane) = kind.and_then(|kind| lane_of.get(&kind)) {
            lanes[*lane].processes.push(member.id);
            continue;
        }
        lane_of.extend(kind.map(|kind| (kind, lanes.len())));
        lanes.push(Lane { processes: vec![member.id], depth: member.depth });
    }
    lanes
}

fn kind(life: &Process) -> Kind<'_> {
    (life.creator_or_parent(), &life.stat.comm)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panes::family::members::members;
    use crate::tests::fixture::{events, id_of, world};

    #[test]
    fn repeats_share_a_lane_with_all_that_they_created_and_others_keep_theirs() {
        let mut world = world("1 0 1 1 - - init\n10 1 10 10 - - loop\n11 10 10 10 - - waits");
        for number in 0..5 {
            let (wrapper, helper, at) = (20 + number * 2, 21 + number * 2, 1_001 + number);
            world.apply(events(&format!(
                "{at}.1 fork {wrapper} < 10; {at}.2 exec {wrapper} python3; {at}.3 fork {helper} < {wrapper};
                 {at}.4 exit {helper} < {wrapper}; {at}.5 exit {wrapper} < 10 status=256"
            )));
        }
        let lanes = lanes(&world, &members(&world, id_of(&world, 10)));
        let pids: Vec<Vec<u32>> =
            lanes.iter().map(|lane| lane.processes.iter().map(|id| id.pid).collect()).collect();
        assert_eq!(pids, [vec![10], vec![11], vec![20, 22, 24, 26, 28]]);
        assert_eq!((lanes[2].depth, lanes[2].id().pid, lanes[2].newest().pid), (1, 20, 28));
    }
}
