//! Plays a recording: on the screen at its own pace, or at once to its last screen.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use color_eyre::eyre::{Result, WrapErr, eyre};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::app::input::{Input, Stop};
use crate::app::{App, ReplayStatus, draw};
use crate::keymap::{Command, Context, ReplayCommand};
use crate::linux::clock;
use crate::recording::{self, Header, Line, Lines, RecordingError};
use crate::runtime::output;
use crate::runtime::terminal::{Session, keyboard};
use crate::theme::Theme;

/// The slowest and the fastest pace, as powers of two of the recorded one.
const SLOWEST: i32 = -4;
const FASTEST: i32 = 6;

type Recording = Lines<BufReader<File>>;

fn open(path: &Path) -> Result<(Header, Recording)> {
    let file = File::open(path).wrap_err_with(|| format!("could not read {}", path.display()))?;
    recording::read(BufReader::new(file)).map_err(|error| wrong(path, &error))
}

fn wrong(path: &Path, error: &RecordingError) -> color_eyre::Report {
    eyre!("{}: {error}", path.display())
}

/// Plays everything at once; the last screen as text, where that is wanted. A recording that
/// breaks off is played as far as it goes, and fails.
///
/// # Errors
///
/// What is no recording, is damaged or cut off; a screen that cannot be printed.
pub(crate) fn to_end(path: &Path, theme: Theme, prints: bool) -> Result<u8> {
    let (header, mut lines) = open(path)?;
    let mut app = header.app();
    let broken = loop {
        match lines.next() {
            Some(Ok(Line { input, .. })) => drop(app.update(input)),
            Some(Err(error)) => break Some(error),
            None => break None,
        }
    };
    if prints {
        output::print(&last_screen(&app, theme)?)?;
    }
    broken.map_or(Ok(0), |error| Err(wrong(path, &error)))
}

fn last_screen(app: &App, theme: Theme) -> Result<String> {
    let mut terminal = Terminal::new(TestBackend::new(app.size.width, app.size.height))?;
    terminal.draw(|frame| draw::draw(app, theme, frame))?;
    Ok(draw::text_of(terminal.backend().buffer()) + "\n")
}

/// Plays on the screen, until the user quits.
///
/// # Errors
///
/// What is no recording; a terminal that cannot be used. A recording that breaks off is played as
/// far as it goes.
pub(crate) fn on_screen(path: &Path, theme: Theme) -> Result<u8> {
    let (header, lines) = open(path)?;
    let (sender, inputs) = channel();
    let mut session = Session::enter(sender.clone())?;
    keyboard::watch(sender)?;
    let mut app = header.app();
    app.size = session.size().wrap_err("could not ask the terminal for its size")?;
    let mut player = Player::new(app, lines);
    let ended = player.run(&mut session, theme, &inputs);
    session.leave();
    ended?;
    player.broken.map_or(Ok(0), |error| Err(wrong(path, &error)))
}

struct Player {
    app: App,
    lines: Recording,
    next: Option<Line>,
    /// Why the recording breaks off, once it does.
    broken: Option<RecordingError>,
    /// The pace, as a power of two of the recorded one.
    pace: i32,
    is_paused: bool,
    /// When the newest line was played, and when it was recorded.
    played: Option<(Instant, u64)>,
}

impl Player {
    fn new(app: App, lines: Recording) -> Self {
        let mut player =
            Self { app, lines, next: None, broken: None, pace: 0, is_paused: false, played: None };
        player.read_next();
        player
    }

    fn read_next(&mut self) {
        self.next = match self.lines.next() {
            Some(Ok(line)) => Some(line),
            Some(Err(error)) => {
                self.broken = Some(error);
                None
            }
            None => None,
        };
    }

    fn run(&mut self, session: &mut Session, theme: Theme, inputs: &Receiver<Input>) -> Result<()> {
        loop {
            self.app.modes.replay = Some(self.status());
            if session.is_behind() {
                session.write_on(Duration::from_millis(50))?;
            } else {
                session.draw(&self.app, theme).wrap_err("could not write to the terminal")?;
            }
            let input = match self.wait() {
                Some(wait) => inputs.recv_timeout(wait),
                None => inputs.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match input {
                Ok(Input::Stop(Stop::Signal(_) | Stop::TerminalLost | Stop::Panicked)) => {
                    return Ok(());
                }
                Ok(input) => {
                    if self.on_input(input) {
                        return Ok(());
                    }
                }
                Err(RecvTimeoutError::Timeout) => self.step(),
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            if let Ok(size) = session.size() {
                self.app.size = size;
            }
        }
    }

    /// How long it is until the next line; `None` where nothing follows by itself.
    fn wait(&self) -> Option<Duration> {
        let next = self.next.as_ref().filter(|_| !self.is_paused)?;
        let Some((at, recorded)) = self.played else { return Some(Duration::ZERO) };
        let gap = Duration::from_nanos(next.at.0.saturating_sub(recorded));
        let gap = gap.mul_f64(2_f64.powi(-self.pace));
        Some(gap.saturating_sub(at.elapsed()))
    }

    /// Plays the next line.
    fn step(&mut self) {
        let Some(Line { at, input }) = self.next.take() else { return };
        self.played = Some((clock::instant(), at.0));
        // The screen has the size of this terminal.
        if !matches!(input, Input::Resize(_)) {
            drop(self.app.update(input));
        }
        self.read_next();
    }

    /// Runs what the viewer does; whether it ends the replay. Effects are executed nowhere.
    fn on_input(&mut self, input: Input) -> bool {
        let Input::Key(key) = input else {
            if matches!(input, Input::Resize(_) | Input::Pointer(_)) {
                drop(self.app.update(input));
            }
            return false;
        };
        let contexts = [&[Context::Replay], self.app.contexts()].concat();
        let found = self.app.options.keymap.command(&contexts, key);
        match found.map(|binding| (binding.command, binding.row.acts_on_processes)) {
            Some((Command::Replay(command), _)) => return self.on_command(command),
            Some((_, true)) => {}
            _ => drop(self.app.update(Input::Key(key))),
        }
        false
    }

    fn on_command(&mut self, command: ReplayCommand) -> bool {
        match command {
            ReplayCommand::Pause => self.is_paused = !self.is_paused,
            ReplayCommand::Step => {
                self.is_paused = true;
                self.step();
            }
            ReplayCommand::Slower => self.pace = (self.pace - 1).max(SLOWEST),
            ReplayCommand::Faster => self.pace = (self.pace + 1).min(FASTEST),
            ReplayCommand::Quit => return true,
        }
        false
    }

    fn status(&self) -> ReplayStatus {
        ReplayStatus { pace: self.pace, is_paused: self.is_paused, is_over: self.next.is_none() }
    }
}
