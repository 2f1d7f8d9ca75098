//! A forest of real processes to measure on: the bench binary, started again, forks them.
//!
//! ```text
//!  bench ──exec──▶ root ──fork──▶ 5 hubs ──fork──▶ … depth 5, fan-out up to a few hundred
//!    │ life pipe: its end ends every process of the forest
//!    ◀── ready pipe: one byte from each, once it has name, command line and children
//! ```
//!
//! Every process also dies with its parent (`PR_SET_PDEATHSIG`, prctl(2)), so that the forest goes
//! whatever ends the bench. All are in the root's session, by which survivors are found.

mod lives;
mod plant;
mod raw;

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use pexplore::linux::procfs::table::ProcTable;
use pexplore::record::Stat;
use pexplore::source::blocking_reads::{READER_COMMAND, run_reader};
use rustix::process::{Pid, Signal, kill_process};

use crate::clock;

/// The first argument of the process that grows into a forest.
const COMMAND: &str = "__forest";
/// The first argument of a process that starts and reaps so many others.
pub(crate) const STORM: &str = "__storm";
/// Room in the root's arguments for the command lines of its descendants.
const PADDING: usize = 44;
/// All ends come at once; ten thousand of them take a few seconds on a busy machine.
const FELLING_LIMIT: Duration = Duration::from_secs(30);
const PID_MAX: &str = "/proc/sys/kernel/pid_max";

/// A forest that lives. Dropping it ends every process in it.
pub(crate) struct Forest {
    root: Child,
    life: Option<ChildStdin>,
    /// What `pid_max` was before it was raised.
    pid_max: Option<u64>,
}

/// Becomes the forest's root, or the process that reads, if this one was started for that.
pub(crate) fn grow_if_asked() {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next();
    if command.as_deref() == Some(READER_COMMAND) {
        run_reader(std::env::args_os().skip(2));
    }
    if command.as_deref() == Some(STORM) {
        let lives = arguments.next().and_then(|lives| lives.parse().ok()).unwrap_or(1);
        lives::start(lives);
    }
    if command.as_deref() == Some(COMMAND) {
        let size = arguments.next().and_then(|size| size.parse().ok()).unwrap_or(1);
        plant::root(size);
    }
}

impl Forest {
    /// Starts that many processes and waits until all are there; else a sentence that says why not.
    pub(crate) fn plant(size: usize, table: &mut ProcTable) -> Result<Self, String> {
        let running = scan(table).len();
        let pid_max = make_room(size + running)?;
        let mut root = Command::new("/proc/self/exe")
            .arg0("forest")
            .args([COMMAND, &size.to_string(), &"x".repeat(PADDING)])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("could not start the forest: {error}"))?;
        let life = root.stdin.take();
        let ready = root.stdout.take();
        let forest = Self { root, life, pid_max };
        let mut ready = ready.ok_or("the forest has no output")?;
        let mut signs = vec![0; size];
        ready.read_exact(&mut signs).map_err(|_| "not all processes could be forked".to_owned())?;
        Ok(forest)
    }

    /// The processes of the forest that there are still.
    fn survivors(&self, table: &mut ProcTable) -> Vec<Stat> {
        let root = self.root.id();
        let mut processes = scan(table);
        processes.retain(|stat| stat.sid == Some(root));
        processes
    }

    /// Ends every process, and says how many had to be killed one by one.
    pub(crate) fn fell(mut self, table: &mut ProcTable) -> usize {
        drop(self.life.take());
        let deadline = clock::now() + FELLING_LIMIT;
        while clock::now() < deadline {
            if self.root.try_wait().is_ok_and(|ended| ended.is_some())
                && self.survivors(table).is_empty()
            {
                return 0;
            }
            clock::pause(Duration::from_millis(50));
        }
        let survivors = self.survivors(table);
        for pid in survivors.iter().filter_map(|stat| Pid::from_raw(stat.key.pid.cast_signed())) {
            // One that is gone meanwhile needs no signal.
            let _ = kill_process(pid, Signal::KILL);
        }
        survivors.len()
    }
}

impl Drop for Forest {
    fn drop(&mut self) {
        drop(self.life.take());
        // Whoever misses the end of the pipe dies with its parent.
        let _ = self.root.kill();
        let _ = self.root.wait();
        if let Some(pid_max) = self.pid_max {
            let _ = std::fs::write(PID_MAX, pid_max.to_string());
        }
    }
}

fn scan(table: &mut ProcTable) -> Vec<Stat> {
    table.read().expect("/proc can be listed")
}

/// Raises `pid_max` if so many processes need it: pids must not run short for others either.
/// What it was before, if it was raised.
fn make_room(processes: usize) -> Result<Option<u64>, String> {
    let needed = processes as u64 * 3 / 2;
    let text = std::fs::read_to_string(PID_MAX).unwrap_or_default();
    let Ok(before) = text.trim().parse::<u64>() else { return Ok(None) };
    if before >= needed {
        return Ok(None);
    }
    match std::fs::write(PID_MAX, needed.to_string()) {
        Ok(()) => Ok(Some(before)),
        Err(error) => Err(format!("pid_max is {before}, and {needed} is refused: {error}")),
    }
}
