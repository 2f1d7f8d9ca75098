//! The signal dialog, drawn: the signals at the left, the forecast for the chosen one at the right.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::dialogs::draw::{list, open_box};
use crate::dialogs::signal::SignalDialog;
use crate::forecast::Scope;
use crate::forecast::preview::preview;
use crate::keymap::{Command, Context, Keymap, ListCommand};
use crate::record::Signal;
use crate::text::wrap;
use crate::theme::{Meaning, Theme};
use crate::world::World;

const LIST_WIDTH: u16 = 14;
/// Screens narrower than this show the chosen signal alone.
const NARROW: u16 = 50;

pub(crate) fn draw(
    dialog: &SignalDialog,
    world: &World,
    keymap: &Keymap,
    theme: Theme,
    frame: &mut Frame<'_>,
) {
    let explanation = |width| explanation(dialog, world, keymap, theme, width);
    let whom = format!("{} {}", theme.foreign(&dialog.name), dialog.target.pid);
    let is_narrow = frame.area().width < NARROW;
    let title = match dialog.scope {
        // The target must be readable on any screen; its pid alone is sure.
        _ if is_narrow => format!("{} {}", dialog.target.pid, theme.foreign(&dialog.name)),
        Scope::Process => format!("signal to {whom}"),
        Scope::Subtree => format!("signal to {whom} and all below it"),
    };
    let area = open_box(theme, &title, 84, 14, frame);
    if is_narrow {
        // There is no room for the list: the chosen signal, and what it does, are what counts.
        let lines = explanation(usize::from(area.width));
        let lines = lines.into_iter().filter(|line| line.width() > 0).collect::<Vec<_>>();
        frame.render_widget(Paragraph::new(lines), area);
        return;
    }
    let left = Rect { width: LIST_WIDTH.min(area.width), ..area };
    let right =
        Rect { x: left.right() + 2, width: area.width.saturating_sub(LIST_WIDTH + 2), ..area };
    let names = Signal::all()
        .enumerate()
        .map(|(index, signal)| {
            let mark = if index == dialog.choice { theme.pick("▸ ", "> ") } else { "  " };
            Line::raw(format!("{mark}{:2} {}", signal.number(), signal.name()))
        })
        .collect();
    list(theme, names, dialog.choice, left, frame);
    let lines = explanation(usize::from(right.width));
    frame.render_widget(Paragraph::new(lines), right);
}

fn explanation(
    dialog: &SignalDialog,
    world: &World,
    keymap: &Keymap,
    theme: Theme,
    width: usize,
) -> Vec<Line<'static>> {
    let signal = dialog.signal();
    let effects = preview(world, dialog.target, signal, dialog.scope, dialog.masks);
    let bold = theme.style(Meaning::Title).add_modifier(Modifier::BOLD);
    let mut lines = vec![Line::from(vec![
        Span::styled(signal.name(), bold),
        Span::styled(format!("  {}", signal.meaning()), theme.style(Meaning::Quiet)),
    ])];
    let mut add = |text: &str, meaning: Option<Meaning>| {
        let style = meaning.map(|meaning| theme.style(meaning)).unwrap_or_default();
        lines.push(Line::default());
        let text = theme.foreign(text);
        lines.extend(wrap(&text, width).into_iter().map(|part| Line::styled(part, style)));
    };
    for warning in &effects.warnings {
        add(warning, Some(Meaning::Warning));
    }
    for effect in &effects.effects {
        add(effect, None);
    }
    if dialog.is_confirming {
        let key = |command| keymap.key(Context::List, Command::List(command), theme.is_ascii());
        let (confirm, cancel) = (key(ListCommand::Confirm), key(ListCommand::Cancel));
        add(&format!("{confirm} again sends it; {cancel} does not."), Some(Meaning::Warning));
    }
    lines
}
