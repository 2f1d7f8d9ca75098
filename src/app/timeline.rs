//! The timeline: one lane for each process of the selected family, over the same stretch of time.

use crate::app::App;
use crate::keymap::{Motion, TimelineCommand};
use crate::panes::timeline::lanes::Window;
use crate::record::{BootTime, ProcessKey};
use crate::world::family::Member;

/// The shortest stretch that can be looked at.
const SHORTEST: u64 = 1_000_000_000;
/// A younger family is shown in so long a stretch.
const SHORTEST_WHOLE: u64 = 10_000_000_000;

/// How the timeline is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimelineView {
    /// The selected process.
    pub lane: Option<ProcessKey>,
    /// The first lane on screen.
    pub top: usize,
    /// How long a stretch is shown, in nanoseconds; `None` for the family's whole life.
    span: Option<u64>,
    /// Where the stretch ends; `None` for now, which goes on.
    end: Option<BootTime>,
}

impl TimelineView {
    /// Another family: nothing of the view fits it.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

/// How many lanes there is room for in so many lines: the axis takes one, where that leaves any.
pub fn lanes_of(lines: usize) -> usize {
    if lines < 2 { lines } else { lines - 1 }
}

/// The stretch that is shown.
pub fn window(app: &App) -> Window {
    let whole = whole(app);
    let span = app.timeline.span.unwrap_or(whole.span()).min(whole.span());
    let earliest = BootTime(whole.start.0.saturating_add(span)).min(whole.end);
    let end = app.timeline.end.map_or(whole.end, |end| end.clamp(earliest, whole.end));
    Window { start: BootTime(end.0.saturating_sub(span)), end }
}

/// Whether the stretch ends now, and goes on.
pub fn is_live(app: &App) -> bool {
    app.timeline.end.is_none()
}

/// The family's whole life.
fn whole(app: &App) -> Window {
    let end = app.world.now();
    let root = app.family.root.and_then(|root| app.world.life(root));
    let born = root.map_or(end, |root| root.born_at(app.world.host()));
    let latest = BootTime(end.0.saturating_sub(SHORTEST_WHOLE));
    Window { start: born.min(latest), end }
}

impl App {
    fn lane_of(&self, key: ProcessKey) -> Option<usize> {
        self.family.members.iter().position(|member| member.key == key)
    }

    /// The selected lane.
    pub fn lane(&self) -> Option<usize> {
        self.lane_of(self.timeline.lane?)
    }

    /// After the members are others: the selected lane stays on its line.
    pub(super) fn hold_lane(&mut self, before: Option<usize>) {
        if let Some((before, now)) = before.zip(self.lane()) {
            self.timeline.top = (self.timeline.top + now).saturating_sub(before);
        } else {
            self.timeline.lane = self.family.members.first().map(|member| member.key);
        }
        let lowest = self.family.members.len().saturating_sub(self.bottom_page());
        self.timeline.top = self.timeline.top.min(lowest);
    }

    /// Selects the lane of a process, if it has one.
    pub(super) fn go_to_lane(&mut self, key: ProcessKey) {
        if let Some(lane) = self.lane_of(key) {
            self.select_lane(lane);
        }
    }

    fn select_lane(&mut self, lane: usize) {
        let Some(last) = self.family.members.len().checked_sub(1) else { return };
        let lane = lane.min(last);
        let page = self.bottom_page();
        self.timeline.lane = self.family.members.get(lane).map(|member: &Member| member.key);
        self.timeline.top = self.timeline.top.clamp((lane + 1).saturating_sub(page), lane);
    }

    pub(super) fn move_in_timeline(&mut self, motion: Motion) {
        let lane = self.lane().unwrap_or(0);
        self.select_lane(motion.from(lane, self.bottom_page()));
    }

    pub(super) fn on_timeline(&mut self, command: TimelineCommand) {
        let window = window(self);
        let (whole, span) = (whole(self), window.span());
        match command {
            TimelineCommand::Earlier => {
                self.show_time(span, window.end.0.saturating_sub(span / 4), whole);
            }
            TimelineCommand::Later => {
                self.show_time(span, window.end.0.saturating_add(span / 4), whole);
            }
            TimelineCommand::ZoomIn => {
                let shorter = (span / 2).max(SHORTEST).min(span);
                self.show_time(shorter, self.zoomed_end(window, shorter), whole);
            }
            TimelineCommand::ZoomOut => {
                let longer = span.saturating_mul(2);
                self.show_time(longer, self.zoomed_end(window, longer), whole);
            }
            TimelineCommand::Whole => (self.timeline.span, self.timeline.end) = (None, None),
            TimelineCommand::GoToProcess => {
                if let Some(key) = self.timeline.lane {
                    self.go_to_life(key);
                }
            }
        }
    }

    /// Zooming holds now at its edge; elsewhere, the middle.
    fn zoomed_end(&self, window: Window, span: u64) -> u64 {
        if self.timeline.end.is_none() {
            return window.end.0;
        }
        let middle = window.start.0.saturating_add(window.span() / 2);
        middle.saturating_add(span / 2)
    }

    fn show_time(&mut self, span: u64, end: u64, whole: Window) {
        self.timeline.span = (span < whole.span()).then_some(span);
        let earliest = whole.start.0.saturating_add(span);
        let end = end.max(earliest);
        self.timeline.end = (end < whole.end.0).then_some(BootTime(end));
    }

    pub(super) fn click_timeline(&mut self, line: usize, lines: usize) {
        let axis = lines - lanes_of(lines);
        if let Some(line) = line.checked_sub(axis)
            && self.timeline.top + line < self.family.members.len()
        {
            self.select_lane(self.timeline.top + line);
        }
    }

    pub(super) fn scroll_timeline(&mut self, lines: isize) {
        let lowest = self.family.members.len().saturating_sub(self.bottom_page());
        self.timeline.top = self.timeline.top.saturating_add_signed(lines).min(lowest);
    }
}
