//! Processes that a test starts. None of them outlives the test, however it ends.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};

use rustix::process::Signal;

use crate::harness::processes::{environment, kill, pids, runs, start_ticks, stat};
use crate::harness::wait::{deadline, now, pause, wait_for};

/// The variable by which descendants are found after their ancestors are gone.
const MARK: &str = "PX_TEST";

/// Owns what a test started, and ends it all when dropped.
pub(crate) struct TestProcesses {
    mark: String,
    children: Vec<Child>,
    /// Everything that was ever found to belong here, by pid, with its start ticks.
    known: HashMap<u32, u64>,
}

impl TestProcesses {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let mark = format!("{}-{count}", std::process::id());
        Self { mark, children: Vec::new(), known: HashMap::new() }
    }

    /// The mark, as a variable of the environment.
    pub(crate) fn mark(&self) -> (&'static str, &str) {
        (MARK, &self.mark)
    }

    /// A command that carries the mark. Its streams are pipes: `/dev/null` would be a sign.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env(MARK, &self.mark).stdin(Stdio::piped()).stdout(Stdio::piped());
        command
    }

    /// Starts a command whose lines `px NAME PID` tell of the processes that it starts.
    pub(crate) fn start(&mut self, command: &mut Command) -> Started {
        let mut child =
            command.spawn().unwrap_or_else(|error| panic!("could not start {command:?}: {error}"));
        let pid = child.id();
        let (lines, reported) = channel();
        if let Some(output) = child.stdout.take() {
            std::thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    if lines.send(line).is_err() {
                        break;
                    }
                }
            });
        }
        self.known.insert(pid, start_ticks(pid).expect("it is not reaped, so it is there"));
        self.children.push(child);
        Started { pid, lines: reported, received: RefCell::default() }
    }

    /// Starts a command, to which lines can be written.
    pub(crate) fn start_with_input(&mut self, command: &mut Command) -> (Started, ChildStdin) {
        let reported = self.start(command);
        let child = self.children.last_mut().expect("it was started just now");
        (reported, child.stdin.take().expect("its input is piped"))
    }

    /// Takes in a process that the mark may not lead to, because it wrote over its environment.
    pub(crate) fn adopt(&mut self, pid: u32) {
        if let Some(ticks) = start_ticks(pid) {
            self.known.insert(pid, ticks);
        }
    }

    /// Adds marked processes, and the descendants of all that are known.
    fn gather(&mut self) {
        let variable = format!("{MARK}={}", self.mark);
        let table: Vec<(u32, u32, u64)> = pids()
            .filter_map(|pid| {
                let stat = stat(pid)?;
                Some((pid, stat.ppid, stat.ticks))
            })
            .collect();
        for (pid, _, ticks) in &table {
            if environment(*pid).contains(&variable) {
                self.known.insert(*pid, *ticks);
            }
        }
        let mut has_grown = true;
        while has_grown {
            has_grown = false;
            for (pid, parent, ticks) in &table {
                if self.is_known(*parent) && !self.known.contains_key(pid) {
                    self.known.insert(*pid, *ticks);
                    has_grown = true;
                }
            }
        }
    }

    fn is_known(&self, pid: u32) -> bool {
        self.known.get(&pid).is_some_and(|ticks| start_ticks(pid) == Some(*ticks))
    }

    /// Kills whatever still runs, and waits until it is gone.
    pub(crate) fn end(&mut self) {
        let limit = deadline();
        while self.kill_all() {
            if now() > limit {
                eprintln!("test processes are left: {:?}", self.known);
                std::process::abort();
            }
            pause();
        }
    }

    /// Stops all before it kills any, so that none is born unseen; whether any still ran.
    fn kill_all(&mut self) -> bool {
        let mut stopped: Vec<u32> = Vec::new();
        loop {
            self.gather();
            let is_new = |pid: &u32| !stopped.contains(pid) && self.is_known(*pid) && runs(*pid);
            let new: Vec<u32> = self.known.keys().copied().filter(is_new).collect();
            if new.is_empty() {
                break;
            }
            for pid in &new {
                kill(*pid, Signal::STOP);
            }
            stopped.extend(new);
        }
        // The youngest first: the end of a session's leader hangs up, and wakes, all of its group.
        stopped.sort_by_key(|pid| std::cmp::Reverse((self.known[pid], *pid)));
        for pid in &stopped {
            kill(*pid, Signal::KILL);
        }
        self.children.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
        !stopped.is_empty() || !self.children.is_empty()
    }
}

impl Drop for TestProcesses {
    fn drop(&mut self) {
        self.end();
    }
}

/// A started process, and what it tells of those that it starts in turn.
pub(crate) struct Started {
    pub(crate) pid: u32,
    lines: Receiver<String>,
    received: RefCell<HashMap<String, u32>>,
}

impl Started {
    /// Waits for the line `px NAME PID`.
    pub(crate) fn pid_of(&self, name: &str) -> u32 {
        wait_for(name, || {
            let mut received = self.received.borrow_mut();
            received.extend(self.lines.try_iter().filter_map(|line| reported_by(&line)));
            received.get(name).copied()
        })
    }
}

fn reported_by(line: &str) -> Option<(String, u32)> {
    // The test harness leaves the beginning of a line of its own before it.
    let (name, pid) = line.get(line.find("px ")? + 3..)?.split_once(' ')?;
    Some((name.to_owned(), pid.trim().parse().ok()?))
}
