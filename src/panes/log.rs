//! The event log: which of its lines are shown, which one is selected, and the process it is about.

pub(crate) mod draw;
pub(crate) mod lives;
pub(crate) mod repeats;
mod text;

use strum::IntoStaticStr;

use crate::keymap::Motion;
use crate::panes::family::{FamilyView, View};
use crate::panes::log::repeats::{Folded, fold};
use crate::record::{Pid, ProcessId};
use crate::world::{Entry, What};

/// The processes whose events are shown.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, IntoStaticStr)]
#[strum(const_into_str, serialize_all = "lowercase")]
pub(crate) enum LogScope {
    #[default]
    Everything,
    #[strum(serialize = "family only")]
    Family,
}

impl LogScope {
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Everything => Self::Family,
            Self::Family => Self::Everything,
        }
    }
}

/// How the log is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct LogPane {
    pub(crate) scope: LogScope,
    /// Where it is held still; `None` while the newest line is selected and new ones come in.
    pub(crate) held: Option<Held>,
}

/// A log that is held still: by the numbers of entries, for lines come and go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Held {
    /// The entry that is selected.
    pub(crate) selected: u64,
    /// The first entry on screen.
    pub(crate) top: u64,
}

/// The lines of the log, with what of them is on screen.
#[derive(Debug)]
pub(crate) struct Shown {
    /// Every line of the scope.
    pub(crate) folded: Folded,
    /// The first line on screen.
    pub(crate) top: usize,
    /// The selected line.
    pub(crate) selected: usize,
}

/// The process that a line is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Subject {
    Life(ProcessId),
    /// Nothing but its pid is known.
    Unknown(Pid),
    /// It is about no process of its own.
    None,
}

impl LogPane {
    pub(crate) fn shown(&self, family: &FamilyView, view: View<'_>) -> Shown {
        let entries = view.world.log().entries().filter(|entry| !is_hidden(view, entry));
        let folded = match self.scope {
            LogScope::Everything => fold(entries),
            LogScope::Family => fold(entries.filter(|entry| is_in(family, view, entry))),
        };
        let last = folded.lines.len().saturating_sub(1);
        let lowest = folded.lines.len().saturating_sub(view.lines);
        match self.held {
            None => Shown { folded, top: lowest, selected: last },
            Some(held) => Shown {
                top: folded.line_of(held.top).min(lowest),
                selected: folded.line_of(held.selected),
                folded,
            },
        }
    }

    pub(crate) fn on_motion(&mut self, motion: Motion, family: &FamilyView, view: View<'_>) {
        let shown = self.shown(family, view);
        let to = motion.from(shown.selected, view.lines);
        if to >= shown.folded.lines.len() {
            self.held = None;
        } else {
            let top = shown.top.clamp((to + 1).saturating_sub(view.lines), to);
            self.hold(&shown.folded, to, top);
        }
    }

    fn hold(&mut self, folded: &Folded, selected: usize, top: usize) {
        let number = |line: usize| folded.lines.get(line).map(|line| line.number);
        self.held = number(selected).zip(number(top)).map(|(selected, top)| Held { selected, top });
    }

    pub(crate) fn on_click(&mut self, line: usize, family: &FamilyView, view: View<'_>) {
        let shown = self.shown(family, view);
        if shown.top + line < shown.folded.lines.len() {
            self.hold(&shown.folded, shown.top + line, shown.top);
        }
    }

    /// Scrolls without moving the selection; at its end, the log is live again.
    pub(crate) fn on_wheel(&mut self, lines: isize, family: &FamilyView, view: View<'_>) {
        let shown = self.shown(family, view);
        let lowest = shown.folded.lines.len().saturating_sub(view.lines);
        let top = shown.top.saturating_add_signed(lines);
        if top >= lowest && lines > 0 {
            self.held = None;
        } else {
            self.hold(&shown.folded, shown.selected, top.min(lowest));
        }
    }

    /// The process that the selected line is about; `None` where there is no line.
    pub(crate) fn subject(&self, family: &FamilyView, view: View<'_>) -> Option<Subject> {
        let shown = self.shown(family, view);
        let line = shown.folded.lines.get(shown.selected)?;
        let entry = view.world.log().since(line.number).next()?;
        let (id, pid) = match &line.flood {
            Some(flood) => {
                let living = || Some(view.world.living(flood.creator?)?.id());
                (flood.creator_id.or_else(living), flood.creator.unwrap_or(0))
            }
            None => (entry.id, entry.pid),
        };
        Some(match id {
            Some(id) => Subject::Life(id),
            None if pid == 0 => Subject::None,
            None => Subject::Unknown(pid),
        })
    }
}

/// Kernel threads rename themselves all the time: where they are hidden, they are hidden here.
fn is_hidden(view: View<'_>, entry: &Entry) -> bool {
    let life = || entry.id.and_then(|id| view.world.life(id));
    !view.kernel_threads && life().is_some_and(|life| life.stat.is_kernel_thread())
}

fn is_in(family: &FamilyView, view: View<'_>, entry: &Entry) -> bool {
    let parent = || entry.parent.and_then(|pid| Some(view.world.living(pid)?.id()));
    match entry.id {
        Some(id) => family.has(id),
        // Lost events may have been about anybody.
        None if matches!(entry.what, What::Lost(_)) => true,
        None => parent().is_some_and(|parent| family.has(parent)),
    }
}
