//! Parsers for the values of options.

use std::time::Duration;

use crate::record::{LEAST_MEGABYTES, MemoryLimit};

/// Why a value cannot be taken.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum ValueError {
    #[error("it is not a number of {0}")]
    NoNumber(&'static str),
    #[error("it must be at least {LEAST_MEGABYTES} megabytes")]
    TooLittle,
    #[error("it must be from {least} to {most} seconds")]
    Seconds { least: f64, most: f64 },
}

/// The time between two refreshes.
pub(super) fn interval(text: &str) -> Result<Duration, ValueError> {
    seconds(text, 0.05, 3600.0)
}

/// How long ghosts stay.
pub(super) fn linger(text: &str) -> Result<Duration, ValueError> {
    seconds(text, 0.0, 3600.0)
}

/// How much memory the program may take.
pub(super) fn memory(text: &str) -> Result<MemoryLimit, ValueError> {
    let megabytes = text.parse().map_err(|_| ValueError::NoNumber("megabytes"))?;
    if megabytes < LEAST_MEGABYTES {
        return Err(ValueError::TooLittle);
    }
    Ok(MemoryLimit::megabytes(megabytes))
}

fn seconds(text: &str, least: f64, most: f64) -> Result<Duration, ValueError> {
    let seconds: f64 = text.parse().map_err(|_| ValueError::NoNumber("seconds"))?;
    if !(least..=most).contains(&seconds) {
        return Err(ValueError::Seconds { least, most });
    }
    Ok(Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memory_limit_is_a_number_of_megabytes_that_is_not_too_small() {
        assert_eq!(memory("100"), Ok(MemoryLimit::megabytes(100)));
        assert_eq!(memory("31").unwrap_err().to_string(), "it must be at least 32 megabytes");
        assert_eq!(memory("1e9").unwrap_err().to_string(), "it is not a number of megabytes");
    }
}
