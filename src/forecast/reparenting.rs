//! The consequences of an end for others: orphans and their adopters, realms that end with it.

use crate::forecast::Cascade;
use crate::record::ProcessId;
use crate::roles::Subject;
use crate::test_process::{LAB_GUARD, LAB_HELPER};

/// The adopter of the children of a process that ends, and whether a nearer one may be an unknown
/// subreaper: the nearest subreaper above it, else the init of its pid namespace (`find_new_reaper`
/// in kernel/exit.c). Processes that end as well adopt nobody.
pub(crate) fn adopter(
    subject: Subject<'_>,
    ends: impl Fn(ProcessId) -> bool,
) -> (Option<Subject<'_>>, bool) {
    let mut above = subject.parent();
    let mut may_be_nearer = false;
    // Of the lab's own it is known before anything was adopted.
    let is_test_process = subject.process().test_process.is_some();
    while let Some(ancestor) = above {
        let process = ancestor.process();
        let is_helper = is_test_process && &*process.stat.comm == LAB_HELPER;
        if !ends(ancestor.id()) {
            if is_helper || ancestor.is_reaper() {
                return (Some(ancestor), may_be_nearer);
            }
            let is_own = process.test_process.is_some() || is_pexplore(ancestor);
            may_be_nearer |= !is_own && !process.stat.has_ended();
        }
        above = ancestor.parent();
    }
    (subject.living(1), may_be_nearer)
}

/// The realm that ends with that process.
pub(crate) fn cascade(subject: Subject<'_>) -> Option<Cascade> {
    if subject.is_namespace_init() {
        return Some(Cascade::Namespace);
    }
    // Only the helper has test processes without being one, and the guard is pexplore's child.
    let is_test_process = |process: Subject<'_>| process.process().test_process.is_some();
    let is_helper = !is_test_process(subject) && subject.living_children().any(is_test_process);
    (is_helper || is_guard(subject)).then_some(Cascade::Lab)
}

/// Whether that process belongs to what ends with `of`.
pub(crate) fn belongs(process: Subject<'_>, of: Subject<'_>, cascade: Cascade) -> bool {
    match cascade {
        Cascade::Namespace => true,
        Cascade::Lab => {
            let is_test_process = process.process().test_process.is_some();
            is_test_process || is_guard(process) || is_helper_beside(process, of)
        }
    }
}

fn is_guard(subject: Subject<'_>) -> bool {
    &*subject.process().stat.comm == LAB_GUARD && is_pexplores(subject)
}

fn is_helper_beside(process: Subject<'_>, guard: Subject<'_>) -> bool {
    &*process.process().stat.comm == LAB_HELPER && is_guard(guard) && is_pexplores(process)
}

fn is_pexplores(subject: Subject<'_>) -> bool {
    subject.parent().is_some_and(is_pexplore)
}

fn is_pexplore(subject: Subject<'_>) -> bool {
    subject.pid() == subject.world().host().own.pid
}
