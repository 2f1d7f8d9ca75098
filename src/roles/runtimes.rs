//! Recognizes multi-process runtimes: the family of a process, and its part in it.
//!
//! `titles` has the servers that show what they are in their name or arguments, one table row
//! each. `python` has multiprocessing, whose families are also recognized by the pipes they share.

mod python;
mod titles;

use crate::record::FLAG_FORKED_NO_EXEC;
use crate::roles::Subject;
use crate::verdict::{Part, Recognition, Runtime, StartMethod};
use crate::world::World;

pub(super) use python::relatives_to_read_again;
pub(crate) use python::wants_pipes;

/// How a process came to be; `None` for pid 1, kernel threads, and where flags are unknown.
pub(crate) fn start_method(subject: Subject<'_>) -> Option<StartMethod> {
    let stat = &subject.process().stat;
    if stat.key.pid == 1 || stat.is_kernel_thread() {
        return None;
    }
    if stat.flags? & FLAG_FORKED_NO_EXEC == 0 {
        return Some(StartMethod::Spawn);
    }
    let from_template = subject.parent().is_some_and(|parent| {
        parent.process().recognition.as_ref().is_some_and(Recognition::is_template)
    });
    Some(if from_template || python::is_from_forkserver(subject) {
        StartMethod::Forkserver
    } else {
        StartMethod::Fork
    })
}

/// Recognizes a process by what it shows of itself, without its family.
pub(crate) fn recognize(subject: Subject<'_>) -> Option<Recognition> {
    titles::recognize(subject)
}

/// Recognizes every process of the world that belongs to a runtime; by slot.
pub(crate) fn recognize_all(world: &World) -> Vec<Option<Recognition>> {
    let mut recognized = vec![None; world.n_slots()];
    for subject in world.subjects() {
        recognized[subject.slot()] = recognize(subject);
    }
    python::recognize_families(world, &mut recognized);
    recognized
}

/// Takes a new recognition over. A Python worker stays what it was when its main, by whose pipes it
/// was recognized, has ended: only an exec, which clears the recognition, makes it something else.
pub(crate) fn remember(known: &mut Option<Recognition>, newest: Option<Recognition>) {
    let is_recognized_by_pipes = |known: &Recognition| {
        known.runtime == Runtime::PythonMultiprocessing
            && matches!(known.part, Part::Worker | Part::PoolWorker | Part::Manager)
    };
    let was_in_pool = known.as_ref().is_some_and(|known| known.part == Part::PoolWorker);
    let last_parent = known.as_ref().and_then(|it| it.logical_parent.or(it.ended_logical_parent));
    match newest {
        Some(mut newest) => {
            newest.ended_logical_parent = last_parent.filter(|_| newest.logical_parent_ended);
            if was_in_pool && newest.part == Part::Worker {
                newest.part = Part::PoolWorker;
            }
            *known = Some(newest);
        }
        None if known.as_ref().is_some_and(is_recognized_by_pipes) => {}
        None => *known = None,
    }
}

#[cfg(test)]
mod tests;
