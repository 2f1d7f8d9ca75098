//! A process of its own for reads that can block.
//!
//! Who reads the arguments, the environment, the image, the working directory or the descriptors
//! of a process may have to wait as long as its owner likes:
//!
//! - For the lock of its memory, which a thread holds while it waits for a page from a FUSE server
//!   or a userfaultfd(2) handler. Since Linux 5.3 a signal that kills ends that waiting
//!   (`access_remote_vm` in mm/memory.c).
//! - For a file of it, such as its image, on the file system of a FUSE server or a network. Once a
//!   FUSE server has taken a request, no signal ends the waiting for its answer
//!   (`request_wait_answer` in fs/fuse/dev.c), and a process with such a thread cannot be reaped.
//!
//! So a process of its own waits there. Whatever does not answer in time is left to it: it is
//! killed, never waited for, and another one goes on.

mod reader_process;
mod wait_budget;

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, exit};
use std::time::{Duration, Instant};

use rustix::process::{Signal, getppid, set_parent_process_death_signal, setsid};
use rustix::thread::set_name;
use tracing::{info, warn};

pub(super) use reader_process::{ReaderProcess, STARVED};

use crate::linux::clock;
use crate::linux::priority::step_back;
use crate::linux::procfs::image::command_line;
use crate::linux::procfs::own;
use crate::record::{ProcessKey, ScanSource, Unread};
use crate::source::background::StopToken;
use crate::source::blocking_reads::wait_budget::WaitBudget;
use crate::source::reading::{Answer, Query, Reading};

/// The hidden command that makes this very program the process that reads.
pub const READER_COMMAND: &str = "__reader";
/// The word for one that reads nothing but command lines, of processes that live shortly.
pub(super) const COMMAND_LINES: &str = "command-lines";

/// A process that did not answer is asked again after so long.
const ASK_AGAIN: Duration = Duration::from_secs(30);
/// A process that reads which somebody ended is replaced so often for one question.
const MOST_ENDED: usize = 2;
/// While so many that read are kept waiting, and take no signal, no other is started.
const MOST_LEFT_BEHIND: usize = 16;
/// So many queries are sent at once: they fit into a socket's buffer.
const AT_ONCE: usize = 32;

/// The whole life of the process that reads: until its standard input ends.
pub fn run_reader(mut arguments: impl Iterator<Item = std::ffi::OsString>) -> ! {
    let word = arguments.next().unwrap_or_default();
    // By hand it only prints answers to no question.
    let _ = serve(&word);
    exit(0)
}

fn serve(word: &OsStr) -> io::Result<()> {
    let parent = getppid();
    // It waits where no end of a stream wakes it. Where a filter forbids that (seccomp(2)), one
    // that waits outlives a pexplore that was killed.
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
    if getppid() != parent {
        return Ok(());
    }
    // Keys that end the terminal's job are not for it. Who leads a group already stays there.
    let _ = setsid();
    let _ = set_name(c"px-reader");
    if word != COMMAND_LINES {
        step_back();
    }
    let is_sysinfo = word == ScanSource::Sysinfo.into_str();
    let scan = if is_sysinfo { ScanSource::Sysinfo } else { ScanSource::Stat };
    let mut reading = Reading::new(scan);
    let mut output = io::stdout().lock();
    output.write_all(b"\n")?;
    output.flush()?;
    for line in BufReader::new(io::stdin().lock()).lines() {
        let answer = match serde_json::from_str(&line?)? {
            Query::Facts(key) => Answer::Facts(reading.facts(key)),
            Query::Details(key) => Answer::Details(reading.details(key).map(Box::new)),
            Query::CommandLine(pid) => Answer::CommandLine(command_line(pid)),
        };
        let mut line = serde_json::to_vec(&answer)?;
        line.push(b'\n');
        output.write_all(&line)?;
        output.flush()?;
    }
    Ok(())
}

/// Asks the process that reads, and never waits long for it.
pub(super) struct BlockingReads {
    scan: ScanSource,
    reader: Option<ReaderProcess>,
    silent: HashMap<ProcessKey, Silence>,
    wait_budget: WaitBudget,
    stop: Option<StopToken>,
}

/// An answer, or why there is none.
type Answered = Result<Answer, Unread>;

/// A process that did not answer.
struct Silence {
    since: Instant,
    /// The reader process that still waits for it.
    left_behind: Child,
}

impl Silence {
    /// Whether somebody waits for it still. Who does not any more is no zombie after that.
    fn waits(&mut self) -> bool {
        matches!(self.left_behind.try_wait(), Ok(None))
    }
}

impl BlockingReads {
    /// For processes of that source; the process that reads is started once it is asked.
    pub(super) fn new(scan: ScanSource) -> Self {
        let (silent, wait_budget) = (HashMap::new(), WaitBudget::with_each());
        Self { scan, reader: None, silent, wait_budget, stop: None }
    }

    /// Waits for nobody once that tells to stop.
    pub(super) fn stop_by(&mut self, stop: StopToken) {
        self.stop = Some(stop);
    }

    /// Whether it was asked to stop.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.as_ref().is_some_and(StopToken::is_stopped)
    }

    /// Waits no longer than that for all that do not answer together; after that, nobody is asked.
    pub(super) fn wait_within(&mut self, limit: Duration) {
        self.wait_budget = WaitBudget::within(limit);
    }

    /// Waits for each that does not answer, whatever all together take.
    pub(super) fn wait_for_each(&mut self) {
        self.wait_budget = WaitBudget::with_each();
    }

    /// Whether nobody is asked any more: that time is over, or too many are kept waiting.
    pub(super) fn asks_nobody(&mut self) -> bool {
        let is_over = self.wait_budget.with_next(self.silent.len()).is_none();
        is_over || (self.reader.is_none() && !self.has_room())
    }

    /// Whether another one that reads may be started.
    fn has_room(&mut self) -> bool {
        let waiting = self.silent.values_mut().map(Silence::waits).filter(|waits| *waits);
        waiting.count() < MOST_LEFT_BEHIND
    }

    /// Starts the process that reads, if it does not run and nobody was asked to stop.
    pub(super) fn start(&mut self) -> io::Result<()> {
        if self.reader.is_none() {
            let reader = ReaderProcess::spawn(&own::own_program(), self.scan.into_str())?;
            let mut reader = reader.until(self.stop.clone());
            if !reader.serves() {
                // It reads nothing yet, so nothing blocks it; a kill that fails finds it ended.
                let _ = reader.child.kill();
                let _ = reader.child.wait();
                if self.is_stopped() {
                    return Ok(());
                }
                return Err(io::Error::other("the process that reads did not start"));
            }
            info!(pid = reader.child.id(), "the process that reads starts");
            self.reader = Some(reader);
        }
        Ok(())
    }

    /// Has all that read: for each an answer, or why there is none.
    pub(super) fn ask(&mut self, queries: &[Query]) -> io::Result<Vec<Answered>> {
        // Reader processes that have ended must not stay zombies.
        for silence in self.silent.values_mut() {
            silence.waits();
        }
        let mut answers = Vec::with_capacity(queries.len());
        for part in queries.chunks(AT_ONCE) {
            let is_silent: Vec<bool> = part.iter().map(|query| self.is_silent(*query)).collect();
            let open = part.iter().zip(&is_silent).filter(|(_, is_silent)| !**is_silent);
            let open: Vec<Query> = open.map(|(query, _)| *query).collect();
            let mut reported = self.ask_the_open(&open)?.into_iter();
            answers.extend(is_silent.into_iter().map(|is_silent| {
                if is_silent {
                    return Err(Unread::Unanswered);
                }
                reported.next().unwrap_or(Err(Unread::Unasked))
            }));
        }
        Ok(answers)
    }

    fn ask_the_open(&mut self, queries: &[Query]) -> io::Result<Vec<Answered>> {
        let mut answers = Vec::with_capacity(queries.len());
        let mut n_ended = 0;
        while answers.len() < queries.len() {
            if self.is_stopped() || self.asks_nobody() {
                break;
            }
            let Some(wait_budget) = self.wait_budget.with_next(self.silent.len()) else { break };
            self.start()?;
            let Some(reader) = &mut self.reader else { break };
            let rest = &queries[answers.len()..];
            let mut since = clock::instant();
            if reader.send(rest).is_ok() {
                let reported = rest.iter().map_while(|_| {
                    since = clock::instant();
                    reader.receive(wait_budget)
                });
                answers.extend(reported.map(Ok));
            }
            if reader.has_closed && n_ended < MOST_ENDED {
                // Its end tells nothing about the process that it was asked for.
                n_ended += 1;
                self.end_reader();
            } else if answers.len() < queries.len() {
                self.wait_budget.spend(since.elapsed());
                let silent = queries[answers.len()];
                answers.push(Err(Unread::Unanswered));
                self.leave_behind(silent);
            }
        }
        answers.resize_with(queries.len(), || Err(Unread::Unasked));
        Ok(answers)
    }

    fn end_reader(&mut self) {
        if let Some(ReaderProcess { mut child, .. }) = self.reader.take() {
            // It answers nobody, so nothing blocks it; a kill that fails finds it ended.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Whether that process did not answer a moment ago, or somebody waits for it still.
    fn is_silent(&mut self, query: Query) -> bool {
        let Some(key) = query.key() else { return false };
        let Some(silence) = self.silent.get_mut(&key) else { return false };
        if silence.waits() || silence.since.elapsed() < ASK_AGAIN {
            return true;
        }
        self.silent.remove(&key);
        false
    }

    fn leave_behind(&mut self, silent: Query) {
        let Some(ReaderProcess { mut child, .. }) = self.reader.take() else { return };
        // It fails only where it has already ended.
        let _ = child.kill();
        self.silent.retain(|_, silence| silence.waits() || silence.since.elapsed() < ASK_AGAIN);
        if let Some(key) = silent.key() {
            warn!(pid = key.pid, "a process does not answer: its reader is left to it");
            self.silent.insert(key, Silence { since: clock::instant(), left_behind: child });
        }
    }
}

impl Drop for BlockingReads {
    fn drop(&mut self) {
        self.end_reader();
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn while_too_many_are_kept_waiting_no_other_is_started_until_one_comes_back() {
        let mut aside = BlockingReads::new(ScanSource::Stat);
        for pid in 1..=u32::try_from(MOST_LEFT_BEHIND).unwrap() {
            assert!(!aside.asks_nobody());
            let process = Command::new("sleep").arg("60").spawn().unwrap();
            let silence = Silence { since: clock::instant(), left_behind: process };
            aside.silent.insert(ProcessKey::at_ticks(pid, 1), silence);
        }
        assert!(aside.asks_nobody());
        let own = Query::CommandLine(std::process::id());
        assert!(matches!(aside.ask(&[own]).unwrap()[..], [Err(Unread::Unasked)]));
        assert!(aside.reader.is_none());
        let mut left_behind = aside.silent.values_mut();
        let first = left_behind.next().unwrap();
        first.left_behind.kill().unwrap();
        first.left_behind.wait().unwrap();
        assert!(!aside.asks_nobody());
        for silence in aside.silent.values_mut() {
            // The first has ended.
            let _ = silence.left_behind.kill();
            silence.left_behind.wait().unwrap();
        }
    }
}
