//! What a signal will do, predicted for each process that it concerns, and held against what
//! happened.
//!
//! ```text
//!  World ─▶ forecast() ─▶ Forecast ─▶ preview (sentences before) ─▶ the dialog
//!                             │
//!  World, two seconds later ──┴─────▶ compare() ─▶ Verdicts ─▶ status line, log, details
//! ```
//!
//! A forecast holds keys and names of its own: it stays true to what was known when it was made,
//! whatever the world learns or forgets since.

mod born;
pub(crate) mod builder;
pub(crate) mod compare;
mod delay;
pub(crate) mod disposition;
mod groups;
pub(crate) mod preview;
pub(crate) mod reparenting;
mod scope;

pub(crate) use compare::{Expected, Found, Verdict};

use std::sync::Arc;

use crate::record::{BootTime, Disposition, Pid, ProcessId, Signal, SignalMasks};

pub(crate) use builder::{forecast, whose_masks};
pub(crate) use delay::Delay;
pub(crate) use scope::{Masks, Scope};

/// So many processes are asked what they do with signals: of a subtree, the first ones.
pub(crate) const MOST_MASKS: usize = 256;
/// So long what a signal does is watched, in nanoseconds.
pub(crate) const WATCHED_NANOS: u64 = 2_000_000_000;

/// The forecast of one signal, process by process.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Forecast {
    /// The process that the signal is for.
    pub(crate) target: ProcessId,
    pub(crate) signal: Signal,
    /// The target alone, or all below it.
    pub(crate) scope: Scope,
    /// When it was made; once the signal was sent, when that was.
    pub(crate) since: BootTime,
    /// The target first, then its descendants, each parent before its children; then others that
    /// it concerns. Each process once.
    pub(crate) processes: Vec<ProcessForecast>,
}

/// The forecast of one process.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ProcessForecast {
    pub(crate) id: ProcessId,
    /// Its name at that time.
    pub(crate) name: Arc<str>,
    pub(crate) prediction: Prediction,
    /// Its parent afterwards.
    pub(crate) reparenting: Reparenting,
    /// Its dispositions, where they count and were read.
    pub(crate) masks: Masks,
    /// The other facts that decide.
    signal_facts: SignalFacts,
    /// Its parent at that time.
    parent: Option<ProcessId>,
}

/// The predicted outcome for a process.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Prediction {
    /// It gets no signal, and lives on.
    Spared,
    /// It gets no signal because pexplore stands on it.
    LeftOut,
    Ends,
    /// It catches the signal: a handler of its own decides.
    Decides,
    /// It throws the signal away.
    Ignores,
    /// It holds the signal back.
    Blocks,
    /// A thread of it holds the signal back; another one may take it (signal(7)).
    MayBlock,
    /// It does what the signal does by default, unless a thread waits for that signal
    /// (sigwaitinfo(2)): then that thread decides.
    MayTake,
    /// The signal is first its tracer's, which may let it through, change it, or drop it
    /// (ptrace(2)).
    Traced {
        /// The tracer, where it is known.
        by: Option<Pid>,
    },
    /// The kernel refuses to send it: it is another user's (kill(2)).
    Refused {
        /// The real user that it runs as.
        user: u32,
    },
    Stops,
    /// It goes on after a stop.
    GoesOn,
    Unchanged,
    /// The kernel drops the signal.
    Dropped(DropReason),
    /// It has already ended; only its entry is left.
    Zombie,
    /// With the end of `of` it gets SIGHUP, and SIGCONT after it.
    HangsUp {
        of: ProcessId,
        why: HangUp,
        /// Its disposition of SIGHUP, where that was read.
        response: Option<Disposition>,
    },
    /// It ends when `of` does.
    EndsWith {
        of: ProcessId,
        /// The realm that ends with that one.
        cascade: Cascade,
    },
}

/// Why the kernel drops a signal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum DropReason {
    /// A kernel thread takes none.
    KernelThread,
    /// An init gets only what it catches and, from an outer namespace, KILL and STOP
    /// (`pid_namespaces(7)`).
    Init,
    /// Nobody could let it go on: of the stop signals an orphaned process group takes STOP alone
    /// (setpgid(2), `get_signal` in kernel/signal.c).
    OrphanedGroup,
}

/// Why SIGHUP comes with an end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum HangUp {
    /// It is in the foreground of the terminal whose session ends (`disassociate_ctty`).
    Foreground,
    /// A member of its group is stopped, and the group is orphaned (setpgid(2)).
    StoppedJob,
}

/// A realm that ends with one process.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Cascade {
    /// A pid namespace, with its init (`pid_namespaces(7)`).
    Namespace,
    /// The lab, with its helper or its guard.
    Lab,
}

/// The parent of a process afterwards.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reparenting {
    Stays,
    /// When its parent ends, another adopts it; one that ended already is waited for.
    Adopted {
        of: ProcessId,
        /// The adopter; `None` if it cannot be seen.
        by: Option<ProcessId>,
        /// Whether a nearer process may, which would have to be a subreaper, which no file tells
        /// (`PR_SET_CHILD_SUBREAPER`, prctl(2)).
        or_nearer: bool,
    },
}

/// The facts of a process that decide about a signal, its masks apart.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct SignalFacts {
    has_ended: bool,
    is_kernel_thread: bool,
    is_init: bool,
    is_stopped: bool,
    is_traced: bool,
    is_uninterruptible: bool,
    has_threads: bool,
    is_group_orphaned: bool,
    /// A subtree's signal finds it stopped.
    is_stopped_first: bool,
}

impl Forecast {
    /// The prediction for the target.
    pub(crate) fn of_target(&self) -> Option<&ProcessForecast> {
        self.processes.first().filter(|predicted| predicted.id == self.target)
    }

    /// The prediction for that process.
    pub(crate) fn get(&self, id: ProcessId) -> Option<&ProcessForecast> {
        self.processes.iter().find(|predicted| predicted.id == id)
    }

    /// The processes that the signal goes to.
    pub(crate) fn receivers(&self) -> impl Iterator<Item = &ProcessForecast> {
        self.processes.iter().filter(|predicted| predicted.prediction.receives())
    }

    /// Whether the signal may end somebody, so that much may follow.
    pub(crate) fn may_end(&self) -> bool {
        self.receivers().any(|predicted| predicted.may_end(self.signal))
    }

    /// Takes in what was read of processes just before the signal went out: it counts for those
    /// of which nothing was known before.
    pub(crate) fn learn(&mut self, masks: &[(ProcessId, SignalMasks)]) {
        for predicted in &mut self.processes {
            let read = masks.iter().find(|(id, _)| *id == predicted.id);
            let is_wanted = predicted.prediction.receives() && !predicted.is_sure(self.signal);
            if let Some((_, masks)) = read.filter(|_| is_wanted) {
                predicted.masks = Masks::Known(*masks);
                predicted.prediction = disposition::predict(
                    predicted.signal_facts,
                    predicted.id.pid,
                    self.signal,
                    *masks,
                );
            }
        }
    }

    /// These did not get the signal after all: it was not permitted.
    pub(crate) fn spare(&mut self, keys: &[ProcessId]) {
        for predicted in self.processes.iter_mut().filter(|predicted| keys.contains(&predicted.id))
        {
            predicted.prediction = Prediction::Spared;
        }
    }
}

impl ProcessForecast {
    /// Whether it is known what it does with that signal.
    pub(crate) fn is_sure(&self, signal: Signal) -> bool {
        matches!(self.masks, Masks::Known(_)) || signal.cannot_be_caught()
    }

    /// Whether it is the init of a pid namespace.
    pub(crate) fn is_init(&self) -> bool {
        self.signal_facts.is_init
    }

    /// Whether the signal may end it, as far as is known.
    pub(crate) fn may_end(&self, signal: Signal) -> bool {
        match self.prediction {
            Prediction::Ends => true,
            Prediction::Decides
            | Prediction::MayBlock
            | Prediction::MayTake
            | Prediction::Traced { .. } => signal.default_act().ends(),
            _ => false,
        }
    }

    /// Whether it certainly ends, and at once.
    fn surely_ends(&self, signal: Signal) -> bool {
        self.prediction == Prediction::Ends && self.is_sure(signal) && self.delay(signal).is_none()
    }
}

#[cfg(test)]
mod tests;
