//! Figures as a person reads them, in few columns.

/// Bytes with a binary unit, at most five columns: `310M`, `1.2G`.
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["B", "K", "M", "G", "T", "P"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit > 0 && value < 9.95 {
        format!("{value:.1}{}", UNITS[unit])
    } else {
        format!("{value:.0}{}", UNITS[unit])
    }
}

/// A duration in its largest unit, at most four columns: `12s`, `4m`, `3h`, `12d`.
pub(crate) fn short_duration(seconds: f64) -> String {
    let seconds = whole(seconds);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => format!("{}h", seconds / 3_600),
        86_400..864_000_000 => format!("{}d", seconds / 86_400),
        _ => format!("{}y", seconds / 31_557_600),
    }
}

/// A duration in its two largest units: `12d 4h`, `4m 10s`, `0.3 s`.
pub(crate) fn duration(seconds: f64) -> String {
    if seconds < 10.0 {
        return format!("{:.1} s", seconds.max(0.0));
    }
    let seconds = whole(seconds);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{}m {}s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{}h {}m", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{}d {}h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

/// How long a process lived, which may be less than a millisecond: `0.4 ms`, `310 ms`, `2.1 s`.
pub(crate) fn lifetime(nanos: u64) -> String {
    match nanos {
        0..10_000_000 => format!("{:.1} ms", nanos as f64 / 1e6),
        10_000_000..1_000_000_000 => format!("{} ms", nanos / 1_000_000),
        _ => duration(nanos as f64 / 1e9),
    }
}

fn whole(seconds: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float cast saturates: what is negative becomes 0"
    )]
    let seconds = seconds as u64;
    seconds
}

/// A share of one CPU: `0.3`, `98.7`, `412`.
pub(crate) fn percent(percent: f32) -> String {
    if percent < 99.95 { format!("{percent:.1}") } else { format!("{percent:.0}") }
}

/// A count with its noun: `1 child`, `3 children`.
pub(crate) fn count(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A noun with its article: `a child`, `an orphan`.
pub(crate) fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}

/// A number with its thousands apart: `1 240`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_stay_within_five_columns() {
        let shown: Vec<String> =
            [0, 999, 1000, 1024, 10 << 10, 310 << 20, 1_300_000_000, u64::MAX].map(bytes).into();
        assert_eq!(shown, ["0B", "999B", "1.0K", "1.0K", "10K", "310M", "1.2G", "16384P"]);
    }

    #[test]
    fn durations_name_their_largest_units() {
        assert_eq!(
            [0.0, 59.9, 61.0, 7200.0, 90_000.0].map(short_duration),
            ["0s", "59s", "1m", "2h", "1d"]
        );
        assert_eq!(
            [0.31, 42.0, 250.0, 90_061.0].map(duration),
            ["0.3 s", "42 s", "4m 10s", "1d 1h"]
        );
    }

    #[test]
    fn short_lives_are_reported_in_milliseconds() {
        let shown =
            [0, 420_000, 9_900_000, 310_400_000, 2_100_000_000, 250_000_000_000].map(lifetime);
        assert_eq!(shown, ["0.0 ms", "0.4 ms", "9.9 ms", "310 ms", "2.1 s", "4m 10s"]);
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([0, 999, 1_240, 1_000_000].map(grouped), ["0", "999", "1 240", "1 000 000"]);
    }

    #[test]
    fn percentages_lose_their_fraction_at_a_hundred() {
        assert_eq!([0.0, 99.94, 99.96, 412.3].map(percent), ["0.0", "99.9", "100", "412"]);
    }
}
