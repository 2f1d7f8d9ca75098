//! Leading the cursor to a process: one that was started, searched, or named in the log.

use std::collections::HashSet;

use crate::app::App;
use crate::keymap::GlobalCommand;
use crate::layout::Focus;
use crate::panes::tree::search::Direction;
use crate::panes::tree::shown::Arrangement;
use crate::record::ProcessId;
use crate::trouble::troubles;
use crate::world::ParentKind;

impl App {
    pub(super) fn reveal(&mut self, id: ProcessId) {
        let page = self.page();
        self.tree.reveal(id, &self.world, page);
    }

    /// Goes back to where the cursor was before it was led here.
    pub(super) fn go_back(&mut self) {
        match self.tree.take_last_place() {
            Some(place) if self.world.life(place).is_some() => self.select_life(place),
            Some(place) => self.say(format!("{} is gone for good", place.pid)),
            None => self.say("the cursor was nowhere else before"),
        }
    }

    /// Selects the process that was started here, or named when the program started.
    pub(super) fn go_to_expected(&mut self) {
        let Some(expected) = self.tree.expected else { return };
        let found = self.world.resolve(expected.key);
        if let Some(id) = found.filter(|id| self.world.get(*id).is_some()) {
            self.tree.expected = None;
            if let Some(root) = expected.family(&self.world) {
                self.show_family_of(Some(root));
            }
            self.tree.leave_place();
            self.reveal(id);
        }
    }

    /// Jumps to the next match of the last search.
    pub(super) fn go_to_match(&mut self, direction: Direction) {
        if self.tree.needle.is_empty() {
            let search = self.key(GlobalCommand::Search);
            self.say(format!("nothing was searched for yet; {search} searches"));
            return;
        }
        let page = self.page();
        self.tree.leave_place();
        if !self.tree.go_to_match(direction, &self.world, page) {
            self.say_error(format!("no process matches \"{}\"", self.tree.needle));
        }
    }

    /// Goes to the next row of a process that is in trouble.
    pub(super) fn go_to_trouble(&mut self, direction: Direction) {
        let troubled: HashSet<ProcessId> = troubles(&self.world)
            .iter()
            .flat_map(|trouble| trouble.processes().iter().copied())
            .collect();
        let page = self.page();
        self.tree.leave_place();
        if !self.tree.go_to_one_of(&troubled, direction, &self.world, page) {
            self.say("no process on the screen's tree is in trouble");
        }
    }

    /// Selects a process in the tree, wherever it is: living, a ghost, or remembered only.
    pub(super) fn go_to_life(&mut self, id: ProcessId) {
        if self.world.life(id).is_none() {
            self.say(format!("{} is gone for good: too much has happened since", id.pid));
            return;
        }
        self.tree.leave_place();
        self.select_life(id);
    }

    fn select_life(&mut self, id: ProcessId) {
        let Some(life) = self.world.life(id) else { return };
        if life.ended.is_some() {
            self.bring_back(id);
        } else if life.stat.is_kernel_thread() && !self.tree.shown.kernel_threads {
            self.tree.shown.kernel_threads = true;
            self.rebuild_rows();
        }
        self.focus = Focus::Tree;
        self.reveal(id);
    }

    /// Gives a dead process a row that stays while the cursor is on it.
    fn bring_back(&mut self, id: ProcessId) {
        let slot = self.world.slot_of(id);
        let kind = self.tree.shown.parent_kind();
        let is_hidden = slot.is_some_and(|slot| !self.world.is_shown_in(kind, slot));
        self.world.recall(id);
        self.world.keep(Some(id));
        if is_hidden && kind == ParentKind::Kernel {
            // It is kept for those that it created: there they are seen together.
            self.tree.shown.arrangement = Arrangement::Creators;
            self.world.keep_creators(true);
            self.rebuild_rows();
            self.say_arrangement();
        } else {
            self.rebuild_rows();
        }
    }
}
