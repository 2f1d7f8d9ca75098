//! The lab menu, drawn: its entries at the left, the lesson of the chosen one at the right.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::dialogs::draw::{chosen_mark, list, open_box, rule};
use crate::dialogs::lab_menu::{LabEntry, LabMenu, Readiness};
use crate::text::units::count;
use crate::text::{shorten, wrap};
use crate::theme::{Meaning, Theme};

/// Room for the longest title of a scenario, with the mark before it.
const LIST_WIDTH: u16 = 42;
const WIDTH: u16 = 104;
/// Screens narrower than this have no room for both side by side.
const NARROW: u16 = 76;
const LESSON_LINES: u16 = 4;
/// From so many lines on, a narrow screen shows the lesson below the names.
const LESSON_BELOW_FROM: u16 = 10;

pub(crate) fn draw(theme: Theme, menu: &LabMenu, frame: &mut Frame<'_>) {
    let (lines, chosen_line) = lines(theme, menu);
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).max(8);
    let area = open_box(theme, "lab", WIDTH, height, frame);
    if menu.entries.is_empty() {
        let text = Line::styled("reading what there is", theme.style(Meaning::Quiet));
        frame.render_widget(text, area);
        return;
    }
    let (names, lesson) = if frame.area().width >= NARROW {
        let names = Rect { width: LIST_WIDTH.min(area.width), ..area };
        rule(theme, names, frame);
        let x = names.right() + 3;
        (names, Some(Rect { x, width: area.right().saturating_sub(x), ..area }))
    } else if area.height >= LESSON_BELOW_FROM {
        let names = Rect { height: area.height - LESSON_LINES - 1, ..area };
        (names, Some(Rect { y: names.bottom() + 1, height: LESSON_LINES, ..area }))
    } else {
        (area, None)
    };
    list(theme, lines, chosen_line, names, frame);
    if let (Some(area), Some(entry)) = (lesson, menu.chosen()) {
        frame.render_widget(Paragraph::new(explanation(theme, entry, area.width)), area);
    }
}

/// The list with its headings, and which of its lines is the chosen one.
fn lines(theme: Theme, menu: &LabMenu) -> (Vec<Line<'static>>, usize) {
    let mut lines = Vec::new();
    let mut chosen_line = 0;
    let mut heading = "";
    for (index, entry) in menu.entries.iter().enumerate() {
        if entry.heading() != heading {
            heading = entry.heading();
            lines.push(Line::styled(heading, theme.style(Meaning::Quiet)));
        }
        if index == menu.choice {
            chosen_line = lines.len();
        }
        let style = match entry {
            LabEntry::Scenario(Err(_), _) => theme.style(Meaning::Warning),
            LabEntry::Scenario(_, Readiness::Lacks(_))
            | LabEntry::Program(_, Readiness::Lacks(_)) => theme.style(Meaning::Quiet),
            _ => theme.style(Meaning::Key).add_modifier(Modifier::BOLD),
        };
        let played = if menu.is_played(entry) { theme.pick(" ✓", " *") } else { "" };
        let name = theme.foreign(entry.name()).into_owned();
        let name = shorten(&name, usize::from(LIST_WIDTH) - 4, theme.ellipsis());
        let name = format!("{name}{played}");
        let mark = chosen_mark(theme, index == menu.choice);
        lines.push(Line::from(vec![Span::raw(mark), Span::styled(name, style)]));
    }
    (lines, chosen_line)
}

fn explanation(theme: Theme, entry: &LabEntry, width: u16) -> Vec<Line<'static>> {
    let (title, quiet) = (theme.style(Meaning::Title), theme.style(Meaning::Quiet));
    let warning = theme.style(Meaning::Warning);
    let mut parts: Vec<(String, Style)> = Vec::new();
    match entry {
        LabEntry::Scenario(Ok(scenario), readiness) => {
            parts.push((scenario.summary.clone(), title));
            let steps = count(scenario.steps.len(), "step", "steps");
            parts.push((format!("{steps} on real processes, in a lab of its own."), quiet));
            parts.push((format!("pexplore lab {}", scenario.name), quiet));
            parts.extend(lack(*readiness, warning));
        }
        LabEntry::Scenario(Err(broken), _) => parts.push((broken.sentence.clone(), warning)),
        LabEntry::Program(program, readiness) => {
            parts.push((format!("{}.py: {}.", program.name, program.lesson), title));
            let text = "It is started on a terminal of its own, as a shell starts a job.";
            parts.push((text.to_owned(), quiet));
            parts.extend(lack(*readiness, warning));
        }
        LabEntry::Act(act) => parts.push((act.lesson().to_owned(), title)),
    }
    let lines = parts.into_iter().flat_map(|(text, style)| {
        let text = theme.foreign(&text).into_owned();
        wrap(&text, width.into()).into_iter().map(move |line| Line::styled(line, style))
    });
    lines.collect()
}

fn lack(readiness: Readiness, style: Style) -> Option<(String, Style)> {
    match readiness {
        Readiness::Ready => None,
        Readiness::Lacks(need) => Some((format!("Not here: {}.", need.lack()), style)),
    }
}
