//! The dialog that starts a test child: at the left the kinds, at the right what the chosen one
//! shows.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::app::dialog::SpecimenDialog;
use crate::model::specimen::KINDS;
use crate::model::text::wrap;
use crate::ui::dialog::{chosen_mark, list, open_box};
use crate::ui::theme::{Meaning, Theme};

/// Room for the longest name, with the mark before it.
const LIST_WIDTH: u16 = 18;
/// Screens narrower than this have no room for both side by side.
const NARROW: u16 = 50;
/// From so many lines on, a narrow screen shows the lesson below the names.
const LESSON_BELOW_FROM: u16 = 9;
const LESSON_LINES: u16 = 4;

pub(super) fn draw(theme: Theme, dialog: &SpecimenDialog, frame: &mut Frame<'_>) {
    let is_narrow = frame.area().width < NARROW;
    let height = u16::try_from(KINDS.len()).unwrap_or(u16::MAX);
    let area = open_box(theme, &title(theme, dialog, is_narrow), 76, height, frame);
    let (names, lesson) = if !is_narrow {
        let names = Rect { width: LIST_WIDTH.min(area.width), ..area };
        let x = names.right() + 2;
        (names, Some(Rect { x, width: area.right().saturating_sub(x), ..area }))
    } else if area.height >= LESSON_BELOW_FROM {
        let names = Rect { height: area.height - LESSON_LINES - 1, ..area };
        (names, Some(Rect { y: names.bottom() + 1, height: LESSON_LINES, ..area }))
    } else {
        (area, None)
    };
    // Where names would be cut, the highlight alone says which is chosen.
    let has_marks = names.width >= LIST_WIDTH;
    let style = theme.style(Meaning::Key).add_modifier(Modifier::BOLD);
    let lines = KINDS
        .iter()
        .enumerate()
        .map(|(index, row)| {
            let mark = chosen_mark(theme, index == dialog.choice);
            let mark = if has_marks { mark } else { "" };
            Line::from(vec![Span::raw(mark), Span::styled(row.name, style)])
        })
        .collect();
    list(theme, lines, dialog.choice, names, frame);
    if let Some(area) = lesson {
        frame.render_widget(Paragraph::new(explanation(theme, dialog, area.width)), area);
    }
}

fn title(theme: Theme, dialog: &SpecimenDialog, is_narrow: bool) -> String {
    match &dialog.parent {
        Some((key, name)) if is_narrow => format!("under {} {}", key.pid, theme.foreign(name)),
        Some((key, name)) => {
            format!("start a test child of {} {}", theme.foreign(name), key.pid)
        }
        None if is_narrow => "test child".to_owned(),
        None => "start a test child".to_owned(),
    }
}

fn explanation(theme: Theme, dialog: &SpecimenDialog, width: u16) -> Vec<Line<'static>> {
    let row = dialog.row();
    let (title, quiet) = (theme.style(Meaning::Title), theme.style(Meaning::Quiet));
    let mut parts = vec![(row.lesson.to_owned(), title)];
    if !row.counts_itself() {
        let number = format!("Started with {} {}.", row.number.default, row.number.what);
        parts.push((number, Style::default()));
    }
    parts.push((format!("ps shows it as {}.", row.comm), quiet));
    let safe = "Nothing that is started here outlives pexplore, however that ends.";
    parts.push((safe.to_owned(), quiet));
    let lines = parts.into_iter().flat_map(|(text, style)| {
        wrap(&text, width.into()).into_iter().map(move |line| Line::styled(line, style))
    });
    lines.collect()
}
