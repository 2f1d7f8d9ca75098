//! A process that resumes a family if pexplore is killed while it has stopped that family.
//!
//! ```text
//!  pexplore ── "PID TICKS" ──▶ px-resumer     reported before each is stopped
//!           ── "done" ───────▶ ends           they go on, or are to stay stopped
//!           ── hung up ──────▶ CONT to each   pexplore ended before it could say so
//! ```

use std::io::{self, BufRead, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio, exit};
use std::time::Duration;

use rustix::thread::set_name;

use crate::linux::procfs::own::own_program;
use crate::linux::procfs::table::ProcTable;
use crate::record::{ProcessKey, Signal};
use crate::runtime::signal::Target;

/// The hidden command that makes this very program the process that lets a family go on.
pub const RESUMER_COMMAND: &str = "__resumer";
/// Nothing is left to let go on.
const DONE: &str = "done";
/// How long it may keep pexplore waiting, if somebody has stopped it.
const WAIT_LIMIT: Duration = Duration::from_secs(1);

/// The whole life of that process: until its standard input ends.
pub fn run_resumer() -> ! {
    // Its name is for people who list processes.
    let _ = set_name(c"px-resumer");
    let left = left_behind(io::stdin().lock());
    if let Ok(table) = ProcTable::open() {
        let_go_on(&left, &table);
    }
    exit(0)
}

/// The stopped processes that were never reported as resumed.
fn left_behind(reported: impl BufRead) -> Vec<ProcessKey> {
    let mut left = Vec::new();
    for line in reported.lines().map_while(Result::ok) {
        if line == DONE {
            return Vec::new();
        }
        left.extend(parsed(&line));
    }
    left
}

fn parsed(line: &str) -> Option<ProcessKey> {
    let (pid, ticks) = line.split_once(' ')?;
    Some(ProcessKey::at_ticks(pid.parse().ok()?, ticks.parse().ok()?))
}

/// From the bottom up, as pexplore does it. Also those that do not stand still: their stop may be
/// pending.
fn let_go_on(left: &[ProcessKey], table: &ProcTable) {
    for key in left.iter().rev() {
        // A process that is gone, or another one with its pid, gets nothing.
        let _ = Target::open(*key, table).and_then(|target| target.send(Signal::CONT));
    }
}

/// pexplore's hold on it. Dropping it says that nothing is left to let go on.
pub(super) struct Resumer {
    process: Child,
    socket: UnixStream,
}

impl Resumer {
    /// Starts it in a process group of its own: what the terminal's keys and the shell send to
    /// pexplore's job is not for it.
    pub(super) fn start() -> io::Result<Self> {
        let (socket, theirs) = UnixStream::pair()?;
        socket.set_write_timeout(Some(WAIT_LIMIT))?;
        socket.set_read_timeout(Some(WAIT_LIMIT))?;
        let process = Command::new(own_program())
            .arg(RESUMER_COMMAND)
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Self { process, socket })
    }

    /// The key of the process.
    pub(super) fn key(&self, table: &ProcTable) -> Option<ProcessKey> {
        Some(table.read_one(self.process.id())?.key)
    }

    /// Reports the process that is to be stopped next.
    pub(super) fn report(&mut self, key: ProcessKey) -> io::Result<()> {
        let Some(ticks) = key.start_ticks() else { return Ok(()) };
        self.socket.write_all(format!("{} {ticks}\n", key.pid).as_bytes())
    }
}

impl Drop for Resumer {
    fn drop(&mut self) {
        // It fails where somebody ended it.
        let _ = writeln!(self.socket, "{DONE}");
        // It never writes: the read returns with its end, or when the time is over.
        let _ = self.socket.read(&mut [0]);
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::linux::{clock, wait};
    use crate::record::State;

    #[test]
    fn only_without_the_word_that_all_is_done_is_anybody_left_behind() {
        let keys = [ProcessKey::at_ticks(7, 100), ProcessKey::at_ticks(8, 200)];
        assert_eq!(left_behind(&b"7 100\n8 200\n"[..]), keys);
        assert_eq!(left_behind(&b"7 100\n8 200\ndone\n"[..]), []);
        assert_eq!(left_behind(&b"7 100\n8\n"[..]), keys[..1], "cut off, it may be another");
        assert_eq!(left_behind(&b""[..]), []);
    }

    #[test]
    fn who_was_stopped_goes_on_and_who_has_its_pid_now_does_not() {
        let table = ProcTable::open().unwrap();
        let mut sleeper = Command::new("sleep").arg("60").spawn().unwrap();
        let key = table.read_one(sleeper.id()).unwrap().key;
        Target::open(key, &table).unwrap().send(Signal::STOP).unwrap();
        let has_stopped = |stops: bool| {
            let began = clock::now();
            let stands = || table.read_one(key.pid).map(|stat| stat.state) == Some(State::Stopped);
            while stands() != stops && clock::now().seconds_since(began) < 30.0 {
                wait::sleep(Duration::from_millis(1));
            }
            stands()
        };
        assert!(has_stopped(true));
        let ticks = key.start_ticks().unwrap();
        let_go_on(&[ProcessKey::at_ticks(key.pid, ticks + 1)], &table);
        assert!(has_stopped(true), "its pid was another's");
        let_go_on(&[key], &table);
        assert!(!has_stopped(false));
        sleeper.kill().unwrap();
        sleeper.wait().unwrap();
    }
}
