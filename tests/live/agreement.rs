//! Agreement with ps(1), for every process that stays the same through the check.

use std::collections::HashMap;
use std::process::Command;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rustix::process::Signal;
use serde_json::Value;

use crate::harness::needs::need;
use crate::harness::processes::{kill, start_ticks, stat};
use crate::harness::wait::wait_for;
use crate::support::test_processes::TestProcesses;
use crate::support::{Snapshot, run, snapshot, snapshot_with};
use crate::{fork, hostile};

/// ps shows so much of a command line at least.
const COMPARED: usize = 1000;
/// What versions of ps show in place of what cannot be printed.
const REPLACEMENTS: [char; 2] = ['?', '.'];
/// A check that fails may have met a change that came and went between two looks.
const ATTEMPTS: usize = 5;

/// A process as ps has it.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    ids: [String; 9],
    started: String,
    comm: String,
    args: String,
    ticks: Option<u64>,
}

const STATE: usize = 6;

impl Row {
    fn state(&self) -> &str {
        &self.ids[STATE]
    }

    /// The same but for the state, which changes all the time.
    fn is_same(&self, other: &Self) -> bool {
        let mut other = other.clone();
        other.ids[STATE].clone_from(&self.ids[STATE]);
        *self == other
    }
}

fn ps() -> HashMap<u32, Row> {
    let ask = |columns: &str| {
        let mut command = Command::new("ps");
        command.args(["-ww", "-eo", columns]).env("LC_ALL", "C").env("TZ", "UTC");
        run(&mut command).text().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let args: HashMap<u32, String> = ask("pid=,args=")
        .iter()
        .filter_map(|line| {
            let (pid, args) = line.trim_start().split_once(' ')?;
            Some((pid.parse().ok()?, plain(args)))
        })
        .collect();
    let table = ask("pid=,ppid=,pgid=,sid=,tty=,uid=,state=,ni=,nlwp=,lstart=,comm=");
    table.iter().filter_map(|line| row(line, &args)).collect()
}

fn row(line: &str, args: &HashMap<u32, String>) -> Option<(u32, Row)> {
    let mut rest = line;
    let mut word = || {
        let (word, more) = rest.trim_start().split_once(' ')?;
        rest = more;
        Some(word.to_owned())
    };
    let mut ids = Vec::new();
    for _ in 0..9 {
        ids.push(word()?);
    }
    let started = (0..5).map(|_| word()).collect::<Option<Vec<_>>>()?.join(" ");
    let pid = ids[0].parse().ok()?;
    let comm = plain(rest.trim_end().strip_suffix("<defunct>").unwrap_or(rest));
    let args = args.get(&pid)?.clone();
    Some((pid, Row { ids: ids.try_into().ok()?, started, comm, args, ticks: start_ticks(pid) }))
}

/// What is left when each program shows what cannot be printed in its own way.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for character in text.chars() {
        let is_plain = matches!(character, '!'..='~') && !REPLACEMENTS.contains(&character);
        let kept = if is_plain { character } else { ' ' };
        if kept != ' ' || !plain.ends_with(' ') {
            plain.push(kept);
        }
        if plain.len() == COMPARED {
            break;
        }
    }
    plain.trim().to_owned()
}

/// Compares what both have until they agree; what they disagree on otherwise.
fn check(take: impl Fn() -> Snapshot, compare: impl Fn(&Row, &Value) -> Vec<String>) -> Snapshot {
    let mut wrong = Vec::new();
    for _ in 0..ATTEMPTS {
        let before = ps();
        let shot = take();
        let after = ps();
        // This very program's threads come and go with its tests.
        let own = std::process::id();
        let is_stable = |(pid, row): &(&u32, &Row)| {
            **pid != own && after.get(pid).is_some_and(|later| row.is_same(later))
        };
        let stable: Vec<_> = before.iter().filter(is_stable).collect();
        assert!(stable.len() > 5, "hardly anything stayed the same: {stable:?}");
        wrong.clear();
        for (pid, row) in stable {
            let process = shot.of(*pid);
            if process.is_null() {
                wrong.push(format!("{pid} is missing: {row:?}"));
                continue;
            }
            let mut differences = compare(row, process);
            if row.state() == after[pid].state() && !same_state(row.state(), process) {
                differences.push(format!("state {} is {}", row.state(), process["state"]));
            }
            wrong.extend(differences.into_iter().map(|what| format!("{pid} {}: {what}", row.comm)));
        }
        if wrong.is_empty() {
            return shot;
        }
    }
    panic!("pexplore and ps disagree:\n{}", wrong.join("\n"));
}

/// What runs, sleeps or idles may have done another of these in between.
fn same_state(ps: &str, process: &Value) -> bool {
    let class = |state: &str| match state {
        "R" | "S" | "D" | "I" => "live".to_owned(),
        other => other.to_owned(),
    };
    class(ps) == class(process["state"].as_str().unwrap_or("none"))
}

fn differences(pairs: &[(&str, String, String)]) -> Vec<String> {
    let differs = |(_, ps, ours): &&(&str, String, String)| ps != ours;
    pairs
        .iter()
        .filter(differs)
        .map(|(name, ps, ours)| format!("{name} {ps:?} is {ours:?}"))
        .collect()
}

fn compare_all(row: &Row, process: &Value) -> Vec<String> {
    let [_, parent, group, session, tty, uid, _, nice, threads] = row.ids.clone();
    let has_nice = nice != "-";
    let number = |name: &str| process[name].to_string();
    let started = process["started_at"].as_str().unwrap().parse::<Timestamp>().unwrap();
    let expected = DateTime::strptime("%a %b %d %H:%M:%S %Y", &row.started).unwrap();
    let expected = expected.to_zoned(TimeZone::UTC).unwrap().timestamp();
    let offset = (started.as_second() - expected.as_second()).abs();
    let tty = if tty == "?" { String::new() } else { tty };
    let mut found = differences(&[
        ("ppid", parent, number("ppid")),
        ("pgid", group, number("pgid")),
        ("sid", session, number("sid")),
        ("tty", tty, process["tty"].as_str().unwrap_or_default().to_owned()),
        ("uid", uid, number("uid")),
        ("nice", nice, if has_nice { number("nice") } else { "-".to_owned() }),
        ("threads", threads, number("threads")),
        ("comm", row.comm.clone(), plain(process["comm"].as_str().unwrap())),
        ("args", row.args.clone(), plain(&arguments(process))),
        ("start", format!("{:?}", row.ticks), format!("{:?}", process["start_ticks"].as_u64())),
    ]);
    if offset > 2 {
        found.push(format!("started {} is {started}", row.started));
    }
    found
}

/// The arguments as ps shows them: the name in brackets where there are none.
fn arguments(process: &Value) -> String {
    let arguments = process["cmdline"].as_array().expect("a stable process has its arguments");
    let words: Vec<_> = arguments.iter().filter_map(Value::as_str).collect();
    match (words.is_empty(), process["state"] == "Z") {
        (false, _) => words.join(" "),
        (true, true) => format!("[{}] <defunct>", process["comm"].as_str().unwrap()),
        (true, false) => format!("[{}]", process["comm"].as_str().unwrap()),
    }
}

/// One of each kind that a parser could stumble over.
fn start_varied(test_processes: &mut TestProcesses, folder: &tempfile::TempDir) {
    for name in hostile::NAMES {
        hostile::start(test_processes, folder, name, &[b"an argument", name]);
    }
    let mut nice = test_processes.command("nice");
    test_processes.start(nice.args(["-n", "5", "sleep", "1000"]));
    if rustix::process::geteuid().is_root() && need("setpriv") {
        let mut setpriv = test_processes.command("setpriv");
        test_processes.start(setpriv.args(["--euid=65534", "sleep", "1000"]));
    }
    let mut sleep = test_processes.command("sleep");
    let stopped = test_processes.start(sleep.arg("1000")).pid;
    kill(stopped, Signal::STOP);
    wait_for("the stop", || stat(stopped)?.field::<char>(3).filter(|state| *state == 'T'));
    let zombies = fork::start(test_processes, "zombies");
    for name in ["exited", "killed"] {
        let pid = zombies.pid_of(name);
        wait_for("a zombie", || stat(pid)?.field::<char>(3).filter(|state| *state == 'Z'));
    }
    fork::start(test_processes, "family").pid_of("exec");
    let threads = fork::start(test_processes, "threads").pid_of("threads");
    wait_for("the threads", || stat(threads)?.field::<u32>(20).filter(|count| *count > 3));
}

#[test]
fn the_table_agrees_with_ps() {
    if !need("ps") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut test_processes = TestProcesses::new();
    start_varied(&mut test_processes, &folder);
    let shot = check(snapshot, compare_all);
    assert_eq!(shot.top["source"]["scan"], "stat");
}

#[test]
fn sysinfo_agrees_on_what_it_knows_and_is_silent_on_the_rest() {
    if !need("ps") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut test_processes = TestProcesses::new();
    start_varied(&mut test_processes, &folder);
    let compare = |row: &Row, process: &Value| {
        differences(&[
            ("ppid", row.ids[1].clone(), process["ppid"].to_string()),
            ("uid", row.ids[5].clone(), process["uid"].to_string()),
            ("comm", row.comm.clone(), plain(process["comm"].as_str().unwrap())),
        ])
    };
    let shot = check(|| snapshot_with(&["--source", "sysinfo"]), compare);
    assert_eq!(shot.top["source"]["scan"], "sysinfo");
    for process in shot.all() {
        for unknown in ["start_ticks", "pgid", "tty", "threads", "nice", "start_method", "exit"] {
            assert!(process[unknown].is_null(), "{unknown}: {process:#}");
        }
        assert_ne!(process["exe"], "", "{process:#}");
    }
}
