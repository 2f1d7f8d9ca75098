//! What `/proc` says of processes, read apart from pexplore's own parser, and signals to them.

use std::fmt::Display;
use std::fs;
use std::os::fd::OwnedFd;
use std::str::FromStr;

use pexplore::lab::MARK;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open, pidfd_send_signal};

use super::wait::wait_until;

/// The stat line of a process (`proc_pid_stat(5)`).
#[derive(Debug)]
pub(crate) struct Stat {
    pub(crate) comm: String,
    pub(crate) state: char,
    pub(crate) ppid: u32,
    pub(crate) pgid: u32,
    pub(crate) sid: u32,
    pub(crate) terminal: i32,
    /// The group in the foreground of its terminal.
    pub(crate) foreground: i32,
    pub(crate) flags: u32,
    pub(crate) ticks: u64,
    /// All from the state on.
    fields: Vec<String>,
}

/// Nothing once it is gone.
pub(crate) fn stat(pid: u32) -> Option<Stat> {
    let line = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let line = String::from_utf8_lossy(&line);
    let (head, tail) = line.rsplit_once(") ")?;
    let fields: Vec<String> = tail.split_ascii_whitespace().map(str::to_owned).collect();
    Some(Stat {
        comm: head.split_once('(')?.1.to_owned(),
        state: fields[0].chars().next()?,
        ppid: fields[1].parse().ok()?,
        pgid: fields[2].parse().ok()?,
        sid: fields[3].parse().ok()?,
        terminal: fields[4].parse().ok()?,
        foreground: fields[5].parse().ok()?,
        flags: fields[6].parse().ok()?,
        ticks: fields[19].parse().ok()?,
        fields,
    })
}

impl Stat {
    /// A field by its number in the manual page.
    pub(crate) fn field<T: FromStr>(&self, number: usize) -> Option<T> {
        self.fields.get(number - 3)?.parse().ok()
    }
}

pub(crate) fn start_ticks(pid: u32) -> Option<u64> {
    Some(stat(pid)?.ticks)
}

/// The state letter of a process; nothing once it is gone.
pub(crate) fn state(pid: u32) -> Option<char> {
    Some(stat(pid)?.state)
}

/// Whether a process is there and no zombie.
pub(crate) fn runs(pid: u32) -> bool {
    state(pid).is_some_and(|state| !"ZX".contains(state))
}

/// The pids of the machine.
pub(crate) fn pids() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").expect("a /proc").filter_map(Result::ok);
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The children of a process, the oldest first.
pub(crate) fn children_of(pid: u32) -> Vec<u32> {
    let mut children: Vec<(u64, u32)> = pids()
        .filter_map(|child| {
            let stat = stat(child)?;
            (stat.ppid == pid).then_some((stat.ticks, child))
        })
        .collect();
    children.sort_unstable();
    children.into_iter().map(|(_, child)| child).collect()
}

/// The command line of a process, its arguments joined by spaces.
pub(crate) fn command_line(pid: u32) -> String {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).trim_end_matches('\0').replace('\0', " ")
}

/// The variables of a process, each `NAME=VALUE`.
pub(crate) fn environment(pid: u32) -> Vec<String> {
    let bytes = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    bytes.split(|byte| *byte == 0).map(|it| String::from_utf8_lossy(it).into_owned()).collect()
}

/// The set of signals in one line of `/proc/PID/status`, without the real-time ones: the C library
/// keeps two of them for itself, so that nobody can reset what was inherited.
pub(crate) fn signals(pid: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it is there");
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    u64::from_str_radix(line.expect("a line").trim(), 16).expect("a set") & 0x7fff_ffff
}

/// The processes that the lab of that pexplore started, with helper and guard. One that has ended
/// carries no mark.
pub(crate) fn marked(pexplore: impl Display) -> Vec<u32> {
    pids().filter(|pid| is_marked(*pid, &pexplore)).collect()
}

/// Whether a process carries the mark of that pexplore.
pub(crate) fn is_marked(pid: u32, pexplore: impl Display) -> bool {
    let mark = format!("{MARK}={pexplore}");
    environment(pid).contains(&mark)
}

/// Sends a signal to a process of a test's own, which may have ended by itself.
pub(crate) fn kill(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(pid.cast_signed()).expect("no process has pid 0");
    let _ = kill_process(pid, signal);
}

/// Kills a process and waits until it has ended, reaped or not.
#[track_caller]
pub(crate) fn end(pid: u32) {
    kill(pid, Signal::KILL);
    wait_until("its end", || !runs(pid));
}

/// A process that no other is taken for, though its pid is used again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Key {
    pub(crate) pid: u32,
    pub(crate) ticks: u64,
}

impl Key {
    /// That of the process which has the pid now.
    pub(crate) fn new(pid: u32) -> Option<Self> {
        Some(Self { pid, ticks: start_ticks(pid)? })
    }

    /// Nothing once it is gone.
    pub(crate) fn try_stat(self) -> Option<Stat> {
        stat(self.pid).filter(|stat| stat.ticks == self.ticks)
    }

    #[track_caller]
    pub(crate) fn stat(self) -> Stat {
        self.try_stat().expect("it is there")
    }

    /// Not even a zombie is there.
    pub(crate) fn is_gone(self) -> bool {
        self.try_stat().is_none()
    }

    /// Gone, or waiting for somebody to reap it.
    pub(crate) fn has_ended(self) -> bool {
        self.try_stat().is_none_or(|stat| stat.state == 'Z')
    }

    /// Of that program, whose name is there a moment after its exec.
    pub(crate) fn is_called(self, comm: &str) -> bool {
        self.try_stat().is_some_and(|stat| stat.comm == comm)
    }

    /// Only to a process whose identity was checked after it was opened.
    pub(crate) fn send(self, signal: Signal) {
        if let Some(pidfd) = self.open() {
            let _ = pidfd_send_signal(&pidfd, signal);
        }
    }

    /// Nothing once it is gone.
    pub(crate) fn open(self) -> Option<OwnedFd> {
        let pid = Pid::from_raw(self.pid.cast_signed())?;
        let pidfd = pidfd_open(pid, PidfdFlags::empty()).ok()?;
        (!self.is_gone()).then_some(pidfd)
    }

    /// Stops it, unless it has already ended.
    #[track_caller]
    pub(crate) fn stop(self) {
        self.send(Signal::STOP);
        wait_until("its stop", || self.try_stat().is_none_or(|it| matches!(it.state, 'T' | 'Z')));
    }
}
