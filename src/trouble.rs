//! What goes wrong on the machine, from the facts alone: crash loops, failures, zombies that nobody
//! waits for, orphans that nobody adopted on purpose, and processes that are stuck.

use std::collections::BTreeMap;

use crate::record::{BootTime, Ending, ProcessId, Signal, State};
use crate::roles::is_adopted_on_purpose;
use crate::verdict::Role;
use crate::world::{Failure, Process, Series, SeriesId, SeriesKind, World};

/// So many failures that are alike make a crash loop.
const LEAST_CRASHES: u64 = 4;
/// Failures older than that, in seconds, are no trouble any more.
const RECENT_S: f64 = 300.0;
/// A parent may take so long to wait for a child, in seconds.
const WAITS_AFTER_S: f64 = 2.0;
/// A process that is stopped, or in disk sleep, for so long is stuck, in seconds.
const STUCK_AFTER_S: f64 = 10.0;
/// Programs that exit with 1 after a shorter life answer a question of a script, as grep(1) does.
const SHORTEST_FAILED_LIFE_NANOS: u64 = 20_000_000;
/// These signals ask a process to end, or say that nobody reads what it writes.
const ASKED_TO_END: [Signal; 4] = [Signal::HUP, Signal::INT, Signal::PIPE, Signal::TERM];

/// Something that goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Trouble {
    /// A program fails in the same way again and again.
    CrashLoop(SeriesId),
    /// Recent failures of one program in one way: the newest, and how many.
    Failures {
        newest: Failure,
        count: usize,
    },
    /// A parent does not wait for its zombies.
    Zombies {
        parent: Option<ProcessId>,
        zombies: Vec<ProcessId>,
    },
    Orphan(ProcessId),
    /// Stopped, traced or in disk sleep, and for long.
    Stuck(ProcessId),
}

impl Trouble {
    /// The process that it leads to.
    pub(crate) fn leads_to(&self, world: &World) -> Option<ProcessId> {
        match self {
            Self::CrashLoop(series) => {
                let series = world.series(*series)?;
                series.parent.or_else(|| series.members().next())
            }
            Self::Failures { newest, .. } => Some(newest.id),
            Self::Zombies { zombies, .. } => zombies.first().copied(),
            Self::Orphan(id) | Self::Stuck(id) => Some(*id),
        }
    }

    /// The processes that it is about, as far as they have rows of their own.
    pub(crate) fn processes(&self) -> &[ProcessId] {
        match self {
            Self::CrashLoop(_) => &[],
            Self::Failures { newest, .. } => std::slice::from_ref(&newest.id),
            Self::Zombies { zombies, .. } => zombies,
            Self::Orphan(id) | Self::Stuck(id) => std::slice::from_ref(id),
        }
    }
}

/// Everything that goes wrong, the gravest first.
pub(crate) fn troubles(world: &World) -> Vec<Trouble> {
    let loops = world.all_series().filter(|(_, series)| is_crash_loop(series));
    let mut found: Vec<Trouble> = loops.map(|(id, _)| Trouble::CrashLoop(id)).collect();
    found.extend(failures(world));
    found.extend(zombies(world));
    let living = || world.processes().filter(|process| process.is_living());
    let orphans = living()
        .filter(|process| process.verdict.role == Role::Orphan && !is_adopted_on_purpose(process));
    found.extend(orphans.map(|process| Trouble::Orphan(process.id())));
    let stuck = living().filter(|process| is_stuck(process, world.now()));
    found.extend(stuck.map(|process| Trouble::Stuck(process.id())));
    found
}

fn is_crash_loop(series: &Series) -> bool {
    match series.kind {
        SeriesKind::Failure { ending, .. } => {
            series.count >= LEAST_CRASHES && is_trouble(ending, series.mean_life())
        }
        SeriesKind::Routine => false,
    }
}

/// Whether an end after so many nanoseconds is more than what scripts live with.
fn is_trouble(ending: Ending, lived: u64) -> bool {
    let asked = |signal: u32| ASKED_TO_END.iter().any(|asked| asked.number() == signal);
    match ending {
        Ending::Exited(0) => false,
        Ending::Exited(1) => lived >= SHORTEST_FAILED_LIFE_NANOS,
        // Shells report so what a signal ended.
        Ending::Exited(code @ 129..=192) => !asked(code - 128),
        Ending::Exited(_) => true,
        Ending::Signaled { signal, .. } => !asked(signal),
    }
}

/// Recent failures, those of one program in one way together, the newest first.
fn failures(world: &World) -> Vec<Trouble> {
    let is_recent = |failure: &&Failure| world.now().seconds_since(failure.at) <= RECENT_S;
    let mut found: Vec<(&str, Failure, usize)> = Vec::new();
    for failure in world.failures().rev().take_while(is_recent) {
        let Some(life) = world.life(failure.id) else { continue };
        let series = life.history.series.and_then(|id| world.series(id));
        if !is_trouble(failure.ending, failure.lived) || series.is_some_and(is_crash_loop) {
            continue;
        }
        let comm: &str = &life.stat.comm;
        match found.iter_mut().find(|(name, of, _)| *name == comm && of.ending == failure.ending) {
            Some((_, _, count)) => *count += 1,
            None => found.push((comm, *failure, 1)),
        }
    }
    found.into_iter().map(|(_, newest, count)| Trouble::Failures { newest, count }).collect()
}

/// Zombies that are there for longer than a parent takes, by their parents.
fn zombies(world: &World) -> Vec<Trouble> {
    let mut of_parent: BTreeMap<Option<ProcessId>, Vec<ProcessId>> = BTreeMap::new();
    for process in world.processes().filter(|process| is_left(process, world.now())) {
        of_parent.entry(process.parent).or_default().push(process.id());
    }
    let all = of_parent.into_iter();
    all.map(|(parent, zombies)| Trouble::Zombies { parent, zombies }).collect()
}

fn is_left(process: &Process, now: BootTime) -> bool {
    let since = process.exit.map_or(process.seen.state_since, |end| end.at);
    process.ended.is_none()
        && process.stat.has_ended()
        && (process.seen.ended_before || now.seconds_since(since) > WAITS_AFTER_S)
}

fn is_stuck(process: &Process, now: BootTime) -> bool {
    let may_stay = match process.stat.state {
        State::Stopped | State::DiskSleep => false,
        State::Running
        | State::Sleeping
        | State::Traced
        | State::Idle
        | State::Zombie
        | State::Dead
        | State::Hidden
        | State::Unknown(_) => true,
    };
    !may_stay
        && !process.stat.is_kernel_thread()
        && now.seconds_since(process.seen.state_since) > STUCK_AFTER_S
}
