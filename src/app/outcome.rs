//! Outcomes of effects, and what the session says about them.

use crate::app::App;
use crate::app::input::{Effect, Outcome};
use crate::dialogs::Dialog;
use crate::dialogs::lab_menu::LabMenu;
use crate::keymap::GlobalCommand;
use crate::panes::tree::Expected;
use crate::text::visible;

impl App {
    pub(super) fn on_outcome(&mut self, outcome: Outcome) -> Vec<Effect> {
        match outcome {
            Outcome::Signal(order, result) => self.on_signal_result(&order, result),
            Outcome::LabOpened(key) => {
                self.tree.expected = Some(Expected::lab_main(key));
                let start = self.key(GlobalCommand::TestProcess);
                self.say(format!("the lab's main is {}; {start} starts test processes", key.pid));
                vec![Effect::RefreshNow]
            }
            Outcome::TestProcessStarted(kind, key) => {
                self.tree.expected = Some(Expected::process(key));
                self.say(format!("started {} {}", kind.row().comm, key.pid));
                vec![Effect::RefreshNow]
            }
            Outcome::ProgramStarted(file, key) => {
                self.tree.expected = Some(Expected::process(key));
                self.say(format!("started {file}: {}", key.pid));
                vec![Effect::RefreshNow]
            }
            Outcome::TestProcessAdded(kind, key) => {
                self.say(format!("started {} {}", kind.row().comm, key.pid));
                vec![Effect::RefreshNow]
            }
            Outcome::MainAskedToEnd(main) => {
                self.say(format!("the lab's main {} was asked to end", main.pid));
                Vec::new()
            }
            Outcome::LabClosed => {
                self.show_all();
                self.say("the lab has ended, with everything in it".to_owned());
                Vec::new()
            }
            Outcome::Caught(caught) => {
                self.say(visible(&caught.to_string()).into_owned());
                Vec::new()
            }
            Outcome::Stage(run, news) => self.on_stage_news(run, news),
            Outcome::Scenarios { found, has_python } => {
                if let Some(Dialog::Lab(menu)) = &mut self.dialog {
                    menu.fill(LabMenu::entries(found, has_python));
                }
                Vec::new()
            }
            Outcome::Failed(sentence) => {
                self.say_error(sentence);
                Vec::new()
            }
        }
    }
}
