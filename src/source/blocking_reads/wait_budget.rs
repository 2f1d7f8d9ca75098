//! The time for which processes that do not answer may be waited for.

use std::time::Duration;

/// How long a process may keep its reader waiting.
const USUAL: Duration = Duration::from_secs(1);
/// How long it may once several did not answer, so that many cannot hold up all others.
const LESS: Duration = Duration::from_millis(200);
const MOST_WITH_USUAL: usize = 4;
/// A process that answers at all does so within microseconds.
const LEAST: Duration = Duration::from_millis(20);
/// Where all are waited for within a limit, one gets that part of what is left.
const PART: u32 = 8;

/// How much waiting is left.
pub(super) struct WaitBudget {
    /// How long all that do not answer may keep the reader waiting together; `None` where others
    /// are to be read whatever that takes.
    left: Option<Duration>,
}

impl WaitBudget {
    /// Each process for itself, however many they are.
    pub(super) fn with_each() -> Self {
        Self { left: None }
    }

    /// No longer than that with all together.
    pub(super) fn within(limit: Duration) -> Self {
        Self { left: Some(limit) }
    }

    /// How long the next may take, after so many that did not answer; `None`: it is not asked.
    pub(super) fn with_next(&self, silent: usize) -> Option<Duration> {
        let usual = if silent < MOST_WITH_USUAL { USUAL } else { LESS };
        match self.left {
            None => Some(usual),
            Some(Duration::ZERO) => None,
            Some(left) => Some(usual.min((left / PART).max(LEAST))),
        }
    }

    /// So long was waited for one that did not answer.
    pub(super) fn spend(&mut self, waited: Duration) {
        self.left = self.left.map(|left| left.saturating_sub(waited));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of very many that do not answer were waited for, and how long in all.
    fn waited(mut wait_budget: WaitBudget, silent: usize) -> (usize, Duration) {
        let mut total = Duration::ZERO;
        for asked in 0..silent {
            let Some(next) = wait_budget.with_next(asked) else { return (asked, total) };
            assert!(next >= LEAST);
            total += next;
            wait_budget.spend(next);
        }
        (silent, total)
    }

    #[test]
    fn however_many_do_not_answer_all_together_are_waited_for_within_the_limit() {
        let limit = Duration::from_secs(3);
        for silent in [1, 5, 50, 5000] {
            let (asked, total) = waited(WaitBudget::within(limit), silent);
            assert!(total <= limit + LEAST, "{total:?}");
            assert!(asked == silent || asked >= 25, "{asked} of {silent}");
        }
        assert_eq!(waited(WaitBudget::with_each(), 50).1, Duration::from_millis(4000 + 46 * 200));
    }
}
