//! Takes the terminal over and gives it back, on every way out.

use std::io::{self, BufWriter, Stdout, Write};
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;

use color_eyre::eyre::{Result, WrapErr};
use crossterm::cursor::Show;
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;

use crate::app::App;
use crate::app::input::{Input, Stop};
use crate::ui;
use crate::ui::theme::Theme;

/// A frame is written at once: room for a screen of 200×50 with all its colors.
const FRAME_ROOM: usize = 128 * 1024;

/// Whether the terminal is taken over. A panic in another thread gives it back at once, after
/// which nothing may be drawn, and nobody gives it back a second time.
static IS_TAKEN_OVER: AtomicBool = AtomicBool::new(false);

/// The terminal, taken over. Dropping it gives the terminal back.
pub struct Session {
    /// Never dropped: ratatui would then ask the terminal to show its cursor, and panic where that
    /// is gone and standard error with it.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<BufWriter<Stdout>>>>,
}

impl Session {
    /// Takes the terminal over. A panic, in whatever thread, gives it back before its message is
    /// printed, and stops the program through `inputs`.
    pub fn enter(inputs: Sender<Input>) -> Result<Self> {
        restore_on_panic(inputs);
        take_over().wrap_err("could not take the terminal over")?;
        let output = BufWriter::with_capacity(FRAME_ROOM, io::stdout());
        let terminal = Terminal::new(CrosstermBackend::new(output));
        let terminal = terminal.inspect_err(|_| give_back());
        let terminal = terminal.wrap_err("could not use the terminal")?;
        Ok(Self { terminal: ManuallyDrop::new(terminal) })
    }

    /// Draws the whole screen; only what changed is written.
    pub fn draw(&mut self, app: &App, theme: Theme) -> io::Result<()> {
        if !IS_TAKEN_OVER.load(Ordering::SeqCst) {
            return Ok(());
        }
        // The terminal shows the frame when it is whole, where it knows how to wait for that.
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(|frame| ui::draw(app, theme, frame))?;
        queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        Write::flush(self.terminal.backend_mut())
    }

    /// Writes a control sequence that shows nothing, such as one for the clipboard.
    pub fn write_control(&mut self, sequence: &str) -> io::Result<()> {
        let writer = self.terminal.backend_mut();
        writer.write_all(sequence.as_bytes())?;
        Write::flush(writer)
    }

    /// Gives the terminal back for a while.
    pub fn leave(&mut self) {
        give_back();
    }

    /// Takes it over again, whatever was done to it meanwhile; the next frame is written whole.
    pub fn come_back(&mut self) -> io::Result<()> {
        // crossterm sets raw mode only where it believes that it is not set.
        let _ = disable_raw_mode();
        take_over()?;
        // Not `clear`: it asks the terminal where its cursor is, and the answer would be read by
        // the thread that waits for keys.
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::new(0, 0, size.width, size.height))
    }

    /// The size of now.
    pub fn size(&self) -> io::Result<ratatui::layout::Size> {
        self.terminal.size()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.leave();
    }
}

fn take_over() -> io::Result<()> {
    enable_raw_mode()?;
    IS_TAKEN_OVER.store(true, Ordering::SeqCst);
    let entered =
        execute!(io::stdout(), EnterAlternateScreen, EnableMouseCapture, EnableBracketedPaste);
    if entered.is_err() {
        give_back();
    }
    entered
}

/// Undoes [`take_over`], as far as the terminal still listens.
fn give_back() {
    if !IS_TAKEN_OVER.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut output = io::stdout();
    let shown = execute!(
        output,
        EndSynchronizedUpdate,
        DisableBracketedPaste,
        DisableMouseCapture,
        LeaveAlternateScreen,
        Show
    );
    // A terminal that is gone needs no tidying up.
    let _ = shown;
    let _ = disable_raw_mode();
}

fn restore_on_panic(inputs: Sender<Input>) {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        give_back();
        print(panic);
        let _ = inputs.send(Input::Stop(Stop::Panicked));
    }));
}
