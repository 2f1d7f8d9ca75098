//! Makes the forecast: who gets the signal, what each does with it, and what follows for others.

use std::collections::{HashMap, HashSet};

use crate::forecast::preview::{Masks, Scope, is_above_pexplore};
use crate::forecast::{
    Fate, Forecast, Foretold, Kin, MOST_MASKS, Realm, Traits, disposition, groups, reparenting,
};
use crate::record::details::SignalMasks;
use crate::record::key::{Pid, ProcessKey};
use crate::record::signal::{DefaultAct, Signal};
use crate::world::World;
use crate::world::process::Process;
use crate::world::subject::Subject;

/// So many of those below a process that get no signal are watched.
const MOST_SPARED: usize = 4096;

/// Foretells what that signal does; `None` if the target has ended. `masks` are the target's own,
/// once they were read.
pub fn forecast(
    world: &World,
    target: ProcessKey,
    signal: Signal,
    scope: Scope,
    masks: Masks,
) -> Option<Forecast> {
    let subject = world.subject(target).filter(|subject| subject.process().ended.is_none())?;
    // An orphaned group heeds of the stop signals STOP alone.
    let is_job_stop = signal.default_act() == DefaultAct::Stop && !signal.cannot_be_caught();
    let anchored = (is_job_stop && world.sees_all()).then(|| groups::anchored(world));
    let mut making =
        Making { world, signal, scope, anchored, foretold: Vec::new(), places: HashMap::new() };
    making.add(subject, making.received(subject, masks));
    let below = subject.below().filter(|below| below.process().ended.is_none());
    match scope {
        Scope::Process => below.take(MOST_SPARED).for_each(|below| making.add_spared(below)),
        Scope::Subtree => {
            if is_own(subject) {
                making.foretold[0].fate = Fate::LeftOut;
            }
            for below in below {
                let (mut fate, traits, masks) = making.received(below, making.masks(below.key()));
                if is_own(below) {
                    fate = Fate::LeftOut;
                }
                making.add(below, (fate, traits, masks));
            }
        }
    }
    making.follow();
    making.hang_up(subject);
    let foretold = making.foretold;
    Some(Forecast { target, signal, scope, since: world.now(), foretold })
}

/// Whose masks are worth reading for that forecast, the target's own apart: of those that get the
/// signal, or SIGHUP with the target's end, and of its children, which it may trace.
pub fn whose_masks(world: &World, target: ProcessKey, scope: Scope) -> Vec<ProcessKey> {
    let Some(subject) = world.subject(target) else { return Vec::new() };
    let living = |subject: &Subject<'_>| subject.process().is_living();
    let mut keys: Vec<ProcessKey> = match scope {
        Scope::Subtree => subject.below().filter(living).map(Subject::key).collect(),
        Scope::Process => {
            let (adopter, _) = reparenting::adopter(subject, |_| false);
            let children = subject.children().filter(living).map(Subject::key);
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

type Received = (Fate, Traits, Masks);

struct Making<'a> {
    world: &'a World,
    signal: Signal,
    scope: Scope,
    /// The groups that are not orphaned, where that counts.
    anchored: Option<HashSet<Pid>>,
    foretold: Vec<Foretold>,
    /// Where in it each process stands.
    places: HashMap<ProcessKey, usize>,
}

impl Making<'_> {
    fn masks(&self, key: ProcessKey) -> Masks {
        self.world.masks(key).map_or(Masks::Unread, Masks::Known)
    }

    /// What the signal does to a process that gets it.
    fn received(&self, subject: Subject<'_>, masks: Masks) -> Received {
        let group = subject.process().stat.pgid.filter(|group| *group != 0);
        let is_orphaned =
            |anchored: &HashSet<Pid>| group.is_some_and(|group| !anchored.contains(&group));
        let traits = Traits {
            is_group_orphaned: self.anchored.as_ref().is_some_and(is_orphaned),
            is_stopped_first: self.scope == Scope::Subtree && self.signal != Signal::KILL,
            ..disposition::traits(subject)
        };
        let known = match masks {
            Masks::Known(masks) => masks,
            Masks::Unread | Masks::Unknown => SignalMasks::default(),
        };
        let fate = match known.situation.users {
            Some([user, _]) if !traits.has_ended && self.is_refused(subject, known) => {
                Fate::Refused { user }
            }
            _ => disposition::of(traits, subject.pid(), self.signal, known),
        };
        (fate, traits, masks)
    }

    /// Whether the kernel refuses to send it that signal: who is no superuser reaches processes
    /// whose real or saved user it is, and with SIGCONT those of its session (kill(2)).
    fn is_refused(&self, subject: Subject<'_>, masks: SignalMasks) -> bool {
        let own = &self.world.host().own;
        let Some((sender, users)) = own.sender.zip(masks.situation.users) else { return false };
        let session = || self.world.living(own.pid).and_then(|own| own.stat.sid);
        let shares_session = self.signal == Signal::CONT && session() == subject.process().stat.sid;
        !sender.may_reach(users) && !shares_session
    }

    fn add(&mut self, subject: Subject<'_>, (fate, traits, masks): Received) {
        let process: &Process = subject.process();
        if self.places.insert(process.key(), self.foretold.len()).is_some() {
            return;
        }
        self.foretold.push(Foretold {
            key: process.key(),
            name: process.stat.comm.clone(),
            fate,
            kin: Kin::Stays,
            masks,
            traits,
            parent: subject.parent().map(Subject::key),
        });
    }

    fn add_spared(&mut self, subject: Subject<'_>) {
        if !self.places.contains_key(&subject.key()) {
            let traits = disposition::traits(subject);
            let fate = if traits.has_ended { Fate::Zombie } else { Fate::Spared };
            self.add(subject, (fate, traits, Masks::Unread));
        }
    }

    /// What follows from the ends of those that get the signal.
    fn follow(&mut self) {
        let ending: Vec<usize> = (0..self.foretold.len())
            .filter(|place| {
                self.foretold[*place].fate.receives() && self.foretold[*place].may_end(self.signal)
            })
            .collect();
        for place in &ending {
            let subject = self.world.subject(self.foretold[*place].key);
            if let Some((subject, realm)) =
                subject.and_then(|it| Some((it, reparenting::realm(it)?)))
            {
                self.end_realm(subject, realm);
            }
        }
        let signal = self.signal;
        let sure = self.foretold.iter().filter(|foretold| {
            foretold.surely_ends(signal) || matches!(foretold.fate, Fate::EndsWith { .. })
        });
        let sure: HashSet<ProcessKey> = sure.map(|foretold| foretold.key).collect();
        for place in ending {
            let of = self.foretold[place].key;
            let Some(subject) = self.world.subject(of) else { continue };
            let (by, or_nearer) = reparenting::adopter(subject, |key| sure.contains(&key));
            let by = by.map(Subject::key);
            for child in subject.children() {
                if let Some(place) = self.places.get(&child.key()).copied()
                    && !sure.contains(&child.key())
                {
                    self.foretold[place].kin = Kin::Adopted { of, by, or_nearer };
                }
            }
        }
    }

    fn end_realm(&mut self, of: Subject<'_>, realm: Realm) {
        let others: Vec<Subject<'_>> = match realm {
            Realm::Namespace => of.below().collect(),
            Realm::Lab => self.world.subjects().collect(),
        };
        let living = others.into_iter().filter(|other| other.process().is_living());
        let belonging =
            living.filter(|it| it.key() != of.key() && reparenting::belongs(*it, of, realm));
        for other in belonging {
            self.add_spared(other);
            let fate = Fate::EndsWith { of: of.key(), realm };
            self.soften(other.key(), fate);
        }
    }

    /// Who gets SIGHUP when the target ends.
    fn hang_up(&mut self, target: Subject<'_>) {
        let signal = self.signal;
        let of = target.key();
        if !self.foretold.first().is_some_and(|foretold| foretold.may_end(signal)) {
            return;
        }
        let (adopter, _) = reparenting::adopter(target, |_| false);
        for (key, why) in groups::hung_up(target, adopter) {
            if let Some(subject) = self.world.subject(key) {
                self.add_spared(subject);
            }
            let response = self.world.masks(key).map(|masks| Signal::HUP.response(masks));
            self.soften(key, Fate::HangsUp { of, why, response });
        }
    }

    /// Tells more of a process that gets no signal, or does not end by it.
    fn soften(&mut self, key: ProcessKey, fate: Fate) {
        if let Some(place) = self.places.get(&key).copied()
            && let Some(foretold) = self.foretold.get_mut(place)
            && (foretold.fate == Fate::Spared
                || (matches!(fate, Fate::EndsWith { .. }) && !foretold.surely_ends(self.signal)))
        {
            foretold.fate = fate;
        }
    }
}
