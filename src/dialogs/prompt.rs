//! A line of text that is typed: a search, a filter, or the name of a command.

pub(crate) mod draw;

use tui_input::{Input as TextInput, InputRequest};

use crate::keymap::{Binding, Command, GlobalCommand, TextCommand, TextEdit};
use crate::panes::tree::search::Direction;
use crate::record::ProcessId;

/// The purpose of a line of text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PromptKind {
    Search,
    Filter,
    Palette,
}

impl PromptKind {
    /// The command that opens it.
    pub(crate) fn opener(self) -> GlobalCommand {
        match self {
            Self::Search => GlobalCommand::Search,
            Self::Filter => GlobalCommand::Filter,
            Self::Palette => GlobalCommand::Palette,
        }
    }
}

/// A line of text that is being typed.
#[derive(Clone, Debug)]
pub(crate) struct Prompt {
    pub(crate) kind: PromptKind,
    /// The text, with its cursor.
    pub(crate) text: TextInput,
    /// Where the tree's cursor was before, to go back to.
    pub(crate) origin: Option<ProcessId>,
    /// The chosen line of the palette.
    pub(crate) choice: usize,
}

/// A command as a line of text takes it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PromptInput {
    Edited,
    Step(Direction),
    Confirm,
    Cancel,
    None,
}

impl Prompt {
    pub(crate) fn new(kind: PromptKind, text: String, origin: Option<ProcessId>) -> Self {
        Self { kind, text: TextInput::new(text), origin, choice: 0 }
    }

    pub(crate) fn on_command(&mut self, command: Command) -> PromptInput {
        let request = match command {
            Command::Text(TextCommand::Confirm) => return PromptInput::Confirm,
            Command::Text(TextCommand::Cancel) => return PromptInput::Cancel,
            Command::Text(TextCommand::Previous) => return PromptInput::Step(Direction::Backward),
            Command::Text(TextCommand::Next) => return PromptInput::Step(Direction::Forward),
            Command::Edit(edit) => edit.into(),
            Command::Insert(character) => InputRequest::InsertChar(character),
            Command::Move(_)
            | Command::Global(_)
            | Command::Tree(_)
            | Command::Details(_)
            | Command::Log(_)
            | Command::Timeline(_)
            | Command::Scenario(_)
            | Command::Answer(_)
            | Command::List(_)
            | Command::Number(_)
            | Command::Replay(_)
            | Command::Digit(_) => return PromptInput::None,
        };
        self.text.handle(request);
        PromptInput::Edited
    }

    pub(crate) fn paste(&mut self, text: &str) {
        for character in text.chars().filter(|character| !character.is_control()) {
            self.text.handle(InputRequest::InsertChar(character));
        }
    }
}

/// The commands whose name or help has every word of the text; those with all in their name come
/// first.
pub(crate) fn palette<'a>(
    commands: impl Iterator<Item = &'a Binding>,
    text: &str,
) -> Vec<&'a Binding> {
    let text = text.to_lowercase();
    let has_all = |words: &str| text.split_whitespace().all(|word| words.contains(word));
    let (named, others): (Vec<_>, Vec<_>) = commands
        .filter(|Binding { row, .. }| has_all(&format!("{} {}", row.name, row.help).to_lowercase()))
        .partition(|binding| has_all(binding.row.name));
    named.into_iter().chain(others).collect()
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
