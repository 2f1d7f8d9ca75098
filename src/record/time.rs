//! Time as the records carry it: since boot, so that it never jumps with the wall clock.

use serde::{Deserialize, Serialize};

use crate::record::{Birth, Host, NANOS_PER_SECOND, ProcessKey};

/// Nanoseconds since boot, suspended time included (`CLOCK_BOOTTIME`, `clock_gettime(2))`:
/// the clock that `starttime` in `/proc/PID/stat` counts in (Linux 5.5 and later).
#[derive(
    Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize,
)]
pub struct BootTime(pub u64);

impl BootTime {
    #[cfg(test)]
    /// A time that many seconds after boot.
    pub(crate) fn from_secs(seconds: u64) -> Self {
        Self(seconds.saturating_mul(NANOS_PER_SECOND))
    }

    /// Seconds from `earlier` to this time; zero if `earlier` is the later one.
    pub(crate) fn seconds_since(self, earlier: Self) -> f64 {
        self.0.saturating_sub(earlier.0) as f64 / NANOS_PER_SECOND as f64
    }

    /// When the process was born, as time since boot.
    pub(crate) fn of_birth(key: ProcessKey, host: &Host) -> Self {
        match key.birth {
            Birth::Ticks(ticks) => {
                let nanos = ticks.saturating_mul(host.nanos_per_tick());
                // Before the boot of its time namespace is before 0 for the kernel, which writes
                // it as what no machine runs for (fs/proc/array.c, `do_task_stat`).
                Self(if nanos > i64::MAX.cast_unsigned() { 0 } else { nanos })
            }
            Birth::Seconds(seconds) => {
                Self(seconds.saturating_mul(NANOS_PER_SECOND).saturating_sub(host.boot_unix_nanos))
            }
        }
    }

    /// This moment in nanoseconds since the Unix epoch.
    pub(crate) fn unix_nanos(self, host: &Host) -> i128 {
        i128::from(host.boot_unix_nanos) + i128::from(host.clock_step_nanos) + i128::from(self.0)
    }
}

/// A moment as a person reads it where the records were made: `2026-11-24 10:03:11`.
pub(crate) fn local(at: BootTime, host: &Host) -> String {
    formatted(at, host, "%Y-%m-%d %H:%M:%S")
}

/// The time of day of a moment, where the records were made, to the second: `10:03:11`.
pub(crate) fn time_to_the_second(at: BootTime, host: &Host) -> String {
    formatted(at, host, "%H:%M:%S")
}

/// The time of day of a moment, where the records were made, with milliseconds: `10:03:11.250`.
pub(crate) fn time_of_day(at: BootTime, host: &Host) -> String {
    formatted(at, host, "%H:%M:%S.%3f")
}

fn formatted(at: BootTime, host: &Host, format: &str) -> String {
    match jiff::Timestamp::from_nanosecond(at.unix_nanos(host)) {
        Ok(moment) => {
            let seconds = host.utc_offsets.at(moment.as_second());
            let offset = jiff::tz::Offset::from_seconds(seconds).unwrap_or(jiff::tz::Offset::UTC);
            offset.to_datetime(moment).strftime(format).to_string()
        }
        Err(_) => "?".to_owned(),
    }
}

/// A moment in RFC 3339 with microseconds, in UTC.
pub(crate) fn rfc3339(at: BootTime, host: &Host) -> String {
    match jiff::Timestamp::from_nanosecond(at.unix_nanos(host)) {
        Ok(moment) => format!("{moment:.6}"),
        Err(_) => "9999-12-31T23:59:59.999999Z".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::UtcOffsets;
    use crate::tests::fixture::host;

    #[test]
    fn a_birth_in_ticks_and_the_same_in_seconds_are_one_moment() {
        let host = host();
        let ticks = BootTime::of_birth(ProcessKey::at_ticks(1, 250), &host);
        assert_eq!(ticks, BootTime(2_500_000_000));
        let epoch_s = host.boot_unix_nanos / NANOS_PER_SECOND + 2;
        let seconds = ProcessKey { pid: 1, birth: Birth::Seconds(epoch_s) };
        assert_eq!(BootTime::of_birth(seconds, &host), BootTime::from_secs(2));
    }

    #[test]
    fn each_moment_has_the_offset_of_its_own_time() {
        let boot_s = (host().boot_unix_nanos / NANOS_PER_SECOND).cast_signed();
        let utc_offsets = UtcOffsets(vec![(boot_s - 9, 7200), (boot_s + 10, 3600)]);
        let host = Host { utc_offsets, ..host() };
        assert_eq!(local(BootTime::from_secs(9), &host), "2026-11-24 10:00:09");
        assert_eq!(local(BootTime::from_secs(10), &host), "2026-11-24 09:00:10");
        assert_eq!((host.utc_offsets.at(0), UtcOffsets::default().at(0)), (7200, 0));
    }

    #[test]
    fn a_step_of_the_wall_clock_moves_all_times_and_no_birth() {
        let host = Host { clock_step_nanos: -1_500_000_000, ..host() };
        assert_eq!(rfc3339(BootTime::from_secs(2), &host), "2026-11-24T08:00:00.500000Z");
        let epoch_s = host.boot_unix_nanos / NANOS_PER_SECOND + 2;
        let seconds = ProcessKey { pid: 1, birth: Birth::Seconds(epoch_s) };
        assert_eq!(BootTime::of_birth(seconds, &host), BootTime::from_secs(2));
    }

    #[test]
    fn who_is_older_than_its_time_namespace_is_not_of_the_future() {
        let before = u64::MAX / 10_000_000 - 100;
        assert_eq!(BootTime::of_birth(ProcessKey::at_ticks(1, before), &host()), BootTime(0));
    }

    #[test]
    fn moments_are_reported_locally_and_in_utc() {
        let host = Host { utc_offsets: UtcOffsets(vec![(0, 3600)]), ..host() };
        assert_eq!(local(BootTime(1_500_000_000), &host), "2026-11-24 09:00:01");
        assert_eq!(time_of_day(BootTime(1_500_000_000), &host), "09:00:01.500");
        assert_eq!(rfc3339(BootTime(1_500_000_000), &host), "2026-11-24T08:00:01.500000Z");
    }
}
