//! Turns what crossterm reads into inputs.

use std::time::{Duration, Instant};

use crossterm::event::{
    Event, KeyCode as TerminalKey, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent,
    MouseEventKind,
};
use ratatui::layout::{Position, Size};

use crate::app::input::{Input, Pointer};
use crate::app::key::{Key, KeyCode};

/// Events of one string come together: one so long after the last is a key again.
const STRING_GAP: Duration = Duration::from_millis(100);
/// No string takes longer, so that held keys cannot keep one open.
const LONGEST_STRING: Duration = Duration::from_secs(1);
/// Esc and a key come so close together only from a terminal.
const TOGETHER: Duration = Duration::from_millis(20);

/// Tells keys from what the terminal answers to programs, often to the one that ran before.
///
/// Such an answer is a string from `ESC ]`, `ESC P`, `ESC _`, `ESC ^` or `ESC X` to `ESC \` or BEL
/// (ECMA-48, 5.6; BEL is xterm's). crossterm knows no strings: it reads their beginning and end as
/// keys with Alt, and what is between as keys.
#[derive(Debug, Default)]
pub struct Keyboard {
    string: Option<OpenString>,
    /// When Esc came, if nothing came since.
    escape: Option<Instant>,
}

/// A string that has begun.
#[derive(Clone, Copy, Debug)]
struct OpenString {
    began: Instant,
    last: Instant,
    /// Whether the last of it was Esc: its end may come in two parts.
    ends: bool,
}

impl Keyboard {
    /// What an event of the terminal means, which was read then; nothing if it means nothing here.
    pub fn inputs_of(&mut self, event: Event, at: Instant) -> Vec<Input> {
        match event {
            Event::Key(key) => self.key_of(key, at).map(Input::Key).into_iter().collect(),
            Event::Mouse(mouse) => pointer_of(mouse).map(Input::Pointer).into_iter().collect(),
            Event::Resize(width, height) => vec![Input::Resize(Size { width, height })],
            Event::Paste(text) => vec![Input::Paste(text)],
            Event::FocusGained | Event::FocusLost => Vec::new(),
        }
    }

    /// A key with Alt means nothing here, and is not that key without it.
    fn key_of(&mut self, event: KeyEvent, at: Instant) -> Option<Key> {
        if event.kind == KeyEventKind::Release || self.is_in_string(event, at) {
            return None;
        }
        let is_alt = event.modifiers.contains(KeyModifiers::ALT);
        let escape = self.escape.take();
        let follows_escape = escape.is_some_and(|escape| at.duration_since(escape) <= TOGETHER);
        // Esc and X may come so from a script, and no terminal answers with such a string.
        let is_key = event.code == TerminalKey::Char('X');
        if begins_string(event) && (is_alt || (follows_escape && !is_key)) {
            self.string = Some(OpenString { began: at, last: at, ends: false });
            return None;
        }
        self.escape = (event.code == TerminalKey::Esc).then_some(at);
        if is_alt { None } else { key_of(event) }
    }

    /// Whether a key is part of a string, which may end with it.
    fn is_in_string(&mut self, event: KeyEvent, at: Instant) -> bool {
        let Some(mut string) = self.string.take() else { return false };
        if at.duration_since(string.last) > STRING_GAP
            || at.duration_since(string.began) > LONGEST_STRING
        {
            return false;
        }
        let is_bell =
            event.code == TerminalKey::Char('g') && event.modifiers.contains(KeyModifiers::CONTROL);
        let is_end = event.code == TerminalKey::Char('\\')
            && (string.ends || event.modifiers.contains(KeyModifiers::ALT));
        if !is_bell && !is_end {
            string.last = at;
            string.ends = event.code == TerminalKey::Esc;
            self.string = Some(string);
        }
        true
    }
}

fn begins_string(event: KeyEvent) -> bool {
    matches!(event.code, TerminalKey::Char(']' | 'P' | '_' | '^' | 'X'))
        && !event.modifiers.contains(KeyModifiers::CONTROL)
}

fn key_of(event: KeyEvent) -> Option<Key> {
    let code = match event.code {
        TerminalKey::Char(character) => KeyCode::Char(character),
        TerminalKey::F(number) => KeyCode::F(number),
        TerminalKey::Enter => KeyCode::Enter,
        TerminalKey::Esc => KeyCode::Esc,
        TerminalKey::Tab | TerminalKey::BackTab => KeyCode::Tab,
        TerminalKey::Backspace => KeyCode::Backspace,
        TerminalKey::Delete => KeyCode::Delete,
        TerminalKey::Up => KeyCode::Up,
        TerminalKey::Down => KeyCode::Down,
        TerminalKey::Left => KeyCode::Left,
        TerminalKey::Right => KeyCode::Right,
        TerminalKey::Home => KeyCode::Home,
        TerminalKey::End => KeyCode::End,
        TerminalKey::PageUp => KeyCode::PageUp,
        TerminalKey::PageDown => KeyCode::PageDown,
        _ => return None,
    };
    let is_character = matches!(code, KeyCode::Char(_));
    let is_ctrl = is_character && event.modifiers.contains(KeyModifiers::CONTROL);
    Some(Key { code, is_ctrl })
}

fn pointer_of(event: MouseEvent) -> Option<Pointer> {
    let position = Position::new(event.column, event.row);
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => Some(Pointer::Click(position)),
        MouseEventKind::ScrollUp => Some(Pointer::ScrollUp(position)),
        MouseEventKind::ScrollDown => Some(Pointer::ScrollDown(position)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of key events, each so many milliseconds after the one before.
    struct Typed {
        keyboard: Keyboard,
        at: Instant,
        keys: Vec<Key>,
    }

    impl Typed {
        #[expect(clippy::disallowed_methods, reason = "only differences are looked at")]
        fn new() -> Self {
            Self { keyboard: Keyboard::default(), at: Instant::now(), keys: Vec::new() }
        }

        fn key(mut self, gap: u64, code: TerminalKey, modifiers: KeyModifiers) -> Self {
            self.at += Duration::from_millis(gap);
            let event = Event::Key(KeyEvent::new(code, modifiers));
            for input in self.keyboard.inputs_of(event, self.at) {
                let Input::Key(key) = input else { panic!("{input:?} is no key") };
                self.keys.push(key);
            }
            self
        }

        fn esc(self, gap: u64) -> Self {
            self.key(gap, TerminalKey::Esc, KeyModifiers::NONE)
        }

        fn alt(self, gap: u64, character: char) -> Self {
            self.key(gap, TerminalKey::Char(character), KeyModifiers::ALT)
        }

        fn ctrl(self, gap: u64, character: char) -> Self {
            self.key(gap, TerminalKey::Char(character), KeyModifiers::CONTROL)
        }

        fn text(self, gap: u64, text: &str) -> Self {
            text.chars().fold(self, |typed, character| {
                typed.key(gap, TerminalKey::Char(character), KeyModifiers::NONE)
            })
        }

        fn is(self, expected: &str) {
            let keys: String = self.keys.iter().map(ToString::to_string).collect();
            assert_eq!(keys, expected);
        }
    }

    #[test]
    fn what_a_terminal_answers_is_no_key() {
        // Colors, the version, a capability, to their end by BEL or ST, and keys around them.
        Typed::new()
            .text(0, "j")
            .alt(9, ']')
            .text(0, "11;rgb:00/q")
            .ctrl(0, 'g')
            .text(0, "k")
            .is("jk");
        Typed::new().alt(0, ']').text(1, "11;rgb:/x").alt(0, '\\').text(0, "k").is("k");
        Typed::new().alt(0, 'P').text(0, ">|xterm(390)").alt(0, '\\').ctrl(0, 'd').is("^D");
        for introducer in ['_', '^', 'X'] {
            Typed::new().alt(0, introducer).text(0, "q").alt(0, '\\').text(0, "k").is("k");
        }
        // One that comes in parts: its end, then its beginning, then its middle.
        Typed::new().alt(0, ']').text(0, "q").esc(0).text(30, "\\k").is("k");
        Typed::new().esc(0).text(5, "]q").ctrl(0, 'g').text(0, "k").is("Esck");
        Typed::new().alt(0, ']').text(0, "q").text(90, "q").ctrl(0, 'g').text(0, "k").is("k");
        // Two, one right after the other.
        Typed::new()
            .alt(0, 'P')
            .text(0, "q")
            .alt(0, '\\')
            .alt(0, ']')
            .ctrl(0, 'g')
            .text(0, "k")
            .is("k");
    }

    #[test]
    fn fuzz_answers_of_the_terminal() {
        crate::tests::fuzz::fuzz("keyboard", |random| {
            let mut typed = Typed::new();
            for _ in 0..random.below(40) {
                let gap = *random.pick(&[0, 0, 0, 5, 30, 99, 101]);
                typed = match random.below(5) {
                    0 => typed.esc(gap),
                    1 => typed.alt(gap, *random.pick(&[']', 'P', '_', '^', 'X', '\\', 'x'])),
                    2 => typed.ctrl(gap, *random.pick(&['g', 'c'])),
                    _ => typed.text(gap, ["11;rgb:0/0", "\\", "]", "P", "j"][random.below(5)]),
                };
            }
            // Whatever came, the next key that a person types is that key.
            typed.keys.clear();
            typed.text(150, "j").is("j");
        });
    }

    #[test]
    fn a_key_with_alt_is_not_the_key_without_and_keeps_no_others_for_long() {
        Typed::new().alt(0, 'x').alt(9, 'q').text(0, "j").is("j");
        Typed::new().alt(0, 'P').text(150, "jk").is("jk");
        Typed::new().alt(0, ']').ctrl(150, 'd').is("^D");
        let held = Typed::new().alt(0, 'P').text(33, &"j".repeat(31));
        assert_eq!(held.keys.len(), 1, "the string is over after a second");
        // A person types Esc and then a key that begins strings.
        Typed::new().esc(0).text(150, "P").is("EscP");
        Typed::new().esc(0).text(0, "X").is("EscX");
        Typed::new().text(0, "X").is("X");
    }

    #[test]
    fn control_is_kept_for_characters_and_releases_are_no_keys() {
        let typed = Typed::new().ctrl(0, 'c').key(0, TerminalKey::Up, KeyModifiers::CONTROL);
        assert_eq!(typed.keys, [Key::ctrl('c'), Key::plain(KeyCode::Up)]);
        let mut release = KeyEvent::new(TerminalKey::Up, KeyModifiers::NONE);
        release.kind = KeyEventKind::Release;
        let Typed { mut keyboard, at, .. } = typed;
        assert_eq!(keyboard.inputs_of(Event::Key(release), at), []);
    }
}
