//! Process groups that lose whom they hang on: with an end, a terminal hangs up, and stopped jobs
//! are let go (`exit_notify`, `kill_orphaned_pgrp` in kernel/exit.c).

use std::collections::{BTreeMap, BTreeSet};

use crate::model::forecast::HangUp;
use crate::model::key::{Pid, ProcessKey};
use crate::model::process::Process;
use crate::model::state::State;
use crate::model::subject::Subject;

/// Whether its process group is orphaned: no member has a parent in another group of the same
/// session, who could let it go on (setpgid(2)). Not so where that is not known.
pub(super) fn is_orphaned(subject: Subject<'_>) -> bool {
    let Some(group) = subject.process().stat.pgid.filter(|group| *group != 0) else { return false };
    let sees_all = subject.world().sees_all();
    sees_all && !members(subject, group).any(|member| is_anchored(member, member.parent()))
}

/// Those who get SIGHUP and SIGCONT when this process ends: the foreground job of the terminal
/// whose session it leads, and the groups with stopped members that are orphaned by its end.
/// `adopter` takes its children in.
pub(super) fn hung_up(
    ended: Subject<'_>,
    adopter: Option<Subject<'_>>,
) -> BTreeMap<ProcessKey, HangUp> {
    let mut groups: BTreeMap<Pid, HangUp> = BTreeMap::new();
    let stat = &ended.process().stat;
    // Only a group that hung on this process is looked at: on itself as a member, or as the
    // parent of one.
    let own = stat.pgid.filter(|_| is_anchored(ended, ended.parent()));
    let childrens = ended.living_children().filter(|child| is_anchored(*child, Some(ended)));
    let childrens = childrens.filter_map(|child| child.process().stat.pgid);
    let anchored: BTreeSet<Pid> = own.into_iter().chain(childrens).collect();
    for group in anchored {
        let others = || members(ended, group).filter(|member| member.key() != ended.key());
        let has_stopped = others().any(|member| member.process().stat.state == State::Stopped);
        if has_stopped && !others().any(|member| is_anchored_after(member, ended, adopter)) {
            groups.insert(group, HangUp::StoppedJob);
        }
    }
    if ended.leads_terminal() {
        let foreground = stat.foreground.filter(|group| *group != 0);
        groups.extend(foreground.map(|group| (group, HangUp::Foreground)));
    }
    let all = groups
        .into_iter()
        .flat_map(|(group, why)| members(ended, group).map(move |member| (member.key(), why)));
    all.filter(|(key, _)| *key != ended.key()).collect()
}

fn members(subject: Subject<'_>, group: Pid) -> impl Iterator<Item = Subject<'_>> {
    let is_member =
        move |process: &Process| process.is_living() && process.stat.pgid == Some(group);
    subject.world().subjects().filter(move |subject| is_member(subject.process()))
}

fn is_anchored(member: Subject<'_>, parent: Option<Subject<'_>>) -> bool {
    let own = &member.process().stat;
    parent.filter(|parent| parent.pid() != 1).is_some_and(|parent| {
        let parent = &parent.process().stat;
        parent.pgid != own.pgid && parent.sid == own.sid
    })
}

fn is_anchored_after(
    member: Subject<'_>,
    ended: Subject<'_>,
    adopter: Option<Subject<'_>>,
) -> bool {
    let parent = member.parent();
    let is_child = parent.is_some_and(|parent| parent.key() == ended.key());
    is_anchored(member, if is_child { adopter } else { parent })
}
