//! A terminal that takes no output, as behind a dead connection, until it is read.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::termios::{LocalModes, tcgetattr};

use crate::marked::marked;
use crate::pty::Terminal;
use crate::support::{deadline, now, wait_for};

/// pexplore in a terminal that was full before it started.
pub(crate) struct BlockedPty {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
}

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
        let size = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        prepare(&*pair.master);
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        command.env("LC_ALL", "C.UTF-8");
        let child = pair.slave.spawn_command(command).unwrap();
        let writer = pair.master.take_writer().unwrap();
        Self { child, master: pair.master, writer }
    }

    pub(crate) fn pid(&self) -> i32 {
        i32::try_from(self.child.process_id().unwrap()).unwrap()
    }

    pub(crate) fn send(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    /// Whether the terminal echoes and reads lines, as shells want it.
    pub(crate) fn has_usual_modes(&self) -> bool {
        let modes = tcgetattr(open(&*self.master)).unwrap().local_modes;
        modes.contains(LocalModes::ECHO | LocalModes::ICANON)
    }

    /// Whether it takes nothing more.
    pub(crate) fn is_full(&self) -> bool {
        let slave = open(&*self.master);
        let mut fds = [PollFd::new(&slave, PollFlags::OUT)];
        poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).unwrap() == 0
    }

    /// Reads all that is written from now on.
    pub(crate) fn read(&self) -> Receiver<Vec<u8>> {
        let mut reader = self.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = vec![0; 65_536];
            while let Ok(length @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        output
    }

    /// Waits for its end; its exit code, and how long that took.
    pub(crate) fn wait_for_end(&mut self) -> (u32, Duration) {
        let began = now();
        let status = wait_for("its end", || self.child.try_wait().unwrap());
        (status.exit_code(), began.elapsed())
    }
}

impl Drop for BlockedPty {
    fn drop(&mut self) {
        // It may have ended by itself; nothing that a test starts outlives the test.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn open(master: &(dyn MasterPty + Send)) -> std::fs::File {
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    let path = master.tty_name().unwrap();
    OpenOptions::new().read(true).write(true).custom_flags(flags).open(path).unwrap()
}

fn fill(master: &(dyn MasterPty + Send)) {
    let mut slave = open(master);
    let limit = deadline();
    loop {
        match slave.write(&[b'.'; 1024]) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            written => assert!(written.is_ok() && now() < limit, "{written:?}"),
        }
    }
}

/// Waits until that pexplore has so many test processes or more.
pub(crate) fn wait_for_marked(pexplore: i32, least: usize) {
    wait_for("the test processes", || (marked(pexplore).len() >= least).then_some(()));
}

/// Waits until none is left.
pub(crate) fn wait_for_none_marked(pexplore: i32) {
    wait_for("the end of the test processes", || marked(pexplore).is_empty().then_some(()));
}

/// The pexplore that a shell in a terminal started.
pub(crate) fn pexplore_under(shell: &Terminal) -> i32 {
    let shell = shell.pid();
    wait_for("pexplore", || {
        let path = format!("/proc/{shell}/task/{shell}/children");
        let children = std::fs::read_to_string(path).unwrap_or_default();
        let mut pids = children.split_whitespace().filter_map(|pid| pid.parse().ok());
        pids.find(|pid| comm(*pid) == "pexplore")
    })
}

/// The state letter of a process; nothing once it is gone.
pub(crate) fn state(pid: i32) -> Option<char> {
    state_in(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

fn state_in(stat: &str) -> Option<char> {
    stat.rsplit_once(") ")?.1.chars().next()
}

/// The state letter of a process's thread of that name.
pub(crate) fn thread_state(pid: i32, name: &str) -> char {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap().flatten();
    let stats = threads.map(|thread| std::fs::read_to_string(thread.path().join("stat")).unwrap());
    let named = format!("({name}) ");
    stats.filter(|stat| stat.contains(&named)).find_map(|stat| state_in(&stat)).unwrap()
}

fn comm(pid: i32) -> String {
    let comm = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    comm.trim_end().to_owned()
}
