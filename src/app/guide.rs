//! The guide through a scenario: its pane has keys of its own while it has the focus.

use std::sync::Arc;
use std::time::Duration;

use crate::app::input::Effect;
use crate::app::layout::guide_has_title;
use crate::app::{App, Focus};
use crate::keymap::{Command, Context, Motion, ScenarioCommand};
use crate::record::{BootTime, EventSource, ProcessKey, ScanSource};
use crate::scenario::play::{Phase, Play};
use crate::scenario::request::{StageNews, StageOrder};
use crate::scenario::transcript::{Kind, Line, lines};
use crate::scenario::{NO_TICKS, Need, Scenario};
use crate::text::wrap;

/// Ghosts stay so long while a scenario is played, in seconds: they are what it is about.
const LINGER_S: f64 = 90.0;
/// On a timer, what is told stays for so many seconds, and for more with every word.
const LEAST_READING_S: f64 = 3.0;
const WORDS_PER_SECOND: f64 = 3.0;
/// While a scenario is played, facts are refreshed at least so often.
const PLAY_INTERVAL: Duration = Duration::from_millis(500);
/// Columns before a text, for its mark.
const MARK_WIDTH: usize = 4;

/// The guide through a scenario.
#[derive(Debug)]
pub struct Guide {
    /// What is played.
    pub play: Play,
    /// What makes it go on.
    pub pace: Pace,
    /// The first line that is shown.
    pub scroll: usize,
}

/// What makes a scenario go on.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Pace {
    /// A key, step by step.
    #[default]
    ByKey,
    /// A timer, which leaves time to read.
    Timed,
    /// Nothing is waited for: nobody watches.
    AtOnce,
}

/// A line of the guide's pane.
#[derive(Clone, Debug, PartialEq)]
pub struct GuideLine {
    /// What it is; `None` where it goes on from the one before, or is empty.
    pub head: Option<Kind>,
    /// What it is or goes on from.
    pub kind: Kind,
    /// The text.
    pub text: String,
}

impl Guide {
    /// On a timer, how many seconds are left to read what is told now.
    pub fn rest_seconds(&self, now: BootTime) -> f64 {
        let shown_s = now.seconds_since(self.play.since);
        (reading_seconds(&self.play) - shown_s).max(0.0)
    }

    /// Shows a new phase from its beginning, or from its end.
    fn show_from(&mut self, before: &Phase) {
        if self.play.phase != *before {
            // What was asked has been read; what came of it is at the end.
            self.scroll = if self.play.phase == Phase::Told { usize::MAX } else { 0 };
        }
    }
}

impl App {
    /// Starts a scenario in a lab of its own, in the place of the one that was played before.
    pub(super) fn begin_scenario(&mut self, scenario: &Arc<Scenario>) -> Vec<Effect> {
        let lacks_events = self.world.event_source() != EventSource::Connector;
        if scenario.needs.contains(&Need::Events) && lacks_events {
            self.say_error(format!("{} cannot be played: {}", scenario.name, Need::Events.lack()));
            return Vec::new();
        }
        if self.world.host().scan == ScanSource::Sysinfo {
            self.say_error(format!("{} cannot be played: {NO_TICKS}", scenario.name));
            return Vec::new();
        }
        self.last_run += 1;
        let (play, order) = Play::begin(Arc::clone(scenario), self.last_run, self.world.now());
        let pace = self.guide.as_ref().map_or(self.options.pace, |guide| guide.pace);
        self.guide = Some(Guide { play, pace, scroll: 0 });
        self.focus = Focus::Guide;
        self.world.set_lab_linger(LINGER_S);
        self.message = None;
        let mut effects = self.stage(Some(order));
        effects.push(Effect::SetInterval(self.interval.min(PLAY_INTERVAL)));
        effects
    }

    /// Ends the scenario, and everything that was started for it.
    pub(super) fn stop_scenario(&mut self) -> Vec<Effect> {
        let Some(guide) = self.guide.take() else { return Vec::new() };
        self.focus = Focus::Tree;
        self.world.set_lab_linger(self.options.linger.as_secs_f64());
        self.say(format!(
            "ended the scenario, and everything that was started for it: {}",
            guide.play.scenario.name
        ));
        vec![
            Effect::Stage(guide.play.run, StageOrder::Close),
            Effect::SetInterval(self.interval),
            Effect::RefreshNow,
        ]
    }

    /// What the lab answers to an order of a scenario.
    pub(super) fn take_stage_news(&mut self, run: u64, news: StageNews) -> Vec<Effect> {
        let Some(guide) = self.guide.as_mut().filter(|guide| guide.play.run == run) else {
            return Vec::new();
        };
        match &news {
            StageNews::Started(processes) => self.expected = processes.first().copied(),
            StageNews::Opened(main) => self.expected = Some(*main),
            _ => {}
        }
        let before = guide.play.phase.clone();
        let order = guide.play.take_news(news, &self.world);
        guide.show_from(&before);
        let mut effects = self.stage(order);
        effects.push(Effect::RefreshNow);
        effects
    }

    /// After every record: what is awaited may have come, or its time be over.
    pub(super) fn look_at_play(&mut self) -> Vec<Effect> {
        if let Some(scenario) = self
            .options
            .scenario
            .take_if(|_| self.world.is_scanned() && !self.world.event_note().is_empty())
        {
            return self.begin_scenario(&scenario);
        }
        let Some(guide) = &mut self.guide else { return Vec::new() };
        let before = guide.play.phase.clone();
        let mut order = guide.play.look(&self.world);
        let is_due = match guide.pace {
            Pace::ByKey => false,
            // Each phase is there for a moment, so that it can be told.
            Pace::AtOnce => guide.play.phase == before,
            Pace::Timed => guide.rest_seconds(self.world.now()) <= 0.0,
        };
        if order.is_none() && is_due {
            order = guide.play.go_on(&self.world);
        }
        guide.show_from(&before);
        self.stage(order)
    }

    pub(super) fn on_scenario(&mut self, command: ScenarioCommand) -> Vec<Effect> {
        let Some(guide) = &mut self.guide else { return Vec::new() };
        match command {
            ScenarioCommand::Advance if guide.play.phase == Phase::Over => self.stop_scenario(),
            ScenarioCommand::Advance => {
                guide.scroll = 0;
                let order = guide.play.go_on(&self.world);
                self.stage(order)
            }
            ScenarioCommand::PlayAgain => self.play_again(),
            ScenarioCommand::Stop => self.stop_scenario(),
            ScenarioCommand::Automatic => {
                self.toggle_timer();
                Vec::new()
            }
        }
    }

    /// Moves in the guide's text.
    pub(super) fn scroll_guide(&mut self, motion: Motion) {
        let wanted = motion.from(self.guide_scroll(), self.guide_height());
        if let Some(guide) = &mut self.guide {
            guide.scroll = wanted;
        }
        let scroll = self.guide_scroll();
        if let Some(guide) = &mut self.guide {
            guide.scroll = scroll;
        }
    }

    /// Plays the scenario from its beginning.
    fn play_again(&mut self) -> Vec<Effect> {
        let Some(guide) = &self.guide else { return Vec::new() };
        let scenario = Arc::clone(&guide.play.scenario);
        self.begin_scenario(&scenario)
    }

    /// Switches the timer on or off.
    pub(super) fn toggle_timer(&mut self) {
        let Some(guide) = &mut self.guide else { return };
        let pace = if guide.pace == Pace::Timed { Pace::ByKey } else { Pace::Timed };
        guide.pace = pace;
        let advance = Command::Scenario(ScenarioCommand::Advance);
        let key = self.options.keymap.key(Context::Scenario, advance, false);
        self.say(match pace {
            Pace::Timed => "the scenario advances automatically".to_owned(),
            Pace::ByKey | Pace::AtOnce => format!("{key} advances the scenario"),
        });
    }

    /// Answers the question that is asked.
    pub(super) fn on_answer(&mut self, answer: usize) -> Vec<Effect> {
        let Some(guide) = &mut self.guide else { return Vec::new() };
        guide.play.take_answer(answer);
        if guide.play.answer.is_none() || guide.play.phase != Phase::Telling {
            return Vec::new();
        }
        let order = guide.play.go_on(&self.world);
        self.stage(order)
    }

    /// An order to the lab as effects; the tree goes to whom it is about.
    fn stage(&mut self, order: Option<StageOrder>) -> Vec<Effect> {
        let (Some(order), Some(guide)) = (order, &self.guide) else { return Vec::new() };
        if let Some(key) = subject_of(&order) {
            self.expected = Some(key);
        }
        vec![Effect::Stage(guide.play.run, order)]
    }

    /// How many lines of its text the guide's pane shows.
    pub fn guide_height(&self) -> usize {
        let area = self.areas().and_then(|areas| areas.guide);
        let text = area.map(|area| area.height - u16::from(guide_has_title(area)));
        text.map_or(1, usize::from).max(1)
    }

    /// The first line that is shown: never so far down that lines are left empty.
    pub fn guide_scroll(&self) -> usize {
        let most = self.guide_lines().len().saturating_sub(self.guide_height());
        self.guide.as_ref().map_or(0, |guide| guide.scroll.min(most))
    }

    /// The text of the guide, wrapped to its pane.
    pub fn guide_lines(&self) -> Vec<GuideLine> {
        let Some(guide) = &self.guide else { return Vec::new() };
        let width = self.areas().and_then(|areas| areas.guide).map_or(40, |area| area.width);
        let width = usize::from(width).saturating_sub(MARK_WIDTH + 2).max(8);
        let mut wrapped = Vec::new();
        for Line { kind, text } in lines(&guide.play) {
            if is_paragraph(kind) && !wrapped.is_empty() {
                wrapped.push(GuideLine { head: None, kind, text: String::new() });
            }
            for (index, text) in wrap(&text, width).into_iter().enumerate() {
                wrapped.push(GuideLine { head: (index == 0).then_some(kind), kind, text });
            }
        }
        wrapped
    }
}

/// Whether an empty line comes before it.
fn is_paragraph(kind: Kind) -> bool {
    matches!(kind, Kind::Question | Kind::Verdict(_) | Kind::Why | Kind::Waiting)
}

/// How long what is told now takes to read.
fn reading_seconds(play: &Play) -> f64 {
    let is_new = |line: &Line| play.phase != Phase::Told || is_told_last(line.kind);
    let new = lines(play).into_iter().filter(is_new);
    let words: usize = new.map(|line| line.text.split_whitespace().count()).sum();
    LEAST_READING_S + words as f64 / WORDS_PER_SECOND
}

/// Whether it comes after what was done: what stood there before has been read.
fn is_told_last(kind: Kind) -> bool {
    matches!(kind, Kind::Seen(_) | Kind::Verdict(_) | Kind::Right(_) | Kind::Why)
}

/// Whom an order is about.
fn subject_of(order: &StageOrder) -> Option<ProcessKey> {
    match order {
        StageOrder::Signal(targets, _) => targets.first().copied(),
        StageOrder::Run(_, key)
        | StageOrder::Type(key, _)
        | StageOrder::HangUp(key)
        | StageOrder::End(key) => Some(*key),
        StageOrder::Open | StageOrder::Close | StageOrder::Start(_) => None,
    }
}
