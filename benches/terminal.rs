//! What a user gets of the program: `cargo bench --bench terminal -- [SIZE]… [--check]`.
//!
//! The program runs in a terminal of 200×50 on a forest of real processes; htop, where it is
//! installed, does the same work beside it. Ratios are to a bare pass over the same processes.

mod clock;
mod floor;
mod forest;
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/harness/pty.rs"]
mod harness;
mod pty;
mod verdict;

use std::num::NonZero;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::clock::{median, quantile, timed};
use crate::floor::Floor;
use crate::pty::{Chunk, Session};
use crate::verdict::{Table, ms, run};

const SIZES: [usize; 3] = [300, 3000, 10_000];
const PEXPLORE: &str = env!("CARGO_BIN_EXE_pexplore");
const ROWS: NonZero<u16> = NonZero::new(50).expect("not zero");
const COLUMNS: NonZero<u16> = NonZero::new(200).expect("not zero");
const STARTS: usize = 5;
const FLOOR_PASSES: usize = 10;
/// Between two bare passes, so that caches are as cold as between two refreshes.
const FLOOR_PAUSE: Duration = Duration::from_millis(400);
const START_LIMIT: Duration = Duration::from_secs(15);
/// Between two looks at the screen, which take time from what is measured.
const START_LOOK: Duration = Duration::from_millis(700);
const SETTLING_TIME: Duration = Duration::from_secs(6);
const REST: Duration = Duration::from_secs(13);
const KEYS: usize = 64;
/// What is written within such a time belongs to one refresh.
const REFRESH_GAP: Duration = Duration::from_millis(300);

const FIRST_FRAME_PASSES: f64 = 1.5;
const CPU_PASSES: f64 = 1.3;
const CPU_BEYOND_MS: f64 = 3.0;
const KEY_MEDIAN_MS: f64 = 3.0;
const KEY_MOST_MS: f64 = 16.0;
const PSS_MB: f64 = 15.0;
const PSS_UP_TO: usize = 300;
const REFRESH_BYTES: f64 = 8192.0;
const INTERVAL_MS: f64 = 1000.0;
const INTERVAL_SHARE: f64 = 0.05;

fn main() -> ExitCode {
    forest::grow_if_asked();
    run(&SIZES, measure)
}

/// What cannot be avoided, in milliseconds: a bare pass, and starting a program at all.
struct Bare {
    wall: f64,
    cpu: f64,
    start: f64,
}

impl Bare {
    fn measure() -> Self {
        let mut floor = Floor::open();
        floor.pass();
        let (mut wall, mut cpu) = (Vec::new(), Vec::new());
        for _ in 0..FLOOR_PASSES {
            clock::pause(FLOOR_PAUSE);
            let before = thread_cpu_ms();
            wall.push(timed(|| floor.pass()).0);
            cpu.push(thread_cpu_ms() - before);
        }
        let start: Vec<f64> = (0..FLOOR_PASSES).map(|_| timed(start_only).0).collect();
        Self { wall: median(&wall), cpu: median(&cpu), start: median(&start) }
    }
}

/// Starts the program for something that needs no process read.
fn start_only() {
    let output = std::process::Command::new(PEXPLORE).arg("--version").output();
    assert!(output.is_ok_and(|output| output.status.success()), "the program can be started");
}

fn thread_cpu_ms() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

/// What was seen of one program.
struct Seen {
    first_frame: f64,
    early_keys: Vec<f64>,
    keys: Vec<f64>,
    cpu: f64,
    interval: f64,
    refresh_bytes: f64,
    pss: f64,
}

fn measure(size: usize) -> Table {
    let bare = Bare::measure();
    let own = watch(PEXPLORE, &[]);
    let htop = has_htop().then(|| watch("htop", &["-t", "-d", "10"]));
    report(size, &bare, &own, htop.as_ref())
}

fn has_htop() -> bool {
    let version = std::process::Command::new("htop").arg("--version").output();
    version.is_ok_and(|output| output.status.success())
}

fn watch(program: &str, arguments: &[&str]) -> Seen {
    let mut first_frames: Vec<f64> = (1..STARTS)
        .map(|_| {
            let session = Session::start(program, arguments);
            wait_for_first_frame(&session)
        })
        .collect();
    let mut session = Session::start(program, arguments);
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    clock::pause(Duration::from_millis(100));
    let early = press_keys(&mut session, 20, || chance.millis(40, 140));
    clock::pause(SETTLING_TIME);
    first_frames.push(wait_for_first_frame(&session));
    let (began, cpu_before) = (clock::now(), session.cpu_nanos());
    clock::pause(REST);
    let seconds = began.elapsed().as_secs_f64();
    let cpu = (session.cpu_nanos() - cpu_before) as f64 / 1e6;
    let at_rest = session.output_since(began);
    let interval = interval_ms(&at_rest);
    let n_refreshes = (seconds * 1e3 / interval).max(1.0);
    let keys = press_keys(&mut session, KEYS, || chance.millis(50, 350));
    clock::pause(Duration::from_secs(1));
    let output = session.output_since(session.began);
    let pss = session.pss_mb();
    assert!(pss.is_finite(), "{program} ended by itself");
    Seen {
        first_frame: median(&first_frames),
        early_keys: latencies(&early, &output),
        keys: latencies(&keys, &output),
        cpu: cpu / n_refreshes,
        interval,
        refresh_bytes: at_rest.iter().map(|chunk| chunk.bytes.len()).sum::<usize>() as f64
            / n_refreshes,
        pss,
    }
}

/// Moves the cursor down, and up again; when each key was pressed.
fn press_keys(
    session: &mut Session,
    keys: usize,
    mut pause: impl FnMut() -> Duration,
) -> Vec<Instant> {
    let press = |nth| {
        clock::pause(pause());
        session.press(if nth < keys / 2 { "\x1b[B" } else { "\x1b[A" })
    };
    (0..keys).map(press).collect()
}

/// Milliseconds from each key to the first output after it.
fn latencies(keys: &[Instant], output: &[Chunk]) -> Vec<f64> {
    let answer = |key: &Instant| {
        let chunk = output.iter().find(|chunk| chunk.at >= *key);
        chunk.map_or(f64::INFINITY, |chunk| (chunk.at - *key).as_secs_f64() * 1e3)
    };
    keys.iter().map(answer).collect()
}

fn wait_for_first_frame(session: &Session) -> f64 {
    let deadline = clock::now() + START_LIMIT;
    loop {
        clock::pause(START_LOOK);
        let seen = first_frame(session);
        if seen.is_finite() || clock::now() > deadline {
            return seen;
        }
    }
}

/// Milliseconds from the start to the first output that leaves pid 1's row on the screen.
fn first_frame(session: &Session) -> f64 {
    let comm = std::fs::read_to_string("/proc/1/comm").unwrap_or_default();
    let arguments = std::fs::read_to_string("/proc/1/cmdline").unwrap_or_default();
    let path = arguments.split('\0').next().unwrap_or_default();
    let names = [comm.trim(), path.rsplit('/').next().unwrap_or(path)];
    let is_row = |line: &str| {
        line.split_whitespace().any(|word| word == "1")
            && names.iter().any(|name| !name.is_empty() && line.contains(name))
    };
    let mut screen = vt100::Parser::new(ROWS, COLUMNS, 0);
    for chunk in session.output_since(session.began) {
        screen.process(&chunk.bytes);
        if screen.screen().contents().lines().any(is_row) {
            return (chunk.at - session.began).as_secs_f64() * 1e3;
        }
    }
    f64::INFINITY
}

/// Milliseconds between the first outputs of two refreshes.
fn interval_ms(output: &[Chunk]) -> f64 {
    let mut starts: Vec<Instant> = Vec::new();
    let mut last: Option<Instant> = None;
    for chunk in output {
        if last.is_none_or(|last| chunk.at - last > REFRESH_GAP) {
            starts.push(chunk.at);
        }
        last = Some(chunk.at);
    }
    let gaps = starts.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64() * 1e3);
    // The first one may begin in the middle of a refresh.
    median(&gaps.skip(1).collect::<Vec<_>>())
}

fn report(size: usize, bare: &Bare, own: &Seen, htop: Option<&Seen>) -> Table {
    let mut table = Table::new(format!("{size} processes planted"), "htop");
    table.note("bare pass over stat", ms(bare.wall), String::new());
    table.note("  its CPU", ms(bare.cpu), String::new());
    table.note("start of the program", ms(bare.start), String::new());
    let beside = |figure: fn(&Seen) -> f64, unit: fn(f64) -> String| {
        htop.map_or_else(String::new, |htop| unit(figure(htop)))
    };
    let mut judge = |name, figure: fn(&Seen) -> f64, unit: fn(f64) -> String, most: f64, why| {
        let value = figure(own);
        let bound = format!("{why} = {}", unit(most));
        table.judge(name, unit(value), beside(figure, unit), bound, value <= most);
    };
    let first = FIRST_FRAME_PASSES * bare.wall;
    let cpu = CPU_PASSES * bare.cpu + CPU_BEYOND_MS;
    judge("first frame with a process", |seen| seen.first_frame, ms, first, "1.5 x pass");
    judge("CPU per refresh, at rest", |seen| seen.cpu, ms, cpu, "1.3 x pass + 3 ms");
    judge("key to output, median", |seen| median(&seen.keys), ms, KEY_MEDIAN_MS, "at most");
    judge("  99th of 100", |seen| quantile(&seen.keys, 0.99), ms, KEY_MOST_MS, "at most");
    judge("  at the start, median", |seen| median(&seen.early_keys), ms, KEY_MEDIAN_MS, "at most");
    judge(
        "  at the start, 99th",
        |seen| quantile(&seen.early_keys, 0.99),
        ms,
        KEY_MOST_MS,
        "at most",
    );
    judge("written per quiet refresh", |seen| seen.refresh_bytes, bytes, REFRESH_BYTES, "at most");
    if size <= PSS_UP_TO {
        judge("memory (PSS)", |seen| seen.pss, megabytes, PSS_MB, "at most");
    } else if let Some(htop) = htop {
        judge("memory (PSS)", |seen| seen.pss, megabytes, htop.pss, "htop's");
    }
    let deviation = (own.interval - INTERVAL_MS).abs();
    let holds = deviation <= INTERVAL_MS * INTERVAL_SHARE;
    let htops = beside(|seen| seen.interval, ms);
    table.judge("interval", ms(own.interval), htops, "1000 ms, 5 % off".to_owned(), holds);
    table
}

fn bytes(value: f64) -> String {
    format!("{value:.0} B")
}

fn megabytes(value: f64) -> String {
    format!("{value:.1} MB")
}

/// Random phases, the same in every run (xorshift64).
struct Chance(u64);

impl Chance {
    fn millis(&mut self, least: u64, most: u64) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Duration::from_millis(least + self.0 % (most - least))
    }
}
