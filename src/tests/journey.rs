//! A journey: what a user sees after these facts and these keys.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Size};

use crate::app::draw::{self, text_of};
use crate::app::input::{Effect, Input, Outcome, Pointer};
use crate::app::{App, Options};
use crate::keymap::{Key, Keymap};
use crate::panes::scenario::Pace;
use crate::record::{BootTime, Host, Machine, Observation, Record};
use crate::tests::fixture;
use crate::theme::{Background, Charset, ColorDepth, Theme};

/// The program without its edge: facts and keys go in, screens and effects come out.
pub(crate) struct Journey {
    pub(crate) app: App,
    pub(crate) theme: Theme,
    pub(crate) effects: Vec<Effect>,
}

impl Journey {
    pub(crate) fn new(width: u16, height: u16) -> Self {
        Self::with(width, height, |_| {})
    }

    pub(crate) fn with(width: u16, height: u16, change: impl FnOnce(&mut Options)) -> Self {
        Self::on(fixture::host(), width, height, change)
    }

    pub(crate) fn on(
        host: Host,
        width: u16,
        height: u16,
        change: impl FnOnce(&mut Options),
    ) -> Self {
        let mut options = Options {
            interval: Duration::from_secs(1),
            read_only: false,
            linger: Duration::from_secs(3),
            target: None,
            scenario: None,
            pace: Pace::default(),
            mouse: crate::app::MouseUser::Program,
            keymap: Keymap::default(),
        };
        change(&mut options);
        let theme = Theme {
            depth: ColorDepth::True,
            background: Background::Dark,
            charset: Charset::Unicode,
        };
        let app = App::new(host, options, Size { width, height });
        Self { app, theme, effects: Vec::new() }
    }

    pub(crate) fn send(&mut self, input: Input) -> &mut Self {
        let effects = self.app.update(input);
        self.effects.extend(effects);
        self
    }

    pub(crate) fn record(&mut self, seconds: u64, observation: Observation) -> &mut Self {
        self.send(Input::Record(Record { at: BootTime::from_secs(seconds), observation }))
    }

    /// The machine's processes, with their facts, at that second after boot.
    pub(crate) fn watch(&mut self, seconds: u64, text: &str) -> &mut Self {
        let lines = fixture::lines(text);
        self.send(Input::Record(fixture::scan(&lines, seconds)));
        self.send(Input::Record(fixture::facts_of(&lines, seconds)))
    }

    /// Things that happened, as [`fixture::events`] reads them.
    pub(crate) fn events(&mut self, text: &str) -> &mut Self {
        self.send(Input::Record(fixture::events(text)))
    }

    /// The machine's own figures, and the names of its users.
    pub(crate) fn machine(&mut self, seconds: u64) -> &mut Self {
        let figures = Machine {
            load: [0.42, 0.37, 0.31],
            cpu_percent: Some(7.0),
            memory_used: 3_300_000_000,
            memory_total: 25_769_803_776,
            ..Machine::default()
        };
        self.record(seconds, Observation::Machine(figures));
        let users = vec![(0, "root".into()), (1000, "ana".into())];
        self.record(seconds, Observation::Users(users))
    }

    /// Presses keys, written as `jj<Enter>x<Esc>`.
    pub(crate) fn keys(&mut self, text: &str) -> &mut Self {
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let (key, length) = match rest.split_once('>') {
                Some((name, _)) if first == '<' && name.len() > 1 => {
                    (named(&name[1..]), name.len() + 1)
                }
                _ => (Key::char(first), first.len_utf8()),
            };
            self.send(Input::Key(key));
            rest = &rest[length..];
        }
        self
    }

    pub(crate) fn click(&mut self, x: u16, y: u16) -> &mut Self {
        self.send(Input::Pointer(Pointer::Click(Position::new(x, y))))
    }

    pub(crate) fn outcome(&mut self, outcome: Outcome) -> &mut Self {
        self.send(Input::Outcome(outcome))
    }

    pub(crate) fn buffer(&self) -> Buffer {
        let Size { width, height } = self.app.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw::draw(&self.app, self.theme, frame)).unwrap();
        terminal.backend().buffer().clone()
    }

    /// The text on screen, without what is empty at the ends of lines.
    pub(crate) fn text(&self) -> String {
        text_of(&self.buffer())
    }

    /// The text on screen, and one number for all its styles.
    pub(crate) fn screen(&self) -> String {
        let buffer = self.buffer();
        let mut hasher = DefaultHasher::new();
        for cell in buffer.content() {
            format!("{:?}", cell.style()).hash(&mut hasher);
        }
        format!("{}\nstyles: {:016x}\n", text_of(&buffer), hasher.finish())
    }

    /// What the status line says at its right, behind the keys.
    pub(crate) fn message(&self) -> String {
        let text = self.text();
        let line = text.lines().last().unwrap_or_default().trim();
        line.rsplit("   ").next().unwrap_or_default().trim().to_owned()
    }

    /// The line of the tree that the cursor is on, from the top of the screen.
    pub(crate) fn cursor_line(&self) -> Option<usize> {
        let row = self.app.tree.cursor.row(&self.app.tree.rows)?;
        row.checked_sub(self.app.tree.cursor.top)
    }

    pub(crate) fn cursor_pid(&self) -> Option<u32> {
        self.app.selected().map(|id| id.pid)
    }
}

/// A key by its name: `Enter`, `PgUp`, `C-d`, `BS`.
fn named(name: &str) -> Key {
    let name = name.replace("C-", "^").replace("BS", "Backspace");
    name.parse().unwrap()
}
