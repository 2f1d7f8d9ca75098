//! The timeline: one lane for each process of the selected family, over the same stretch of time.

pub(crate) mod draw;
pub(crate) mod lanes;

use crate::keymap::{Motion, TimelineCommand};
use crate::panes::family::{FamilyView, Lane};
use crate::panes::timeline::lanes::Window;
use crate::record::{BootTime, ProcessId};
use crate::world::World;

/// The shortest stretch that can be looked at.
const SHORTEST: u64 = 1_000_000_000;
/// A younger family is shown in so long a stretch.
const SHORTEST_WHOLE: u64 = 10_000_000_000;

/// How the timeline is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TimelinePane {
    pub(crate) lane: Option<ProcessId>,
    /// The first lane on screen.
    pub(crate) top: usize,
    stretch: Stretch,
    /// Where the stretch ends; `None` for now, which goes on.
    end: Option<BootTime>,
}

/// The stretch of time that is shown.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Stretch {
    /// What was watched of the family.
    #[default]
    Watched,
    /// The family's whole life.
    Whole,
    Nanos(u64),
}

/// How many lanes there is room for in so many lines: the axis takes one, where that leaves any.
pub(crate) fn lanes_of(lines: usize) -> usize {
    if lines < 2 { lines } else { lines - 1 }
}

/// The family's whole life.
fn whole(family: &FamilyView, world: &World) -> Window {
    let end = world.now();
    let root = family.root.and_then(|root| world.life(root));
    let born = root.map_or(end, |root| root.born_at(world.host()));
    let latest = BootTime(end.0.saturating_sub(SHORTEST_WHOLE));
    Window { start: born.min(latest), end }
}

/// How long the family was watched, in nanoseconds; never more than its life.
fn watched(whole: Window, world: &World) -> u64 {
    let since = world.watched_since().unwrap_or(whole.start);
    let watched = whole.end.0.saturating_sub(since.0);
    watched.max(SHORTEST_WHOLE).min(whole.span())
}

fn index_of(family: &FamilyView, id: ProcessId) -> Option<usize> {
    family.lanes.iter().position(|lane| lane.processes.contains(&id))
}

impl TimelinePane {
    /// The stretch that is shown.
    pub(crate) fn window(&self, family: &FamilyView, world: &World) -> Window {
        let whole = whole(family, world);
        let span = match self.stretch {
            Stretch::Watched => watched(whole, world),
            Stretch::Whole => whole.span(),
            Stretch::Nanos(nanos) => nanos.min(whole.span()),
        };
        let earliest = BootTime(whole.start.0.saturating_add(span)).min(whole.end);
        let end = self.end.map_or(whole.end, |end| end.clamp(earliest, whole.end));
        Window { start: BootTime(end.0.saturating_sub(span)), end }
    }

    /// Whether the stretch ends now, and goes on.
    pub(crate) fn is_live(&self) -> bool {
        self.end.is_none()
    }

    /// The place of the selected lane.
    pub(crate) fn lane_index(&self, family: &FamilyView) -> Option<usize> {
        index_of(family, self.lane?)
    }

    /// After the members are others: the selected lane stays on its line.
    pub(crate) fn hold_lane(&mut self, before: Option<usize>, family: &FamilyView, page: usize) {
        if let Some((before, now)) = before.zip(self.lane_index(family)) {
            self.top = (self.top + now).saturating_sub(before);
        } else {
            self.lane = family.lanes.first().map(Lane::id);
        }
        self.top = self.top.min(family.lanes.len().saturating_sub(page));
    }

    /// Selects the lane of a process, if it has one.
    pub(crate) fn go_to(&mut self, id: ProcessId, family: &FamilyView, page: usize) {
        if let Some(lane) = index_of(family, id) {
            self.select(lane, family, page);
        }
    }

    fn select(&mut self, lane: usize, family: &FamilyView, page: usize) {
        let Some(last) = family.lanes.len().checked_sub(1) else { return };
        let lane = lane.min(last);
        self.lane = Some(family.lanes[lane].id());
        self.top = self.top.clamp((lane + 1).saturating_sub(page), lane);
    }

    pub(crate) fn on_motion(&mut self, motion: Motion, family: &FamilyView, page: usize) {
        let lane = self.lane_index(family).unwrap_or(0);
        self.select(motion.from(lane, page), family, page);
    }

    /// Runs a command; the process to go to, if it leads to one.
    pub(crate) fn on_command(
        &mut self,
        command: TimelineCommand,
        family: &FamilyView,
        world: &World,
    ) -> Option<ProcessId> {
        let window = self.window(family, world);
        let (whole, span) = (whole(family, world), window.span());
        match command {
            TimelineCommand::GoToProcess => {
                let lane = self.lane_index(family)?;
                return family.lanes.get(lane).map(Lane::newest);
            }
            TimelineCommand::Earlier => {
                self.show(span, window.end.0.saturating_sub(span / 4), whole);
            }
            TimelineCommand::Later => {
                self.show(span, window.end.0.saturating_add(span / 4), whole);
            }
            TimelineCommand::ZoomIn => {
                let shorter = (span / 2).max(SHORTEST).min(span);
                self.show(shorter, self.zoomed_end(window, shorter), whole);
            }
            TimelineCommand::ZoomOut => {
                let longer = span.saturating_mul(2);
                self.show(longer, self.zoomed_end(window, longer), whole);
            }
            TimelineCommand::Whole => (self.stretch, self.end) = (Stretch::Whole, None),
        }
        None
    }

    /// Zooming holds now at its edge; elsewhere, the middle.
    fn zoomed_end(&self, window: Window, span: u64) -> u64 {
        if self.is_live() {
            return window.end.0;
        }
        let middle = window.start.0.saturating_add(window.span() / 2);
        middle.saturating_add(span / 2)
    }

    fn show(&mut self, span: u64, end: u64, whole: Window) {
        self.stretch = if span < whole.span() { Stretch::Nanos(span) } else { Stretch::Whole };
        let end = end.max(whole.start.0.saturating_add(span));
        self.end = (end < whole.end.0).then_some(BootTime(end));
    }

    pub(crate) fn on_click(&mut self, line: usize, lines: usize, family: &FamilyView) {
        let page = lanes_of(lines);
        if let Some(line) = line.checked_sub(lines - page)
            && self.top + line < family.lanes.len()
        {
            self.select(self.top + line, family, page);
        }
    }

    pub(crate) fn on_wheel(&mut self, lines: isize, family: &FamilyView, page: usize) {
        let lowest = family.lanes.len().saturating_sub(page);
        self.top = self.top.saturating_add_signed(lines).min(lowest);
    }
}
