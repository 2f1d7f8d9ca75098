//! The meaning of a terminal's control sequences: a key, the mouse, a paste, or nothing here.

use ratatui::layout::Position;

use crate::app::input::{Input, Pointer};
use crate::keymap::{self, Key, KeyCode};
use crate::theme::Background;

/// The modifiers of a key, as xterm and kitty count them: one more than the sum of their bits.
#[derive(Clone, Copy)]
struct Modifiers(u32);

impl Modifiers {
    const SHIFT: u32 = 1;
    const CONTROL: u32 = 4;
    const ALT: u32 = 2;
    /// Super, Hyper and Meta: a key with one of them means nothing here, and is not that key
    /// without it.
    const OTHERS: u32 = 8 | 16 | 32;

    fn has(self, bits: u32) -> bool {
        self.0.saturating_sub(1) & bits != 0
    }

    /// The key with these modifiers, if it is one that means anything.
    fn key(self, code: KeyCode) -> Option<Input> {
        let is_char = matches!(code, KeyCode::Char(_));
        let modifiers = keymap::Modifiers {
            ctrl: self.has(Self::CONTROL),
            alt: self.has(Self::ALT),
            shift: self.has(Self::SHIFT) && !is_char,
        };
        (!self.has(Self::OTHERS)).then_some(Input::Key(Key { code, modifiers }))
    }
}

/// The meaning of `ESC [`, parameters, intermediates and a final byte (ECMA-48, 5.4). A sequence
/// that is no key is an answer of the terminal to a program, often to the one that ran before.
pub(super) fn control(parameters: &[u8], intermediates: &[u8], last: u8) -> Option<Input> {
    if !intermediates.is_empty() {
        return None;
    }
    let text = std::str::from_utf8(parameters).ok()?;
    // Private parameters are the mouse's (xterm's mode 1006) or an answer's.
    if let Some(mouse) = text.strip_prefix('<') {
        return matches!(last, b'M').then(|| pointer(mouse, 0)).flatten();
    }
    if text.starts_with(['=', '>', '?']) {
        return None;
    }
    let numbers: Vec<Option<u32>> = text.split(';').map(number).collect();
    let at = |index: usize| numbers.get(index).copied().flatten().unwrap_or(1);
    let modifiers = Modifiers(at(1));
    let code = match (last, numbers.len()) {
        // urxvt's mode 1015.
        (b'M', 3) => return pointer(text, 32),
        // A key of a terminal that an earlier program asked for other codes (xterm's
        // modifyOtherKeys, kitty's keyboard protocol).
        (b'~', 3) if at(0) == 27 => return typed(at(2), modifiers),
        // An event of kitty's is a press by itself; a release is no key.
        (b'u', 1..=3) if !is_release(text) => return typed(at(0), modifiers),
        (b'~', 1 | 2) => numbered(at(0))?,
        (b'Z', 1) => return Modifiers(1 + Modifiers::SHIFT).key(KeyCode::Tab),
        // A key without a number, or the answer where the cursor is.
        (b'R', 1) if text.is_empty() => KeyCode::F(3),
        (b'R', _) => return None,
        (_, 1 | 2) if at(0) == 1 => named(last)?,
        _ => return None,
    };
    modifiers.key(code).filter(|_| !is_release(text))
}

/// The meaning of `ESC O` and a final byte: a key in the modes of old.
pub(super) fn single_shift(parameters: &[u8], last: u8) -> Option<Input> {
    let code = if last == b'R' { KeyCode::F(3) } else { named(last)? };
    parameters.is_empty().then_some(Input::Key(Key::plain(code)))
}

/// The first of the numbers between colons, the others of which tell more of the same.
fn number(text: &str) -> Option<u32> {
    text.split(':').next()?.parse().ok()
}

fn is_release(parameters: &str) -> bool {
    parameters.split(';').nth(1).is_some_and(|modifiers| modifiers.ends_with(":3"))
}

fn named(last: u8) -> Option<KeyCode> {
    Some(match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P' => KeyCode::F(1),
        b'Q' => KeyCode::F(2),
        b'S' => KeyCode::F(4),
        _ => return None,
    })
}

/// The keys of a VT220, and what others made of its gaps.
fn numbered(number: u32) -> Option<KeyCode> {
    let function = |first: u32| u8::try_from(number - first).ok().map(KeyCode::F);
    match number {
        1 | 7 => Some(KeyCode::Home),
        3 => Some(KeyCode::Delete),
        4 | 8 => Some(KeyCode::End),
        5 => Some(KeyCode::PageUp),
        6 => Some(KeyCode::PageDown),
        11..=15 => function(10),
        17..=21 => function(11),
        23..=26 => function(12),
        28 | 29 => function(13),
        31..=34 => function(14),
        _ => None,
    }
}

/// A key that is reported as the code of its character.
fn typed(code: u32, modifiers: Modifiers) -> Option<Input> {
    let code = match char::from_u32(code)? {
        '\u{1b}' => KeyCode::Esc,
        '\r' => KeyCode::Enter,
        '\t' => KeyCode::Tab,
        '\u{7f}' => KeyCode::Backspace,
        // Kitty's codes of keys without a character are private ones.
        '\0'..' ' | '\u{80}'..'\u{a0}' | '\u{e000}'..='\u{f8ff}' => return None,
        character if modifiers.has(Modifiers::SHIFT) => {
            KeyCode::Char(character.to_uppercase().next()?)
        }
        character => KeyCode::Char(character),
    };
    modifiers.key(code)
}

/// The mouse: what it did, column and row.
fn pointer(numbers: &str, offset: u32) -> Option<Input> {
    let mut numbers = numbers.split(';').map(|number| number.parse::<u32>().ok());
    let (action, column, row) = (numbers.next()??, numbers.next()??, numbers.next()??);
    pointer_at(action.checked_sub(offset)?, column, row)
}

/// The mouse in three bytes, each of them 32 more than what it says (xterm's mode 1000).
pub(super) fn pointer_of(bytes: [u8; 3]) -> Option<Input> {
    let [action, column, row] = bytes.map(|byte| u32::from(byte).checked_sub(32));
    pointer_at(action?, column?, row?)
}

/// Columns and rows count from one.
fn pointer_at(action: u32, column: u32, row: u32) -> Option<Input> {
    const MODIFIERS: u32 = 4 | 8 | 16;
    let count = |number: u32| u16::try_from(number.checked_sub(1)?).ok();
    let position = Position::new(count(column)?, count(row)?);
    match action & !MODIFIERS {
        0 => Some(Pointer::Click(position)),
        64 => Some(Pointer::ScrollUp(position)),
        65 => Some(Pointer::ScrollDown(position)),
        _ => None,
    }
    .map(Input::Pointer)
}

/// The terminal's answer to what its background is: `11;rgb:1e1e/1e1e/2e2e`, and the string's end.
pub(super) fn background(string: &[u8]) -> Option<Input> {
    let color = string.strip_prefix(b"11;")?;
    let end = color.iter().position(|byte| matches!(byte, 0x07 | 0x1b | 0x9c | 0xc2))?;
    let color = xterm_color::Color::parse(&color[..end]).ok()?;
    let is_light = color.perceived_lightness() > 0.5;
    Some(Input::Background(if is_light { Background::Light } else { Background::Dark }))
}
