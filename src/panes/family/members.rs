//! Families by creation: the family of a process, and its members, the dead included.

use std::collections::{HashMap, HashSet};

use crate::record::ProcessId;
use crate::roles::Subject;
use crate::verdict::Role;
use crate::world::{Process, World};

/// A member of a family.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Member {
    pub(crate) id: ProcessId,
    /// How many of its creators up to the root are in the family.
    pub(crate) depth: usize,
}

/// The root of the family that a process belongs to: the nearest main, or leader of its session,
/// from it upward; where there is none, the topmost process below init, service managers and
/// daemons.
pub(crate) fn family_root(world: &World, id: ProcessId) -> ProcessId {
    let mut seen = HashSet::from([id]);
    let Some(mut life) = world.life(id) else { return id };
    if is_head(life) {
        return id;
    }
    while let Some(creator) = life.creator_or_parent().and_then(|creator| world.life(creator)) {
        // A scan is not atomic: two reused pids may name each other.
        if is_outside(world, creator, life) || !seen.insert(creator.id()) {
            break;
        }
        life = creator;
        if is_head(life) {
            break;
        }
    }
    life.id()
}

fn is_head(life: &Process) -> bool {
    life.verdict.role == Role::Main || life.stat.leads_session()
}

/// Whether a creator stands outside of the family of what it created.
fn is_outside(world: &World, creator: &Process, created: &Process) -> bool {
    if creator.id().pid == 1 || world.subject(creator.id()).is_some_and(Subject::is_reaper) {
        return true;
    }
    match creator.verdict.role {
        Role::Kernel => true,
        // Its workers share a daemon's session; a login through it has one of its own.
        Role::Daemon => creator.stat.sid != created.stat.sid,
        _ => false,
    }
}

/// The root, and everything that was created below it: living, ghosts and remembered, orphans
/// included. Each stands once, after its creator; siblings stand in the order of their births.
pub(crate) fn members(world: &World, root: ProcessId) -> Vec<Member> {
    if world.life(root).is_none() {
        return Vec::new();
    }
    let mut children: HashMap<ProcessId, Vec<&Process>> = HashMap::new();
    for life in world.processes().chain(world.history().lives()) {
        if let Some(creator) = life.creator_or_parent() {
            children.entry(creator).or_default().push(life);
        }
    }
    let mut found = Vec::new();
    // A remembered process that stands in the tree again is in both places.
    let mut seen = HashSet::from([root]);
    let mut open = vec![Member { id: root, depth: 0 }];
    while let Some(member) = open.pop() {
        found.push(member);
        let Some(mut created) = children.remove(&member.id) else { continue };
        created.sort_by_key(|life| (life.born_at(world.host()), life.id().pid));
        let created = created.into_iter().map(Process::id).filter(|id| seen.insert(*id));
        let depth = member.depth + 1;
        let created: Vec<Member> = created.map(|id| Member { id, depth }).collect();
        open.extend(created.into_iter().rev());
    }
    found
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::record::Pid;
    use crate::tests::fixture::{events, id_of, watch, world};

    /// A build under a terminal's shell, and a web server.
    const BUILD: &str = "
        1   0   1   1   - - systemd | exe=/usr/lib/systemd/systemd unit=init.scope
        700 1   700 700 - - nginx   | null=3 unit=nginx.service cmd=nginx: master process nginx
        701 700 700 700 - f nginx   | null=3 unit=nginx.service cmd=nginx: worker process
        300 1   300 300 - - sshd    | null=3 unit=ssh.service cmd=sshd: /usr/sbin/sshd -D
        400 300 400 400 - - sshd    | unit=session-3.scope cmd=sshd: ana@pts/3
        401 400 401 401 3 - bash    | cmd=-bash
        810 401 810 401 3 - make    | cmd=make -j2
        811 810 810 401 3 - gcc     |
    ";

    fn root_of(world: &World, pid: Pid) -> Pid {
        family_root(world, id_of(world, pid)).pid
    }

    fn pids(world: &World, root: ProcessId) -> Vec<(Pid, usize)> {
        members(world, root).iter().map(|member| (member.id.pid, member.depth)).collect()
    }

    #[test]
    fn the_nearest_main_or_leader_of_a_session_is_the_root() {
        let world = world(BUILD);
        assert_eq!(root_of(&world, 811), 810);
        assert_eq!(root_of(&world, 810), 810);
        // No shell is a main, yet a login's leads its session.
        assert_eq!(root_of(&world, 401), 401);
        assert_eq!(root_of(&world, 300), 300);
        assert_eq!(root_of(&world, 701), 700);
        assert_eq!(root_of(&world, 1), 1);
        let unknown = ProcessId { pid: 77, ..ProcessId::default() };
        assert_eq!((family_root(&world, unknown), members(&world, unknown)), (unknown, Vec::new()));
    }

    #[test]
    fn the_dead_and_the_orphaned_stay_in_the_family_that_created_them() {
        let mut world = world(BUILD);
        let make = id_of(&world, 810);
        world.apply(events(
            "1001.0 fork 820 < 811; 1001.1 exec 820 cc1; 1001.2 fork 819 < 811;
             1001.3 exit 819; 1001.4 exit 811",
        ));
        let all = [(810, 0), (811, 1), (820, 2), (819, 2)];
        assert_eq!(pids(&world, make), all);
        // Their ghosts go, and they are remembered; 820 was adopted.
        let later =
            BUILD.replace("811 810 810 401 3 - gcc     |", "820 1 810 401 3 - cc1 | start=100100");
        watch(&mut world, &later, 1_010);
        watch(&mut world, &later, 1_020);
        assert!(world.history().lives().any(|life| life.id().pid == 819));
        assert_eq!(pids(&world, make), all);
        assert_eq!(root_of(&world, 820), 810);
        // A remembered one leads to its family as well, and stands once when it is recalled.
        let dead = members(&world, make)[3].id;
        assert_eq!(family_root(&world, dead), make);
        assert!(world.recall(dead));
        assert_eq!(pids(&world, make), all);
    }

    #[test]
    fn two_that_name_each_other_end_the_walk() {
        let world = world("10 11 10 9 - - a\n11 10 11 9 - - b");
        let id = id_of(&world, 10);
        assert_eq!(family_root(&world, id).pid, 11);
        assert_eq!(pids(&world, id), [(10, 0), (11, 1)]);
    }

    #[test]
    fn deep_families_are_walked_in_one_go() {
        let mut text = "1 0 1 1 - - init\n".to_owned();
        // A chain, in which everything quadratic would be felt.
        for pid in 2..10_000 {
            writeln!(text, "{pid} {} 2 2 - - w | unread", pid - 1).unwrap();
        }
        let world = world(&text);
        assert_eq!(members(&world, id_of(&world, 2)).len(), 9_998);
        assert_eq!(root_of(&world, 9_999), 2);
    }
}
