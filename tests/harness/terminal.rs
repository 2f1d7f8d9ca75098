//! A program in a terminal, and what is on that terminal's screen.

use std::fs::OpenOptions;
use std::num::NonZero;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use portable_pty::{ExitStatus, MasterPty};
use rustix::fs::OFlags;
use rustix::termios::{LocalModes, tcgetattr};

use super::pty::{Pty, Start};
use super::wait::{DEADLINE, now};

/// How long the last words of a program that has ended may take.
const LAST_WORDS: Duration = Duration::from_secs(1);

pub(crate) struct Terminal {
    pty: Pty,
    output: Receiver<Vec<u8>>,
    parser: vt100::Parser,
    /// Everything that was written to the terminal.
    pub(crate) raw: Vec<u8>,
}

fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).expect("a terminal has at least one cell")
}

impl Terminal {
    /// Starts pexplore with these arguments.
    pub(crate) fn pexplore(rows: u16, cols: u16, arguments: &[&str]) -> Self {
        Self::start(rows, cols, env!("CARGO_BIN_EXE_pexplore"), arguments, &[])
    }

    pub(crate) fn start(
        rows: u16,
        cols: u16,
        program: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        let pty = Pty::start(&Start { rows, cols, program, arguments, environment });
        let (sender, output) = channel();
        pty.read(move |bytes| sender.send(bytes.to_vec()).is_ok());
        let parser = vt100::Parser::new(cells(rows), cells(cols), 0);
        Self { pty, output, parser, raw: Vec::new() }
    }

    pub(crate) fn pid(&self) -> i32 {
        self.pty.pid().cast_signed()
    }

    pub(crate) fn send(&mut self, keys: &str) {
        self.pty.send(keys);
    }

    pub(crate) fn resize(&mut self, rows: u16, cols: u16) {
        self.pty.resize(rows, cols);
        self.parser.screen_mut().set_size(cells(rows), cells(cols));
    }

    pub(crate) fn text(&self) -> String {
        self.parser.screen().contents()
    }

    /// Waits until the screen is as wanted.
    #[track_caller]
    pub(crate) fn wait(&mut self, what: &str, wanted: impl Fn(&str) -> bool) {
        let began = now();
        while !wanted(&self.text()) {
            let left = DEADLINE.checked_sub(began.elapsed());
            let left = left.unwrap_or_else(|| panic!("{what} did not come:\n{}", self.text()));
            self.take(left.min(Duration::from_millis(200)));
        }
    }

    /// Waits for text on the screen.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) {
        self.wait(text, |screen| screen.contains(text));
    }

    /// Takes what was written meanwhile; whether more can come.
    fn take(&mut self, limit: Duration) -> bool {
        match self.output.recv_timeout(limit) {
            Ok(bytes) => {
                self.parser.process(&bytes);
                self.raw.extend(bytes);
                true
            }
            Err(RecvTimeoutError::Timeout) => true,
            Err(RecvTimeoutError::Disconnected) => false,
        }
    }

    /// Waits for the program's end, and takes all that it wrote.
    #[track_caller]
    pub(crate) fn wait_for_end(&mut self) -> ExitStatus {
        let began = now();
        loop {
            self.take(Duration::from_millis(20));
            if let Some(status) = self.pty.try_wait() {
                // To the end of what it wrote, unless it left somebody there who may write on.
                let ended = now();
                while self.take(Duration::from_millis(100)) && ended.elapsed() < LAST_WORDS {}
                return status;
            }
            assert!(began.elapsed() < DEADLINE, "it did not end:\n{}", self.text());
        }
    }

    /// Whether the terminal was given back: main screen, cursor, no mouse, no raw mode.
    pub(crate) fn is_restored(&self) -> bool {
        let screen = self.parser.screen();
        !screen.alternate_screen()
            && !screen.hide_cursor()
            && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
            && !screen.bracketed_paste()
            && has_usual_modes(self.pty.master())
    }
}

/// The side of a terminal that its program has, which keeps nobody waiting.
pub(crate) fn open_slave(master: &(dyn MasterPty + Send)) -> std::fs::File {
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    let path = master.tty_name().expect("the terminal has a name");
    let opened = OpenOptions::new().read(true).write(true).custom_flags(flags).open(path);
    opened.expect("the terminal can be opened")
}

/// Whether a terminal echoes and reads lines, as shells want it.
pub(crate) fn has_usual_modes(master: &(dyn MasterPty + Send)) -> bool {
    let modes = tcgetattr(open_slave(master)).expect("it is a terminal").local_modes;
    modes.contains(LocalModes::ECHO | LocalModes::ICANON)
}
