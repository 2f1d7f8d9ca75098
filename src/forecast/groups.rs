//! Process groups at the end of a process: its terminal hangs up, and stopped jobs are resumed
//! (`exit_notify`, `kill_orphaned_pgrp` in kernel/exit.c).

use std::collections::{BTreeMap, HashSet};

use crate::forecast::HangUp;
use crate::record::{Pid, ProcessId, State};
use crate::roles::Subject;
use crate::world::World;

/// The process groups that are not orphaned: a member has a parent in another group of the same
/// session, who could let it go on (setpgid(2)).
pub(crate) fn anchored(world: &World) -> HashSet<Pid> {
    let living = world.subjects().filter(|subject| subject.process().is_living());
    let anchors = living.filter(|member| is_anchored(*member, member.parent()));
    anchors.filter_map(|member| member.process().stat.pgid).collect()
}

/// The state of a process group, as far as its ending members decide it.
#[derive(Default)]
struct Group {
    members: Vec<ProcessId>,
    has_stopped: bool,
    /// Whether somebody else could let it go on.
    is_anchored: bool,
    is_foreground: bool,
}

/// The processes that get SIGHUP and SIGCONT when this process ends: the foreground job of the
/// terminal whose session it leads, and the groups with stopped members that are orphaned by its
/// end. `adopter` takes its children in.
pub(crate) fn hung_up(
    ended: Subject<'_>,
    adopter: Option<Subject<'_>>,
) -> BTreeMap<ProcessId, HangUp> {
    let mut groups: BTreeMap<Pid, Group> = BTreeMap::new();
    let stat = &ended.process().stat;
    // Only a group that hung on this process is looked at: on itself as a member, or as the
    // parent of one.
    let own = stat.pgid.filter(|_| is_anchored(ended, ended.parent()));
    let childrens = ended.living_children().filter(|child| is_anchored(*child, Some(ended)));
    let childrens = childrens.filter_map(|child| child.process().stat.pgid);
    groups.extend(own.into_iter().chain(childrens).map(|group| (group, Group::default())));
    if let Some(group) = stat.foreground.filter(|group| *group != 0 && ended.leads_terminal()) {
        groups.entry(group).or_default().is_foreground = true;
    }
    if groups.is_empty() {
        return BTreeMap::new();
    }
    let living = ended.world().subjects().filter(|subject| subject.process().is_living());
    for member in living.filter(|member| member.id() != ended.id()) {
        let id = member.process().stat.pgid;
        let Some(group) = id.and_then(|id| groups.get_mut(&id)) else { continue };
        let is_child = member.parent().is_some_and(|parent| parent.id() == ended.id());
        let parent = if is_child { adopter } else { member.parent() };
        group.members.push(member.id());
        group.has_stopped |= member.process().stat.state == State::Stopped;
        group.is_anchored |= is_anchored(member, parent);
    }
    let hung_up = groups.into_values().filter_map(|group| match group {
        Group { is_foreground: true, members, .. } => Some((members, HangUp::Foreground)),
        Group { has_stopped: true, is_anchored: false, members, .. } => {
            Some((members, HangUp::StoppedJob))
        }
        _ => None,
    });
    hung_up.flat_map(|(members, why)| members.into_iter().map(move |id| (id, why))).collect()
}

fn is_anchored(member: Subject<'_>, parent: Option<Subject<'_>>) -> bool {
    let own = &member.process().stat;
    parent.filter(|parent| parent.pid() != 1).is_some_and(|parent| {
        let parent = &parent.process().stat;
        parent.pgid != own.pgid && parent.sid == own.sid
    })
}
