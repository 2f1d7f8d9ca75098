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
//!      ├─▶ px-helper  ◀── control socket: "start a zombie"    ║
//!      │      │  own session, subreaper: adopts and reaps     ║
//!      │      │  a control socket to every specimen: "fork"   ║
//!      │      └─▶ px-main         ◀════════════════════════════╣
//!      │             ├─▶ px-child          ◀═══════════════════╣
//!      │             ├─▶ px-parent         ◀═══════════════════╣
//!      │             │      └─▶ px-child (three)               ║
//!      │             └─▶ px-negligent      ◀═══════════════════╣
//!      │                    └─▶ px-zombie (ended)              ║
//!      │                                                      ║
//!      └─▶ px-guard  ◀════════════════════════════════════════╝
//!             ▲   own session, a pidfd of every specimen
//!             └── registration socket: each specimen sends its own pidfd before anything else
//!
//!   init ──▶ px-orphan, px-daemon (they hold the life pipe too; their creator has ended)
//! ```
//!
//! The helper decides and counts; a specimen forks only when the helper tells it to, so any can
//! be the parent of the next, and no cap is passed. Specimens end as any process does: what a
//! killed one leaves is adopted by the helper and lives on. The lab's main is one of them; a new
//! one is started when it was killed.
//!
//! What ends a specimen, whoever is killed first:
//!
//! | layer | what it does | what only it can do |
//! |---|---|---|
//! | control sockets | at pexplore's end the helper ends all it knows, and all descendants until none is left; at the helper's end every specimen exits | a normal end: mains send TERM to their daemonic children |
//! | life pipe | at its end every specimen exits by itself | works without helper and guard |
//! | guard | KILL through every pidfd when the life pipe ends | reaches stopped ones when pexplore and helper were killed |
//! | watch in pexplore | closes both when helper or guard ends, then KILL to all that were told of | reaches stopped ones when helper and guard were killed |

mod birth;
mod caps;
mod crew;
mod ending;
mod entry;
mod fork;
mod guard;
mod helper;
mod life;
mod members;
mod part;
mod pidfd;
mod specimen;
mod wait;
mod wire;

use std::ffi::OsString;
use std::fmt;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use crate::lab::crew::Crew;
use crate::lab::part::Part;
use crate::lab::pidfd::Identity;
use crate::lab::wire::{Family, Wish};
use crate::model::specimen::{SpecimenKind, SpecimenOrder};

/// The environment variable on helper, guard and every specimen; its value is the pid of pexplore.
pub const MARK: &str = "PEXPLORE_LAB";
/// The hidden first argument with which pexplore re-executes itself as the helper.
pub const HELPER_COMMAND: &str = "__lab-helper";
/// The hidden first argument with which the lab's main and spawned children are executed.
pub const SPECIMEN_COMMAND: &str = "__lab-specimen";
/// The hidden first argument with which pexplore re-executes itself as the guard.
pub const GUARD_COMMAND: &str = "__lab-guard";

/// The lab as pexplore holds it. Dropping it is a normal end, and waits until nothing is left.
#[derive(Debug)]
pub struct Lab {
    executable: PathBuf,
    crew: Option<Crew>,
    patience: Option<OwnedFd>,
}

/// A specimen that runs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Started {
    /// The lab's main, if that is what it was added to.
    pub main: Option<StartedProcess>,
    /// The specimen's own process first, then those that came with it.
    pub processes: Vec<StartedProcess>,
}

/// One process of a specimen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct StartedProcess {
    /// Its process id.
    pub pid: u32,
    /// When it was forked, in clock ticks since boot (field 22 of stat).
    pub start_ticks: u64,
    /// Pid and start ticks of its main; only for the daemonic child.
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
        Self { executable, crew: None, patience: None }
    }

    /// Waits for no answer any longer once the other end of this pipe is closed, which another
    /// thread does when pexplore ends: a stopped helper answers nothing.
    #[must_use]
    pub fn with_patience(self, patience: OwnedFd) -> Self {
        Self { patience: Some(patience), ..self }
    }

    /// Starts the lab's main, if it does not run, and helper and guard before it.
    pub fn open(&mut self) -> Result<StartedProcess, LabError> {
        self.request(Wish::Main).map(|family| family.parent.into())
    }

    /// Starts a specimen, and what of the lab does not run (also after it was killed).
    ///
    /// Of a kind whose number says how many, one is started. Returns when all its processes are
    /// what they are meant to be; blocks for about five seconds at most.
    pub fn start(&mut self, order: SpecimenOrder) -> Result<Started, LabError> {
        let SpecimenOrder { kind, number, under } = order;
        let under = under.map(|parent| {
            let ticks = parent.start_ticks();
            let identity = ticks.map(|start_ticks| Identity { pid: parent.pid, start_ticks });
            identity.ok_or_else(|| LabError::new("when that process started is not known exactly"))
        });
        let under = under.transpose()?;
        let family = self.request(Wish::Specimen { kind, number, under })?;
        Ok(Started::new(kind, &family))
    }

    fn request(&mut self, wish: Wish) -> Result<Family, LabError> {
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
            let answer = crew.request(wish, self.patience.as_ref());
            if crew.is_complete() {
                self.crew = Some(crew);
                return answer;
            }
        }
        Err(LabError::new("the lab's helper or guard ended before the test child was ready"))
    }

    /// What specimens had to say since the last time, a sentence each. They may name processes
    /// whose names are anybody's.
    pub fn take_sayings(&mut self) -> Vec<String> {
        self.crew.as_mut().map(Crew::take_sayings).unwrap_or_default()
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

    /// Ends everything in the lab, as `drop` does: daemonic children get TERM from their main
    /// first. Returns when nothing is left, after about three seconds at most.
    pub fn close(self) {
        drop(self);
    }
}

impl Started {
    fn new(kind: SpecimenKind, family: &Family) -> Self {
        let parent = family.parent;
        let is_daemonic = kind == SpecimenKind::DaemonicChild;
        let daemonic_main = is_daemonic.then_some((parent.pid, parent.start_ticks));
        let processes = family
            .processes
            .iter()
            .map(|identity| StartedProcess { daemonic_main, ..(*identity).into() })
            .collect();
        Self { main: family.is_under_main.then(|| parent.into()), processes }
    }
}

impl From<Identity> for StartedProcess {
    fn from(identity: Identity) -> Self {
        Self { pid: identity.pid, start_ticks: identity.start_ticks, daemonic_main: None }
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

/// A specimen's whole life, when pexplore was re-executed with [`SPECIMEN_COMMAND`] and these
/// arguments. Call it before any thread is started: it forks.
pub fn run_specimen(mut arguments: impl Iterator<Item = OsString>) -> ! {
    let part = arguments.next().and_then(|name| Part::of_name(name.to_str()?));
    let number = arguments.next().and_then(|number| number.to_str()?.parse().ok());
    specimen::run(part.unwrap_or(Part::Child), number.unwrap_or(0))
}

/// The guard's whole life, when pexplore was re-executed with [`GUARD_COMMAND`].
pub fn run_guard() -> ! {
    guard::run()
}
