//! The process in which labs live, so that it can be killed; and what is seen of them in /proc.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use std::{fs, thread};

use pexplore::lab::{Lab, LabError, Notification, RUN_MARK};
use pexplore::record::ProcessKey;
use pexplore::test_process::{ProgramOrder, TestProcessOrder};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::harness::needs::skip;
use crate::harness::processes::{Key, environment, marked, stat};
use crate::harness::wait::{pause, within};

/// `O_CLOEXEC`, as `proc_pid_fdinfo(5)` shows it.
const CLOSED_ON_EXEC: u32 = 0o2_000_000;
const HOST_REQUEST: &str = "PEXPLORE_TEST_HOSTS_PROGRAMS";

/// Not a test of its own: it follows lines of JSON on standard input and answers on standard error,
/// which the test harness leaves alone. The first word is the lab that is meant: there are two.
#[test]
fn hosts_labs_when_asked() {
    if std::env::var_os(HOST_REQUEST).is_none() {
        return;
    }
    let mut labs = [0, 1].map(|_| Some(Lab::new(PathBuf::from(env!("CARGO_BIN_EXE_pexplore")))));
    for line in std::io::stdin().lines() {
        let request: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let slot = &mut labs[usize::try_from(request["lab"].as_u64().unwrap()).unwrap()];
        if request["request"] == "close" {
            slot.take().unwrap().close();
            eprintln!("[]");
            continue;
        }
        match run_command(slot.as_mut().unwrap(), &request) {
            Ok(answer) => eprintln!("{answer}"),
            Err(error) => eprintln!("{}", json!(error.to_string())),
        }
    }
}

fn run_command(lab: &mut Lab, request: &Value) -> Result<Value, LabError> {
    let reported = |key: &ProcessKey| json!([key.pid, key.start_ticks()]);
    let all = |processes: Vec<ProcessKey>| processes.iter().map(reported).collect();
    let text = || request["text"].as_str().unwrap();
    let key = request["of"].as_array().map(|key| {
        let pid = key[0].as_u64().unwrap().try_into().unwrap();
        ProcessKey::at_ticks(pid, key[1].as_u64().unwrap())
    });
    let done = |()| json!([]);
    match request["request"].as_str().unwrap() {
        "start" => {
            let order: TestProcessOrder = text().parse().unwrap();
            lab.start(order.under(key)).map(|started| all(started.processes))
        }
        "run" => {
            let arguments = serde_json::from_value(request["arguments"].clone()).unwrap();
            let order = ProgramOrder { arguments, under: key.unwrap() };
            lab.run(&order).map(|started| all(started.processes))
        }
        "python" => lab.run_python(text(), key.unwrap()).map(|started| all(started.processes)),
        "type" => lab.type_into(key.unwrap(), text()).map(done),
        "hang up" => lab.hang_up(key.unwrap()).map(done),
        "end" => lab.end(key.unwrap()).map(done),
        "receive" => {
            let notifications =
                lab.take_notifications().into_iter().map(|notification| match notification {
                    Notification::Caught(caught) => json!([caught.to_string()]),
                    Notification::Participant { name, process } => {
                        json!([name, process.pid, process.start_ticks()])
                    }
                });
            Ok(notifications.collect())
        }
        other => panic!("what is {other:?}"),
    }
}

pub(crate) struct Host {
    child: Child,
    requests: ChildStdin,
    answers: mpsc::Receiver<String>,
    /// Which of its labs is meant.
    pub(crate) lab: usize,
    /// Where the programs of its labs put their files.
    pub(crate) runtime: tempfile::TempDir,
    /// Where they would put them without the other.
    temporary: tempfile::TempDir,
    participants: HashMap<String, Key>,
    /// What whoever started the tests has left open.
    pub(crate) inherited: HashMap<u32, String>,
}

impl Host {
    pub(crate) fn new() -> Self {
        let [runtime, temporary] = [0, 1].map(|_| tempfile::tempdir().unwrap());
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "host::hosts_labs_when_asked", "--nocapture", "--test-threads=1"])
            .env(HOST_REQUEST, "1")
            // As if it ran in a lab itself, whose mark is not that of its own labs.
            .env(RUN_MARK, "1-1-1")
            .env("XDG_RUNTIME_DIR", runtime.path())
            .env("TMPDIR", temporary.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, answers) = mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let requests = child.stdin.take().unwrap();
        let (lab, participants) = (0, HashMap::new());
        let inherited = inherited();
        Self { child, requests, answers, lab, runtime, temporary, participants, inherited }
    }

    fn ask(&mut self, mut request: Value) -> Result<Value, String> {
        request["lab"] = self.lab.into();
        writeln!(self.requests, "{request}").unwrap();
        let answer = self.answers.recv_timeout(Duration::from_secs(20)).unwrap();
        match serde_json::from_str(&answer).unwrap() {
            Value::String(sentence) => Err(sentence),
            answer => Ok(answer),
        }
    }

    fn started(&mut self, request: Value) -> Result<Vec<Key>, String> {
        let answer = self.ask(request)?;
        Ok(answer.as_array().unwrap().iter().map(|process| key_from(process, 0)).collect())
    }

    /// The test process itself.
    pub(crate) fn start(&mut self, order: &str) -> Key {
        self.started(json!({ "request": "start", "text": order })).unwrap()[0]
    }

    pub(crate) fn start_under(&mut self, parent: Key, order: &str) -> Key {
        self.try_start_under(parent, order).unwrap()
    }

    pub(crate) fn try_start_under(&mut self, parent: Key, order: &str) -> Result<Key, String> {
        let request = json!({ "request": "start", "text": order, "of": to_json(parent) });
        self.started(request).map(|processes| processes[0])
    }

    pub(crate) fn try_run(&mut self, under: Key, arguments: &[&str]) -> Result<Key, String> {
        let of = to_json(under);
        let request = json!({ "request": "run", "arguments": arguments, "of": of });
        self.started(request).map(|started| started[0])
    }

    pub(crate) fn run(&mut self, under: Key, arguments: &[&str]) -> Key {
        self.try_run(under, arguments).unwrap()
    }

    /// A job that sleeps.
    pub(crate) fn sleep(&mut self, under: Key) -> Key {
        self.run(under, &["sleep", "1000"])
    }

    pub(crate) fn try_python(&mut self, words: &str, under: Key) -> Result<Key, String> {
        let request = json!({ "request": "python", "text": words, "of": to_json(under) });
        self.started(request).map(|started| started[0])
    }

    pub(crate) fn python(&mut self, words: &str, under: Key) -> Key {
        self.try_python(words, under).unwrap()
    }

    pub(crate) fn type_into(&mut self, session: Key, text: &str) -> Result<(), String> {
        self.ask(json!({ "request": "type", "text": text, "of": to_json(session) })).map(drop)
    }

    pub(crate) fn hang_up(&mut self, session: Key) -> Result<(), String> {
        self.ask(json!({ "request": "hang up", "of": to_json(session) })).map(drop)
    }

    pub(crate) fn end(&mut self, test_process: Key) -> Result<(), String> {
        self.ask(json!({ "request": "end", "of": to_json(test_process) })).map(drop)
    }

    pub(crate) fn close(&mut self) {
        assert_eq!(self.ask(json!({ "request": "close" })), Ok(json!([])));
    }

    fn receive(&mut self) {
        let received = self.ask(json!({ "request": "receive" })).unwrap();
        for said in received.as_array().unwrap() {
            if said[1].is_number() {
                self.participants.insert(said[0].as_str().unwrap().to_owned(), key_from(said, 1));
            }
        }
    }

    /// The process that a program has called that.
    pub(crate) fn participant(&mut self, name: &str) -> Key {
        for _ in 0..1000 {
            self.receive();
            if let Some(participant) = self.participants.remove(name) {
                return participant;
            }
            pause();
        }
        panic!("nobody reported of {name}");
    }

    /// The names that programs have reported since they were last asked for.
    pub(crate) fn names_of_participants(&mut self) -> Vec<String> {
        self.receive();
        let mut names: Vec<String> = self.participants.keys().cloned().collect();
        names.sort();
        names
    }

    pub(crate) fn key(&self) -> Key {
        Key::new(self.child.id()).unwrap()
    }

    /// The lab's only process of that name.
    pub(crate) fn member(&self, comm: &str) -> Key {
        let is_it = |pid: &u32| stat(*pid).is_some_and(|seen| seen.comm == comm);
        let members: Vec<u32> = self.marked().into_iter().filter(is_it).collect();
        assert_eq!(members.len(), 1, "one {comm}");
        Key::new(members[0]).unwrap()
    }

    /// The processes that carry this host's mark. One that has ended carries nothing.
    pub(crate) fn marked(&self) -> Vec<u32> {
        marked(self.child.id())
    }

    /// What lies where its labs put their files.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let places = [&self.runtime, &self.temporary];
        let entries = places.into_iter().flat_map(|place| fs::read_dir(place).unwrap().flatten());
        entries.map(|entry| entry.path()).collect()
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.marked().is_empty() && self.files().is_empty()
    }

    pub(crate) fn assert_nothing_is_left(&self, after: &str) {
        if !within(Duration::from_secs(5), || self.is_clean()) {
            let left: Vec<_> = self.marked().into_iter().filter_map(stat).collect();
            panic!("left after {after}: {left:?} {:?}", self.files());
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if !within(Duration::from_secs(5), || self.is_clean()) {
            let left = self.marked();
            for key in left.iter().filter_map(|pid| Key::new(*pid)) {
                key.send(Signal::KILL);
            }
            assert!(thread::panicking(), "left behind: {left:?} {:?}", self.files());
        }
    }
}

/// Whether Python is there; without it the test is skipped, unless all are demanded.
pub(crate) fn has_python() -> bool {
    let found = pexplore::lab::python().is_some();
    if !found {
        skip("python3");
    }
    found
}

/// What the file descriptors of a process from 3 on are, for this one: those of its start.
fn inherited() -> HashMap<u32, String> {
    let mut own = targets(Key::new(std::process::id()).unwrap());
    own.retain(|fd, target| {
        let info = fs::read_to_string(format!("/proc/self/fdinfo/{fd}")).unwrap_or_default();
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
        let flags = flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok());
        *fd > 2 && !target.is_empty() && flags.is_some_and(|flags| flags & CLOSED_ON_EXEC == 0)
    });
    own
}

/// What the file descriptors of a process are.
pub(crate) fn targets(key: Key) -> HashMap<u32, String> {
    let fds = fs::read_dir(format!("/proc/{}/fd", key.pid)).unwrap().flatten();
    let target = |fd: fs::DirEntry| {
        let target = fs::read_link(fd.path()).ok()?;
        Some((fd.file_name().to_str()?.parse().ok()?, target.to_string_lossy().into_owned()))
    };
    fds.filter_map(target).collect()
}

/// The mark of the run that a process carries.
pub(crate) fn run_of(key: Key) -> Option<String> {
    let mark = format!("{RUN_MARK}=");
    environment(key.pid).iter().find_map(|entry| Some(entry.strip_prefix(&mark)?.to_owned()))
}

/// What ends with its lab, or with one of its programs, has ended then.
#[track_caller]
pub(crate) fn eventually(what: &str, condition: impl Fn() -> bool) {
    assert!(within(Duration::from_secs(5), condition), "{what}");
}

/// How the host tells of a process.
fn to_json(key: Key) -> Value {
    json!([key.pid, key.ticks])
}

fn key_from(list: &Value, at: usize) -> Key {
    let pid = list[at].as_u64().unwrap().try_into().unwrap();
    Key { pid, ticks: list[at + 1].as_u64().unwrap() }
}
