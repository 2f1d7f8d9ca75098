//! The effect of a signal on one process, from its masks and other facts.

use crate::forecast::{DropReason, Prediction, SignalFacts};
use crate::record::{DefaultAction, Disposition, Pid, Signal, SignalMasks, State, Waiting};
use crate::roles::Subject;
use crate::verdict::Role;

/// The facts of that process that decide, its masks and its group apart.
pub(super) fn signal_facts(subject: Subject<'_>) -> SignalFacts {
    let process = subject.process();
    SignalFacts {
        has_ended: process.stat.has_ended(),
        is_kernel_thread: process.verdict.role == Role::Kernel,
        is_init: subject.is_namespace_init(),
        is_stopped: process.stat.state == State::Stopped,
        is_traced: process.stat.state == State::Traced,
        is_uninterruptible: process.stat.state == State::DiskSleep,
        has_threads: process.stat.living_threads().is_some_and(|threads| threads > 1),
        is_group_orphaned: false,
        is_stopped_first: false,
    }
}

/// Predicts the effect of the signal on a process with these masks.
pub(super) fn predict(
    signal_facts: SignalFacts,
    pid: Pid,
    signal: Signal,
    masks: SignalMasks,
) -> Prediction {
    let is_forced = signal.cannot_be_caught();
    let response = signal.response(masks);
    if signal_facts.has_ended {
        return Prediction::Zombie;
    }
    if signal_facts.is_kernel_thread {
        return Prediction::Dropped(DropReason::KernelThread);
    }
    // A tracer gets even what is ignored or dropped (`sig_ignored` in kernel/signal.c).
    let tracer = masks.situation.tracer;
    let is_traced = signal_facts.is_traced || tracer.is_some();
    if is_traced && signal != Signal::KILL && (is_forced || !signal.is_in(masks.blocked)) {
        return Prediction::Traced { by: tracer };
    }
    // It goes on when the signal is sent, whatever it does with it (signal(7)): an init, too
    // (`prepare_signal` in kernel/signal.c).
    if signal == Signal::CONT && signal_facts.is_stopped {
        return Prediction::GoesOn;
    }
    if signal_facts.is_init && response == Disposition::Default && (pid == 1 || !is_forced) {
        return Prediction::Dropped(DropReason::Init);
    }
    match (response, signal.default_act()) {
        (Disposition::Ignores, _) => Prediction::Ignores,
        (Disposition::Blocks, _) if signal_facts.has_threads => Prediction::MayBlock,
        (Disposition::Blocks, _) => Prediction::Blocks,
        (Disposition::Catches, _) => Prediction::Decides,
        (
            Disposition::Default,
            DefaultAction::End | DefaultAction::EndWithCore | DefaultAction::Stop,
        ) if masks.situation.waiting != Waiting::No && !is_forced => Prediction::MayTake,
        (Disposition::Default, DefaultAction::End | DefaultAction::EndWithCore) => Prediction::Ends,
        (Disposition::Default, DefaultAction::Stop)
            if signal_facts.is_group_orphaned && !is_forced =>
        {
            Prediction::Dropped(DropReason::OrphanedGroup)
        }
        (Disposition::Default, DefaultAction::Stop) => Prediction::Stops,
        (Disposition::Default, DefaultAction::Continue | DefaultAction::Nothing) => {
            Prediction::Unchanged
        }
    }
}

impl Prediction {
    /// Whether the signal goes to such a process.
    pub(crate) fn receives(self) -> bool {
        !matches!(
            self,
            Self::Spared
                | Self::LeftOut
                | Self::Zombie
                | Self::Refused { .. }
                | Self::HangsUp { .. }
                | Self::EndsWith { .. }
        )
    }
}
