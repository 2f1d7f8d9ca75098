//! Compares a fact with the world: whether it holds, and what holds instead.

use crate::record::{Ending, ProcessId, Signal};
use crate::roles::Subject;
use crate::roles::runtimes::start_method;
use crate::scenario::fact::{Claim, Fact, Party};
use crate::scenario::participants::{Participant, Participants};
use crate::test_process::LAB_HELPER;
use crate::verdict::Role;
use crate::world::{Process, World};

/// A fact that was looked at, and the truth.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Finding {
    /// Whether the fact is true.
    pub(crate) holds: bool,
    /// The truth, in a sentence: `px-child 4711 is an orphan`.
    pub(crate) seen: String,
    /// The prediction, as such a sentence.
    pub(crate) predicted: String,
}

/// Looks whether a fact is true.
pub(crate) fn observe(fact: &Fact, participants: &Participants, world: &World) -> Finding {
    let Some(participant) = participants.participant(&fact.part) else {
        let seen = format!("nobody plays {}", fact.part);
        return Finding { holds: false, seen, predicted: fact.to_string() };
    };
    let look = Look { participant, participants, world };
    let (holds, seen) = look.at(&fact.claim);
    let reported =
        |seen: &Seen| format!("{} {}", participant.who(), participant_names(seen, participants));
    Finding { holds, seen: reported(&seen), predicted: reported(&Seen::Claim(fact.claim.clone())) }
}

/// A claim's own words, with the processes in place of the parts.
fn participant_names(seen: &Seen, participants: &Participants) -> String {
    match seen {
        Seen::Claim(claim) => {
            match claim.other_part().and_then(|part| participants.participant(part)) {
                Some(other) => claim.naming(other.who()).to_string(),
                None => claim.to_string(),
            }
        }
        Seen::Words(words) => words.clone(),
    }
}

/// The truth: something that could have been claimed, or a sentence.
enum Seen {
    Claim(Claim),
    Words(String),
}

impl Seen {
    fn words(words: impl Into<String>) -> Self {
        Self::Words(words.into())
    }
}

#[derive(Clone, Copy)]
struct Look<'a> {
    participant: &'a Participant,
    participants: &'a Participants,
    world: &'a World,
}

impl<'a> Look<'a> {
    fn at(self, claim: &Claim) -> (bool, Seen) {
        match claim {
            Claim::Lives | Claim::HasEnded | Claim::EndedBy(_) | Claim::ExitedWith(_) => {
                self.at_its_end(claim)
            }
            Claim::IsGone => match self.subject() {
                Some(subject) => (false, Seen::Claim(Claim::Is(subject.process().stat.state))),
                None => (true, Seen::Claim(Claim::IsGone)),
            },
            Claim::RefusedAChild => match &self.participant.refusal {
                Some(_) => (true, Seen::Claim(claim.clone())),
                None => (false, Seen::words("refused nothing")),
            },
            Claim::Caught(signal) => {
                let mut caught = self.participants.caught_by(self.participant);
                match caught.find(|caught| caught.signal == *signal) {
                    Some(caught) => (true, Seen::Words(caught.phrase())),
                    None => (false, Seen::Words(format!("did not catch {}", signal.name()))),
                }
            }
            Claim::Created(_) => same(claim, Claim::Created(self.created().count())),
            Claim::HadMissedChildren => self.at_missed_children(),
            _ => self.at_its_place(claim),
        }
    }

    fn at_its_end(self, claim: &Claim) -> (bool, Seen) {
        let Some(end) = self.participant.end else {
            return match self.subject() {
                Some(_) => same(claim, Claim::Lives),
                None => (false, Seen::words("was not seen")),
            };
        };
        let actual = match end.cause.ending() {
            Some(Ending::Exited(code)) => Claim::ExitedWith(i32::try_from(code).unwrap_or(-1)),
            Some(Ending::Signaled { signal, .. }) => {
                Signal::of_number(signal).map_or(Claim::HasEnded, Claim::EndedBy)
            }
            None => Claim::HasEnded,
        };
        (*claim == Claim::HasEnded || *claim == actual, Seen::Claim(actual))
    }

    /// Looks at a claim that only a process in the tree can meet.
    fn at_its_place(self, claim: &Claim) -> (bool, Seen) {
        let Some(subject) = self.subject() else {
            return self.at_its_end(claim);
        };
        let stat = &subject.process().stat;
        match claim {
            Claim::IsA(_) => same(claim, Claim::IsA(subject.process().verdict.role)),
            Claim::Is(_) => same(claim, Claim::Is(stat.state)),
            Claim::HasChildren(_) => {
                same(claim, Claim::HasChildren(subject.children().filter(is_there).count()))
            }
            Claim::HasParent(party) => {
                let parent = subject.parent().map(Subject::id);
                (self.is(parent, party), self.parent_seen("parent", parent))
            }
            Claim::HasLogicalParent(party) => {
                let known = subject.process().recognition.as_ref();
                let parent = known.and_then(|known| known.logical_parent);
                (self.is(parent, party), self.parent_seen("logical parent", parent))
            }
            Claim::CameBy(_) => match start_method(subject) {
                Some(method) => same(claim, Claim::CameBy(method)),
                None => (false, Seen::words("came in a way that is not known")),
            },
            Claim::IsRecognizedAs(_) => match &subject.process().recognition {
                Some(known) => same(claim, Claim::IsRecognizedAs(known.part.into_str().to_owned())),
                None => (false, Seen::words("is not recognized as anything")),
            },
            Claim::SharesGroupOf(other) => {
                let other = self.other(other).and_then(|other| other.process().stat.pgid);
                shares(claim, other == stat.pgid && other.is_some(), "group", stat.pgid)
            }
            Claim::SharesSessionOf(other) => {
                let other = self.other(other).and_then(|other| other.process().stat.sid);
                shares(claim, other == stat.sid && other.is_some(), "session", stat.sid)
            }
            _ => (false, Seen::words("is there")),
        }
    }

    fn subject(self) -> Option<Subject<'a>> {
        let process = self.participant.process(self.world)?;
        self.world.subject(process.id()).filter(|subject| subject.process().ended.is_none())
    }

    fn other(self, part: &str) -> Option<Subject<'a>> {
        let other = self.participants.participant(part)?;
        self.world.subject(other.process(self.world)?.id())
    }

    /// Whether a process is that party.
    fn is(self, process: Option<ProcessId>, party: &Party) -> bool {
        let Some(process) = process.and_then(|key| self.world.life(key)) else { return false };
        match party {
            Party::Part(part) => {
                let participant = self.participants.participant(part);
                let played = participant.and_then(|participant| participant.id);
                played == Some(process.id())
            }
            Party::Helper => &*process.stat.comm == LAB_HELPER,
            // Where a service manager of the user is a subreaper, it adopts in init's place.
            Party::Init => {
                let own = &self.world.host().own;
                process.id().pid == 1 || own.ancestors.contains(&process.id().pid)
            }
        }
    }

    fn parent_seen(self, what: &str, parent: Option<ProcessId>) -> Seen {
        let parent = parent.and_then(|key| self.world.life(key));
        Seen::Words(match parent {
            Some(parent) => format!("has {what} {} {}", parent.stat.comm, parent.key().pid),
            None => format!("has no {what} in sight"),
        })
    }

    /// Everyone that it created and that is still known of.
    fn created(self) -> impl Iterator<Item = ProcessId> {
        let own = self.participant.id;
        let lives = self.world.processes().chain(self.world.history().lives());
        lives.filter(move |life| own.is_some() && life.known_creator() == own).map(Process::id)
    }

    fn at_missed_children(self) -> (bool, Seen) {
        let created = self.created().count();
        let found = self.participant.scanned_children.len();
        let words = format!("created {created} children; scans found {found} of them");
        (created > 0 && found * 2 < created, Seen::Words(words))
    }
}

/// Whether a child counts: it lives, or waits as a zombie to be reaped.
fn is_there(child: &Subject<'_>) -> bool {
    child.process().ended.is_none() && child.process().verdict.role != Role::Kernel
}

fn same(claim: &Claim, actual: Claim) -> (bool, Seen) {
    (*claim == actual, Seen::Claim(actual))
}

fn shares(claim: &Claim, holds: bool, what: &str, id: Option<u32>) -> (bool, Seen) {
    let id = id.map_or_else(|| "unknown".to_owned(), |id| id.to_string());
    let seen =
        if holds { Seen::Claim(claim.clone()) } else { Seen::Words(format!("is in {what} {id}")) };
    (holds, seen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{BootTime, EventSource, Scan};
    use crate::test_process::CaughtSignal;
    use crate::tests::fixture::{self, event_source, events, watch};

    const TABLE: &str = "
        1 0 1 1 - - systemd
        8999 1 8999 8999 3 - bash
        9001 8999 9001 9001 - - px-helper
        9002 9001 9002 9001 - - px-main
        9003 9002 9002 9001 - f px-child | exe=/usr/bin/px-main
        9004 9002 9002 9001 - fT px-stopped | exe=/usr/bin/px-main
        9005 9003 9005 9001 - f px-orphan | exe=/usr/bin/px-main
        9006 9002 9002 9001 - f px-short | exe=/usr/bin/px-main";

    /// A world in which one child was killed, one exited, one was adopted by a process above
    /// pexplore, and one created two that lived for an instant.
    fn scene() -> (World, Participants) {
        let mut world = World::new(fixture::host(), 100.0);
        world.apply(event_source(EventSource::Connector));
        watch(&mut world, TABLE, 1_000);
        let mut participants = Participants::default();
        for (part, pid) in
            [("main", 9002), ("child", 9003), ("stopped", 9004), ("orphan", 9005), ("short", 9006)]
        {
            participants.assign(part, fixture::key_of(&world, pid));
        }
        // A part that is called as a word of the language is.
        participants.assign("group", fixture::key_of(&world, 9002));
        participants.assign("unseen", crate::record::ProcessKey::at_ticks(9999, 1));
        world.apply(events(
            "1000.1 fork 9010 < 9002
             1000.2 exit 9010 status=0
             1000.3 fork 9011 < 9002
             1000.4 exit 9011 status=0
             1000.5 exit 9003 status=9
             1000.6 exit 9006 status=768",
        ));
        let later = TABLE
            .replace("9003 9002 9002 9001 - f px-child | exe=/usr/bin/px-main", "")
            .replace("9006 9002 9002 9001 - f px-short | exe=/usr/bin/px-main", "")
            .replace("9005 9003", "9005 8999");
        watch(&mut world, &later, 1_001);
        participants.look(&world);
        let name = Some("bash".to_owned());
        let (signal, sender) = (crate::record::Signal::TERM, 8999);
        participants.on_caught(CaughtSignal { pid: 9004, signal, sender, sender_name: name });
        participants.participant_mut("stopped").unwrap().refusal = Some("no".to_owned());
        (world, participants)
    }

    fn look(fact: &str) -> Finding {
        let (world, participants) = scene();
        observe(&fact.parse().unwrap(), &participants, &world)
    }

    #[test]
    fn what_is_true_is_seen_to_be_so() {
        for (fact, seen) in [
            ("main lives", "px-main 9002 lives"),
            ("child has ended", "px-child 9003 ended by SIGKILL"),
            ("child ended by SIGKILL", "px-child 9003 ended by SIGKILL"),
            ("child is gone", "px-child 9003 is gone"),
            ("short exited with 3", "px-short 9006 exited with 3"),
            ("orphan is an orphan", "px-orphan 9005 is an orphan"),
            ("orphan has parent init", "px-orphan 9005 has parent bash 8999"),
            ("stopped is stopped", "px-stopped 9004 is stopped"),
            ("stopped has parent main", "px-stopped 9004 has parent px-main 9002"),
            ("main has parent helper", "px-main 9002 has parent px-helper 9001"),
            ("main has 1 child", "px-main 9002 has 1 child"),
            ("main created 2 children", "px-main 9002 created 2 children"),
            ("stopped came by fork", "px-stopped 9004 came by fork"),
            (
                "stopped shares the group of main",
                "px-stopped 9004 shares the group of px-main 9002",
            ),
            (
                "orphan shares the session of main",
                "px-orphan 9005 shares the session of px-main 9002",
            ),
            ("stopped refused a child", "px-stopped 9004 refused a child"),
            ("stopped caught SIGTERM", "px-stopped 9004 caught SIGTERM from bash 8999"),
            (
                "main had children that scans missed",
                "px-main 9002 created 2 children; scans found 0 of them",
            ),
        ] {
            let found = look(fact);
            assert_eq!((found.holds, found.seen.as_str()), (true, seen), "{fact}");
        }
    }

    #[test]
    fn what_is_not_true_is_reported_as_what_is_true_in_its_place() {
        for (fact, seen) in [
            ("main has ended", "px-main 9002 lives"),
            ("child lives", "px-child 9003 ended by SIGKILL"),
            ("main is gone", "px-main 9002 is sleeping"),
            ("child ended by SIGTERM", "px-child 9003 ended by SIGKILL"),
            ("short exited with 0", "px-short 9006 exited with 3"),
            ("child is an orphan", "px-child 9003 ended by SIGKILL"),
            ("stopped is an orphan", "px-stopped 9004 is a child"),
            ("stopped is running", "px-stopped 9004 is stopped"),
            ("orphan has parent main", "px-orphan 9005 has parent bash 8999"),
            ("main has 3 children", "px-main 9002 has 1 child"),
            ("main came by fork", "px-main 9002 came by spawn"),
            ("main is recognized as worker", "px-main 9002 is not recognized as anything"),
            ("orphan shares the group of main", "px-orphan 9005 is in group 9005"),
            ("main refused a child", "px-main 9002 refused nothing"),
            ("main caught SIGTERM", "px-main 9002 did not catch SIGTERM"),
            ("stopped caught SIGHUP", "px-stopped 9004 did not catch SIGHUP"),
            ("stopped has logical parent main", "px-stopped 9004 has no logical parent in sight"),
            ("unseen lives", "process 9999 was not seen"),
        ] {
            let found = look(fact);
            assert_eq!((found.holds, found.seen.as_str()), (false, seen), "{fact}");
        }
    }

    #[test]
    fn children_that_a_scan_has_found_were_not_missed() {
        let (world, mut participants) = scene();
        let lines =
            fixture::lines("9010 9002 9002 9001 - f px-main |\n9011 9002 9002 9001 - f px-main |");
        let processes = lines.into_iter().map(|line| line.stat).collect();
        let at = BootTime::from_secs(1_000);
        participants.note_scan(&Scan { began: at, ended: at, processes, hidden: Vec::new() });
        let main = participants.participant("main").unwrap();
        assert_eq!(main.scanned_children.len(), 2);
        let fact = "main had children that scans missed".parse().unwrap();
        assert!(!observe(&fact, &participants, &world).holds);
    }
}
