//! The sentences of a forecast.

use crate::forecast::preview::exceptions::{self, late, named, traced, user_name};
use crate::forecast::{
    Cascade, Delay, DropReason, Forecast, HangUp, Masks, Prediction, ProcessForecast, Reparenting,
    Scope,
};
use crate::record::{DefaultAction, Disposition, Signal};
use crate::roles::Subject;
use crate::text::units::count;
use crate::verdict::Evidence;
use crate::world::World;

/// Its disposition was not read.
const UNKNOWN: &str = "What it does with signals is not known; unless it cares about this one:";

/// The effects, in sentences.
pub(crate) fn effects(world: &World, forecast: &Forecast) -> Vec<String> {
    let mut effects = Vec::new();
    let Some(target) = forecast.of_target() else { return effects };
    if forecast.scope == Scope::Subtree {
        describe_subtree(&mut effects, world, forecast);
        return effects;
    }
    if target.prediction == Prediction::Zombie {
        describe_zombie(&mut effects, world, target);
        return effects;
    }
    let signal = forecast.signal;
    if !target.is_sure(signal) {
        if target.masks == Masks::Unread {
            effects.push("What it does with signals is being read.".to_owned());
            return effects;
        }
        effects.push(UNKNOWN.to_owned());
    }
    effects.push(match target.prediction {
        Prediction::Traced { by } => traced(world, by, signal),
        Prediction::Refused { user } => {
            format!("Permission denied: it runs as {}.", user_name(world, user))
        }
        Prediction::Ends if target.delay(signal).is_some_and(|it| it != Delay::Stopped) => {
            String::new()
        }
        _ => response(target, signal),
    });
    effects.retain(|sentence| !sentence.is_empty());
    let is_stopped = target.prediction == Prediction::Blocks && target.is_stopped();
    let delay = target.delay(signal).or(is_stopped.then_some(Delay::Stopped));
    effects.extend(delay.map(|delay| late(target, delay, signal)));
    if target.may_end(signal) {
        describe_end(&mut effects, world, forecast);
    }
    effects
}

fn describe_subtree(effects: &mut Vec<String>, world: &World, forecast: &Forecast) {
    let name = forecast.signal.name();
    effects.push(match forecast.receivers().count() {
        0 => format!("{name} goes to no process."),
        1 => format!(
            "{name} goes to 1 process: it is stopped first, so that it does not escape by forking."
        ),
        more => format!(
            "{name} goes to all {more} processes: each is stopped first, so that none escapes by \
             forking."
        ),
    });
    let is_left_out = |predicted: &&ProcessForecast| predicted.prediction == Prediction::LeftOut;
    let left_out: Vec<String> = forecast
        .processes
        .iter()
        .filter(is_left_out)
        .map(|predicted| predicted.id.pid.to_string())
        .collect();
    if !left_out.is_empty() {
        effects.push(format!("Left out: {}.", left_out.join(", ")));
    }
    exceptions::describe_exceptions(effects, forecast);
    let is_sent = forecast.receivers().next().is_some();
    let goes_on = forecast.signal != Signal::KILL;
    if is_sent && goes_on && forecast.signal.default_act() != DefaultAction::Stop {
        effects.push("Afterwards it continues everything it stopped.".to_owned());
    }
    describe_orphans(effects, world, forecast);
    describe_cascades(effects, forecast);
}

fn describe_zombie(effects: &mut Vec<String>, world: &World, target: &ProcessForecast) {
    let waits = match world.subject(target.id).and_then(Subject::parent) {
        Some(parent) => format!(
            "Its parent {} has not called wait() for it; it goes when that one does, or ends.",
            parent.who()
        ),
        None => "Its parent has not called wait() for it.".to_owned(),
    };
    effects.push("It is a zombie: it has ended, and no signal reaches it.".to_owned());
    effects.push(waits);
}

/// The target's response to the signal.
fn response(target: &ProcessForecast, signal: Signal) -> String {
    let name = signal.name();
    match target.prediction {
        Prediction::Ignores => format!("It ignores {name}: nothing will happen."),
        Prediction::Blocks => {
            format!(
                "It blocks {name}: the signal waits until it unblocks it, or reads it (signalfd)."
            )
        }
        Prediction::MayBlock => {
            format!("A thread of it blocks {name}: another one may take it.")
        }
        Prediction::MayTake => {
            let act = if signal.default_act().ends() { "ends" } else { "stops" };
            format!("It {act}, unless it waits for {name} itself (sigwait): then it decides.")
        }
        Prediction::Decides => format!("It catches {name}: a handler of its own decides."),
        Prediction::Ends if signal.default_act() == DefaultAction::EndWithCore => {
            "It ends, with a core dump if the system keeps those.".to_owned()
        }
        Prediction::Ends => "It ends.".to_owned(),
        Prediction::Stops => "It stops until SIGCONT.".to_owned(),
        Prediction::GoesOn => "It continues.".to_owned(),
        Prediction::Unchanged if signal.default_act() == DefaultAction::Continue => {
            "It is not stopped: nothing changes.".to_owned()
        }
        Prediction::Dropped(DropReason::KernelThread) => "Nothing will happen.".to_owned(),
        Prediction::Dropped(DropReason::Init) => format!(
            "It is the init of a pid namespace and does not catch {name}: the kernel drops the \
             signal."
        ),
        Prediction::Dropped(DropReason::OrphanedGroup) => format!(
            "Nobody is left who could let its process group go on: the kernel drops {name}; \
             SIGSTOP stops it."
        ),
        _ => "Nothing happens by default.".to_owned(),
    }
}

fn describe_end(effects: &mut Vec<String>, world: &World, forecast: &Forecast) {
    if describe_cascades(effects, forecast) == Some(Cascade::Namespace) {
        return;
    }
    let orphans = adopted(forecast, |predicted| predicted.prediction != Prediction::Zombie);
    describe_orphans(effects, world, forecast);
    let zombies = adopted(forecast, |predicted| predicted.prediction == Prediction::Zombie);
    if let [zombie, others @ ..] = &*zombies {
        let by = adopter_name(world, zombie);
        effects.push(if others.is_empty() {
            format!("Its zombie child {} goes, too: {by} waits for it.", named(&zombies))
        } else {
            format!("{} zombie children of it go, too: {by} waits for them.", zombies.len())
        });
    }
    let is_daemonic = |child: &&&ProcessForecast| {
        world.get(child.id).is_some_and(|process| {
            process.verdict.evidence.iter().any(|evidence| {
                matches!(
                    evidence,
                    Evidence::DaemonicPoolWorker { .. } | Evidence::DaemonicTestProcess
                )
            })
        })
    };
    let daemonic = orphans.iter().filter(is_daemonic).count();
    if daemonic > 0 && forecast.signal == Signal::KILL {
        effects.push(format!(
            "{} of them {} daemonic, yet a main that is killed cannot end them.",
            daemonic,
            if daemonic == 1 { "is" } else { "are" },
        ));
    }
    describe_hang_up(effects, world, forecast);
}

fn describe_orphans(effects: &mut Vec<String>, world: &World, forecast: &Forecast) {
    // Of a subtree, processes of which nothing is known will end as the others.
    let is_subtree = forecast.scope == Scope::Subtree;
    let orphans = adopted(forecast, |predicted| match predicted.prediction {
        Prediction::Zombie => false,
        Prediction::Ends => !is_subtree,
        _ => true,
    });
    let Some(first) = orphans.first() else { return };
    let is_one = orphans.len() == 1;
    let children = match forecast.scope {
        Scope::Process => {
            format!("If it ends, {} of it", count(orphans.len(), "child", "children"))
        }
        Scope::Subtree => format!("If what is above ends, {} of them", orphans.len()),
    };
    let may_be_nearer = orphans
        .iter()
        .any(|it| matches!(it.reparenting, Reparenting::Adopted { or_nearer: true, .. }));
    effects.push(format!(
        "{children}, {}, {}; {} adopts {}{}.",
        named(&orphans),
        if is_one { "becomes an orphan" } else { "become orphans" },
        adopter_name(world, first),
        if is_one { "it" } else { "them" },
        if may_be_nearer { ", unless a subreaper is nearer" } else { "" },
    ));
    exceptions::describe_traced(effects, world, &orphans);
    // Test processes do not ask for a death signal.
    let is_known = |orphan: &&ProcessForecast| {
        world.get(orphan.id).is_some_and(|process| process.test_process.is_some())
    };
    if !orphans.iter().all(is_known) {
        effects.push("A child that asked to die with it (PR_SET_PDEATHSIG) ends, too.".to_owned());
    }
}

fn describe_hang_up(effects: &mut Vec<String>, world: &World, forecast: &Forecast) {
    let hung_up = |wanted: HangUp| -> Vec<&ProcessForecast> {
        let all = forecast.processes.iter();
        let is_wanted = |it: &&ProcessForecast| matches!(it.prediction, Prediction::HangsUp { why, .. } if why == wanted);
        all.filter(is_wanted).collect()
    };
    let foreground = hung_up(HangUp::Foreground);
    if world.subject(forecast.target).is_some_and(Subject::leads_terminal) {
        let who =
            if foreground.is_empty() { String::new() } else { format!(": {}", named(&foreground)) };
        effects
            .push(format!("It leads a terminal's session: the foreground job gets SIGHUP{who}."));
    }
    let stopped = hung_up(HangUp::StoppedJob);
    if !stopped.is_empty() {
        effects.push(format!(
            "Nobody else could let a stopped job go on, so its group gets SIGHUP and SIGCONT: {}.",
            named(&stopped)
        ));
    }
    let is_ignored = |predicted: &&&ProcessForecast| {
        matches!(
            predicted.prediction,
            Prediction::HangsUp { response: Some(Disposition::Ignores), .. }
        )
    };
    let ignoring = foreground.iter().chain(&stopped).filter(is_ignored).count();
    if ignoring > 0 {
        let verb = if ignoring == 1 { "ignores" } else { "ignore" };
        effects.push(format!("{ignoring} of these {verb} SIGHUP."));
    }
}

/// Says what else ends; which realm that is.
fn describe_cascades(effects: &mut Vec<String>, forecast: &Forecast) -> Option<Cascade> {
    let cascade = forecast.processes.iter().find_map(|predicted| match predicted.prediction {
        Prediction::EndsWith { cascade, .. } => Some(cascade),
        _ => None,
    });
    // The init of an empty namespace is one, too.
    let cascade = cascade.or_else(|| {
        let is_init = forecast.of_target().is_some_and(ProcessForecast::is_init);
        is_init.then_some(Cascade::Namespace)
    });
    let sentence = match cascade? {
        Cascade::Namespace => {
            "It is the init of a pid namespace: all in there are killed when it ends."
        }
        Cascade::Lab => "If it ends, the lab ends, and every test process with it.",
    };
    effects.push(sentence.to_owned());
    cascade
}

/// The adopted processes of that sort.
fn adopted(
    forecast: &Forecast,
    is_meant: impl Fn(&ProcessForecast) -> bool,
) -> Vec<&ProcessForecast> {
    let is_adopted =
        |predicted: &&ProcessForecast| matches!(predicted.reparenting, Reparenting::Adopted { .. });
    forecast.processes.iter().filter(is_adopted).filter(|predicted| is_meant(predicted)).collect()
}

fn adopter_name(world: &World, predicted: &ProcessForecast) -> String {
    let by = match predicted.reparenting {
        Reparenting::Adopted { by, .. } => by,
        Reparenting::Stays => None,
    };
    let by = by.and_then(|by| world.subject(by));
    by.map_or_else(|| "init".to_owned(), |adopter| adopter.who().to_string())
}
