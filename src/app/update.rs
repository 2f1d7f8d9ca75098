//! The one place where state changes: an input goes in, effects come out.

use crate::app::bottom::News;
use crate::app::dialog::{Dialog, PromptKind, SignalDialog};
use crate::app::input::{Effect, Input};
use crate::app::layout::BottomPane;
use crate::app::modes::Speed;
use crate::app::search::Direction;
use crate::app::{App, Focus};
use crate::forecast::preview::{Masks, Scope};
use crate::keymap::{Command, Context, DetailsCommand, GlobalCommand, Key};
use crate::record::{Details, ProcessKey, Signal};
use crate::text::visible;

impl App {
    /// Takes one input in, and says what is to be done about it.
    #[must_use = "effects that nobody carries out are lost"]
    pub fn update(&mut self, input: Input) -> Vec<Effect> {
        let selected = self.cursor.key;
        let news = News::of(&input);
        let mut effects = match input {
            Input::Record(record) => self.on_record(record),
            Input::Key(key) => self.on_key(key),
            Input::Pointer(pointer) => self.on_pointer(pointer),
            Input::Paste(text) => self.on_paste(&text),
            Input::Outcome(outcome) => self.on_outcome(outcome),
            Input::Resize(size) => {
                self.size = size;
                if self.focus == Focus::Details && !self.shows_details() {
                    self.focus = Focus::Tree;
                }
                let page = self.page();
                self.cursor.bring_on_screen(&self.rows, page);
                Vec::new()
            }
            Input::Stop(_) => vec![Effect::Quit],
            Input::SuspendRequested => vec![Effect::Suspend],
            Input::Resumed => vec![Effect::RefreshNow],
        };
        if self.cursor.key != selected {
            self.details_scroll = 0;
            self.keep_selected();
            effects.extend(self.wanted_details());
        }
        self.settle_bottom(news, selected);
        if self.is_paused {
            effects.retain(|effect| *effect != Effect::RefreshNow);
        }
        effects
    }

    /// Unfolds what hides a process, and selects it.
    pub(super) fn reveal(&mut self, key: ProcessKey) {
        let page = self.page();
        if self.cursor.land_on(key, &self.rows, page) {
            return;
        }
        let Some(slot) = self.world.slot_of(key) else { return };
        let tree = self.world.tree_of(self.parent_kind);
        for ancestor in std::iter::successors(tree.parent(slot), |slot| tree.parent(*slot)) {
            self.folds.open(self.world.at(ancestor).key());
        }
        self.rebuild_rows();
        if !self.cursor.land_on(key, &self.rows, page) && !self.filter.is_empty() {
            self.filter.clear();
            self.rebuild_rows();
            self.cursor.land_on(key, &self.rows, page);
        }
    }

    fn on_key(&mut self, key: Key) -> Vec<Effect> {
        if self.is_paused {
            // No record comes that could age it.
            self.message = None;
        }
        let contexts = self.contexts();
        let keymap = &self.options.keymap;
        let always = keymap.command(&[Context::Global], key).map(|binding| binding.command);
        // Whatever is open, and however small the screen.
        match always {
            Some(Command::Global(GlobalCommand::QuitNow)) => return vec![Effect::Quit],
            Some(Command::Global(GlobalCommand::Suspend)) => return vec![Effect::Suspend],
            Some(Command::Global(GlobalCommand::Quit)) if self.areas().is_none() => {
                return vec![Effect::Quit];
            }
            _ if self.areas().is_none() => return Vec::new(),
            _ => {}
        }
        let found = keymap.command(contexts, key);
        let acts = found.is_some_and(|binding| binding.row.acts_on_processes);
        let command = found.map(|binding| binding.command).or_else(|| typed(contexts, key));
        match (self.dialog.take(), command, self.read_only()) {
            (Some(dialog), Some(command), _) => self.on_dialog(dialog, command),
            (Some(dialog), None, _) => {
                self.dialog = Some(dialog);
                Vec::new()
            }
            (None, Some(_), Some(reason)) if acts => {
                self.say_error(reason.sentence());
                Vec::new()
            }
            (None, Some(command), _) => self.on_command(command),
            (None, None, _) => {
                self.say_unbound(key);
                Vec::new()
            }
        }
    }

    /// Where keys are meant now, the nearest context first.
    pub fn contexts(&self) -> &'static [Context] {
        use Context::{Global, List, Number, Text};
        match &self.dialog {
            None => self.focus_contexts(),
            Some(Dialog::Prompt(_)) => &[Text],
            Some(Dialog::TestProcess(_)) => &[Number, List, Global],
            Some(_) => &[List, Global],
        }
    }

    /// Where keys are meant while no dialog is open.
    pub(super) fn focus_contexts(&self) -> &'static [Context] {
        use Context::{Details, Global, Log, Scenario, Timeline, Tree};
        match (self.focus, self.bottom) {
            (Focus::Tree, _) => &[Tree, Global],
            (Focus::Details, _) => &[Details, Tree, Global],
            (Focus::Guide, _) => &[Scenario, Tree, Global],
            (Focus::Bottom, Some(BottomPane::Timeline)) => &[Timeline, Tree, Global],
            (Focus::Bottom, Some(BottomPane::Log) | None) => &[Log, Tree, Global],
        }
    }

    /// Runs a command with no dialog open.
    pub(super) fn on_command(&mut self, command: Command) -> Vec<Effect> {
        match command {
            Command::Move(motion) => match self.focus {
                Focus::Tree => self.move_in_tree(motion),
                Focus::Details => self.scroll_details(motion),
                Focus::Bottom => self.move_in_bottom(motion),
                Focus::Guide => self.scroll_guide(motion),
            },
            Command::Tree(command) => {
                self.on_tree(command);
                return self.wanted_details().into_iter().collect();
            }
            Command::Details(DetailsCommand::Close) => self.toggle_details(),
            Command::Log(command) => self.on_log(command),
            Command::Timeline(command) => self.on_timeline(command),
            Command::Scenario(command) => return self.on_scenario(command),
            Command::Answer(answer) => return self.on_answer(answer),
            Command::Global(command) => return self.on_global(command),
            // They are meant in dialogs alone.
            Command::List(_)
            | Command::Text(_)
            | Command::Edit(_)
            | Command::Insert(_)
            | Command::Number(_)
            | Command::Digit(_) => {}
        }
        Vec::new()
    }

    fn on_global(&mut self, command: GlobalCommand) -> Vec<Effect> {
        match command {
            GlobalCommand::Log => self.toggle_bottom(BottomPane::Log),
            GlobalCommand::LogScope => self.toggle_log_scope(),
            GlobalCommand::Timeline => self.toggle_bottom(BottomPane::Timeline),
            GlobalCommand::NextPane => self.next_pane(),
            GlobalCommand::ByCreator => self.toggle_parent_kind(),
            GlobalCommand::KernelThreads => self.toggle_kernel_threads(),
            GlobalCommand::Follow => self.toggle_follow(),
            GlobalCommand::Pause => return self.toggle_pause(),
            GlobalCommand::Faster => return self.change_interval(Speed::Faster),
            GlobalCommand::Slower => return self.change_interval(Speed::Slower),
            GlobalCommand::Help => self.dialog = Some(Dialog::Help { scroll: 0 }),
            GlobalCommand::Order => self.open_sort(),
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

    /// The key of a command, as a message names it.
    pub(super) fn key(&self, command: GlobalCommand) -> String {
        self.options.keymap.key(Context::Global, Command::Global(command), false)
    }

    fn say_unbound(&mut self, key: Key) {
        let help = self.key(GlobalCommand::Help);
        self.say(format!("{key} does nothing here; {help} shows the keys"));
    }

    fn open_sort(&mut self) {
        use crate::panes::tree::rows::SiblingOrder;
        let choice = SiblingOrder::ALL.iter().position(|order| *order == self.order);
        self.dialog = Some(Dialog::Sort { choice: choice.unwrap_or(0) });
    }

    fn open_signal(&mut self, scope: Scope) -> Vec<Effect> {
        let Some(process) = self.cursor.key.and_then(|key| self.world.get(key)) else {
            return Vec::new();
        };
        let target = process.key();
        if let Some(end) = process.ended {
            let who = format!("{} {}", visible(&process.stat.comm), target.pid);
            let cause = end.cause.short();
            self.say(format!("{who} has ended already ({cause}); no signal can reach it"));
            return Vec::new();
        }
        let preferred = if self.kill_offer == Some(target) { Signal::KILL } else { Signal::TERM };
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
        // Whether it is stopped, no event tells.
        let reads = [Effect::ReadDetails(target), Effect::ReadStats(vec![target.pid])];
        reads.into_iter().chain(self.wanted_masks()).collect()
    }
}

/// What a key types where text or a number is asked for.
fn typed(contexts: &[Context], key: Key) -> Option<Command> {
    let character = key.typed()?;
    match contexts.first()? {
        Context::Text => Some(Command::Insert(character)),
        Context::Number => character.to_digit(10).map(Command::Digit),
        _ => None,
    }
}

pub(super) fn masks_of(details: &Details) -> Masks {
    details.signals.map_or(Masks::Unknown, Masks::Known)
}
