//! What is left: parents and children, by who lives.

use std::iter::once;

use crate::model::evidence::{Confidence, Evidence};
use crate::model::role::Finding;
use crate::model::subject::Subject;

pub(super) fn parent(subject: Subject<'_>) -> Option<Finding> {
    let count = subject.living_children().count();
    if count == 0 {
        return None;
    }
    let (confidence, about_parent) = lineage(subject);
    let evidence = once(Evidence::LivingChildren { count }).chain(about_parent);
    Finding::new(confidence, evidence.collect())
}

pub(super) fn child(subject: Subject<'_>) -> Option<Finding> {
    let (confidence, about_parent) = lineage(subject);
    let evidence = once(Evidence::NoLivingChild).chain(about_parent);
    Finding::new(confidence, evidence.collect())
}

/// How sure it is that the parent created it, so that it is no orphan after all.
fn lineage(subject: Subject<'_>) -> (Confidence, Option<Evidence>) {
    let Some(parent) = subject.parent() else { return (Confidence::Possible, None) };
    let process = subject.process();
    if !process.born_here && parent.is_reaper() {
        let evidence = Evidence::ParentMayHaveAdopted { parent: parent.who() };
        return (Confidence::Possible, Some(evidence));
    }
    let evidence = Evidence::ChildOf { parent: parent.who() };
    if process.stat.sid.is_none() {
        return (Confidence::Likely, Some(evidence));
    }
    (Confidence::Certain, Some(evidence))
}
