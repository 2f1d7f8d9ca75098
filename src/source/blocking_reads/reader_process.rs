//! The reading process: started, asked, and killed where it does not answer.

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};

use crate::linux::procfs::table::ProcTable;
use crate::linux::{clock, wait};
use crate::record::State;
use crate::source::background::{StopToken, Woken};
use crate::source::blocking_reads::READER_COMMAND;
use crate::source::reading::{Answer, Query};

/// How long a reader may take that is not blocked but gets no processor, or has to start first.
pub(in crate::source) const STARVED: Duration = Duration::from_secs(20);
/// How often to check whether a reader that is slow to answer is blocked.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
const ROOM: usize = 64 * 1024;

/// A process that reads, and what it answered so far.
pub(in crate::source) struct ReaderProcess {
    pub(in crate::source) child: Child,
    socket: UnixStream,
    received: Vec<u8>,
    searched: usize,
    /// The token that ends all waiting for it.
    stop: Option<StopToken>,
    /// Whether it hung up: somebody ended it, for nothing here does while it serves.
    pub(in crate::source) has_closed: bool,
}

/// The result of waiting for a line.
enum Line {
    Comparison(Vec<u8>),
    Late,
    /// Nobody is to wait any more.
    Stopped,
    Closed,
}

impl ReaderProcess {
    /// Starts it as that program, with that word. It says an empty line once it serves.
    pub(in crate::source) fn spawn(program: &Path, word: &str) -> io::Result<Self> {
        let (own, theirs) = UnixStream::pair()?;
        own.set_nonblocking(true)?;
        let input: OwnedFd = theirs.try_clone()?.into();
        let output: OwnedFd = theirs.into();
        let child = Command::new(program)
            .args([READER_COMMAND, word])
            .stdin(input)
            .stdout(output)
            .stderr(Stdio::null())
            .spawn()?;
        let (received, searched, stop, has_closed) = (Vec::new(), 0, None, false);
        Ok(Self { child, socket: own, received, searched, stop, has_closed })
    }

    /// Waits for it only until that tells to stop.
    #[must_use]
    pub(in crate::source) fn until(self, stop: Option<StopToken>) -> Self {
        Self { stop, ..self }
    }

    /// Waits until it serves; whether it does.
    pub(in crate::source) fn serves(&mut self) -> bool {
        self.line(STARVED).is_some()
    }

    pub(in crate::source) fn send(&mut self, queries: &[Query]) -> io::Result<()> {
        let mut lines = Vec::new();
        for query in queries {
            serde_json::to_writer(&mut lines, query)?;
            lines.push(b'\n');
        }
        self.socket.write_all(&lines).inspect_err(|_| self.has_closed = true)
    }

    /// Its next answer; `None` where it is blocked for longer than that.
    pub(in crate::source) fn receive(&mut self, limit: Duration) -> Option<Answer> {
        serde_json::from_slice(&self.line(limit)?).ok()
    }

    /// Its next line, if one comes within that time.
    pub(in crate::source) fn line_within(&mut self, limit: Duration) -> Option<Vec<u8>> {
        match self.wait_for_line(limit) {
            Line::Comparison(line) => Some(line),
            Line::Late | Line::Stopped | Line::Closed => None,
        }
    }

    fn line(&mut self, wait_budget: Duration) -> Option<Vec<u8>> {
        let began = clock::instant();
        loop {
            let left = wait_budget.saturating_sub(began.elapsed()).max(LOOK_AGAIN);
            match self.wait_for_line(left) {
                Line::Comparison(line) => return Some(line),
                Line::Stopped | Line::Closed => return None,
                Line::Late => {}
            }
            let waited = began.elapsed();
            if waited >= wait_budget && (waited >= STARVED || !self.is_starved()) {
                return None;
            }
        }
    }

    fn wait_for_line(&mut self, limit: Duration) -> Line {
        let line = self.next_line(limit);
        self.has_closed |= matches!(line, Line::Closed);
        line
    }

    fn next_line(&mut self, limit: Duration) -> Line {
        let began = clock::instant();
        loop {
            let unsearched = &self.received[self.searched..];
            if let Some(end) = unsearched.iter().position(|byte| *byte == b'\n') {
                let rest = self.received.split_off(self.searched + end + 1);
                self.searched = 0;
                return Line::Comparison(std::mem::replace(&mut self.received, rest));
            }
            self.searched = self.received.len();
            let left = limit.saturating_sub(began.elapsed());
            match self.wait(left) {
                Woken::Ready => {}
                Woken::Stopped => return Line::Stopped,
                Woken::Timeout if began.elapsed() >= limit => return Line::Late,
                Woken::Timeout => continue,
            }
            let mut buffer = vec![0; ROOM];
            match self.socket.read(&mut buffer) {
                Ok(0) => return Line::Closed,
                Ok(length) => self.received.extend(&buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return Line::Closed,
            }
        }
    }

    fn wait(&self, limit: Duration) -> Woken {
        if let Some(stop) = &self.stop {
            return stop.wait_for(&self.socket, Some(limit));
        }
        let mut fds = [PollFd::new(&self.socket, PollFlags::IN)];
        wait::any(&mut fds, Some(limit));
        if fds[0].revents().is_empty() { Woken::Timeout } else { Woken::Ready }
    }

    /// Whether it wants a processor, and waits for nobody.
    pub(in crate::source) fn is_starved(&self) -> bool {
        let stat = ProcTable::open().ok().and_then(|table| table.read_one(self.child.id()));
        stat.is_some_and(|stat| stat.state == State::Running)
    }
}
