//! The first sixteen colors in the sequences that every terminal with colors knows.

/// Writes them as 30 to 37 and 90 to 97 (ECMA-48 and aixterm). crossterm writes them as `38;5;n`,
/// which terminals of eight or sixteen colors do not know: some take the 5 for blinking.
pub(crate) fn plain(frame: &[u8], out: &mut Vec<u8>) {
    let mut rest = frame;
    while let Some(start) = rest.windows(2).position(|pair| pair == b"\x1b[") {
        let (before, sequence) = rest.split_at(start + 2);
        out.extend(before);
        let length = sequence.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b';'));
        let (parameters, after) = sequence.split_at(length.unwrap_or(sequence.len()));
        match (after.first(), std::str::from_utf8(parameters)) {
            (Some(b'm'), Ok(text)) => out.extend(rewritten(text).into_bytes()),
            _ => out.extend(parameters),
        }
        rest = after;
    }
    out.extend(rest);
}

fn rewritten(parameters: &str) -> String {
    let mut numbers: Vec<String> = Vec::new();
    for number in parameters.split(';') {
        numbers.push(number.to_owned());
        let [.., ground, five, index] = numbers.as_slice() else { continue };
        let (normal, bright) = match (ground.as_str(), five.as_str()) {
            ("38", "5") => (30, 90 - 8),
            ("48", "5") => (40, 100 - 8),
            _ => continue,
        };
        let Some(index) = index.parse::<u8>().ok().filter(|index| *index < 16) else { continue };
        let base = if index < 8 { normal } else { bright };
        numbers.truncate(numbers.len() - 3);
        numbers.push((base + index).to_string());
    }
    numbers.join(";")
}

#[cfg(test)]
mod tests {
    #[test]
    fn fuzz_colors() {
        let samples: [&[u8]; 3] =
            [b"\x1b[38;5;1;49mred\x1b[0m", b"\x1b[48;5;15m\x1b[39;48;5;8m", b"\x1b[3;5H\x1b[?25l"];
        crate::tests::fuzz::fuzz("colors", |random| {
            let frame = random.bytes(&samples);
            let (mut once, mut twice) = (Vec::new(), Vec::new());
            super::plain(&frame, &mut once);
            super::plain(&once, &mut twice);
            assert_eq!(once, twice, "{frame:?}");
            assert!(once.len() <= frame.len());
            assert!(frame.contains(&0x1b) || once == frame, "{frame:?}");
        });
    }

    #[test]
    fn the_first_sixteen_colors_are_written_as_every_terminal_knows_them() {
        let plain = |frame: &str| {
            let mut out = Vec::new();
            super::plain(frame.as_bytes(), &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(plain("\x1b[38;5;1;49mred"), "\x1b[31;49mred");
        assert_eq!(plain("a\x1b[38;5;9;48;5;4mb\x1b[0mc"), "a\x1b[91;44mb\x1b[0mc");
        assert_eq!(plain("\x1b[48;5;15m\x1b[39;48;5;8m"), "\x1b[107m\x1b[39;100m");
        for kept in
            ["\x1b[3;5H", "\x1b[38;5;196m", "\x1b[38;2;5;5;5m", "\x1b[?1049h", "\x1b[", "ä\x1b"]
        {
            assert_eq!(plain(kept), kept);
        }
    }
}
