//! A series of ends, in one line.

use crate::record::time::time_to_the_second;
use crate::record::{Arguments, BootTime};
use crate::text::units::{count, duration, lifetime};
use crate::text::visible;
use crate::world::{Frequency, Process, Series, SeriesKind, World};

/// The line of a series: how many, of what, how often. For short lives:
/// `43 short-lived · date ls grep · 12/s`; for failures: `16 × python3 exit 1 · every 2.4 s`.
pub(crate) fn line(series: &Series, now: BootTime, separator: &str, times: &str) -> String {
    let what = match &series.kind {
        SeriesKind::Routine => {
            let names: Vec<_> = series.names.iter().map(|name| visible(name)).collect();
            let names = names.join(" ");
            let before_names = if names.is_empty() { "" } else { separator };
            format!("{} short-lived{before_names}{names}", series.count)
        }
        SeriesKind::Failure { comm, ending } => {
            let comm = comm.as_ref().map_or("(name not read)".into(), |comm| visible(comm));
            format!("{} {times} {comm} {ending}", series.count)
        }
    };
    match frequency(series, now) {
        Some(often) => format!("{what}{separator}{often}"),
        None => what,
    }
}

/// How often its members end: `12/s`, `every 2.4 s`.
pub(crate) fn frequency(series: &Series, now: BootTime) -> Option<String> {
    Some(match series.frequency(now)? {
        Frequency::PerSecond(rate) => format!("{rate:.0}/s"),
        Frequency::Every(seconds) if seconds < 60.0 => format!("every {seconds:.1} s"),
        Frequency::Every(seconds) => format!("every {}", duration(seconds)),
    })
}

/// Its members, in words: `43 processes that lived less than 2 s`, `16 failures alike`.
pub(crate) fn members(series: &Series) -> String {
    match series.kind {
        SeriesKind::Routine => {
            let processes =
                count(usize::try_from(series.count).unwrap_or(usize::MAX), "process", "processes");
            format!("{processes} that lived less than 2 s and did not fail")
        }
        SeriesKind::Failure { .. } => format!("{} failures of one program, alike", series.count),
    }
}

/// A member, in three cells: when it ended, how, and what it was.
pub(crate) fn member(world: &World, process: &Process) -> [String; 3] {
    let Some(end) = process.ended else { return Default::default() };
    let born = process.born_at(world.host());
    let lived = lifetime(end.at.0.saturating_sub(born.0));
    let line = process.command_line().filter(|arguments| !arguments.is_empty());
    let line = line.map_or_else(|| format!("[{}]", process.stat.comm), Arguments::line);
    [
        time_to_the_second(end.at, world.host()),
        format!("{} after {lived}", end.cause.short()),
        visible(&line).into_owned(),
    ]
}
