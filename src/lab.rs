//! The lab: test processes that are safe to look at, to stop and to kill.
//!
//! It owns every process that pexplore starts for teaching, and their end. It must not signal a
//! process that is not its own, write on the terminal, or leave anything behind, whatever killed
//! pexplore.
//!
//! ```text
//!                     life pipe (only pexplore holds the write end)
//!   pexplore ════════════════════════════════════════════════╗
//!      │                                                      ║ end of file: everything ends
//!      ├─▶ px-helper  ◀── control socket: "start a zombie"    ║
//!      │      │  own session, subreaper: adopts and reaps     ║
//!      │      │  a control socket to every test process: "fork"   ║
//!      │      └─▶ px-main         ◀════════════════════════════╣
//!      │             ├─▶ px-child          ◀═══════════════════╣
//!      │             ├─▶ px-parent         ◀═══════════════════╣
//!      │             │      └─▶ px-child (three)               ║
//!      │             └─▶ px-zombie-maker      ◀═══════════════════╣
//!      │                    └─▶ px-zombie (ended)              ║
//!      │                                                      ║
//!      └─▶ px-guard  ◀════════════════════════════════════════╝
//!             ▲   own session, a pidfd of every test process
//!             └── registration socket: each test process sends its own pidfd before anything else
//!
//!   init ──▶ px-orphan, px-daemon (they hold the life pipe too; their creator has ended)
//! ```
//!
//! The helper decides and counts; a test process forks only when the helper tells it to, so any can
//! be the parent of the next, and no cap is passed. Test processes end as any process does: what a
//! killed one leaves is adopted by the helper and lives on. The lab's main is one of them; a new
//! one is started when it was killed.
//!
//! Real programs are started the same way: a test process forks, and the child execs. Below a
//! session they are jobs of its terminal. What a program starts is known to nobody and takes no
//! pipe, but it inherits the mark of this run of the lab, and is found by that in `/proc`.
//!
//! Four layers end a test process, whatever is killed first:
//!
//! | layer | what it does | what only it can do |
//! |---|---|---|
//! | control sockets | at pexplore's end the helper ends all it knows, all descendants until none is left, and all that have the mark; at the helper's end every test process exits | a normal end: mains send TERM to their daemonic children |
//! | life pipe | at its end every test process exits by itself | works without helper and guard |
//! | guard | KILL through every pidfd when the life pipe ends, then to all that have the mark | reaches stopped ones, and what programs started, when pexplore and helper were killed |
//! | watch in pexplore | closes both when helper or guard ends, then KILL to all that were reported or have the mark | the same when helper and guard were killed |
//!
//! Each of the three removes the folder of the Python programs after that. A program that clears
//! its environment or writes over it has no mark, and the mark is worth nothing on what does not
//! run as pexplore's user: helper and guard reach it as a descendant or by its pidfd, but not what
//! it has left under init.

mod answer;
mod birth;
mod caps;
mod commands;
mod ending;
mod entry;
mod environment;
mod folder;
mod fork;
mod guard;
mod helper;
mod lab_processes;
mod life;
mod mark;
mod members;
mod part;
mod pidfd;
mod program;
mod terminal;
mod test_process;
mod watch;
mod wire;

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

pub use crate::lab::answer::{LabError, Notification, Started};
pub use crate::lab::program::python;

use crate::lab::lab_processes::LabProcesses;
use crate::lab::part::Part;
use crate::lab::wire::{Family, Request};
use crate::record::ProcessKey;
use crate::test_process::{ProgramOrder, PythonCall, TestProcessKind, TestProcessOrder};

/// The environment variable on helper, guard and every test process; its value is the pid of
/// pexplore.
pub const MARK: &str = "PEXPLORE_LAB";
/// The environment variable on every process below the helper; its value is the mark of one run of
/// the lab.
pub const RUN_MARK: &str = "PEXPLORE_LAB_RUN";
/// The environment variable on helper and guard that hands them the mark, which they do not carry.
const HANDED_RUN: &str = "PEXPLORE_LAB_HANDED_RUN";
/// The hidden first argument with which pexplore re-executes itself as the helper.
pub const HELPER_COMMAND: &str = "__lab-helper";
/// The hidden first argument with which the lab's main and spawned children are executed.
pub const TEST_PROCESS_COMMAND: &str = "__lab-test-process";
/// The hidden first argument with which pexplore re-executes itself as the guard.
pub const GUARD_COMMAND: &str = "__lab-guard";

/// The lab as pexplore holds it. Dropping it is a normal end, and waits until nothing is left.
#[derive(Debug)]
pub struct Lab {
    executable: PathBuf,
    processes: Option<LabProcesses>,
    cancel: Option<OwnedFd>,
}

impl Lab {
    /// A lab in which nothing runs before the first test process.
    ///
    /// `executable` is pexplore itself: `/proc/self/exe`, so that a replaced binary still works.
    pub fn new(executable: PathBuf) -> Self {
        Self { executable, processes: None, cancel: None }
    }

    /// Waits for no answer any longer once the other end of this pipe is closed, which another
    /// thread does when pexplore ends: a stopped helper answers nothing.
    #[must_use]
    pub(crate) fn with_cancel(self, cancel: OwnedFd) -> Self {
        Self { cancel: Some(cancel), ..self }
    }

    /// Starts the lab's main, if it does not run, and helper and guard before it.
    pub fn open(&mut self) -> Result<ProcessKey, LabError> {
        self.request(&Request::Main).map(|family| family.parent)
    }

    /// Starts a test process, and what of the lab does not run (also after it was killed).
    ///
    /// Of a kind whose number says how many, one is started. Returns when all its processes are
    /// what they are meant to be; blocks for about five seconds at most.
    pub fn start(&mut self, order: TestProcessOrder) -> Result<Started, LabError> {
        let TestProcessOrder { kind, number, under } = order;
        let request = |under| Request::TestProcess { kind, number, under };
        let family = match under {
            Some(under) => self.request_of(under, |under| request(Some(under)))?,
            None => self.request(&request(None))?,
        };
        let Family { parent, is_under_main, processes } = family;
        let daemonic_main = (kind == TestProcessKind::Daemonic).then_some(parent);
        Ok(Started { main: is_under_main.then_some(parent), processes, daemonic_main })
    }

    /// Has a program run by a test process. Under a session it is a job: a group of its own, in the
    /// foreground of the session's terminal, which is what it reads and writes. Elsewhere it reads
    /// nothing, and nothing is kept of what it writes.
    ///
    /// A job that waits for a line when the next is started gets that line all the same, unless
    /// it was stopped before, by [`Lab::type_into`] with Ctrl-Z.
    pub fn run(&mut self, order: &ProgramOrder) -> Result<Started, LabError> {
        let ProgramOrder { arguments, under } = order.clone();
        let family = self.request_of(under, |under| Request::Run { arguments, under })?;
        Ok(Started { main: None, processes: family.processes, daemonic_main: None })
    }

    /// Has a test process run a Python program of the lab's own: `NAME`, or `NAME METHOD` with a
    /// start method, as [`PythonCall::parse`] reads it.
    pub fn run_python(&mut self, words: &str, under: ProcessKey) -> Result<Started, LabError> {
        let PythonCall { program, method } =
            PythonCall::parse(words).map_err(|error| error.to_string())?;
        if python().is_none() {
            return Err(LabError::new("it needs python3, which is not on the PATH"));
        }
        let file = self.lab_processes_of(under)?.folder()?.join(format!("{}.py", program.name));
        let mut arguments = vec!["python3".to_owned(), file.to_string_lossy().into_owned()];
        arguments.extend(method.map(|method| method.into_str().to_owned()));
        self.run(&ProgramOrder { arguments, under })
    }

    /// Types a text on a session's terminal. `\u{3}` is Ctrl-C, which goes to the job in the
    /// foreground, `\u{1a}` is Ctrl-Z, and a line ends with `\n`.
    pub fn type_into(&mut self, session: ProcessKey, text: &str) -> Result<(), LabError> {
        let text = text.to_owned();
        self.request_of(session, |session| Request::Type { text, session }).map(drop)
    }

    /// Hangs a session's terminal up while the session goes on: HUP and CONT go to the job in the
    /// foreground, and a reader of the terminal finds its end.
    pub fn hang_up(&mut self, session: ProcessKey) -> Result<(), LabError> {
        self.request_of(session, |session| Request::HangUp { session }).map(drop)
    }

    /// Has a test process end by itself, as at the normal end of the lab: its daemonic children get
    /// TERM from it first. Its other children live on. Returns when it has ended.
    pub fn end(&mut self, test_process: ProcessKey) -> Result<(), LabError> {
        self.request_of(test_process, |test_process| Request::End { test_process }).map(drop)
    }

    /// Helper and guard. If they do not run, no process belongs to this lab.
    fn lab_processes_of(&mut self, process: ProcessKey) -> Result<&mut LabProcesses, LabError> {
        let processes = self.processes.as_mut().filter(|processes| processes.is_complete());
        let gone = || format!("{} is no living test process of this lab", process.pid);
        processes.ok_or_else(|| LabError::new(gone()))
    }

    fn request_of(
        &mut self,
        process: ProcessKey,
        request: impl FnOnce(ProcessKey) -> Request,
    ) -> Result<Family, LabError> {
        self.lab_processes_of(process)?;
        self.request(&request(process))
    }

    fn request(&mut self, request: &Request) -> Result<Family, LabError> {
        // Helper or guard may be killed before the answer, which then is worth nothing, because
        // whatever has started is being ended: one more try, unless it was about one of those.
        let is_about_no_process =
            matches!(request, Request::Main | Request::TestProcess { under: None, .. });
        for _ in 0..2 {
            let mut processes = match self.processes.take() {
                Some(processes) if processes.is_complete() => processes,
                ended if is_about_no_process => {
                    drop(ended);
                    LabProcesses::start(&self.executable)?
                }
                // It is kept, so that its end is noticed.
                ended => {
                    self.processes = ended;
                    break;
                }
            };
            let answer = processes.request(request, self.cancel.as_ref());
            let is_complete = processes.is_complete();
            self.processes = Some(processes);
            if is_complete {
                return answer;
            }
        }
        Err(LabError::new("the lab's helper or guard ended before the test process was ready"))
    }

    /// The notifications of test processes since the last call.
    pub fn take_notifications(&mut self) -> Vec<Notification> {
        self.processes.as_mut().map(LabProcesses::take_notifications).unwrap_or_default()
    }

    /// Whether helper and guard run.
    pub(crate) fn is_running(&self) -> bool {
        self.processes.is_some()
    }

    /// Whether helper or guard was ended by somebody else since they were last used, and every
    /// test process with them. Says so once.
    pub(crate) fn notice_its_end(&mut self) -> bool {
        self.processes.take_if(|processes| !processes.is_complete()).is_some()
    }

    /// Ends everything in the lab, as `drop` does: daemonic children get TERM from their main
    /// first. Returns when nothing is left, after about three seconds at most.
    pub fn close(self) {
        drop(self);
    }
}

/// The helper's whole life, when pexplore was re-executed with [`HELPER_COMMAND`].
/// Call it before any thread is started: it forks.
pub fn run_helper() -> ! {
    helper::run()
}

/// A test process's whole life, when pexplore was re-executed with [`TEST_PROCESS_COMMAND`] and
/// these arguments. Call it before any thread is started: it forks.
pub fn run_test_process(mut arguments: impl Iterator<Item = OsString>) -> ! {
    let part = arguments.next().and_then(|name| Part::of_name(name.to_str()?));
    let number = arguments.next().and_then(|number| number.to_str()?.parse().ok());
    test_process::run(part, number.unwrap_or(0))
}

/// The guard's whole life, when pexplore was re-executed with [`GUARD_COMMAND`].
/// Call it before any thread is started: it forks.
pub fn run_guard() -> ! {
    guard::run()
}
