//! What the live tests share: running pexplore and reading its snapshots.

#[path = "support/events.rs"]
pub(crate) mod events;
#[path = "support/shell.rs"]
pub(crate) mod shell;
#[path = "support/test_processes.rs"]
pub(crate) mod test_processes;

use std::collections::HashMap;
use std::io::Read;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::harness::wait::{deadline, now, pause};

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
