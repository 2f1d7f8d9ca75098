//! Makes foreign text harmless: names, arguments and paths may hold any byte sequence.

pub(crate) mod units;

use std::borrow::Cow;
use std::fmt::Write;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The text with every character escaped that could act on a terminal or hide.
///
/// Escaped are control characters, and the invisible ones that change how others are laid out
/// (bidirectional overrides, zero-width characters, line separators). The rest stays as it is.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find(is_hidden) else { return Cow::Borrowed(text) };
    let mut shown = String::with_capacity(text.len() + 8);
    shown.push_str(&text[..first]);
    for character in text[first..].chars() {
        push_visible(&mut shown, character);
    }
    Cow::Owned(shown)
}

/// Like [`visible`], with everything beyond ASCII escaped as well.
pub(crate) fn visible_ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return visible(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if character.is_ascii() {
            push_visible(&mut shown, character);
        } else {
            push_escape(&mut shown, character);
        }
    }
    Cow::Owned(shown)
}

fn push_visible(shown: &mut String, character: char) {
    match character {
        '\n' => shown.push_str("\\n"),
        '\t' => shown.push_str("\\t"),
        '\r' => shown.push_str("\\r"),
        '\u{1b}' => shown.push_str("\\e"),
        hidden if is_hidden(hidden) => push_escape(shown, hidden),
        plain => shown.push(plain),
    }
}

fn push_escape(shown: &mut String, character: char) {
    let code = u32::from(character);
    let written = if code < 0x100 {
        write!(shown, "\\x{code:02x}")
    } else {
        write!(shown, "\\u{{{code:x}}}")
    };
    debug_assert!(written.is_ok(), "a String takes all that is written");
}

/// Whether a character acts on the terminal or on its neighbors instead of being seen.
pub(crate) fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Columns that the text takes on a terminal.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// The longest beginning of the text that fits into so many columns.
pub(crate) fn fit(text: &str, columns: usize) -> &str {
    // In ASCII, which nearly all text is, a byte is a column; with one byte more looked at,
    // nothing that follows can belong to the last one.
    let seen = text.len().min(columns.saturating_add(1));
    if text.as_bytes()[..seen].is_ascii() {
        return &text[..seen.min(columns)];
    }
    let mut used = 0;
    for (start, cluster) in text.grapheme_indices(true) {
        used += cluster.width();
        if used > columns {
            return &text[..start];
        }
    }
    text
}

/// The text cut to so many columns, with `mark` in place of what is missing.
pub(crate) fn shorten<'a>(text: &'a str, columns: usize, mark: &str) -> Cow<'a, str> {
    // Text of many kilobytes must not cost its whole length on every frame.
    let clipped = fit(text, columns + 1);
    if clipped.len() == text.len() && width(clipped) <= columns {
        return Cow::Borrowed(text);
    }
    let kept = fit(clipped, columns.saturating_sub(width(mark)));
    Cow::Owned(format!("{kept}{}", fit(mark, columns)))
}

/// Breaks the text into lines of at most so many columns, at spaces; only a word that is longer
/// than a line is cut.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(2);
    let mut lines = vec![String::new()];
    let mut used = 0;
    let mut gap = "";
    for part in spaces_and_words(text) {
        if part.trim().is_empty() {
            gap = part;
            continue;
        }
        let is_wide = width(part) > columns;
        if used > 0
            && (used + width(gap) + width(part) > columns)
            && !(is_wide && used + width(gap) < columns)
        {
            lines.push(String::new());
            used = 0;
        } else if used > 0 || lines.len() == 1 {
            push(&mut lines, &mut used, columns, gap);
        }
        gap = "";
        push(&mut lines, &mut used, columns, part);
    }
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
    lines
}

/// The text in pieces that are all spaces, or have none.
fn spaces_and_words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let is_space = rest.chars().next()?.is_whitespace();
        let end = rest.find(|character: char| character.is_whitespace() != is_space);
        let (part, left) = rest.split_at(end.unwrap_or(rest.len()));
        rest = left;
        Some(part)
    })
}

/// Adds a piece to the last line, and goes on in further lines with what has no room there.
fn push(lines: &mut Vec<String>, used: &mut usize, columns: usize, piece: &str) {
    let mut rest = piece;
    while !rest.is_empty() {
        let mut part = fit(rest, columns - *used);
        if part.is_empty() && *used == 0 {
            part = rest.graphemes(true).next().unwrap_or(rest);
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(part);
        }
        *used += width(part);
        rest = &rest[part.len()..];
        if !rest.is_empty() {
            lines.push(String::new());
            *used = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn control_characters_are_spelled_out() {
        assert_eq!(visible("a\x1b[31mb\n\u{9b}\u{202e}c"), "a\\e[31mb\\n\\x9b\\u{202e}c");
        assert_eq!(visible("日本語 ok"), "日本語 ok");
        assert_eq!(visible_ascii("é\n"), "\\xe9\\n");
    }

    #[test]
    fn shortening_counts_columns_not_bytes() {
        assert_eq!(shorten("日本語", 5, "…"), "日本…");
        assert_eq!(shorten("日本語", 6, "…"), "日本語");
        assert_eq!(shorten("abc", 0, "…"), "");
    }

    #[test]
    fn wrapping_breaks_at_spaces_and_splits_what_is_too_long() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("on pts/2 (python3); a", 8), ["on pts/2", "(python3", "); a"]);
        assert_eq!(wrap("  in pts/2 now", 8), ["  in", "pts/2", "now"]);
        assert_eq!(wrap("is --listen-port", 14), ["is", "--listen-port"]);
    }

    proptest! {
        #[test]
        fn nothing_hidden_is_left(text in "\\PC*|.*") {
            prop_assert!(!visible(&text).chars().any(is_hidden));
            prop_assert!(visible_ascii(&text).bytes().all(|byte| (0x20..0x7f).contains(&byte)));
        }

        #[test]
        fn shortened_text_fits(text in ".*", columns in 0usize..40) {
            prop_assert!(width(&shorten(&visible(&text), columns, "…")) <= columns);
        }

        #[test]
        fn wrapping_loses_only_spaces(text in "[a-z ]{0,80}", columns in 2usize..20) {
            let lines = wrap(&text, columns);
            prop_assert!(lines.iter().all(|line| width(line) <= columns));
            let squeezed = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(squeezed(&lines.concat()), squeezed(&text));
        }
    }
}
