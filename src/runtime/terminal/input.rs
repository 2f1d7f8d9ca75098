//! Distinguishes keys, mouse and pastes from a terminal's answers to programs.

mod character;
mod clicks;
mod sequence;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use crate::app::input::Input;
use crate::keymap::{Key, KeyCode, Modifiers};
use crate::runtime::terminal::input::character::key;
use crate::runtime::terminal::input::clicks::Clicks;

/// A sequence that begins with Esc comes as a whole: Esc alone is a key so long after it came.
const ESCAPE_LIMIT: Duration = Duration::from_millis(50);
/// The rest of what has begun comes so soon, or not at all: some keys with Alt begin the same.
const REST_LIMIT: Duration = Duration::from_secs(1);
/// A connection may pause so long within a paste, whose rest must not be typed as keys.
const PASTE_LIMIT: Duration = Duration::from_secs(10);
/// The most bytes of an unfinished sequence that are kept.
const MOST_BEGUN: usize = 16 * 1024;
/// A person does not type so many bytes at once.
const TYPED_AT_ONCE: usize = 8;
const ESC: u8 = 0x1b;
const BELL: u8 = 0x07;
const PASTE_STARTS: [&[u8]; 3] = [b"\x1b[200~", b"\x9b200~", b"\xc2\x9b200~"];
const PASTE_END: &[u8] = b"\x1b[201~";

/// Takes apart what the terminal sends (ECMA-48).
///
/// An answer to a program, often to the one that ran before, acts as no key: neither a control
/// sequence (`ESC [`, parameters, a final byte) nor a string (from `ESC ]`, `ESC P`, `ESC _`,
/// `ESC ^` or `ESC X` to `ESC \`, or xterm's BEL), wherever it is cut into reads.
#[derive(Debug, Default)]
pub(crate) struct Keyboard {
    begun: Vec<u8>,
    /// When it began; of what no person types, when the last of it came.
    since: Option<Instant>,
    /// When Esc was taken for a key.
    escaped: Option<Instant>,
    clicks: Clicks,
}

/// The meaning of the first bytes.
enum First {
    /// So many bytes, and what they mean.
    Whole(usize, Option<Input>),
    Part,
}

impl Keyboard {
    /// The inputs that the bytes mean.
    pub(crate) fn inputs_of(&mut self, bytes: &[u8], at: Instant) -> Vec<Input> {
        let mut inputs = Vec::new();
        self.join(bytes, at, &mut inputs);
        let mut rest = self.begun.as_slice();
        while let First::Whole(length, input) = first_of(rest) {
            inputs.extend(input.map(|input| self.clicks.with_double(input, at)));
            rest = &rest[length..];
        }
        let is_new =
            rest.len() <= bytes.len() || bytes.len() > TYPED_AT_ONCE || pasted_in(rest).is_some();
        self.begun = shortened(rest);
        self.since = match self.since {
            _ if self.begun.is_empty() => None,
            Some(since) if !is_new => Some(since),
            _ => Some(at),
        };
        inputs
    }

    /// How long the rest of what has begun is waited for; nothing if nothing has.
    pub(crate) fn wait_budget(&self, at: Instant) -> Option<Duration> {
        let limit = match pasted_in(&self.begun) {
            // Esc ends a paste whose end was lost.
            Some(pasted) if !pasted.ends_with(&[ESC]) => PASTE_LIMIT,
            None if self.begun == [ESC] => ESCAPE_LIMIT,
            _ => REST_LIMIT,
        };
        self.since.map(|since| limit.saturating_sub(at.duration_since(since)))
    }

    /// The inputs of an unfinished sequence, once its rest no longer comes: ask when nothing is
    /// there to be read.
    pub(crate) fn overdue(&mut self, at: Instant) -> Vec<Input> {
        if self.wait_budget(at).is_none_or(|left| !left.is_zero()) {
            return Vec::new();
        }
        self.since = None;
        let begun = std::mem::take(&mut self.begun);
        match pasted_in(&begun) {
            Some(pasted) => vec![paste(pasted.strip_suffix(&[ESC]).unwrap_or(pasted))],
            None if begun == [ESC] => {
                self.escaped = Some(at);
                vec![escape()]
            }
            // A key with Alt, or an answer that was cut off.
            None => Vec::new(),
        }
    }

    /// Puts what was read behind what has begun.
    fn join(&mut self, bytes: &[u8], at: Instant, inputs: &mut Vec<Input>) {
        let is_late = |escaped| at.duration_since(escaped) <= REST_LIMIT && is_rest(bytes);
        // Esc and a key that a program types one after the other are no key with Alt; `ESC X`
        // begins no answer that a terminal gives.
        if self.begun == [ESC] && !matches!(bytes, [b'[' | b'O' | b']' | b'P' | b'_' | b'^', ..]) {
            self.begun.clear();
            inputs.push(escape());
        } else if self.begun.is_empty() && self.escaped.take().is_some_and(is_late) {
            self.begun.push(ESC);
        }
        self.begun.extend(bytes);
    }
}

/// The text pasted so far, if a paste has begun.
fn pasted_in(begun: &[u8]) -> Option<&[u8]> {
    PASTE_STARTS.iter().find_map(|start| begun.strip_prefix(*start))
}

/// The part of an unfinished sequence that is kept: its start, and the possible start of its end.
fn shortened(begun: &[u8]) -> Vec<u8> {
    if begun.len() <= MOST_BEGUN + PASTE_END.len() {
        return begun.to_vec();
    }
    let mut kept = begun[..MOST_BEGUN].to_vec();
    // The start must not make an end together with what comes.
    while kept.last().is_some_and(|byte| !byte.is_ascii()) {
        kept.pop();
    }
    let ends = (1..PASTE_END.len()).rev().map(|length| &PASTE_END[..length]).chain([&b"\xc2"[..]]);
    kept.extend(ends.into_iter().find(|end| begun.ends_with(end)).unwrap_or_default());
    kept
}

/// Whether it looks like an answer without its Esc, which came long before.
fn is_rest(bytes: &[u8]) -> bool {
    match bytes {
        [b'[', next, ..] => matches!(next, b'0'..=b'?' | b'I' | b'O'),
        [b']', next, ..] => matches!(next, b'0'..=b'9' | b'l' | b'L'),
        [b'P', next, ..] => matches!(next, b'0'..=b'9' | b'>' | b'!'),
        [b'_', b'G', ..] => true,
        _ => false,
    }
}

fn escape() -> Input {
    Input::Key(Key::plain(KeyCode::Esc))
}

fn with_alt(input: Input) -> Input {
    match input {
        Input::Key(key) => {
            Input::Key(Key { modifiers: Modifiers { alt: true, ..key.modifiers }, ..key })
        }
        other => other,
    }
}

fn paste(bytes: &[u8]) -> Input {
    Input::Paste(String::from_utf8_lossy(bytes).into_owned())
}

fn first_of(bytes: &[u8]) -> First {
    let Some((byte, rest)) = bytes.split_first() else { return First::Part };
    match (byte, rest) {
        (&ESC, []) => First::Part,
        (&ESC, [ESC, ..]) => First::Whole(1, Some(escape())),
        (&ESC, [introducer, rest @ ..]) => match sequence(*introducer, rest, 2) {
            Some(sequence) => sequence,
            None => match key(&bytes[1..]) {
                First::Whole(length, input) => First::Whole(1 + length, input.map(with_alt)),
                First::Part => First::Part,
            },
        },
        // The introducers in one byte, of terminals that were asked to send such (S8C1T).
        (0x80..=0x9f, _) => match sequence(byte - 0x40, rest, 1) {
            Some(sequence) => sequence,
            None => First::Whole(1, None),
        },
        // The introducers in one byte, as characters.
        (0xc2, [c1 @ 0x80..=0x9f, rest @ ..]) => match sequence(c1 - 0x40, rest, 2) {
            Some(sequence) => sequence,
            None => First::Whole(2, None),
        },
        _ => key(bytes),
    }
}

/// The sequence after an introducer of so many bytes; `None` if it is none.
fn sequence(introducer: u8, rest: &[u8], begun: usize) -> Option<First> {
    let first = match introducer {
        b'[' => control_sequence(rest),
        b'O' => single_shift(rest),
        b']' | b'P' | b'_' | b'^' | b'X' => string(rest, begun == 1),
        _ => return None,
    };
    let first = match first {
        First::Whole(length, None) if introducer == b']' => {
            First::Whole(length, sequence::background(&rest[..length]))
        }
        other => other,
    };
    Some(match first {
        First::Whole(length, input) => First::Whole(begun + length, input),
        First::Part => First::Part,
    })
}

/// A control sequence after its introducer. A byte that cannot be part of it cuts it off.
fn control_sequence(rest: &[u8]) -> First {
    let parameters = rest.iter().take_while(|byte| matches!(byte, b'0'..=b'?')).count();
    let (parameters, after) = rest.split_at(parameters);
    let intermediates = after.iter().take_while(|byte| matches!(byte, b' '..=b'/')).count();
    let (intermediates, after) = after.split_at(intermediates);
    let length = parameters.len() + intermediates.len();
    match (parameters, after) {
        // The mouse in bytes of any value, function keys of Linux's console, a paste.
        (b"", [b'M', action, column, row, ..]) => {
            First::Whole(length + 4, sequence::pointer_of([*action, *column, *row]))
        }
        (_, []) | (b"", [b'M', ..] | [b'[']) => First::Part,
        (b"", [b'[', last @ b'A'..=b'E', ..]) => {
            First::Whole(length + 2, Some(Input::Key(Key::plain(KeyCode::F(last - b'A' + 1)))))
        }
        (b"200", [b'~', pasted @ ..]) => {
            match pasted.windows(PASTE_END.len()).position(|bytes| bytes == PASTE_END) {
                Some(end) => {
                    let whole = length + 1 + end + PASTE_END.len();
                    First::Whole(whole, Some(paste(&pasted[..end])))
                }
                None => First::Part,
            }
        }
        (_, [last @ b'@'..=b'~', ..]) => {
            First::Whole(length + 1, sequence::control(parameters, intermediates, *last))
        }
        _ => First::Whole(length, None),
    }
}

fn single_shift(rest: &[u8]) -> First {
    let length = rest.iter().take_while(|byte| matches!(byte, b'0'..=b'?')).count();
    match rest.get(length) {
        None => First::Part,
        Some(last @ b'@'..=b'~') => {
            First::Whole(length + 1, sequence::single_shift(&rest[..length], *last))
        }
        Some(_) => First::Whole(length, None),
    }
}

/// A string after its introducer. It has controls from backspace to Enter only (ECMA-48, 5.6):
/// any other, such as `^C`, cuts it off.
fn string(rest: &[u8], is_of_bytes: bool) -> First {
    for (length, byte) in rest.iter().enumerate() {
        match (byte, rest.get(length + 1)) {
            (&BELL, _) => return First::Whole(length + 1, None),
            (&ESC, None) => return First::Part,
            (&ESC, Some(b'\\')) | (0xc2, Some(0x9c)) => return First::Whole(length + 2, None),
            (0x9c, _) if is_of_bytes => return First::Whole(length + 1, None),
            (0x08..=0x0d | b' '.., _) => {}
            _ => return First::Whole(length, None),
        }
    }
    First::Part
}
