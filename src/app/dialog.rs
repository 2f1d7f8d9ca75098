//! Dialogs as the session opens them, and what is done when they close.

use std::sync::Arc;

use crate::app::App;
use crate::app::input::{Effect, SignalOrder};
use crate::app::intake::masks_of;
use crate::dialogs::lab_menu::{LabAct, LabChoice, LabEntry, LabMenu};
use crate::dialogs::prompt::{Prompt, PromptInput, PromptKind, palette};
use crate::dialogs::signal::SignalDialog;
use crate::dialogs::test_process::TestProcessDialog;
use crate::dialogs::{Dialog, DialogAct, Next, help};
use crate::forecast::{Masks, Scope, forecast};
use crate::keymap::{Command, GlobalCommand, Motion};
use crate::panes::tree::search::Direction;
use crate::record::{Pid, ProcessId, Signal};
use crate::test_process::TestProcessOrder;
use crate::text::visible;

impl App {
    /// The values that the text of the help is made from.
    pub(super) fn help_text(&self) -> help::Text<'_> {
        help::Text {
            keymap: &self.options.keymap,
            is_read_only: self.read_only().is_some(),
            screen: self.size,
        }
    }

    /// Runs a command in an open dialog.
    pub(super) fn on_dialog(&mut self, dialog: Dialog, command: Command) -> Vec<Effect> {
        if let Dialog::Prompt(prompt) = dialog {
            return self.on_prompt(prompt, command);
        }
        if let (Dialog::Help(_), Command::Global(GlobalCommand::Search)) = (&dialog, command) {
            // The palette finds a command by any word of its help.
            self.open_prompt(PromptKind::Palette);
            return Vec::new();
        }
        match dialog.on_command(command, &self.world, &self.help_text()) {
            Next::Stay(dialog) => {
                self.dialog = Some(dialog);
                Vec::new()
            }
            Next::Close => Vec::new(),
            Next::Act(DialogAct::Order(order)) => {
                self.tree.shown.order = order;
                self.rebuild_rows();
                Vec::new()
            }
            Next::Act(DialogAct::Signal(dialog)) => self.send_signal(dialog),
            Next::Act(DialogAct::Start(order, parent)) => {
                self.start_test_process(order, parent.as_ref())
            }
            Next::Act(DialogAct::Lab(choice)) => self.on_lab_choice(choice),
            Next::Act(DialogAct::GoTo(id)) => {
                self.go_to_life(id);
                Vec::new()
            }
        }
    }

    pub(super) fn open_signal(&mut self, scope: Scope) -> Vec<Effect> {
        let Some(process) = self.selected().and_then(|key| self.world.get(key)) else {
            if self.tree.selected_row().is_some() {
                self.say("this row is of many that have ended: choose one process first");
            }
            return Vec::new();
        };
        let target = process.id();
        if let Some(end) = process.ended {
            let who = format!("{} {}", visible(&process.stat.comm), target.pid);
            let cause = end.cause.short();
            self.say(format!("{who} has already ended ({cause}); no signal can reach it"));
            return Vec::new();
        }
        let offer = self.signals.kill_offer;
        let preferred = if offer == Some(target) { Signal::KILL } else { Signal::TERM };
        let choice = Signal::all().position(|signal| signal == preferred).unwrap_or(0);
        let masks = self.world.details(target).map_or(Masks::Unread, masks_of);
        self.dialog = Some(Dialog::Signal(SignalDialog {
            target,
            name: process.stat.comm.clone(),
            scope,
            choice,
            masks,
            is_confirming: false,
        }));
        // Whether it is stopped, no event says.
        let reads = [Effect::ReadDetails(process.key()), Effect::ReadStats(vec![target.pid])];
        reads.into_iter().chain(self.wanted_masks()).collect()
    }

    fn send_signal(&mut self, dialog: SignalDialog) -> Vec<Effect> {
        let signal = dialog.signal();
        let SignalDialog { target: id, name, scope, masks, .. } = dialog;
        let Some(target) = self.world.key(id) else {
            return self.say_gone(&name, id.pid);
        };
        self.signals.kill_offer.take_if(|offer| *offer == id);
        let forecast = forecast(&self.world, id, signal, scope, masks);
        for process in forecast.iter().flat_map(|forecast| &forecast.processes) {
            self.world.mark_signaled(process.id);
        }
        let number = self.signals.keep(&self.world, forecast);
        vec![Effect::Signal(SignalOrder { number, target, name, signal, scope })]
    }

    fn say_gone(&mut self, name: &str, pid: Pid) -> Vec<Effect> {
        self.say(format!("{} {pid} had already ended", visible(name)));
        Vec::new()
    }

    /// With the cursor on a living test process, the next one is its child.
    pub(super) fn open_test_process(&mut self) {
        let process = self.selected().and_then(|key| self.world.get(key));
        let parent = process
            .filter(|process| process.test_process.is_some() && process.ended.is_none())
            .map(|process| (process.id(), process.stat.comm.clone()));
        self.dialog = Some(Dialog::TestProcess(TestProcessDialog::new(parent)));
    }

    fn start_test_process(
        &mut self,
        order: TestProcessOrder,
        parent: Option<&(ProcessId, Arc<str>)>,
    ) -> Vec<Effect> {
        let under = parent.and_then(|(id, _)| self.world.key(*id));
        if let (Some((id, name)), None) = (parent, under) {
            return self.say_gone(name, id.pid);
        }
        let order = order.under(under);
        let row = order.kind.row();
        self.say(if row.counts_itself() && order.number > 1 {
            format!("starting {} test processes: {}", order.number, row.name)
        } else {
            format!("starting a test process: {order}")
        });
        vec![Effect::StartTestProcess(order)]
    }

    /// Opens the menu; its entries come later.
    pub(super) fn open_lab_menu(&mut self) -> Vec<Effect> {
        let played = self.modes.played.clone();
        self.dialog = Some(Dialog::Lab(LabMenu { played, ..LabMenu::default() }));
        vec![Effect::ListScenarios]
    }

    fn on_lab_choice(&mut self, choice: LabChoice) -> Vec<Effect> {
        match choice {
            LabChoice::Play(scenario) => return self.begin_scenario(&Arc::clone(&scenario)),
            LabChoice::Start(program) => {
                self.say(format!("starting {}.py", program.name));
                return vec![Effect::RunProgram(program)];
            }
            LabChoice::Act(LabAct::EndMain) => return vec![Effect::EndLabMain],
            LabChoice::Act(LabAct::EndAll) => return vec![Effect::EndLab],
            LabChoice::Lacks(LabEntry::Program(..), need) => {
                self.say_error(format!("it cannot be started: {}", need.lack()));
            }
            LabChoice::Lacks(LabEntry::Scenario(..) | LabEntry::Act(_), need) => {
                self.say_error(format!("it cannot be played: {}", need.lack()));
            }
            LabChoice::Broken(broken) => self.say_error(visible(&broken.sentence).into_owned()),
        }
        Vec::new()
    }

    pub(super) fn open_prompt(&mut self, kind: PromptKind) {
        self.dialog = Some(Dialog::Prompt(Prompt::new(kind, String::new(), self.selected())));
    }

    /// Pasted text goes into the line that is being typed, and nowhere else.
    pub(super) fn on_paste(&mut self, text: &str) -> Vec<Effect> {
        match self.dialog.take() {
            Some(Dialog::Prompt(mut prompt)) => {
                prompt.paste(text);
                self.apply_text(&mut prompt);
                self.dialog = Some(Dialog::Prompt(prompt));
            }
            other => self.dialog = other,
        }
        Vec::new()
    }

    fn on_prompt(&mut self, mut prompt: Prompt, command: Command) -> Vec<Effect> {
        match prompt.on_command(command) {
            PromptInput::Edited => self.apply_text(&mut prompt),
            PromptInput::Step(direction) => self.step_in_prompt(&mut prompt, direction),
            PromptInput::Confirm => return self.confirm_prompt(&prompt),
            PromptInput::Cancel => {
                self.cancel_prompt(&prompt);
                return Vec::new();
            }
            PromptInput::None => {}
        }
        self.dialog = Some(Dialog::Prompt(prompt));
        Vec::new()
    }

    fn apply_text(&mut self, prompt: &mut Prompt) {
        match prompt.kind {
            PromptKind::Search => {
                prompt.text.value().clone_into(&mut self.tree.needle);
                let page = self.page();
                self.tree.search_from(prompt.origin, &self.world, page);
            }
            PromptKind::Filter => {
                prompt.text.value().clone_into(&mut self.tree.shown.filter);
                self.rebuild_rows();
            }
            PromptKind::Palette => prompt.choice = 0,
        }
    }

    fn step_in_prompt(&mut self, prompt: &mut Prompt, direction: Direction) {
        let last = match prompt.kind {
            PromptKind::Search => &self.tree.last_search,
            PromptKind::Filter => &self.tree.last_filter,
            PromptKind::Palette => "",
        };
        if direction == Direction::Backward && prompt.text.value().is_empty() && !last.is_empty() {
            prompt.paste(last);
            self.apply_text(prompt);
            return;
        }
        match prompt.kind {
            PromptKind::Search if !self.tree.needle.is_empty() => {
                self.go_to_match(direction);
                prompt.origin = self.selected();
            }
            PromptKind::Search | PromptKind::Filter => {}
            PromptKind::Palette => {
                let count = palette(self.commands(), prompt.text.value()).len();
                let motion = match direction {
                    Direction::Forward => Motion::Down,
                    Direction::Backward => Motion::Up,
                };
                prompt.choice = motion.choose(prompt.choice, count);
            }
        }
    }

    fn confirm_prompt(&mut self, prompt: &Prompt) -> Vec<Effect> {
        match prompt.kind {
            PromptKind::Search => {
                self.tree.note_place(prompt.origin);
                self.tree.last_search.clone_from(&self.tree.needle);
                if !self.tree.has_match(&self.world) {
                    self.say_error(format!("no process matches \"{}\"", self.tree.needle));
                }
                Vec::new()
            }
            PromptKind::Filter => {
                self.tree.last_filter.clone_from(&self.tree.shown.filter);
                Vec::new()
            }
            PromptKind::Palette => {
                let found = palette(self.commands(), prompt.text.value());
                let command = found.get(prompt.choice).map(|binding| binding.command);
                command.map_or_else(Vec::new, |command| self.on_command(command))
            }
        }
    }

    fn cancel_prompt(&mut self, prompt: &Prompt) {
        match prompt.kind {
            PromptKind::Search => {
                self.tree.needle.clear();
                if let Some(origin) = prompt.origin {
                    self.reveal(origin);
                }
            }
            PromptKind::Filter => {
                self.tree.shown.filter.clear();
                self.rebuild_rows();
            }
            PromptKind::Palette => {}
        }
    }
}
