//! The lab against the real binary: what each specimen is, and that none outlives pexplore,
//! whichever process is killed.
//!
//! Each test has a host: this test binary, executed again, holds a lab in a process that can be
//! killed (`hosts_a_lab_when_asked`). Whatever the lab starts there carries the host's pid in its
//! environment, so tests can run side by side and nothing is looked for by name.

#![expect(clippy::unwrap_used, reason = "what a test expects fails where it is not so")]

#[path = "live/support/marked.rs"]
mod marked;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use marked::marked;
use pexplore::lab::{GUARD_COMMAND, HELPER_COMMAND, Lab, Saying, TEST_PROCESS_COMMAND};
use pexplore::record::ProcessKey;
use pexplore::test_process::{KINDS, KindRow, TestProcessKind, TestProcessOrder};
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
            ["hear"] => {
                let sayings = lab.take_sayings();
                let sentences = sayings.iter().filter_map(|saying| match saying {
                    Saying::Sentence(sentence) => Some(&**sentence),
                    Saying::Actor { .. } => None,
                });
                eprintln!("heard {}", sentences.collect::<Vec<_>>().join("; "));
                continue;
            }
            ["open"] => lab.open().map(|main| vec![main]),
            ["start", order] => lab.start(order.parse().unwrap()).map(|started| started.processes),
            ["start", order, pid, ticks] => {
                let parent = ProcessKey::at_ticks(pid.parse().unwrap(), ticks.parse().unwrap());
                let order: TestProcessOrder = order.parse().unwrap();
                lab.start(order.under(Some(parent))).map(|started| {
                    assert_eq!(started.main, None);
                    started.processes
                })
            }
            _ => panic!("what is {line:?}"),
        };
        match started {
            Ok(processes) => {
                let processes = processes.iter().map(|process| {
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

    fn try_order(&mut self, order: &str) -> Result<Vec<Process>, String> {
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

    fn try_start(&mut self, order: &str) -> Result<Vec<Process>, String> {
        self.try_order(&format!("start {order}"))
    }

    fn start(&mut self, order: &str) -> Vec<Process> {
        self.try_start(order).unwrap()
    }

    fn start_under(&mut self, parent: Key, order: &str) -> Result<Vec<Process>, String> {
        self.try_order(&format!("start {order} {} {}", parent.pid, parent.ticks))
    }

    /// Every kind twice; of each the first is stopped, with its children.
    fn populate(&mut self) {
        for row in &KINDS {
            let name = small(row);
            let first = self.start(&name);
            self.start(&name);
            for process in &first {
                stop(process.key);
            }
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

    fn main(&self) -> Key {
        self.member("px-main")
    }

    fn helper(&self) -> Key {
        self.member("px-helper")
    }

    fn guard(&self) -> Key {
        self.member("px-guard")
    }

    /// The processes that carry this host's mark. One that has ended carries nothing.
    fn marked(&self) -> Vec<u32> {
        marked(self.child.id())
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

/// Two of each must not pass a cap.
fn small(row: &KindRow) -> String {
    match row.kind {
        TestProcessKind::Burner => "burner=5".to_owned(),
        _ => row.name.to_owned(),
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

/// Stops a process, unless it has ended already.
fn stop(key: Key) {
    send(key, Signal::STOP);
    let state = || Seen::of(key.pid).filter(|seen| seen.ticks == key.ticks).map(|seen| seen.state);
    eventually("it stops", || matches!(state(), None | Some('T' | 'Z')));
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
fn nothing_is_started_before_the_first_test_process() {
    let mut host = Host::new();
    assert_eq!(host.ask("close"), "closed");
    assert_eq!(host.marked(), [] as [u32; 0]);
}

#[test]
fn every_kind_comes_up_as_what_it_is() {
    let mut host = Host::new();
    let mut known = HashSet::new();
    for row in &KINDS {
        let processes = host.start(&small(row));
        let (helper, main) = (host.helper(), host.main());
        known.extend([helper.pid, main.pid, host.guard().pid]);
        let own = processes[0];
        let seen = Seen::of(own.key.pid).unwrap();
        assert_eq!(seen.comm, row.comm);
        let calm = if row.kind == TestProcessKind::Stopped { 'T' } else { 'S' };
        eventually("it rests", || Seen::of(own.key.pid).unwrap().state == calm);
        let leaves = matches!(row.kind, TestProcessKind::Daemon | TestProcessKind::Session);
        assert_eq!(seen.sid == helper.pid, !leaves);
        match row.kind {
            TestProcessKind::Orphan | TestProcessKind::Daemon => {
                assert!(![helper.pid, main.pid].contains(&seen.ppid));
            }
            TestProcessKind::Subreaped => assert_eq!(seen.ppid, helper.pid),
            TestProcessKind::ServerChild => {
                assert_eq!(Seen::of(seen.ppid).unwrap().comm, "px-forkserver");
            }
            _ => assert_eq!(seen.ppid, main.pid),
        }
        let ignored: &[Signal] = match row.kind {
            TestProcessKind::TermIgnorer => &[Signal::TERM, Signal::HUP],
            // As a shell, so that what is typed is for its jobs.
            TestProcessKind::Session => {
                &[Signal::INT, Signal::QUIT, Signal::TSTP, Signal::TTIN, Signal::TTOU]
            }
            _ => &[],
        };
        let caught: &[Signal] = match row.kind {
            TestProcessKind::TermCatcher => &[Signal::TERM],
            _ => &[],
        };
        assert_eq!(signals(own.key.pid, "SigIgn"), set_of(ignored));
        assert_eq!(signals(own.key.pid, "SigCgt"), set_of(caught), "{}", row.name);
        assert_eq!(signals(own.key.pid, "SigBlk"), 0);
        let daemonic_main = if row.kind == TestProcessKind::Daemonic { main.pid } else { 0 };
        assert_eq!(own.main.pid, daemonic_main);
        for process in &processes {
            assert_eq!(Key::of(process.key.pid), Some(process.key));
            let never_execed = Seen::of(process.key.pid).unwrap().flags & FORKED_NO_EXEC != 0;
            assert_eq!(never_execed, row.kind != TestProcessKind::SpawnChild);
            known.insert(process.key.pid);
        }
        assert!(host.marked().iter().all(|pid| known.contains(pid)), "{}", row.name);
    }
}

#[test]
fn helper_and_guard_are_out_of_reach_of_the_terminal() {
    let mut host = Host::new();
    host.start("child");
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
    let processes = host.start("parent");
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
    let orphan = host.start("orphan")[0].key;
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
fn what_a_test_process_leaves_behind_comes_back_to_the_helper() {
    let mut host = Host::new();
    // For an orphan the helper is no subreaper for a moment: it must be one again.
    host.start("orphan");
    let processes = host.start("zombie-maker");
    let (negligent, zombie) = (processes[0].key, processes[1].key);
    let helper = host.helper();
    // A stopped helper reaps nothing, so that its adoption can be seen.
    stop(helper);
    send(negligent, Signal::KILL);
    eventually("it is adopted", || Seen::of(zombie.pid).unwrap().ppid == helper.pid);
    send(helper, Signal::CONT);
    eventually("both are reaped", || negligent.is_gone() && zombie.is_gone());
}

#[test]
fn children_of_a_killed_parent_live_on_under_the_helper() {
    let mut host = Host::new();
    let processes = host.start("parent=2");
    send(processes[0].key, Signal::KILL);
    let helper = host.helper();
    for child in &processes[1..] {
        let ppid = || Seen::of(child.key.pid).map(|seen| seen.ppid);
        eventually("it is adopted", || ppid() == Some(helper.pid));
        // It is a specimen all the same, and can have children.
        let next = host.start_under(child.key, "child").unwrap()[0].key;
        assert_eq!(Seen::of(next.pid).unwrap().ppid, child.key.pid);
    }
}

#[test]
fn daemonic_children_survive_a_killed_main_and_the_next_test_process_has_a_new_one() {
    for signal in [Signal::KILL, Signal::TERM] {
        let mut host = Host::new();
        let daemonic = host.start("daemonic")[0].key;
        let (first, helper) = (host.main(), host.helper());
        send(first, signal);
        let ppid = || Seen::of(daemonic.pid).map(|seen| seen.ppid);
        eventually("it is an orphan", || ppid() == Some(helper.pid));
        let next = host.start("child")[0].key;
        let second = host.main();
        assert_ne!(first, second);
        assert_eq!(Seen::of(next.pid).unwrap().ppid, second.pid);
        assert!(!daemonic.has_ended() && first.is_gone());
        assert_eq!(host.ask("close"), "closed");
        assert_eq!(host.marked(), [] as [u32; 0]);
    }
}

#[test]
fn a_daemonic_child_refuses_to_have_children_and_says_so() {
    let mut host = Host::new();
    let daemonic = host.start("daemonic")[0].key;
    assert_eq!(
        host.start_under(daemonic, "child").unwrap_err(),
        format!(
            "px-daemonic {} is a daemonic child and refuses: it may have no children",
            daemonic.pid
        )
    );
    assert_eq!(host.marked().len(), 4);
}

#[test]
fn every_kind_can_be_the_parent_of_the_next_and_forks_it_itself() {
    let mut host = Host::new();
    for row in &KINDS {
        let parent = host.start(&small(row))[0].key;
        let child = host.start_under(parent, "parent=2");
        let refusal = match row.kind {
            TestProcessKind::Daemonic => "refuses",
            TestProcessKind::Stopped => "is stopped, and forks nothing before CONT",
            _ => {
                let family = child.unwrap();
                assert_eq!(family.len(), 3);
                let ppids = family.iter().map(|it| Seen::of(it.key.pid).unwrap().ppid);
                let own = family[0].key.pid;
                assert_eq!(ppids.collect::<Vec<_>>(), [parent.pid, own, own], "{}", row.name);
                // Nothing of what the parent does with signals is left in the child.
                for set in ["SigIgn", "SigCgt", "SigBlk"] {
                    assert_eq!(signals(own, set), 0);
                }
                continue;
            }
        };
        let sentence = child.unwrap_err();
        assert!(sentence.contains(refusal), "{}: {sentence}", row.name);
    }
}

#[test]
fn what_is_no_test_process_gets_no_child() {
    let mut host = Host::new();
    host.start("child");
    let strangers = [host.key(), host.helper(), host.guard(), Key { pid: 1, ticks: 0 }];
    for stranger in strangers {
        let refusal = host.start_under(stranger, "child").unwrap_err();
        let pid = stranger.pid;
        assert_eq!(refusal, format!("{pid} is no living test process of this lab"));
    }
    let zombie = host.start("zombie-maker")[1].key;
    assert!(host.start_under(zombie, "child").unwrap_err().contains("no living test process"));
}

#[test]
fn a_forkserver_is_the_template_of_every_later_child() {
    let mut host = Host::new();
    let (first, second) = (host.start("server-child"), host.start("server-child"));
    assert_eq!((first.len(), second.len()), (2, 1));
    let server = first[1].key;
    let seen = Seen::of(server.pid).unwrap();
    assert_eq!((seen.comm.as_str(), seen.ppid), ("px-forkserver", host.main().pid));
    for worker in [first[0].key, second[0].key] {
        assert_eq!(Seen::of(worker.pid).unwrap().ppid, server.pid);
    }
    send(server, Signal::KILL);
    eventually("the server ends", || server.is_gone());
    assert_eq!(host.start("server-child").len(), 2);
}

#[test]
fn chains_and_bombs_have_their_shape_and_stop_at_their_number() {
    let mut host = Host::new();
    let main = host.start("chain=16");
    assert_eq!(main.len(), 16);
    for pair in main.windows(2) {
        assert_eq!(Seen::of(pair[1].key.pid).unwrap().ppid, pair[0].key.pid);
    }
    let bomb = host.start("fork-bomb=64");
    assert_eq!(bomb.len(), 64);
    for (index, process) in bomb.iter().enumerate().skip(1) {
        let parent = bomb[(index - 1) / 2].key.pid;
        assert_eq!(Seen::of(process.key.pid).unwrap().ppid, parent);
    }
    // Helper, guard, main, and none beyond the cap.
    assert_eq!(host.marked().len(), 3 + 16 + 64);
}

#[test]
fn a_burst_is_over_and_its_parent_stays() {
    let mut host = Host::new();
    let burst = host.start("burst=128");
    assert_eq!(burst.len(), 1);
    eventually("the burst is over", || host.marked().len() == 4);
    assert!(!burst[0].key.has_ended());
}

#[test]
fn one_that_catches_term_says_who_sent_it_and_ends_a_second_later() {
    let mut host = Host::new();
    let tidy = host.start("term-catcher")[0].key;
    send(tidy, Signal::TERM);
    let own = std::process::id();
    eventually("its name tells the sender", || {
        Seen::of(tidy.pid).is_some_and(|seen| seen.comm == format!("px-by-{own}"))
    });
    send(tidy, Signal::TERM);
    eventually("it has tidied up", || tidy.is_gone());
    let comm = fs::read_to_string("/proc/self/comm").unwrap();
    let comm = comm.trim();
    let expected = format!(
        "heard px-term-catcher {} caught TERM from {comm} {own}; it tidies up for a second",
        tidy.pid
    );
    assert_eq!(host.ask("hear"), expected);
    assert_eq!(host.ask("hear"), "heard ");
}

#[test]
fn those_that_end_by_themselves_do() {
    let mut host = Host::new();
    let before = core_files();
    let ends = ["exit=9", "crash"].map(|order| host.start(order)[0].key);
    let pidfds = ends.map(|key| open(key).unwrap());
    for pidfd in &pidfds {
        let mut fds = [rustix::event::PollFd::new(pidfd, rustix::event::PollFlags::IN)];
        let limit = Timespec { tv_sec: 6, tv_nsec: 0 };
        assert_eq!(poll(&mut fds, Some(&limit)), Ok(1));
    }
    eventually("both are reaped", || ends.iter().all(|key| key.is_gone()));
    assert_eq!(core_files(), before);
}

/// Files that a crash may have left where this test and its children run.
fn core_files() -> usize {
    let entries = fs::read_dir(".").unwrap().flatten();
    entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("core")).count()
}

#[test]
fn a_burner_is_nice_and_a_holder_holds_what_it_was_asked_to() {
    let mut host = Host::new();
    let burner = host.start("burner=30")[0].key;
    let field = |pid: u32, number: usize| -> i64 {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        let fields = stat.rsplit_once(") ").unwrap().1.split(' ').nth(number - 3);
        fields.unwrap().parse().unwrap()
    };
    assert_eq!(field(burner.pid, 19), 10);
    eventually("it burns", || field(burner.pid, 14) + field(burner.pid, 15) >= 10);
    let holder = host.start("memory=100")[0].key;
    let statm = fs::read_to_string(format!("/proc/{}/statm", holder.pid)).unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    let megabytes = (pages * rustix::param::page_size()) >> 20;
    assert!((100..130).contains(&megabytes), "{megabytes}");
    assert_eq!(
        host.try_start("memory=157").unwrap_err(),
        "test processes hold 100 MB and may hold 256 in all"
    );
    assert_eq!(
        host.try_start("burner=71").unwrap_err(),
        "test processes burn 30 % of a CPU and may burn 100 % in all"
    );
    // A child of the holder holds none of it.
    let child = host.start_under(holder, "child").unwrap()[0].key;
    let statm = fs::read_to_string(format!("/proc/{}/statm", child.pid)).unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    assert!((pages * rustix::param::page_size()) >> 20 < 30);
}

#[test]
fn a_zombie_is_left_unreaped_by_its_own_parent() {
    let mut host = Host::new();
    let processes = host.start("zombie-maker");
    assert_eq!(processes.len(), 2);
    let seen = Seen::of(processes[1].key.pid).unwrap();
    assert_eq!((seen.comm.as_str(), seen.state), ("px-zombie", 'Z'));
    assert_eq!(seen.ppid, processes[0].key.pid);
}

#[test]
fn a_daemonic_child_names_its_creator_as_its_main() {
    let mut host = Host::new();
    assert_eq!(host.start("daemonic")[0].main, host.main());
    let parent = host.start("child")[0].key;
    assert_eq!(host.start_under(parent, "daemonic").unwrap()[0].main, parent);
}

// --- what pexplore says of them -----------------------------------------------------------------

/// Role, confidence, start method and state of a kind's own process, as a snapshot that knows
/// nothing of the lab says them.
fn expected(kind: TestProcessKind) -> &'static str {
    match kind {
        TestProcessKind::SpawnChild => "child likely spawn S",
        TestProcessKind::ServerChild => "child likely forkserver S",
        TestProcessKind::Parent | TestProcessKind::Chain | TestProcessKind::ForkBomb => {
            "parent likely fork S"
        }
        TestProcessKind::Daemon => "daemon likely fork S",
        TestProcessKind::Orphan => "orphan certain fork S",
        // The helper's being a subreaper is nowhere to be seen; the group without a leader is.
        TestProcessKind::Subreaped => "orphan likely fork S",
        TestProcessKind::Stopped => "child likely fork T",
        // Its daemonic flag is in no file: only the pexplore that started it knows.
        TestProcessKind::Daemonic
        | TestProcessKind::Child
        | TestProcessKind::ZombieMaker
        | TestProcessKind::TermIgnorer
        | TestProcessKind::TermCatcher
        | TestProcessKind::Burner
        | TestProcessKind::Memory
        | TestProcessKind::Exit
        | TestProcessKind::Crash
        | TestProcessKind::Burst
        | TestProcessKind::Session => "child likely fork S",
    }
}

/// The same words from a snapshot, by pid.
fn snapshot() -> HashMap<u32, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_pexplore"))
        .args(["snapshot", "--format", "json", "--interval", "0.05"])
        .output()
        .unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let told = |process: &serde_json::Value| {
        let word = |name: &str| process[name].as_str().unwrap_or("-").to_owned();
        let words = ["role", "confidence", "start_method", "state"].map(word);
        (u32::try_from(process["pid"].as_u64().unwrap()).unwrap(), words.join(" "))
    };
    json["processes"].as_array().unwrap().iter().map(told).collect()
}

#[test]
fn a_snapshot_says_of_every_kind_what_it_really_is() {
    let mut host = Host::new();
    let is_brief = |kind| matches!(kind, TestProcessKind::Exit | TestProcessKind::Crash);
    let (brief, lasting): (Vec<_>, Vec<_>) = KINDS.iter().partition(|row| is_brief(row.kind));
    let mut started = Vec::new();
    for row in lasting {
        started.push((row.kind, host.start(&small(row))));
    }
    let main = host.main();
    // Only a child that has not exec'ed for a second tells a main from what is about to exec.
    eventually("the lab's main is a main", || snapshot()[&main.pid] == "main certain spawn S");
    for row in brief {
        started.push((row.kind, host.start(row.name)));
    }
    let told = snapshot();
    let sees_all = Seen::of(1).is_some();
    for (kind, processes) in &started {
        let own = processes[0].key.pid;
        let adopter = Seen::of(own).map(|seen| seen.ppid);
        // Below another subreaper than init a snapshot cannot know who adopted them, and where
        // /proc hides processes it can be sure of no leader's end.
        let is_shown = match kind {
            TestProcessKind::Daemon | TestProcessKind::Orphan => sees_all && adopter == Some(1),
            TestProcessKind::Subreaped => sees_all,
            _ => true,
        };
        if is_shown {
            // A burner may be caught at it.
            let said = told[&own].replace(" R", " S");
            assert_eq!(said, expected(*kind), "{kind:?}");
        }
        let second = processes.get(1).map(|process| &*told[&process.key.pid]);
        match kind {
            TestProcessKind::ZombieMaker => assert_eq!(second, Some("child likely fork Z")),
            TestProcessKind::ServerChild => assert_eq!(second, Some("parent likely fork S")),
            TestProcessKind::Parent => assert_eq!(second, Some("child likely fork S")),
            _ => {}
        }
    }
}

// --- ending specimens ---------------------------------------------------------------------------

#[test]
fn a_test_process_that_is_ended_leaves_no_zombie() {
    let mut host = Host::new();
    for row in &KINDS {
        let processes = host.start(&small(row));
        for Process { key, .. } in &processes {
            send(*key, Signal::KILL);
        }
        let goes_to_init = matches!(row.kind, TestProcessKind::Orphan | TestProcessKind::Daemon);
        for Process { key, .. } in processes {
            eventually("it ends", || if goes_to_init { key.has_ended() } else { key.is_gone() });
        }
    }
    eventually("only helper, guard and main are left", || host.marked().len() == 3);
}

#[test]
fn a_parent_reaps_a_child_that_was_killed() {
    let mut host = Host::new();
    let processes = host.start("parent");
    send(processes[2].key, Signal::KILL);
    eventually("it is reaped", || processes[2].key.is_gone());
    assert!(!processes[0].key.is_gone() && !processes[1].key.is_gone());
}

#[test]
fn a_term_ignorer_outlives_term_and_hup() {
    let mut host = Host::new();
    let stubborn = host.start("term-ignorer")[0].key;
    let other = host.start("child")[0].key;
    send(stubborn, Signal::TERM);
    send(stubborn, Signal::HUP);
    send(other, Signal::TERM);
    eventually("the other ends", || other.is_gone());
    assert!(!stubborn.has_ended());
}

#[test]
fn at_most_512_test_processes_live() {
    let mut host = Host::new();
    let test_processes: Vec<Key> = (0..512).map(|_| host.start("child")[0].key).collect();
    let refusal = host.try_start("orphan").unwrap_err();
    assert_eq!(refusal, "512 test processes live already, which is the most");
    send(test_processes[7], Signal::KILL);
    eventually("it ends", || test_processes[7].is_gone());
    host.start("orphan");
    assert_eq!(host.ask("close"), "closed");
    assert_eq!(host.marked(), [] as [u32; 0]);
}

#[test]
fn a_zombie_counts_as_long_as_it_is_there() {
    let mut host = Host::new();
    for _ in 0..256 {
        host.start("zombie-maker");
    }
    let refusal = host.try_start("child").unwrap_err();
    assert_eq!(refusal, "512 test processes live already, which is the most");
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
fn a_daemonic_child_gets_term_from_its_main_when_the_lab_is_closed() {
    let mut host = Host::new();
    // One that was stopped shows what waits for it: its main has sent TERM, and gets KILL.
    let daemonic = host.start("daemonic")[0].key;
    stop(daemonic);
    writeln!(host.requests, "close").unwrap();
    eventually("TERM waits for it", || {
        daemonic.has_ended() || signals(daemonic.pid, "ShdPnd") == set_of(&[Signal::TERM])
    });
    assert!(!daemonic.has_ended(), "it ended without TERM");
    assert_eq!(host.answers.recv_timeout(Duration::from_secs(20)).unwrap(), "closed");
    assert_eq!(host.marked(), [] as [u32; 0]);
}

#[test]
fn close_ends_a_stopped_helper_guard_and_main() {
    let mut host = Host::new();
    host.populate();
    for key in [host.helper(), host.guard(), host.main()] {
        stop(key);
    }
    assert_eq!(host.ask("close"), "closed");
    assert_eq!(host.marked(), [] as [u32; 0]);
}

#[test]
fn a_panic_leaves_nothing() {
    let mut host = Host::new();
    host.populate();
    writeln!(host.requests, "panic").unwrap();
    host.assert_nothing_is_left("a panic");
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
fn nothing_outlives_a_killed_main_and_whoever_ends_after_it() {
    for who in [Host::key as Who, Host::helper, Host::guard] {
        check_end(&[(Host::main, Signal::KILL), (who, Signal::KILL)]);
    }
    check_end(&[(Host::main, Signal::STOP), (Host::key, Signal::KILL)]);
}

#[test]
fn nothing_outlives_a_hung_up_host() {
    check_end(&[(Host::key, Signal::HUP)]);
}

/// As many as there may be, of all kinds, a third of them stopped.
#[test]
fn a_full_lab_ends_with_its_host_or_its_helper() {
    for who in [Host::key as Who, Host::helper] {
        let mut host = Host::new();
        host.populate();
        for turn in 0.. {
            match host.try_start(["child", "orphan", "daemon", "zombie-maker", "stopped"][turn % 5])
            {
                Ok(processes) if turn % 3 == 0 => processes.iter().for_each(|it| stop(it.key)),
                Ok(_) => {}
                Err(refusal) => {
                    assert!(refusal.contains("512"), "{refusal}");
                    break;
                }
            }
        }
        send(who(&host), Signal::KILL);
        host.assert_nothing_is_left("the end of a full lab");
    }
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
    let mut last = host.start("child")[0].key;
    for who in [Host::helper, Host::guard] {
        let victim = who(&host);
        send(victim, Signal::KILL);
        eventually("it is killed", || victim.has_ended());
        let next = host.start("orphan")[0].key;
        assert_eq!(host.marked().len(), 4);
        assert!(host.marked().contains(&next.pid));
        assert!(last.has_ended() && victim.is_gone());
        last = next;
    }
}

#[test]
fn a_stopped_helper_is_said_and_does_no_harm() {
    let mut host = Host::new();
    host.start("child");
    let helper = host.helper();
    send(helper, Signal::STOP);
    let refusal = host.try_start("orphan").unwrap_err();
    assert_eq!(refusal, "the lab's helper does not answer; it may be stopped");
    send(helper, Signal::CONT);
    let parent = host.start("parent");
    assert_eq!(Seen::of(parent[0].key.pid).unwrap().comm, "px-parent");
}

#[test]
fn what_is_not_pexplore_is_refused_with_a_sentence() {
    let refusal = |path: &str| Lab::new(path.into()).open().unwrap_err().to_string();
    assert_eq!(
        refusal("/nowhere/pexplore"),
        "the lab could not be started: No such file or directory (os error 2)"
    );
    assert_eq!(
        refusal("/bin/true"),
        "the lab's helper or guard ended before the test process was ready"
    );
}

#[test]
fn the_hidden_commands_refuse_to_serve_anyone_else() {
    for command in [HELPER_COMMAND, GUARD_COMMAND, TEST_PROCESS_COMMAND] {
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
