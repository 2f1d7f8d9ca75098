//! The comparison of a forecast with the facts, in words. Names in it are exact: nothing is made
//! harmless yet.

mod others;

pub(crate) use others::others;

use crate::forecast::{
    Cascade, Delay, DropReason, Expected, Forecast, Found, Prediction, Reparenting, Verdict,
};
use crate::record::{Disposition, Ending, ProcessId, State};
use crate::text::units::{count, duration};
use crate::world::{Cause, Comparison, World};

/// The end or the state of a process, without its name: `ended by SIGKILL`.
pub(crate) fn describe(world: &World, verdict: &Verdict) -> String {
    let sentence = sentence(world, verdict);
    match verdict.found {
        // A handler takes its time: say how long it took.
        Found::Ended { after, cause }
            if verdict.prediction == Prediction::Decides && cause.status().is_some() =>
        {
            format!("{sentence} after {}", duration(after as f64 / 1e9))
        }
        _ => sentence,
    }
}

/// The same after its name and pid: `bash 4711 ended by SIGKILL`.
pub(crate) fn with_name(world: &World, verdict: &Verdict) -> String {
    format!("{} {} {}", verdict.name, verdict.id.pid, describe(world, verdict))
}

/// The comparison in one line: `as predicted: bash 4711 ended by SIGKILL, 2 orphans adopted by
/// init 1`.
pub(crate) fn line(world: &World, forecast: &Forecast, verdicts: &[Verdict]) -> String {
    let differences: Vec<&Verdict> =
        verdicts.iter().filter(|verdict| verdict.comparison == Comparison::Mismatch).collect();
    if let [first, others @ ..] = &*differences {
        let more = match others.len() {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        return format!("not as predicted: {}{more}", with_name(world, first));
    }
    let own = verdicts.iter().find(|verdict| verdict.id == forecast.target);
    let own = own.map(|verdict| with_name(world, verdict));
    let parts: Vec<String> = own.into_iter().chain(others(world, forecast, verdicts)).collect();
    format!("{}: {}", headline(verdicts), parts.join(", "))
}

/// The text of the log's entry for a signal, whose target has a column of its own there.
pub(crate) fn of_signal(world: &World, forecast: &Forecast, verdicts: &[Verdict]) -> String {
    let signal = forecast.signal.name();
    let differences =
        verdicts.iter().filter(|verdict| verdict.comparison == Comparison::Mismatch).count();
    if differences > 0 {
        let things = count(differences, "thing", "things");
        return format!("{signal}: {things} not as predicted");
    }
    let own = verdicts.iter().find(|verdict| verdict.id == forecast.target);
    let own = own.map(|verdict| describe(world, verdict));
    let parts: Vec<String> = own.into_iter().chain(others(world, forecast, verdicts)).collect();
    format!("{signal}: {}: {}", headline(verdicts), parts.join(", "))
}

fn headline(verdicts: &[Verdict]) -> &'static str {
    match verdicts.iter().map(|verdict| verdict.comparison).max() {
        Some(Comparison::Pending) => "as predicted so far",
        Some(Comparison::Unrelated) => "nothing to compare",
        _ => "as predicted",
    }
}

/// Whether all that happened to it is that it lost its parent, as predicted.
fn is_orphan(verdict: &Verdict) -> bool {
    let is_left = matches!(
        verdict.prediction,
        Prediction::Spared | Prediction::LeftOut | Prediction::Refused { .. } | Prediction::Zombie
    );
    let lives = matches!(verdict.found, Found::Lives { .. });
    is_left && lives && verdict.comparison != Comparison::Mismatch
}

fn adoption(world: &World, adopter: Option<ProcessId>) -> String {
    match adopter {
        Some(_) => format!(", adopted by {}", who(world, adopter)),
        None => " whose adopter is not known yet".to_owned(),
    }
}

fn sentence(world: &World, verdict: &Verdict) -> String {
    match verdict.found {
        Found::Ended { .. } if verdict.prediction == Prediction::Zombie => {
            match verdict.reparenting {
                Reparenting::Adopted { by, .. } => {
                    format!("is gone: {} waited for it", who(world, by))
                }
                Reparenting::Stays => "is gone".to_owned(),
            }
        }
        Found::Ended { cause, .. } => ended(world, verdict, cause),
        Found::Lives { parent, .. } if is_orphan(verdict) => {
            format!("became an orphan{}", adoption(world, parent))
        }
        Found::Lives { state, parent } => lives(world, verdict, state, parent),
        Found::Born { creator, ended } => {
            let end = ended.map_or_else(String::new, |cause| format!(", and {}", how(cause)));
            let note =
                if verdict.comparison == Comparison::Mismatch { ": not predicted" } else { "" };
            format!("was started by {}{end}{note}", who(world, Some(creator)))
        }
    }
}

fn ended(world: &World, verdict: &Verdict, cause: Cause) -> String {
    let how = how(cause);
    let signal = verdict.signal.name();
    let predicted = match (verdict.comparison, verdict.expected, verdict.prediction) {
        (Comparison::Matched, _, Prediction::Decides) => {
            return format!("caught {signal} and {how}");
        }
        (Comparison::Matched, _, Prediction::EndsWith { cascade, .. }) => {
            return format!("{how}, with {}", name_of(cascade));
        }
        (Comparison::Pending, Expected::None, _) => {
            return format!(
                "{how} with its parent: that may have been asked for (PR_SET_PDEATHSIG, \
                 PTRACE_O_EXITKILL)"
            );
        }
        (Comparison::Matched | Comparison::Pending, ..) => return how,
        (Comparison::Unrelated, _, prediction) if prediction.receives() => {
            return format!("{how} before {signal} came");
        }
        (Comparison::Unrelated, ..) => return format!("{how}, by itself"),
        (_, Expected::By(signal), _) => signal.name(),
        (_, _, Prediction::Spared) => match verdict.reparenting {
            Reparenting::Adopted { by, .. } => format!("that it lives on under {}", who(world, by)),
            Reparenting::Stays => return format!("{how}: not predicted"),
        },
        (_, _, Prediction::Ignores) => format!("that it ignores {signal}"),
        (_, _, Prediction::HangsUp { .. }) => "that it ignores SIGHUP".to_owned(),
        (_, _, Prediction::Stops) => "that it stops".to_owned(),
        (_, _, Prediction::GoesOn) => "that it goes on".to_owned(),
        (_, _, Prediction::Ends | Prediction::Decides | Prediction::MayBlock) => {
            "that it stays stopped".to_owned()
        }
        _ => "that nothing happens to it".to_owned(),
    };
    format!("{how}; predicted was {predicted}")
}

fn lives(world: &World, verdict: &Verdict, state: State, parent: Option<ProcessId>) -> String {
    let signal = verdict.signal.name();
    if verdict.comparison == Comparison::Mismatch {
        return lives_otherwise(world, verdict, state, parent);
    }
    let mut sentence = match verdict.prediction {
        _ if verdict.comparison == Comparison::Pending
            && verdict.delay.is_some_and(|it| it != Delay::Stopped) =>
        {
            format!("lives on so far: {signal} waits while it {}", waits(verdict.delay))
        }
        Prediction::Traced { .. } => format!("lives on so far: its tracer decides about {signal}"),
        Prediction::Ends if verdict.comparison == Comparison::Pending && state == State::Traced => {
            format!("lives on so far: its tracer decides about {signal}")
        }
        Prediction::Decides if verdict.comparison == Comparison::Pending => {
            format!("caught {signal} and lives on so far")
        }
        Prediction::Decides => format!("caught {signal} and lived on"),
        _ if verdict.comparison == Comparison::Pending => {
            format!("lives on so far; what it does with {signal} was not known")
        }
        Prediction::Ignores => format!("ignored {signal} and lived on"),
        Prediction::Blocks => format!("held {signal} back and lived on"),
        Prediction::Stops if verdict.expected == Expected::None && state == State::Stopped => {
            "stopped".to_owned()
        }
        Prediction::GoesOn => "went on".to_owned(),
        Prediction::HangsUp { response: Some(Disposition::Ignores), .. } => {
            "ignored SIGHUP and lived on".to_owned()
        }
        Prediction::HangsUp { .. } => "got SIGHUP and lived on".to_owned(),
        Prediction::Dropped(DropReason::Init | DropReason::OrphanedGroup) => {
            format!("lived on: the kernel dropped {signal}")
        }
        Prediction::Ends | Prediction::MayBlock | Prediction::Stops => {
            format!("stayed stopped: {signal} waits for SIGCONT")
        }
        _ => "lived on as before".to_owned(),
    };
    if let Reparenting::Adopted { of, .. } = verdict.reparenting
        && let Some(parent) = parent.filter(|parent| *parent != of)
    {
        sentence = format!("{sentence}, adopted by {}", who(world, Some(parent)));
    }
    sentence
}

/// The reason for which a signal waits.
fn waits(delay: Option<Delay>) -> &'static str {
    match delay {
        Some(Delay::Frozen) => "is frozen",
        Some(Delay::Vfork) => "waits for its vfork child",
        Some(Delay::Stopped) => "is stopped",
        _ => "is in uninterruptible sleep (D)",
    }
}

fn lives_otherwise(
    world: &World,
    verdict: &Verdict,
    state: State,
    parent: Option<ProcessId>,
) -> String {
    let note = match state {
        State::Running | State::Sleeping => String::new(),
        other => format!(" ({})", other.into_str()),
    };
    match (verdict.expected, verdict.prediction) {
        (Expected::By(signal), _) => {
            format!("was to end by {}, and still lives{note}", signal.name())
        }
        (Expected::Some, Prediction::EndsWith { cascade, .. }) => {
            format!("was to end with {}, and still lives{note}", name_of(cascade))
        }
        (_, Prediction::Zombie) => {
            format!("is a zombie still: {} was to wait for it", who(world, adopter(verdict)))
        }
        (_, Prediction::Stops) if state != State::Stopped => {
            format!("was to stop, and is {}", state.into_str())
        }
        (_, Prediction::GoesOn) if state == State::Stopped => {
            "was to go on, and is stopped still".to_owned()
        }
        _ => match adopter(verdict) {
            Some(by) => format!(
                "was adopted by {}; predicted was {}",
                who(world, parent),
                who(world, Some(by))
            ),
            None => format!("became an orphan, adopted by {}: not predicted", who(world, parent)),
        },
    }
}

fn adopter(verdict: &Verdict) -> Option<ProcessId> {
    match verdict.reparenting {
        Reparenting::Adopted { by, .. } => by,
        Reparenting::Stays => None,
    }
}

fn name_of(cascade: Cascade) -> &'static str {
    match cascade {
        Cascade::Namespace => "its pid namespace",
        Cascade::Lab => "the lab",
    }
}

/// How a process ended, as a sentence goes on.
fn how(cause: Cause) -> String {
    match cause.ending() {
        None => "ended (cause unknown)".to_owned(),
        Some(Ending::Exited(code)) => format!("ended with exit {code}"),
        Some(signal @ Ending::Signaled { .. }) => format!("ended by {signal}"),
    }
}

/// A process by name and pid: `systemd 1`.
fn who(world: &World, id: Option<ProcessId>) -> String {
    let Some(id) = id else { return "init".to_owned() };
    let name = world.life(id).map_or("?", |life| &life.stat.comm);
    format!("{name} {}", id.pid)
}
