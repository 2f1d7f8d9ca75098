//! The only place where state changes: an input goes in, effects come out.

use crate::app::App;
use crate::app::input::{Effect, Input};
use crate::dialogs::Dialog;
use crate::keymap::{Command, Context, GlobalCommand, Key};
use crate::layout::{Bottom, Focus};
use crate::panes::family::Change;
use crate::record::Observation;

impl App {
    /// Takes one input in, and says what is to be done about it.
    #[must_use = "effects that nobody executes are lost"]
    pub fn update(&mut self, input: Input) -> Vec<Effect> {
        let selected = self.tree.cursor.id;
        let is_scan = match &input {
            Input::Record(record) => Some(matches!(record.observation, Observation::Scan(_))),
            _ => None,
        };
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
                self.bring_cursor_on_screen();
                Vec::new()
            }
            Input::Stop(_) => vec![Effect::Quit],
            // The looks are the edge's.
            Input::Background(_) => Vec::new(),
            Input::SuspendRequested => vec![Effect::Suspend],
            Input::Resumed => vec![Effect::RefreshNow],
        };
        let has_moved = self.tree.cursor.id != selected;
        if has_moved {
            self.details.scroll = 0;
            self.keep_selected();
            effects.extend(self.wanted_details());
        }
        // Where the cursor had to leave the row of a dead process, nobody chose another family.
        self.update_family(match is_scan {
            None if has_moved => Change::Selected(self.selected()),
            Some(true) => Change::Scan,
            Some(false) | None => Change::Events,
        });
        if self.intake.is_paused {
            effects.retain(|effect| *effect != Effect::RefreshNow);
        }
        effects
    }

    fn update_family(&mut self, change: Change) {
        let has_keys = self.focus == Focus::Bottom;
        let (bottom, view) = self.bottom();
        let page = bottom.page(view.lines);
        bottom.update_family(view.world, change, page, has_keys);
    }

    fn on_key(&mut self, key: Key) -> Vec<Effect> {
        self.message = None;
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
                let help = self.key(GlobalCommand::Help);
                self.say(format!("no key here: {help} shows all"));
                Vec::new()
            }
        }
    }

    /// Where keys are meant now, the nearest context first.
    pub(crate) fn contexts(&self) -> &'static [Context] {
        use Context::{Global, List, Number, Text};
        match &self.dialog {
            None => self.focus_contexts(),
            Some(Dialog::Prompt(_)) => &[Text],
            Some(Dialog::TestProcess(_)) => &[Number, List, Global],
            Some(
                Dialog::Help(_)
                | Dialog::Signal(_)
                | Dialog::Lab(_)
                | Dialog::Order(_)
                | Dialog::Members(_)
                | Dialog::Trouble(_),
            ) => &[List, Global],
        }
    }

    /// Where keys are meant while no dialog is open.
    pub(super) fn focus_contexts(&self) -> &'static [Context] {
        use Context::{Details, Global, Log, Scenario, Timeline, Tree};
        match (self.focus, self.bottom.open) {
            (Focus::Tree, _) => &[Tree, Global],
            (Focus::Details, _) => &[Details, Tree, Global],
            (Focus::Scenario, _) => &[Scenario, Tree, Global],
            (Focus::Bottom, Some(Bottom::Timeline)) => &[Timeline, Tree, Global],
            (Focus::Bottom, Some(Bottom::Log) | None) => &[Log, Tree, Global],
        }
    }

    /// The key of a command, as a message names it.
    pub(super) fn key(&self, command: GlobalCommand) -> String {
        self.options.keymap.key(Context::Global, Command::Global(command), false)
    }
}

/// The command of a key that is typed into a text or a number.
fn typed(contexts: &[Context], key: Key) -> Option<Command> {
    let character = key.typed()?;
    match contexts.first()? {
        Context::Text => Some(Command::Insert(character)),
        Context::Number => character.to_digit(10).map(Command::Digit),
        Context::Tree
        | Context::Global
        | Context::Details
        | Context::Log
        | Context::Timeline
        | Context::Scenario
        | Context::Replay
        | Context::List => None,
    }
}
