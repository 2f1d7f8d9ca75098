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
}

/// A screen that is so wide has the help in two columns.
const TWO_COLUMNS_FROM: u16 = 110;
/// The width of the help in one column, and in two.
const WIDTHS: [u16; 2] = [82, 150];
/// Columns between two columns.
const GAP: u16 = 2;

/// How wide the help is at most on a screen of that size.
pub(crate) fn width(screen: Size) -> u16 {
    WIDTHS[usize::from(screen.width >= TWO_COLUMNS_FROM)]
}

/// Where the columns of the help lie on a screen of that size, from left to right.
pub(crate) fn columns(screen: Size) -> Vec<Rect> {
    let area = dialog_area(screen, Size::new(width(screen), screen.height));
    if screen.width < TWO_COLUMNS_FROM {
        return vec![area];
    }
    let width = (area.width - GAP) / 2;
    [area.x, area.right() - width].map(|x| Rect { x, width, ..area }).to_vec()
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
                let columns = columns(text.screen);
                let (width, height) = columns.first().map_or((1, 1), |it| (it.width, it.height));
                let page = usize::from(height).max(1) * columns.len();
                let last = lines(text, usize::from(width)).len().saturating_sub(page);
                Next::Stay(Self { scroll: motion.from(self.scroll, page).min(last) })
            }
        }
    }
}

/// The help, wrapped to a width: the roles, then the keys by group.
pub(crate) fn lines<'a>(text: &Text<'a>, width: usize) -> Vec<HelpLine<'a>> {
    let mut lines = Vec::new();
    add_roles(&mut lines, width);
    for group in Group::VARIANTS {
        let all = text.keymap.listed().filter(|binding| binding.row.group == *group);
        let all = all.filter(|binding| !(text.is_read_only && binding.row.acts_on_processes));
        let bindings: Vec<&Binding> = all.collect();
        if !bindings.is_empty() {
            lines.push(HelpLine { head: Head::Title, text: group.title().to_owned() });
        }
        for binding in bindings {
            add(&mut lines, Head::Keys(binding), binding.row.help, width);
        }
    }
    lines
}

fn add_roles(lines: &mut Vec<HelpLine<'_>>, width: usize) {
    lines.push(HelpLine { head: Head::Title, text: "Roles".to_owned() });
    for role in Role::ALL {
        add(lines, Head::Role(role), role.meaning(), width);
    }
    add(lines, Head::Ended, "a process that has ended", width);
}

fn add<'a>(lines: &mut Vec<HelpLine<'a>>, head: Head<'a>, text: &str, width: usize) {
    let parts = wrap(text, width.saturating_sub(KEYS_WIDTH + 2));
    for (index, text) in parts.into_iter().enumerate() {
        lines.push(HelpLine { head: if index == 0 { head } else { Head::Continued }, text });
    }
}
