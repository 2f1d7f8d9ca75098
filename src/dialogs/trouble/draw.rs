//! What goes wrong, drawn: a line each.

use ratatui::Frame;
use ratatui::text::{Line, Span};

use crate::describe::trouble::sentence;
use crate::dialogs::draw::{chosen_mark, list, open_box};
use crate::dialogs::trouble::TroubleDialog;
use crate::text::shorten;
use crate::theme::{Meaning, Theme};
use crate::trouble::Trouble;
use crate::verdict::Role;
use crate::world::World;

const WIDTH: u16 = 110;

pub(crate) fn draw(dialog: &TroubleDialog, world: &World, theme: Theme, frame: &mut Frame<'_>) {
    let height = u16::try_from(dialog.troubles.len()).unwrap_or(u16::MAX).max(1);
    let area = open_box(theme, "trouble", WIDTH, height, frame);
    if dialog.troubles.is_empty() {
        let text = "nothing fails again and again, and no zombie, orphan or stuck process is left";
        frame.render_widget(Line::styled(text, theme.style(Meaning::Quiet)), area);
        return;
    }
    let room = usize::from(area.width).saturating_sub(2);
    let lines = dialog.troubles.iter().enumerate().map(|(index, trouble)| {
        let mark = chosen_mark(theme, index == dialog.choice);
        let text = sentence(world, trouble, theme.pick("×", "x"));
        let text = shorten(&theme.foreign(&text), room, theme.ellipsis()).into_owned();
        Line::from_iter([Span::raw(mark), Span::styled(text, theme.style(meaning(trouble)))])
    });
    list(theme, lines.collect(), dialog.choice, area, frame);
}

fn meaning(trouble: &Trouble) -> Meaning {
    match trouble {
        Trouble::CrashLoop(_) | Trouble::Failures { .. } => Meaning::Warning,
        Trouble::Zombies { .. } | Trouble::Stuck(_) => Meaning::Busy,
        Trouble::Orphan(_) => Meaning::Role(Role::Orphan),
    }
}
