//! A line of text in the status line, drawn; and the palette above it.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::Paragraph;

use crate::dialogs::draw::{chosen_mark, list, open_box};
use crate::dialogs::prompt::{Prompt, PromptKind};
use crate::keymap::{Binding, Command, Context, Keymap, TextCommand};
use crate::panes::tree::search::Matches;
use crate::text::width;
use crate::theme::{Meaning, Theme};

/// Draws the line. One that finds nothing stands out.
pub(crate) fn draw_line(
    prompt: &Prompt,
    keymap: &Keymap,
    matches: Option<Matches>,
    theme: Theme,
    area: Rect,
    frame: &mut Frame<'_>,
) {
    let key = |command| keymap.key(Context::Text, Command::Text(command), theme.is_ascii());
    let confirm = key(TextCommand::Confirm);
    let (cancel, next) = (key(TextCommand::Cancel), key(TextCommand::Next));
    let opener = Command::Global(prompt.kind.opener());
    let mark = keymap.key(Context::Global, opener, theme.is_ascii());
    let help = match prompt.kind {
        PromptKind::Search => {
            let place = match matches {
                Some(Matches { place: Some(place), count }) => format!("{place} of {count}  "),
                Some(Matches { count: 0, .. }) => "no match  ".to_owned(),
                Some(Matches { count, .. }) => format!("{count}  "),
                None => String::new(),
            };
            format!("{place}{confirm} stays  {cancel} goes back  {next} next")
        }
        PromptKind::Filter => format!("{confirm} keeps  {cancel} clears"),
        PromptKind::Palette => {
            let choices = [TextCommand::Previous, TextCommand::Next].map(Command::Text);
            let choose = keymap.pair(Context::Text, choices, theme.is_ascii());
            format!("{choose} choose  {confirm} runs it  {cancel} closes")
        }
    };
    let text = theme.foreign(prompt.text.value()).into_owned();
    let is_missing =
        prompt.kind == PromptKind::Search && matches.is_some_and(|matches| matches.count == 0);
    let style = theme.style(if is_missing { Meaning::Warning } else { Meaning::Match });
    let shown = Line::from(vec![
        Span::styled(format!(" {mark}"), theme.style(Meaning::Key)),
        Span::styled(text, style),
    ]);
    let free = usize::from(area.width).saturating_sub(shown.width() + 2);
    // The cursor stands behind what is drawn, which may be longer than what was typed.
    let before: String = prompt.text.value().chars().take(prompt.text.cursor()).collect();
    let cursor = 1 + width(&mark) + width(&theme.foreign(&before));
    let hidden = (cursor + 1).saturating_sub(usize::from(area.width));
    let hidden = u16::try_from(hidden).unwrap_or(u16::MAX);
    frame.render_widget(Paragraph::new(shown).scroll((0, hidden)), area);
    if width(&help) < free {
        let help = Line::styled(format!("{help} "), theme.style(Meaning::Quiet));
        frame.render_widget(help.right_aligned(), area);
    }
    let x = area.x + u16::try_from(cursor - usize::from(hidden)).unwrap_or(0);
    frame.set_cursor_position(Position::new(x, area.y));
}

/// Draws the commands to choose from.
pub(crate) fn draw_palette(
    prompt: &Prompt,
    rows: &[&Binding],
    theme: Theme,
    frame: &mut Frame<'_>,
) {
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
