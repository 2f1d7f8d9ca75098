//! A terminal that takes no output, as behind a dead connection, until it is read.

use std::io::{ErrorKind, Write};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use portable_pty::MasterPty;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::harness::processes::{children_of, marked, stat};
use crate::harness::pty::{Pty, Start};
use crate::harness::terminal::{Terminal, has_usual_modes, open_slave};
use crate::harness::wait::{deadline, now, wait_for, wait_until};

/// The arguments that start a lab.
pub(crate) const LAB: [&str; 5] = ["lab", "--spawn", "orphan", "--spawn", "daemon"];
/// Helper, guard, main and some of the test processes.
pub(crate) const N_LAB: usize = 5;

/// pexplore in a terminal that was full before it started.
pub(crate) struct BlockedPty(Pty);

impl BlockedPty {
    pub(crate) fn pexplore(arguments: &[&str]) -> Self {
        Self::program(env!("CARGO_BIN_EXE_pexplore"), arguments)
    }

    /// A program in such a terminal.
    pub(crate) fn program(program: &str, arguments: &[&str]) -> Self {
        Self::start(program, arguments, fill)
    }

    /// In a terminal that takes what it has room for.
    pub(crate) fn unread(arguments: &[&str]) -> Self {
        Self::start(env!("CARGO_BIN_EXE_pexplore"), arguments, |_| {})
    }

    fn start(program: &str, arguments: &[&str], prepare: fn(&(dyn MasterPty + Send))) -> Self {
        let start = Start { rows: 40, cols: 120, program, arguments, environment: &[] };
        Self(Pty::prepared(&start, prepare))
    }

    pub(crate) fn pid(&self) -> i32 {
        self.0.pid().cast_signed()
    }

    pub(crate) fn send(&mut self, keys: &str) {
        self.0.send(keys);
    }

    /// Whether the terminal echoes and reads lines, as shells want it.
    pub(crate) fn has_usual_modes(&self) -> bool {
        has_usual_modes(self.0.master())
    }

    /// Whether it takes nothing more.
    pub(crate) fn is_full(&self) -> bool {
        let slave = open_slave(self.0.master());
        let mut fds = [PollFd::new(&slave, PollFlags::OUT)];
        poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).unwrap() == 0
    }

    /// Reads all that is written from now on.
    pub(crate) fn read(&self) -> Receiver<Vec<u8>> {
        let (sender, output) = channel();
        self.0.read(move |bytes| sender.send(bytes.to_vec()).is_ok());
        output
    }

    /// Waits for its end; its exit code, and how long that took.
    pub(crate) fn wait_for_end(&mut self) -> (u32, Duration) {
        let began = now();
        let status = wait_for("its end", || self.0.try_wait());
        (status.exit_code(), began.elapsed())
    }
}

/// Fills a terminal to its last byte. A thread of the kernel makes room again shortly after it was
/// full, by moving what was written towards the reader.
fn fill(master: &(dyn MasterPty + Send)) {
    let mut slave = open_slave(master);
    let limit = deadline();
    for part in [1024, 1] {
        loop {
            match slave.write(&[b'.'; 1024][..part]) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let mut fds = [PollFd::new(&slave, PollFlags::OUT)];
                    let wait = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
                    if poll(&mut fds, Some(&wait)).unwrap() == 0 {
                        break;
                    }
                }
                written => assert!(written.is_ok() && now() < limit, "{written:?}"),
            }
        }
    }
}

/// Waits until that pexplore has so many test processes or more.
pub(crate) fn wait_for_marked(pexplore: i32, least: usize) {
    wait_until("the test processes", || marked(pexplore).len() >= least);
}

/// Waits until none is left.
pub(crate) fn wait_for_none_marked(pexplore: i32) {
    wait_until("the end of the test processes", || marked(pexplore).is_empty());
}

/// The pexplore that a shell in a terminal started.
pub(crate) fn pexplore_under(shell: &Terminal) -> i32 {
    let shell = shell.pid().cast_unsigned();
    let is_it = |pid: &u32| stat(*pid).is_some_and(|stat| stat.comm == "pexplore");
    wait_for("pexplore", || children_of(shell).into_iter().find(is_it)).cast_signed()
}

/// The state letter of a process; nothing once it is gone.
pub(crate) fn state(pid: i32) -> Option<char> {
    Some(stat(pid.cast_unsigned())?.state)
}

/// The state letter of a process's thread of that name.
pub(crate) fn thread_state(pid: i32, name: &str) -> char {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap().flatten();
    let ids = threads.filter_map(|thread| thread.file_name().to_str()?.parse().ok());
    ids.filter_map(stat).find(|stat| stat.comm == name).unwrap().state
}
