//! The pane of a scenario, drawn: narration, questions and findings.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Widget};

use crate::layout::scenario_has_title;
use crate::panes::bottom::Look;
use crate::panes::scenario::{Pace, PaneLine, ScenarioPane};
use crate::record::BootTime;
use crate::scenario::play::Phase;
use crate::scenario::transcript::{Kind, Mark};
use crate::text::shorten;
use crate::theme::{Meaning, Theme};

pub(crate) fn draw(
    pane: &ScenarioPane,
    now: BootTime,
    look: Look,
    area: Rect,
    buffer: &mut Buffer,
) {
    let Look { theme, has_keys } = look;
    let is_right = area.x > 0;
    let frame = theme.style(Theme::frame(has_keys));
    let mut block = Block::new().border_set(theme.borders()).border_style(frame);
    if scenario_has_title(area) {
        block = block
            .borders(if is_right { Borders::LEFT | Borders::TOP } else { Borders::TOP })
            .title(Line::styled(
                title(pane, now, theme, area.width),
                frame.add_modifier(Modifier::BOLD),
            ));
    }
    let inner = block.inner(area);
    block.render(area, buffer);
    let lines = pane.lines(area);
    let scroll = pane.first_line(area);
    let is_more = lines.len() > scroll + usize::from(inner.height);
    let shown = lines.into_iter().skip(scroll);
    for (line, y) in shown.zip(inner.y..inner.bottom()) {
        let area = Rect { y, height: 1, ..inner };
        draw_line(theme, &line).render(area, buffer);
    }
    let marks = [
        (scroll > 0, theme.pick("↑ more ", "^ more "), inner.y),
        (is_more, theme.pick("↓ more ", "v more "), inner.bottom().saturating_sub(1)),
    ];
    for (_, mark, y) in marks.into_iter().filter(|(is_there, ..)| *is_there) {
        let mark = Line::styled(mark, theme.style(Meaning::Key)).right_aligned();
        mark.render(Rect { y, height: 1, ..inner }.intersection(area), buffer);
    }
}

fn title(pane: &ScenarioPane, now: BootTime, theme: Theme, width: u16) -> String {
    let play = &pane.play;
    let step = match play.phase {
        Phase::Over => "the end".to_owned(),
        _ => format!("step {} of {}", play.at + 1, play.scenario.steps.len()),
    };
    let mode = match pane.pace {
        Pace::ByKey => String::new(),
        Pace::Timed if matches!(play.phase, Phase::Narrating | Phase::Finished) => {
            format!(", next in {:.0} s", pane.rest_seconds(now))
        }
        Pace::Timed | Pace::AtOnce => " automatic".to_owned(),
    };
    let title = theme.foreign(&play.scenario.title).into_owned();
    // The title gives way: step and countdown are read where there is little room.
    let room = usize::from(width).saturating_sub(step.len() + mode.len() + 7);
    format!(" {}{}{step}{mode} ", shorten(&title, room, theme.ellipsis()), theme.separator())
}

fn draw_line(theme: Theme, line: &PaneLine) -> Line<'static> {
    let (mark, mark_style) = line.head.map_or((String::new(), Style::new()), |kind| {
        let (mark, meaning) = mark(theme, kind);
        (mark, theme.style(meaning).add_modifier(Modifier::BOLD))
    });
    let text = theme.foreign(&line.text).into_owned();
    Line::from(vec![
        Span::styled(format!(" {mark:>2} "), mark_style),
        Span::styled(text, text_style(theme, line.kind)),
    ])
}

fn mark(theme: Theme, kind: Kind) -> (String, Meaning) {
    let (right, wrong) = (theme.pick("✓", "+"), theme.pick("✗", "x"));
    match kind {
        Kind::Say | Kind::Why => (String::new(), Meaning::Quiet),
        Kind::Question => ("?".to_owned(), Meaning::Key),
        Kind::Answer(_, Mark::Right) => (right.to_owned(), Meaning::New),
        Kind::Answer(_, Mark::Wrong) => (wrong.to_owned(), Meaning::Warning),
        Kind::Answer(number, _) => (number.to_string(), Meaning::Key),
        Kind::Done => (theme.pick("▸", ">").to_owned(), Meaning::Key),
        Kind::Seen(true) | Kind::Verdict(true) | Kind::Right(true) => {
            (right.to_owned(), Meaning::New)
        }
        Kind::Seen(false) | Kind::Verdict(false) | Kind::Right(false) => {
            (wrong.to_owned(), Meaning::Warning)
        }
        Kind::Waiting => (theme.pick("…", "~").to_owned(), Meaning::Quiet),
    }
}

fn text_style(theme: Theme, kind: Kind) -> Style {
    match kind {
        Kind::Say | Kind::Answer(_, Mark::Open | Mark::Right) | Kind::Done | Kind::Seen(_) => {
            Style::new()
        }
        Kind::Question => Style::new().add_modifier(Modifier::BOLD),
        Kind::Answer(_, Mark::Chosen) => theme.style(Meaning::Match),
        Kind::Answer(_, Mark::Wrong) | Kind::Waiting | Kind::Verdict(true) => {
            theme.style(Meaning::Quiet)
        }
        Kind::Right(true) => theme.style(Meaning::New).add_modifier(Modifier::BOLD),
        Kind::Verdict(false) | Kind::Right(false) => {
            theme.style(Meaning::Warning).add_modifier(Modifier::BOLD)
        }
        Kind::Why => theme.style(Meaning::Title),
    }
}
