//! The pane at the bottom: the log or the timeline, and the family that they share.

use ratatui::layout::{Position, Rect};

use crate::keymap::Motion;
use crate::layout::{Bottom, bottom_parts};
use crate::panes::family::{Change, FamilyView, Update, View};
use crate::panes::log::{LogPane, LogScope};
use crate::panes::timeline::{self, TimelinePane};
use crate::record::ProcessId;
use crate::theme::Theme;
use crate::world::World;

#[derive(Debug, Default)]
pub(crate) struct BottomPane {
    /// The pane that is open, of both.
    pub(crate) open: Option<Bottom>,
    pub(crate) log: LogPane,
    pub(crate) timeline: TimelinePane,
    pub(crate) family: FamilyView,
}

/// How a pane is drawn.
#[derive(Clone, Copy)]
pub(crate) struct Look {
    pub(crate) theme: Theme,
    pub(crate) has_keys: bool,
}

impl BottomPane {
    /// How many entries or lanes there is room for.
    pub(crate) fn page(&self, lines: usize) -> usize {
        match self.open {
            Some(Bottom::Timeline) => timeline::lanes_of(lines),
            Some(Bottom::Log) | None => lines,
        }
    }

    /// Opens that pane about the family of the selected process, or closes it.
    pub(crate) fn toggle(&mut self, pane: Bottom, selected: Option<ProcessId>) {
        self.open = (self.open != Some(pane)).then_some(pane);
        if self.open.is_some() {
            self.family.choose(selected);
        }
    }

    /// The log of everything, or of the family; it opens if it is not open.
    pub(crate) fn toggle_log_scope(&mut self, selected: Option<ProcessId>) {
        if self.open != Some(Bottom::Log) {
            self.toggle(Bottom::Log, selected);
        }
        self.log.scope = self.log.scope.other();
    }

    fn shows_family(&self) -> bool {
        match self.open {
            Some(Bottom::Timeline) => true,
            Some(Bottom::Log) => self.log.scope == LogScope::Family,
            None => false,
        }
    }

    /// After an input: whose family it is, and who is in it now. `has_keys` says whether lanes
    /// are chosen here and not in the tree.
    pub(crate) fn update_family(
        &mut self,
        world: &World,
        change: Change,
        page: usize,
        has_keys: bool,
    ) {
        if !self.shows_family() {
            return;
        }
        let lane = self.timeline.lane_index(&self.family);
        let update = self.family.update(world, change);
        if update == Update::Another {
            self.timeline = TimelinePane::default();
        }
        if update != Update::None {
            let lane = lane.filter(|_| update != Update::Another);
            self.timeline.hold_lane(lane, &self.family, page);
        }
        let is_chosen = matches!(change, Change::Selected(_)) || update == Update::Another;
        if !has_keys
            && is_chosen
            && let Some(of) = self.family.of()
        {
            self.timeline.go_to(of, &self.family, page);
        }
    }

    pub(crate) fn on_motion(&mut self, motion: Motion, view: View<'_>) {
        match self.open {
            Some(Bottom::Log) => self.log.on_motion(motion, &self.family, view),
            Some(Bottom::Timeline) => {
                self.timeline.on_motion(motion, &self.family, self.page(view.lines));
            }
            None => {}
        }
    }

    pub(crate) fn on_click(&mut self, pane: Rect, position: Position, view: View<'_>) {
        let inner = bottom_parts(pane).1;
        let Some(line) = position.y.checked_sub(inner.y).map(usize::from) else { return };
        match self.open {
            Some(Bottom::Log) => self.log.on_click(line, &self.family, view),
            Some(Bottom::Timeline) => {
                self.timeline.on_click(line, usize::from(inner.height), &self.family);
            }
            None => {}
        }
    }

    pub(crate) fn on_wheel(&mut self, lines: isize, view: View<'_>) {
        match self.open {
            Some(Bottom::Log) => self.log.on_wheel(lines, &self.family, view),
            Some(Bottom::Timeline) => {
                self.timeline.on_wheel(lines, &self.family, self.page(view.lines));
            }
            None => {}
        }
    }
}
