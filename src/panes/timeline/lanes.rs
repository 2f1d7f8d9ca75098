//! Lives on an axis of time: the columns of their bars and of the marks on them.

use crate::record::{BootTime, Host, NANOS_PER_SECOND};
use crate::world::{Cause, Process};

/// A stretch of time, from its start to its end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Window {
    pub(crate) start: BootTime,
    pub(crate) end: BootTime,
}

impl Window {
    /// How long it is, in nanoseconds; never zero.
    pub(crate) fn span(self) -> u64 {
        self.end.0.saturating_sub(self.start.0).max(1)
    }

    /// The column of a moment, if it falls into the window; its end falls into the last column.
    pub(crate) fn column(self, at: BootTime, columns: usize) -> Option<usize> {
        if at < self.start || at > self.end || columns == 0 {
            return None;
        }
        let place = u128::from(at.0 - self.start.0) * columns as u128 / u128::from(self.span());
        Some(usize::try_from(place).unwrap_or(usize::MAX).min(columns - 1))
    }
}

/// A mark on a bar.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mark {
    Exec,
    Orphan,
    End,
}

/// A life within a window.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bar {
    /// Its first column.
    pub(crate) from: usize,
    /// Its last column.
    pub(crate) to: usize,
    /// Whether it began before the window.
    pub(crate) began_before: bool,
    /// Whether it goes on after the window.
    pub(crate) goes_on: bool,
    /// The marks by column; of two in one column, the later counts.
    pub(crate) marks: Vec<(usize, Mark)>,
    /// How it ended, if it ended within the window.
    pub(crate) cause: Option<Cause>,
}

/// Where a life is, seen from a window.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Place {
    Before,
    After,
    Within(Bar),
}

/// Places a life in a window of so many columns.
pub(crate) fn place(process: &Process, host: &Host, window: Window, columns: usize) -> Place {
    let born = process.born_at(host);
    let end = process.ended.or(process.exit);
    if end.is_some_and(|end| end.at < window.start) {
        return Place::Before;
    }
    if born > window.end {
        return Place::After;
    }
    let column = |at: BootTime| window.column(at, columns);
    // An end before its birth is due to clock ticks.
    let end = end.filter(|end| end.at <= window.end);
    let from = column(born).unwrap_or(0);
    let to = end.map_or(Some(columns.saturating_sub(1)), |end| column(end.at)).unwrap_or(0);
    let execs = process.history.images.iter().flat_map(|images| images.iter());
    let mut marks: Vec<(usize, Mark)> =
        execs.filter_map(|became| Some((column(became.at)?, Mark::Exec))).collect();
    let adoption = process.history.adoption.as_ref().and_then(|adoption| column(adoption.at));
    marks.extend(adoption.map(|column| (column, Mark::Orphan)));
    marks.extend(end.map(|_| (to, Mark::End)));
    Place::Within(Bar {
        from: from.min(to),
        to,
        began_before: born < window.start,
        goes_on: end.is_none(),
        marks,
        cause: end.map(|end| end.cause),
    })
}

/// A place on the axis that bears a label.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tick {
    /// Its column.
    pub(crate) column: usize,
    /// How long before now it is: `-30 s`; or `now`.
    pub(crate) label: String,
}

/// The least distance of ticks, in columns.
const TICK_COLUMNS: u128 = 14;

/// The ticks of a window of so many columns, the newest first.
pub(crate) fn ticks(window: Window, now: BootTime, columns: usize) -> Vec<Tick> {
    let step = step(window, columns);
    let ago = now.0.saturating_sub(window.end.0);
    let mut ticks = Vec::new();
    let mut offset = ago.div_ceil(step) * step;
    while let Some(at) = now.0.checked_sub(offset) {
        let Some(column) = window.column(BootTime(at), columns) else { break };
        ticks.push(Tick { column, label: label(offset, step) });
        offset += step;
    }
    ticks
}

/// A round stretch of time for which there are columns enough.
fn step(window: Window, columns: usize) -> u64 {
    const MINUTE: u64 = 60 * NANOS_PER_SECOND;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    const STEPS: [u64; 24] = [
        NANOS_PER_SECOND / 20,
        NANOS_PER_SECOND / 10,
        NANOS_PER_SECOND / 5,
        NANOS_PER_SECOND / 2,
        NANOS_PER_SECOND,
        2 * NANOS_PER_SECOND,
        5 * NANOS_PER_SECOND,
        10 * NANOS_PER_SECOND,
        15 * NANOS_PER_SECOND,
        30 * NANOS_PER_SECOND,
        MINUTE,
        2 * MINUTE,
        5 * MINUTE,
        10 * MINUTE,
        15 * MINUTE,
        30 * MINUTE,
        HOUR,
        2 * HOUR,
        6 * HOUR,
        12 * HOUR,
        DAY,
        2 * DAY,
        7 * DAY,
        30 * DAY,
    ];
    let least = u128::from(window.span()) * TICK_COLUMNS / (columns.max(1) as u128);
    let fitting = STEPS.into_iter().find(|step| u128::from(*step) >= least);
    fitting.unwrap_or_else(|| u64::try_from(least).unwrap_or(u64::MAX))
}

fn label(offset: u64, step: u64) -> String {
    let seconds = offset / NANOS_PER_SECOND;
    match step {
        _ if offset == 0 => "now".to_owned(),
        _ if step < NANOS_PER_SECOND / 10 => format!("-{:.2} s", offset as f64 / 1e9),
        _ if step < NANOS_PER_SECOND => format!("-{:.1} s", offset as f64 / 1e9),
        _ if seconds < 600 && step < 60 * NANOS_PER_SECOND => format!("-{seconds} s"),
        _ if step < 60 * NANOS_PER_SECOND => format!("-{}m {}s", seconds / 60, seconds % 60),
        _ if seconds < 7_200 => format!("-{}m", seconds / 60),
        _ if step < 3_600 * NANOS_PER_SECOND => {
            format!("-{}h {}m", seconds / 3_600, seconds / 60 % 60)
        }
        _ if seconds < 172_800 => format!("-{}h", seconds / 3_600),
        _ if step < 86_400 * NANOS_PER_SECOND => {
            format!("-{}d {}h", seconds / 86_400, seconds / 3_600 % 24)
        }
        _ => format!("-{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tests::fixture::{events, host, world};

    fn window(start: u64, end: u64) -> Window {
        Window { start: BootTime::from_secs(start), end: BootTime::from_secs(end) }
    }

    fn labels(window: Window, now: u64, columns: usize) -> Vec<String> {
        let ticks = ticks(window, BootTime::from_secs(now), columns);
        ticks.into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn a_life_has_its_columns_and_marks() {
        let mut world = world("1 0 1 1 - - init\n10 1 10 10 - - make");
        world.apply(events("1001 fork 20 < 10; 1002 exec 20 cc1; 1004 exit 10"));
        world.apply(events("1006 exit 20 status=9"));
        let life = world.processes().find(|life| life.id().pid == 20).unwrap();
        let bar = |start, end| place(life, &host(), window(start, end), 10);
        let all = Bar {
            from: 1,
            to: 6,
            began_before: false,
            goes_on: false,
            marks: vec![(2, Mark::Exec), (4, Mark::Orphan), (6, Mark::End)],
            cause: Some(Cause::Status(9)),
        };
        assert_eq!(bar(1_000, 1_010), Place::Within(all));
        let middle = Bar {
            from: 0,
            to: 9,
            began_before: true,
            goes_on: true,
            marks: vec![(5, Mark::Orphan)],
            cause: None,
        };
        assert_eq!(bar(1_003, 1_005), Place::Within(middle));
        assert_eq!((bar(900, 1_000), bar(1_007, 1_010)), (Place::After, Place::Before));
    }

    #[test]
    fn ticks_are_round_and_relative_to_now() {
        assert_eq!(labels(window(40, 100), 100, 60), ["now", "-15 s", "-30 s", "-45 s", "-60 s"]);
        assert_eq!(labels(window(99, 100), 100, 60), ["now", "-0.5 s", "-1.0 s"]);
        assert_eq!(labels(window(0, 86_400), 86_400, 60), ["now", "-6h", "-12h", "-18h", "-24h"]);
        assert_eq!(labels(window(1_000, 1_600), 1_600, 60), ["now", "-5m", "-10m"]);
        // Scrolled back, the ticks stay where they are in time.
        assert_eq!(labels(window(10, 70), 1_000, 60)[..2], ["-15m 30s", "-15m 45s"]);
    }

    proptest! {
        #[test]
        fn ticks_stand_apart_and_within(
            start in 0u64..u64::MAX / 2, span in 0u64..u64::MAX / 2, ago: u32, columns in 0usize..300,
        ) {
            let window = Window { start: BootTime(start), end: BootTime(start + span) };
            let now = BootTime(window.end.0 + u64::from(ago));
            let ticks = ticks(window, now, columns);
            prop_assert!(ticks.iter().all(|tick| tick.column < columns));
            prop_assert!(ticks.windows(2).all(|two| two[0].column >= two[1].column + 12));
        }
    }
}
