//! Processes that a test starts. None of them outlives the test, however it ends.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{deadline, now, pause, wait_for};

/// The variable by which a specimen's descendants are found after their ancestors are gone.
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
    pub(crate) fn start(&mut self, command: &mut Command) -> Told {
        let mut child =
            command.spawn().unwrap_or_else(|error| panic!("could not start {command:?}: {error}"));
        let pid = child.id();
        let (lines, told) = channel();
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
        Told { pid, lines: told, heard: RefCell::default() }
    }

    /// Starts a command, to which lines can be written.
    pub(crate) fn start_with_input(&mut self, command: &mut Command) -> (Told, ChildStdin) {
        let told = self.start(command);
        let child = self.children.last_mut().expect("it was started just now");
        (told, child.stdin.take().expect("its input is piped"))
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
                Some((pid, stat.field(4)?, stat.field(22)?))
            })
            .collect();
        for (pid, _, ticks) in &table {
            let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            let is_mark = |entry: &[u8]| entry == variable.as_bytes();
            if environment.split(|byte| *byte == 0).any(is_mark) {
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
                eprintln!("specimens are left: {:?}", self.known);
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
pub(crate) struct Told {
    pub(crate) pid: u32,
    lines: Receiver<String>,
    heard: RefCell<HashMap<String, u32>>,
}

impl Told {
    /// Waits for the line `px NAME PID`.
    pub(crate) fn pid_of(&self, name: &str) -> u32 {
        wait_for(name, || {
            let mut heard = self.heard.borrow_mut();
            heard.extend(self.lines.try_iter().filter_map(|line| told_by(&line)));
            heard.get(name).copied()
        })
    }
}

fn told_by(line: &str) -> Option<(String, u32)> {
    // The test harness leaves the beginning of a line of its own before it.
    let (name, pid) = line.get(line.find("px ")? + 3..)?.split_once(' ')?;
    Some((name.to_owned(), pid.trim().parse().ok()?))
}

/// Sends a signal to a process of a test's own.
pub(crate) fn kill(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(pid.cast_signed()).expect("no process has pid 0");
    // It may have ended by itself.
    let _ = kill_process(pid, signal);
}

/// Kills a process and waits until it has ended, reaped or not.
pub(crate) fn end(pid: u32) {
    kill(pid, Signal::KILL);
    wait_for("its end", || (!runs(pid)).then_some(()));
}

/// The pids of the machine.
pub(crate) fn pids() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The fields of a stat line behind the name, read apart from pexplore's own parser.
pub(crate) struct StatLine(Vec<String>);

impl StatLine {
    /// A field by its number in the manual page (`proc_pid_stat(5)`).
    pub(crate) fn field<T: std::str::FromStr>(&self, number: usize) -> Option<T> {
        self.0.get(number - 3)?.parse().ok()
    }
}

pub(crate) fn stat(pid: u32) -> Option<StatLine> {
    let line = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let line = String::from_utf8_lossy(&line).into_owned();
    let (_, rest) = line.rsplit_once(')')?;
    Some(StatLine(rest.split_ascii_whitespace().map(str::to_owned).collect()))
}

pub(crate) fn start_ticks(pid: u32) -> Option<u64> {
    stat(pid)?.field(22)
}

/// Whether a process is there and no zombie.
pub(crate) fn runs(pid: u32) -> bool {
    stat(pid).and_then(|stat| stat.field::<char>(3)).is_some_and(|state| !"ZX".contains(state))
}

/// The children of a process, the oldest first.
pub(crate) fn children_of(pid: u32) -> Vec<u32> {
    let mut children: Vec<(u64, u32)> = pids()
        .filter_map(|child| {
            let stat = stat(child)?;
            (stat.field(4) == Some(pid)).then_some((stat.field(22)?, child))
        })
        .collect();
    children.sort_unstable();
    children.into_iter().map(|(_, child)| child).collect()
}

/// The command line of a process, its arguments joined by spaces.
pub(crate) fn command_line(pid: u32) -> String {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).trim_end_matches('\0').replace('\0', " ")
}
