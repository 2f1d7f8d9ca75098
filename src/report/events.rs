//! Events, one line each: JSON for programs, or text for a person.

use serde::Serialize;

use crate::describe::event;
use crate::record::time::{rfc3339, time_of_day};
use crate::record::{Arguments, Ending, signal};
use crate::text::width;
use crate::theme::{Meaning, Theme};
use crate::world::{Cause, Entry, What, World};

/// One event as JSON has it. What is not known, or does not belong to the event, is null.
#[derive(Debug, Default, Serialize)]
pub(crate) struct EventObject<'a> {
    at: String,
    event: &'static str,
    pid: Option<u32>,
    start_ticks: Option<u64>,
    ppid: Option<u32>,
    creator_pid: Option<u32>,
    comm: Option<&'a str>,
    cmdline: Option<Arguments<'a>>,
    #[serde(flatten)]
    exit: ExitObject,
    adopter_pid: Option<u32>,
    uid: Option<u32>,
    count: Option<u64>,
}

/// How it ended, of an exit alone.
#[derive(Debug, Default, Serialize)]
struct ExitObject {
    code: Option<u32>,
    signal: Option<String>,
    core_dumped: Option<bool>,
    lived_s: Option<f64>,
}

/// An entry of the log as JSON has it.
pub(crate) fn object<'a>(world: &World, entry: &'a Entry) -> EventObject<'a> {
    let is_about_one = !matches!(entry.what, What::Lost(_));
    let object = EventObject {
        at: rfc3339(entry.at, world.host()),
        event: entry.what.into_str(),
        pid: is_about_one.then_some(entry.pid),
        start_ticks: entry.id.and_then(|id| world.key(id)?.start_ticks()),
        ppid: entry.parent,
        // A scan that finds a process saw nobody create it.
        creator_pid: entry.creator.filter(|_| entry.what != What::Start).map(|key| key.pid),
        comm: entry.comm.as_deref(),
        cmdline: entry.command_line.as_deref().map(Arguments::new),
        ..EventObject::default()
    };
    match entry.what {
        What::Exit { cause, lived } => EventObject { exit: exit_object(cause, lived), ..object },
        What::Orphan { adopter } => EventObject { adopter_pid: adopter, ..object },
        What::User(uid) => EventObject { uid: Some(uid), ..object },
        What::Lost(count) => EventObject { count, ..object },
        // Of the last two there are none here: no signal is sent where there is no screen.
        What::Start
        | What::Fork
        | What::Exec
        | What::Rename
        | What::Session
        | What::Compared(_)
        | What::Mismatch => object,
    }
}

fn exit_object(cause: Cause, lived: Option<u64>) -> ExitObject {
    let exit =
        ExitObject { lived_s: lived.map(|nanos| nanos as f64 / 1e9), ..ExitObject::default() };
    match cause.ending() {
        None => exit,
        Some(Ending::Exited(code)) => {
            ExitObject { code: Some(code), core_dumped: Some(false), ..exit }
        }
        Some(Ending::Signaled { signal, core_dumped }) => ExitObject {
            signal: Some(signal::name(signal)),
            core_dumped: Some(core_dumped),
            ..exit
        },
    }
}

/// An entry of the log as a line of text.
pub(crate) fn text(world: &World, entry: &Entry, theme: Theme) -> String {
    let line = event::of_entry(world, entry, theme.log_glyphs());
    let pid = line.pid.map_or_else(String::new, |pid| pid.to_string());
    let name = theme.foreign(&line.name);
    let reported = theme.foreign(&line.text);
    let time = time_of_day(entry.at, world.host());
    let space = " ".repeat(15_usize.saturating_sub(width(&name)));
    let text = format!("{time}  {:7} {pid:>7} {name}{space}  {reported}", line.word);
    let (before, after) =
        Theme::escapes(theme.style(Meaning::of_event(line.what, line.is_failure)));
    format!("{before}{}{after}\n", text.trim_end())
}
