//! Reads `keys.toml`: a table a context, in it `command = "KEY"` or `command = ["KEY", "KEY"]`.

use std::ops::Range;

use strum::VariantArray;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::keymap::key::UnknownKey;
use crate::keymap::{Context, Key, Keymap};

/// A mistake in a `keys.toml`, with its place.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct KeysError {
    /// Counted from 1.
    pub(crate) line: usize,
    pub(crate) problem: KeysProblem,
}

#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum KeysProblem {
    #[error("this is no TOML: {0}")]
    Syntax(String),
    #[error("no context is named \"{0}\"; there are {known}", known = contexts())]
    Context(String),
    #[error("{name} takes commands: write [{name}] on a line of its own, then one command a line", name = .0.name())]
    Table(Context),
    #[error("[{}] has no command \"{name}\"; the README lists its commands", .context.name())]
    Command { context: Context, name: String },
    #[error("{0}")]
    Key(#[from] UnknownKey),
    #[error("\"{0}\" takes a key or a list of keys, each in quotation marks")]
    Value(String),
    #[error("in [{}], {key} would mean both {} and {}; give one of them another key", .context.name(), .names[0], .names[1])]
    Conflict { context: Context, key: Key, names: [&'static str; 2] },
}

fn contexts() -> String {
    Context::VARIANTS.iter().map(|context| context.name()).collect::<Vec<_>>().join(", ")
}

/// A problem with the bytes that it is about.
type Found<T> = Result<T, (Range<usize>, KeysProblem)>;

impl Keymap {
    pub(super) fn read(&mut self, text: &str) -> Result<(), KeysError> {
        let line_of = |range: &Range<usize>| {
            text.get(..range.start).map_or(1, |before| before.matches('\n').count() + 1)
        };
        let table = DeTable::parse(text).map_err(|error| KeysError {
            line: error.span().as_ref().map_or(1, line_of),
            // The first line of several says what is wrong.
            problem: KeysProblem::Syntax(
                error.message().lines().next().unwrap_or_default().to_owned(),
            ),
        })?;
        self.apply(table.into_inner())
            .map_err(|(range, problem)| KeysError { line: line_of(&range), problem })
    }

    fn apply(&mut self, file: DeTable<'_>) -> Found<()> {
        let mut given = Vec::new();
        for (name, commands) in file {
            let context =
                Context::VARIANTS.iter().find(|known| known.name() == name.get_ref().as_ref());
            let unknown = || KeysProblem::Context(name.get_ref().to_string());
            let context = *context.ok_or_else(|| (name.span(), unknown()))?;
            let DeValue::Table(commands) = commands.into_inner() else {
                return Err((name.span(), KeysProblem::Table(context)));
            };
            for (name, keys) in commands {
                let keys = read_keys(&name, keys)?;
                let mut known = self.bindings.iter_mut().filter(|known| known.context == context);
                let binding = known.find(|known| known.row.name == name.get_ref().as_ref());
                let unknown = || KeysProblem::Command { context, name: name.get_ref().to_string() };
                let binding = binding.ok_or_else(|| (name.span(), unknown()))?;
                binding.keys = keys;
                given.push((context, binding.row.name, name.span()));
            }
        }
        let Some((key, rivals)) = self.conflict() else { return Ok(()) };
        let context = rivals[0].context;
        let names = rivals.map(|binding| binding.row.name);
        let mut lines = given.iter().filter(|(of, name, _)| *of == context && names.contains(name));
        let range = lines.next_back().map_or(0..0, |(.., range)| range.clone());
        Err((range, KeysProblem::Conflict { context, key, names }))
    }
}

fn read_keys(
    name: &Spanned<toml::de::DeString<'_>>,
    value: Spanned<DeValue<'_>>,
) -> Found<Vec<Key>> {
    let values = match value.into_inner() {
        DeValue::Array(values) => values.into_iter().collect(),
        value => vec![Spanned::new(name.span(), value)],
    };
    let read = |value: Spanned<DeValue<'_>>| match value.get_ref() {
        DeValue::String(text) => {
            text.parse().map_err(|error: UnknownKey| (value.span(), error.into()))
        }
        _ => Err((name.span(), KeysProblem::Value(name.get_ref().to_string()))),
    };
    values.into_iter().map(read).collect()
}
