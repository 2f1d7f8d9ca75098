//! Worlds from text: one line a process, so that a test shows all that matters to it.
//!
//! ```text
//! pid ppid pgid sid tty  flags  comm  | key=value …
//! ```
//!
//! `tty` is `-` or the number of a `pts`; `flags` are letters: `f` forked and never exec'd, `k`
//! kernel thread, `Z` zombie, `T` stopped, `t` traced, `D` in uninterruptible sleep; `-` for none.
//! The keys after the bar: `start` (ticks; by default ten times the pid), `exe` (a path or
//! `refused`), `cmd` (the rest of the line), `cgroup` (a path), `null` (how many standard streams
//! lead to `/dev/null`; `refused`), `fds` (a letter for each stream: null, file, closed, journal,
//! pipe, socket, other, else a terminal), `unit`, `ns` (pids), `ignores` (signal), `reads`,
//! `writes` (pipes), `spare` (a spare `/dev/null`), `threads`, `fg` (the terminal's foreground
//! group), `node` (a mark of node's), `unread` (no facts yet), `wait` (wait status), `stack` (where
//! it began).

use std::sync::Arc;

use crate::record::{
    Arguments, BootTime, Change, EnvironmentMarks, Event, EventSource, FLAG_FORKED_NO_EXEC,
    FLAG_KERNEL_THREAD, Fact, Facts, Host, Image, Observation, OwnProcesses, Pid, PidNamespace,
    Pipes, ProcessId, ProcessKey, Record, Scan, ScanSource, Stat, State, Stats, Stream, UtcOffsets,
};
use crate::world::World;

/// A host that booted on 2026-11-24 at 08:00 UTC, with 100 ticks in a second.
pub(crate) fn host() -> Host {
    Host {
        name: "web-3".into(),
        system: "Linux".into(),
        kernel: "6.18.44".into(),
        boot_id: Some("1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed".into()),
        boot_unix_nanos: 1_795_507_200_000_000_000,
        ticks_per_second: 100,
        page_size: 4096,
        cpus: 2,
        clock_step_nanos: 0,
        utc_offsets: UtcOffsets::default(),
        scan: ScanSource::Stat,
        namespace: PidNamespace::Own,
        own: OwnProcesses { pid: 9000, ancestors: vec![8999, 812, 1], sender: None },
    }
}

/// A process as a fixture's line has it.
pub(crate) struct Line {
    pub(crate) stat: Stat,
    pub(crate) facts: Option<Facts>,
}

/// Reads the lines of a fixture.
pub(crate) fn lines(text: &str) -> Vec<Line> {
    let text = text.lines().map(str::trim).filter(|line| !line.is_empty());
    text.map(line).collect()
}

fn line(text: &str) -> Line {
    let (head, tail) = text.split_once('|').unwrap_or((text, ""));
    let words: Vec<&str> = head.split_whitespace().collect();
    let [pid, parent, group, session, tty, flags, comm] = words[..] else {
        panic!("a fixture's line needs seven words before the bar: {text}")
    };
    let number = |word: &str| -> u32 { word.parse().unwrap() };
    let value = |key: &str| {
        tail.split_whitespace().find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
    };
    let pid = number(pid);
    let ticks = value("start").map_or(u64::from(pid) * 10, |ticks| ticks.parse().unwrap());
    let flag = |letter: char, bit: u32| if flags.contains(letter) { bit } else { 0 };
    let state = match flags {
        _ if flags.contains('Z') => State::Zombie,
        _ if flags.contains('T') => State::Stopped,
        _ if flags.contains('t') => State::Traced,
        _ if flags.contains('D') => State::DiskSleep,
        _ => State::Sleeping,
    };
    let stat = Stat {
        key: ProcessKey::at_ticks(pid, ticks),
        ppid: number(parent),
        pgid: Some(number(group)),
        sid: Some(number(session)),
        tty: Some(if tty == "-" { 0 } else { 136 * 256 + number(tty) }),
        foreground: value("fg").map(number),
        state,
        flags: Some(flag('f', FLAG_FORKED_NO_EXEC) | flag('k', FLAG_KERNEL_THREAD)),
        nice: Some(0),
        threads: Some(value("threads").map_or(1, number)),
        usage: crate::record::Usage { cpu_nanos: Some(0), resident: Some(u64::from(pid) << 10) },
        comm: comm.replace('_', " ").into(),
        wait_status: value("wait").map(|status| status.parse().unwrap()),
        layout: value("stack").map(|stack| [1, 2, stack.parse().unwrap()]),
    };
    let has_program = !flags.contains(['k', 'Z']);
    let is_unread = tail.split_whitespace().any(|word| word == "unread");
    let facts = (!is_unread).then(|| {
        if has_program {
            facts(&stat, tail, value)
        } else {
            Facts { uid: Some(0), command_line: Fact::Known(Arc::default()), ..Facts::default() }
        }
    });
    Line { stat, facts }
}

fn facts<'a>(stat: &Stat, tail: &'a str, value: impl Fn(&str) -> Option<&'a str>) -> Facts {
    let numbers = |key: &str| -> Vec<u64> {
        let list = value(key).unwrap_or_default();
        list.split(',').filter(|word| !word.is_empty()).map(|word| word.parse().unwrap()).collect()
    };
    let command = tail.split_once("cmd=").map_or(&*stat.comm, |(_, command)| command.trim());
    // Titles are one argument; everything else is split at spaces, but for what is quoted.
    let arguments: Vec<Arc<str>> =
        if command.contains(": ") { vec![command.into()] } else { split_arguments(command) };
    let executable = match value("exe") {
        Some("refused") => Fact::Refused,
        Some(path) => Fact::Known(path.into()),
        None => Fact::Known(format!("/usr/bin/{}", stat.comm).into()),
    };
    let is_marked = |mark: &str| tail.split_whitespace().any(|word| word == mark);
    let has_pipes = value("reads").is_some() || value("writes").is_some() || is_marked("spare");
    let pipes = has_pipes.then(|| Pipes {
        reads: numbers("reads"),
        writes: numbers("writes"),
        spare_null: is_marked("spare"),
    });
    Facts {
        read_at: BootTime::from_secs(1_000),
        command_line: Fact::Known(Arguments::joined(arguments)),
        executable,
        executable_deleted: Some(false),
        uid: Some(value("uid").map_or(0, |uid| uid.parse().unwrap())),
        innermost_pid: match value("ns") {
            Some(list) => list.rsplit(',').next().map(|pid| pid.parse().unwrap()),
            None => Some(stat.key.pid),
        },
        ignored_signals: value("ignores").map(|signal| 1 << (signal.parse::<u32>().unwrap() - 1)),
        cgroup: value("cgroup")
            .map(Arc::from)
            .or_else(|| value("unit").map(|unit| format!("/system.slice/{unit}").into())),
        standard_streams: match value("null") {
            Some("refused") => Fact::Refused,
            nulls => {
                let nulls = nulls.map_or(0, |count| count.parse().unwrap());
                let others = value("fds").unwrap_or_default();
                Fact::Known([0, 1, 2].map(|n| {
                    if n < nulls { Stream::Null } else { stream(others.as_bytes().get(n)) }
                }))
            }
        },
        pipes,
        environment_marks: EnvironmentMarks {
            node_worker: value("node") == Some("worker"),
            node_channel: tail.contains("node="),
        },
    }
}

fn stream(letter: Option<&u8>) -> Stream {
    match letter {
        Some(b'n') => Stream::Null,
        Some(b'f') => Stream::File,
        Some(b'c') => Stream::Closed,
        Some(b'j') => Stream::Journal,
        Some(b'p') => Stream::Pipe,
        Some(b's') => Stream::Socket,
        Some(b'o') => Stream::Other,
        _ => Stream::Terminal,
    }
}

fn split_arguments(command: &str) -> Vec<Arc<str>> {
    let mut arguments = Vec::new();
    for (index, part) in command.split('"').enumerate() {
        if index % 2 == 1 {
            arguments.push(part.into());
        } else {
            arguments.extend(part.split_whitespace().map(Arc::from));
        }
    }
    arguments
}

/// A scan of these lines at that second after boot.
pub(crate) fn scan(lines: &[Line], seconds: u64) -> Record {
    let at = BootTime::from_secs(seconds);
    scan_between(lines, at, at)
}

/// A scan of these lines that took its time, as all do.
pub(crate) fn scan_between(lines: &[Line], began: BootTime, ended: BootTime) -> Record {
    let processes = lines.iter().map(|line| line.stat.clone()).collect();
    Record {
        at: ended,
        observation: Observation::Scan(Scan { began, ended, processes, hidden: Vec::new() }),
    }
}

/// The facts of these lines at that second after boot.
pub(crate) fn facts_of(lines: &[Line], seconds: u64) -> Record {
    let facts = lines.iter().filter_map(|line| {
        let facts = line.facts.clone()?;
        Some((line.stat.key, Some(Facts { read_at: BootTime::from_secs(seconds), ..facts })))
    });
    Record { at: BootTime::from_secs(seconds), observation: Observation::Facts(facts.collect()) }
}

/// A world that saw these lines, with their facts, in one scan.
pub(crate) fn world(text: &str) -> World {
    let mut world = World::new(host(), 3.0);
    watch(&mut world, text, 1_000);
    world
}

/// Lets a world see these lines, with their facts, at that second.
pub(crate) fn watch(world: &mut World, text: &str, seconds: u64) {
    let lines = lines(text);
    world.apply(scan(&lines, seconds));
    world.apply(facts_of(&lines, seconds));
}

/// Events, one a line or after a semicolon: the second after boot, what, who, and what belongs to
/// it.
///
/// ```text
/// 1000.100 fork 20 < 10; 1000.102 exec 20 cc1 -O2 a.c; 1000.5 exit 20 < 10 status=9
/// 1000.2 exec 21 ?; 1000.3 rename 21 worker; 1000.4 session 21; 1000.4 user 21 33;
/// 1000.5 exit 21; 1000.5 exit 22 status=?
/// ```
pub(crate) fn events(text: &str) -> Record {
    let events: Vec<Event> =
        text.split([';', '\n']).map(str::trim).filter(|line| !line.is_empty()).map(event).collect();
    let at = events.iter().map(|event| event.at).max().unwrap();
    Record { at, observation: Observation::Events(events) }
}

fn event(text: &str) -> Event {
    let words: Vec<&str> = text.split_whitespace().collect();
    let number = |word: &str| -> u32 { word.parse().unwrap() };
    let after = |mark: &str| {
        let place = words.iter().position(|word| *word == mark)?;
        Some(number(words[place + 1]))
    };
    let change = match (words[1], &words[3..]) {
        ("fork", _) => Change::Fork { parent: after("<").unwrap() },
        ("exec", ["?"]) => Change::Exec { image: None },
        ("exec", arguments) => Change::Exec {
            image: Some(Image {
                comm: arguments[0].into(),
                command_line: Some(Arguments::joined(arguments)),
            }),
        },
        ("exit", rest) => {
            let status = rest.iter().find_map(|word| word.strip_prefix("status="));
            let wait_status = status.map_or(Some(0), |status| status.parse().ok());
            Change::Exit { parent: after("<"), wait_status }
        }
        ("rename", name) => Change::Rename { comm: name[0].into() },
        ("session", _) => Change::Session,
        ("user", uid) => Change::User { uid: number(uid[0]) },
        (other, _) => panic!("no event is named {other}"),
    };
    Event { at: seconds(words[0]), pid: number(words[2]), change }
}

fn seconds(text: &str) -> BootTime {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let nanos: u64 = format!("{part:0<9}").parse().unwrap();
    BootTime(BootTime::from_secs(whole.parse().unwrap()).0 + nanos)
}

/// From now on events come from there.
pub(crate) fn event_source(source: EventSource) -> Record {
    let observation = Observation::EventSource(source, "the test says so".into());
    Record { at: BootTime::default(), observation }
}

/// The stat of these lines, read one by one, from that second on.
pub(crate) fn stats(lines: &[Line], second: &str) -> Record {
    let processes = lines.iter().map(|line| line.stat.clone()).collect();
    let stats = Stats { began: seconds(second), processes, gone: Vec::new() };
    Record { at: seconds(second), observation: Observation::Stats(stats) }
}

/// The text without indents and empty lines, as an expectation has it.
pub(crate) fn trimmed(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.fold(String::new(), |all, line| all + line + "\n")
}

/// The living process of that pid.
pub(crate) fn id_of(world: &World, pid: Pid) -> ProcessId {
    world.living(pid).expect("the fixture has that pid").id()
}

/// What the outside calls the living process of that pid.
pub(crate) fn key_of(world: &World, pid: Pid) -> ProcessKey {
    world.living(pid).expect("the fixture has that pid").key()
}
