//! Keys that are one character.

use crate::app::input::Input;
use crate::keymap::{Key, KeyCode};
use crate::runtime::terminal::input::First;

/// A key that is one character, as terminals send it in raw mode.
pub(super) fn key(bytes: &[u8]) -> First {
    let Some(byte) = bytes.first() else { return First::Part };
    let key = match byte {
        b'\r' => Key::plain(KeyCode::Enter),
        b'\t' => Key::plain(KeyCode::Tab),
        0x7f => Key::plain(KeyCode::Backspace),
        0 => Key::ctrl(' '),
        0x01..=0x1a => Key::ctrl(char::from(byte - 1 + b'a')),
        0x1b => Key::plain(KeyCode::Esc),
        0x1c..=0x1f => Key::ctrl(char::from(byte - 0x1c + b'4')),
        _ => return character(bytes),
    };
    First::Whole(1, Some(Input::Key(key)))
}

/// A character in UTF-8; what is none means nothing.
fn character(bytes: &[u8]) -> First {
    let length = match bytes[0] {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    };
    let encoded = &bytes[..length.min(bytes.len())];
    match std::str::from_utf8(encoded) {
        Ok(text) => {
            let character = text.chars().next().filter(|character| !character.is_control());
            First::Whole(length, character.map(|character| Input::Key(Key::char(character))))
        }
        Err(error) if error.error_len().is_none() => First::Part,
        Err(error) => First::Whole(error.error_len().unwrap_or(1), None),
    }
}
