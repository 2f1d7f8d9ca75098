//! The shell around the rooms: the program's state, and the one pure `update` that changes it.
//! Facts and time arrive in the [`Input`], what is to be done leaves as [`Effect`]s.
//!
//! [`Input`]: crate::app::input::Input
//! [`Effect`]: crate::app::input::Effect

mod commands;
mod copy;
mod dialog;
pub mod draw;
mod go_to;
mod held;
mod hints;
pub mod input;
mod intake;
mod message;
mod modes;
mod outcome;
mod pointer;
mod scenario;
mod signal_result;
mod update;

pub(crate) use message::{Message, Tail};

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use ratatui::layout::{Rect, Size};

use crate::app::intake::Intake;
use crate::dialogs::Dialog;
use crate::keymap::{Binding, Command, Keymap};
use crate::layout::{Areas, Focus, Panes, SidePane, bottom_parts};
use crate::panes::bottom::BottomPane;
use crate::panes::details::{self, DetailLine, DetailsPane};
use crate::panes::family::View;
use crate::panes::machine;
use crate::panes::scenario::{Pace, ScenarioPane};
use crate::panes::tree::TreePane;
use crate::panes::tree::family::Family;
use crate::record::{BootTime, Host, ProcessId, ProcessKey, ReadOnly};
use crate::scenario::Scenario;
use crate::sent_signals::SentSignals;
use crate::world::World;

/// The options that the program was started with.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Options {
    /// Refresh that often at first.
    pub interval: Duration,
    /// No signals, no test processes.
    pub read_only: bool,
    /// Rows of processes that ended stay for so long.
    pub linger: Duration,
    /// The process to start at.
    pub target: Option<ProcessKey>,
    /// The scenario to start with.
    pub scenario: Option<Arc<Scenario>>,
    /// How a scenario advances at first.
    pub pace: Pace,
    /// Whether the mouse is pexplore's or the terminal's at first.
    pub mouse: MouseUser,
    pub keymap: Keymap,
}

/// The one that uses the mouse.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub enum MouseUser {
    /// This program: a click selects.
    Program,
    /// The terminal, to select text.
    Terminal,
}

/// The whole state of the interactive program.
#[derive(Debug)]
pub struct App {
    pub world: World,
    pub(crate) options: Options,
    pub(crate) size: Size,
    pub(crate) tree: TreePane,
    pub(crate) details: DetailsPane,
    pub(crate) bottom: BottomPane,
    /// The scenario that is played.
    pub(crate) scenario: Option<ScenarioPane>,
    /// How many scenarios were begun.
    runs: u64,
    /// The pane that has the keys.
    pub(crate) focus: Focus,
    /// The dialog on top of the tree.
    pub(crate) dialog: Option<Dialog>,
    /// The message on the status line.
    pub(crate) message: Option<Message>,
    pub(crate) signals: SentSignals,
    pub(crate) intake: Intake,
    pub(crate) modes: Modes,
}

/// Modes of the session as a whole.
#[derive(Clone, Debug)]
pub(crate) struct Modes {
    pub(crate) mouse: MouseUser,
    /// The names of the scenarios that were played.
    pub(crate) played: Vec<String>,
    /// Whether the machine's figures are unfolded.
    pub(crate) shows_machine: bool,
    /// How a recording is played, if one is.
    pub(crate) replay: Option<ReplayStatus>,
}

/// How a recording is played.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct ReplayStatus {
    /// A power of two of the recorded pace.
    pub(crate) pace: i32,
    pub(crate) is_paused: bool,
    /// There is nothing more to be played.
    pub(crate) is_over: bool,
}

impl App {
    /// The state before the first record.
    pub fn new(host: Host, options: Options, size: Size) -> Self {
        let mut app = Self {
            world: World::new(host, options.linger.as_secs_f64()),
            size,
            tree: TreePane::new(options.target),
            details: DetailsPane::default(),
            bottom: BottomPane::default(),
            scenario: None,
            runs: 0,
            focus: Focus::default(),
            dialog: None,
            message: None,
            signals: SentSignals::default(),
            intake: Intake::new(options.interval),
            modes: Modes {
                mouse: options.mouse,
                played: Vec::new(),
                shows_machine: false,
                replay: None,
            },
            options,
        };
        if let Some(reason @ ReadOnly::OtherNamespace) = app.read_only() {
            app.say_error(reason.sentence());
        }
        app
    }

    /// Why there are no signals and no test processes in this session; `None` where there are.
    pub(crate) fn read_only(&self) -> Option<ReadOnly> {
        ReadOnly::new(self.world.host(), self.options.read_only)
    }

    /// The parts of the screen; `None` if it is too small.
    pub(crate) fn areas(&self) -> Option<Areas> {
        let beside = match self.scenario {
            Some(_) => SidePane::Scenario,
            None => SidePane::Details(self.details.shown),
        };
        let n_figures =
            if self.modes.shows_machine { machine::figures(self.world.machine()).len() } else { 0 };
        let machine_lines = machine::draw::n_lines(n_figures, self.size.width);
        crate::layout::layout(self.size, Panes { beside, bottom: self.bottom.open, machine_lines })
    }

    /// How many rows of the tree are on screen.
    pub(crate) fn page(&self) -> usize {
        self.areas().map_or(1, |areas| usize::from(areas.tree.height)).max(1)
    }

    /// The only family that is shown, if one is.
    pub(crate) fn family(&self) -> Option<Family> {
        let shown = &self.tree.shown;
        shown.family.map(|root| Family::new(&self.world, root, shown.parent_kind()))
    }

    /// When the screen changes though nothing happens: a process is old enough for its row.
    pub(crate) fn next_change(&self) -> Option<BootTime> {
        self.tree.next_row_at.filter(|_| !self.intake.is_paused)
    }

    /// The selected process.
    pub(crate) fn selected(&self) -> Option<ProcessId> {
        self.tree.selected()
    }

    /// The commands that there are here in this session, in the order of the help.
    pub(crate) fn commands(&self) -> impl Iterator<Item = &Binding> {
        let contexts = self.focus_contexts();
        let is_read_only = self.read_only().is_some();
        let mut found: Vec<&Binding> = contexts
            .iter()
            .enumerate()
            .flat_map(|(index, context)| {
                let own = self.options.keymap.of_context(*context);
                own.filter(move |binding| {
                    index == 0 || !matches!(binding.command, Command::Move(_))
                })
            })
            .filter(|binding| !(is_read_only && binding.row.acts_on_processes))
            .collect();
        found.sort_by_key(|binding| binding.row.group as usize);
        found.into_iter()
    }

    /// Whether the details are on screen.
    pub(crate) fn shows_details(&self) -> bool {
        self.areas().is_some_and(|areas| areas.details.is_some())
    }

    /// The details of the selected process, wrapped to their pane.
    pub(crate) fn details_lines(&self) -> Vec<DetailLine> {
        let width = self.areas().and_then(|areas| areas.details).map_or(40, |area| area.width);
        details::lines(&self.world, &self.signals, self.selected(), width)
    }

    /// Where the scenario is on the screen.
    fn scenario_area(&self) -> Rect {
        self.areas().and_then(|areas| areas.scenario).unwrap_or(Rect::new(0, 0, 40, 1))
    }

    /// The pane at the bottom, and what it looks at.
    fn bottom(&mut self) -> (&mut BottomPane, View<'_>) {
        let areas = self.areas();
        (&mut self.bottom, bottom_view(&self.world, &self.tree, areas))
    }

    fn rebuild_rows(&mut self) {
        let page = self.page();
        self.tree.rebuild(&self.world, page);
    }
}

/// The view that log and timeline share.
fn bottom_view<'a>(world: &'a World, tree: &TreePane, areas: Option<Areas>) -> View<'a> {
    let pane = areas.and_then(|areas| areas.bottom);
    View {
        world,
        kernel_threads: tree.shown.kernel_threads,
        lines: pane.map_or(1, |pane| usize::from(bottom_parts(pane).1.height)),
    }
}
