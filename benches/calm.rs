//! How still the screen is while much goes on: `cargo bench --bench calm -- [--check]`.
//!
//! The program runs in a terminal of 120×35 beside a script that starts six programs three times a
//! second, and beside `make -j3` of 150 files. Once a second its rows are looked at.

#[expect(dead_code, reason = "nothing here is timed")]
mod clock;
mod forest;
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/harness/pty.rs"]
mod harness;
#[expect(dead_code, reason = "another bench measures usage")]
mod pty;
#[expect(dead_code, reason = "nothing here is measured in milliseconds")]
mod verdict;

use std::collections::HashMap;
use std::fmt::Write;
use std::num::NonZero;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use crate::clock::median;
use crate::pty::{Session, Window};
use crate::verdict::{Table, run};

const PEXPLORE: &str = env!("CARGO_BIN_EXE_pexplore");
const WINDOW: Window = Window { rows: 35, columns: 120 };
/// The lines above the tree.
const HEADER: usize = 3;
const SETTLING_TIME: Duration = Duration::from_secs(5);
const LOOKS: usize = 9;
const FILES: usize = 150;
/// A process has a row once it is so old, in seconds, and a frame was drawn.
const ROW_AFTER_S: f64 = 0.6;

/// Rows that may change place in a second.
const MOST_MOVED: f64 = 1.0;
/// The share of rows that may be of the dead.
const MOST_DEAD: f64 = 1.0 / 6.0;

const NOISE: &str = "while :; do date; ls | grep x; cat f | sed p | wc; sleep .3; done";

fn main() -> ExitCode {
    forest::grow_if_asked();
    run(&[20], |_| measure())
}

fn measure() -> Table {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut table = Table::new("rows of 120x35, once a second".to_owned(), "");
    std::fs::write(folder.path().join("f"), "one\n").expect("the folder can be written");
    let noise = Running::start(folder.path(), "bash", &["-c", NOISE]);
    let seen = watch(noise.pid());
    drop(noise);
    judge(&mut table, ["script: rows that change place", "  share of rows of the dead"], &seen);
    if !write_project(folder.path()) {
        table.note("make -j3: skipped", "needs gcc and make".to_owned(), String::new());
        return table;
    }
    let make = Running::start(folder.path(), "make", &["-j3"]);
    let seen = watch(make.pid());
    judge(&mut table, ["make -j3: rows that change place", "  share of rows of the dead"], &seen);
    let (running, shown) = seen.iter().fold((0, 0), |(running, shown), look| {
        (running + look.compilers_running, shown + look.compilers_shown)
    });
    let value = format!("{shown} of {running}");
    let holds = running > 0 && shown >= running;
    table.judge("  compilers on the screen", value, String::new(), "all".to_owned(), holds);
    table
}

fn judge(table: &mut Table, [moved, dead]: [&'static str; 2], seen: &[Look]) {
    let counts: Vec<f64> = seen.windows(2).map(|two| moved_rows(&two[0], &two[1]) as f64).collect();
    let value = median(&counts);
    let bound = "median, at most 1".to_owned();
    table.judge(moved, format!("{value:.0}"), String::new(), bound, value <= MOST_MOVED);
    let shares: Vec<f64> = seen.iter().map(|look| look.dead as f64 / look.rows as f64).collect();
    let value = median(&shares);
    let bound = "at most 1 in 6".to_owned();
    table.judge(dead, format!("{:.0} %", value * 100.0), String::new(), bound, value <= MOST_DEAD);
}

/// A program that ends when this is dropped, with what it started.
struct Running(Child);

impl Running {
    fn start(folder: &Path, program: &str, arguments: &[&str]) -> Self {
        let child = Command::new(program)
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(child.expect("the program can be started"))
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // make takes what it has begun with it where it is asked to end.
        let pid = rustix::process::Pid::from_child(&self.0);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let _ = self.0.wait();
    }
}

/// The screen at one time.
struct Look {
    /// The line of each row, by what it stands for.
    places: HashMap<String, usize>,
    rows: usize,
    dead: usize,
    compilers_running: usize,
    compilers_shown: usize,
}

/// Looks at the screen once a second, with the cursor on that process.
fn watch(target: u32) -> Vec<Look> {
    clock::pause(Duration::from_secs(1));
    let session = Session::start_in(WINDOW, PEXPLORE, &[&target.to_string()]);
    clock::pause(SETTLING_TIME);
    (0..LOOKS)
        .map(|_| {
            clock::pause(Duration::from_secs(1));
            let running = compilers();
            look(&session, &running)
        })
        .collect()
}

fn look(session: &Session, running: &[u32]) -> Look {
    let [rows, columns] =
        [WINDOW.rows, WINDOW.columns].map(|side| NonZero::new(side).expect("not zero"));
    let mut screen = vt100::Parser::new(rows, columns, 0);
    for chunk in session.output_since(session.began) {
        screen.process(&chunk.bytes);
    }
    let text = screen.screen().contents();
    let is_rule = |line: &&str| !line.contains("──────────");
    let rows: Vec<&str> = text.lines().skip(HEADER).take_while(is_rule).collect();
    let rows: Vec<&str> = rows.into_iter().filter(|line| !line.trim().is_empty()).collect();
    let places = rows.iter().enumerate().map(|(line, row)| (identity(row), line)).collect();
    let is_shown = |pid: &&u32| {
        rows.iter().any(|row| row.split_whitespace().any(|word| word == pid.to_string()))
    };
    Look {
        places,
        rows: rows.len(),
        dead: rows.iter().filter(|row| is_dead(row)).count(),
        compilers_running: running.len(),
        compilers_shown: running.iter().filter(is_shown).count(),
    }
}

/// What a row stands for: a process by its pid, or those that share it by what they have in common.
fn identity(row: &str) -> String {
    if let Some((_, shared)) = row.split_once("short-lived") {
        return format!("short-lived under {}", row.find('†').unwrap_or(shared.len()));
    }
    if let Some((_, alike)) = row.split_once(" × ") {
        return alike.split(" · ").next().unwrap_or(alike).to_owned();
    }
    let is_pid = |word: &&str| word.bytes().all(|byte| byte.is_ascii_digit());
    row.split_whitespace().find(is_pid).unwrap_or(row).to_owned()
}

fn is_dead(row: &str) -> bool {
    let is_guide = |letter: char| "▌⋯│├└─▾▸ ".contains(letter);
    row.trim_start_matches(is_guide).starts_with('†')
}

/// How many rows of the second are at another place than before, or were nowhere.
fn moved_rows(before: &Look, after: &Look) -> usize {
    let stays = |(what, line): &(&String, &usize)| before.places.get(*what) == Some(*line);
    after.places.iter().filter(|row| !stays(row)).count()
}

/// The compilers that run and are old enough to have a row.
fn compilers() -> Vec<u32> {
    let folders = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = folders.filter_map(|folder| folder.file_name().to_str()?.parse().ok());
    pids.filter(|pid| is_compiler(*pid)).collect()
}

fn is_compiler(pid: u32) -> bool {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    let Some((name, fields)) = stat.rsplit_once(')') else { return false };
    // The start is field 22 of proc_pid_stat(5), in ticks of a hundredth of a second.
    let started = fields.split_whitespace().nth(19).and_then(|ticks| ticks.parse::<f64>().ok());
    let uptime = std::fs::read_to_string("/proc/uptime").unwrap_or_default();
    let uptime = uptime.split(' ').next().and_then(|seconds| seconds.parse::<f64>().ok());
    let age = uptime.zip(started).map_or(0.0, |(uptime, started)| uptime - started / 100.0);
    name.ends_with("(cc1") && age > ROW_AFTER_S
}

/// A project of many files, each of which takes the compiler about a second; whether there are the
/// programs to build it.
fn write_project(folder: &Path) -> bool {
    let has = |program: &str| {
        let version = Command::new(program).arg("--version").output();
        version.is_ok_and(|output| output.status.success())
    };
    if !has("gcc") || !has("make") {
        return false;
    }
    let mut source = String::new();
    for number in 0..400 {
        let _ = writeln!(
            source,
            "int f{number}(int *a, int n) {{ int s = {number}; for (int i = 0; i < n; i++) \
             for (int j = i; j < n; j++) s += a[i] * a[j] ^ (s >> (j & 7)); return s; }}"
        );
    }
    let mut makefile = "all:".to_owned();
    for file in 0..FILES {
        let _ = write!(makefile, " p{file}.o");
        let path = folder.join(format!("p{file}.c"));
        std::fs::write(path, &source).expect("the folder can be written");
    }
    makefile.push_str("\n%.o: %.c\n\tgcc -O2 -c $< -o $@\n");
    std::fs::write(folder.join("Makefile"), makefile).expect("the folder can be written");
    true
}
