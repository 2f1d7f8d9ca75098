//! The participants of a scenario: real processes by their parts, remembered after their end.

use std::collections::HashSet;
use std::sync::Arc;

use crate::record::{ProcessId, ProcessKey, Scan};
use crate::test_process::CaughtSignal;
use crate::world::{End, Process, World};

/// All participants, in the order of their start.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Participants {
    participants: Vec<Participant>,
    caught: Vec<CaughtSignal>,
}

/// A process that plays a part.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Participant {
    /// The part, as the scenario names it.
    pub(crate) part: String,
    /// The key that the lab knows it by.
    pub(crate) key: ProcessKey,
    /// The process, once the world knows it.
    pub(crate) id: Option<ProcessId>,
    /// Its name at the end of the step in which it entered: a name that was shown does not change.
    pub(crate) comm: Arc<str>,
    /// Whether that step is over.
    is_settled: bool,
    /// Its end, remembered for as long as the scenario runs.
    pub(crate) end: Option<End>,
    /// The sentence with which it refused to have a child.
    pub(crate) refusal: Option<String>,
    /// Its children that some scan has found.
    pub(crate) scanned_children: HashSet<ProcessKey>,
}

impl Participant {
    /// Name and pid, for a sentence.
    pub(crate) fn who(&self) -> String {
        format!("{} {}", self.comm, self.key.pid)
    }

    /// The process, as far as it is known.
    pub(crate) fn process<'a>(&self, world: &'a World) -> Option<&'a Process> {
        world.life(self.id?)
    }
}

impl Participants {
    /// Gives a part to a process, in place of an earlier one.
    pub(crate) fn assign(&mut self, part: &str, key: ProcessKey) {
        self.participants.retain(|participant| participant.part != part);
        self.participants.push(Participant {
            part: part.to_owned(),
            key,
            id: None,
            comm: Arc::from("process"),
            is_settled: false,
            end: None,
            refusal: None,
            scanned_children: HashSet::new(),
        });
    }

    /// The participant of that part.
    pub(crate) fn participant(&self, part: &str) -> Option<&Participant> {
        self.participants.iter().find(|participant| participant.part == part)
    }

    /// The participant of that part, to be changed.
    pub(super) fn participant_mut(&mut self, part: &str) -> Option<&mut Participant> {
        self.participants.iter_mut().find(|participant| participant.part == part)
    }

    /// Everyone, in the order of their start.
    pub(crate) fn participants(&self) -> impl DoubleEndedIterator<Item = &Participant> {
        self.participants.iter()
    }

    /// Whether everyone was seen.
    pub(crate) fn is_complete(&self) -> bool {
        self.participants.iter().all(|participant| participant.id.is_some())
    }

    /// Looks at everyone, so that names and ends are known when their rows are gone.
    pub(super) fn look(&mut self, world: &World) {
        // A cause may be learned a little later than the end.
        let is_open = |participant: &&mut Participant| {
            participant.end.is_none_or(|end| end.cause.status().is_none())
        };
        for participant in self.participants.iter_mut().filter(is_open) {
            participant.id = participant.id.or_else(|| world.resolve(participant.key));
            let Some(process) = participant.process(world) else { continue };
            if !participant.is_settled {
                participant.comm = process.stat.comm.clone();
            }
            participant.end = process.exit.or(process.ended);
        }
    }

    /// Notes whose children a scan has found.
    pub(super) fn note_scan(&mut self, scan: &Scan) {
        for participant in
            self.participants.iter_mut().filter(|participant| participant.end.is_none())
        {
            let own = scan.processes.iter().filter(|stat| stat.ppid == participant.key.pid);
            participant.scanned_children.extend(own.map(|stat| stat.key));
        }
    }

    /// A test process reports a signal that it caught.
    pub(super) fn on_caught(&mut self, caught: CaughtSignal) {
        self.caught.push(caught);
    }

    /// The signals that a participant caught, in order.
    pub(super) fn caught_by(
        &self,
        participant: &Participant,
    ) -> impl Iterator<Item = &CaughtSignal> {
        let pid = participant.key.pid;
        self.caught.iter().filter(move |caught| caught.pid == pid)
    }

    /// A step is over: names stay as they are.
    pub(super) fn settle(&mut self) {
        for participant in &mut self.participants {
            participant.is_settled = participant.id.is_some();
        }
    }

    /// Nobody plays any more.
    pub(super) fn leave(&mut self) {
        self.participants.clear();
        self.caught.clear();
    }

    /// A text in which `{part}` stands for the process that plays it.
    pub(crate) fn named(&self, text: &str) -> String {
        let mut named = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, part, after)) = next_part(rest) {
            named.push_str(before);
            match self.participant(part) {
                Some(participant) => named.push_str(&participant.who()),
                None => named.push_str(part),
            }
            rest = after;
        }
        named.push_str(rest);
        named
    }
}

/// The next `{part}` of a text, with what is before and after it.
fn next_part(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (part, after) = rest.split_once('}')?;
    Some((before, part, after))
}

/// The parts that a text names.
pub(super) fn parts_in(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, part, after) = next_part(rest)?;
        rest = after;
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{EventSource, Signal};
    use crate::tests::fixture;

    #[test]
    fn a_text_names_the_processes_that_play() {
        let world = fixture::world("10 1 10 10 - - px-child | ");
        let mut participants = Participants::default();
        participants.assign("child", ProcessKey::at_ticks(10, 100));
        assert_eq!(participants.named("{child} forks"), "process 10 forks");
        participants.look(&world);
        assert_eq!(
            participants.named("{child} and {other}: {child}{"),
            "px-child 10 and other: px-child 10{"
        );
        assert_eq!(parts_in("{a} b {c}").collect::<Vec<_>>(), ["a", "c"]);
    }

    #[test]
    fn one_that_the_world_knows_from_an_event_only_is_found_by_the_key_that_the_lab_read() {
        let mut world = fixture::world("10 1 10 10 - - main |");
        world.apply(fixture::event_source(EventSource::Connector));
        world.apply(fixture::events("1000.5 fork 11 < 10"));
        for (ticks, is_it) in [(100_049, true), (100_050, true), (100_051, true), (100_053, false)]
        {
            assert_eq!(is_found(&world, ProcessKey::at_ticks(11, ticks)), is_it, "{ticks}");
        }
        assert!(!is_found(&world, ProcessKey::at_ticks(10, 99)), "its birth was read");
    }

    fn is_found(world: &World, key: ProcessKey) -> bool {
        let mut participants = Participants::default();
        participants.assign("part", key);
        participants.look(world);
        participants.is_complete()
    }

    #[test]
    fn who_is_given_a_part_replaces_whoever_played_it() {
        let mut participants = Participants::default();
        participants.assign("child", ProcessKey::at_ticks(10, 100));
        participants.assign("child", ProcessKey::at_ticks(11, 110));
        assert_eq!(participants.participants().count(), 1);
        assert_eq!(participants.participant("child").unwrap().key.pid, 11);
    }

    #[test]
    fn caught_signals_are_those_of_the_one_that_caught_them() {
        let mut participants = Participants::default();
        participants.assign("tidy", ProcessKey::at_ticks(10, 100));
        for pid in [10, 110] {
            participants.on_caught(caught(pid));
        }
        let participant = participants.participant("tidy").unwrap();
        assert_eq!(participants.caught_by(participant).collect::<Vec<_>>(), [&caught(10)]);
    }

    fn caught(pid: u32) -> CaughtSignal {
        CaughtSignal { pid, signal: Signal::TERM, sender: 9000, sender_name: None }
    }
}
