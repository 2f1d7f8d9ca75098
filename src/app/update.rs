//! The one place where state changes: an input goes in, effects come out.

use crate::app::action::Action;
use crate::app::bottom::News;
use crate::app::dialog::{Dialog, SignalDialog};
use crate::app::input::{Effect, Input};
use crate::app::key::Key;
use crate::app::layout::BottomPane;
use crate::app::modes::Speed;
use crate::app::{App, Focus};
use crate::forecast::preview::{Masks, Scope};
use crate::record::{Details, ProcessKey, Signal};
use crate::text::visible;

impl App {
    /// Takes one input in, and says what is to be done about it.
    #[must_use = "effects that nobody carries out are lost"]
    pub fn update(&mut self, input: Input) -> Vec<Effect> {
        let selected = self.cursor.key;
        let news = News::of(&input);
        let mut effects = match input {
            Input::Record(record) => self.take_record(record),
            Input::Key(key) => self.take_key(key),
            Input::Pointer(pointer) => self.take_pointer(pointer),
            Input::Paste(text) => self.take_paste(&text),
            Input::Outcome(outcome) => self.take_outcome(outcome),
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

    fn take_key(&mut self, key: Key) -> Vec<Effect> {
        if self.is_paused {
            // No record comes that could age it.
            self.message = None;
        }
        let refusal = self.read_only();
        let acts = |action: &Action| action.row().acts_on_processes;
        let meant = Action::of_key(key);
        let action = meant.filter(|action| refusal.is_none() || !acts(action));
        // Whatever is open, and however small the screen: these two always work.
        if key == Key::ctrl('c') {
            return vec![Effect::Quit];
        }
        if action == Some(Action::Suspend) {
            return vec![Effect::Suspend];
        }
        if self.areas().is_none() {
            return if action == Some(Action::Quit) { vec![Effect::Quit] } else { Vec::new() };
        }
        match self.dialog.take() {
            None if action == Some(Action::Answer) => self.take_answer(key),
            None => match (action, refusal) {
                (Some(action), _) => self.act(action),
                (None, Some(reason)) if meant.is_some() => {
                    self.say_error(reason.sentence());
                    Vec::new()
                }
                (None, _) => Vec::new(),
            },
            Some(Dialog::Prompt(prompt)) => self.take_prompt_key(prompt, key),
            Some(Dialog::TestProcess(dialog)) => self.take_test_process_key(dialog, key, action),
            Some(dialog) => self.act_in_dialog(dialog, action),
        }
    }

    /// Does what an action says, with no dialog open.
    pub(super) fn act(&mut self, action: Action) -> Vec<Effect> {
        if self.focus == Focus::Details && self.scroll_details(action) {
            return Vec::new();
        }
        if self.focus == Focus::Bottom && self.act_on_bottom(action) {
            return Vec::new();
        }
        if self.focus == Focus::Guide
            && let Some(effects) = self.act_on_guide(action)
        {
            return effects;
        }
        if self.act_on_tree(action) {
            return Vec::new();
        }
        match action {
            Action::Details => self.toggle_details(),
            Action::Log => self.toggle_bottom(BottomPane::Log),
            Action::LogScope => self.toggle_log_scope(),
            Action::Timeline => self.toggle_bottom(BottomPane::Timeline),
            Action::NextPane => self.next_pane(),
            Action::ParentKind => self.toggle_parent_kind(),
            Action::Follow => self.toggle_follow(),
            Action::Pause => return self.toggle_pause(),
            Action::Faster => return self.change_interval(Speed::Faster),
            Action::Slower => return self.change_interval(Speed::Slower),
            Action::Help => self.dialog = Some(Dialog::Help { scroll: 0 }),
            Action::Sort => self.open_sort(),
            Action::Signal => return self.open_signal(Scope::Process),
            Action::SignalSubtree => return self.open_signal(Scope::Subtree),
            Action::StartTestProcess => self.open_test_process(),
            Action::LabMenu => return self.open_lab_menu(),
            Action::Timer => self.toggle_timer(),
            Action::Search | Action::Filter | Action::Palette => self.open_prompt(action),
            Action::NextMatch => self.go_to_match(crate::app::search::Direction::Forward),
            Action::PreviousMatch => self.go_to_match(crate::app::search::Direction::Backward),
            Action::Copy => return self.copy(),
            Action::Mouse => return self.toggle_mouse(),
            Action::Close => self.close_top(),
            Action::Suspend => return vec![Effect::Suspend],
            Action::Quit => return vec![Effect::Quit],
            _ => {}
        }
        // Opening the details or a dialog asks for what they show.
        self.wanted_details().into_iter().collect()
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

pub(super) fn masks_of(details: &Details) -> Masks {
    details.signals.map_or(Masks::Unknown, Masks::Known)
}
