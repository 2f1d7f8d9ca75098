//! The lab: test children that are safe to look at, to stop and to kill.
//!
//! It owns every process that pexplore starts for teaching, and their end. It must not signal a
//! process that is not its own, write on the terminal, or leave anything behind, whatever killed
//! pexplore.
//!
//! ```text
//!                     life pipe (only pexplore holds the write end)
//!   pexplore ════════════════════════════════════════════════╗
//!      │                                                      ║ end of file: everything ends
//!      ├─▶ px-helper  ◀── control socket: "start an orphan"   ║
//!      │      │  own session, subreaper, forks and reaps      ║
//!      │      ├─▶ px-child       ◀════════════════════════════╣
//!      │      ├─▶ px-parent      ◀════════════════════════════╣
//!      │      │      └─▶ px-child (three)                     ║
//!      │      └─▶ px-negligent   ◀════════════════════════════╣
//!      │             └─▶ px-zombie (ended)                    ║
//!      │                                                      ║
//!      └─▶ px-guard  ◀════════════════════════════════════════╝
//!             ▲   own session, a pidfd of every specimen
//!             └── registration socket: each specimen sends its own pidfd before anything else
//!
//!   init ──▶ px-orphan (holds the life pipe too; its creator has ended)
//! ```
//!
//! What ends a specimen, whoever is killed first:
//!
//! | layer | what it does | what only it can do |
//! |---|---|---|
//! | control socket | at its end the helper ends all descendants until none is left | a normal end with TERM for daemonic children |
//! | life pipe | at its end every specimen exits by itself | works without helper and guard |
//! | parent-death signal | KILL when the creator ends | reaches a stopped one when the helper was killed |
//! | guard | KILL through every pidfd when the life pipe ends | reaches a stopped orphan when pexplore and helper were killed |
//! | watch in pexplore | closes both when helper or guard ends | nothing lives on half guarded |

mod crew;
mod ending;
mod entry;
mod fork;
mod guard;
mod helper;
mod pidfd;
mod specimen;
mod wait;
mod wire;

use std::fmt;
use std::path::PathBuf;

use crate::lab::crew::Crew;
use crate::lab::pidfd::Identity;
use crate::model::specimen::SpecimenKind;

/// The environment variable on helper, guard and every specimen; its value is the pid of pexplore.
pub const MARK: &str = "PEXPLORE_LAB";
/// The hidden first argument with which pexplore re-executes itself as the helper.
pub const HELPER_COMMAND: &str = "__lab-helper";
/// The hidden first argument with which pexplore re-executes itself as the guard.
pub const GUARD_COMMAND: &str = "__lab-guard";

/// The lab as pexplore holds it. Dropping it is a normal end, and waits until nothing is left.
#[derive(Debug)]
pub struct Lab {
    executable: PathBuf,
    crew: Option<Crew>,
}

/// A specimen that runs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Started {
    /// What was asked for.
    pub kind: SpecimenKind,
    /// The specimen's own process first, then those that it forked.
    pub processes: Vec<StartedProcess>,
}

/// One process of a specimen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct StartedProcess {
    /// Its process id.
    pub pid: u32,
    /// When it was forked, in clock ticks since boot (field 22 of stat).
    pub start_ticks: u64,
    /// Pid and start ticks of the helper, its main; only for the daemonic child.
    pub daemonic_main: Option<(u32, u64)>,
}

/// Why no specimen was started, in one sentence for a person.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LabError(String);

impl Lab {
    /// A lab in which nothing runs before the first specimen.
    ///
    /// `executable` is pexplore itself: `/proc/self/exe`, so that a replaced binary still works.
    pub fn new(executable: PathBuf) -> Self {
        Self { executable, crew: None }
    }

    /// Starts a specimen, and helper and guard when they do not run (also after they were killed).
    ///
    /// Returns when all processes of the specimen are what they are meant to be; blocks for about
    /// five seconds at most.
    pub fn start(&mut self, kind: SpecimenKind) -> Result<Started, LabError> {
        // Helper or guard may be killed before the answer, which then is worth nothing, because
        // whatever has started is being ended: one more try.
        for _ in 0..2 {
            let mut crew = match self.crew.take() {
                Some(crew) if crew.is_complete() => crew,
                ended => {
                    drop(ended);
                    Crew::start(&self.executable)?
                }
            };
            let answer = crew.request(kind);
            if crew.is_complete() {
                let helper = crew.helper();
                self.crew = Some(crew);
                return answer.map(|identities| Started::new(kind, &identities, helper));
            }
        }
        Err(LabError::new("the lab's helper or guard ended before the test child was ready"))
    }

    /// Whether helper and guard run.
    pub fn is_running(&self) -> bool {
        self.crew.is_some()
    }

    /// Whether helper or guard was ended by somebody else since they were last used, and every
    /// test child with them. Says so once.
    pub fn notice_its_end(&mut self) -> bool {
        self.crew.take_if(|crew| !crew.is_complete()).is_some()
    }

    /// Ends everything in the lab, as `drop` does: daemonic children get TERM from the helper,
    /// their main, first. Returns when nothing is left, after about three seconds at most.
    pub fn close(self) {
        drop(self);
    }
}

impl Started {
    fn new(kind: SpecimenKind, identities: &[Identity], helper: Identity) -> Self {
        let daemonic_main =
            (kind == SpecimenKind::DaemonicChild).then_some((helper.pid, helper.start_ticks));
        let processes = identities
            .iter()
            .map(|identity| StartedProcess {
                pid: identity.pid,
                start_ticks: identity.start_ticks,
                daemonic_main,
            })
            .collect();
        Self { kind, processes }
    }
}

impl LabError {
    fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for LabError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for LabError {}

/// The helper's whole life, when pexplore was re-executed with [`HELPER_COMMAND`].
/// Call it before any thread is started: it forks.
pub fn run_helper() -> ! {
    helper::run()
}

/// The guard's whole life, when pexplore was re-executed with [`GUARD_COMMAND`].
pub fn run_guard() -> ! {
    guard::run()
}
