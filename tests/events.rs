//! What the sources of events tell of real processes, each distinguished by its pid.

#![expect(clippy::unwrap_used, reason = "what a test expects fails where it is not so")]

#[expect(dead_code, reason = "each of the programs that have it uses a part of it")]
#[path = "harness/harness.rs"]
mod harness;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use pexplore::linux::procfs::table::ProcTable;
use pexplore::record::{Change, Event, EventSource, MemoryLimit, Observation, Record};
use pexplore::source::background::{StopToken, WorkerThread};
use pexplore::source::command_lines::CommandLines;
use pexplore::source::connector::{self, Batch, Connector, Loss, Unavailable};
use pexplore::source::record_sender::{Load, RecordSender};
use pexplore::source::watch::{self, WatchOrder};

use crate::harness::wait::{DEADLINE, now};

/// Opens the connector, or says that the test is skipped.
fn connector(open: impl FnOnce() -> Result<Connector, Unavailable>) -> Option<Connector> {
    let connector = open();
    if let Err(reason) = &connector {
        eprintln!("skipped: needs the process connector: {reason}");
    }
    connector.ok()
}

/// A process that does not outlive its test.
struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap())
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Writes a line to it.
    fn tell(&mut self) {
        self.0.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    }

    /// Waits for a line that it writes.
    fn receive(&mut self) {
        let mut line = String::new();
        BufReader::new(self.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    }

    fn reap(&mut self) {
        self.0.wait().unwrap();
    }

    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.reap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended, and been reaped, by then.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs a command to its end; its pid.
fn run(command: &mut Command) -> u32 {
    let mut child = Running::start(command.stdin(Stdio::null()));
    child.reap();
    child.pid()
}

fn sh(script: &str) -> Command {
    let mut command = Command::new("sh");
    // Dumping core takes long, and leaves a file behind.
    command.args(["-c", &format!("ulimit -c 0; {script}")]);
    command
}

fn python(script: &str) -> Command {
    let mut command = Command::new("python3");
    command.args(["-c", script]);
    command
}

/// Drains until the process's end was reported and nothing more of it comes; what was reported of
/// it.
fn reported_of(connector: &mut Connector, pid: u32) -> Vec<Event> {
    let limit = now() + DEADLINE;
    let mut events = Vec::new();
    loop {
        // A while of quiet after the end, so that a second end would be seen.
        let has_come = connector.wait(Some(Duration::from_millis(50)));
        let batch = connector.drain();
        assert_eq!(batch.lost, Loss::None);
        events.extend(batch.events.into_iter().filter(|event| event.pid == pid));
        let has_ended = events.iter().any(is_exit);
        if has_ended && !has_come {
            return events;
        }
        assert!(now() < limit, "the end of {pid} was never reported: {events:?}");
    }
}

fn is_exit(event: &Event) -> bool {
    matches!(event.change, Change::Exit { .. })
}

/// The status of its end, which must be reported once.
fn only_end(events: &[Event]) -> i32 {
    let ends: Vec<&Event> = events.iter().filter(|event| is_exit(event)).collect();
    let [Event { change: Change::Exit { wait_status: Some(status), .. }, .. }] = ends[..] else {
        panic!("not one end with a status: {events:?}")
    };
    assert_eq!(events.last(), ends.last().copied(), "something is reported after the end");
    *status
}

#[test]
fn birth_and_end_are_reported_with_parent_and_status() {
    let Some(mut connector) = connector(Connector::open) else { return };
    let cases = [
        ("exit 0", 0),
        ("exit 3", 3 << 8),
        ("exit 255", 255 << 8),
        ("kill -KILL $$", 9),
        ("kill -TERM $$", 15),
        ("kill -SEGV $$", 11),
    ];
    for (script, status) in cases {
        let pid = run(&mut sh(script));
        let events = reported_of(&mut connector, pid);
        let birth = Change::Fork { parent: std::process::id() };
        assert_eq!(events[0].change, birth, "{script}");
        assert!(matches!(events[1].change, Change::Exec { .. }), "{script}: {events:?}");
        assert_eq!(only_end(&events) & !0x80, status, "{script}");
        assert!(events.is_sorted_by_key(|event| event.at));
    }
}

#[test]
fn what_a_process_became_is_read_while_it_lives() {
    let Some(connector) = connector(Connector::open) else { return };
    let lines = CommandLines::read_by(Path::new(env!("CARGO_BIN_EXE_pexplore")));
    let mut connector = connector.with_command_lines(lines);
    let mut child = Running::start(Command::new("sleep").arg("1000"));
    let limit = now() + DEADLINE;
    let (mut image, mut late) = (None, None);
    // On a loaded machine the arguments may come later than the exec.
    while image.is_none() && late.is_none() {
        connector.wait(connector.wait_budget().or(Some(DEADLINE)));
        assert!(now() < limit, "its exec was not reported with its arguments");
        let batch = connector.drain();
        let lines = batch.command_lines.into_iter();
        late = lines.filter(|line| line.pid == child.pid()).map(|line| line.line).next();
        image = batch.events.into_iter().find_map(|event| match event.change {
            Change::Exec { image } if event.pid == child.pid() => {
                image.filter(|image| image.command_line.is_some())
            }
            _ => None,
        });
    }
    child.kill();
    let line = late.or_else(|| {
        image.and_then(|image| {
            assert_eq!(&*image.comm, "sleep");
            image.command_line
        })
    });
    assert_eq!(line.as_deref(), Some("sleep\x001000\0"));
    assert_eq!(only_end(&reported_of(&mut connector, child.pid())), 9);
}

const THREADS: &str = "
import os, threading, time
go = threading.Event()
def work(number):
    go.wait()
    if number == 3:
        last()
    time.sleep(1000)
threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
[thread.start() for thread in threads]
";

#[test]
fn a_process_with_threads_ends_once() {
    let Some(mut connector) = connector(Connector::open) else { return };
    let cases = [
        ("def last(): os._exit(3)\ngo.set(); threads[0].join()", 3 << 8),
        ("def last(): os.kill(os.getpid(), 9)\ngo.set(); threads[0].join()", 9),
        (
            "def last(): os.execvp('sh', ['sh', '-c', 'exit 5'])\ngo.set(); threads[0].join()",
            5 << 8,
        ),
        // The leader ends first, and alone.
        (
            "import ctypes\ndef last(): time.sleep(0.2); os._exit(7)\n\
             go.set(); ctypes.CDLL(None).syscall(60, 0)",
            7 << 8,
        ),
    ];
    for (script, status) in cases {
        if script.contains("syscall") && !cfg!(target_arch = "x86_64") {
            continue;
        }
        let pid = run(&mut python(&format!("{THREADS}{script}")));
        let events = reported_of(&mut connector, pid);
        let births = events.iter().filter(|event| matches!(event.change, Change::Fork { .. }));
        assert_eq!((births.count(), only_end(&events)), (1, status), "{script}: {events:?}");
    }
}

#[test]
fn a_process_with_threads_that_was_there_before_ends_once() {
    let script = format!(
        "{THREADS}def last(): os._exit(3)\nprint('ready', flush=True); input(); go.set()\n\
         threads[0].join()"
    );
    let mut child = Running::start(python(&script).stdin(Stdio::piped()).stdout(Stdio::piped()));
    child.receive();
    let connector = connector(Connector::open);
    child.tell();
    child.reap();
    let Some(mut connector) = connector else { return };
    assert_eq!(only_end(&reported_of(&mut connector, child.pid())), 3 << 8);
}

#[test]
fn what_does_not_fit_is_counted_as_lost() {
    let Some(mut connector) = connector(|| Connector::with_room(1)) else { return };
    run(&mut sh("i=0; while [ $i -lt 200 ]; do (exit 0); i=$((i+1)); done"));
    let mut batch = Batch::default();
    let limit = now() + DEADLINE;
    // How many were lost shows with what comes after.
    while !matches!(batch.lost, Loss::Counted(count) if count > 300) {
        assert!(now() < limit, "the loss was not counted: {:?}", batch.lost);
        batch.append(connector.drain());
        run(&mut sh("exit 0"));
    }
    assert!(batch.events.len() < 800);
}

/// Takes records until one is what is looked for.
fn wait_for<T>(records: &Receiver<Record>, mut found: impl FnMut(Observation) -> Option<T>) -> T {
    let limit = now() + DEADLINE;
    loop {
        let left = limit.saturating_duration_since(now());
        let record = records.recv_timeout(left).expect("it was waited for in vain");
        if let Some(found) = found(record.observation) {
            return found;
        }
    }
}

#[test]
fn the_thread_says_where_events_come_from_forwards_them_and_stops() {
    let Some(connector) = connector(Connector::open) else { return };
    let (sender, records) = channel::<Record>();
    let outlet = RecordSender::new(sender, &Load::new(MemoryLimit::default()));
    let listen = move |stop: &StopToken| connector::run(connector, stop, &outlet);
    let handle = WorkerThread::start("connector", listen).unwrap();
    let first = records.recv_timeout(DEADLINE).unwrap().observation;
    assert!(matches!(first, Observation::EventSource(EventSource::Connector, _)));
    let pid = run(&mut sh("exit 4"));
    let status = wait_for(&records, |observation| {
        let Observation::Events(events) = observation else { return None };
        events.into_iter().find_map(|event| match event.change {
            Change::Exit { wait_status, .. } if event.pid == pid => Some(wait_status),
            _ => None,
        })
    });
    assert_eq!(status, Some(4 << 8));
    assert!(handle.is_running());
    drop(handle);
    while records.recv_timeout(DEADLINE).is_ok() {}
    assert!(records.try_recv().is_err());
}

/// A watch in the connector's place.
struct Watch {
    orders: Sender<WatchOrder>,
    records: Receiver<Record>,
    handle: WorkerThread,
}

impl Watch {
    fn start() -> Self {
        let (orders, to_watch) = channel();
        let (sender, records) = channel();
        let outlet = RecordSender::new(sender, &Load::new(MemoryLimit::default()));
        let watch =
            move |stop: &StopToken| watch::run("it is a test".into(), &to_watch, stop, &outlet);
        let handle = WorkerThread::start("watch", watch).unwrap();
        let watch = Self { orders, records, handle };
        let source = wait_for(&watch.records, |observation| match observation {
            Observation::EventSource(source, reason) => Some((source, reason)),
            _ => None,
        });
        assert_eq!(source, (EventSource::Pidfd, "it is a test".into()));
        watch
    }

    fn birth_of(&self, pid: u32) {
        wait_for(&self.records, |observation| match observation {
            Observation::Stats(stats) => {
                stats.processes.iter().any(|stat| stat.key.pid == pid).then_some(())
            }
            _ => None,
        });
    }

    fn end_of(&self, pid: u32) -> Option<i32> {
        wait_for(&self.records, |observation| {
            let Observation::Events(events) = observation else { return None };
            events.into_iter().find_map(|event| match event.change {
                Change::Exit { wait_status, .. } if event.pid == pid => Some(wait_status),
                _ => None,
            })
        })
    }
}

/// The kernel tells the status of the reaped since Linux 6.15.
fn tells_status() -> bool {
    let release = rustix::system::uname().release().to_string_lossy().into_owned();
    let mut numbers = release.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    (numbers.next(), numbers.next()) >= (Some(6), Some(15))
}

#[test]
fn without_the_connector_births_are_found_and_ends_come_with_their_status() {
    let watch = Watch::start();
    let mut child = Running::start(Command::new("sleep").arg("1000"));
    watch.birth_of(child.pid());
    child.kill();
    let status = watch.end_of(child.pid());
    assert!(status == Some(9) || (status.is_none() && !tells_status()), "{status:?}");
    drop(watch.handle);
    while watch.records.recv_timeout(DEADLINE).is_ok() {}
}

#[test]
fn without_the_connector_an_end_is_reported_before_it_is_reaped() {
    let watch = Watch::start();
    let mut child = Running::start(sh("read line; exit 3").stdin(Stdio::piped()));
    watch.birth_of(child.pid());
    child.tell();
    let status = watch.end_of(child.pid());
    // The status of a zombie is shown to root, and to its own user.
    assert_eq!(status, Some(3 << 8));
    child.reap();
}

#[test]
fn without_the_connector_threads_are_no_births_and_whoever_is_asked_for_is_held() {
    let script = format!("{THREADS}def last(): os._exit(3)\nprint('ready', flush=True); input()");
    let mut command = python(&format!("{script}; go.set(); threads[0].join()"));
    let mut child = Running::start(command.stdin(Stdio::piped()).stdout(Stdio::piped()));
    let key = ProcTable::open().unwrap().read_one(child.pid()).unwrap().key;
    let watch = Watch::start();
    child.receive();
    let threads: Vec<u32> = std::fs::read_dir(format!("/proc/{}/task", child.pid()))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_str().unwrap().parse().unwrap())
        .filter(|thread| *thread != child.pid())
        .collect();
    assert_eq!(threads.len(), 4);
    watch.orders.send(WatchOrder::Watch(vec![key])).unwrap();
    let mut after = Running::start(Command::new("sleep").arg("1000"));
    let mut born: Vec<u32> = Vec::new();
    wait_for(&watch.records, |observation| {
        let Observation::Stats(stats) = observation else { return None };
        born.extend(stats.processes.iter().map(|stat| stat.key.pid));
        born.contains(&after.pid()).then_some(())
    });
    after.kill();
    assert!(!threads.iter().any(|thread| born.contains(thread)));
    // Whoever is asked for is held by then: the order came before that birth.
    child.tell();
    child.reap();
    let status = watch.end_of(child.pid());
    assert!(status == Some(3 << 8) || (status.is_none() && !tells_status()), "{status:?}");
}
