//! Reasons for which a signal does not come through at once.

use crate::forecast::{Masks, Prediction, ProcessForecast, Reparenting};
use crate::record::{DefaultAction, Ending, Freezer, ProcessId, Signal, Situation, State};
use crate::world::{Cause, End, World};

/// So soon after its parent a child ends that asked to die with it, in nanoseconds.
const PROMPT_NANOS: u64 = 100_000_000;

/// The reason for which a signal waits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Delay {
    Stopped,
    /// It is in uninterruptible sleep (D): the end of that sleep. What is fatal ends some such
    /// sleeps (`TASK_KILLABLE`), and no file tells which.
    Uninterruptible,
    /// Its cgroup is frozen: the thaw.
    Frozen,
    /// Its vfork child: until that one runs another program or ends (vfork(2)).
    Vfork,
}

impl ProcessForecast {
    /// The reason for which that signal waits.
    pub(crate) fn delay(&self, signal: Signal) -> Option<Delay> {
        let comes_through = matches!(
            self.prediction,
            Prediction::Ends
                | Prediction::Decides
                | Prediction::Stops
                | Prediction::MayBlock
                | Prediction::MayTake
        );
        if !comes_through {
            return None;
        }
        let situation = self.situation();
        let is_fatal = self.is_fatal(signal);
        match situation.freezer {
            Some(Freezer::V1) => return Some(Delay::Frozen),
            Some(Freezer::V2) if !is_fatal => return Some(Delay::Frozen),
            Some(Freezer::V2) | None => {}
        }
        if situation.in_vfork {
            // Since Linux 3.3 that wait is killable.
            return (!is_fatal).then_some(Delay::Vfork);
        }
        if self.signal_facts.is_uninterruptible {
            return Some(Delay::Uninterruptible);
        }
        self.waits(signal).then_some(Delay::Stopped)
    }

    /// Whether the kernel makes KILL of that signal as soon as it is sent: of each that ends a
    /// process by default and without a core dump (`complete_signal` in kernel/signal.c). Where
    /// another is pending before it, it waits its turn, but for the freezer of cgroup v2, which
    /// takes a process as having none (`do_freezer_trap`).
    pub(crate) fn is_fatal(&self, signal: Signal) -> bool {
        let ends =
            self.prediction == Prediction::Ends && signal.default_act() == DefaultAction::End;
        let Situation { has_pending, freezer, .. } = self.situation();
        let waits =
            has_pending && freezer != Some(Freezer::V2) || self.signal_facts.is_stopped_first;
        signal == Signal::KILL || (ends && !waits)
    }

    fn situation(&self) -> Situation {
        match self.masks {
            Masks::Known(masks) => masks.situation,
            Masks::Unread | Masks::Unknown => Situation::CALM,
        }
    }

    /// Whether it is stopped, so that the signal waits for SIGCONT.
    pub(crate) fn waits(&self, signal: Signal) -> bool {
        let handles = matches!(
            self.prediction,
            Prediction::Ends
                | Prediction::Decides
                | Prediction::Stops
                | Prediction::MayBlock
                | Prediction::MayTake
        );
        self.signal_facts.is_stopped && handles && signal != Signal::KILL && signal != Signal::CONT
    }

    /// Whether it is stopped at that time.
    pub(crate) fn is_stopped(&self) -> bool {
        self.signal_facts.is_stopped
    }
}

/// Whether that state delays the signal.
pub(crate) fn has_delay(signal: Signal, state: State) -> bool {
    state == State::DiskSleep || state == State::Traced && signal != Signal::KILL
}

/// The delay of the signal: the predicted one, or that of the state found.
pub(crate) fn delay_of(
    signal: Signal,
    predicted: &ProcessForecast,
    found: Option<State>,
) -> Option<Delay> {
    let is_asleep = found == Some(State::DiskSleep);
    let entered =
        (is_asleep && predicted.prediction == Prediction::Ends).then_some(Delay::Uninterruptible);
    predicted.delay(signal).or(entered)
}

/// Whether a signal ended it right after its parent: it may have asked for that
/// (`PR_SET_PDEATHSIG`, prctl(2)), which no file tells.
pub(crate) fn follows_parent(
    world: &World,
    predicted: &ProcessForecast,
    cause: Cause,
    end: Option<End>,
) -> bool {
    let Reparenting::Adopted { of, .. } = predicted.reparenting else { return false };
    let Some((end, parent)) = end.zip(end_of(world, of)) else { return false };
    match cause.ending() {
        Some(Ending::Signaled { .. }) => {
            end.at >= parent.at && end.at.0 - parent.at.0 < PROMPT_NANOS
        }
        Some(Ending::Exited(_)) => false,
        None => true,
    }
}

/// The end of a process, from whichever source; a process that nobody remembers has ended.
pub(crate) fn end_of(world: &World, id: ProcessId) -> Option<End> {
    match world.life(id) {
        Some(life) => life.known_end(),
        None => Some(End { at: world.now(), cause: Cause::NotReported }),
    }
}
