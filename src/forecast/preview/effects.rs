//! The sentences of a forecast.

use crate::forecast::preview::exceptions::{
    describe_exceptions, describe_traced, late, traced, user_name,
};
use crate::forecast::preview::{Masks, Scope};
use crate::forecast::{Delay, Fate, Forecast, Foretold, HangUp, Kin, Realm, Shield};
use crate::record::signal::{DefaultAct, Response, Signal};
use crate::roles::evidence::{Evidence, Who};
use crate::text::units::count;
use crate::world::World;
use crate::world::subject::Subject;

/// So many of those that share a fate are named.
const MOST_NAMED: usize = 3;

/// What is foretold, in sentences.
pub fn effects(world: &World, forecast: &Forecast) -> Vec<String> {
    let mut effects = Vec::new();
    let Some(target) = forecast.of_target() else { return effects };
    if forecast.scope == Scope::Subtree {
        describe_subtree(&mut effects, world, forecast);
        return effects;
    }
    if target.fate == Fate::Zombie {
        describe_zombie(&mut effects, world, target);
        return effects;
    }
    let signal = forecast.signal;
    if !target.is_sure(signal) {
        if target.masks == Masks::Unread {
            effects.push("What it does with signals is being read.".to_owned());
            return effects;
        }
        let sentence = "What it does with signals is not known; unless it cares about this one:";
        effects.push(sentence.to_owned());
    }
    effects.push(match target.fate {
        Fate::Traced { by } => traced(world, by, signal),
        Fate::Refused { user } => {
            format!("Permission denied: it runs as {}.", user_name(world, user))
        }
        Fate::Ends if target.delay(signal).is_some_and(|it| it != Delay::Stopped) => String::new(),
        _ => response(target, signal),
    });
    effects.retain(|sentence| !sentence.is_empty());
    let is_stopped = target.fate == Fate::Blocks && target.is_stopped();
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
    let is_left_out = |foretold: &&Foretold| foretold.fate == Fate::LeftOut;
    let left_out: Vec<String> = forecast
        .foretold
        .iter()
        .filter(is_left_out)
        .map(|foretold| foretold.key.pid.to_string())
        .collect();
    if !left_out.is_empty() {
        effects.push(format!("Left out: {}.", left_out.join(", ")));
    }
    describe_exceptions(effects, forecast);
    let is_sent = forecast.receivers().next().is_some();
    let goes_on = forecast.signal != Signal::KILL;
    if is_sent && goes_on && forecast.signal.default_act() != DefaultAct::Stop {
        effects.push("Then what was stopped here goes on.".to_owned());
    }
    describe_orphans(effects, world, forecast);
    describe_realms(effects, forecast);
}

fn describe_zombie(effects: &mut Vec<String>, world: &World, target: &Foretold) {
    let waits = match world.subject(target.key).and_then(Subject::parent) {
        Some(parent) => format!(
            "Its parent {} has not called wait() for it; it goes when that one does, or ends.",
            parent.who()
        ),
        None => "Its parent has not called wait() for it.".to_owned(),
    };
    effects.push("It is a zombie: it has ended, and no signal reaches it.".to_owned());
    effects.push(waits);
}

/// What the target does with the signal.
fn response(target: &Foretold, signal: Signal) -> String {
    let name = signal.name();
    match target.fate {
        Fate::Ignores => format!("It ignores {name}: nothing will happen."),
        Fate::Blocks => {
            format!(
                "It blocks {name}: the signal waits until it unblocks it, or reads it (signalfd)."
            )
        }
        Fate::MayBlock => {
            format!("A thread of it blocks {name}: another one may take it.")
        }
        Fate::MayTake => {
            let act = if signal.default_act().ends() { "ends" } else { "stops" };
            format!("It {act}, unless it waits for {name} itself (sigwait): then it decides.")
        }
        Fate::Decides => format!("It catches {name}: a handler of its own decides."),
        Fate::Ends if signal.default_act() == DefaultAct::EndWithCore => {
            "It ends, with a core dump if the system keeps those.".to_owned()
        }
        Fate::Ends => "It ends.".to_owned(),
        Fate::Stops => "It stops until SIGCONT.".to_owned(),
        Fate::GoesOn => "It goes on.".to_owned(),
        Fate::Unchanged if signal.default_act() == DefaultAct::Continue => {
            "It is not stopped: nothing changes.".to_owned()
        }
        Fate::Dropped(Shield::KernelThread) => "Nothing will happen.".to_owned(),
        Fate::Dropped(Shield::Init) => format!(
            "It is the init of a pid namespace and does not catch {name}: the kernel drops the \
             signal."
        ),
        Fate::Dropped(Shield::OrphanedGroup) => format!(
            "Nobody is left who could let its process group go on: the kernel drops {name}; \
             SIGSTOP stops it."
        ),
        _ => "Nothing happens by default.".to_owned(),
    }
}

fn describe_end(effects: &mut Vec<String>, world: &World, forecast: &Forecast) {
    if describe_realms(effects, forecast) == Some(Realm::Namespace) {
        return;
    }
    let orphans = adopted(forecast, |foretold| foretold.fate != Fate::Zombie);
    describe_orphans(effects, world, forecast);
    let zombies = adopted(forecast, |foretold| foretold.fate == Fate::Zombie);
    if let [zombie, others @ ..] = &*zombies {
        let by = adopter_name(world, zombie);
        effects.push(if others.is_empty() {
            format!("Its zombie child {} goes, too: {by} waits for it.", named(&zombies))
        } else {
            format!("{} zombie children of it go, too: {by} waits for them.", zombies.len())
        });
    }
    let is_daemonic = |child: &&&Foretold| {
        world.get(child.key).is_some_and(|process| {
            process.verdict.evidence.iter().any(|evidence| {
                matches!(evidence, Evidence::DaemonicPoolWorker { .. } | Evidence::DaemonicSpecimen)
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
    // Of a subtree, those of whom nothing is known will end as the others.
    let is_subtree = forecast.scope == Scope::Subtree;
    let orphans = adopted(forecast, |foretold| match foretold.fate {
        Fate::Zombie => false,
        Fate::Ends => !is_subtree,
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
    let may_be_nearer =
        orphans.iter().any(|it| matches!(it.kin, Kin::Adopted { or_nearer: true, .. }));
    effects.push(format!(
        "{children}, {}, {}; {} adopts {}{}.",
        named(&orphans),
        if is_one { "becomes an orphan" } else { "become orphans" },
        adopter_name(world, first),
        if is_one { "it" } else { "them" },
        if may_be_nearer { ", unless a subreaper is nearer" } else { "" },
    ));
    describe_traced(effects, world, &orphans);
    // What the lab's own asked for is known.
    let is_known = |orphan: &&Foretold| {
        world.get(orphan.key).is_some_and(|process| process.specimen.is_some())
    };
    if !orphans.iter().all(is_known) {
        effects.push("A child that asked to die with it (PR_SET_PDEATHSIG) ends, too.".to_owned());
    }
}

fn describe_hang_up(effects: &mut Vec<String>, world: &World, forecast: &Forecast) {
    let hung_up = |wanted: HangUp| -> Vec<&Foretold> {
        let all = forecast.foretold.iter();
        all.filter(|foretold| match foretold.fate {
            Fate::HangsUp { why, .. } => why == wanted,
            _ => false,
        })
        .collect()
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
    let is_ignored = |foretold: &&&Foretold| {
        matches!(foretold.fate, Fate::HangsUp { response: Some(Response::Ignores), .. })
    };
    let ignoring = foreground.iter().chain(&stopped).filter(is_ignored).count();
    if ignoring > 0 {
        let verb = if ignoring == 1 { "ignores" } else { "ignore" };
        effects.push(format!("{ignoring} of these {verb} SIGHUP."));
    }
}

/// Says what else ends; which realm that is.
fn describe_realms(effects: &mut Vec<String>, forecast: &Forecast) -> Option<Realm> {
    let realm = forecast.foretold.iter().find_map(|foretold| match foretold.fate {
        Fate::EndsWith { realm, .. } => Some(realm),
        _ => None,
    });
    // The init of an empty namespace is one, too.
    let realm = realm.or_else(|| {
        let is_init = forecast.of_target().is_some_and(Foretold::is_init);
        is_init.then_some(Realm::Namespace)
    });
    let sentence = match realm? {
        Realm::Namespace => {
            "It is the init of a pid namespace: all in there are killed when it ends."
        }
        Realm::Lab => "If it ends, the lab ends, and every test child with it.",
    };
    effects.push(sentence.to_owned());
    realm
}

/// Those whom another adopts, of that sort.
fn adopted(forecast: &Forecast, is_meant: impl Fn(&Foretold) -> bool) -> Vec<&Foretold> {
    let is_adopted = |foretold: &&Foretold| matches!(foretold.kin, Kin::Adopted { .. });
    forecast.foretold.iter().filter(is_adopted).filter(|foretold| is_meant(foretold)).collect()
}

fn adopter_name(world: &World, foretold: &Foretold) -> String {
    let by = match foretold.kin {
        Kin::Adopted { by, .. } => by,
        Kin::Stays => None,
    };
    let by = by.and_then(|by| world.subject(by));
    by.map_or_else(|| "init".to_owned(), |adopter| adopter.who().to_string())
}

/// The first of them by pid and name.
pub(crate) fn named(all: &[&Foretold]) -> String {
    let names: Vec<String> = all
        .iter()
        .take(MOST_NAMED)
        .map(|foretold| Who { pid: foretold.key.pid, name: foretold.name.clone() }.to_string())
        .collect();
    let more = if all.len() > names.len() { ", …" } else { "" };
    format!("{}{more}", names.join(", "))
}
