//! What events cost: `cargo bench --bench storm -- [SIZE]… [--check]`, or with `--lives [N]` what
//! memory a storm of two million lives, or of N, makes pexplore take.
//!
//! Within this process, batches of short lives are taken in by a screen's state that has SIZE
//! processes; beside it, `pexplore events` listens to a storm of real processes.

mod clock;
mod forest;
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/harness/pty.rs"]
mod harness;
mod memory;
#[expect(dead_code, reason = "the rest serves the bench in a terminal")]
mod pty;
mod verdict;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex};

use pexplore::app::input::{Effect, Input};
use pexplore::app::{App, Options, draw};
use pexplore::keymap::Key;
use pexplore::record::{
    BootTime, Change, Event, EventSource, Host, MemoryLimit, Observation, Record, ScanSource,
};
use pexplore::source::host::this_host;
use pexplore::source::reader::Reader;
use pexplore::source::ticker::Table as ScanTable;
use pexplore::theme::{Background, Charset, ColorDepth, Theme};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;

use crate::clock::{median, timed};
use crate::verdict::{Table, ms, run};

const SIZES: [usize; 3] = [300, 3000, 10_000];
const SCREEN: Size = Size { width: 200, height: 50 };
/// What 24 ms of a storm of twenty thousand processes a second bring.
const LIVES_IN_A_BATCH: u32 = 500;
const BATCHES: u32 = 60;
const EVENTS_IN_A_LIFE: u32 = 3;
const MOST_MICROS_AN_EVENT: f64 = 5.0;
/// Two of these fit between two frames that only records ask for.
const MOST_FRAME_MS: f64 = 15.0;
const MANY_LIVES: u32 = 1_000_000;
/// How many processes the real storm has.
const STARTED: u32 = 10_000;

fn main() -> ExitCode {
    forest::grow_if_asked();
    if let Some(lives) = memory::asked() {
        return memory::run(lives);
    }
    let host = this_host(ScanSource::Stat);
    run(&SIZES, |size| measure(size, &host))
}

fn measure(size: usize, host: &Host) -> Table {
    let mut app = screen(host);
    let n_processes = app.world.processes().len();
    let title = format!("{size} processes planted, {n_processes} in all");
    let mut table = Table::new(title, "an event");
    let mut lives = Lives::after(app.world.now());
    for (figure, count, is_judged) in [
        ("batch of a storm taken in", LIVES_IN_A_BATCH, true),
        ("one short life taken in", 1, false),
    ] {
        let batches: Vec<f64> = (0..BATCHES)
            .map(|_| {
                let record = lives.batch(count);
                timed(|| app.update(Input::Record(record))).0
            })
            .collect();
        let batch = median(&batches);
        let micros = batch * 1000.0 / f64::from(count * EVENTS_IN_A_LIFE);
        let each = format!("{micros:.2} us");
        if is_judged {
            let bound = format!("{MOST_MICROS_AN_EVENT} us an event");
            table.judge(figure, ms(batch), each, bound, micros <= MOST_MICROS_AN_EVENT);
        } else {
            table.note(figure, ms(batch), each);
        }
    }
    draw(&mut table, &mut app);
    remember(&mut table, &mut app, &mut lives);
    listen(&mut table);
    table
}

/// Frames with the log and with the timeline of what happened below the tree.
fn draw(table: &mut Table, app: &mut App) {
    let theme =
        Theme { depth: ColorDepth::True, background: Background::Dark, charset: Charset::Unicode };
    let backend = TestBackend::new(SCREEN.width, SCREEN.height);
    let mut terminal = Terminal::new(backend).expect("a test terminal cannot fail");
    for (figure, key) in [("frame with a full log", 'v'), ("frame with a timeline", 'T')] {
        let _ = app.update(Input::Key(Key::char(key)));
        let frames: Vec<f64> = (0..BATCHES)
            .map(|_| {
                let draw = || terminal.draw(|frame| draw::draw(app, theme, frame)).is_ok();
                timed(draw).0
            })
            .collect();
        let frame = median(&frames);
        let holds = frame <= MOST_FRAME_MS;
        table.judge(figure, ms(frame), String::new(), ms(MOST_FRAME_MS), holds);
    }
    let _ = app.update(Input::Key(Key::char('T')));
}

/// A million lives must be remembered within their share.
fn remember(table: &mut Table, app: &mut App, lives: &mut Lives) {
    let before = resident_bytes("self");
    for _ in 0..MANY_LIVES / LIVES_IN_A_BATCH {
        let record = lives.batch(LIVES_IN_A_BATCH);
        let _ = app.update(Input::Record(record));
    }
    let grown = resident_bytes("self").saturating_sub(before);
    let mib = |bytes: usize| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20));
    let history = app.world.history();
    let kept = format!("{} kept", history.lives().len());
    let share = MemoryLimit::default().shares(app.world.processes().len()).history;
    let holds = history.bytes() <= share;
    table.judge("history after a million lives", mib(history.bytes()), kept, mib(share), holds);
    // The log and the allocator's own room come on top.
    let most = 2 * MemoryLimit::default().shares(0).history;
    table.judge("  memory grown by", mib(grown), String::new(), mib(most), grown <= most);
}

/// Resident memory of a process (`proc_pid_statm(5)`).
fn resident_bytes(pid: &str) -> usize {
    let statm = std::fs::read_to_string(format!("/proc/{pid}/statm")).expect("it runs");
    let pages: usize =
        statm.split(' ').nth(1).expect("the second field").parse().expect("a number");
    pages * rustix::param::page_size()
}

/// Two loops that start /bin/true at full speed, reported by `pexplore events`.
fn listen(table: &mut Table) {
    let mut listener = Listener::start();
    listener.wait_until_it_tells();
    let cpu_before = listener.cpu_nanos();
    let reported_before = listener.reported();
    let began = clock::now();
    let loops: Vec<_> = (0..2).map(|_| std::thread::spawn(start_many)).collect();
    for started in loops {
        started.join().expect("a loop ends");
    }
    let took = began.elapsed().as_secs_f64();
    listener.wait_until_it_tells();
    let reported = listener.reported().since(reported_before);
    let micros = (listener.cpu_nanos() - cpu_before) as f64 / 1e3 / reported.events as f64;
    let rate = format!("{:.0} processes/s", f64::from(STARTED) / took);
    let each = format!("{micros:.2} us");
    let bound = format!("{MOST_MICROS_AN_EVENT} us an event");
    let holds = micros <= MOST_MICROS_AN_EVENT;
    table.judge("pexplore events in a storm", rate, each, bound, holds);
    let all = u64::from(STARTED);
    let missing = all.saturating_sub(reported.forks).max(all.saturating_sub(reported.exits));
    let lost = format!("{} lost", reported.lost);
    let holds = missing <= reported.lost;
    table.judge("  births or ends not reported", missing.to_string(), lost, "0".to_owned(), holds);
}

fn start_many() {
    for _ in 0..STARTED / 2 {
        let mut child = Command::new("/bin/true").spawn().expect("/bin/true starts");
        child.wait().expect("it is a child");
    }
}

/// What a listener reported.
#[derive(Clone, Copy, Default)]
struct Reported {
    events: u64,
    forks: u64,
    exits: u64,
    lost: u64,
}

impl Reported {
    fn since(self, before: Self) -> Self {
        Self {
            events: self.events - before.events,
            forks: self.forks - before.forks,
            exits: self.exits - before.exits,
            lost: self.lost - before.lost,
        }
    }
}

/// `pexplore events`, and a thread that counts its lines.
struct Listener {
    child: Child,
    reported: Arc<Mutex<Reported>>,
}

impl Listener {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_pexplore"))
            .args(["events", "--format", "json"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("pexplore starts");
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let reported = Arc::new(Mutex::new(Reported::default()));
        let count = reported.clone();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut reported = count.lock().expect("nobody panics with it");
                reported.events += 1;
                reported.forks += u64::from(line.contains("\"event\":\"fork\""));
                reported.exits += u64::from(line.contains("\"event\":\"exit\""));
                let lost = line.split("\"count\":").nth(1).and_then(|rest| rest.split('}').next());
                reported.lost += lost.and_then(|count| count.parse::<u64>().ok()).unwrap_or(0);
            }
        });
        Self { child, reported }
    }

    fn reported(&self) -> Reported {
        *self.reported.lock().expect("nobody panics with it")
    }

    /// Starts a process until the newest of them is reported of: what came before it is, too.
    fn wait_until_it_tells(&mut self) {
        loop {
            let before = self.reported().events;
            start_one();
            clock::pause(std::time::Duration::from_millis(100));
            let now = self.reported().events;
            if now > before {
                clock::pause(std::time::Duration::from_millis(100));
                if self.reported().events == now {
                    return;
                }
            }
        }
    }

    fn cpu_nanos(&self) -> u64 {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("it runs");
        let of = |task: std::fs::DirEntry| {
            let text = std::fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
            text.split(' ').next().and_then(|nanos| nanos.parse::<u64>().ok()).unwrap_or(0)
        };
        tasks.filter_map(Result::ok).map(of).sum()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.child.kill().expect("it is a child");
        self.child.wait().expect("it is a child");
    }
}

fn start_one() {
    Command::new("/bin/true").status().expect("/bin/true starts");
}

/// A screen that has seen every process of this machine, and their facts.
fn screen(host: &Host) -> App {
    let options = Options {
        interval: std::time::Duration::from_secs(1),
        read_only: true,
        linger: std::time::Duration::from_secs(3),
        target: None,
        scenario: None,
        pace: pexplore::panes::scenario::Pace::ByKey,
        mouse: pexplore::app::MouseUser::Program,
        keymap: pexplore::keymap::Keymap::default(),
    };
    let mut app = App::new(host.clone(), options, SCREEN);
    let source = Observation::EventSource(EventSource::Connector, "the bench says so".into());
    let _ = app.update(Input::Record(Record { at: BootTime::default(), observation: source }));
    let mut table = ScanTable::open(host).expect("/proc is mounted");
    let mut reader = Reader::new(ScanSource::Stat);
    let first = table.scan().expect("/proc can be listed");
    let mut effects = app.update(Input::Record(first));
    while let Some(Effect::ReadFacts(keys)) =
        effects.iter().find(|effect| matches!(effect, Effect::ReadFacts(_)))
    {
        let facts = reader.facts(keys).expect("processes can be read");
        let at = pexplore::linux::clock::now();
        effects = app.update(Input::Record(Record { at, observation: Observation::Facts(facts) }));
    }
    app
}

/// Short lives, one after another: forked by pid 1, exec'd, ended.
struct Lives {
    at: u64,
    pid: u32,
}

impl Lives {
    fn after(at: BootTime) -> Self {
        Self { at: at.0, pid: 5_000_000 }
    }

    fn batch(&mut self, count: u32) -> Record {
        let mut events = Vec::new();
        for _ in 0..count {
            self.pid += 1;
            for change in [
                Change::Fork { parent: 1 },
                Change::Exec { image: None },
                Change::Exit { parent: Some(1), wait_status: Some(0) },
            ] {
                self.at += 16_000;
                events.push(Event { at: BootTime(self.at), pid: self.pid, change });
            }
        }
        Record { at: BootTime(self.at), observation: Observation::Events(events) }
    }
}
