//! Makes the forecast: the receivers of the signal, its effect on each, and the consequences for
//! others.

use std::collections::{HashMap, HashSet};

use crate::forecast::{
    Cascade, Forecast, MOST_MASKS, Masks, Prediction, ProcessForecast, Reparenting, Scope,
    SignalFacts, disposition, groups, reparenting,
};
use crate::record::{DefaultAction, Pid, ProcessId, Signal, SignalMasks};
use crate::roles::Subject;
use crate::world::{Process, World};

/// So many of those below a process that get no signal are watched.
const MOST_SPARED: usize = 4096;

/// Predicts what that signal does; `None` if the target has ended. `masks` are the target's own,
/// once they were read.
pub(crate) fn forecast(
    world: &World,
    target: ProcessId,
    signal: Signal,
    scope: Scope,
    masks: Masks,
) -> Option<Forecast> {
    let subject = world.subject(target).filter(|subject| subject.process().ended.is_none())?;
    // An orphaned group takes of the stop signals STOP alone.
    let is_job_stop = signal.default_act() == DefaultAction::Stop && !signal.cannot_be_caught();
    let anchored = (is_job_stop && world.sees_all()).then(|| groups::anchored(world));
    let mut builder = ForecastBuilder {
        world,
        signal,
        scope,
        anchored,
        processes: Vec::new(),
        places: HashMap::new(),
    };
    builder.add(subject, builder.received(subject, masks));
    let below = subject.below().filter(|below| below.process().ended.is_none());
    match scope {
        Scope::Process => below.take(MOST_SPARED).for_each(|below| builder.add_spared(below)),
        Scope::Subtree => {
            if is_own(subject) {
                builder.processes[0].prediction = Prediction::LeftOut;
            }
            for below in below {
                let (mut prediction, signal_facts, masks) =
                    builder.received(below, builder.masks(below.id()));
                if is_own(below) {
                    prediction = Prediction::LeftOut;
                }
                builder.add(below, (prediction, signal_facts, masks));
            }
        }
    }
    builder.follow();
    builder.hang_up(subject);
    let predicted = builder.processes;
    Some(Forecast { target, signal, scope, since: world.now(), processes: predicted })
}

/// The processes whose masks that forecast needs, the target apart: those that get the signal, or
/// SIGHUP with the target's end, and its children, which it may trace.
pub(crate) fn whose_masks(world: &World, target: ProcessId, scope: Scope) -> Vec<ProcessId> {
    let Some(subject) = world.subject(target) else { return Vec::new() };
    let living = |subject: &Subject<'_>| subject.process().is_living();
    let mut keys: Vec<ProcessId> = match scope {
        Scope::Subtree => subject.below().filter(living).map(Subject::id).collect(),
        Scope::Process => {
            let (adopter, _) = reparenting::adopter(subject, |_| false);
            let children = subject.children().filter(living).map(Subject::id);
            groups::hung_up(subject, adopter).into_keys().chain(children).collect()
        }
    };
    keys.sort_unstable();
    keys.dedup();
    keys.truncate(MOST_MASKS);
    keys
}

/// Whether a subtree's signal leaves it out.
fn is_own(subject: Subject<'_>) -> bool {
    subject.pid() == subject.world().host().own.pid || is_above_pexplore(subject)
}

/// Whether pexplore runs below that process, or in the terminal session that it leads. By the
/// tree of now where pexplore is in it: its parent may have changed since it started.
pub(crate) fn is_above_pexplore(subject: Subject<'_>) -> bool {
    let own = &subject.world().host().own;
    let Some(pexplore) = subject.living(own.pid) else {
        return own.ancestors.contains(&subject.pid());
    };
    let mut above = std::iter::successors(pexplore.parent(), |ancestor| ancestor.parent());
    above.any(|ancestor| ancestor.id() == subject.id())
        || pexplore.process().stat.sid == Some(subject.pid()) && subject.pid() != own.pid
}

type Received = (Prediction, SignalFacts, Masks);

struct ForecastBuilder<'a> {
    world: &'a World,
    signal: Signal,
    scope: Scope,
    /// The groups that are not orphaned, where that counts.
    anchored: Option<HashSet<Pid>>,
    processes: Vec<ProcessForecast>,
    /// Where in it each process stands.
    places: HashMap<ProcessId, usize>,
}

impl ForecastBuilder<'_> {
    fn masks(&self, id: ProcessId) -> Masks {
        self.world.masks(id).map_or(Masks::Unread, Masks::Known)
    }

    /// The effect of the signal on a process that gets it.
    fn received(&self, subject: Subject<'_>, masks: Masks) -> Received {
        let group = subject.process().stat.pgid.filter(|group| *group != 0);
        let is_orphaned =
            |anchored: &HashSet<Pid>| group.is_some_and(|group| !anchored.contains(&group));
        let signal_facts = SignalFacts {
            is_group_orphaned: self.anchored.as_ref().is_some_and(is_orphaned),
            is_stopped_first: self.scope == Scope::Subtree && self.signal != Signal::KILL,
            ..disposition::signal_facts(subject)
        };
        let known = match masks {
            Masks::Known(masks) => masks,
            Masks::Unread | Masks::Unknown => SignalMasks::default(),
        };
        let prediction = match known.situation.users {
            Some([user, _]) if !signal_facts.has_ended && self.is_refused(subject, known) => {
                Prediction::Refused { user }
            }
            _ => disposition::predict(signal_facts, subject.pid(), self.signal, known),
        };
        (prediction, signal_facts, masks)
    }

    /// Whether the kernel refuses to send it that signal: without privilege one reaches processes
    /// whose real or saved user it is, and with SIGCONT those of its session (kill(2)).
    fn is_refused(&self, subject: Subject<'_>, masks: SignalMasks) -> bool {
        let own = &self.world.host().own;
        let Some((sender, users)) = own.sender.zip(masks.situation.users) else { return false };
        let session = || self.world.living(own.pid).and_then(|own| own.stat.sid);
        let shares_session = self.signal == Signal::CONT && session() == subject.process().stat.sid;
        !sender.may_reach(users) && !shares_session
    }

    fn add(&mut self, subject: Subject<'_>, (prediction, signal_facts, masks): Received) {
        let process: &Process = subject.process();
        if self.places.insert(process.id(), self.processes.len()).is_some() {
            return;
        }
        self.processes.push(ProcessForecast {
            id: process.id(),
            name: process.stat.comm.clone(),
            prediction,
            reparenting: Reparenting::Stays,
            masks,
            signal_facts,
            parent: subject.parent().map(Subject::id),
        });
    }

    fn add_spared(&mut self, subject: Subject<'_>) {
        if !self.places.contains_key(&subject.id()) {
            let signal_facts = disposition::signal_facts(subject);
            let prediction =
                if signal_facts.has_ended { Prediction::Zombie } else { Prediction::Spared };
            self.add(subject, (prediction, signal_facts, Masks::Unread));
        }
    }

    /// The consequences of the ends of the receivers.
    fn follow(&mut self) {
        let ending: Vec<usize> = (0..self.processes.len())
            .filter(|place| {
                self.processes[*place].prediction.receives()
                    && self.processes[*place].may_end(self.signal)
            })
            .collect();
        for place in &ending {
            let subject = self.world.subject(self.processes[*place].id);
            if let Some((subject, cascade)) =
                subject.and_then(|it| Some((it, reparenting::cascade(it)?)))
            {
                self.end_cascade(subject, cascade);
            }
        }
        let signal = self.signal;
        let sure = self.processes.iter().filter(|predicted| {
            predicted.surely_ends(signal)
                || matches!(predicted.prediction, Prediction::EndsWith { .. })
        });
        let sure: HashSet<ProcessId> = sure.map(|predicted| predicted.id).collect();
        for place in ending {
            let of = self.processes[place].id;
            let Some(subject) = self.world.subject(of) else { continue };
            let (by, or_nearer) = reparenting::adopter(subject, |id| sure.contains(&id));
            let by = by.map(Subject::id);
            for child in subject.children() {
                if let Some(place) = self.places.get(&child.id()).copied()
                    && !sure.contains(&child.id())
                {
                    self.processes[place].reparenting = Reparenting::Adopted { of, by, or_nearer };
                }
            }
        }
    }

    fn end_cascade(&mut self, of: Subject<'_>, cascade: Cascade) {
        let others: Vec<Subject<'_>> = match cascade {
            Cascade::Namespace => of.below().collect(),
            Cascade::Lab => self.world.subjects().collect(),
        };
        let living = others.into_iter().filter(|other| other.process().is_living());
        let belonging =
            living.filter(|it| it.id() != of.id() && reparenting::belongs(*it, of, cascade));
        for other in belonging {
            self.add_spared(other);
            let prediction = Prediction::EndsWith { of: of.id(), cascade };
            self.soften(other.id(), prediction);
        }
    }

    /// Predicts which processes get SIGHUP when the target ends.
    fn hang_up(&mut self, target: Subject<'_>) {
        let signal = self.signal;
        let of = target.id();
        if !self.processes.first().is_some_and(|predicted| predicted.may_end(signal)) {
            return;
        }
        let (adopter, _) = reparenting::adopter(target, |_| false);
        for (id, why) in groups::hung_up(target, adopter) {
            if let Some(subject) = self.world.subject(id) {
                self.add_spared(subject);
            }
            let response = self.world.masks(id).map(|masks| Signal::HUP.response(masks));
            self.soften(id, Prediction::HangsUp { of, why, response });
        }
    }

    /// Tells more of a process that gets no signal, or does not end by it.
    fn soften(&mut self, id: ProcessId, prediction: Prediction) {
        if let Some(place) = self.places.get(&id).copied()
            && let Some(predicted) = self.processes.get_mut(place)
            && (predicted.prediction == Prediction::Spared
                || (matches!(prediction, Prediction::EndsWith { .. })
                    && !predicted.surely_ends(self.signal)))
        {
            predicted.prediction = prediction;
        }
    }
}
