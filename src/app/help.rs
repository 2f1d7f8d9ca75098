//! The text of the help: the keys by group, from the table of actions, and what the roles mean.

use ratatui::layout::{Rect, Size};
use strum::VariantArray;

use crate::app::App;
use crate::app::layout::dialog_area;
use crate::keymap::{Binding, Group};
use crate::roles::Role;
use crate::text::wrap;

/// Columns that the keys take.
pub const KEYS_WIDTH: usize = 13;

/// One line of the help.
#[derive(Clone, Debug)]
pub struct HelpLine<'a> {
    /// What stands before the text, if anything.
    pub head: Head<'a>,
    /// What is said.
    pub text: String,
}

/// What a line of the help is about.
#[derive(Clone, Copy, Debug)]
pub enum Head<'a> {
    /// A title of its own.
    Title,
    /// The keys of a command.
    Keys(&'a Binding),
    /// A role.
    Role(Role),
    /// A process that has ended.
    Ended,
    /// The line before goes on.
    Continued,
    /// Text over the whole width.
    None,
}

/// Where the help lies on a screen of that size.
pub fn area(screen: Size) -> Rect {
    dialog_area(screen, Size::new(82, screen.height))
}

/// The help, wrapped to a width.
pub fn lines(app: &App, width: usize) -> Vec<HelpLine<'_>> {
    let title = |text: &str| HelpLine { head: Head::Title, text: text.to_owned() };
    let empty = || HelpLine { head: Head::None, text: String::new() };
    let mut lines = Vec::new();
    let is_read_only = app.read_only().is_some();
    for group in Group::VARIANTS {
        let all = app.options.keymap.listed().filter(|binding| binding.row.group == *group);
        let all = all.filter(|binding| !(is_read_only && binding.row.acts_on_processes));
        let bindings: Vec<&Binding> = all.collect();
        if !bindings.is_empty() {
            lines.push(title(group.title()));
            for binding in bindings {
                add(&mut lines, Head::Keys(binding), binding.row.help, width);
            }
            lines.push(empty());
        }
        if *group == Group::Program {
            add_roles(&mut lines, width);
        }
    }
    lines
}

fn add_roles(lines: &mut Vec<HelpLine<'_>>, width: usize) {
    lines.push(HelpLine { head: Head::Title, text: "Roles".to_owned() });
    for role in Role::ALL {
        add(lines, Head::Role(role), role.meaning(), width);
    }
    let ended = "a process that has ended; its row goes after a few seconds";
    add(lines, Head::Ended, ended, width);
    let more = "A verdict is certain, likely or possible; the details give the reasons. \
                A click selects, a click on the fold mark folds, the wheel scrolls.";
    let empty = HelpLine { head: Head::None, text: String::new() };
    lines.push(empty.clone());
    lines.extend(wrap(more, width).into_iter().map(|text| HelpLine { head: Head::None, text }));
    lines.push(empty);
}

fn add<'a>(lines: &mut Vec<HelpLine<'a>>, head: Head<'a>, text: &str, width: usize) {
    let parts = wrap(text, width.saturating_sub(KEYS_WIDTH + 2));
    for (index, text) in parts.into_iter().enumerate() {
        lines.push(HelpLine { head: if index == 0 { head } else { Head::Continued }, text });
    }
}
