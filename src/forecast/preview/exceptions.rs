//! Exceptions from a signal's default action, in sentences.

use crate::forecast::{Delay, DropReason, Forecast, Prediction, ProcessForecast, Reparenting};
use crate::record::{Pid, ProcessId, Signal};
use crate::verdict::Who;
use crate::world::World;

/// So many of those that share a prediction are named.
const MOST_NAMED: usize = 3;

/// Describes the processes of a subtree for which the signal's default action does not hold.
pub(crate) fn describe_exceptions(effects: &mut Vec<String>, forecast: &Forecast) {
    let name = forecast.signal.name();
    let mut tell_of = |is_meant: &dyn Fn(&ProcessForecast) -> bool, one: &str, many: &str| {
        let such: Vec<&ProcessForecast> =
            forecast.processes.iter().filter(|predicted| is_meant(predicted)).collect();
        if !such.is_empty() {
            let verb = if such.len() == 1 { one } else { many };
            effects.push(format!("{} of them {verb}: {}.", such.len(), named(&such)));
        }
    };
    let is_refused = |it: &ProcessForecast| matches!(it.prediction, Prediction::Refused { .. });
    tell_of(&is_refused, "gets none (permission denied)", "get none (permission denied)");
    let is_traced = |it: &ProcessForecast| matches!(it.prediction, Prediction::Traced { .. });
    tell_of(&is_traced, "is traced: its tracer decides", "are traced: their tracers decide");
    let is_asleep =
        |it: &ProcessForecast| it.delay(forecast.signal) == Some(Delay::Uninterruptible);
    let sleeps = "in uninterruptible sleep (D), where the signal waits";
    tell_of(&is_asleep, &format!("is {sleeps}"), &format!("are {sleeps}"));
    let is_frozen = |it: &ProcessForecast| it.delay(forecast.signal) == Some(Delay::Frozen);
    // The freezer of cgroup v2 lets a fatal signal through, if no stop comes before it.
    let waits = if forecast.signal == Signal::KILL { "waits" } else { "may wait" };
    let waits = format!("frozen: the signal {waits}");
    tell_of(&is_frozen, &format!("is {waits}"), &format!("are {waits}"));
    let is_in_vfork = |it: &ProcessForecast| it.delay(forecast.signal) == Some(Delay::Vfork);
    let waits = "for a vfork child: the signal waits, too";
    tell_of(&is_in_vfork, &format!("waits {waits}"), &format!("wait {waits}"));
    let mut tell = |prediction: Prediction, one: &str, many: &str| {
        tell_of(&|predicted: &ProcessForecast| predicted.prediction == prediction, one, many);
    };
    tell(Prediction::Ignores, &format!("ignores {name}"), &format!("ignore {name}"));
    tell(Prediction::Blocks, &format!("blocks {name}"), &format!("block {name}"));
    tell(Prediction::Decides, &format!("catches {name}"), &format!("catch {name}"));
    tell(
        Prediction::Dropped(DropReason::Init),
        "is an init and does not get it",
        "are inits and get none",
    );
}

/// Names the processes that may end with their tracer.
pub(crate) fn describe_traced(
    effects: &mut Vec<String>,
    world: &World,
    orphans: &[&ProcessForecast],
) {
    let is_traced = |orphan: &&&ProcessForecast| match orphan.reparenting {
        Reparenting::Adopted { of, .. } => {
            let tracer = world.masks(orphan.id).and_then(|masks| masks.situation.tracer);
            tracer == Some(of.pid)
        }
        Reparenting::Stays => false,
    };
    let traced: Vec<&ProcessForecast> = orphans.iter().filter(is_traced).copied().collect();
    if !traced.is_empty() {
        let (is, end) = if traced.len() == 1 { ("is", "ends") } else { ("are", "end") };
        effects.push(format!(
            "{} of them {is} traced by it, and {end}, too, if it asked for that \
             (PTRACE_O_EXITKILL): {}.",
            traced.len(),
            named(&traced)
        ));
    }
}

/// The sentence for a signal to a traced process.
pub(crate) fn traced(world: &World, by: Option<Pid>, signal: Signal) -> String {
    let name = signal.name();
    match by {
        Some(pid) => {
            let tracer = world
                .living(pid)
                .and_then(|it| world.subject(it.id()))
                .map(|it| it.who().to_string());
            let tracer = tracer.unwrap_or_else(|| pid.to_string());
            format!("It is traced: its tracer {tracer} gets {name} first and decides.")
        }
        None => format!("It is traced: its tracer gets {name} first and decides."),
    }
}

/// Why the kernel may have refused a signal: it tells no reason, and a filter (seccomp(2)) or a
/// security module forbids what users allow.
pub(crate) fn refusal(world: &World, target: Option<ProcessId>) -> String {
    let process = target.and_then(|id| world.get(id));
    let read = target.and_then(|id| world.masks(id).or_else(|| world.details(id)?.signals));
    let users = read.and_then(|masks| masks.situation.users);
    let users = users.or_else(|| process?.uid().map(|uid| [uid, uid]));
    let Some(users) = users else { return "not permitted".to_owned() };
    match world.host().own.sender {
        Some(sender) if sender.users.iter().any(|own| users.contains(own)) => {
            "not permitted, though its user is pexplore's own: a filter (seccomp) or a security \
             module forbids it"
                .to_owned()
        }
        _ => format!("not permitted; it runs as {}", user_name(world, users[0])),
    }
}

pub(crate) fn user_name(world: &World, user: u32) -> String {
    match world.user_name(user) {
        Some(name) => name.to_string(),
        None => format!("user {user}"),
    }
}

/// The sentence for a signal that waits.
pub(crate) fn late(target: &ProcessForecast, delay: Delay, signal: Signal) -> String {
    let name = signal.name();
    match delay {
        Delay::Stopped => "It is stopped now: it notices only after SIGCONT.".to_owned(),
        Delay::Uninterruptible if target.is_fatal(signal) => format!(
            "It is in uninterruptible sleep (D): {name} ends it when it leaves that sleep, at \
             once if that sleep can be killed."
        ),
        Delay::Uninterruptible => format!(
            "It is in uninterruptible sleep (D): {name} has no effect until it leaves that sleep."
        ),
        Delay::Frozen => {
            format!("Its cgroup is frozen: {name} has no effect until it is thawed.")
        }
        Delay::Vfork => format!(
            "It waits for its vfork child: {name} has no effect until that one runs a program or \
             ends."
        ),
    }
}

/// The first of them by pid and name.
pub(crate) fn named(all: &[&ProcessForecast]) -> String {
    let names: Vec<String> = all
        .iter()
        .take(MOST_NAMED)
        .map(|predicted| Who { pid: predicted.id.pid, name: predicted.name.clone() }.to_string())
        .collect();
    let more = if all.len() > names.len() { ", …" } else { "" };
    format!("{}{more}", names.join(", "))
}
