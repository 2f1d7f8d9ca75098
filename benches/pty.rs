//! A program in a terminal, with everything that it writes and when.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::clock;
use crate::harness::{Pty, Start};

/// After its quitting key, a program may take so long.
const QUIT_LIMIT: Duration = Duration::from_secs(3);

/// The size of a terminal.
#[derive(Clone, Copy)]
pub(crate) struct Window {
    pub(crate) rows: u16,
    pub(crate) columns: u16,
}

/// A piece of output.
#[derive(Clone)]
pub(crate) struct Chunk {
    pub(crate) at: Instant,
    pub(crate) bytes: Vec<u8>,
}

/// A running program. Dropping it ends it.
pub(crate) struct Session {
    pub(crate) began: Instant,
    pty: Pty,
    chunks: Arc<Mutex<Vec<Chunk>>>,
}

impl Session {
    /// Starts a program in a terminal of 200×50.
    pub(crate) fn start(program: &str, arguments: &[&str]) -> Self {
        Self::start_in(Window { rows: 50, columns: 200 }, program, arguments)
    }

    /// Starts a program; its output is read by a thread, as it comes.
    pub(crate) fn start_in(window: Window, program: &str, arguments: &[&str]) -> Self {
        // htop must not read or write the settings of whoever runs this.
        let environment = &[("HTOPRC", "/nonexistent/htoprc")];
        let began = clock::now();
        let Window { rows, columns: cols } = window;
        let pty = Pty::start(&Start { rows, cols, program, arguments, environment });
        let chunks = Arc::new(Mutex::new(Vec::new()));
        let kept = chunks.clone();
        pty.read(move |bytes| {
            let chunk = Chunk { at: clock::now(), bytes: bytes.to_vec() };
            kept.lock().expect("nobody panics with the lock").push(chunk);
            true
        });
        Self { began, pty, chunks }
    }

    /// Its pid.
    pub(crate) fn pid(&self) -> u32 {
        self.pty.pid()
    }

    /// Types a key; when.
    pub(crate) fn press(&mut self, key: &str) -> Instant {
        let at = clock::now();
        self.pty.send(key);
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
        let _ = self.pty.try_send("q");
        let deadline = clock::now() + QUIT_LIMIT;
        while clock::now() < deadline {
            if self.pty.try_wait().is_some() {
                return;
            }
            clock::pause(Duration::from_millis(10));
        }
    }
}
