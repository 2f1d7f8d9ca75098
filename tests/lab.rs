//! The lab against the real binary: what each specimen is, and that none outlives pexplore,
//! whichever process is killed.
//!
//! Each test has a host: this test binary, executed again, holds a lab in a process that can be
//! killed (`hosts_a_lab_when_asked`). Whatever the lab starts there carries the host's pid in its
//! environment, so tests can run side by side and nothing is looked for by name.

#![expect(clippy::unwrap_used, reason = "what a test expects fails where it is not so")]

use std::collections::HashSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use pexplore::lab::{Lab, MARK};
use pexplore::model::specimen::{KINDS, SpecimenKind};
use rustix::event::{Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

const HOST_REQUEST: &str = "PEXPLORE_TEST_HOSTS_A_LAB";
/// `PF_FORKNOEXEC` (linux/sched.h).
const FORKED_NO_EXEC: u32 = 0x40;

// --- what a host is -----------------------------------------------------------------------------

/// Not a test of its own: the process in which a lab lives. It obeys lines on standard input and
/// answers on standard error, which the test harness leaves alone.
#[test]
fn hosts_a_lab_when_asked() {
    if std::env::var_os(HOST_REQUEST).is_none() {
        return;
    }
    let mut lab = Some(Lab::new(PathBuf::from(env!("CARGO_BIN_EXE_pexplore"))));
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let Some(name) = line.strip_prefix("start ") else {
            lab.take().unwrap().close();
            eprintln!("closed");
            continue;
        };
        let kind = KINDS.iter().find(|row| row.name == name).unwrap().kind;
        match lab.as_mut().unwrap().start(kind) {
            Ok(started) => {
                assert_eq!(started.kind, kind);
                let processes = started.processes.iter().map(|process| {
                    let (main, main_ticks) = process.daemonic_main.unwrap_or_default();
                    format!("{}:{}:{main}:{main_ticks}", process.pid, process.start_ticks)
                });
                eprintln!("started {}", processes.collect::<Vec<_>>().join(" "));
            }
            Err(error) => eprintln!("failed {error}"),
        }
    }
}

struct Host {
    child: Child,
    requests: ChildStdin,
    answers: mpsc::Receiver<String>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Key {
    pid: u32,
    ticks: u64,
}

#[derive(Clone, Copy, Debug)]
struct Process {
    key: Key,
    main: Key,
}

impl Host {
    fn new() -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "hosts_a_lab_when_asked", "--nocapture", "--test-threads=1"])
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

    fn ask(&mut self, line: &str) -> String {
        writeln!(self.requests, "{line}").unwrap();
        self.answers.recv_timeout(Duration::from_secs(20)).unwrap()
    }

    fn try_start(&mut self, kind: SpecimenKind) -> Result<Vec<Process>, String> {
        let answer = self.ask(&format!("start {}", kind.row().name));
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

    fn start(&mut self, kind: SpecimenKind) -> Vec<Process> {
        self.try_start(kind).unwrap()
    }

    /// Every kind twice; of each the first is stopped, with its children.
    fn populate(&mut self) {
        for row in &KINDS {
            for process in self.start(row.kind) {
                if Seen::of(process.key.pid).unwrap().state != 'Z' {
                    send(process.key, Signal::STOP);
                    eventually("it stops", || Seen::of(process.key.pid).unwrap().state == 'T');
                }
            }
            self.start(row.kind);
        }
    }

    fn key(&self) -> Key {
        Key::of(self.child.id()).unwrap()
    }

    fn member(&self, comm: &str) -> Key {
        let is_it = |pid: &u32| Seen::of(*pid).is_some_and(|seen| seen.comm == comm);
        let members: Vec<u32> = self.marked().into_iter().filter(is_it).collect();
        assert_eq!(members.len(), 1, "one {comm}");
        Key::of(members[0]).unwrap()
    }

    fn helper(&self) -> Key {
        self.member("px-helper")
    }

    fn guard(&self) -> Key {
        self.member("px-guard")
    }

    /// The processes that carry this host's mark. One that has ended carries nothing.
    fn marked(&self) -> Vec<u32> {
        let mark = format!("{MARK}={}", self.child.id());
        let is_marked = |pid: &u32| {
            fs::read(format!("/proc/{pid}/environ")).is_ok_and(|environ| {
                environ.split(|byte| *byte == 0).any(|it| it == mark.as_bytes())
            })
        };
        all_pids().into_iter().filter(is_marked).collect()
    }

    fn assert_nothing_is_left(&self, after: &str) {
        eventually(&format!("nothing is left after {after}"), || self.marked().is_empty());
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if !within_two_seconds(|| self.marked().is_empty()) {
            let left = self.marked();
            left.iter().filter_map(|pid| Key::of(*pid)).for_each(|key| send(key, Signal::KILL));
            assert!(thread::panicking(), "left behind: {left:?}");
        }
    }
}

// --- what is seen in /proc ----------------------------------------------------------------------

#[derive(Debug)]
struct Seen {
    comm: String,
    state: char,
    ppid: u32,
    sid: u32,
    flags: u32,
    ticks: u64,
}

impl Seen {
    fn of(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (head, tail) = stat.rsplit_once(") ")?;
        let fields: Vec<&str> = tail.split_whitespace().collect();
        Some(Self {
            comm: head.split_once('(')?.1.to_owned(),
            state: fields[0].chars().next()?,
            ppid: fields[1].parse().ok()?,
            sid: fields[3].parse().ok()?,
            flags: fields[6].parse().ok()?,
            ticks: fields[19].parse().ok()?,
        })
    }
}

impl Key {
    fn of(pid: u32) -> Option<Self> {
        Some(Self { pid, ticks: Seen::of(pid)?.ticks })
    }

    /// Not even a zombie is there.
    fn is_gone(self) -> bool {
        Self::of(self.pid) != Some(self)
    }

    /// The same, but init may take its time to reap it.
    fn has_ended(self) -> bool {
        Seen::of(self.pid).is_none_or(|seen| seen.ticks != self.ticks || seen.state == 'Z')
    }
}

fn all_pids() -> Vec<u32> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// The set of signals in one line of `/proc/PID/status`, without the real-time ones: the C library
/// keeps two of them for itself, so that nobody can reset what was inherited.
fn signals(pid: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
    u64::from_str_radix(line.trim(), 16).unwrap() & 0x7fff_ffff
}

fn set_of(signals: &[Signal]) -> u64 {
    signals.iter().map(|signal| 1 << (signal.as_raw() - 1)).sum()
}

// --- acting and waiting -------------------------------------------------------------------------

/// Only to a process whose identity was checked after it was opened.
fn send(key: Key, signal: Signal) {
    if let Some(pidfd) = open(key) {
        let _ = pidfd_send_signal(&pidfd, signal);
    }
}

fn open(key: Key) -> Option<OwnedFd> {
    let pid = Pid::from_raw(key.pid.try_into().unwrap())?;
    let pidfd = pidfd_open(pid, PidfdFlags::empty()).ok()?;
    (!key.is_gone()).then_some(pidfd)
}

fn within_two_seconds(condition: impl Fn() -> bool) -> bool {
    let round = Timespec { tv_sec: 0, tv_nsec: 10_000_000 };
    (0..200).any(|_| {
        let holds = condition();
        if !holds {
            let _ = poll(&mut [], Some(&round));
        }
        holds
    })
}

fn eventually(what: &str, condition: impl Fn() -> bool) {
    assert!(within_two_seconds(condition), "{what}");
}

// --- what each kind is --------------------------------------------------------------------------

#[test]
fn nothing_is_started_before_the_first_specimen() {
    let mut host = Host::new();
    assert_eq!(host.ask("close"), "closed");
    assert_eq!(host.marked(), [] as [u32; 0]);
}

#[test]
fn every_kind_comes_up_as_what_it_is() {
    let mut host = Host::new();
    let mut n_marked = 2;
    for row in &KINDS {
        let processes = host.start(row.kind);
        let helper = host.helper();
        let own = processes[0];
        let seen = Seen::of(own.key.pid).unwrap();
        assert_eq!(seen.comm, row.comm);
        eventually("it idles", || Seen::of(own.key.pid).unwrap().state == 'S');
        assert_eq!(seen.sid, helper.pid);
        if row.kind != SpecimenKind::Orphan {
            assert_eq!(seen.ppid, helper.pid);
        }
        let ignored: &[Signal] = match row.kind {
            SpecimenKind::TermIgnorer => &[Signal::TERM, Signal::HUP],
            _ => &[],
        };
        assert_eq!(signals(own.key.pid, "SigIgn"), set_of(ignored));
        assert_eq!(signals(own.key.pid, "SigBlk"), 0);
        let daemonic_main = if row.kind == SpecimenKind::DaemonicChild { helper.pid } else { 0 };
        assert_eq!(own.main.pid, daemonic_main);
        for process in &processes {
            assert_eq!(Key::of(process.key.pid), Some(process.key));
            assert_ne!(Seen::of(process.key.pid).unwrap().flags & FORKED_NO_EXEC, 0);
            n_marked += usize::from(Seen::of(process.key.pid).unwrap().state != 'Z');
        }
        assert_eq!(host.marked().len(), n_marked);
    }
}

#[test]
fn helper_and_guard_are_out_of_reach_of_the_terminal() {
    let mut host = Host::new();
    host.start(SpecimenKind::Child);
    for member in [host.helper(), host.guard()] {
        let seen = Seen::of(member.pid).unwrap();
        assert_eq!(seen.ppid, host.child.id());
        assert_eq!(seen.sid, member.pid);
        assert_eq!(seen.flags & FORKED_NO_EXEC, 0);
        let ignored = [Signal::INT, Signal::HUP, Signal::TERM, Signal::PIPE];
        assert_eq!(signals(member.pid, "SigIgn"), set_of(&ignored));
        for stream in 0..3 {
            let target = fs::read_link(format!("/proc/{}/fd/{stream}", member.pid)).unwrap();
            assert_eq!(target, PathBuf::from("/dev/null"));
        }
    }
}

#[test]
fn a_parent_has_three_living_children() {
    let mut host = Host::new();
    let processes = host.start(SpecimenKind::Parent);
    assert_eq!(processes.len(), 4);
    for child in &processes[1..] {
        let seen = Seen::of(child.key.pid).unwrap();
        assert_eq!(seen.ppid, processes[0].key.pid);
        assert_eq!(seen.comm, "px-child");
        eventually("it idles", || Seen::of(child.key.pid).unwrap().state == 'S');
    }
}

#[test]
fn an_orphan_was_adopted_above_the_host() {
    let mut host = Host::new();
    let orphan = host.start(SpecimenKind::Orphan)[0].key;
    let mut ancestors = HashSet::from([1]);
    let mut pid = Seen::of(host.child.id()).unwrap().ppid;
    // Where /proc hides the processes of others (hidepid) the way up ends early.
    while let Some(seen) = Seen::of(pid) {
        ancestors.insert(pid);
        pid = seen.ppid;
    }
    let adopter = Seen::of(orphan.pid).unwrap().ppid;
    assert!(ancestors.contains(&adopter) || Seen::of(adopter).is_none(), "{adopter}");
}

#[test]
fn what_a_specimen_leaves_behind_comes_back_to_the_helper() {
    let mut host = Host::new();
    // For an orphan the helper is no subreaper for a moment: it must be one again.
    host.start(SpecimenKind::Orphan);
    let processes = host.start(SpecimenKind::Zombie);
    let (negligent, zombie) = (processes[0].key, processes[1].key);
    let helper = host.helper();
    // A stopped helper reaps nothing, so that its adoption can be seen.
    send(helper, Signal::STOP);
    eventually("it stops", || Seen::of(helper.pid).unwrap().state == 'T');
    send(negligent, Signal::KILL);
    eventually("it is adopted", || Seen::of(zombie.pid).unwrap().ppid == helper.pid);
    send(helper, Signal::CONT);
    eventually("both are reaped", || negligent.is_gone() && zombie.is_gone());
}

#[test]
fn a_zombie_is_left_unreaped_by_its_own_parent() {
    let mut host = Host::new();
    let processes = host.start(SpecimenKind::Zombie);
    assert_eq!(processes.len(), 2);
    let seen = Seen::of(processes[1].key.pid).unwrap();
    assert_eq!((seen.comm.as_str(), seen.state), ("px-zombie", 'Z'));
    assert_eq!(seen.ppid, processes[0].key.pid);
}

#[test]
fn a_daemonic_child_names_the_helper_as_its_main() {
    let mut host = Host::new();
    let daemonic = host.start(SpecimenKind::DaemonicChild)[0];
    assert_eq!(daemonic.main, host.helper());
}

// --- ending specimens ---------------------------------------------------------------------------

#[test]
fn a_specimen_that_is_ended_leaves_no_zombie() {
    let mut host = Host::new();
    for row in &KINDS {
        let processes = host.start(row.kind);
        let is_stubborn = row.kind == SpecimenKind::TermIgnorer;
        send(processes[0].key, if is_stubborn { Signal::KILL } else { Signal::TERM });
        let is_orphan = row.kind == SpecimenKind::Orphan;
        for Process { key, .. } in processes {
            eventually("it ends", || if is_orphan { key.has_ended() } else { key.is_gone() });
        }
    }
    eventually("only helper and guard are left", || host.marked().len() == 2);
}

#[test]
fn a_parent_reaps_a_child_that_was_killed() {
    let mut host = Host::new();
    let processes = host.start(SpecimenKind::Parent);
    send(processes[2].key, Signal::KILL);
    eventually("it is reaped", || processes[2].key.is_gone());
    assert!(!processes[0].key.is_gone() && !processes[1].key.is_gone());
}

#[test]
fn a_term_ignorer_outlives_term_and_hup() {
    let mut host = Host::new();
    let stubborn = host.start(SpecimenKind::TermIgnorer)[0].key;
    let other = host.start(SpecimenKind::Child)[0].key;
    send(stubborn, Signal::TERM);
    send(stubborn, Signal::HUP);
    send(other, Signal::TERM);
    eventually("the other ends", || other.is_gone());
    assert!(!stubborn.has_ended());
}

#[test]
fn at_most_256_specimens_live() {
    let mut host = Host::new();
    let specimens: Vec<Key> = (0..256).map(|_| host.start(SpecimenKind::Child)[0].key).collect();
    let refusal = host.try_start(SpecimenKind::Orphan).unwrap_err();
    assert_eq!(refusal, "256 test children live already, which is the most");
    send(specimens[7], Signal::KILL);
    eventually("it ends", || specimens[7].is_gone());
    host.start(SpecimenKind::Orphan);
    assert_eq!(host.ask("close"), "closed");
    assert_eq!(host.marked(), [] as [u32; 0]);
}

// --- the end of the lab -------------------------------------------------------------------------

#[test]
fn close_leaves_nothing() {
    let mut host = Host::new();
    host.populate();
    assert_eq!(host.ask("close"), "closed");
    assert_eq!(host.marked(), [] as [u32; 0]);
}

#[test]
fn close_ends_a_stopped_helper_and_a_stopped_guard() {
    let mut host = Host::new();
    host.populate();
    send(host.helper(), Signal::STOP);
    send(host.guard(), Signal::STOP);
    assert_eq!(host.ask("close"), "closed");
    assert_eq!(host.marked(), [] as [u32; 0]);
}

type Who = fn(&Host) -> Key;

/// Populates a lab, sends these signals in this order, and nothing may be left.
fn check_end(signals: &[(Who, Signal)]) {
    let mut host = Host::new();
    host.populate();
    let targets: Vec<(Key, Signal)> = signals.iter().map(|(who, it)| (who(&host), *it)).collect();
    for (key, signal) in targets {
        send(key, signal);
    }
    host.assert_nothing_is_left(&format!(
        "{:?}",
        signals.iter().map(|it| it.1).collect::<Vec<_>>()
    ));
}

#[test]
fn nothing_outlives_a_killed_host() {
    check_end(&[(Host::key, Signal::KILL)]);
}

#[test]
fn nothing_outlives_a_terminated_host() {
    check_end(&[(Host::key, Signal::TERM)]);
}

#[test]
fn nothing_outlives_a_killed_helper() {
    check_end(&[(Host::helper, Signal::KILL)]);
}

#[test]
fn nothing_outlives_a_killed_guard() {
    check_end(&[(Host::guard, Signal::KILL)]);
}

#[test]
fn nothing_outlives_host_and_helper() {
    check_end(&[(Host::key, Signal::KILL), (Host::helper, Signal::KILL)]);
    check_end(&[(Host::helper, Signal::KILL), (Host::key, Signal::KILL)]);
}

#[test]
fn nothing_outlives_host_and_guard() {
    check_end(&[(Host::key, Signal::KILL), (Host::guard, Signal::KILL)]);
    check_end(&[(Host::guard, Signal::KILL), (Host::key, Signal::KILL)]);
}

#[test]
fn nothing_outlives_helper_and_guard() {
    check_end(&[(Host::helper, Signal::KILL), (Host::guard, Signal::KILL)]);
    check_end(&[(Host::guard, Signal::KILL), (Host::helper, Signal::KILL)]);
}

#[test]
fn a_stopped_helper_or_guard_sees_the_end_of_its_host() {
    check_end(&[(Host::helper, Signal::STOP), (Host::key, Signal::KILL)]);
    check_end(&[(Host::guard, Signal::STOP), (Host::key, Signal::KILL)]);
}

// --- starting again -----------------------------------------------------------------------------

#[test]
fn the_lab_starts_again_after_helper_or_guard_was_killed() {
    let mut host = Host::new();
    let mut last = host.start(SpecimenKind::Child)[0].key;
    for who in [Host::helper, Host::guard] {
        let victim = who(&host);
        send(victim, Signal::KILL);
        eventually("it is killed", || victim.has_ended());
        let next = host.start(SpecimenKind::Orphan)[0].key;
        assert_eq!(host.marked().len(), 3);
        assert!(host.marked().contains(&next.pid));
        assert!(last.has_ended() && victim.is_gone());
        last = next;
    }
}

#[test]
fn a_stopped_helper_is_said_and_does_no_harm() {
    let mut host = Host::new();
    host.start(SpecimenKind::Child);
    let helper = host.helper();
    send(helper, Signal::STOP);
    let refusal = host.try_start(SpecimenKind::Orphan).unwrap_err();
    assert_eq!(refusal, "the lab's helper does not answer; it may be stopped");
    send(helper, Signal::CONT);
    let parent = host.start(SpecimenKind::Parent);
    assert_eq!(Seen::of(parent[0].key.pid).unwrap().comm, "px-parent");
}

#[test]
fn what_is_not_pexplore_is_refused_with_a_sentence() {
    let refusal =
        |path: &str| Lab::new(path.into()).start(SpecimenKind::Child).unwrap_err().to_string();
    assert_eq!(
        refusal("/nowhere/pexplore"),
        "the lab could not be started: No such file or directory (os error 2)"
    );
    assert_eq!(
        refusal("/bin/true"),
        "the lab's helper or guard ended before the test child was ready"
    );
}

#[test]
fn the_hidden_commands_refuse_to_serve_anyone_else() {
    for command in [pexplore::lab::HELPER_COMMAND, pexplore::lab::GUARD_COMMAND] {
        let output = Command::new(env!("CARGO_BIN_EXE_pexplore"))
            .arg(command)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2));
        let sentence = String::from_utf8(output.stderr).unwrap();
        assert_eq!(sentence, "this command is for pexplore itself: it serves the lab\n");
    }
}
