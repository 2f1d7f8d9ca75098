//! The text of the help: the keys by group, from the table of actions, and what the roles mean.

use ratatui::layout::{Rect, Size};

use crate::app::App;
use crate::app::action::{ActionRow, Group};
use crate::app::layout::dialog_area;
use crate::roles::Role;
use crate::text::wrap;

/// Columns that the keys take.
pub const KEYS_WIDTH: usize = 13;

/// One line of the help.
#[derive(Clone, Debug)]
pub struct HelpLine {
    /// What stands before the text, if anything.
    pub head: Head,
    /// What is said.
    pub text: String,
}

/// What a line of the help is about.
#[derive(Clone, Copy, Debug)]
pub enum Head {
    /// A title of its own.
    Title,
    /// The keys of an action.
    Keys(&'static ActionRow),
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
pub fn lines(app: &App, width: usize) -> Vec<HelpLine> {
    let title = |text: &str| HelpLine { head: Head::Title, text: text.to_owned() };
    let empty = || HelpLine { head: Head::None, text: String::new() };
    let mut lines = Vec::new();
    for group in Group::ALL {
        let rows: Vec<&ActionRow> = app.actions().filter(|row| row.group == group).collect();
        if !rows.is_empty() {
            lines.push(title(group.title()));
            for row in rows {
                add(&mut lines, Head::Keys(row), row.help, width);
            }
            lines.push(empty());
        }
    }
    lines.push(title("Roles"));
    for role in Role::ALL {
        add(&mut lines, Head::Role(role), role.meaning(), width);
    }
    let ended = "a process that has ended; its row goes after a few seconds";
    add(&mut lines, Head::Ended, ended, width);
    lines.push(empty());
    let more = "A verdict is certain, likely or possible; the details give the reasons. \
                A click selects, a click on the fold mark folds, the wheel scrolls.";
    lines.extend(wrap(more, width).into_iter().map(|text| HelpLine { head: Head::None, text }));
    lines
}

fn add(lines: &mut Vec<HelpLine>, head: Head, text: &str, width: usize) {
    let parts = wrap(text, width.saturating_sub(KEYS_WIDTH + 2));
    for (index, text) in parts.into_iter().enumerate() {
        lines.push(HelpLine { head: if index == 0 { head } else { Head::Continued }, text });
    }
}
