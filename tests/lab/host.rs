//! The process in which a lab lives, so that it can be killed; and what is seen of it in `/proc`.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use pexplore::lab::{Lab, Notification};
use pexplore::record::ProcessKey;
use pexplore::test_process::{KINDS, KindRow, TestProcessKind, TestProcessOrder};
use rustix::process::Signal;

use crate::harness::processes::{Key, marked, stat};
use crate::harness::wait::within;

const HOST_REQUEST: &str = "PEXPLORE_TEST_HOSTS_A_LAB";

/// Not a test of its own: the process in which a lab lives. It follows lines on standard input and
/// answers on standard error, which the test harness leaves alone.
#[test]
fn hosts_a_lab_when_asked() {
    if std::env::var_os(HOST_REQUEST).is_none() {
        return;
    }
    let mut lab = Lab::new(PathBuf::from(env!("CARGO_BIN_EXE_pexplore")));
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        let started = match words[..] {
            ["close"] => {
                lab.close();
                eprintln!("closed");
                return;
            }
            ["panic"] => panic!("as asked"),
            ["receive"] => {
                let notifications = lab.take_notifications();
                let sentences =
                    notifications.iter().filter_map(|notification| match notification {
                        Notification::Caught(caught) => Some(caught.to_string()),
                        Notification::Participant { .. } => None,
                    });
                eprintln!("received {}", sentences.collect::<Vec<_>>().join("; "));
                continue;
            }
            ["open"] => lab.open().map(|main| (vec![main], None)),
            ["start", order] => {
                let started = lab.start(order.parse().unwrap());
                started.map(|started| (started.processes, started.daemonic_main))
            }
            ["start", order, pid, ticks] => {
                let parent = ProcessKey::at_ticks(pid.parse().unwrap(), ticks.parse().unwrap());
                let order: TestProcessOrder = order.parse().unwrap();
                lab.start(order.under(Some(parent))).map(|started| {
                    assert_eq!(started.main, None);
                    (started.processes, started.daemonic_main)
                })
            }
            _ => panic!("what is {line:?}"),
        };
        match started {
            Ok((processes, main)) => {
                let text = |key: ProcessKey| format!("{}:{}", key.pid, key.start_ticks().unwrap());
                let main = main.map_or_else(|| "0:0".to_owned(), text);
                let processes = processes.iter().map(|key| format!("{}:{main}", text(*key)));
                eprintln!("started {}", processes.collect::<Vec<_>>().join(" "));
            }
            Err(error) => eprintln!("failed {error}"),
        }
    }
}

pub(crate) struct Host {
    pub(crate) child: Child,
    pub(crate) requests: ChildStdin,
    pub(crate) answers: mpsc::Receiver<String>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Process {
    pub(crate) key: Key,
    pub(crate) main: Key,
}

impl Host {
    pub(crate) fn new() -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "host::hosts_a_lab_when_asked", "--nocapture", "--test-threads=1"])
            .env(HOST_REQUEST, "1")
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
        Self { requests: child.stdin.take().unwrap(), child, answers }
    }

    pub(crate) fn ask(&mut self, line: &str) -> String {
        writeln!(self.requests, "{line}").unwrap();
        self.answers.recv_timeout(Duration::from_secs(20)).unwrap()
    }

    pub(crate) fn try_order(&mut self, order: &str) -> Result<Vec<Process>, String> {
        let answer = self.ask(order);
        let Some(list) = answer.strip_prefix("started ") else {
            return Err(answer.strip_prefix("failed ").unwrap().to_owned());
        };
        let parse = |text: &str| {
            let numbers: Vec<u64> = text.split(':').map(|it| it.parse().unwrap()).collect();
            let key = |n: usize| Key { pid: numbers[n].try_into().unwrap(), ticks: numbers[n + 1] };
            Process { key: key(0), main: key(2) }
        };
        Ok(list.split(' ').map(parse).collect())
    }

    pub(crate) fn try_start(&mut self, order: &str) -> Result<Vec<Process>, String> {
        self.try_order(&format!("start {order}"))
    }

    pub(crate) fn start(&mut self, order: &str) -> Vec<Process> {
        self.try_start(order).unwrap()
    }

    pub(crate) fn start_under(&mut self, parent: Key, order: &str) -> Result<Vec<Process>, String> {
        self.try_order(&format!("start {order} {} {}", parent.pid, parent.ticks))
    }

    /// Every kind twice; of each the first is stopped, with its children.
    pub(crate) fn populate(&mut self) {
        for row in &KINDS {
            let name = small(row);
            let first = self.start(&name);
            self.start(&name);
            for process in &first {
                process.key.stop();
            }
        }
    }

    pub(crate) fn key(&self) -> Key {
        Key::new(self.child.id()).unwrap()
    }

    pub(crate) fn member(&self, comm: &str) -> Key {
        let is_it = |pid: &u32| stat(*pid).is_some_and(|seen| seen.comm == comm);
        let members: Vec<u32> = self.marked().into_iter().filter(is_it).collect();
        assert_eq!(members.len(), 1, "one {comm}");
        Key::new(members[0]).unwrap()
    }

    pub(crate) fn main(&self) -> Key {
        self.member("px-main")
    }

    pub(crate) fn helper(&self) -> Key {
        self.member("px-helper")
    }

    pub(crate) fn guard(&self) -> Key {
        self.member("px-guard")
    }

    /// The processes that carry this host's mark. One that has ended carries nothing.
    pub(crate) fn marked(&self) -> Vec<u32> {
        marked(self.child.id())
    }

    pub(crate) fn assert_nothing_is_left(&self, after: &str) {
        eventually(&format!("nothing is left after {after}"), || self.marked().is_empty());
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if !within_two_seconds(|| self.marked().is_empty()) {
            let left = self.marked();
            left.iter().filter_map(|pid| Key::new(*pid)).for_each(|key| key.send(Signal::KILL));
            assert!(thread::panicking(), "left behind: {left:?}");
        }
    }
}

/// Two of each must not pass a cap.
pub(crate) fn small(row: &KindRow) -> String {
    match row.kind {
        TestProcessKind::Burner => "burner=5".to_owned(),
        _ => row.name.to_owned(),
    }
}

pub(crate) fn set_of(signals: &[Signal]) -> u64 {
    signals.iter().map(|signal| 1 << (signal.as_raw() - 1)).sum()
}

/// What ends with its lab has ended then.
pub(crate) fn within_two_seconds(condition: impl Fn() -> bool) -> bool {
    within(Duration::from_secs(2), condition)
}

#[track_caller]
pub(crate) fn eventually(what: &str, condition: impl Fn() -> bool) {
    assert!(within_two_seconds(condition), "{what}");
}
