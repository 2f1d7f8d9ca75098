//! The forecast in sentences before the signal is sent, with the warnings against it.

mod effects;
mod exceptions;

use crate::forecast::builder::is_above_pexplore;
use crate::forecast::{Masks, Scope, forecast};
use crate::record::{ProcessId, Signal};
use crate::roles::Subject;
use crate::verdict::Role;
use crate::world::World;

pub(crate) use effects::effects;
pub(crate) use exceptions::refusal;

/// The forecast in sentences, the weightiest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Preview {
    /// The reasons against it; each asks for attention.
    pub(crate) warnings: Vec<String>,
    pub(crate) effects: Vec<String>,
    /// Whether the act must be confirmed a second time.
    pub(crate) needs_second_confirmation: bool,
}

/// Predicts what that signal does. `masks` are the target's own, once they were read.
pub(crate) fn preview(
    world: &World,
    target: ProcessId,
    signal: Signal,
    scope: Scope,
    masks: Masks,
) -> Preview {
    let mut preview = Preview::default();
    let reported = forecast(world, target, signal, scope, masks);
    let Some((forecast, subject)) = reported.zip(world.subject(target)) else {
        let cause = world.ending(target).map_or_else(String::new, |how| format!(" ({how})"));
        let gone = format!("{} has already ended{cause}; there is nothing to do.", target.pid);
        preview.effects.push(gone);
        return preview;
    };
    warn(&mut preview, subject, scope);
    preview.effects = effects(world, &forecast);
    preview
}

fn warn(preview: &mut Preview, subject: Subject<'_>, scope: Scope) {
    let own = &subject.world().host().own;
    let pid = subject.pid();
    let mut special = |sentence: &str| {
        preview.warnings.push(sentence.to_owned());
        preview.needs_second_confirmation = true;
    };
    if pid == 1 {
        special("This is pid 1: if it ends, everything in its pid namespace ends with it.");
    }
    if subject.process().verdict.role == Role::Kernel {
        special("This is a kernel thread: signals from here have no effect on it.");
    }
    if pid == own.pid {
        special("This is pexplore itself.");
    }
    if is_above_pexplore(subject) {
        let sentence = match scope {
            Scope::Process => "pexplore runs below this process and may end with it.",
            Scope::Subtree => {
                "pexplore runs below this process; it, its ancestors and its terminal's shell \
                 are left out."
            }
        };
        preview.warnings.push(sentence.to_owned());
    }
}

#[cfg(test)]
mod tests;
