//! Plays a scenario without a screen, and prints what was predicted and what was observed.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use color_eyre::eyre::{Result, bail};
use ratatui::layout::Size;

use crate::app::Options;
use crate::app::input::Input;
use crate::keymap::Keymap;
use crate::lab;
use crate::linux::clock;
use crate::panes::scenario::Pace;
use crate::record::{EventSource, Host, MemoryLimit};
use crate::recording::Header;
use crate::runtime::output;
use crate::runtime::recorder::Recorder;
use crate::runtime::services::Services;
use crate::scenario::play::{Phase, Play};
use crate::scenario::transcript::{self, Kind};
use crate::scenario::{Need, Scenario};
use crate::source::record_sender::Load;
use crate::text::visible;

/// A scenario that asks for no more is over by then, also on a slow machine.
const LIMIT_S: f64 = 45.0;
/// Each step may take that long beside what it watches.
const STEP_S: f64 = 25.0;
/// How often the world is looked at.
const INTERVAL: Duration = Duration::from_millis(250);
/// Nobody sees it; the update wants to know.
const SCREEN: Size = Size { width: 80, height: 24 };

const AS_PREDICTED: u8 = 0;
const CONTRADICTED: u8 = 1;
const SKIPPED: u8 = 3;

/// Plays it; the exit code: 0 as predicted, 1 contradicted, 3 skipped.
pub(crate) fn run(
    host: Host,
    scenario: &Arc<Scenario>,
    linger: Duration,
    memory: MemoryLimit,
    record: Option<&Path>,
) -> Result<u8> {
    if scenario.needs.contains(&Need::Python) && lab::python().is_none() {
        return skip(scenario, Need::Python);
    }
    let (sender, inputs) = channel();
    let load = Load::new(memory);
    let mut services = Services::start(&host, INTERVAL, sender, &load)?;
    let options = Options {
        interval: INTERVAL,
        read_only: false,
        linger,
        target: None,
        scenario: Some(Arc::clone(scenario)),
        pace: Pace::AtOnce,
        mouse: crate::app::MouseUser::Terminal,
        keymap: Keymap::default(),
    };
    let header = Header::new(host, options, (SCREEN.width, SCREEN.height), memory);
    let mut recorder = record.map(|path| Recorder::create(path, &header)).transpose()?;
    let mut app = header.app();
    let mut printer = Printer::default();
    let (began, limit) = (clock::instant(), limit(scenario));
    let code = loop {
        let left = limit.checked_sub(began.elapsed());
        let Some(input) = left.and_then(|left| inputs.recv_timeout(left).ok()) else {
            bail!("{} was not over after {} s", scenario.name, limit.as_secs());
        };
        match &input {
            Input::Stop(_) => bail!("{} was stopped", scenario.name),
            Input::Record(record) => load.take(record),
            _ => {}
        }
        if let Some(lost) = recorder.as_mut().and_then(|recorder| recorder.write(&input)) {
            output::warn(&lost);
        }
        for effect in app.update(input) {
            services.execute(effect);
        }
        let needs_events = scenario.needs.contains(&Need::Events);
        let is_known = !app.world.event_note().is_empty();
        if needs_events && is_known && app.world.event_source() != EventSource::Connector {
            break skip(scenario, Need::Events)?;
        }
        if let Some(scenario) = &app.scenario
            && let Some(code) = printer.print_news(&scenario.play)?
        {
            break code;
        }
    };
    drop(services);
    Ok(code)
}

fn limit(scenario: &Scenario) -> Duration {
    let asked_for: f64 = scenario.steps.iter().map(|step| step.watch_s).sum();
    let steps = scenario.steps.len() as f64;
    // Only scenarios of one's own watch for long.
    Duration::from_secs_f64(if asked_for < LIMIT_S / 2.0 {
        LIMIT_S
    } else {
        asked_for + STEP_S * steps
    })
}

fn skip(scenario: &Scenario, need: Need) -> Result<u8> {
    output::print(&format!("{}: skipped: {}\n", scenario.name, need.lack()))?;
    Ok(SKIPPED)
}

/// Prints each step once it is over.
#[derive(Default)]
struct Printer {
    /// How many steps were reported.
    reported: usize,
    has_title: bool,
}

impl Printer {
    /// The exit code, once it is over.
    fn print_news(&mut self, play: &Play) -> Result<Option<u8>> {
        let is_good = play.score.contradicted == 0;
        if !self.has_title {
            self.has_title = true;
            let (name, title) = (&play.scenario.name, visible(&play.scenario.title));
            output::print(&format!("{name}: {title}\n"))?;
        }
        match &play.phase {
            Phase::Finished if self.reported <= play.at => {
                self.reported = play.at + 1;
                output::print(&step(play))?;
                Ok(None)
            }
            Phase::Over => {
                output::print(&format!("{}\n", transcript::score(play)))?;
                Ok(Some(if is_good { AS_PREDICTED } else { CONTRADICTED }))
            }
            Phase::Broken(sentence) => {
                let sentence = visible(sentence).into_owned();
                bail!("{} cannot go on: {sentence}", play.scenario.name)
            }
            _ => Ok(None),
        }
    }
}

/// A step as text: its number and narration, then a line for everything that is reported about it.
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
            let right = play.participants.named(&question.right);
            let _ = writeln!(text, "    predicted: {}", visible(&right));
        }
    }
    text
}
