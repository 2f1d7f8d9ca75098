//! Copies a command line, in a form that is harmless where it is pasted.

use std::borrow::Cow;

use crate::app::App;
use crate::app::input::Effect;
use crate::text::visible;

/// Terminals take no more than some hundred kilobytes at once.
const MOST_BYTES: usize = 64 * 1024;

impl App {
    /// Copies the command line of the selected process, or its name where there is no more.
    pub(super) fn copy(&mut self) -> Vec<Effect> {
        let Some(process) = self.selected().and_then(|key| self.world.get(key)) else {
            return Vec::new();
        };
        let arguments = process.command_line().filter(|arguments| !arguments.is_empty());
        let (what, text) = match arguments {
            Some(arguments) => {
                let quoted: Vec<Cow<'_, str>> = arguments.iter().map(quoted).collect();
                ("command line", quoted.join(" "))
            }
            None => ("name", quoted(&process.stat.comm).into_owned()),
        };
        if text.len() > MOST_BYTES {
            self.say_error("the command line is too long for the clipboard");
            return Vec::new();
        }
        self.say(format!("{what} copied"));
        vec![Effect::Copy(text)]
    }
}

/// An argument as a shell takes it; what is hidden in it is spelled out, so that no newline runs
/// a line of it.
fn quoted(argument: &str) -> Cow<'_, str> {
    let is_plain =
        |character: char| character.is_alphanumeric() || "_@%+=:,./-".contains(character);
    if !argument.is_empty() && argument.chars().all(is_plain) {
        return Cow::Borrowed(argument);
    }
    Cow::Owned(format!("'{}'", visible(argument).replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_quoted_and_hidden_characters_spelled_out() {
        let shown = ["--port=80", "a b", "it's", "", "x\nrm -rf /"].map(quoted);
        assert_eq!(shown, ["--port=80", "'a b'", r"'it'\''s'", "''", r"'x\nrm -rf /'"]);
    }
}
