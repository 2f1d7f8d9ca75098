//! A program in a terminal of its own, and what is on that terminal's screen.

use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

/// How long anything may take before a test gives up.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// How long the last words of a program that has ended may take.
const LAST_WORDS: Duration = Duration::from_secs(1);

pub(crate) struct Terminal {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    parser: vt100::Parser,
    /// Everything that was written to the terminal.
    pub(crate) raw: Vec<u8>,
}

fn size(rows: u16, cols: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
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
        let pair = native_pty_system().openpty(size(rows, cols)).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        for (name, value) in [("TERM", "xterm-256color"), ("LC_ALL", "C.UTF-8")] {
            command.env(name, value);
        }
        command.env_remove("NO_COLOR");
        for (name, value) in environment {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        let writer = pair.master.take_writer().unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = vec![0; 65_536];
            while let Ok(length @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        let parser = vt100::Parser::new(cells(rows), cells(cols), 0);
        Self { master: pair.master, child, writer, output, parser, raw: Vec::new() }
    }

    pub(crate) fn pid(&self) -> i32 {
        i32::try_from(self.child.process_id().unwrap()).unwrap()
    }

    pub(crate) fn send(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    pub(crate) fn resize(&mut self, rows: u16, cols: u16) {
        self.master.resize(size(rows, cols)).unwrap();
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
    fn take(&mut self, patience: Duration) -> bool {
        match self.output.recv_timeout(patience) {
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
            if let Some(status) = self.child.try_wait().unwrap() {
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
        let modes = rustix_termios(&*self.master);
        !screen.alternate_screen()
            && !screen.hide_cursor()
            && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
            && !screen.bracketed_paste()
            && modes
    }
}

/// Whether the terminal echoes and reads lines, as shells want it.
fn rustix_termios(master: &(dyn MasterPty + Send)) -> bool {
    use rustix::termios::LocalModes;
    let Some(fd) = master.as_raw_fd() else { return false };
    let path = format!("/proc/self/fd/{fd}");
    let terminal = std::fs::File::open(path).unwrap();
    let modes = rustix::termios::tcgetattr(&terminal).unwrap().local_modes;
    modes.contains(LocalModes::ECHO | LocalModes::ICANON)
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended by itself; nothing that a test starts outlives the test.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "a deadline needs a clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
