//! A program in a terminal that can be closed while the program runs.

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

pub(crate) struct Pty {
    child: Box<dyn Child + Send + Sync>,
    /// `None` when it is closed.
    terminal: Option<Open>,
}

struct Open {
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    /// Takes what is written there, so that the program never waits.
    reader: JoinHandle<()>,
    is_closing: Arc<AtomicBool>,
}

impl Pty {
    pub(crate) fn start(program: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let size = PtySize { rows: 12, cols: 60, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.cwd(std::env::current_dir().unwrap());
        // To resolve the backtrace of a debug build takes longer than everything that is measured.
        command.env_remove("RUST_BACKTRACE");
        for (name, value) in [("TERM", "xterm-256color")].iter().chain(environment) {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        let mut output = pair.master.try_clone_reader().unwrap();
        let is_closing = Arc::new(AtomicBool::new(false));
        let is_last = Arc::clone(&is_closing);
        let reader = std::thread::spawn(move || {
            let mut buffer = vec![0; 65_536];
            while matches!(output.read(&mut buffer), Ok(1..)) && !is_last.load(Ordering::SeqCst) {}
        });
        let writer = pair.master.take_writer().unwrap();
        let terminal = Some(Open { master: pair.master, writer, reader, is_closing });
        Self { child, terminal }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    pub(crate) fn send(&mut self, keys: &str) {
        let writer = &mut self.terminal.as_mut().expect("the terminal is open").writer;
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// To the program, which was not waited for, so that its pid is its own.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.pid()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Closes the terminal, as a window is closed: the kernel hangs it up.
    pub(crate) fn close(&mut self) {
        let Some(Open { master, mut writer, reader, is_closing }) = self.terminal.take() else {
            return;
        };
        is_closing.store(true, Ordering::SeqCst);
        // The reader holds the terminal open until something is drawn.
        writer.write_all(b"?").unwrap();
        reader.join().unwrap();
        drop((master, writer));
    }

    /// Ends the program, if it has not ended, and waits for that.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
