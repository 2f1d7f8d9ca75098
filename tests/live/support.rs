//! What the live tests share: running pexplore, reading its snapshots, waiting, and skipping.

#[path = "support/copy.rs"]
pub(crate) mod copy;
#[path = "support/events.rs"]
pub(crate) mod events;
#[path = "support/skip.rs"]
pub(crate) mod skip;
#[path = "support/terminal.rs"]
pub(crate) mod terminal;
#[path = "support/specimens.rs"]
pub(crate) mod test_processes;

use std::collections::HashMap;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{Timespec, poll};
use serde_json::Value;

use crate::support::skip::skip;

/// Long enough for a loaded machine; only a failing test waits for it.
const DEADLINE: Duration = Duration::from_mins(1);

/// What a program printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Printed {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
}

impl Printed {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("pexplore prints UTF-8")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout)
            .unwrap_or_else(|error| panic!("no JSON: {error}; it said: {}", self.stderr))
    }
}

/// pexplore with these arguments and looks that do not depend on who runs the test.
pub(crate) fn pexplore(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pexplore"));
    command.args(arguments).env("LC_ALL", "C.UTF-8").env("TERM", "xterm");
    command.env_remove("NO_COLOR").env_remove("COLORTERM").stdin(Stdio::null());
    command
}

/// Runs a command to its end and takes what it prints.
pub(crate) fn run(command: &mut Command) -> Printed {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("could not start {command:?}: {error}"));
    let stdout = read_aside(child.stdout.take().expect("its output is piped"));
    let stderr = read_aside(child.stderr.take().expect("its messages are piped"));
    let mut ended = None;
    let limit = deadline();
    while ended.is_none() && now() < limit {
        ended = child.try_wait().unwrap();
        pause();
    }
    let Some(status) = ended else {
        let _ = child.kill();
        child.wait().unwrap();
        panic!("{command:?} did not end");
    };
    let stderr = String::from_utf8_lossy(&stderr.join().unwrap()).into_owned();
    Printed { stdout: stdout.join().unwrap(), stderr, code: status.code() }
}

fn read_aside(mut stream: impl Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

/// A snapshot in JSON, by pid.
pub(crate) struct Snapshot {
    pub(crate) top: Value,
    by_pid: HashMap<u32, Value>,
}

/// Takes a snapshot.
pub(crate) fn snapshot() -> Snapshot {
    snapshot_with(&[])
}

/// Takes a snapshot with more arguments.
pub(crate) fn snapshot_with(arguments: &[&str]) -> Snapshot {
    let printed =
        run(pexplore(&["snapshot", "--format", "json", "--interval", "0.05"]).args(arguments));
    assert_eq!((printed.code, printed.stderr.as_str()), (Some(0), ""));
    let mut top = printed.json();
    let Value::Array(processes) = top["processes"].take() else { panic!("no list of processes") };
    let pid = |process: &Value| u32::try_from(process["pid"].as_u64().unwrap()).unwrap();
    let by_pid = processes.into_iter().map(|process| (pid(&process), process)).collect();
    Snapshot { top, by_pid }
}

impl Snapshot {
    /// The process of that pid; null if there is none.
    pub(crate) fn of(&self, pid: u32) -> &Value {
        self.by_pid.get(&pid).unwrap_or(&Value::Null)
    }

    /// Every process.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Value> {
        self.by_pid.values()
    }

    /// Role, confidence, start method, runtime and part in a line: `child likely fork - -`.
    pub(crate) fn says(&self, pid: u32) -> String {
        let process = self.of(pid);
        let word = |name: &str| process[name].as_str().unwrap_or("-");
        ["role", "confidence", "start_method", "runtime", "part"].map(word).join(" ")
    }

    /// The evidence for a process's role, as one text.
    pub(crate) fn evidence(&self, pid: u32) -> String {
        let sentences = self.of(pid)["evidence"].as_array().cloned().unwrap_or_default();
        sentences.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; ")
    }
}

/// Takes snapshots until all these pids are said to be that, in the words of [`Snapshot::says`].
pub(crate) fn settled(expected: &[(u32, &str)]) -> Snapshot {
    let limit = deadline();
    loop {
        let shot = snapshot();
        let wrong: Vec<_> =
            expected.iter().filter(|(pid, says)| shot.says(*pid) != *says).collect();
        if wrong.is_empty() {
            return shot;
        }
        if now() > limit {
            let describe = |(pid, says): &&(u32, &str)| {
                format!("\n{pid}: expected {says}, found {:#}", shot.of(*pid))
            };
            panic!("wrong verdicts:{}", wrong.iter().map(describe).collect::<String>());
        }
    }
}

/// Polls until the condition gives something.
pub(crate) fn wait_for<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let limit = deadline();
    loop {
        if let Some(found) = condition() {
            return found;
        }
        assert!(now() < limit, "waited in vain for {what}");
        pause();
    }
}

/// Whether that program is installed; without it the test is skipped, unless all are demanded.
pub(crate) fn need(program: &str) -> bool {
    let found = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()));
    if !found {
        skip(program);
    }
    found
}

/// Whether this test runs as root; if not, it is skipped, unless all are demanded.
pub(crate) fn need_root() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        skip("root");
    }
    is_root
}

/// Whether the kernel is that one or a newer one; if not, what it lacks is not tested.
pub(crate) fn runs_since(major: u32, minor: u32) -> bool {
    let release = rustix::system::uname().release().to_string_lossy().into_owned();
    let mut numbers = release.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    let is_new = (numbers.next(), numbers.next()) >= (Some(major), Some(minor));
    if !is_new {
        println!("skipped: needs Linux {major}.{minor}");
    }
    is_new
}

/// Lets a little time pass between two looks.
pub(crate) fn pause() {
    let time = Timespec { tv_sec: 0, tv_nsec: 10_000_000 };
    let _ = poll(&mut [], Some(&time));
}

/// When a test that still waits has failed.
pub(crate) fn deadline() -> Instant {
    now() + DEADLINE
}

#[expect(clippy::disallowed_methods, reason = "a deadline needs a clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
