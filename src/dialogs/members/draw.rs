//! The members of a series, drawn: when each ended, how, and its command line.

use ratatui::Frame;
use ratatui::text::{Line, Span};

use crate::describe::series::member;
use crate::dialogs::draw::{chosen_mark, list, open_box};
use crate::dialogs::members::MembersDialog;
use crate::text::{shorten, width};
use crate::theme::{Meaning, Theme};
use crate::world::World;

const WIDTH: u16 = 110;

pub(crate) fn draw(dialog: &MembersDialog, world: &World, theme: Theme, frame: &mut Frame<'_>) {
    let height = u16::try_from(dialog.members.len()).unwrap_or(u16::MAX);
    let area = open_box(theme, &dialog.title, WIDTH, height, frame);
    let cells: Vec<[String; 3]> =
        dialog.members.iter().filter_map(|id| Some(member(world, world.life(*id)?))).collect();
    let widest = cells.iter().map(|[_, end, _]| width(end)).max().unwrap_or(0);
    let room = usize::from(area.width);
    let lines = cells.into_iter().enumerate().map(|(index, [at, end, command])| {
        let mark = chosen_mark(theme, index == dialog.choice);
        let head = format!("{mark}{at}  {end:widest$}  ");
        let room = room.saturating_sub(width(&head));
        let command = shorten(&theme.foreign(&command), room, theme.ellipsis()).into_owned();
        Line::from_iter([Span::styled(head, theme.style(Meaning::Quiet)), Span::raw(command)])
    });
    list(theme, lines.collect(), dialog.choice, area, frame);
}
