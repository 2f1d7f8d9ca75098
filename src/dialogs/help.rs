//! The text of the help: the keys by group, from the table of commands, and the meaning of the
//! roles.

pub(crate) mod draw;
use ratatui::layout::{Rect, Size};
use strum::VariantArray;

use crate::dialogs::{ListInput, Next};
use crate::keymap::{Binding, Group, Keymap};
use crate::layout::dialog_area;
use crate::text::wrap;
use crate::verdict::Role;

/// Columns that the keys take.
pub(crate) const KEYS_WIDTH: usize = 13;

/// One line of the help.
#[derive(Clone, Debug)]
pub(crate) struct HelpLine<'a> {
    /// The head before the text, if any.
    pub(crate) head: Head<'a>,
    pub(crate) text: String,
}

/// The subject of a line of the help.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Head<'a> {
    /// A title of its own.
    Title,
    /// The keys of a command.
    Keys(&'a Binding),
    Role(Role),
    /// A process that has ended.
    Ended,
    /// The line before goes on.
    Continued,
    /// Text over the whole width.
    None,
}

/// Where the help lies on a screen of that size.
pub(crate) fn area(screen: Size) -> Rect {
    dialog_area(screen, Size::new(82, screen.height))
}

/// The values that the help is made from.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a> {
    pub(crate) keymap: &'a Keymap,
    /// Commands that act on processes are left out.
    pub(crate) is_read_only: bool,
    pub(crate) screen: Size,
}

/// The help, open.
#[derive(Clone, Debug, Default)]
pub(crate) struct HelpDialog {
    /// The first line on screen.
    pub(crate) scroll: usize,
}

impl HelpDialog {
    pub(super) fn on_list(self, input: ListInput, text: &Text<'_>) -> Next<Self> {
        match input {
            ListInput::Cancel | ListInput::Again => Next::Close,
            ListInput::Confirm => Next::Stay(self),
            ListInput::Move(motion) => {
                let area = area(text.screen);
                let page = usize::from(area.height).max(1);
                let last = lines(text, usize::from(area.width)).len().saturating_sub(page);
                Next::Stay(Self { scroll: motion.from(self.scroll, page).min(last) })
            }
        }
    }
}

/// The help, wrapped to a width.
pub(crate) fn lines<'a>(text: &Text<'a>, width: usize) -> Vec<HelpLine<'a>> {
    let title = |text: &str| HelpLine { head: Head::Title, text: text.to_owned() };
    let empty = || HelpLine { head: Head::None, text: String::new() };
    let mut lines = Vec::new();
    for group in Group::VARIANTS {
        let all = text.keymap.listed().filter(|binding| binding.row.group == *group);
        let all = all.filter(|binding| !(text.is_read_only && binding.row.acts_on_processes));
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
