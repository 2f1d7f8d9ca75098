//! Python's multiprocessing: parts recognized by command lines, workers and pools by pipes.
//!
//! The command lines are those of `CPython` 3.8 to 3.14 (`multiprocessing/spawn.py`,
//! `forkserver.py`, `resource_tracker.py`); they are searched, never taken apart by position,
//! because interpreter flags and, since 3.14, the script's own arguments stand among them.

use std::collections::HashMap;

use crate::record::{Facts, Pid, Pipes, ProcessId};
use crate::roles::Subject;
use crate::verdict::{Part, Recognition, Runtime};
use crate::world::World;

const TRACKER: &str = "from multiprocessing.resource_tracker import main";
/// joblib's own processes (`joblib/externals/loky/backend`).
const LOKY_TRACKER: &str = "loky.backend.resource_tracker import main";
const LOKY_WORKER: &str = "loky.backend.popen_loky_posix";
const FORKSERVER: &str = "from multiprocessing.forkserver import main";
const SPAWNED: &str = "--multiprocessing-fork";
const SPAWN_MAIN: &str = "multiprocessing.spawn import spawn_main";
/// `SIGINT`, which the manager's server ignores and workers do not.
const SIGINT: u32 = 2;

/// Whether the process is Python by the name of its program.
pub(crate) fn is_python(name: &str) -> bool {
    ["python", "pypy"].iter().any(|prefix| name.starts_with(prefix))
}

/// Whether it was forked by a forkserver: it bears the server's command line, yet never exec'd.
/// What it forks in its turn bears that line, too, and has a parent that never exec'd.
pub(super) fn is_from_forkserver(subject: Subject<'_>) -> bool {
    let bears_forked_line = |subject: Subject<'_>| {
        subject.process().stat.never_execed() == Some(true) && has_argument(subject, FORKSERVER)
    };
    bears_forked_line(subject) && !subject.parent().is_some_and(bears_forked_line)
}

fn has_argument(subject: Subject<'_>, part: &str) -> bool {
    subject.process().command_line().is_some_and(|args| args.iter().any(|arg| arg.contains(part)))
}

fn pipes(subject: Subject<'_>) -> Option<&Pipes> {
    subject.process().facts.as_ref()?.pipes.as_ref()
}

/// Adds what is known of multiprocessing families to what was recognized by title.
pub(super) fn recognize_families(world: &World, recognized: &mut [Option<Recognition>]) {
    let family: Vec<Subject<'_>> = world.subjects().filter(|subject| is_member(*subject)).collect();
    if family.is_empty() {
        return;
    }
    let writers = Writers::new(&family);
    for subject in &family {
        let slot = subject.slot();
        if recognized[slot].is_none() {
            recognized[slot] = part_of(*subject, &writers);
        }
    }
    for subject in &family {
        let slot = subject.slot();
        let is_worker = recognized[slot].as_ref().is_some_and(|known| known.part == Part::Worker);
        if is_worker && is_in_pool(*subject, recognized) {
            let known = recognized[slot].as_mut().expect("it was a worker just now");
            known.part = Part::PoolWorker;
        }
    }
    for subject in &family {
        if recognized[subject.slot()].is_none() && has_parts(*subject, recognized) {
            let main = Recognition::new(Runtime::PythonMultiprocessing, Part::Main);
            recognized[subject.slot()] = Some(main);
        }
    }
}

fn is_member(subject: Subject<'_>) -> bool {
    let process = subject.process();
    process.is_living() && process.facts.is_some() && is_python(subject.program_name())
}

/// Whether one of its children is a part that only a main starts.
fn has_parts(subject: Subject<'_>, recognized: &[Option<Recognition>]) -> bool {
    subject.living_children().any(|child| {
        recognized[child.slot()]
            .as_ref()
            .is_some_and(|known| known.runtime == Runtime::PythonMultiprocessing)
    })
}

fn part_of(subject: Subject<'_>, writers: &Writers<'_>) -> Option<Recognition> {
    let known = |part| Recognition::new(Runtime::PythonMultiprocessing, part);
    if has_argument(subject, TRACKER) || has_argument(subject, LOKY_TRACKER) {
        return Some(known(Part::ResourceTracker));
    }
    if has_argument(subject, FORKSERVER) && subject.process().stat.never_execed() != Some(true) {
        return Some(known(Part::Forkserver));
    }
    if is_from_forkserver(subject) {
        let mut worker = known(worker_or_manager(subject));
        match logical_parent(subject, writers) {
            LogicalParent::Lives(id) => worker.logical_parent = Some(id),
            LogicalParent::Ended => worker.logical_parent_ended = true,
            LogicalParent::Unknown => recall_logical_parent(subject, &mut worker),
        }
        return Some(worker);
    }
    let spawned = [SPAWNED, SPAWN_MAIN, LOKY_WORKER].iter().any(|mark| has_argument(subject, mark));
    if spawned || is_forked_worker(subject) {
        return Some(known(worker_or_manager(subject)));
    }
    None
}

/// Where pipes no longer tell, as another user's Python may hold the end that is missing, the
/// logical parent is the one that it was, and may have ended since.
fn recall_logical_parent(subject: Subject<'_>, worker: &mut Recognition) {
    let Some(known) = &subject.process().recognition else { return };
    let lives = |id: ProcessId| subject.living(id.pid).is_some_and(|process| process.id() == id);
    worker.logical_parent = known.logical_parent.filter(|id| lives(*id));
    worker.logical_parent_ended =
        known.logical_parent_ended || known.logical_parent.is_some_and(|id| !lives(id));
}

fn worker_or_manager(subject: Subject<'_>) -> Part {
    let process = subject.process();
    let ignores_interrupt = process.facts.as_ref().is_some_and(|facts| facts.ignores(SIGINT));
    let serves = process.stat.threads.is_some_and(|threads| threads > 1);
    if ignores_interrupt && serves { Part::Manager } else { Part::Worker }
}

/// A forked worker, unlike a plain fork, holds a sentinel pipe that its creator reads, and a
/// `/dev/null` that it opened in place of standard input.
fn is_forked_worker(subject: Subject<'_>) -> bool {
    if subject.process().stat.never_execed() != Some(true) {
        return false;
    }
    let Some(own) = pipes(subject).filter(|pipes| pipes.spare_null) else { return false };
    if let Some(parents) = subject.parent().and_then(pipes) {
        return own.writes.iter().any(|inode| parents.reads(*inode) && !parents.writes(*inode));
    }
    // Its creator has ended: it holds its ends of the sentinel and of the parent pipe still.
    subject.parent().is_some_and(Subject::is_reaper)
        && own.writes.iter().any(|inode| !own.reads(*inode))
        && own.reads.iter().any(|inode| !own.writes(*inode))
}

/// The writers of each pipe among the members of Python families.
struct Writers<'a> {
    by_pipe: HashMap<u64, Vec<Subject<'a>>>,
    /// Members whose pipes could not be read: any of them may be the writer that is missing.
    unread: bool,
}

impl<'a> Writers<'a> {
    fn new(family: &[Subject<'a>]) -> Self {
        let mut by_pipe: HashMap<u64, Vec<Subject<'a>>> = HashMap::new();
        for subject in family {
            for inode in pipes(*subject).into_iter().flat_map(|pipes| &pipes.writes) {
                by_pipe.entry(*inode).or_default().push(*subject);
            }
        }
        Self { by_pipe, unread: family.iter().any(|subject| pipes(*subject).is_none()) }
    }
}

enum LogicalParent {
    Lives(ProcessId),
    Ended,
    Unknown,
}

/// The main of a forkserver's worker holds the other end of the pipe that the worker waits on.
/// The server and its other workers may hold it too, by inheritance, and do not count; what the
/// server reads as well, such as a piped standard input, is no worker's own pipe.
fn logical_parent(subject: Subject<'_>, writers: &Writers<'_>) -> LogicalParent {
    let Some(own) = pipes(subject) else { return LogicalParent::Unknown };
    let server = subject.process().parent;
    let servers = subject.parent().and_then(pipes);
    let is_own = |inode: &&u64| servers.is_none_or(|server| !server.reads(**inode));
    let is_candidate = |other: &&Subject<'_>| {
        other.key().birth_order() < subject.key().birth_order()
            && Some(other.id()) != server
            && other.process().parent != server
    };
    let mut reads = own.reads.iter().filter(is_own).peekable();
    let has_none = reads.peek().is_none();
    let candidates = reads
        .filter_map(|inode| writers.by_pipe.get(inode))
        .flat_map(|holders| holders.iter().filter(is_candidate));
    match candidates.min_by_key(|holder| std::cmp::Reverse(holder.key().birth)) {
        Some(holder) => LogicalParent::Lives(holder.id()),
        None if has_none || writers.unread => LogicalParent::Unknown,
        None => LogicalParent::Ended,
    }
}

/// Pool workers share a task pipe that they only read and a result pipe that they only write;
/// users of a Queue, and the workers of an executor, keep both ends.
fn is_in_pool(subject: Subject<'_>, recognized: &[Option<Recognition>]) -> bool {
    let Some(own) = pipes(subject) else { return false };
    let Some(parent) = subject.parent() else { return false };
    let is_sibling = |other: &Subject<'_>| {
        let known = recognized[other.slot()].as_ref();
        other.id() != subject.id()
            && known.is_some_and(|known| matches!(known.part, Part::Worker | Part::PoolWorker))
    };
    let siblings: Vec<&Pipes> =
        parent.living_children().filter(is_sibling).filter_map(pipes).collect();
    let main = recognized[subject.slot()]
        .as_ref()
        .and_then(|known| known.logical_parent)
        .and_then(|id| subject.living(id.pid))
        .unwrap_or(parent);
    // Forked siblings share the ends of one another's sentinels; what main holds tells them apart.
    let Some(mains) = pipes(main) else { return false };
    let is_task = |pipe: u64| {
        !own.writes(pipe)
            && mains.writes(pipe)
            && siblings.iter().any(|other| other.reads(pipe) && !other.writes(pipe))
    };
    let is_result = |pipe: u64| {
        !own.reads(pipe)
            && mains.reads(pipe)
            && siblings.iter().any(|other| other.writes(pipe) && !other.reads(pipe))
    };
    own.reads.iter().any(|pipe| is_task(*pipe)) && own.writes.iter().any(|pipe| is_result(*pipe))
}

/// Whether a process's pipes have to be read to know its family.
pub(crate) fn wants_pipes(program: &str) -> bool {
    is_python(program)
}

/// The pids whose facts are out of date because a member of their family came or went.
pub(crate) fn relatives_to_read_again(parent: Subject<'_>) -> Vec<Pid> {
    let has_pipes = |reparenting: &Subject<'_>| {
        reparenting.process().facts.as_ref().is_some_and(|facts: &Facts| facts.pipes.is_some())
    };
    let mut reparenting: Vec<Pid> = Vec::new();
    if has_pipes(&parent) {
        reparenting.push(parent.pid());
    }
    reparenting.extend(parent.children().filter(has_pipes).map(Subject::pid));
    reparenting
}
