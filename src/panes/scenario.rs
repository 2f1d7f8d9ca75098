//! The pane of a scenario: its text, its pace, and how far it is scrolled.

pub(crate) mod draw;

use serde::{Deserialize, Serialize};

use ratatui::layout::Rect;

use crate::keymap::Motion;
use crate::layout::scenario_has_title;
use crate::record::{BootTime, ProcessKey};
use crate::scenario::play::{Phase, Play};
use crate::scenario::request::{StageNews, StageOrder};
use crate::scenario::transcript::{Kind, Line, lines};
use crate::text::wrap;
use crate::world::World;

/// On a timer, a text stays for so many seconds, and for more with every word.
const LEAST_READING_S: f64 = 3.0;
const WORDS_PER_SECOND: f64 = 3.0;
/// Columns before a text, for its mark.
const MARK_WIDTH: usize = 4;

/// A scenario that is played.
#[derive(Debug)]
pub(crate) struct ScenarioPane {
    pub(crate) play: Play,
    pub(crate) pace: Pace,
    /// The first line on screen.
    pub(crate) scroll: usize,
}

/// The way in which a scenario advances.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
pub enum Pace {
    #[default]
    ByKey,
    /// A timer, which leaves time to read.
    Timed,
    /// Nothing is waited for: nobody watches.
    AtOnce,
}

/// A wrapped line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PaneLine {
    /// The kind of the line; `None` where it goes on from the one before, or is empty.
    pub(crate) head: Option<Kind>,
    /// The kind of the line, also where it goes on.
    pub(crate) kind: Kind,
    pub(crate) text: String,
}

impl ScenarioPane {
    pub(crate) fn new(play: Play, pace: Pace) -> Self {
        Self { play, pace, scroll: 0 }
    }

    /// On a timer, how many seconds are left to read the text.
    pub(crate) fn rest_seconds(&self, now: BootTime) -> f64 {
        let shown_s = now.seconds_since(self.play.since);
        (reading_seconds(&self.play) - shown_s).max(0.0)
    }

    /// Shows a new phase from its beginning, or from its end.
    fn show_from(&mut self, before: &Phase) {
        if self.play.phase != *before {
            // The question has been read; the outcome is at the end.
            self.scroll = if self.play.phase == Phase::Finished { usize::MAX } else { 0 };
        }
    }

    /// Takes an answer of the lab; what it is asked for next.
    pub(crate) fn on_news(&mut self, news: StageNews, world: &World) -> Option<StageOrder> {
        let before = self.play.phase.clone();
        let order = self.play.on_news(news, world);
        self.show_from(&before);
        order
    }

    /// After every record: what is awaited may have come, or its time be over.
    pub(crate) fn on_record(&mut self, world: &World) -> Option<StageOrder> {
        let before = self.play.phase.clone();
        let mut order = self.play.look(world);
        let is_due = match self.pace {
            Pace::ByKey => false,
            // Each phase is there for a moment, so that it can be described.
            Pace::AtOnce => self.play.phase == before,
            Pace::Timed => self.rest_seconds(world.now()) <= 0.0,
        };
        if order.is_none() && is_due {
            order = self.play.go_on(world);
        }
        self.show_from(&before);
        order
    }

    /// Answers the question that is asked, and goes on with a right or last answer.
    pub(crate) fn on_answer(&mut self, answer: usize, world: &World) -> Option<StageOrder> {
        self.play.on_answer(answer);
        if self.play.answer.is_none() || self.play.phase != Phase::Narrating {
            return None;
        }
        self.play.go_on(world)
    }

    pub(crate) fn advance(&mut self, world: &World) -> Option<StageOrder> {
        self.scroll = 0;
        self.play.go_on(world)
    }

    pub(crate) fn toggle_timer(&mut self) {
        self.pace = match self.pace {
            Pace::Timed => Pace::ByKey,
            Pace::ByKey | Pace::AtOnce => Pace::Timed,
        };
    }

    pub(crate) fn on_motion(&mut self, motion: Motion, area: Rect) {
        let from = self.first_line(area);
        self.scroll = motion.from(from, height(area));
        self.scroll = self.first_line(area);
    }

    /// The first line on screen: never so far down that lines are left empty.
    pub(crate) fn first_line(&self, area: Rect) -> usize {
        self.scroll.min(self.lines(area).len().saturating_sub(height(area)))
    }

    /// The text, wrapped to the pane.
    pub(crate) fn lines(&self, area: Rect) -> Vec<PaneLine> {
        let width = usize::from(area.width).saturating_sub(MARK_WIDTH + 2).max(8);
        let mut wrapped = Vec::new();
        for Line { kind, text } in lines(&self.play) {
            if is_paragraph(kind) && !wrapped.is_empty() {
                wrapped.push(PaneLine { head: None, kind, text: String::new() });
            }
            for (index, text) in wrap(&text, width).into_iter().enumerate() {
                wrapped.push(PaneLine { head: (index == 0).then_some(kind), kind, text });
            }
        }
        wrapped
    }
}

/// How many lines of text the pane shows.
fn height(area: Rect) -> usize {
    usize::from(area.height - u16::from(scenario_has_title(area))).max(1)
}

/// Whether an empty line comes before it.
fn is_paragraph(kind: Kind) -> bool {
    matches!(kind, Kind::Question | Kind::Verdict(_) | Kind::Why | Kind::Waiting)
}

/// How long the text takes to read.
fn reading_seconds(play: &Play) -> f64 {
    let is_new = |line: &Line| play.phase != Phase::Finished || is_shown_last(line.kind);
    let new = lines(play).into_iter().filter(is_new);
    let words: usize = new.map(|line| line.text.split_whitespace().count()).sum();
    LEAST_READING_S + words as f64 / WORDS_PER_SECOND
}

/// Whether it stands after the actions: what stood there before has been read.
fn is_shown_last(kind: Kind) -> bool {
    matches!(kind, Kind::Seen(_) | Kind::Verdict(_) | Kind::Right(_) | Kind::Why)
}

/// The process that a request is about.
pub(crate) fn subject_of(order: &StageOrder) -> Option<ProcessKey> {
    match order {
        StageOrder::Signal(targets, _) => targets.first().copied(),
        StageOrder::Run(_, key)
        | StageOrder::Type(key, _)
        | StageOrder::HangUp(key)
        | StageOrder::End(key) => Some(*key),
        StageOrder::Open | StageOrder::Close | StageOrder::Start(_) => None,
    }
}
