//! The entries of the log, in words.

use crate::record::{Arguments, BootTime, Pid, ProcessId};
use crate::text::units::{grouped, lifetime};
use crate::text::visible;
use crate::world::{Cause, Comparison, Entry, What, World};

/// More of a command line is never on a screen.
const MOST_ARGUMENT_BYTES: usize = 512;

/// Characters that depend on what the terminal can show.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Glyphs {
    /// Between parts of a sentence.
    pub(crate) separator: &'static str,
    /// For a process that has ended.
    pub(crate) ended: &'static str,
    /// For so many times something.
    pub(crate) times: &'static str,
}

/// A line by its columns. Names in it are exact: nothing is made harmless yet.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LineText {
    pub(crate) at: BootTime,
    /// The event, in a word.
    pub(crate) word: &'static str,
    /// The event; `None` for a flood.
    pub(crate) what: Option<What>,
    /// The name of the process; empty where there is none.
    pub(crate) name: String,
    /// Its pid, where it has one.
    pub(crate) pid: Option<Pid>,
    /// The rest of the line.
    pub(crate) text: String,
    pub(crate) is_failure: bool,
}

/// The line of one entry.
pub(crate) fn of_entry(world: &World, entry: &Entry, glyphs: Glyphs) -> LineText {
    let is_failure = match entry.what {
        What::Exit { cause, .. } => cause.is_failure(),
        What::Lost(_) | What::Mismatch => true,
        What::Compared(comparison) => comparison == Comparison::Mismatch,
        _ => false,
    };
    let is_about_one = !matches!(entry.what, What::Lost(_));
    LineText {
        at: entry.at,
        word: entry.what.into_str(),
        what: Some(entry.what),
        name: if is_about_one { name_of(entry) } else { String::new() },
        pid: is_about_one.then_some(entry.pid),
        text: sentence(world, entry, glyphs),
        is_failure,
    }
}

fn name_of(entry: &Entry) -> String {
    entry.comm.as_deref().unwrap_or("?").to_owned()
}

/// A process by name and pid: `make 812`.
pub(crate) fn who(world: &World, id: ProcessId) -> String {
    let name = world.life(id).map_or("?", |life| &life.stat.comm);
    format!("{name} {}", id.pid)
}

/// The process that has a pid now, by name and pid.
pub(crate) fn who_by_pid(world: &World, pid: Pid) -> String {
    let name = world.living(pid).map_or("?", |life| &life.stat.comm);
    format!("{name} {pid}")
}

fn sentence(world: &World, entry: &Entry, glyphs: Glyphs) -> String {
    match entry.what {
        What::Start => {
            let parent = entry.parent.filter(|pid| *pid != 0).map(|pid| who_by_pid(world, pid));
            let parent = parent.map(|parent| format!("under {parent}"));
            let parts = parent.into_iter().chain(["found by a scan".to_owned()]);
            parts.collect::<Vec<_>>().join(glyphs.separator)
        }
        What::Fork if entry.is_sibling => match (entry.creator, &entry.creator_comm) {
            (Some(creator), Some(name)) => {
                format!("as a sibling, likely by {name} {}", creator.pid)
            }
            _ => "as a sibling, creator not known".to_owned(),
        },
        What::Fork => match (entry.creator, entry.parent) {
            // By the name that it had then, whatever it became.
            (Some(creator), _) => match &entry.creator_comm {
                Some(name) => format!("by {name} {}", creator.pid),
                None => format!("by {}", who(world, creator)),
            },
            (None, Some(parent)) => format!("by {}", who_by_pid(world, parent)),
            (None, None) => "creator not known".to_owned(),
        },
        What::Exec => execed(entry),
        What::Exit { cause, lived } => ended(cause, lived, glyphs),
        What::Orphan { adopter } => orphaned(world, entry, adopter, glyphs),
        What::Rename => format!("calls itself {}", name_of(entry)),
        What::Session => "leads a session of its own".to_owned(),
        What::User(uid) => match world.user_name(uid) {
            Some(name) => format!("acts for {} ({uid})", visible(name)),
            None => format!("acts for user {uid}"),
        },
        What::Lost(count) => {
            let lost = match count {
                Some(1) => "1 event lost".to_owned(),
                Some(count) => format!("{} events lost", grouped(count)),
                None => "events lost (how many is not known)".to_owned(),
            };
            format!("{lost}; the next scan shows what is there")
        }
        What::Compared(_) | What::Mismatch => {
            entry.outcome.as_deref().unwrap_or_default().to_owned()
        }
    }
}

/// The program that it exec'd, with its arguments.
fn execed(entry: &Entry) -> String {
    let Some(comm) = &entry.comm else {
        return "exec'd something too short-lived to name".to_owned();
    };
    let mut text = comm.to_string();
    let line = entry.command_line.as_deref().unwrap_or_default();
    for argument in Arguments::new(line).iter().skip(1) {
        if text.len() > MOST_ARGUMENT_BYTES {
            break;
        }
        text.push(' ');
        text.push_str(crate::text::fit(argument, MOST_ARGUMENT_BYTES));
    }
    text
}

fn ended(cause: Cause, lived: Option<u64>, glyphs: Glyphs) -> String {
    let lived = lived.map(|nanos| format!("lived {}", lifetime(nanos)));
    let parts = lived.into_iter().chain([cause.short()]);
    parts.collect::<Vec<_>>().join(glyphs.separator)
}

fn orphaned(world: &World, entry: &Entry, adopter: Option<Pid>, glyphs: Glyphs) -> String {
    let life = entry.id.and_then(|id| world.life(id));
    let adoption = life.and_then(|life| life.history.adoption.as_ref());
    let creator = entry.creator.or_else(|| adoption.and_then(|adoption| adoption.creator));
    let of = match (creator, adoption) {
        (Some(creator), _) => {
            let cause = world.ending(creator);
            let cause = cause.map_or_else(String::new, |cause| format!(" {cause}"));
            format!("of {} {}{cause}", who(world, creator), glyphs.ended)
        }
        (None, Some(adoption)) => format!("of {} {}", adoption.creator_comm, glyphs.ended),
        (None, None) => "of a parent that is not known".to_owned(),
    };
    match adopter {
        Some(pid) => {
            let name = world.living(pid).map_or("?", |life| &life.stat.comm);
            format!("{of}, adopted by {pid} {name}")
        }
        None => format!("{of}, adopter not known yet"),
    }
}
