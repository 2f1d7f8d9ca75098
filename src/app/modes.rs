//! Modes that are switched on and off: follow, pause, the pace of refreshes.

use crate::app::input::Effect;
use crate::app::{App, MouseUser};
use crate::layout::Focus;
use crate::panes::tree::rows::RowId;
use crate::panes::tree::shown::Arrangement;
use crate::record::ProcessId;

impl App {
    /// The selected row stays after its process's end: it tells how it ended, and no signal goes to
    /// another process instead.
    pub(super) fn keep_selected(&mut self) {
        self.world.keep(self.selected());
        self.world.keep_series(self.tree.cursor.id.and_then(RowId::series));
    }

    /// Says so where the cursor had to leave a process by itself.
    pub(super) fn say_move(&mut self, before: Option<ProcessId>) {
        let (Some(before), Some(now)) = (before, self.selected()) else { return };
        if before == now {
            return;
        }
        let name = |key: ProcessId| {
            let comm = self.world.life(key).map(|life| life.stat.comm.clone());
            format!("{} {}", comm.as_deref().unwrap_or("process"), key.pid)
        };
        let why = match self.world.life(before).map(|life| life.ended) {
            Some(None) => "is no longer shown".to_owned(),
            Some(Some(end)) => format!("has ended ({})", end.cause.short()),
            None => "has ended".to_owned(),
        };
        self.say(format!("{} {why}: the cursor is at {}", name(before), name(now)));
    }

    pub(super) fn toggle_pause(&mut self) -> Vec<Effect> {
        self.intake.is_paused = !self.intake.is_paused;
        if self.intake.is_paused {
            return vec![Effect::Rest];
        }
        let mut effects = self.on_resume();
        effects.push(Effect::RefreshNow);
        effects
    }

    /// Arranges the processes in the next way; folds and cursor are those of processes, and stay.
    pub(super) fn rearrange(&mut self) {
        let page = self.page();
        self.tree.rearrange(&mut self.world, page);
        self.say_arrangement();
    }

    pub(super) fn say_arrangement(&mut self) {
        let order = self.tree.shown.order.into_str();
        self.say(match self.tree.shown.arrangement {
            Arrangement::Parents => {
                "the tree as the kernel has it: orphans are under their adopter".to_owned()
            }
            Arrangement::Creators => {
                "the tree by creator: orphans stay where they came from".to_owned()
            }
            Arrangement::List => format!("a list of all processes, by {order}"),
        });
    }

    /// Shows only the family of the selected process, or all again.
    pub(super) fn toggle_family(&mut self) {
        let selected = self.selected();
        if selected.is_none() || self.tree.shown.family == selected {
            self.show_all();
        } else {
            self.show_family_of(selected);
        }
    }

    /// Shows only that family, as if it were the machine.
    pub(super) fn show_family_of(&mut self, root: Option<ProcessId>) {
        self.tree.shown.family = root;
        self.rebuild_rows();
        self.bring_cursor_on_screen();
    }

    /// Shows all families again.
    pub(super) fn show_all(&mut self) {
        if self.tree.shown.family.take().is_some() {
            self.rebuild_rows();
        }
    }

    /// Shows the next choice of ghosts.
    pub(super) fn cycle_ghosts(&mut self) {
        self.tree.shown.ghosts = self.tree.shown.ghosts.next();
        self.rebuild_rows();
        self.say(self.tree.shown.ghosts.sentence());
    }

    /// While the mouse is not used here, the terminal selects text with it.
    pub(super) fn toggle_mouse(&mut self) -> Vec<Effect> {
        let (user, sentence) = match self.modes.mouse {
            MouseUser::Terminal => (MouseUser::Program, "the mouse is on: a click selects a row"),
            MouseUser::Program => {
                (MouseUser::Terminal, "the mouse is off: the terminal selects text with it")
            }
        };
        self.modes.mouse = user;
        self.say(sentence);
        vec![Effect::UseMouse(user)]
    }

    pub(super) fn change_interval(&mut self, speed: Speed) -> Vec<Effect> {
        const STEPS_MS: [u64; 9] = [100, 200, 500, 1000, 2000, 3000, 5000, 10_000, 60_000];
        let current = u64::try_from(self.intake.interval.as_millis()).unwrap_or(u64::MAX);
        let step = match speed {
            Speed::Faster => STEPS_MS.iter().rev().find(|step| **step < current),
            Speed::Slower => STEPS_MS.iter().find(|step| **step > current),
        };
        if let Some(step) = step {
            self.intake.interval = std::time::Duration::from_millis(*step);
        }
        self.say(format!("refresh every {} s", self.intake.interval.as_secs_f64()));
        vec![Effect::SetInterval(self.intake.interval)]
    }

    /// Closes what lies on top: a search, then a filter, then a family, then follow.
    pub(super) fn close_top(&mut self) {
        if self.focus != Focus::Tree {
            self.focus = Focus::Tree;
        } else if !self.tree.needle.is_empty() {
            self.tree.needle.clear();
        } else if !self.tree.shown.filter.is_empty() {
            self.tree.shown.filter.clear();
            self.rebuild_rows();
        } else if self.tree.shown.family.is_some() {
            self.show_all();
        } else if self.tree.is_following {
            self.tree.is_following = false;
        } else {
            self.message = None;
        }
    }
}

/// The direction in which the refresh interval changes.
#[derive(Clone, Copy)]
pub(super) enum Speed {
    Faster,
    Slower,
}
