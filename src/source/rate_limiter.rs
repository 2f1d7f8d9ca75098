//! A rate limiter: so many a second over time, and so many at once after a quiet time.

use crate::record::{BootTime, NANOS_PER_SECOND};

/// A budget that fills with time.
#[derive(Debug)]
pub(super) struct RateLimiter {
    nanos_each: u64,
    most_saved: u64,
    /// The saved time, in nanoseconds.
    saved: u64,
    at: BootTime,
}

impl RateLimiter {
    /// So many in a second, and so many at once.
    pub(super) fn new(per_second: u64, at_once: u64) -> Self {
        let nanos_each = NANOS_PER_SECOND / per_second;
        Self { nanos_each, most_saved: at_once * nanos_each, saved: 0, at: BootTime::default() }
    }

    /// Takes one out, if there is one.
    pub(super) fn spend(&mut self, now: BootTime) -> bool {
        let passed = now.0.saturating_sub(self.at.0);
        self.saved = self.saved.saturating_add(passed).min(self.most_saved);
        self.at = self.at.max(now);
        let left = self.saved.checked_sub(self.nanos_each);
        self.saved = left.unwrap_or(self.saved);
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_fills_with_time_up_to_what_may_be_done_at_once() {
        let mut budget = RateLimiter::new(10, 3);
        let spent = |budget: &mut RateLimiter, at: u64| {
            (0..9).take_while(|_| budget.spend(BootTime(at * 100_000_000))).count()
        };
        assert_eq!(spent(&mut budget, 1_000), 3);
        assert_eq!(spent(&mut budget, 1_000), 0);
        assert_eq!(spent(&mut budget, 1_002), 2);
        assert_eq!(spent(&mut budget, 2_000), 3);
    }
}
