//! The program's state, and the one pure `update` that changes it. No I/O, no clock: facts and
//! time arrive in the [`Input`], wishes leave as [`Effect`]s.
//!
//! [`Input`]: crate::app::input::Input
//! [`Effect`]: crate::app::input::Effect

pub mod bottom;
mod copy;
pub mod cursor;
pub mod details;
pub mod dialog;
pub mod guide;
mod held;
pub mod help;
pub mod input;
pub mod lab_menu;
pub mod layout;
pub mod log;
mod message;
mod modes;
mod outcome;
mod pointer;
mod prompt;
mod records;
pub mod search;
pub mod sent_signals;
mod test_process;
pub mod timeline;
mod tree_keys;
mod update;

pub use message::{Message, Tail};

use std::sync::Arc;
use std::time::Duration;

use ratatui::layout::Size;

use crate::app::bottom::FamilyView;
use crate::app::cursor::TreeCursor;
use crate::app::dialog::Dialog;
use crate::app::guide::{Guide, Pace};
use crate::app::held::Held;
use crate::app::layout::{Areas, BottomPane, DetailsPane, Panes, SidePane};
use crate::app::log::LogView;

use crate::app::sent_signals::SentSignals;
use crate::app::timeline::TimelineView;
use crate::keymap::{Binding, Command, Keymap};
use crate::panes::tree::rows::{self, Folds, Row, RowsQuery, SiblingOrder};
use crate::record::{Host, ProcessKey, ReadOnly};
use crate::scenario::Scenario;
use crate::world::{ParentKind, World};

/// What stays as it was when the program started.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Refresh that often at first.
    pub interval: Duration,
    /// No signals, no test children.
    pub read_only: bool,
    /// Rows of processes that ended stay for so long.
    pub linger: Duration,
    /// The process to start at.
    pub target: Option<ProcessKey>,
    /// The scenario to start with.
    pub scenario: Option<Arc<Scenario>>,
    /// What makes a scenario go on at first.
    pub pace: Pace,
    /// Whose the mouse is at first.
    pub mouse: MouseUser,
    /// What keys mean.
    pub keymap: Keymap,
}

/// Who uses the mouse.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MouseUser {
    /// This program: a click selects.
    Program,
    /// The terminal, to select text.
    Terminal,
}

/// Which pane the moving keys act on.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(missing_docs, reason = "each variant is its own word")]
pub enum Focus {
    #[default]
    Tree,
    Details,
    Bottom,
    Guide,
}

/// How far a reading of facts is: one batch is asked for at a time.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Request {
    #[default]
    Idle,
    Asked,
}

/// The whole state of the interactive program.
#[derive(Debug)]
pub struct App {
    /// Every process that is known.
    pub world: World,
    /// What stays as it was at the start.
    pub options: Options,
    /// The terminal's size.
    pub size: Size,
    /// The visible rows of the tree.
    pub rows: Vec<Row>,
    /// The selected process, and which part of the tree is on screen.
    pub cursor: TreeCursor,
    /// Which families are folded.
    pub folds: Folds,
    /// How siblings are ordered.
    pub order: SiblingOrder,
    /// Whether kernel threads are shown.
    pub kernel_threads: bool,
    /// Whose child a process is taken for.
    pub parent_kind: ParentKind,
    /// Text that rows, or their ancestors, must contain; empty for all.
    pub filter: String,
    /// What was searched for last; empty if nothing was.
    pub needle: String,
    /// Whether the details are shown.
    pub details_pane: DetailsPane,
    /// The first line of the details that is shown.
    pub details_scroll: usize,
    /// What lies below tree and details.
    pub bottom: Option<BottomPane>,
    /// How the log is looked at.
    pub log: LogView,
    /// How the timeline is looked at.
    pub timeline: TimelineView,
    /// The family that log and timeline are about.
    pub family: FamilyView,
    /// The scenario that is played.
    pub guide: Option<Guide>,
    /// The number of its run.
    last_run: u64,
    /// Which pane has the keys.
    pub focus: Focus,
    /// What lies on top of it all.
    pub dialog: Option<Dialog>,
    /// What the last act came to.
    pub message: Option<Message>,
    /// Whether the picture is held still.
    pub is_paused: bool,
    /// Whose the mouse is.
    pub mouse: MouseUser,
    /// Whether the selected process is kept in the middle.
    pub is_following: bool,
    /// How often facts are refreshed.
    pub interval: Duration,
    /// A process that outlived SIGTERM, for which KILL comes first in the dialog.
    pub kill_offer: Option<ProcessKey>,
    /// What was foretold of the newest signals, and what came of it.
    pub sent_signals: SentSignals,
    /// A test child that was started, to be selected as soon as its row is there.
    expected: Option<ProcessKey>,
    /// How far the reading of deeper facts is.
    facts: Request,
    /// How far the reading of single processes' stat is.
    stats: Request,
    /// Whether a scan that repairs a loss is on its way.
    repair: Request,
    /// What happened while the picture is held still.
    held: Held,
}

impl App {
    /// The state before the first record.
    pub fn new(host: Host, options: Options, size: Size) -> Self {
        let world = World::new(host, options.linger.as_secs_f64());
        let mut app = Self {
            world,
            size,
            rows: Vec::new(),
            cursor: TreeCursor::default(),
            folds: Folds::default(),
            order: SiblingOrder::default(),
            kernel_threads: false,
            parent_kind: ParentKind::default(),
            filter: String::new(),
            needle: String::new(),
            details_pane: DetailsPane::default(),
            details_scroll: 0,
            bottom: None,
            log: LogView::default(),
            timeline: TimelineView::default(),
            family: FamilyView::default(),
            guide: None,
            last_run: 0,
            focus: Focus::default(),
            dialog: None,
            message: None,
            is_paused: false,
            mouse: options.mouse,
            is_following: false,
            interval: options.interval,
            kill_offer: None,
            sent_signals: SentSignals::default(),
            expected: options.target,
            facts: Request::default(),
            stats: Request::default(),
            repair: Request::default(),
            held: Held::default(),
            options,
        };
        // Who asked for it knows it.
        if let Some(reason @ ReadOnly::OtherNamespace) = app.read_only() {
            app.say_error(reason.sentence());
        }
        app
    }

    /// The parts of the screen; `None` if it is too small.
    pub fn areas(&self) -> Option<Areas> {
        let beside = match self.guide {
            Some(_) => SidePane::Guide,
            None => SidePane::Details(self.details_pane),
        };
        layout::layout(self.size, Panes { beside, bottom: self.bottom })
    }

    /// How many rows of the tree are on screen.
    pub fn page(&self) -> usize {
        self.areas().map_or(1, |areas| usize::from(areas.tree.height)).max(1)
    }

    /// The row of the selected process.
    pub fn selected_row(&self) -> Option<&Row> {
        self.rows.get(self.cursor.row(&self.rows)?)
    }

    /// The commands that there are here in this session, in the order of the help.
    pub fn commands(&self) -> impl Iterator<Item = &Binding> {
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
    pub fn shows_details(&self) -> bool {
        self.areas().is_some_and(|areas| areas.details.is_some())
    }

    /// Makes the rows anew, and keeps the cursor on its process and on its line.
    fn rebuild_rows(&mut self) {
        let query = RowsQuery {
            folds: &self.folds,
            order: self.order,
            kernel_threads: self.kernel_threads,
            parent_kind: self.parent_kind,
            filter: &self.filter,
        };
        let rows = rows::rows(&self.world, &query);
        let old = std::mem::replace(&mut self.rows, rows);
        let page = self.page();
        self.cursor.settle(&old, &self.rows, &self.world, page);
        if self.is_following {
            self.cursor.center(&self.rows, page);
        }
    }
}
