//! A program in a terminal of 200×50, with everything that it writes and when.

use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::clock;

const SIZE: PtySize = PtySize { rows: 50, cols: 200, pixel_width: 0, pixel_height: 0 };
/// After its quitting key, a program may take so long.
const QUIT_LIMIT: Duration = Duration::from_secs(3);

/// A piece of output.
#[derive(Clone)]
pub(crate) struct Chunk {
    pub(crate) at: Instant,
    pub(crate) bytes: Vec<u8>,
}

/// A running program. Dropping it ends it.
pub(crate) struct Session {
    pub(crate) began: Instant,
    child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn Write + Send>,
    chunks: Arc<Mutex<Vec<Chunk>>>,
    _master: Box<dyn MasterPty + Send>,
}

impl Session {
    /// Starts a program; its output is read by a thread, as it comes.
    pub(crate) fn start(program: &str, arguments: &[&str]) -> Self {
        let pair = native_pty_system().openpty(SIZE).expect("a terminal can be had");
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        command.env("LC_ALL", "C.UTF-8");
        // htop must not read or write the settings of whoever runs this.
        command.env("HTOPRC", "/nonexistent/htoprc");
        let reader = pair.master.try_clone_reader().expect("the terminal can be read");
        let writer = pair.master.take_writer().expect("the terminal can be written");
        let chunks = Arc::new(Mutex::new(Vec::new()));
        let kept = chunks.clone();
        std::thread::spawn(move || keep_output(reader, &kept));
        let began = clock::now();
        let child = pair.slave.spawn_command(command).expect("the program can be started");
        Self { began, child, writer, chunks, _master: pair.master }
    }

    /// Its pid.
    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().expect("it was started and not waited for")
    }

    /// Types a key; when.
    pub(crate) fn press(&mut self, key: &[u8]) -> Instant {
        let at = clock::now();
        let typed = self.writer.write_all(key).and_then(|()| self.writer.flush());
        typed.expect("the terminal takes a key");
        at
    }

    /// What it wrote since that time.
    pub(crate) fn output_since(&self, since: Instant) -> Vec<Chunk> {
        let chunks = self.chunks.lock().expect("the reading thread does not panic");
        chunks.iter().filter(|chunk| chunk.at >= since).cloned().collect()
    }

    /// Nanoseconds of CPU that its threads used so far.
    pub(crate) fn cpu_nanos(&self) -> u64 {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.pid()));
        let spent = tasks.into_iter().flatten().flatten().filter_map(|task| {
            let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<u64>().ok()
        });
        spent.sum()
    }

    /// Its proportional share of memory, in megabytes.
    pub(crate) fn pss_mb(&self) -> f64 {
        let path = format!("/proc/{}/smaps_rollup", self.pid());
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
        let kib = line.and_then(|line| line.split_ascii_whitespace().next()?.parse::<f64>().ok());
        kib.unwrap_or(f64::NAN) * 1024.0 / 1e6
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.writer.write_all(b"q").and_then(|()| self.writer.flush());
        let deadline = clock::now() + QUIT_LIMIT;
        while clock::now() < deadline {
            if self.child.try_wait().is_ok_and(|status| status.is_some()) {
                return;
            }
            clock::pause(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn keep_output(mut reader: Box<dyn Read + Send>, chunks: &Mutex<Vec<Chunk>>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length) = reader.read(&mut buffer) {
        if length == 0 {
            return;
        }
        let chunk = Chunk { at: clock::now(), bytes: buffer[..length].to_vec() };
        chunks.lock().expect("nobody panics with the lock").push(chunk);
    }
}
