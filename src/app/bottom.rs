//! The pane at the bottom, whichever it is: opening it, the family it is about, and the way from
//! there to a process in the tree.

use std::collections::HashSet;

use ratatui::layout::{Position, Rect};

use crate::app::input::Input;
use crate::app::layout::{BottomPane, bottom_parts};
use crate::app::log::LogScope;
use crate::app::{App, Focus};
use crate::keymap::Motion;
use crate::record::{Observation, ProcessKey};
use crate::world::family::{Member, family_root, members};
use crate::world::{ParentKind, What};

/// The family that log and timeline are about.
#[derive(Debug, Default)]
pub struct FamilyView {
    /// Whoever was selected last: it is the family of this process.
    of: Option<ProcessKey>,
    /// Its root.
    pub root: Option<ProcessKey>,
    /// Everybody in it, the root first.
    pub members: Vec<Member>,
    keys: HashSet<ProcessKey>,
    /// The log was read up to this number.
    read_to: u64,
}

impl FamilyView {
    /// Whether a process is of the family.
    pub fn has(&self, key: ProcessKey) -> bool {
        self.keys.contains(&key)
    }

    fn correct(&mut self, old: ProcessKey, new: ProcessKey) {
        let all = self.of.iter_mut().chain(&mut self.root);
        for key in all.chain(self.members.iter_mut().map(|member| &mut member.key)) {
            if *key == old {
                *key = new;
            }
        }
        if self.keys.remove(&old) {
            self.keys.insert(new);
        }
    }
}

/// What of an input may concern the family.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum News {
    /// A user did something.
    Act,
    /// Something happened.
    Events,
    /// All processes were read.
    Scan,
}

impl News {
    pub(super) fn of(input: &Input) -> Self {
        match input {
            Input::Record(record) => match record.observation {
                Observation::Scan(_) => Self::Scan,
                _ => Self::Events,
            },
            _ => Self::Act,
        }
    }
}

impl App {
    /// How many lines the pane at the bottom shows, its title apart.
    pub fn bottom_page(&self) -> usize {
        let pane = self.areas().and_then(|areas| areas.bottom);
        let lines = pane.map_or(1, |pane| usize::from(bottom_parts(pane).1.height));
        match self.bottom {
            Some(BottomPane::Timeline) => crate::app::timeline::lanes_of(lines),
            _ => lines,
        }
    }

    /// Opens that pane, or closes it. The tree keeps the keys: what happens is watched from there.
    pub(super) fn toggle_bottom(&mut self, pane: BottomPane) {
        self.bottom = if self.bottom == Some(pane) { None } else { Some(pane) };
        self.focus = Focus::Tree;
        if self.bottom.is_some() {
            self.family.of = self.cursor.key;
            self.family.root = None;
        }
        let rows = self.page();
        self.cursor.bring_on_screen(&self.rows, rows);
    }

    /// Whether anything on the screen is about a family.
    fn wants_family(&self) -> bool {
        match self.bottom {
            Some(BottomPane::Timeline) => true,
            Some(BottomPane::Log) => self.log.scope == LogScope::Family,
            None => false,
        }
    }

    /// After an input: whose family it is, and who is in it now.
    pub(super) fn settle_bottom(&mut self, news: News, selected: Option<ProcessKey>) {
        if !self.wants_family() {
            return;
        }
        // Where the cursor had to leave the row of a dead process, nobody chose another family.
        let has_chosen = news == News::Act && self.cursor.key != selected;
        if has_chosen || self.family.of.is_none() {
            self.family.of = self.cursor.key;
        }
        let Some(of) = self.family.of else { return };
        let root = family_root(&self.world, of);
        let is_another = self.family.root != Some(root);
        if is_another {
            self.timeline.forget();
        }
        if is_another || news == News::Scan || self.has_family_grown() {
            self.renew_family(root);
        }
        self.family.read_to = self.world.log().next();
        if self.focus != Focus::Bottom && (has_chosen || is_another) {
            self.go_to_lane(of);
        }
    }

    fn has_family_grown(&self) -> bool {
        self.world.log().since(self.family.read_to).any(|entry| match entry.what {
            What::Start => true,
            What::Fork => entry.creator.is_some_and(|creator| self.family.has(creator)),
            _ => false,
        })
    }

    fn renew_family(&mut self, root: ProcessKey) {
        let lane = self.lane();
        self.family.root = Some(root);
        self.family.members = members(&self.world, root);
        self.family.keys = self.family.members.iter().map(|member| member.key).collect();
        self.hold_lane(lane);
    }

    /// The key of a process was corrected.
    pub(super) fn correct_bottom(&mut self, old: ProcessKey, new: ProcessKey) {
        self.family.correct(old, new);
        for key in self.timeline.lane.iter_mut().filter(|key| **key == old) {
            *key = new;
        }
    }

    pub(super) fn move_in_bottom(&mut self, motion: Motion) {
        match self.bottom {
            Some(BottomPane::Log) => self.move_in_log(motion),
            Some(BottomPane::Timeline) => self.move_in_timeline(motion),
            None => {}
        }
    }

    pub(super) fn click_bottom(&mut self, pane: Rect, position: Position) {
        self.focus = Focus::Bottom;
        let inner = bottom_parts(pane).1;
        let Some(line) = position.y.checked_sub(inner.y).map(usize::from) else { return };
        match self.bottom {
            Some(BottomPane::Log) => self.click_log(line),
            Some(BottomPane::Timeline) => self.click_timeline(line, usize::from(inner.height)),
            None => {}
        }
    }

    pub(super) fn wheel_bottom(&mut self, lines: isize) {
        match self.bottom {
            Some(BottomPane::Log) => self.scroll_log(lines),
            Some(BottomPane::Timeline) => self.scroll_timeline(lines),
            None => {}
        }
    }

    /// Selects a process in the tree, wherever it is: living, a ghost, or remembered only.
    pub(super) fn go_to_life(&mut self, key: ProcessKey) {
        let Some(life) = self.world.life(key) else {
            let gone = format!("{} is gone for good: too much has happened since", key.pid);
            self.say(gone);
            return;
        };
        if life.ended.is_some() {
            self.bring_back(key);
        } else if life.stat.is_kernel_thread() && !self.kernel_threads {
            self.kernel_threads = true;
            self.rebuild_rows();
        }
        self.focus = Focus::Tree;
        self.reveal(key);
    }

    /// Gives a dead process a row that stays while the cursor is on it.
    fn bring_back(&mut self, key: ProcessKey) {
        let slot = self.world.slot_of(key);
        let is_hidden = slot.is_some_and(|slot| !self.world.is_shown_in(self.parent_kind, slot));
        self.world.recall(key);
        self.world.keep(Some(key));
        if is_hidden && self.parent_kind == ParentKind::Kernel {
            // It is kept for those that it created: there they are seen together.
            self.toggle_parent_kind();
        } else {
            self.rebuild_rows();
        }
    }
}
