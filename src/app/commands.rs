//! Commands as the session runs them with no dialog open: each goes to its room.

use crate::app::App;
use crate::app::input::Effect;
use crate::app::modes::Speed;
use crate::dialogs::Dialog;
use crate::dialogs::help::HelpDialog;
use crate::dialogs::members::MembersDialog;
use crate::dialogs::order::OrderDialog;
use crate::dialogs::prompt::PromptKind;
use crate::dialogs::trouble::TroubleDialog;
use crate::forecast::Scope;
use crate::keymap::{Command, DetailsCommand, GlobalCommand, LogCommand, Motion};
use crate::layout::{Bottom, DetailsShown, Focus};
use crate::panes::bottom::BottomPane;
use crate::panes::log::Subject;
use crate::panes::tree::order::SiblingOrder;
use crate::panes::tree::rows::RowId;
use crate::panes::tree::search::Direction;
use crate::trouble::troubles;

impl App {
    /// Runs a command with no dialog open.
    pub(super) fn on_command(&mut self, command: Command) -> Vec<Effect> {
        match command {
            Command::Move(motion) => self.on_motion(motion),
            Command::Tree(command) => {
                let page = self.page();
                self.tree.on_command(command, &self.world, page);
            }
            Command::Details(DetailsCommand::Toggle | DetailsCommand::Close) => {
                self.toggle_details();
                return self.wanted_details().into_iter().collect();
            }
            Command::Log(LogCommand::GoToProcess) => self.go_to_logged(),
            Command::Timeline(command) => {
                let BottomPane { timeline, family, .. } = &mut self.bottom;
                if let Some(key) = timeline.on_command(command, family, &self.world) {
                    self.go_to_life(key);
                }
            }
            Command::Scenario(command) => return self.on_scenario(command),
            Command::Answer(answer) => return self.on_answer(answer),
            Command::Global(command) => return self.on_global(command),
            // They are meant in dialogs alone.
            Command::List(_)
            | Command::Text(_)
            | Command::Edit(_)
            | Command::Insert(_)
            | Command::Number(_)
            | Command::Replay(_)
            | Command::Digit(_) => {}
        }
        Vec::new()
    }

    pub(super) fn on_motion(&mut self, motion: Motion) {
        match self.focus {
            Focus::Tree => {
                let page = self.page();
                self.tree.on_motion(motion, page);
            }
            Focus::Details => self.scroll_details(motion),
            Focus::Bottom => {
                let (bottom, view) = self.bottom();
                bottom.on_motion(motion, view);
            }
            Focus::Scenario => self.scroll_scenario(motion),
        }
    }

    pub(super) fn scroll_details(&mut self, motion: Motion) {
        let height = self.areas().and_then(|areas| areas.details).map_or(1, |area| area.height);
        let page = usize::from(height.saturating_sub(1)).max(1);
        let lines = self.details_lines().len();
        self.details.on_motion(motion, lines, page);
    }

    pub(super) fn scroll_scenario(&mut self, motion: Motion) {
        let area = self.scenario_area();
        if let Some(scenario) = &mut self.scenario {
            scenario.on_motion(motion, area);
        }
    }

    fn on_global(&mut self, command: GlobalCommand) -> Vec<Effect> {
        let page = self.page();
        match command {
            GlobalCommand::Log => self.toggle_bottom(Bottom::Log),
            GlobalCommand::LogScope => self.toggle_log_scope(),
            GlobalCommand::Timeline => self.toggle_bottom(Bottom::Timeline),
            GlobalCommand::NextPane => self.next_pane(),
            GlobalCommand::OrderByCpu => self.tree.order_by(SiblingOrder::Cpu, &self.world, page),
            GlobalCommand::OrderByMemory => {
                self.tree.order_by(SiblingOrder::Memory, &self.world, page);
            }
            GlobalCommand::Trouble => {
                let troubles = troubles(&self.world);
                self.dialog = Some(Dialog::Trouble(TroubleDialog { troubles, choice: 0 }));
            }
            GlobalCommand::NextTrouble => self.go_to_trouble(Direction::Forward),
            GlobalCommand::PreviousTrouble => self.go_to_trouble(Direction::Backward),
            GlobalCommand::Arrange => self.rearrange(),
            GlobalCommand::Family => self.toggle_family(),
            GlobalCommand::Back => self.go_back(),
            GlobalCommand::Machine => {
                self.modes.shows_machine = !self.modes.shows_machine;
                self.bring_cursor_on_screen();
            }
            GlobalCommand::Ghosts => self.cycle_ghosts(),
            GlobalCommand::KernelThreads => self.tree.toggle_kernel_threads(&self.world, page),
            GlobalCommand::Follow => self.tree.toggle_follow(page),
            GlobalCommand::Pause => return self.toggle_pause(),
            GlobalCommand::Faster => return self.change_interval(Speed::Faster),
            GlobalCommand::Slower => return self.change_interval(Speed::Slower),
            GlobalCommand::Help => self.dialog = Some(Dialog::Help(HelpDialog::default())),
            GlobalCommand::Order => {
                self.dialog = Some(Dialog::Order(OrderDialog::new(self.tree.shown.order)));
            }
            GlobalCommand::Signal => return self.open_signal(Scope::Process),
            GlobalCommand::SignalSubtree => return self.open_signal(Scope::Subtree),
            GlobalCommand::TestProcess => self.open_test_process(),
            GlobalCommand::Lab => return self.open_lab_menu(),
            GlobalCommand::Search => self.open_prompt(PromptKind::Search),
            GlobalCommand::Filter => self.open_prompt(PromptKind::Filter),
            GlobalCommand::Palette => self.open_prompt(PromptKind::Palette),
            GlobalCommand::NextMatch => self.go_to_match(Direction::Forward),
            GlobalCommand::PreviousMatch => self.go_to_match(Direction::Backward),
            GlobalCommand::Copy => return self.copy(),
            GlobalCommand::Mouse => return self.toggle_mouse(),
            GlobalCommand::Close => self.close_top(),
            GlobalCommand::Suspend => return vec![Effect::Suspend],
            GlobalCommand::Quit if self.focus != Focus::Tree => self.focus = Focus::Tree,
            GlobalCommand::Quit | GlobalCommand::QuitNow => return vec![Effect::Quit],
        }
        // Opening the details or a dialog asks for what they show.
        self.wanted_details().into_iter().collect()
    }

    /// Opens or closes the details; where a scenario is in their place, it gets the keys.
    fn toggle_details(&mut self) {
        let series = self.tree.cursor.id.and_then(RowId::series);
        if let Some(series) = series.filter(|_| self.focus == Focus::Tree) {
            self.dialog = MembersDialog::new(&self.world, series).map(Dialog::Members);
            return;
        }
        if self.scenario.is_some() {
            self.focus = Focus::Scenario;
            return;
        }
        self.details.shown =
            if self.shows_details() { DetailsShown::Closed } else { DetailsShown::Open };
        self.focus = Focus::Tree;
        self.bring_cursor_on_screen();
    }

    /// Opens that pane, or closes it. The tree keeps the keys: what happens is watched from there.
    fn toggle_bottom(&mut self, pane: Bottom) {
        self.bottom.toggle(pane, self.selected());
        self.focus = Focus::Tree;
        self.bring_cursor_on_screen();
    }

    fn toggle_log_scope(&mut self) {
        let was_open = self.bottom.open == Some(Bottom::Log);
        self.bottom.toggle_log_scope(self.selected());
        if !was_open {
            self.focus = Focus::Tree;
            self.bring_cursor_on_screen();
        }
    }

    fn next_pane(&mut self) {
        self.focus = match self.focus {
            Focus::Tree if self.scenario.is_some() => Focus::Scenario,
            Focus::Tree if self.shows_details() => Focus::Details,
            Focus::Tree | Focus::Details | Focus::Scenario if self.bottom.open.is_some() => {
                Focus::Bottom
            }
            Focus::Tree | Focus::Details | Focus::Scenario | Focus::Bottom => Focus::Tree,
        };
    }

    fn go_to_logged(&mut self) {
        let (bottom, view) = self.bottom();
        match bottom.log.subject(&bottom.family, view) {
            Some(Subject::Life(key)) => self.go_to_life(key),
            Some(Subject::None) => self.say("this is about no process of its own"),
            Some(Subject::Unknown(pid)) => {
                self.say(format!("nothing more is known of process {pid}"));
            }
            None => {}
        }
    }

    pub(super) fn bring_cursor_on_screen(&mut self) {
        let page = self.page();
        self.tree.cursor.bring_on_screen(&self.tree.rows, page);
    }
}
