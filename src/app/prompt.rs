//! Lines of text that are typed: a search, a filter, the name of an action.

use tui_input::{Input as TextInput, InputRequest};

use crate::app::App;
use crate::app::dialog::{Dialog, Prompt, PromptKind};
use crate::app::input::Effect;
use crate::app::search::Direction;
use crate::keymap::{Binding, Command, Motion, TextCommand, TextEdit};

impl App {
    pub(super) fn open_prompt(&mut self, kind: PromptKind) {
        let text = match kind {
            PromptKind::Filter => self.filter.clone(),
            PromptKind::Search | PromptKind::Palette => String::new(),
        };
        let origin = self.cursor.key;
        let text = TextInput::new(text);
        self.dialog = Some(Dialog::Prompt(Prompt { kind, text, origin, choice: 0 }));
    }

    /// Runs a command while a line is typed.
    pub(super) fn on_prompt(&mut self, mut prompt: Prompt, command: Command) -> Vec<Effect> {
        let request = match command {
            Command::Text(TextCommand::Confirm) => return self.finish_prompt(&prompt),
            Command::Text(TextCommand::Cancel) => {
                self.cancel_prompt(&prompt);
                return Vec::new();
            }
            Command::Text(TextCommand::Previous) => {
                self.step_in_prompt(&mut prompt, Direction::Backward);
                None
            }
            Command::Text(TextCommand::Next) => {
                self.step_in_prompt(&mut prompt, Direction::Forward);
                None
            }
            Command::Edit(edit) => Some(edit.into()),
            Command::Insert(character) => Some(InputRequest::InsertChar(character)),
            _ => None,
        };
        if let Some(request) = request {
            prompt.text.handle(request);
            self.apply_text(&mut prompt);
        }
        self.dialog = Some(Dialog::Prompt(prompt));
        Vec::new()
    }

    /// Takes text that was pasted: into the line that is being typed, and nowhere else.
    pub(super) fn on_paste(&mut self, text: &str) -> Vec<Effect> {
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
                let motion = match direction {
                    Direction::Forward => Motion::Down,
                    Direction::Backward => Motion::Up,
                };
                prompt.choice = motion.choose(prompt.choice, count);
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
                let command = chosen.map(|binding| binding.command);
                command.map_or_else(Vec::new, |command| self.on_command(command))
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

    /// The commands whose name or help has every word of the text; those with it in their name
    /// come first.
    pub fn palette(&self, text: &str) -> impl Iterator<Item = &Binding> {
        let text = text.to_lowercase();
        let has_all = |said: &str| text.split_whitespace().all(|word| said.contains(word));
        let (named, others): (Vec<_>, Vec<_>) = self
            .commands()
            .filter(|Binding { row, .. }| {
                has_all(&format!("{} {}", row.name, row.help).to_lowercase())
            })
            .partition(|binding| has_all(binding.row.name));
        named.into_iter().chain(others)
    }
}

fn is_prompt(dialog: &mut Dialog) -> bool {
    matches!(dialog, Dialog::Prompt(_))
}

impl From<TextEdit> for InputRequest {
    fn from(edit: TextEdit) -> Self {
        match edit {
            TextEdit::Left => Self::GoToPrevChar,
            TextEdit::Right => Self::GoToNextChar,
            TextEdit::Start => Self::GoToStart,
            TextEdit::End => Self::GoToEnd,
            TextEdit::DeleteBack => Self::DeletePrevChar,
            TextEdit::Delete => Self::DeleteNextChar,
            TextEdit::DeleteWord => Self::DeletePrevWord,
            TextEdit::DeleteToEnd => Self::DeleteTillEnd,
            TextEdit::DeleteLine => Self::DeleteLine,
        }
    }
}
