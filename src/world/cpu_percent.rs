//! Shares of a CPU, from the CPU time of two readings. 100 is one CPU.

use crate::record::Stat;

/// Shares are worked out over no shorter time, in seconds: over a few milliseconds, one clock tick
/// of CPU time looks like many processors.
const SHORTEST_INTERVAL: f64 = 0.04;

/// The seconds between two scans, where they are enough for a share.
pub(super) fn interval(seconds: f64) -> Option<f64> {
    (seconds >= SHORTEST_INTERVAL).then_some(seconds)
}

/// The share over a whole life so far.
pub(super) fn since_birth(stat: &Stat, age: f64) -> Option<f32> {
    stat.usage.cpu_nanos.filter(|_| age > 0.0).map(|nanos| percent(nanos, age))
}

/// The share between two readings.
pub(super) fn between(old: &Stat, new: &Stat, seconds: f64) -> Option<f32> {
    let (before, after) = (old.usage.cpu_nanos?, new.usage.cpu_nanos?);
    (seconds > 0.0).then(|| percent(after.saturating_sub(before), seconds))
}

fn percent(cpu_nanos: u64, seconds: f64) -> f32 {
    #[expect(clippy::cast_possible_truncation, reason = "a percentage needs no double precision")]
    let percent = (cpu_nanos as f64 / 1e7 / seconds) as f32;
    percent
}
