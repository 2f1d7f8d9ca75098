//! Keys and their commands, context by context. Keys, hints, help, palette, the README's table and
//! `keys.toml` come from the rows in `table.rs`; nothing past the keymap sees a key.

pub(crate) mod command;
mod file;
pub(crate) mod key;
mod motion;
mod table;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use strum::VariantArray;

pub use command::{
    Command, Context, DetailsCommand, GlobalCommand, ListCommand, LogCommand, Motion,
    NumberCommand, ReplayCommand, ScenarioCommand, TextCommand, TextEdit, TimelineCommand,
    TreeCommand,
};
pub(crate) use file::KeysError;
pub use key::Key;
pub(crate) use key::{KeyCode, Modifiers};

/// The groups of the help, in its order.
#[derive(Clone, Copy, Debug, Eq, PartialEq, VariantArray)]
pub(crate) enum Group {
    Move,
    Fold,
    Find,
    View,
    Act,
    Program,
    Details,
    Log,
    Timeline,
    Scenario,
    List,
    Text,
    Number,
    Replay,
}

impl Group {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Move => "Move",
            Self::Fold => "Fold",
            Self::Find => "Find",
            Self::View => "View",
            Self::Act => "Act",
            Self::Program => "Program",
            Self::Details => "In the details",
            Self::Log => "In the log",
            Self::Timeline => "In the timeline",
            Self::Scenario => "In a scenario",
            Self::List => "In a dialog",
            Self::Text => "In a line of text",
            Self::Number => "In the number of a test process",
            Self::Replay => "In a replay",
        }
    }
}

/// How a command is shown in the status line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Hint {
    None,
    /// Before others, so that it stays on narrow screens.
    First(&'static str),
    /// Where there is room left.
    Then(&'static str),
}

/// The row of a command in the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    pub(crate) group: Group,
    /// Its name in `keys.toml` and in the palette, `[a-z0-9-]+`.
    pub name: &'static str,
    /// Its default keys, between spaces.
    keys: &'static str,
    pub(crate) hint: Hint,
    /// Its effect, in a phrase.
    pub help: &'static str,
    /// It signals or starts processes: a read-only session lacks it.
    pub(crate) acts_on_processes: bool,
}

/// A command of a context with its keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    pub context: Context,
    pub(crate) command: Command,
    pub row: Row,
    pub keys: Vec<Key>,
}

/// Every command of every context, with the keys that it has in this session.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(into = "String", try_from = "String")]
pub struct Keymap {
    bindings: Vec<Binding>,
    /// The `keys.toml` that changed the defaults; empty if none did.
    source: String,
}

impl From<Keymap> for String {
    fn from(keymap: Keymap) -> Self {
        keymap.source
    }
}

impl TryFrom<String> for Keymap {
    type Error = KeysError;

    fn try_from(source: String) -> Result<Self, KeysError> {
        Self::from_toml(&source)
    }
}

impl Default for Keymap {
    /// The default keys.
    ///
    /// # Panics
    ///
    /// Never: a test reads every default key.
    fn default() -> Self {
        let of_context = |context: &Context| {
            let context = *context;
            let commands = context.commands().into_iter();
            commands.filter_map(move |command| Some((context, command, command.row(context)?)))
        };
        let binding = |(context, command, row): (Context, Command, Row)| Binding {
            context,
            command,
            row,
            keys: row
                .keys
                .split_whitespace()
                .map(|key| key.parse().expect("every default key is readable"))
                .collect(),
        };
        let bindings = Context::VARIANTS.iter().flat_map(of_context).map(binding).collect();
        Self { bindings, source: String::new() }
    }
}

impl Keymap {
    /// The defaults, with the keys that a `keys.toml` gives to commands.
    ///
    /// # Errors
    ///
    /// The first line that is wrong: an unknown context or command, an unreadable key, two
    /// commands of one context with the same key.
    pub(crate) fn from_toml(text: &str) -> Result<Self, KeysError> {
        let mut keymap = Self::default();
        keymap.read(text)?;
        text.clone_into(&mut keymap.source);
        Ok(keymap)
    }

    /// The command of a key in the first of these contexts that binds it. A key without a character
    /// means the same with Shift and Control, unless it is bound with them.
    pub(crate) fn command(&self, contexts: &[Context], key: Key) -> Option<&Binding> {
        let find = |key: Key| {
            contexts.iter().find_map(|context| {
                self.of_context(*context).find(|binding| binding.keys.contains(&key))
            })
        };
        let is_named = !matches!(key.code, KeyCode::Char(_)) && !key.modifiers.alt;
        find(key).or_else(|| is_named.then(|| find(Key::plain(key.code)))?)
    }

    #[cfg(test)]
    pub(crate) fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    /// The commands to be listed, those that move once where they have the same keys everywhere.
    pub fn listed(&self) -> impl Iterator<Item = &Binding> {
        self.bindings.iter().filter(|binding| {
            let moves = matches!(binding.command, Command::Move(_));
            let has_these_keys =
                |tree: &Binding| tree.command == binding.command && tree.keys == binding.keys;
            binding.context == Context::Tree
                || !(moves && self.of_context(Context::Tree).any(has_these_keys))
        })
    }

    pub(crate) fn of_context(&self, context: Context) -> impl Iterator<Item = &Binding> {
        self.bindings.iter().filter(move |binding| binding.context == context)
    }

    /// The first key of a command, by its name without characters beyond ASCII if those are not
    /// to be shown; empty if the command has no key.
    pub(crate) fn key(&self, context: Context, command: Command, is_ascii: bool) -> String {
        let binding = self.of_context(context).find(|binding| binding.command == command);
        binding.map_or_else(String::new, |binding| binding.short(is_ascii))
    }

    /// The keys of two opposite commands together: `↑↓`, `j/k`.
    pub(crate) fn pair(
        &self,
        context: Context,
        [first, second]: [Command; 2],
        is_ascii: bool,
    ) -> String {
        let [first, second] = [first, second].map(|command| self.key(context, command, is_ascii));
        match (first.is_ascii() && second.is_ascii(), first.is_empty(), second.is_empty()) {
            (_, true, _) => second,
            (_, _, true) => first,
            (false, ..) => first + &second,
            (true, ..) if first.to_lowercase() > second.to_lowercase() => {
                format!("{second}/{first}")
            }
            (true, ..) => format!("{first}/{second}"),
        }
    }

    /// Two commands of one context that have the same key: it and their names.
    pub(crate) fn conflict(&self) -> Option<(Key, [&Binding; 2])> {
        self.bindings.iter().enumerate().find_map(|(index, binding)| {
            let later = self.bindings[index + 1..].iter();
            let mut rivals = later.filter(|other| other.context == binding.context);
            rivals.find_map(|other| {
                let key = binding.keys.iter().find(|key| other.keys.contains(key))?;
                Some((*key, [binding, other]))
            })
        })
    }
}

impl Binding {
    /// Its keys, as the help and the README show them.
    pub(crate) fn keys_text(&self, is_ascii: bool) -> String {
        let name = |key: &Key| if is_ascii { key.ascii() } else { key.to_string() };
        self.keys.iter().map(name).collect::<Vec<_>>().join(" ")
    }

    fn short(&self, is_ascii: bool) -> String {
        let plain = |key: &&Key| key.to_string().is_ascii();
        let shown = self.keys.iter().find(plain).filter(|_| is_ascii).or(self.keys.first());
        shown.map_or_else(String::new, |key| if is_ascii { key.ascii() } else { key.to_string() })
    }
}
