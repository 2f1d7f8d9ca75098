//! Scenarios in the session: their begin, their end, and their orders to the lab.

use std::sync::Arc;
use std::time::Duration;

use crate::app::App;
use crate::app::input::Effect;
use crate::dialogs::Dialog;
use crate::keymap::{Command, Context, ScenarioCommand};
use crate::layout::Focus;
use crate::panes::scenario::{Pace, ScenarioPane, subject_of};
use crate::panes::tree::Expected;
use crate::record::{EventSource, ScanSource};
use crate::scenario::play::{Phase, Play};
use crate::scenario::request::{StageNews, StageOrder};
use crate::scenario::{NO_TICKS, Need, Scenario};

/// Ghosts stay so long while a scenario is played, in seconds: they are what it is about.
const LINGER_S: f64 = 90.0;
/// While a scenario is played, facts are refreshed at least so often.
const PLAY_INTERVAL: Duration = Duration::from_millis(500);

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
        self.runs += 1;
        let (play, order) = Play::begin(Arc::clone(scenario), self.runs, self.world.now());
        let pace = self.scenario.as_ref().map_or(self.options.pace, |scenario| scenario.pace);
        if !self.modes.played.contains(&scenario.name) {
            self.modes.played.push(scenario.name.clone());
        }
        self.scenario = Some(ScenarioPane::new(play, pace));
        self.focus = Focus::Scenario;
        self.world.set_lab_linger(LINGER_S);
        self.message = None;
        let mut effects = self.request(Some(order));
        effects.push(Effect::SetInterval(self.intake.interval.min(PLAY_INTERVAL)));
        effects
    }

    /// Ends the scenario, and everything that was started for it.
    fn stop_scenario(&mut self) -> Vec<Effect> {
        let Some(ScenarioPane { play, .. }) = self.scenario.take() else { return Vec::new() };
        self.focus = Focus::Tree;
        self.show_all();
        self.world.set_lab_linger(self.options.linger.as_secs_f64());
        self.say(format!("scenario \"{}\" closed; its processes were ended", play.scenario.name));
        vec![
            Effect::Stage(play.run, StageOrder::Close),
            Effect::SetInterval(self.intake.interval),
            Effect::RefreshNow,
        ]
    }

    pub(super) fn on_scenario(&mut self, command: ScenarioCommand) -> Vec<Effect> {
        let Some(pane) = &mut self.scenario else { return Vec::new() };
        match command {
            ScenarioCommand::Advance if pane.play.phase == Phase::Over => {
                let name = pane.play.scenario.name.clone();
                let mut effects = self.stop_scenario();
                effects.extend(self.open_lab_menu());
                if let Some(Dialog::Lab(menu)) = &mut self.dialog {
                    menu.after = Some(name.clone());
                }
                effects
            }
            ScenarioCommand::Advance => {
                let order = pane.advance(&self.world);
                self.request(order)
            }
            ScenarioCommand::PlayAgain => {
                let scenario = Arc::clone(&pane.play.scenario);
                self.begin_scenario(&scenario)
            }
            ScenarioCommand::Stop => self.stop_scenario(),
            ScenarioCommand::Automatic => {
                pane.toggle_timer();
                let is_timed = pane.pace == Pace::Timed;
                let advance = Command::Scenario(ScenarioCommand::Advance);
                let key = self.options.keymap.key(Context::Scenario, advance, false);
                self.say(if is_timed {
                    "the scenario advances automatically".to_owned()
                } else {
                    format!("{key} advances the scenario")
                });
                Vec::new()
            }
        }
    }

    pub(super) fn on_answer(&mut self, answer: usize) -> Vec<Effect> {
        let Some(pane) = &mut self.scenario else { return Vec::new() };
        let order = pane.on_answer(answer, &self.world);
        self.request(order)
    }

    /// Takes in the lab's answer to a request of a scenario.
    pub(super) fn on_stage_news(&mut self, run: u64, news: StageNews) -> Vec<Effect> {
        let Some(pane) = self.scenario.as_mut().filter(|pane| pane.play.run == run) else {
            return Vec::new();
        };
        match &news {
            StageNews::Started(processes) => {
                self.tree.expected = processes.first().copied().map(Expected::process);
            }
            StageNews::Opened(main) => self.tree.expected = Some(Expected::lab_main(*main)),
            StageNews::Done
            | StageNews::Named(..)
            | StageNews::Caught(_)
            | StageNews::Refused(_)
            | StageNews::Ended => {}
        }
        let order = pane.on_news(news, &self.world);
        let mut effects = self.request(order);
        effects.push(Effect::RefreshNow);
        effects
    }

    /// After every record: the scenario that was named at the start begins, or a step goes on.
    pub(super) fn update_scenario(&mut self) -> Vec<Effect> {
        let can_begin = self.world.is_scanned() && !self.world.event_note().is_empty();
        if let Some(scenario) = self.options.scenario.take_if(|_| can_begin) {
            return self.begin_scenario(&scenario);
        }
        let Some(pane) = &mut self.scenario else { return Vec::new() };
        let order = pane.on_record(&self.world);
        self.request(order)
    }

    /// A request to the lab as effects; the cursor goes to the process that it is about.
    fn request(&mut self, order: Option<StageOrder>) -> Vec<Effect> {
        let (Some(order), Some(pane)) = (order, &self.scenario) else { return Vec::new() };
        if let Some(key) = subject_of(&order) {
            self.tree.expected = Some(Expected::process(key));
        }
        vec![Effect::Stage(pane.play.run, order)]
    }
}
