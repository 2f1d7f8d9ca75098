//! The event log: which of its lines are shown, which one is selected, and what they say.

use crate::app::App;
use crate::app::layout::BottomPane;
use crate::keymap::{LogCommand, Motion};
use crate::panes::log::repeats::{Folded, Line, fold};
use crate::world::{Entry, What};

/// Whose events are shown.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum LogScope {
    /// Everybody's.
    #[default]
    Everything,
    /// Those of the selected family.
    Family,
}

impl LogScope {
    /// The word for the one that the key leads to.
    pub fn other(self) -> &'static str {
        match self {
            Self::Everything => "family only",
            Self::Family => "everything",
        }
    }
}

/// How the log is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogView {
    /// Whose events are shown.
    pub scope: LogScope,
    /// Where it is held still; `None` while the newest line is selected and new ones come in.
    pub held: Option<Held>,
}

/// A log that is held still: by the numbers of entries, for lines come and go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Held {
    /// The entry that is selected.
    pub selected: u64,
    /// The first entry on screen.
    pub top: u64,
}

/// The lines of the log, with what of them is on screen.
#[derive(Debug)]
pub struct Shown {
    /// Every line of the scope.
    pub folded: Folded,
    /// The first line on screen.
    pub top: usize,
    /// The selected line.
    pub selected: usize,
}

/// The lines of the log as it is looked at now.
pub fn shown(app: &App) -> Shown {
    let entries = app.world.log().entries().filter(|entry| !is_hidden(app, entry));
    let folded = match app.log.scope {
        LogScope::Everything => fold(entries),
        LogScope::Family => fold(entries.filter(|entry| is_in_family(app, entry))),
    };
    let last = folded.lines.len().saturating_sub(1);
    let lowest = folded.lines.len().saturating_sub(app.bottom_page());
    match app.log.held {
        None => Shown { folded, top: lowest, selected: last },
        Some(held) => Shown {
            top: folded.line_of(held.top).min(lowest),
            selected: folded.line_of(held.selected),
            folded,
        },
    }
}

/// Kernel threads rename themselves all the time: where they are hidden, they are hidden here.
fn is_hidden(app: &App, entry: &Entry) -> bool {
    let life = || entry.key.and_then(|key| app.world.life(key));
    !app.kernel_threads && life().is_some_and(|life| life.stat.is_kernel_thread())
}

fn is_in_family(app: &App, entry: &Entry) -> bool {
    let parent = || entry.parent.and_then(|pid| Some(app.world.living(pid)?.key()));
    match entry.key {
        Some(key) => app.family.has(key),
        // What was lost may have been about anybody.
        None if matches!(entry.what, What::Lost(_)) => true,
        None => parent().is_some_and(|parent| app.family.has(parent)),
    }
}

impl App {
    /// Everything, or the selected family only; opens the log if it is not open.
    pub(super) fn toggle_log_scope(&mut self) {
        if self.bottom != Some(BottomPane::Log) {
            self.toggle_bottom(BottomPane::Log);
        }
        self.log.scope = match self.log.scope {
            LogScope::Everything => LogScope::Family,
            LogScope::Family => LogScope::Everything,
        };
    }

    pub(super) fn on_log(&mut self, command: LogCommand) {
        match command {
            LogCommand::GoToProcess => {
                let shown = shown(self);
                self.go_to_line(shown.folded.lines.get(shown.selected));
            }
        }
    }

    pub(super) fn move_in_log(&mut self, motion: Motion) {
        let shown = shown(self);
        let page = self.bottom_page();
        let last = shown.folded.lines.len().saturating_sub(1);
        let to = motion.from(shown.selected, page);
        if to > last {
            self.log.held = None;
        } else {
            let top = shown.top.clamp((to + 1).saturating_sub(page), to);
            self.hold_log(&shown.folded, to, top);
        }
    }

    fn hold_log(&mut self, folded: &Folded, selected: usize, top: usize) {
        let number = |line: usize| folded.lines.get(line).map(|line| line.number);
        self.log.held =
            number(selected).zip(number(top)).map(|(selected, top)| Held { selected, top });
    }

    pub(super) fn click_log(&mut self, line: usize) {
        let shown = shown(self);
        if shown.top + line < shown.folded.lines.len() {
            self.hold_log(&shown.folded, shown.top + line, shown.top);
        }
    }

    /// Scrolls without moving the selection; at its end, the log is live again.
    pub(super) fn scroll_log(&mut self, lines: isize) {
        let shown = shown(self);
        let lowest = shown.folded.lines.len().saturating_sub(self.bottom_page());
        let top = shown.top.saturating_add_signed(lines);
        if top >= lowest && lines > 0 {
            self.log.held = None;
        } else {
            self.hold_log(&shown.folded, shown.selected, top.min(lowest));
        }
    }

    /// Selects in the tree whom a line is about.
    fn go_to_line(&mut self, line: Option<&Line>) {
        let Some(line) = line else { return };
        let Some(entry) = self.world.log().since(line.number).next().cloned() else { return };
        let (key, pid) = match &line.flood {
            Some(flood) => {
                let living = || Some(self.world.living(flood.creator?)?.key());
                (flood.creator_key.or_else(living), flood.creator.unwrap_or(0))
            }
            None => (entry.key, entry.pid),
        };
        match key {
            Some(key) => self.go_to_life(key),
            None if pid == 0 => self.say("this is about no process of its own"),
            None => self.say(format!("nothing more is known of process {pid}")),
        }
    }
}
