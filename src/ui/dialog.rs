//! Dialogs: boxes on top of the tree.

use ratatui::Frame;
use ratatui::layout::{Rect, Size};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Block, Clear, Paragraph};

use crate::app::App;
use crate::app::dialog::{Dialog, Prompt, PromptKind};
use crate::app::layout::{dialog_area, dialog_frame};
use crate::panes::tree::rows::SiblingOrder;
use crate::ui::theme::{Meaning, Theme};
use crate::ui::{details, help, lab_menu, signal, test_process};

pub(super) fn draw(app: &App, theme: Theme, frame: &mut Frame<'_>) {
    match &app.dialog {
        Some(Dialog::Help { scroll }) => help::draw(app, theme, *scroll, frame),
        Some(Dialog::Signal(dialog)) => signal::draw(app, theme, dialog, frame),
        Some(Dialog::TestProcess(dialog)) => test_process::draw(theme, dialog, frame),
        Some(Dialog::Lab(menu)) => lab_menu::draw(theme, menu, frame),
        Some(Dialog::Sort { choice }) => sort(theme, *choice, frame),
        Some(Dialog::Prompt(prompt)) if prompt.kind == PromptKind::Palette => {
            palette(app, theme, prompt, frame);
        }
        Some(Dialog::Prompt(_)) | None => {}
    }
}

/// Draws a box of that size in the middle of the screen, as far as there is room, and returns
/// what is inside. The status line stays free.
pub(super) fn open_box(
    theme: Theme,
    title: &str,
    width: u16,
    height: u16,
    frame: &mut Frame<'_>,
) -> Rect {
    let (screen, content) = (frame.area().as_size(), Size::new(width, height));
    let area = dialog_frame(screen, content);
    let block = Block::bordered()
        .border_set(details::border_set(theme))
        .border_style(theme.style(Meaning::Key))
        .title(Line::styled(format!(" {title} "), theme.style(Meaning::Title)));
    frame.render_widget(Clear, area);
    frame.render_widget(block, area);
    dialog_area(screen, content)
}

/// Draws a list, scrolled so that the chosen line is on screen.
pub(super) fn list(
    theme: Theme,
    lines: Vec<Line<'static>>,
    choice: usize,
    area: Rect,
    frame: &mut Frame<'_>,
) {
    let room = usize::from(area.height);
    let first = (choice + 1).saturating_sub(room);
    for (index, (line, y)) in lines.into_iter().skip(first).zip(area.y..area.bottom()).enumerate() {
        let area = Rect { y, height: 1, ..area };
        frame.render_widget(line, area);
        if index + first == choice {
            frame.buffer_mut().set_style(area, theme.selected());
        }
    }
}

/// Draws a line at the right of a list, so that nobody reads on into what stands beside it.
pub(super) fn rule(theme: Theme, list: Rect, frame: &mut Frame<'_>) {
    for y in list.y..list.bottom() {
        let line = Line::styled(theme.pick("│", "|"), theme.style(Meaning::Quiet));
        frame.render_widget(line, Rect { x: list.right() + 1, y, width: 1, height: 1 });
    }
}

/// What stands before a line of a list.
pub(super) fn chosen_mark(theme: Theme, is_chosen: bool) -> &'static str {
    if is_chosen { theme.pick("▸ ", "> ") } else { "  " }
}

fn sort(theme: Theme, choice: usize, frame: &mut Frame<'_>) {
    let height = u16::try_from(SiblingOrder::ALL.len()).unwrap_or(u16::MAX);
    let area = open_box(theme, "order of siblings", 34, height, frame);
    let lines = SiblingOrder::ALL
        .iter()
        .enumerate()
        .map(|(index, order)| {
            let note = match order {
                SiblingOrder::Birth => "the oldest first",
                SiblingOrder::Cpu | SiblingOrder::Memory => "the most first",
                SiblingOrder::Name | SiblingOrder::Pid => "the lowest first",
            };
            let name = format!("{}{:8}", chosen_mark(theme, index == choice), order.word());
            Line::from(vec![Span::raw(name), Span::styled(note, theme.style(Meaning::Quiet))])
        })
        .collect();
    list(theme, lines, choice, area, frame);
}

fn palette(app: &App, theme: Theme, prompt: &Prompt, frame: &mut Frame<'_>) {
    let rows: Vec<_> = app.palette(prompt.text.value()).collect();
    let area = open_box(theme, "commands", 84, 14, frame);
    if rows.is_empty() {
        let text = Text::styled("no command has these words", theme.style(Meaning::Quiet));
        frame.render_widget(Paragraph::new(text), area);
        return;
    }
    let lines = rows
        .iter()
        .enumerate()
        .map(|(index, binding)| {
            let mark = chosen_mark(theme, index == prompt.choice);
            let name = format!("{mark}{:17}", binding.row.name);
            let keys = format!("{:12}", binding.keys_text(theme.is_ascii()));
            Line::from(vec![
                Span::styled(name, theme.style(Meaning::Key)),
                Span::styled(keys, theme.style(Meaning::Quiet)),
                Span::raw(binding.row.help),
            ])
        })
        .collect();
    list(theme, lines, prompt.choice, area, frame);
}
