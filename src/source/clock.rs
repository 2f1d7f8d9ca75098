//! The clock of the records.

use rustix::time::{ClockId, Timespec, clock_gettime};

use crate::model::time::BootTime;

/// The time since boot, suspended time included.
pub fn now() -> BootTime {
    BootTime(nanos(clock_gettime(ClockId::Boottime)))
}

/// When the machine booted, in nanoseconds since the Unix epoch, by the wall clock of now.
pub fn boot_unix_nanos() -> u64 {
    nanos(clock_gettime(ClockId::Realtime)).saturating_sub(now().0)
}

/// What boot time adds to `CLOCK_MONOTONIC`: the time suspended so far, in nanoseconds.
pub fn suspended_nanos() -> u64 {
    // Something may come between two readings of clocks; the closest pair tells best.
    let readings = (0..4).map(|_| {
        let before = nanos(clock_gettime(ClockId::Monotonic));
        let boot = now().0;
        let after = nanos(clock_gettime(ClockId::Monotonic));
        (after.saturating_sub(before), boot.saturating_sub(before.midpoint(after)))
    });
    readings.min().map_or(0, |(_, suspended)| suspended)
}

fn nanos(time: Timespec) -> u64 {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    seconds.saturating_mul(1_000_000_000) + u64::try_from(time.tv_nsec).unwrap_or(0)
}
