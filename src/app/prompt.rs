//! Lines of text that are typed: a search, a filter, the name of an action.

use tui_input::{Input as TextInput, InputRequest};

use crate::app::App;
use crate::app::action::{Action, ActionRow};
use crate::app::dialog::{Dialog, Prompt, PromptKind};
use crate::app::input::Effect;
use crate::app::key::{Key, KeyCode};
use crate::app::search::Direction;

impl App {
    pub(super) fn open_prompt(&mut self, action: Action) {
        let (kind, text) = match action {
            Action::Filter => (PromptKind::Filter, self.filter.clone()),
            Action::Palette => (PromptKind::Palette, String::new()),
            _ => (PromptKind::Search, String::new()),
        };
        let origin = self.cursor.key;
        let text = TextInput::new(text);
        self.dialog = Some(Dialog::Prompt(Prompt { kind, text, origin, choice: 0 }));
    }

    /// Takes a key that was pressed while a line is typed.
    pub(super) fn take_prompt_key(&mut self, mut prompt: Prompt, key: Key) -> Vec<Effect> {
        match key.code {
            KeyCode::Enter => return self.finish_prompt(&prompt),
            KeyCode::Esc => {
                self.cancel_prompt(&prompt);
                return Vec::new();
            }
            KeyCode::Up => self.step_in_prompt(&mut prompt, Direction::Backward),
            KeyCode::Down | KeyCode::Tab => self.step_in_prompt(&mut prompt, Direction::Forward),
            _ => {
                if let Some(request) = text_request(key) {
                    prompt.text.handle(request);
                    self.apply_text(&mut prompt);
                }
            }
        }
        self.dialog = Some(Dialog::Prompt(prompt));
        Vec::new()
    }

    /// Takes text that was pasted: into the line that is being typed, and nowhere else.
    pub(super) fn take_paste(&mut self, text: &str) -> Vec<Effect> {
        if let Some(Dialog::Prompt(mut prompt)) = self.dialog.take_if(is_prompt) {
            for character in text.chars().filter(|character| !character.is_control()) {
                prompt.text.handle(InputRequest::InsertChar(character));
            }
            self.apply_text(&mut prompt);
            self.dialog = Some(Dialog::Prompt(prompt));
        }
        Vec::new()
    }

    fn apply_text(&mut self, prompt: &mut Prompt) {
        match prompt.kind {
            PromptKind::Search => {
                prompt.text.value().clone_into(&mut self.needle);
                self.search_from(prompt.origin);
            }
            PromptKind::Filter => {
                prompt.text.value().clone_into(&mut self.filter);
                self.rebuild_rows();
            }
            PromptKind::Palette => prompt.choice = 0,
        }
    }

    fn step_in_prompt(&mut self, prompt: &mut Prompt, direction: Direction) {
        match prompt.kind {
            PromptKind::Search if !self.needle.is_empty() => {
                self.go_to_match(direction);
                prompt.origin = self.cursor.key;
            }
            PromptKind::Search | PromptKind::Filter => {}
            PromptKind::Palette => {
                let count = self.palette(prompt.text.value()).count();
                let action = match direction {
                    Direction::Forward => Action::Down,
                    Direction::Backward => Action::Up,
                };
                prompt.choice =
                    crate::app::dialog::moved(prompt.choice, count, action).unwrap_or(0);
            }
        }
    }

    fn finish_prompt(&mut self, prompt: &Prompt) -> Vec<Effect> {
        match prompt.kind {
            PromptKind::Search => {
                let nothing = self.cursor.key.is_none_or(|key| !self.is_match(key));
                if !self.needle.is_empty() && nothing {
                    let text = format!("no process matches \"{}\"", self.needle);
                    self.say_error(text);
                }
                Vec::new()
            }
            PromptKind::Filter => Vec::new(),
            PromptKind::Palette => {
                let chosen = self.palette(prompt.text.value()).nth(prompt.choice);
                chosen.map_or_else(Vec::new, |row| self.act(row.action))
            }
        }
    }

    fn cancel_prompt(&mut self, prompt: &Prompt) {
        match prompt.kind {
            PromptKind::Search => {
                self.needle.clear();
                if let Some(origin) = prompt.origin {
                    self.reveal(origin);
                }
            }
            PromptKind::Filter => {
                self.filter.clear();
                self.rebuild_rows();
            }
            PromptKind::Palette => {}
        }
    }

    /// The actions whose name or help has every word of the text; those named so come first.
    pub fn palette(&self, text: &str) -> impl Iterator<Item = &'static ActionRow> {
        let text = text.to_lowercase();
        let has_all = |said: &str| text.split_whitespace().all(|word| said.contains(word));
        let (named, told): (Vec<_>, Vec<_>) = self
            .actions()
            .filter(|row| has_all(&format!("{} {}", row.name, row.help).to_lowercase()))
            .partition(|row| has_all(row.name));
        named.into_iter().chain(told)
    }
}

fn is_prompt(dialog: &mut Dialog) -> bool {
    matches!(dialog, Dialog::Prompt(_))
}

/// What a key does to a line of text, by the habits of shells.
fn text_request(key: Key) -> Option<InputRequest> {
    use InputRequest as Request;
    Some(match (key.code, key.is_ctrl) {
        (KeyCode::Char(character), false) => Request::InsertChar(character),
        (KeyCode::Char('u'), true) => Request::DeleteLine,
        (KeyCode::Char('w'), true) => Request::DeletePrevWord,
        (KeyCode::Char('k'), true) => Request::DeleteTillEnd,
        (KeyCode::Char('a'), true) | (KeyCode::Home, _) => Request::GoToStart,
        (KeyCode::Char('e'), true) | (KeyCode::End, _) => Request::GoToEnd,
        (KeyCode::Backspace, _) => Request::DeletePrevChar,
        (KeyCode::Delete, _) => Request::DeleteNextChar,
        (KeyCode::Left, _) => Request::GoToPrevChar,
        (KeyCode::Right, _) => Request::GoToNextChar,
        _ => return None,
    })
}
