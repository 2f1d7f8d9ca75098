//! The rules that are left: parents and children, by their living children.

use std::iter::once;

use crate::roles::{Finding, Subject};
use crate::verdict::{Confidence, Evidence, Who};

pub(super) fn parent(subject: Subject<'_>) -> Option<Finding> {
    let count = subject.living_children().count();
    if count == 0 {
        return None;
    }
    let (confidence, about_parent) = parent_kind(subject);
    let evidence = once(Evidence::LivingChildren { count }).chain(about_parent);
    Finding::new(confidence, evidence.collect())
}

pub(super) fn child(subject: Subject<'_>) -> Option<Finding> {
    let (confidence, about_parent) = parent_kind(subject);
    let evidence = once(Evidence::NoLivingChild).chain(about_parent);
    Finding::new(confidence, evidence.collect())
}

/// How sure it is that the parent created it, so that it is no orphan after all.
fn parent_kind(subject: Subject<'_>) -> (Confidence, Option<Evidence>) {
    let Some(parent) = subject.parent() else { return (Confidence::Possible, None) };
    let process = subject.process();
    let born_to_it =
        process.history.origin.as_deref().filter(|origin| origin.parent == parent.id());
    if let Some(origin) = born_to_it.filter(|origin| !origin.is_of_parent()) {
        let name = origin.creator_comm.clone();
        let creator = origin.creator.map(|id| Who { pid: id.pid, name });
        let evidence = Evidence::MadeSibling { creator, parent: parent.who() };
        return (Confidence::Likely, Some(evidence));
    }
    let was_seen = born_to_it.is_some() && !may_be_made_a_sibling(subject, parent);
    // The kernel's threads adopt nobody.
    if was_seen || parent.process().stat.is_kernel_thread() {
        let parent = parent.who();
        let evidence =
            if was_seen { Evidence::ForkSeen { parent } } else { Evidence::ChildOf { parent } };
        return (Confidence::Certain, Some(evidence));
    }
    if !process.seen.born_here && parent.is_reaper() {
        let evidence = Evidence::ParentMayHaveAdopted { parent: parent.who() };
        return (Confidence::Possible, Some(evidence));
    }
    // Any process may be a subreaper (PR_SET_CHILD_SUBREAPER, prctl(2)); nothing in /proc tells.
    let confidence = if may_be_init(parent) { Confidence::Possible } else { Confidence::Likely };
    (confidence, Some(Evidence::ChildOf { parent: parent.who() }))
}

/// The kernel reports the parent that a child got, which with `CLONE_PARENT` (clone(2)) is the
/// creator's own: the child then has a sibling's name, and not that of its reported parent.
fn may_be_made_a_sibling(subject: Subject<'_>, parent: Subject<'_>) -> bool {
    let process = subject.process();
    let reported = process.history.origin.as_ref().map(|origin| &origin.creator_comm);
    if process.stat.never_execed() == Some(false) || reported == Some(&process.stat.comm) {
        return false;
    }
    let is_older = |other: &Subject<'_>| other.key().birth <= subject.key().birth;
    let mut older = parent.living_children().take_while(is_older);
    older.any(|other| other.id() != subject.id() && other.process().stat.comm == process.stat.comm)
}

/// Whether it is not known that it heads no pid namespace; only Linux has them.
fn may_be_init(parent: Subject<'_>) -> bool {
    let facts = parent.process().facts.as_ref();
    let is_linux = *parent.world().host().system == *"Linux";
    is_linux && facts.is_none_or(|facts| facts.innermost_pid.is_none())
}
