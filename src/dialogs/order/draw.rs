//! The order of siblings, drawn.

use ratatui::Frame;
use ratatui::text::{Line, Span};
use strum::VariantArray;

use crate::dialogs::draw::{chosen_mark, list, open_box};
use crate::panes::tree::order::SiblingOrder;
use crate::theme::{Meaning, Theme};

pub(crate) fn draw(theme: Theme, choice: usize, frame: &mut Frame<'_>) {
    let height = u16::try_from(SiblingOrder::VARIANTS.len()).unwrap_or(u16::MAX);
    let area = open_box(theme, "sort by", 34, height, frame);
    let lines = SiblingOrder::VARIANTS
        .iter()
        .enumerate()
        .map(|(index, order)| {
            let note = match order {
                SiblingOrder::Birth => "oldest first",
                SiblingOrder::Cpu | SiblingOrder::Memory | SiblingOrder::Threads => "highest first",
                SiblingOrder::Name => "A to Z",
                SiblingOrder::Pid => "lowest first",
            };
            let name = format!("{}{:8}", chosen_mark(theme, index == choice), order.into_str());
            Line::from(vec![Span::raw(name), Span::styled(note, theme.style(Meaning::Quiet))])
        })
        .collect();
    list(theme, lines, choice, area, frame);
}
