//! What a signal will do, said before it is sent.

use crate::model::details::SignalMasks;
use crate::model::evidence::{Evidence, Role};
use crate::model::key::ProcessKey;
use crate::model::signal::{DefaultAct, Response, Signal};
use crate::model::specimen::LAB_HELPER;
use crate::model::state::State;
use crate::model::subject::Subject;
use crate::model::units::count;
use crate::model::world::World;

/// Whom a signal is sent to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scope {
    /// The process alone.
    Process,
    /// The process and all its living descendants, the newly born among them.
    Subtree,
}

/// What is known of what the target does with signals.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Masks {
    /// It is being read.
    #[default]
    Unread,
    /// The source does not tell.
    Unknown,
    /// It was read.
    Known(SignalMasks),
}

/// What will happen, in sentences, the weightiest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preview {
    /// What speaks against it; each asks for attention.
    pub warnings: Vec<String>,
    /// What will happen.
    pub effects: Vec<String>,
    /// Whether the act must be confirmed a second time.
    pub needs_second_confirmation: bool,
}

/// Foretells what that signal does. `masks` are the target's own, once they were read.
pub fn preview(
    world: &World,
    target: ProcessKey,
    signal: Signal,
    scope: Scope,
    masks: Masks,
) -> Preview {
    let mut preview = Preview::default();
    let Some(subject) = world.subject(target).filter(|subject| subject.process().ended.is_none())
    else {
        preview.effects.push(format!("{} has ended already; there is nothing to do.", target.pid));
        return preview;
    };
    warn(&mut preview, subject, scope);
    if scope == Scope::Subtree {
        describe_subtree(&mut preview, subject, signal);
        return preview;
    }
    if subject.process().stat.state == State::Zombie {
        describe_zombie(&mut preview, subject);
        return preview;
    }
    let masks = match masks {
        Masks::Known(masks) => masks,
        Masks::Unread => {
            preview.effects.push("What it does with signals is being read.".to_owned());
            return preview;
        }
        Masks::Unknown => {
            let sentence =
                "What it does with signals is not known; unless it cares about this one:";
            preview.effects.push(sentence.to_owned());
            SignalMasks::default()
        }
    };
    if is_shielded(subject, signal, masks) {
        preview.effects.push(format!(
            "It is the init of a pid namespace and does not catch {}: the kernel drops the signal.",
            signal.name()
        ));
        return preview;
    }
    describe_response(&mut preview, subject, signal, masks);
    if ends(signal, masks) {
        describe_end(&mut preview, subject, signal);
    }
    preview
}

/// Whether the kernel drops the signal: an init gets only what it handles and, from an outer
/// namespace, KILL and STOP (`pid_namespaces(7)`).
fn is_shielded(subject: Subject<'_>, signal: Signal, masks: SignalMasks) -> bool {
    let is_forced = signal == Signal::KILL || signal == Signal::STOP;
    subject.is_namespace_init()
        && signal.response(masks) == Response::Default
        && !(is_forced && subject.pid() != 1)
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

/// Whether pexplore runs below that process, or in the terminal session that it leads. By the
/// tree of now where pexplore is in it: its parent may have changed since it started.
fn is_above_pexplore(subject: Subject<'_>) -> bool {
    let own = &subject.world().host().own;
    let Some(pexplore) = subject.living(own.pid) else {
        return own.ancestors.contains(&subject.pid());
    };
    let mut above = std::iter::successors(pexplore.parent(), |ancestor| ancestor.parent());
    above.any(|ancestor| ancestor.key() == subject.key())
        || pexplore.process().stat.sid == Some(subject.pid()) && subject.pid() != own.pid
}

fn describe_subtree(preview: &mut Preview, subject: Subject<'_>, signal: Signal) {
    let own = &subject.world().host().own;
    let is_own = |subject: &Subject<'_>| subject.pid() == own.pid || is_above_pexplore(*subject);
    let below = subject.world().tree().below(subject.slot());
    let living: Vec<Subject<'_>> = std::iter::once(subject.slot())
        .chain(below)
        .map(|slot| Subject::new(subject.world(), slot))
        .filter(|subject| subject.process().is_living())
        .collect();
    let left_out: Vec<String> =
        living.iter().filter(|subject| is_own(subject)).map(|own| own.pid().to_string()).collect();
    let targets = living.len() - left_out.len();
    let name = signal.name();
    preview.effects.push(match targets {
        0 => format!("{name} goes to no process."),
        1 => format!(
            "{name} goes to 1 process: it is stopped first, so that it does not escape by forking."
        ),
        more => format!(
            "{name} goes to all {more} processes: each is stopped first, so that none escapes by \
             forking."
        ),
    });
    if !left_out.is_empty() {
        preview.effects.push(format!("Left out: {}.", left_out.join(", ")));
    }
    if targets > 0 && signal != Signal::KILL && signal.default_act() != DefaultAct::Stop {
        preview.effects.push("Then what was stopped here goes on.".to_owned());
    }
}

fn describe_zombie(preview: &mut Preview, subject: Subject<'_>) {
    let waits = match subject.parent() {
        Some(parent) => format!(
            "Its parent {} has not called wait() for it; it goes when that one does, or ends.",
            parent.who()
        ),
        None => "Its parent has not called wait() for it.".to_owned(),
    };
    preview.effects.push("It is a zombie: it has ended, and no signal reaches it.".to_owned());
    preview.effects.push(waits);
}

fn describe_response(
    preview: &mut Preview,
    subject: Subject<'_>,
    signal: Signal,
    masks: SignalMasks,
) {
    let name = signal.name();
    let is_stopped = matches!(subject.process().stat.state, State::Stopped);
    let sentence = match (signal.response(masks), signal.default_act()) {
        (Response::Ignores, _) => format!("It ignores {name}: nothing will happen."),
        (Response::Blocks, _) => {
            format!("It blocks {name}: the signal waits until it unblocks it.")
        }
        (Response::Catches, _) => format!("It catches {name}: a handler of its own decides."),
        (Response::Default, DefaultAct::End) => "It ends.".to_owned(),
        (Response::Default, DefaultAct::EndWithCore) => {
            "It ends, with a core dump if the system keeps those.".to_owned()
        }
        (Response::Default, DefaultAct::Stop) => "It stops until SIGCONT.".to_owned(),
        (Response::Default, DefaultAct::Continue) if is_stopped => "It goes on.".to_owned(),
        (Response::Default, DefaultAct::Continue) => {
            "It is not stopped: nothing changes.".to_owned()
        }
        (Response::Default, DefaultAct::Nothing) => "Nothing happens by default.".to_owned(),
    };
    preview.effects.push(sentence);
    let waits_for_cont = signal != Signal::KILL && signal != Signal::CONT;
    if is_stopped && waits_for_cont && signal.response(masks) != Response::Ignores {
        preview.effects.push("It is stopped now: it notices only after SIGCONT.".to_owned());
    }
}

/// Whether the signal is going to end the process, as far as masks tell.
fn ends(signal: Signal, masks: SignalMasks) -> bool {
    matches!(signal.default_act(), DefaultAct::End | DefaultAct::EndWithCore)
        && matches!(signal.response(masks), Response::Default | Response::Catches)
}

fn describe_end(preview: &mut Preview, subject: Subject<'_>, signal: Signal) {
    if subject.is_namespace_init() {
        let sentence = "It is the init of a pid namespace: all in there are killed when it ends.";
        preview.effects.push(sentence.to_owned());
        return;
    }
    // Only the helper has test children without being one: its end is the lab's.
    let is_specimen = |process: Subject<'_>| process.process().specimen.is_some();
    let (specimens, children): (Vec<Subject<'_>>, Vec<Subject<'_>>) =
        subject.living_children().partition(|child| is_specimen(*child) && !is_specimen(subject));
    if !specimens.is_empty() {
        let sentence = "If it ends, the lab ends, and every test child with it.";
        preview.effects.push(sentence.to_owned());
    }
    if !children.is_empty() {
        let names: Vec<String> =
            children.iter().take(3).map(|child| child.who().to_string()).collect();
        let more = if children.len() > names.len() { ", …" } else { "" };
        let adopter =
            adopter(subject).map_or_else(|| "init".to_owned(), |adopter| adopter.who().to_string());
        preview.effects.push(format!(
            "If it ends, {} of it, {}{more}, {}; {adopter} adopts {}.",
            count(children.len(), "child", "children"),
            names.join(", "),
            if children.len() == 1 { "becomes an orphan" } else { "become orphans" },
            if children.len() == 1 { "it" } else { "them" },
        ));
    }
    let is_daemonic = |child: &&Subject<'_>| {
        child.process().verdict.evidence.iter().any(|evidence| {
            matches!(evidence, Evidence::DaemonicPoolWorker { .. } | Evidence::DaemonicSpecimen)
        })
    };
    let daemonic = children.iter().filter(is_daemonic).count();
    if daemonic > 0 && signal == Signal::KILL {
        preview.effects.push(format!(
            "{} of them {} daemonic, yet a main that is killed cannot end them.",
            daemonic,
            if daemonic == 1 { "is" } else { "are" },
        ));
    }
    if subject.leads_terminal() {
        preview
            .effects
            .push("It leads a terminal's session: the foreground job gets SIGHUP.".to_owned());
    }
}

/// Who takes in the children of a process that ends: the nearest known subreaper above it, else
/// the init of its pid namespace (`find_new_reaper` in kernel/exit.c).
fn adopter(subject: Subject<'_>) -> Option<Subject<'_>> {
    let mut above = subject.parent();
    // Of the lab's own it is known before anything was adopted.
    let is_specimen = subject.process().specimen.is_some();
    while let Some(ancestor) = above {
        let is_helper = is_specimen && &*ancestor.process().stat.comm == LAB_HELPER;
        if is_helper || ancestor.is_reaper() {
            return Some(ancestor);
        }
        above = ancestor.parent();
    }
    subject.living(1)
}

#[cfg(test)]
mod tests;
