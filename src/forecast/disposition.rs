//! What one process does with a signal: its masks, and what else decides.

use crate::forecast::{Fate, Shield, Traits};
use crate::record::details::{SignalMasks, Waiting};
use crate::record::key::Pid;
use crate::record::signal::{DefaultAct, Response, Signal};
use crate::record::state::State;
use crate::roles::evidence::Role;
use crate::world::subject::Subject;

/// What of that process decides, its masks and its group apart.
pub(super) fn traits(subject: Subject<'_>) -> Traits {
    let process = subject.process();
    Traits {
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

/// What a process with these masks does with the signal.
pub(super) fn of(traits: Traits, pid: Pid, signal: Signal, masks: SignalMasks) -> Fate {
    let is_forced = signal.cannot_be_caught();
    let response = signal.response(masks);
    if traits.has_ended {
        return Fate::Zombie;
    }
    if traits.is_kernel_thread {
        return Fate::Dropped(Shield::KernelThread);
    }
    // A tracer gets even what is ignored or dropped (`sig_ignored` in kernel/signal.c).
    let tracer = masks.situation.tracer;
    let is_traced = traits.is_traced || tracer.is_some();
    if is_traced && signal != Signal::KILL && (is_forced || !signal.is_in(masks.blocked)) {
        return Fate::Traced { by: tracer };
    }
    // It goes on when the signal is sent, whatever it does with it (signal(7)): an init, too
    // (`prepare_signal` in kernel/signal.c).
    if signal == Signal::CONT && traits.is_stopped {
        return Fate::GoesOn;
    }
    if traits.is_init && response == Response::Default && (pid == 1 || !is_forced) {
        return Fate::Dropped(Shield::Init);
    }
    match (response, signal.default_act()) {
        (Response::Ignores, _) => Fate::Ignores,
        (Response::Blocks, _) if traits.has_threads => Fate::MayBlock,
        (Response::Blocks, _) => Fate::Blocks,
        (Response::Catches, _) => Fate::Decides,
        (Response::Default, DefaultAct::End | DefaultAct::EndWithCore | DefaultAct::Stop)
            if masks.situation.waiting != Waiting::No && !is_forced =>
        {
            Fate::MayTake
        }
        (Response::Default, DefaultAct::End | DefaultAct::EndWithCore) => Fate::Ends,
        (Response::Default, DefaultAct::Stop) if traits.is_group_orphaned && !is_forced => {
            Fate::Dropped(Shield::OrphanedGroup)
        }
        (Response::Default, DefaultAct::Stop) => Fate::Stops,
        (Response::Default, DefaultAct::Continue | DefaultAct::Nothing) => Fate::Unchanged,
    }
}

impl Fate {
    /// Whether the signal goes to such a process.
    pub fn receives(self) -> bool {
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
