//! A running `pexplore events`, whose lines are read as they come.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{PoisonError, RwLock, RwLockWriteGuard};
use std::thread::JoinHandle;

use pexplore::source::connector::Connector;
use serde_json::Value;

use crate::harness::wait::{deadline, now, wait_for};
use crate::support::pexplore;
use crate::support::test_processes::TestProcesses;

/// So often a test begins anew because the kernel's events were lost, as they may be while others
/// load the machine.
const MOST_ATTEMPTS: usize = 10;

/// Whether the kernel tells of events here; without them the test is skipped.
pub(crate) fn need_connector() -> bool {
    let is_open = Connector::open().is_ok();
    if !is_open {
        println!("skipped: needs the process connector");
    }
    is_open
}

/// Some of what happened was not reported, so the test begins anew.
#[derive(Debug)]
pub(crate) struct Lost;

/// Held while a test fills the kernel's buffers, so that the others lose nothing.
static STORM: RwLock<()> = RwLock::new(());

/// Keeps the tests away that want to see all events.
pub(crate) fn storm() -> RwLockWriteGuard<'static, ()> {
    STORM.write().unwrap_or_else(PoisonError::into_inner)
}

/// Makes attempts until one saw all events.
pub(crate) fn with_all_events<T>(mut attempt: impl FnMut() -> Result<T, Lost>) -> T {
    let _calm = STORM.read().unwrap_or_else(PoisonError::into_inner);
    (0..MOST_ATTEMPTS).find_map(|_| attempt().ok()).expect("events were lost again and again")
}

/// Owns a running program, and ends it when dropped.
pub(crate) struct Lines {
    child: Child,
    output: Receiver<Vec<u8>>,
    messages: Option<JoinHandle<String>>,
}

impl Lines {
    pub(crate) fn start(command: &mut Command) -> Self {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stdout = child.stdout.take().expect("its output is piped");
        let mut errors = child.stderr.take().expect("its messages are piped");
        let (sender, output) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let messages = std::thread::spawn(move || {
            let mut text = String::new();
            // Whatever was said before it failed is shown.
            let _ = errors.read_to_string(&mut text);
            text
        });
        Self { child, output, messages: Some(messages) }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The input, which is piped.
    pub(crate) fn input(&mut self) -> &mut std::process::ChildStdin {
        self.child.stdin.as_mut().expect("its input is piped")
    }

    /// Ends what it reads.
    pub(crate) fn close_input(&mut self) {
        drop(self.child.stdin.take());
    }

    /// The next line, if one comes in a while of that many milliseconds.
    pub(crate) fn within(&self, milliseconds: u64) -> Option<Vec<u8>> {
        self.output.recv_timeout(std::time::Duration::from_millis(milliseconds)).ok()
    }

    /// The next line; `None` after the last.
    pub(crate) fn next_line(&self) -> Option<Vec<u8>> {
        match self.output.recv_timeout(deadline().duration_since(now())) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("waited in vain for a line"),
        }
    }

    /// Waits until it ends; how it did, and its messages.
    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        // What nobody takes would hold it up.
        let status = wait_for("its end", || {
            while self.output.try_recv().is_ok() {}
            self.child.try_wait().expect("it is ours")
        });
        let messages = self.messages.take().map(|messages| messages.join().expect("it only reads"));
        (status, messages.unwrap_or_default())
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Listens to `pexplore events --format json`.
pub(crate) struct Listening {
    pub(crate) lines: Lines,
    received: Vec<Value>,
}

impl Listening {
    /// Listens to all processes, from a process on that was started for that.
    pub(crate) fn to_all(test_processes: &mut TestProcesses) -> Result<Self, Lost> {
        Self::by(&mut pexplore(&["events", "--format", "json"]), test_processes)
    }

    /// Listens to what this command says, once it tells of processes.
    pub(crate) fn by(
        command: &mut Command,
        test_processes: &mut TestProcesses,
    ) -> Result<Self, Lost> {
        let marker = || test_processes.start(&mut test_processes.command("true")).pid;
        Self::once_reported(command, marker)
    }

    /// Listens once it tells of one of the markers, which are started until then.
    pub(crate) fn once_reported(
        command: &mut Command,
        mut marker: impl FnMut() -> u32,
    ) -> Result<Self, Lost> {
        let mut listening = Self { lines: Lines::start(command), received: Vec::new() };
        let limit = deadline();
        let mut markers = Vec::new();
        loop {
            assert!(now() < limit, "none of the markers {markers:?} was reported");
            markers.push(Value::from(marker()));
            while let Some(line) = listening.lines.within(50) {
                let event = listening.take(&line)?;
                if markers.contains(&event["pid"]) {
                    return Ok(listening);
                }
            }
        }
    }

    fn take(&mut self, line: &[u8]) -> Result<Value, Lost> {
        let event: Value = serde_json::from_slice(line)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(line)));
        if event["event"] == "lost" {
            return Err(Lost);
        }
        self.received.push(event.clone());
        Ok(event)
    }

    /// Takes the next event; `None` after the last.
    pub(crate) fn receive(&mut self) -> Result<Option<Value>, Lost> {
        let Some(line) = self.lines.next_line() else { return Ok(None) };
        self.take(&line).map(Some)
    }

    /// Everything that was received.
    pub(crate) fn received(&self) -> &[Value] {
        &self.received
    }

    /// What happened to the process of that pid and creator, whose pid others may have had before.
    pub(crate) fn life(&self, pid: u32, creator: u32) -> Vec<Value> {
        // Where the creator is hidden from a user, its pid still is the parent's at the birth.
        let is_birth = |event: &Value| {
            event["event"] == "fork" && event["pid"] == pid && event["ppid"] == creator
        };
        let birth = self.received.iter().rposition(is_birth);
        let since = &self.received[birth.unwrap_or(self.received.len())..];
        since.iter().filter(|event| event["pid"] == pid).cloned().collect()
    }

    /// Listens until something happened to that process; what did up to then.
    pub(crate) fn until(
        &mut self,
        pid: u32,
        creator: u32,
        has_come: impl Fn(&Value) -> bool,
    ) -> Result<Vec<Value>, Lost> {
        let limit = deadline();
        let mut life = self.life(pid, creator);
        while !life.iter().any(&has_come) {
            let Some(event) = self.receive()? else {
                panic!("it ended before that was reported of {pid}: {life:#?}")
            };
            assert!(now() < limit, "that was never reported of {pid}: {life:#?}");
            if event["pid"] == pid {
                life = self.life(pid, creator);
            }
        }
        Ok(life)
    }

    /// Listens until that holds of what was received.
    pub(crate) fn until_received(&mut self, holds: impl Fn(&[Value]) -> bool) -> Result<(), Lost> {
        let limit = deadline();
        while !holds(&self.received) {
            assert!(now() < limit && self.receive()?.is_some(), "that was never reported");
        }
        Ok(())
    }

    /// Listens until that process ended; its life.
    pub(crate) fn until_end(&mut self, pid: u32, creator: u32) -> Result<Vec<Value>, Lost> {
        self.until(pid, creator, |event| event["event"] == "exit")
    }

    /// Listens until a process was reported of that is started now, so that all before it was
    /// reported.
    pub(crate) fn until_now(&mut self, test_processes: &mut TestProcesses) -> Result<(), Lost> {
        let marker = test_processes.start(&mut test_processes.command("true")).pid;
        self.until_end(marker, std::process::id()).map(drop)
    }
}

/// The events of that kind.
pub(crate) fn only<'a>(life: &'a [Value], kind: &str) -> Vec<&'a Value> {
    life.iter().filter(|event| event["event"] == kind).collect()
}

/// The one event of that kind.
pub(crate) fn one<'a>(life: &'a [Value], kind: &str) -> &'a Value {
    let [event] = only(life, kind)[..] else { panic!("not one {kind}: {life:#?}") };
    event
}

/// When an event happened, in nanoseconds.
pub(crate) fn nanos(event: &Value) -> i128 {
    let at: jiff::Timestamp =
        event["at"].as_str().expect("it has a time").parse().expect("RFC 3339");
    at.as_nanosecond()
}
