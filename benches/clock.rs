//! The clock that the benches measure with.

use std::time::{Duration, Instant};

/// The time of now.
#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Lets time pass.
#[expect(clippy::disallowed_methods, reason = "a bench measures what happens in a given time")]
pub(crate) fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// Milliseconds that the work took, and what it gave.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let began = now();
    let result = work();
    (began.elapsed().as_secs_f64() * 1e3, result)
}

/// The middle one of the values.
pub(crate) fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The smallest of the values that at least that share of them do not exceed.
pub(crate) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank is small and not negative"
    )]
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}
