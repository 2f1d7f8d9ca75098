//! A program in a terminal of its own: started, read, typed into, resized, closed and ended.

use std::io::{Read, Write};
use std::thread::JoinHandle;

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

/// Dropping it ends the program.
pub(crate) struct Pty {
    child: Box<dyn Child + Send + Sync>,
    /// The terminal lasts as long as this side of it; `None` once it is closed.
    ends: Option<Ends>,
}

struct Ends {
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
}

/// A program to start, and in which terminal.
pub(crate) struct Start<'a> {
    pub(crate) rows: u16,
    pub(crate) cols: u16,
    pub(crate) program: &'a str,
    pub(crate) arguments: &'a [&'a str],
    pub(crate) environment: &'a [(&'a str, &'a str)],
}

fn size(rows: u16, cols: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

impl Pty {
    pub(crate) fn start(start: &Start) -> Self {
        Self::prepared(start, |_| {})
    }

    /// In a terminal to which something is done before.
    pub(crate) fn prepared(start: &Start, prepare: fn(&(dyn MasterPty + Send))) -> Self {
        let pair = native_pty_system().openpty(size(start.rows, start.cols)).expect("a terminal");
        prepare(&*pair.master);
        let mut command = CommandBuilder::new(start.program);
        command.args(start.arguments);
        command.cwd(std::env::current_dir().expect("a working directory"));
        command.env_remove("NO_COLOR");
        // To resolve the backtrace of a debug build takes longer than what is measured.
        command.env_remove("RUST_BACKTRACE");
        let usual = [("TERM", "xterm-256color"), ("LC_ALL", "C.UTF-8")];
        for (name, value) in usual.iter().chain(start.environment) {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).expect("the program can be started");
        let writer = pair.master.take_writer().expect("the terminal can be written");
        Self { child, ends: Some(Ends { master: pair.master, writer }) }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().expect("a started process has a pid")
    }

    fn ends(&self) -> &Ends {
        self.ends.as_ref().expect("the terminal is open")
    }

    pub(crate) fn master(&self) -> &(dyn MasterPty + Send) {
        &*self.ends().master
    }

    pub(crate) fn send(&mut self, keys: &str) {
        self.try_send(keys).expect("the terminal takes keys");
    }

    pub(crate) fn try_send(&mut self, keys: &str) -> std::io::Result<()> {
        let writer = &mut self.ends.as_mut().expect("the terminal is open").writer;
        writer.write_all(keys.as_bytes())?;
        writer.flush()
    }

    pub(crate) fn resize(&self, rows: u16, cols: u16) {
        self.master().resize(size(rows, cols)).expect("the terminal can be resized");
    }

    /// Reads in a thread all that is written from now on, until there is no more or it is not
    /// wanted any longer.
    pub(crate) fn read(
        &self,
        mut take: impl FnMut(&[u8]) -> bool + Send + 'static,
    ) -> JoinHandle<()> {
        let mut reader = self.master().try_clone_reader().expect("the terminal can be read");
        std::thread::spawn(move || {
            let mut buffer = vec![0; 65_536];
            while let Ok(length @ 1..) = reader.read(&mut buffer)
                && take(&buffer[..length])
            {}
        })
    }

    /// Closes the terminal, as a window is closed: the kernel hangs it up once no reader is left.
    pub(crate) fn close(&mut self) {
        self.ends = None;
    }

    /// How it ended, if it has.
    pub(crate) fn try_wait(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("it is waited for here alone")
    }

    /// Waits for an end that is sure to come.
    pub(crate) fn wait(&mut self) {
        let _ = self.child.wait();
    }

    /// Ends the program, if it has not ended, and waits for that.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        self.wait();
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // It may have ended by itself; nothing that a test starts outlives the test.
        self.kill();
    }
}
