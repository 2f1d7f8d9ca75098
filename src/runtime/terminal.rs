//! Takes the terminal over and gives it back, on every way out. Nothing here waits for a terminal
//! that takes no output.

pub(crate) mod input;
pub(crate) mod keyboard;
mod size;
mod tty;

use std::cell::RefCell;
use std::io::{self, Write};
use std::mem::ManuallyDrop;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::Duration;

use color_eyre::eyre::{Result, WrapErr};
use crossterm::clipboard::CopyToClipboard;
use crossterm::cursor::Show;
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::queue;
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Rect, Size};
use ratatui::{Terminal, TerminalOptions, Viewport};

pub(crate) use self::size::size_of;
use self::tty::Tty;
use crate::app::input::{Input, Stop};
use crate::app::{App, MouseUser, draw};
use crate::theme::{ColorDepth, Theme};

/// The time for writing the rest of a frame before the terminal is given back.
const LAST_FRAME: Duration = Duration::from_millis(100);
/// So long the terminal may take to be given back.
const LAST_WORDS: Duration = Duration::from_millis(250);
/// More than that of control sequences does not wait for the terminal.
const MOST_WAITING: usize = 1 << 20;

/// Whether the terminal is taken over. A panic in another thread gives it back at once, after
/// which nothing may be drawn, and nobody gives it back a second time.
static IS_TAKEN_OVER: AtomicBool = AtomicBool::new(false);

/// The terminal, taken over. Dropping it gives the terminal back.
pub struct Session {
    tty: &'static Tty,
    /// Draws into memory. Never dropped: ratatui would then ask the terminal to show its cursor,
    /// and panic where that is gone and standard error with it.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<Frame>>>,
    frame: Frame,
    size: Size,
    /// The bytes that the terminal did not take yet.
    waiting: Vec<u8>,
    mouse: MouseUser,
}

/// The frame in memory, before it is written. ratatui does not let its writer be seen again.
#[derive(Clone, Default)]
struct Frame(Rc<RefCell<Vec<u8>>>);

impl Write for Frame {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Session {
    /// Takes the terminal over. A panic, in whatever thread, gives it back before its message is
    /// printed, and stops the program through `inputs`.
    pub fn enter(inputs: Sender<Input>) -> Result<Self> {
        let tty = Tty::get().wrap_err("could not open the terminal")?;
        let size = size_of(tty).wrap_err("could not ask the terminal for its size")?;
        restore_on_panic(inputs);
        // Not the whole terminal: ratatui would ask it for its size by itself, which it may not
        // know.
        let viewport = Viewport::Fixed(Rect::from((ratatui::layout::Position::ORIGIN, size)));
        let frame = Frame::default();
        let backend = CrosstermBackend::new(frame.clone());
        let terminal = Terminal::with_options(backend, TerminalOptions { viewport })
            .wrap_err("could not use the terminal")?;
        let terminal = ManuallyDrop::new(terminal);
        let mut session =
            Self { tty, terminal, frame, size, waiting: Vec::new(), mouse: MouseUser::Terminal };
        session.take_over().wrap_err("could not take the terminal over")?;
        Ok(session)
    }

    /// Draws the whole screen; only what changed is written, and as much as the terminal takes.
    /// Nothing may be waiting for it.
    pub(crate) fn draw(&mut self, app: &App, theme: Theme) -> io::Result<()> {
        if !is_taken_over() {
            return Ok(());
        }
        self.fit()?;
        // The terminal shows the frame when it is whole, where it knows how to wait for that.
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(|frame| draw::draw(app, theme, frame))?;
        queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        let mut frame = self.frame.0.take();
        if theme.depth == ColorDepth::Sixteen {
            crate::theme::sgr::plain(&frame, &mut self.waiting);
        } else {
            self.waiting.append(&mut frame);
        }
        self.write_on(Duration::ZERO)
    }

    /// Whether the terminal did not take yet what was drawn: no frame is to be drawn then.
    pub(crate) fn is_behind(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Writes what waits, as far as the terminal takes it; waits for it so long.
    pub(crate) fn write_on(&mut self, limit: Duration) -> io::Result<()> {
        if !is_taken_over() {
            self.waiting.clear();
            return Ok(());
        }
        if self.is_behind() && !limit.is_zero() {
            self.tty.wait(limit);
        }
        let written = self.tty.write(&self.waiting)?;
        self.waiting.drain(..written);
        Ok(())
    }

    /// Asks the terminal to put text on the clipboard (OSC 52): works over ssh, too.
    pub(crate) fn copy(&mut self, text: &str) -> io::Result<()> {
        let mut sequence = Vec::new();
        queue!(sequence, CopyToClipboard::to_clipboard_from(text))?;
        if self.waiting.len() + sequence.len() <= MOST_WAITING {
            self.waiting.extend(sequence);
        }
        self.write_on(Duration::ZERO)
    }

    /// Whether the terminal tells of the mouse, or selects text with it.
    pub(crate) fn use_mouse(&mut self, user: MouseUser) -> io::Result<()> {
        self.mouse = user;
        match user {
            MouseUser::Program => queue!(self.waiting, EnableMouseCapture)?,
            MouseUser::Terminal => queue!(self.waiting, DisableMouseCapture)?,
        }
        self.write_on(Duration::ZERO)
    }

    /// Asks the terminal for its background (xterm's OSC 11); the answer comes as an input, or never.
    pub(crate) fn ask_background(&mut self) -> io::Result<()> {
        self.waiting.extend(b"\x1b]11;?\x1b\\");
        self.write_on(Duration::ZERO)
    }

    /// Gives the terminal back for a while.
    pub(crate) fn leave(&mut self) {
        if is_taken_over() && self.may_write() {
            // A terminal that is gone takes nothing.
            let _ = self.tty.write_within(&self.waiting, LAST_FRAME);
        }
        self.waiting.clear();
        give_back();
    }

    /// Takes it over again, whatever was done to it meanwhile; the next frame is written whole.
    pub(crate) fn come_back(&mut self) -> io::Result<()> {
        // crossterm sets raw mode only where it believes that it is not set.
        let _ = disable_raw_mode();
        self.take_over()?;
        self.resize(self.size()?)
    }

    /// The size of now.
    pub(crate) fn size(&self) -> io::Result<Size> {
        size_of(self.tty)
    }

    fn fit(&mut self) -> io::Result<()> {
        match self.size() {
            Ok(size) if size != self.size => self.resize(size),
            _ => Ok(()),
        }
    }

    /// Not ratatui's `clear`: it asks the terminal where its cursor is, and the answer would be
    /// read by the thread that waits for keys.
    fn resize(&mut self, size: Size) -> io::Result<()> {
        self.size = size;
        self.terminal.resize(Rect::from((ratatui::layout::Position::ORIGIN, size)))
    }

    fn take_over(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        IS_TAKEN_OVER.store(true, Ordering::SeqCst);
        queue!(self.waiting, EnterAlternateScreen, EnableBracketedPaste)?;
        self.use_mouse(self.mouse).inspect_err(|_| give_back())
    }

    fn may_write(&self) -> bool {
        self.tty.is_ours() || !self.tty.stops_writers()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Whether this job has the terminal, so that it can be taken over without being stopped for it.
pub(crate) fn is_ours() -> bool {
    Tty::get().is_ok_and(Tty::is_ours)
}

fn is_taken_over() -> bool {
    IS_TAKEN_OVER.load(Ordering::SeqCst)
}

/// The size of the terminal that was taken over.
pub(crate) fn size() -> io::Result<Size> {
    size_of(Tty::get()?)
}

/// Undoes [`Session::take_over`], as far as the terminal still listens.
fn give_back() {
    if !IS_TAKEN_OVER.swap(false, Ordering::SeqCst) {
        return;
    }
    let Ok(tty) = Tty::get() else { return };
    let is_ours = tty.is_ours();
    if is_ours || !tty.stops_writers() {
        let mut sequence = Vec::new();
        let queued = queue!(
            sequence,
            EndSynchronizedUpdate,
            DisableBracketedPaste,
            DisableMouseCapture,
            LeaveAlternateScreen,
            Show
        );
        // A terminal that is gone needs no tidying up.
        let _ = queued.and_then(|()| tty.write_within(&sequence, LAST_WORDS));
    }
    // Another program may have the terminal now, with its modes.
    if is_ours {
        let _ = disable_raw_mode();
    }
}

fn restore_on_panic(inputs: Sender<Input>) {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        give_back();
        print(panic);
        let _ = inputs.send(Input::Stop(Stop::Panicked));
    }));
}
