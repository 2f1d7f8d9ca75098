//! What goes wrong, a sentence each.

use crate::describe::series;
use crate::record::{ProcessId, State};
use crate::text::units::{count, duration, lifetime};
use crate::text::visible;
use crate::trouble::Trouble;
use crate::world::{Failure, Series, SeriesKind, World};

/// So many zombies are named.
const MOST_NAMED: usize = 3;

/// The sentence of a trouble; `times` is the sign between a name and a count.
pub(crate) fn sentence(world: &World, trouble: &Trouble, times: &str) -> String {
    match trouble {
        Trouble::CrashLoop(id) => {
            world.series(*id).map_or_else(String::new, |series| crash_loop(world, series, times))
        }
        Trouble::Failures { newest, count } => failures(world, newest, *count, times),
        Trouble::Zombies { parent, zombies } => unreaped(world, *parent, zombies),
        Trouble::Orphan(id) => orphan(world, *id),
        Trouble::Stuck(id) => stuck(world, *id),
    }
}

/// `python3 × 16 under crashloop.sh 4179: exit 1 after 1.4 s, again every 2.4 s`.
fn crash_loop(world: &World, series: &Series, times: &str) -> String {
    let SeriesKind::Failure { comm, ending } = &series.kind else { return String::new() };
    let comm = comm.as_ref().map_or("a program not named in time".into(), |comm| visible(comm));
    let under = series.parent.map_or_else(String::new, |id| format!(" under {}", who(world, id)));
    let lived = lifetime(series.mean_life());
    let again = match series::frequency(series, world.now()) {
        Some(often) => format!(", again {often}"),
        None => String::new(),
    };
    format!("{comm} {times} {}{under}: {ending} after {lived}{again}", series.count)
}

/// `gcc 830: exit 1 after 2.1 s, 12 s ago`.
fn failures(world: &World, newest: &Failure, n_alike: usize, times: &str) -> String {
    let ago = duration(world.now().seconds_since(newest.at));
    let under = newest.parent.map_or_else(String::new, |id| format!(" under {}", who(world, id)));
    let many = if n_alike > 1 { format!(" {times} {n_alike}, the last") } else { String::new() };
    let lived = lifetime(newest.lived);
    format!("{}{many}{under}: {} after {lived}, {ago} ago", who(world, newest.id), newest.ending)
}

fn unreaped(world: &World, parent: Option<ProcessId>, zombies: &[ProcessId]) -> String {
    let parent = parent.map_or_else(|| "its parent".to_owned(), |id| who(world, id));
    let named: Vec<String> = zombies.iter().take(MOST_NAMED).map(|id| who(world, *id)).collect();
    let more = if zombies.len() > MOST_NAMED { ", …" } else { "" };
    let zombies = count(zombies.len(), "zombie", "zombies");
    format!("{parent} has not waited for {zombies}: {}{more}", named.join(", "))
}

fn orphan(world: &World, id: ProcessId) -> String {
    let process = world.life(id);
    let creator = process.and_then(|process| process.history.adoption.as_ref());
    let Some(adoption) = creator else {
        return format!("{} is an orphan: its creator has ended", who(world, id));
    };
    let ago = duration(world.now().seconds_since(adoption.at));
    let of = match adoption.creator {
        Some(creator) => format!("{} {}", visible(&adoption.creator_comm), creator.pid),
        None => visible(&adoption.creator_comm).into_owned(),
    };
    let cause = adoption.creator.and_then(|creator| world.ending(creator));
    let cause = cause.map_or_else(String::new, |cause| format!(" ({cause})"));
    format!("{} is an orphan: {of} ended{cause} {ago} ago", who(world, id))
}

fn stuck(world: &World, id: ProcessId) -> String {
    let Some(process) = world.life(id) else { return String::new() };
    let since = duration(world.now().seconds_since(process.seen.state_since));
    let how = if process.stat.state == State::DiskSleep { "in disk sleep" } else { "stopped" };
    format!("{} has been {how} for {since}", who(world, id))
}

fn who(world: &World, id: ProcessId) -> String {
    match world.life(id) {
        Some(life) => format!("{} {}", visible(&life.stat.comm), id.pid),
        None => format!("process {}", id.pid),
    }
}
