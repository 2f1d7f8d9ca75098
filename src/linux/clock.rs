//! The clocks: that of the records, and that of waits.

use std::sync::LazyLock;
use std::time::Instant;

use rustix::time::{ClockId, Timespec, clock_gettime};

use crate::record::BootTime;

/// Clocks are read a little apart.
const LEAST_STEP_NANOS: u64 = 10_000_000;

/// The time since boot, suspended time included.
pub fn now() -> BootTime {
    BootTime(nanos(clock_gettime(ClockId::Boottime)))
}

/// The clock by which an edge measures its own waits.
#[expect(clippy::disallowed_methods, reason = "the one place that reads this clock")]
pub(crate) fn instant() -> Instant {
    Instant::now()
}

/// When the machine booted, in nanoseconds since the Unix epoch, by the wall clock of now.
pub(crate) fn boot_unix_nanos() -> u64 {
    u64::try_from(-ahead_of(ClockId::Realtime)).unwrap_or(0)
}

/// Follows the wall clock, which may be set.
#[derive(Debug, Default)]
pub(crate) struct WallClock {
    boot_unix_nanos: u64,
}

impl WallClock {
    /// When the machine booted by the wall clock, if that differs from the last time this was asked
    /// by more than it is corrected by in passing.
    pub(crate) fn step(&mut self) -> Option<u64> {
        let boot = boot_unix_nanos();
        let is_set = boot.abs_diff(self.boot_unix_nanos) >= LEAST_STEP_NANOS;
        is_set.then(|| {
            self.boot_unix_nanos = boot;
            boot
        })
    }
}

/// The difference of [`now`] and the kernel's own monotonic time, in which it stamps its events, in
/// nanoseconds: the time suspended so far, and the boot time of this time namespace, which may be
/// earlier than the machine's (`time_namespaces(7)`, Linux 5.6).
pub(crate) fn since_kernel_monotonic() -> i64 {
    ahead_of(ClockId::Monotonic).saturating_add(monotonic_offset())
}

/// The lead of boot time over another clock, in nanoseconds.
fn ahead_of(clock: ClockId) -> i64 {
    let read = |clock| nanos(clock_gettime(clock)).cast_signed();
    // Something may come between two readings of clocks; the closest pair tells best.
    let readings = (0..4).map(|_| {
        let before = read(clock);
        let boot = read(ClockId::Boottime);
        let after = read(clock);
        (after.saturating_sub(before), boot.saturating_sub(before.midpoint(after)))
    });
    readings.min().map_or(0, |(_, ahead)| ahead)
}

/// The offset of `CLOCK_MONOTONIC` in this time namespace: 0 where there are none. It does not
/// change while anyone is in it.
fn monotonic_offset() -> i64 {
    static OFFSET: LazyLock<i64> = LazyLock::new(|| {
        let offsets = std::fs::read_to_string("/proc/self/timens_offsets");
        offsets.ok().and_then(|offsets| offset_in(&offsets)).unwrap_or(0)
    });
    *OFFSET
}

/// The offset of the monotonic clock among a time namespace's offsets: seconds and nanoseconds.
fn offset_in(offsets: &str) -> Option<i64> {
    let mut words =
        offsets.lines().find_map(|line| line.strip_prefix("monotonic"))?.split_whitespace();
    let (seconds, nanos): (i64, i64) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    seconds.checked_mul(1_000_000_000)?.checked_add(nanos)
}

fn nanos(time: Timespec) -> u64 {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    seconds.saturating_mul(1_000_000_000) + u64::try_from(time.tv_nsec).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_of_a_time_namespace_is_read() {
        let offsets = "monotonic      864000         5\nboottime          -300         0\n";
        assert_eq!(offset_in(offsets), Some(864_000_000_000_005));
        assert_eq!(offset_in("monotonic        -2 500000000\n"), Some(-1_500_000_000));
        assert_eq!(offset_in(""), None);
    }

    #[test]
    fn fuzz_time_namespaces() {
        crate::tests::fuzz::fuzz("timens", |random| {
            let seconds = random.next().cast_signed() >> random.below(64);
            let known = format!("monotonic {seconds} 5\nboottime 1 2\n");
            let exact = seconds.checked_mul(1_000_000_000).and_then(|nanos| nanos.checked_add(5));
            assert_eq!(offset_in(&known), exact);
            offset_in(&random.text(&[&known, "monotonic  -9223372037 999999999"]));
        });
    }

    #[test]
    fn a_clock_that_nobody_set_made_no_step() {
        let mut clock = WallClock::default();
        assert!(clock.step().is_some());
        assert_eq!(clock.step(), None);
    }

    #[test]
    fn clocks_are_compared_both_ways() {
        let unix = nanos(clock_gettime(ClockId::Realtime));
        assert!(unix.abs_diff(boot_unix_nanos() + now().0) < 1_000_000_000);
    }
}
