//! Plays a scenario without a screen, and prints what was predicted and what was observed.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use color_eyre::eyre::{Result, bail};
use ratatui::layout::Size;

use crate::app::guide::Pace;
use crate::app::input::Input;
use crate::app::{App, Options};
use crate::lab;
use crate::model::host::{EventSource, Host};
use crate::model::scenario::play::{Phase, Play};
use crate::model::scenario::transcript::{self, Kind};
use crate::model::scenario::{Need, Scenario};
use crate::model::text::visible;
use crate::runtime::machinery::Machinery;
use crate::runtime::output;

/// A scenario that is not over by then cannot go on.
const LIMIT: Duration = Duration::from_secs(45);
/// How often the world is looked at.
const INTERVAL: Duration = Duration::from_millis(250);
/// Nobody sees it; the update wants to know.
const SCREEN: Size = Size { width: 80, height: 24 };

/// What everything went as predicted is told by.
const AS_PREDICTED: u8 = 0;
const CONTRADICTED: u8 = 1;
const SKIPPED: u8 = 3;

/// Plays it; the exit code: 0 as predicted, 1 contradicted, 3 skipped.
pub fn run(host: Host, scenario: &Arc<Scenario>, linger: Duration) -> Result<u8> {
    if scenario.needs.contains(&Need::Python) && lab::python().is_none() {
        return skip(scenario, Need::Python);
    }
    let (sender, inputs) = channel();
    let mut machinery = Machinery::start(&host, INTERVAL, sender)?;
    let options = Options {
        interval: INTERVAL,
        read_only: false,
        linger,
        target: None,
        scenario: Some(Arc::clone(scenario)),
        pace: Pace::AtOnce,
    };
    let mut app = App::new(host, options, SCREEN);
    let mut teller = Teller::new(scenario)?;
    let began = now();
    let code = loop {
        let Ok(input) = inputs.recv_timeout(LIMIT.saturating_sub(began.elapsed())) else {
            bail!("{} was not over after {} s", scenario.name, LIMIT.as_secs());
        };
        if let Input::Stop(_) = input {
            bail!("{} was stopped", scenario.name);
        }
        for effect in app.update(input) {
            machinery.carry_out(effect)?;
        }
        let needs_events = scenario.needs.contains(&Need::Events);
        let is_known = !app.world.event_note().is_empty();
        if needs_events && is_known && app.world.event_source() != EventSource::Connector {
            break skip(scenario, Need::Events)?;
        }
        if let Some(guide) = &app.guide
            && let Some(code) = teller.tell(&guide.play)?
        {
            break code;
        }
    };
    machinery.finish();
    Ok(code)
}

fn skip(scenario: &Scenario, need: Need) -> Result<u8> {
    output::print(&format!("{}: skipped: {}\n", scenario.name, need.lack()))?;
    Ok(SKIPPED)
}

/// Prints each step once it is over.
struct Teller {
    told: usize,
}

impl Teller {
    fn new(scenario: &Scenario) -> Result<Self> {
        output::print(&format!("{}: {}\n", scenario.name, visible(&scenario.title)))?;
        Ok(Self { told: 0 })
    }

    /// The exit code, once it is over.
    fn tell(&mut self, play: &Play) -> Result<Option<u8>> {
        let is_good = play.score.contradicted == 0;
        match &play.phase {
            Phase::Told if self.told <= play.at => {
                self.told = play.at + 1;
                output::print(&step(play))?;
                Ok(None)
            }
            Phase::Over => {
                output::print(&format!("{}\n", transcript::score(play)))?;
                Ok(Some(if is_good { AS_PREDICTED } else { CONTRADICTED }))
            }
            Phase::Broken(sentence) => {
                let sentence = visible(sentence).into_owned();
                output::print(&step(play))?;
                bail!("{} cannot go on: {sentence}", play.scenario.name)
            }
            _ => Ok(None),
        }
    }
}

/// A step as text: its number and narration, then a line for everything that is told of it.
fn step(play: &Play) -> String {
    let mut text = String::new();
    for line in transcript::lines(play) {
        let label = match line.kind {
            Kind::Say => format!("{:2}.", play.at + 1),
            Kind::Question => "    asked:".to_owned(),
            Kind::Done => "    done:".to_owned(),
            Kind::Seen(true) => "    observed, as predicted:".to_owned(),
            Kind::Seen(false) => "    observed, AGAINST what was predicted:".to_owned(),
            Kind::Why => "    because:".to_owned(),
            Kind::Answer(..) | Kind::Verdict(true) | Kind::Right(_) | Kind::Waiting => continue,
            Kind::Verdict(false) => "   ".to_owned(),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{label} {}", visible(&line.text));
        if line.kind == Kind::Question
            && let Some(question) = &play.step().ask
        {
            let right = play.cast.named(&question.right);
            let _ = writeln!(text, "    predicted: {}", visible(&right));
        }
    }
    text
}

#[expect(clippy::disallowed_methods, reason = "how long a play takes is limited at this edge")]
fn now() -> Instant {
    Instant::now()
}
