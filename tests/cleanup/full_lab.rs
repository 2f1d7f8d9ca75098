//! pexplore in a terminal, with a lab.

use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::process::Signal;

use crate::harness::processes::{kill, state};
use crate::harness::pty::{Pty, Start};
use crate::harness::wait::{now, pause, pause_for, wait_until};
use crate::processes::{Marked, marked};
use crate::{HOST_REQUEST, LIMIT, N_LASTING, ORDERS, program};

/// Of each of these one is stopped, besides some at random.
const STOPPED: [&str; 8] = [
    "px-daemon",
    "px-orphan",
    "px-subreaped",
    "px-daemonic",
    "px-term-catcher",
    "px-chain",
    "px-zombie-maker",
    "px-forkserver",
];
const N_STOPPED_AT_RANDOM: usize = 12;

pub(crate) struct Pexplore {
    pub(crate) pty: Pty,
    pub(crate) pid: u32,
    /// Takes what is written to the terminal, so that the program never waits.
    reader: Option<JoinHandle<()>>,
    is_closing: Arc<AtomicBool>,
}

impl Pexplore {
    pub(crate) fn spawning(orders: &[&str]) -> Self {
        let spawned = orders.iter().flat_map(|order| ["--spawn", order]);
        let arguments: Vec<&str> = std::iter::once("lab").chain(spawned).collect();
        Self::start(&program(), &arguments, &[])
    }

    /// A test binary that has a lab and panics at the first line that it reads.
    pub(crate) fn that_panics() -> Self {
        let arguments = ["--exact", "panics_with_a_lab_when_asked", "--nocapture"];
        Self::start(&std::env::current_exe().unwrap(), &arguments, &[(HOST_REQUEST, "1")])
    }

    fn start(program: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let program = program.to_str().unwrap();
        let pty = Pty::start(&Start { rows: 12, cols: 60, program, arguments, environment });
        let is_closing = Arc::new(AtomicBool::new(false));
        let is_last = Arc::clone(&is_closing);
        let reader = Some(pty.read(move |_| !is_last.load(Ordering::SeqCst)));
        Self { pid: pty.pid(), pty, reader, is_closing }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(self.pid, signal);
    }

    /// Closes the terminal, as a window is closed.
    pub(crate) fn close_terminal(&mut self) {
        self.is_closing.store(true, Ordering::SeqCst);
        // The reader holds the terminal open until something is drawn.
        self.pty.send("?");
        self.reader.take().unwrap().join().unwrap();
        self.pty.close();
    }

    pub(crate) fn full() -> Self {
        let it = Self::spawning(&ORDERS);
        it.wait_for(N_LASTING);
        it
    }

    pub(crate) fn wait_for(&self, n_processes: usize) {
        // Seldom looked for: each look reads all of /proc, and the processes are to start.
        wait_until("all test processes", || {
            let are_there = marked(self.pid).len() >= n_processes;
            if !are_there {
                pause_for(Duration::from_millis(50));
            }
            are_there
        });
    }

    /// The only one of that name.
    pub(crate) fn member(&self, name: &str) -> Marked {
        let mut members = marked(self.pid);
        members.retain(|member| member.name() == name);
        assert_eq!(members.len(), 1, "one {name}");
        members.remove(0)
    }

    /// Stops one of each name and some at random, and waits until they are.
    pub(crate) fn stop_some(&self, others: &[&str]) {
        let mut all = marked(self.pid);
        let chance = RandomState::new();
        all.sort_by_cached_key(|process| chance.hash_one(process.pid));
        let mut stopped: Vec<&Marked> = STOPPED
            .iter()
            .chain(others)
            .map(|name| all.iter().find(|process| process.name() == *name).expect(name))
            .collect();
        let is_member = |name: &str| ["px-helper", "px-guard", "px-main"].contains(&name);
        let others = all.iter().filter(|process| !is_member(&process.name()));
        stopped.extend(others.take(N_STOPPED_AT_RANDOM));
        for process in &stopped {
            process.send(Signal::STOP);
        }
        wait_until("their stop", || stopped.iter().all(|it| state(it.pid) != Some('S')));
    }
}

impl Drop for Pexplore {
    fn drop(&mut self) {
        self.pty.kill();
        let began = now();
        while !marked(self.pid).is_empty() && began.elapsed() < LIMIT {
            pause();
        }
        // After a test that failed nothing is left either.
        for process in marked(self.pid) {
            process.send(Signal::KILL);
        }
    }
}
