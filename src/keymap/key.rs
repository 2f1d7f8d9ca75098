//! A key with its modifiers, and how it is written and read.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A key with its modifiers. The case of a letter is part of its character.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Deserialize, Serialize)]
pub struct Key {
    pub(crate) code: KeyCode,
    pub(crate) modifiers: Modifiers,
}

#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq, Deserialize, Serialize)]
pub(crate) struct Modifiers {
    pub(crate) ctrl: bool,
    pub(crate) alt: bool,
    /// Only of keys without a character: Shift changes the character of the others.
    pub(crate) shift: bool,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Deserialize, Serialize)]
pub(crate) enum KeyCode {
    Char(char),
    F(u8),
    Enter,
    Esc,
    Tab,
    Backspace,
    Delete,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
}

/// Names of keys without a character: as they are shown first, then what else can be written.
const NAMES: &[(KeyCode, &[&str])] = &[
    (KeyCode::Char(' '), &["Space"]),
    (KeyCode::Enter, &["Enter", "Return"]),
    (KeyCode::Esc, &["Esc", "Escape"]),
    (KeyCode::Tab, &["Tab"]),
    (KeyCode::Backspace, &["Backspace"]),
    (KeyCode::Delete, &["Delete", "Del"]),
    (KeyCode::Up, &["↑", "Up"]),
    (KeyCode::Down, &["↓", "Down"]),
    (KeyCode::Left, &["←", "Left"]),
    (KeyCode::Right, &["→", "Right"]),
    (KeyCode::Home, &["Home"]),
    (KeyCode::End, &["End"]),
    (KeyCode::PageUp, &["PgUp", "PageUp"]),
    (KeyCode::PageDown, &["PgDn", "PageDown"]),
];

impl Key {
    pub(crate) const fn plain(code: KeyCode) -> Self {
        Self { code, modifiers: Modifiers { ctrl: false, alt: false, shift: false } }
    }

    pub const fn char(character: char) -> Self {
        Self::plain(KeyCode::Char(character))
    }

    pub(crate) const fn ctrl(character: char) -> Self {
        Self {
            code: KeyCode::Char(character),
            modifiers: Modifiers { ctrl: true, alt: false, shift: false },
        }
    }

    /// The character that the key types, if it types one.
    pub(crate) fn typed(self) -> Option<char> {
        match self {
            Self { code: KeyCode::Char(character), modifiers }
                if modifiers == Modifiers::default() =>
            {
                Some(character)
            }
            _ => None,
        }
    }

    /// Its name without characters beyond ASCII.
    pub(crate) fn ascii(self) -> String {
        let names = NAMES.iter().find(|(code, _)| *code == self.code);
        let arrow = names.and_then(|(_, names)| Some((names.first()?, names.get(1)?)));
        match arrow {
            Some((glyph, name)) if !glyph.is_ascii() => self.to_string().replace(*glyph, name),
            _ => self.to_string(),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Modifiers { ctrl, alt, shift } = self.modifiers;
        let prefixes = [(ctrl, "^"), (alt, "Alt-"), (shift, "Shift-")];
        for (_, prefix) in prefixes.iter().filter(|(is_held, _)| *is_held) {
            f.write_str(prefix)?;
        }
        let name = NAMES.iter().find(|(code, _)| *code == self.code);
        match (self.code, name) {
            (_, Some((_, names))) => f.write_str(names[0]),
            (KeyCode::Char(character), None) if ctrl => {
                write!(f, "{}", character.to_ascii_uppercase())
            }
            (KeyCode::Char(character), None) => write!(f, "{character}"),
            (KeyCode::F(number), None) => write!(f, "F{number}"),
            (code, None) => write!(f, "{code:?}"),
        }
    }
}

/// The text names no key.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
#[error("no key is named \"{}\"; write for example x, ^X, Alt-x, Shift-Tab, F5 or PgUp", crate::text::visible(.0))]
pub struct UnknownKey(pub(crate) String);

impl FromStr for Key {
    type Err = UnknownKey;

    /// Reads what [`Key`] displays, and the longer forms: `Ctrl-x`, `PageUp`, `up`.
    fn from_str(text: &str) -> Result<Self, UnknownKey> {
        let unknown = || UnknownKey(text.to_owned());
        let mut modifiers = Modifiers::default();
        let mut rest = text;
        while let Some((modifier, after)) = modifier(rest, &mut modifiers) {
            if std::mem::replace(modifier, true) {
                return Err(unknown());
            }
            rest = after;
        }
        let code = code(rest).ok_or_else(unknown)?;
        let code = match code {
            // Control reaches a program without the case of the letter (ECMA-48, C0).
            KeyCode::Char(character) if modifiers.ctrl => {
                KeyCode::Char(character.to_ascii_lowercase())
            }
            KeyCode::Char(character) if modifiers.shift && character.is_alphabetic() => {
                modifiers.shift = false;
                KeyCode::Char(character.to_uppercase().next().ok_or_else(unknown)?)
            }
            code => code,
        };
        Ok(Self { code, modifiers })
    }
}

/// The modifier that a text begins with, and what comes behind it.
fn modifier<'m, 't>(
    text: &'t str,
    modifiers: &'m mut Modifiers,
) -> Option<(&'m mut bool, &'t str)> {
    let after = |prefix: &str| {
        let head = text.get(..prefix.len())?;
        let rest = text.get(prefix.len()..).filter(|rest| !rest.is_empty())?;
        head.eq_ignore_ascii_case(prefix).then_some(rest)
    };
    let ctrl = after("^").or_else(|| after("Ctrl-")).or_else(|| after("Ctrl+"));
    let alt = after("Alt-").or_else(|| after("Alt+"));
    let shift = after("Shift-").or_else(|| after("Shift+"));
    ctrl.map(|rest| (&mut modifiers.ctrl, rest))
        .or(alt.map(|rest| (&mut modifiers.alt, rest)))
        .or(shift.map(|rest| (&mut modifiers.shift, rest)))
}

fn code(name: &str) -> Option<KeyCode> {
    let mut characters = name.chars();
    if let (Some(character), None) = (characters.next(), characters.next())
        && !character.is_control()
        && !"↑↓←→ ".contains(character)
    {
        return Some(KeyCode::Char(character));
    }
    let is_it = |known: &str| known.eq_ignore_ascii_case(name);
    let named = NAMES.iter().find(|(_, names)| names.iter().any(|known| is_it(known)));
    let function = || {
        let number = name.strip_prefix(['F', 'f'])?.parse().ok()?;
        (1..=24).contains(&number).then_some(KeyCode::F(number))
    };
    named.map(|(code, _)| *code).or_else(function)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_key() -> impl Strategy<Value = Key> {
        let codes = NAMES.iter().map(|(code, _)| *code).collect::<Vec<_>>();
        let code = prop_oneof![
            prop::sample::select(codes),
            (1..=24_u8).prop_map(KeyCode::F),
            any::<char>()
                .prop_filter("typed", |it| !it.is_control() && !"↑↓←→".contains(*it))
                .prop_map(KeyCode::Char),
        ];
        (code, any::<(bool, bool, bool)>()).prop_map(|(code, (ctrl, alt, shift))| {
            let code = match code {
                KeyCode::Char(character) if ctrl => KeyCode::Char(character.to_ascii_lowercase()),
                code => code,
            };
            let shift = shift && !matches!(code, KeyCode::Char(_));
            Key { code, modifiers: Modifiers { ctrl, alt, shift } }
        })
    }

    proptest! {
        #[test]
        fn a_key_is_read_as_it_is_displayed(key in any_key()) {
            prop_assert_eq!(key.to_string().parse(), Ok(key));
            prop_assert_eq!(key.ascii().parse(), Ok(key));
        }

        #[test]
        fn any_text_is_a_key_or_an_error(text in ".{0,12}") {
            let _ = text.parse::<Key>();
        }
    }

    #[test]
    fn keys_are_read_in_every_usual_form() {
        let read = |text: &str| text.parse::<Key>().map(|key| key.to_string());
        for (text, shown) in [
            ("ctrl-X", "^X"),
            ("Ctrl+x", "^X"),
            ("up", "↑"),
            ("pageup", "PgUp"),
            ("alt-shift-tab", "Alt-Shift-Tab"),
            ("Shift-x", "X"),
            ("f5", "F5"),
            ("^", "^"),
            ("-", "-"),
            ("^^", "^^"),
            ("space", "Space"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(shown), "{text}");
        }
        for text in ["", "Hyper-x", "F25", "enterr", "ctrl-ctrl-x", " ", "^↑x"] {
            assert_eq!(read(text), Err(UnknownKey(text.to_owned())));
        }
    }
}
