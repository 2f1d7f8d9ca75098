//! Waiting for a condition, with a deadline.

use std::time::{Duration, Instant};

/// Long enough for a loaded machine; only a failing test waits for it.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);

/// Between two looks at a condition.
const ROUND: Duration = Duration::from_millis(10);

/// Polls until the condition gives something.
#[track_caller]
pub(crate) fn wait_for<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let limit = deadline();
    loop {
        if let Some(found) = condition() {
            return found;
        }
        assert!(now() < limit, "waited in vain for {what}");
        pause();
    }
}

/// Polls until the condition holds.
#[track_caller]
pub(crate) fn wait_until(what: &str, condition: impl Fn() -> bool) {
    wait_for(what, || condition().then_some(()));
}

/// Whether the condition holds before that time is over.
pub(crate) fn within(limit: Duration, condition: impl Fn() -> bool) -> bool {
    let limit = now() + limit;
    loop {
        if condition() {
            return true;
        }
        if now() > limit {
            return false;
        }
        pause();
    }
}

/// When a test that still waits has failed.
pub(crate) fn deadline() -> Instant {
    now() + DEADLINE
}

/// Lets a little time pass between two looks.
pub(crate) fn pause() {
    pause_for(ROUND);
}

#[expect(clippy::disallowed_methods, reason = "between two looks at a condition with a deadline")]
pub(crate) fn pause_for(time: Duration) {
    std::thread::sleep(time);
}

#[expect(clippy::disallowed_methods, reason = "a deadline needs a clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
