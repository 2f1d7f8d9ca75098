//! The guide's pane: what a scenario tells, asks and found.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Widget};

use crate::app::guide::{Guide, GuideLine, Pace};
use crate::app::layout::guide_has_title;
use crate::app::{App, Focus};
use crate::scenario::play::Phase;
use crate::scenario::transcript::{Kind, Mark};
use crate::text::shorten;
use crate::ui::details::border_set;
use crate::ui::theme::{Meaning, Theme};

pub(super) fn draw(app: &App, theme: Theme, guide: &Guide, area: Rect, buffer: &mut Buffer) {
    let is_right = area.x > 0;
    let frame = theme.style(match app.focus {
        Focus::Guide => Meaning::Key,
        _ => Meaning::Quiet,
    });
    let mut block = Block::new().border_set(border_set(theme)).border_style(frame);
    if guide_has_title(area) {
        block = block
            .borders(if is_right { Borders::LEFT | Borders::TOP } else { Borders::TOP })
            .title(Line::styled(
                title(app, theme, guide, area.width),
                frame.add_modifier(Modifier::BOLD),
            ));
    }
    let inner = block.inner(area);
    block.render(area, buffer);
    let lines = app.guide_lines();
    let scroll = app.guide_scroll();
    let is_more = lines.len() > scroll + usize::from(inner.height);
    let shown = lines.into_iter().skip(scroll);
    for (line, y) in shown.zip(inner.y..inner.bottom()) {
        let area = Rect { y, height: 1, ..inner };
        draw_line(theme, &line).render(area, buffer);
    }
    let marks = [
        (scroll > 0, theme.pick("↑ more ", "k more "), inner.y),
        (is_more, theme.pick("↓ more ", "j more "), inner.bottom().saturating_sub(1)),
    ];
    for (_, mark, y) in marks.into_iter().filter(|(is_there, ..)| *is_there) {
        let mark = Line::styled(mark, theme.style(Meaning::Key)).right_aligned();
        mark.render(Rect { y, height: 1, ..inner }.intersection(area), buffer);
    }
}

fn title(app: &App, theme: Theme, guide: &Guide, width: u16) -> String {
    let play = &guide.play;
    let step = match play.phase {
        Phase::Over => "the end".to_owned(),
        _ => format!("step {} of {}", play.at + 1, play.scenario.steps.len()),
    };
    let pace = match guide.pace {
        Pace::ByKey => String::new(),
        Pace::Timed if matches!(play.phase, Phase::Telling | Phase::Told) => {
            format!(", next in {:.0} s", guide.rest_seconds(app.world.now()))
        }
        Pace::Timed | Pace::AtOnce => " by itself".to_owned(),
    };
    let title = theme.foreign(&play.scenario.title).into_owned();
    // The title gives way: step and countdown are read where there is little room.
    let room = usize::from(width).saturating_sub(step.len() + pace.len() + 7);
    format!(" {}{}{step}{pace} ", shorten(&title, room, theme.ellipsis()), theme.separator())
}

fn draw_line(theme: Theme, line: &GuideLine) -> Line<'static> {
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
        Kind::Answer(_, Mark::Wrong | Mark::Other) | Kind::Waiting | Kind::Verdict(true) => {
            theme.style(Meaning::Quiet)
        }
        Kind::Right(true) => theme.style(Meaning::New).add_modifier(Modifier::BOLD),
        Kind::Verdict(false) | Kind::Right(false) => {
            theme.style(Meaning::Warning).add_modifier(Modifier::BOLD)
        }
        Kind::Why => theme.style(Meaning::Title),
    }
}
