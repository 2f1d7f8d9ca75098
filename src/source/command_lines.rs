//! Command lines of programs that were started just now, read aside: who has just become another
//! program may keep a reader of its arguments waiting, and events are not to stand still for it.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use crate::linux::clock;
use crate::linux::procfs::own;
use crate::record::{BootTime, CommandLine, Pid};
use crate::source::blocking_reads::{COMMAND_LINES, ReaderProcess, STARVED};
use crate::source::reading::{Answer, Query};

/// A process that answers at all does so within microseconds; events wait no longer for it.
const WAIT: Duration = Duration::from_millis(4);
/// But so long for a reader that wants a processor: the kernel keeps the events meanwhile.
const WAIT_IF_STARVED: Duration = Duration::from_millis(60);
/// How long a process may keep its reader waiting.
const WAIT_LIMIT: Duration = Duration::from_millis(200);
/// The interval between looks for answers.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// So many may be asked for and not be answered yet.
const MOST_ASKED: usize = 128;
/// While so many readers are kept waiting, no other is started.
const MOST_LEFT_BEHIND: usize = 4;
/// A reader is replaced no sooner than that after it was started.
const LEAST_BETWEEN_STARTS: Duration = Duration::from_millis(500);

/// A process that became another program at that time.
pub(super) type Execed = (Pid, BootTime);

/// Has command lines read, and hands them in as they come.
pub struct CommandLines {
    program: PathBuf,
    reader: Option<ReaderProcess>,
    /// Whether the process that reads serves already.
    serves: bool,
    /// The execs whose command lines were asked for and not answered yet, the oldest first.
    asked: VecDeque<Execed>,
    /// The beginning of the wait for the oldest of them.
    since: Instant,
    /// When the process that reads was started last.
    started: Instant,
    /// The reader processes that wait for a process that does not answer.
    left_behind: Vec<Child>,
}

impl CommandLines {
    /// Starts the process that reads, and waits until it serves. Where it cannot be started,
    /// nothing is read.
    pub(crate) fn start() -> Self {
        Self::read_by(&own::own_program())
    }

    /// Starts it as that program, which has to be pexplore, and waits until it serves.
    pub fn read_by(program: &Path) -> Self {
        let mut lines = Self {
            program: program.to_owned(),
            reader: None,
            serves: false,
            asked: VecDeque::new(),
            since: clock::instant(),
            started: clock::instant(),
            left_behind: Vec::new(),
        };
        lines.start_reader();
        lines.serves = lines.reader.as_mut().is_some_and(ReaderProcess::serves);
        lines
    }

    fn start_reader(&mut self) {
        self.serves = false;
        self.started = clock::instant();
        self.reader = ReaderProcess::spawn(&self.program, COMMAND_LINES).ok();
    }

    /// After how long it is to be looked whether more was answered; `None` if nothing is open.
    pub(super) fn wait_budget(&self) -> Option<Duration> {
        (!self.asked.is_empty()).then_some(LOOK_AGAIN)
    }

    /// Asks for these, as far as there is room.
    pub(super) fn ask(&mut self, execed: &[Execed]) {
        let room = MOST_ASKED.saturating_sub(self.asked.len());
        let execed = &execed[..execed.len().min(room)];
        if self.asked.is_empty() {
            self.since = clock::instant();
        }
        self.send(execed);
    }

    fn send(&mut self, execed: &[Execed]) {
        let queries: Vec<Query> = execed.iter().map(|(pid, _)| Query::CommandLine(*pid)).collect();
        if let Some(reader) = &mut self.reader {
            // One that has hung up is replaced, and the next one asked for the same.
            let _ = reader.send(&queries);
            self.asked.extend(execed);
        }
    }

    /// The command lines that were answered by now.
    pub(super) fn answered(&mut self) -> Vec<CommandLine> {
        // Reader processes that have ended must not stay zombies.
        self.left_behind.retain_mut(|process| matches!(process.try_wait(), Ok(None)));
        let lines = self.take(Duration::ZERO);
        let is_blocked = |reader: &ReaderProcess| {
            let waited = self.since.elapsed();
            let wait_budget = if self.serves { WAIT_LIMIT } else { STARVED };
            waited >= wait_budget && (waited >= STARVED || !reader.is_starved())
        };
        let is_left = !self.asked.is_empty() && self.reader.as_ref().is_some_and(is_blocked);
        if self.reader.as_ref().is_some_and(|reader| reader.has_closed) {
            self.leave_reader();
        } else if is_left {
            // It waits for the oldest.
            self.asked.pop_front();
            self.leave_reader();
        }
        if self.reader.is_none() {
            self.replace();
        }
        lines
    }

    /// The command lines that are answered within a short time altogether.
    pub(super) fn wait(&mut self) -> Vec<CommandLine> {
        let began = clock::instant();
        let mut lines = self.take(WAIT);
        while !self.asked.is_empty()
            && began.elapsed() < WAIT_IF_STARVED
            && self.reader.as_ref().is_some_and(ReaderProcess::is_starved)
        {
            lines.extend(self.take(WAIT));
        }
        lines
    }

    fn take(&mut self, limit: Duration) -> Vec<CommandLine> {
        let began = clock::instant();
        let mut lines = Vec::new();
        while !self.asked.is_empty()
            && let Some(reader) = &mut self.reader
            && let Some(line) = reader.line_within(limit.saturating_sub(began.elapsed()))
        {
            if !self.serves {
                self.serves = true;
                continue;
            }
            self.since = clock::instant();
            let Some((pid, execed_at)) = self.asked.pop_front() else { break };
            if let Ok(Answer::CommandLine(Some(line))) = serde_json::from_slice(&line) {
                lines.push(CommandLine { pid, execed_at, line });
            }
        }
        lines
    }

    fn leave_reader(&mut self) {
        let Some(ReaderProcess { mut child, .. }) = self.reader.take() else { return };
        // It fails only where it has already ended.
        let _ = child.kill();
        self.left_behind.push(child);
    }

    /// Starts another one, unless many are waited for, and asks it for what is open.
    fn replace(&mut self) {
        let is_time = self.started.elapsed() >= LEAST_BETWEEN_STARTS;
        if is_time && self.left_behind.len() < MOST_LEFT_BEHIND {
            self.start_reader();
            self.since = clock::instant();
        }
        // Without another one they are not read: they may live no more when there is one.
        let open: Vec<Execed> = self.asked.drain(..).collect();
        self.send(&open);
    }
}

impl Drop for CommandLines {
    fn drop(&mut self) {
        if let Some(ReaderProcess { mut child, .. }) = self.reader.take() {
            // A kill that fails finds it ended. Who may be blocked is not waited for.
            let _ = child.kill();
            let _ = if self.asked.is_empty() { child.wait().map(Some) } else { child.try_wait() };
        }
    }
}
