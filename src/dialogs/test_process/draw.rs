//! The dialog that starts test processes, drawn: the kinds at the left, number and lesson of the
//! chosen one at the right.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::dialogs::draw::{chosen_mark, list, open_box, rule};
use crate::dialogs::test_process::TestProcessDialog;
use crate::test_process::{KINDS, Number};
use crate::text::{self, wrap};
use crate::theme::{Meaning, Theme};

/// Room for the longest name, with the mark before it.
const LIST_WIDTH: u16 = 18;
/// Screens narrower than this have no room for both side by side.
const NARROW: u16 = 50;
/// From so many lines on, a narrow screen shows the lesson below the names.
const LESSON_BELOW_FROM: u16 = 9;
/// The number and the lesson.
const LESSON_LINES: u16 = 5;

pub(crate) fn draw(theme: Theme, dialog: &TestProcessDialog, frame: &mut Frame<'_>) {
    let is_narrow = frame.area().width < NARROW;
    let height = u16::try_from(KINDS.len()).unwrap_or(u16::MAX);
    let area = open_box(theme, &title(theme, dialog, is_narrow), 76, height, frame);
    let (names, explained) = if !is_narrow {
        let names = Rect { width: LIST_WIDTH.min(area.width), ..area };
        rule(theme, names, frame);
        let x = names.right() + 3;
        (names, Rect { x, width: area.right().saturating_sub(x), ..area })
    } else if area.height >= LESSON_BELOW_FROM {
        let names = Rect { height: area.height - LESSON_LINES - 1, ..area };
        (names, Rect { y: names.bottom() + 1, height: LESSON_LINES, ..area })
    } else {
        // Room for the number alone.
        let names = Rect { height: area.height.saturating_sub(1), ..area };
        (names, Rect { y: names.bottom(), height: area.height.min(1), ..area })
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
    frame.render_widget(Paragraph::new(explanation(theme, dialog, explained.width)), explained);
}

fn title(theme: Theme, dialog: &TestProcessDialog, is_narrow: bool) -> String {
    match &dialog.parent {
        Some((key, name)) if is_narrow => format!("under {} {}", key.pid, theme.foreign(name)),
        Some((key, name)) => {
            format!("start a test process of {} {}", theme.foreign(name), key.pid)
        }
        None if is_narrow => "test process".to_owned(),
        None => "start a test process".to_owned(),
    }
}

fn explanation(theme: Theme, dialog: &TestProcessDialog, width: u16) -> Vec<Line<'static>> {
    let row = dialog.row();
    let (title, quiet) = (theme.style(Meaning::Title), theme.style(Meaning::Quiet));
    let parts = [
        (row.lesson.to_owned(), title),
        (format!("ps shows it as {}.", row.comm), quiet),
        ("Nothing that is started here outlives pexplore, however that ends.".to_owned(), quiet),
    ];
    let lines = parts.into_iter().flat_map(|(text, style)| {
        wrap(&text, width.into()).into_iter().map(move |line| Line::styled(line, style))
    });
    std::iter::once(number(theme, dialog, width.into())).chain(lines).collect()
}

/// `‹ 3 › children, 1 to 64`, with its bounds where there is room for them.
fn number(theme: Theme, dialog: &TestProcessDialog, width: usize) -> Line<'static> {
    let Number { what, default, least, most, .. } = dialog.row().number;
    let digits = dialog.number().map_or_else(|| "_".to_owned(), |number| number.to_string());
    let field = theme.pick("‹ N ›", "< N >").replace('N', &digits);
    let meaning = format!(" {what}");
    let bounds = match dialog.number() {
        Some(_) => format!(", {least} to {most}"),
        None => format!(", {least} to {most}; {default} if none is given"),
    };
    let has_room = |text: &str| text::width(&field) + meaning.len() + text.len() <= width;
    let bounds = if has_room(&bounds) { bounds } else { String::new() };
    let style = theme.style(Meaning::Key).add_modifier(Modifier::BOLD);
    Line::from(vec![Span::styled(field, style), Span::raw(meaning + &bounds)])
}
