//! Reads the terminal's input while this job has the terminal.

use std::fs::File;
use std::io;
use std::sync::mpsc::Sender;
use std::time::Duration;

use color_eyre::eyre::Result;
use rustix::fd::{AsFd, BorrowedFd};
use rustix::io::Errno;
use rustix::stdio::stdin;
use rustix::termios::isatty;

use super::is_taken_over;
use super::tty::Tty;
use crate::app::input::{Input, Stop};
use crate::linux::{clock, wait};
use crate::runtime::services::spawn;
use crate::runtime::terminal::input::Keyboard;

/// Between two looks whether the terminal is this job's again.
const LOOK: Duration = Duration::from_millis(50);
/// So much is read at a time.
const PART: usize = 4096;

/// Sends what is typed as inputs, until nobody listens or the terminal is gone.
pub(crate) fn watch(inputs: Sender<Input>) -> Result<()> {
    spawn("terminal", move || {
        let is_lost = serve(&inputs).is_err();
        if is_lost {
            // If the program has ended meanwhile, nobody listens.
            let _ = inputs.send(Input::Stop(Stop::TerminalLost));
        }
    })?;
    Ok(())
}

/// Comes back when nobody listens.
fn serve(inputs: &Sender<Input>) -> io::Result<()> {
    let opened = if isatty(stdin()) { None } else { Some(File::open("/dev/tty")?) };
    let terminal = opened.as_ref().map_or_else(|| stdin(), AsFd::as_fd);
    let mut keyboard = Keyboard::default();
    let mut buffer = [0; PART];
    loop {
        let read = match read(terminal, keyboard.wait_budget(clock::instant()), &mut buffer)? {
            Some(length) => keyboard.inputs_of(&buffer[..length], clock::instant()),
            None => keyboard.overdue(clock::instant()),
        };
        for input in read {
            if inputs.send(input).is_err() {
                return Ok(());
            }
        }
    }
}

/// Reads what comes within that time; nothing if nothing does.
fn read(
    terminal: BorrowedFd<'_>,
    limit: Option<Duration>,
    buffer: &mut [u8],
) -> io::Result<Option<usize>> {
    // Input that comes while another job has the terminal is that job's: reading it stops this
    // program (TTIN), or is refused where no shell could resume it (termios(3)).
    if !may_read() {
        wait::sleep(LOOK);
        return Ok(None);
    }
    if !wait::poll_once(&mut [wait::readable(&terminal)], limit)? || !may_read() {
        return Ok(None);
    }
    match rustix::io::read(terminal, buffer) {
        Ok(0) => Err(Errno::IO.into()),
        Ok(length) => Ok(Some(length)),
        Err(Errno::INTR | Errno::AGAIN) => Ok(None),
        Err(Errno::IO) if !may_read() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn may_read() -> bool {
    is_taken_over() && Tty::get().is_ok_and(Tty::is_ours)
}
