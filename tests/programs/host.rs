//! The process in which labs live, so that it can be killed; and what is seen of them in /proc.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use pexplore::lab::{Lab, LabError, RUN_MARK, Saying, StartedProcess};
use pexplore::record::ProcessKey;
use pexplore::test_process::{ProgramOrder, TestProcessOrder};
use rustix::event::{Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde_json::{Value, json};

use crate::marked::marked;
use crate::skip::skip;

/// `O_CLOEXEC`, as `proc_pid_fdinfo(5)` shows it.
const CLOSED_ON_EXEC: u32 = 0o2_000_000;
const HOST_REQUEST: &str = "PEXPLORE_TEST_HOSTS_PROGRAMS";

// --- the host -----------------------------------------------------------------------------------

/// Not a test of its own: it obeys lines of JSON on standard input and answers on standard error,
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
        if request["wish"] == "close" {
            slot.take().unwrap().close();
            eprintln!("[]");
            continue;
        }
        match obey(slot.as_mut().unwrap(), &request) {
            Ok(answer) => eprintln!("{answer}"),
            Err(error) => eprintln!("{}", json!(error.to_string())),
        }
    }
}

fn obey(lab: &mut Lab, request: &Value) -> Result<Value, LabError> {
    let told = |process: &StartedProcess| json!([process.pid, process.start_ticks]);
    let all = |processes: Vec<StartedProcess>| processes.iter().map(told).collect();
    let text = || request["text"].as_str().unwrap();
    let key = request["of"].as_array().map(|key| {
        let pid = key[0].as_u64().unwrap().try_into().unwrap();
        ProcessKey::at_ticks(pid, key[1].as_u64().unwrap())
    });
    let done = |()| json!([]);
    match request["wish"].as_str().unwrap() {
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
        "hear" => {
            let sayings = lab.take_sayings().into_iter().map(|saying| match saying {
                Saying::Sentence(sentence) => json!([sentence]),
                Saying::Actor { name, process } => {
                    json!([name, process.pid, process.start_ticks])
                }
            });
            Ok(sayings.collect())
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
    actors: HashMap<String, Key>,
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
        let (lab, actors) = (0, HashMap::new());
        let inherited = inherited();
        Self { child, requests, answers, lab, runtime, temporary, actors, inherited }
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
        Ok(answer.as_array().unwrap().iter().map(|process| Key::told(process, 0)).collect())
    }

    /// The specimen's own process.
    pub(crate) fn start(&mut self, order: &str) -> Key {
        self.started(json!({ "wish": "start", "text": order })).unwrap()[0]
    }

    pub(crate) fn start_under(&mut self, parent: Key, order: &str) -> Key {
        self.try_start_under(parent, order).unwrap()
    }

    pub(crate) fn try_start_under(&mut self, parent: Key, order: &str) -> Result<Key, String> {
        let request = json!({ "wish": "start", "text": order, "of": parent.to_json() });
        self.started(request).map(|processes| processes[0])
    }

    pub(crate) fn try_run(&mut self, under: Key, arguments: &[&str]) -> Result<Key, String> {
        let of = under.to_json();
        let request = json!({ "wish": "run", "arguments": arguments, "of": of });
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
        let request = json!({ "wish": "python", "text": words, "of": under.to_json() });
        self.started(request).map(|started| started[0])
    }

    pub(crate) fn python(&mut self, words: &str, under: Key) -> Key {
        self.try_python(words, under).unwrap()
    }

    pub(crate) fn type_into(&mut self, session: Key, text: &str) -> Result<(), String> {
        self.ask(json!({ "wish": "type", "text": text, "of": session.to_json() })).map(drop)
    }

    pub(crate) fn hang_up(&mut self, session: Key) -> Result<(), String> {
        self.ask(json!({ "wish": "hang up", "of": session.to_json() })).map(drop)
    }

    pub(crate) fn end(&mut self, test_process: Key) -> Result<(), String> {
        self.ask(json!({ "wish": "end", "of": test_process.to_json() })).map(drop)
    }

    pub(crate) fn close(&mut self) {
        assert_eq!(self.ask(json!({ "wish": "close" })), Ok(json!([])));
    }

    fn hear(&mut self) {
        let heard = self.ask(json!({ "wish": "hear" })).unwrap();
        for said in heard.as_array().unwrap() {
            if said[1].is_number() {
                self.actors.insert(said[0].as_str().unwrap().to_owned(), Key::told(said, 1));
            }
        }
    }

    /// The process that a program has called that.
    pub(crate) fn actor(&mut self, name: &str) -> Key {
        for _ in 0..1000 {
            self.hear();
            if let Some(actor) = self.actors.remove(name) {
                return actor;
            }
            pause();
        }
        panic!("nobody told of {name}");
    }

    /// The names that programs have told since they were last asked for.
    pub(crate) fn names_of_actors(&mut self) -> Vec<String> {
        self.hear();
        let mut names: Vec<String> = self.actors.keys().cloned().collect();
        names.sort();
        names
    }

    pub(crate) fn key(&self) -> Key {
        Key::of(self.child.id()).unwrap()
    }

    /// The lab's only process of that name.
    pub(crate) fn member(&self, comm: &str) -> Key {
        let is_it = |pid: &u32| Seen::of(*pid).is_some_and(|seen| seen.comm == comm);
        let members: Vec<u32> = self.marked().into_iter().filter(is_it).collect();
        assert_eq!(members.len(), 1, "one {comm}");
        Key::of(members[0]).unwrap()
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
            let left: Vec<_> = self.marked().into_iter().filter_map(Seen::of).collect();
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
            for key in left.iter().filter_map(|pid| Key::of(*pid)) {
                send(key, Signal::KILL);
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

// --- what is seen in /proc ----------------------------------------------------------------------

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Key {
    pub(crate) pid: u32,
    ticks: u64,
}

impl Key {
    pub(crate) fn of(pid: u32) -> Option<Self> {
        Some(Self { pid, ticks: Seen::of(pid)?.ticks })
    }

    fn told(list: &Value, at: usize) -> Self {
        let pid = list[at].as_u64().unwrap().try_into().unwrap();
        Self { pid, ticks: list[at + 1].as_u64().unwrap() }
    }

    fn to_json(self) -> Value {
        json!([self.pid, self.ticks])
    }

    pub(crate) fn seen(self) -> Seen {
        Seen::of(self.pid).filter(|seen| seen.ticks == self.ticks).expect("it is there")
    }

    pub(crate) fn is_gone(self) -> bool {
        Self::of(self.pid) != Some(self)
    }

    /// Gone, or waiting for somebody to reap it.
    pub(crate) fn has_ended(self) -> bool {
        Seen::of(self.pid).is_none_or(|seen| seen.ticks != self.ticks || seen.state == 'Z')
    }

    /// Of that program, whose name is there a moment after its exec.
    pub(crate) fn is_called(self, comm: &str) -> bool {
        Seen::of(self.pid).is_some_and(|seen| seen.ticks == self.ticks && seen.comm == comm)
    }
}

#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) comm: String,
    pub(crate) state: char,
    pub(crate) ppid: u32,
    pub(crate) pgid: u32,
    pub(crate) sid: u32,
    pub(crate) terminal: i32,
    /// The group in the foreground of its terminal.
    pub(crate) foreground: i32,
    pub(crate) ticks: u64,
}

impl Seen {
    pub(crate) fn of(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (head, tail) = stat.rsplit_once(") ")?;
        let fields: Vec<&str> = tail.split_whitespace().collect();
        Some(Self {
            comm: head.split_once('(')?.1.to_owned(),
            state: fields[0].chars().next()?,
            ppid: fields[1].parse().ok()?,
            pgid: fields[2].parse().ok()?,
            sid: fields[3].parse().ok()?,
            terminal: fields[4].parse().ok()?,
            foreground: fields[5].parse().ok()?,
            ticks: fields[19].parse().ok()?,
        })
    }
}

pub(crate) fn all_pids() -> Vec<u32> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// What the file descriptors of a process from 3 on are, for this one: those of its start.
fn inherited() -> HashMap<u32, String> {
    let mut own = targets(Key::of(std::process::id()).unwrap());
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

pub(crate) fn environment(pid: u32) -> Vec<String> {
    let bytes = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    bytes.split(|byte| *byte == 0).map(|it| String::from_utf8_lossy(it).into_owned()).collect()
}

/// The mark of the run that a process carries.
pub(crate) fn run_of(key: Key) -> Option<String> {
    let mark = format!("{RUN_MARK}=");
    environment(key.pid).iter().find_map(|entry| Some(entry.strip_prefix(&mark)?.to_owned()))
}

/// The set of signals in one line of `/proc/PID/status`, without the real-time ones.
pub(crate) fn signals(pid: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
    u64::from_str_radix(line.trim(), 16).unwrap() & 0x7fff_ffff
}

// --- acting and waiting -------------------------------------------------------------------------

/// Only to a process whose identity was checked after it was opened.
pub(crate) fn send(key: Key, signal: Signal) {
    let pid = Pid::from_raw(key.pid.try_into().unwrap()).unwrap();
    if let Ok(pidfd) = pidfd_open(pid, PidfdFlags::empty())
        && !key.is_gone()
    {
        let _ = pidfd_send_signal(&pidfd, signal);
    }
}

pub(crate) fn stop(key: Key) {
    send(key, Signal::STOP);
    eventually("it stops", || key.has_ended() || key.seen().state == 'T');
}

fn pause() {
    let _ = poll(&mut [], Some(&Timespec { tv_sec: 0, tv_nsec: 10_000_000 }));
}

pub(crate) fn within(limit: Duration, condition: impl Fn() -> bool) -> bool {
    (0..limit.as_millis() / 10).any(|_| {
        let holds = condition();
        if !holds {
            pause();
        }
        holds
    })
}

pub(crate) fn eventually(what: &str, condition: impl Fn() -> bool) {
    assert!(within(Duration::from_secs(5), condition), "{what}");
}
