//! Turns what crossterm reads into inputs.

use crossterm::event::{
    Event, KeyCode as TerminalKey, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent,
    MouseEventKind,
};
use ratatui::layout::{Position, Size};

use crate::app::input::{Input, Pointer};
use crate::app::key::{Key, KeyCode};

/// What an event of the terminal means; nothing if it means nothing here.
pub fn inputs_of(event: Event) -> Vec<Input> {
    match event {
        Event::Key(key) => keys_of(key).into_iter().map(Input::Key).collect(),
        Event::Mouse(mouse) => pointer_of(mouse).map(Input::Pointer).into_iter().collect(),
        Event::Resize(width, height) => vec![Input::Resize(Size { width, height })],
        Event::Paste(text) => vec![Input::Paste(text)],
        Event::FocusGained | Event::FocusLost => Vec::new(),
    }
}

/// Esc and a key that follows at once arrive as that key with Alt. Alt means nothing here, so
/// that both are meant.
fn keys_of(event: KeyEvent) -> Vec<Key> {
    if event.kind == KeyEventKind::Release {
        return Vec::new();
    }
    let is_alt = event.modifiers.contains(KeyModifiers::ALT);
    let escape = is_alt.then_some(Key::plain(KeyCode::Esc));
    escape.into_iter().chain(key_of(event)).collect()
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

    #[test]
    fn control_is_kept_for_characters_and_releases_are_no_keys() {
        let press = |code, modifiers| inputs_of(Event::Key(KeyEvent::new(code, modifiers)));
        let ctrl_c = press(TerminalKey::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(ctrl_c, [Input::Key(Key::ctrl('c'))]);
        let up = press(TerminalKey::Up, KeyModifiers::CONTROL);
        assert_eq!(up, [Input::Key(Key::plain(KeyCode::Up))]);
        let mut release = KeyEvent::new(TerminalKey::Up, KeyModifiers::NONE);
        release.kind = KeyEventKind::Release;
        assert_eq!(inputs_of(Event::Key(release)), []);
        let escape_then_x = press(TerminalKey::Char('x'), KeyModifiers::ALT);
        let both = [Key::plain(KeyCode::Esc), Key::char('x')].map(Input::Key);
        assert_eq!(escape_then_x, both);
    }
}
