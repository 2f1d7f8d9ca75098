//! Random records, keys and screens, and what holds of the world whatever they are.

use std::collections::HashSet;
use std::fmt::Write;

use ratatui::layout::Size;

use crate::app::input::Input;
use crate::keymap::{Key, KeyCode};
use crate::panes::tree::folds::Folds;
use crate::panes::tree::ghosts::GhostRows;
use crate::panes::tree::rows::rows;
use crate::panes::tree::shown::Shown;
use crate::record::{
    BootTime, Change, Event, EventSource, Image, Observation, Pid, ProcessId, Record, Scan, Stats,
};
use crate::report::json::snapshot;
use crate::roles::Subject;
use crate::tests::fixture::{event_source, facts_of, host, lines, scan};
use crate::tests::fuzz::{Random, fuzz};
use crate::tests::journey::Journey;
use crate::verdict::Role;
use crate::world::{ParentKind, What, World};

/// So few pids that they are used again at once.
const PIDS: usize = 12;
const RECORDS: usize = 60;
/// Names and what they were started with, some of it recognized.
const COMMANDS: [(&str, &str); 10] = [
    ("sh", "sh -c x"),
    ("make", "make -j8"),
    ("px-child", "px-child"),
    (
        "python3",
        "python3 -c \"from multiprocessing.spawn import spawn_main; spawn_main(tracker_fd=5, pipe_handle=7)\" --multiprocessing-fork",
    ),
    ("python3", "python3 -c \"from multiprocessing.resource_tracker import main;main(4)\""),
    (
        "python3",
        "python3 -c \"from multiprocessing.forkserver import main; main(5, 6, ['__main__'])\"",
    ),
    ("nginx", "nginx: master process nginx"),
    ("nginx", "nginx: worker process"),
    ("gunicorn", "gunicorn: master [x:app]"),
    ("node", "node app.js"),
];

/// A machine that makes no sense.
struct Chaos<'a> {
    random: &'a mut Random,
    at: u64,
}

impl Chaos<'_> {
    fn pid(&mut self) -> Pid {
        u32::try_from(self.random.below(PIDS)).unwrap()
    }

    /// Some time around now, before it, too.
    fn time(&mut self) -> BootTime {
        self.at += self.random.next() % 700_000_000;
        BootTime(self.at.saturating_sub(self.random.next() % 900_000_000))
    }

    fn table(&mut self) -> String {
        let mut text = String::new();
        let mut pids = HashSet::new();
        for _ in 0..self.random.below(PIDS) {
            let (pid, parent) = (self.pid(), self.pid());
            // Two of one pid are in no table.
            if pid == 0 || !pids.insert(pid) {
                continue;
            }
            let (group, session) = (self.pid(), self.pid());
            let flag = *self.random.pick(&["-", "-", "-", "f", "Z", "T", "k"]);
            let ticks = self.at / 10_000_000 - self.random.next() % 60;
            let birth = *self.random.pick(&[ticks, u64::from(pid) * 10]);
            let wait = if flag == "Z" { "wait=9" } else { "" };
            let (name, command) = *self.random.pick(&COMMANDS);
            let line = format!("{pid} {parent} {group} {session} - {flag} {name} | start={birth}");
            let pipes = format!("reads={} writes={} null=3", self.pid(), self.pid());
            writeln!(text, "{line} {wait} {pipes} cmd={command}").unwrap();
        }
        text
    }

    fn event(&mut self) -> Event {
        let (at, pid, parent) = (self.time(), self.pid(), self.pid());
        let change = match self.random.below(8) {
            0..3 => Change::Fork { parent },
            3 => {
                let image = Image { comm: "cc1".into(), command_line: Some("cc1\0x\0".into()) };
                Change::Exec { image: self.random.one_in(2).then_some(image) }
            }
            4..6 => {
                let parent = (!self.random.one_in(3)).then_some(parent);
                Change::Exit { parent, wait_status: (!self.random.one_in(3)).then_some(9) }
            }
            6 => Change::Rename { comm: "re\u{1b}named".into() },
            _ if self.random.one_in(2) => Change::Session,
            _ => Change::User { uid: pid },
        };
        Event { at, pid, change }
    }

    fn record(&mut self) -> Record {
        let at = self.time();
        let observation = match self.random.below(12) {
            0..3 => {
                let processes = lines(&self.table()).into_iter().map(|line| line.stat).collect();
                let began = BootTime(at.0 - self.random.next() % 30_000_000);
                Observation::Scan(Scan { began, ended: at, processes, hidden: Vec::new() })
            }
            3 => {
                let processes = lines(&self.table()).into_iter().map(|line| line.stat).collect();
                let gone = (0..self.random.below(3)).map(|_| self.pid()).collect();
                Observation::Stats(Stats { began: at, processes, gone })
            }
            4 => facts_of(&lines(&self.table()), at.0 / 1_000_000_000).observation,
            5 if self.random.one_in(4) => Observation::Lost(self.random.one_in(2).then_some(3)),
            6 if self.random.one_in(6) => {
                let sources = [EventSource::Connector, EventSource::Pidfd, EventSource::None];
                Observation::EventSource(*self.random.pick(&sources), "chaos".into())
            }
            _ => {
                let mut events: Vec<Event> =
                    (0..self.random.below(9)).map(|_| self.event()).collect();
                if !self.random.one_in(4) {
                    events.sort_by_key(|event| event.at);
                }
                Observation::Events(events)
            }
        };
        Record { at: BootTime(self.at), observation }
    }
}

/// What holds whatever happened.
pub(super) fn check(world: &World) {
    let mut ids = HashSet::new();
    let mut living = HashSet::new();
    let mut counts = [0; Role::ALL.len()];
    for slot in world.slots() {
        let process = world.at(slot);
        let key = process.key();
        assert!(ids.insert(process.id()), "{key:?} is there twice");
        assert_eq!(world.slot_of(process.id()), Some(slot), "{key:?} is not found");
        if process.ended.is_none() {
            assert!(living.insert(key.pid), "two live with pid {}", key.pid);
        }
    }
    check_reports(world);
    check_series(world);
    for parent_kind in [ParentKind::Kernel, ParentKind::Creator] {
        let tree = world.tree_of(parent_kind);
        let mut seen = HashSet::new();
        let mut open: Vec<usize> = tree.roots().iter().map(|slot| *slot as usize).collect();
        while let Some(slot) = open.pop() {
            assert!(seen.insert(slot), "the tree has slot {slot} twice");
            for child in tree.children(slot) {
                let parent = world.at(*child as usize).parent;
                assert_eq!(tree.parent(*child as usize), Some(slot));
                assert!(parent_kind == ParentKind::Creator || parent == Some(world.at(slot).id()));
                open.push(*child as usize);
            }
        }
        assert_eq!(seen.len(), world.processes().len(), "{parent_kind:?}");
    }
    for subject in world.subjects().filter(|subject| subject.process().ended.is_none()) {
        counts[subject.process().verdict.role as usize] += 1;
    }
    for role in Role::ALL {
        assert_eq!(world.count(role), counts[role as usize], "{role:?}");
    }
}

/// Every series counts its members, and those with a row know that they are of it.
fn check_series(world: &World) {
    for (id, series) in world.all_series() {
        assert!(series.count >= series.members().len() as u64, "{series:?}");
        assert!(series.count > 0 && series.since <= series.last(), "{series:?}");
        for member in series.members().filter_map(|member| world.get(member)) {
            assert_eq!(member.history.series, Some(id), "{:?}", member.key());
            assert!(member.ended.is_some(), "{:?}", member.key());
        }
    }
}

/// Rows and JSON have everybody once, under the same parents.
fn check_reports(world: &World) {
    let folds = Folds::default();
    let shown = Shown { kernel_threads: true, ghosts: GhostRows::All, ..Shown::default() };
    let rows = rows(world, &folds, &shown);
    let mut with_row: HashSet<ProcessId> = HashSet::new();
    for row in &rows {
        let id = row.id.process().unwrap();
        assert!(with_row.insert(id), "{id:?} has two rows");
        let above = row.parent_row.and_then(|row| rows[row].id.process());
        let parent = |slot: &usize| world.tree().parent(*slot);
        let mut ancestors = std::iter::successors(parent(&world.slot_of(id).unwrap()), parent);
        assert!(above.is_none() || ancestors.any(|slot| Some(world.at(slot).id()) == above));
    }
    let living: Vec<Subject<'_>> =
        world.subjects().filter(|subject| subject.process().ended.is_none()).collect();
    assert!(living.iter().all(|subject| with_row.contains(&subject.id())), "who lives has a row");
    let json = serde_json::to_value(snapshot(world, 1.0, living.iter().copied())).unwrap();
    let reported = json["processes"].as_array().unwrap();
    assert_eq!(reported.len(), living.len());
    for subject in living {
        let object = reported.iter().find(|object| object["pid"] == subject.pid()).unwrap();
        let children = reported.iter().filter(|other| {
            let slot = world.living_slot(u32::try_from(other["pid"].as_u64().unwrap()).unwrap());
            slot.and_then(|slot| world.tree().parent(slot)) == Some(subject.slot())
        });
        assert_eq!(object["children"], children.count());
    }
}

/// A machine that makes sense, of which the kernel tells all: everything is reported exactly once.
#[test]
fn fuzz_lives() {
    fuzz("lives", |random| {
        let mut world = World::new(host(), 3.0);
        world.apply(event_source(EventSource::Connector));
        world.apply(scan(&lines("1 0 1 1 - - init | cmd=init"), 1_000));
        let mut living: Vec<Pid> = vec![1];
        let (mut at, mut births, mut ends) = (1_000_000_000_000_u64, 0, 0);
        for _ in 0..RECORDS {
            let mut events = Vec::new();
            for _ in 0..random.below(9) {
                at += 1 + random.next() % 40_000_000;
                let parent = *random.pick(&living);
                let pid = 2 + u32::try_from(random.below(PIDS)).unwrap();
                let place = living.iter().position(|alive| *alive == pid);
                let change = if let Some(place) = place {
                    living.remove(place);
                    ends += 1;
                    Change::Exit { parent: None, wait_status: Some(0) }
                } else {
                    living.push(pid);
                    births += 1;
                    Change::Fork { parent }
                };
                events.push(Event { at: BootTime(at), pid, change });
            }
            world.apply(Record { at: BootTime(at), observation: Observation::Events(events) });
            check(&world);
        }
        let reported = |is: fn(What) -> bool| {
            world.log().entries().filter(|entry| is(entry.what) && entry.pid != 1).count()
        };
        assert_eq!(reported(|what| matches!(what, What::Fork | What::Start)), births);
        assert_eq!(reported(|what| matches!(what, What::Exit { .. })), ends);
        let mut seen: Vec<Pid> = world
            .processes()
            .filter(|process| process.ended.is_none() && process.exit.is_none())
            .map(|process| process.key().pid)
            .collect();
        seen.sort_unstable();
        living.sort_unstable();
        assert_eq!(seen, living);
    });
}

#[test]
fn fuzz_world() {
    fuzz("world", |random| {
        let mut world = World::new(host(), 3.0);
        let mut chaos = Chaos { random, at: 1_000_000_000_000 };
        for _ in 0..RECORDS {
            let record = chaos.record();
            world.apply(record);
            check(&world);
            world.take_wanted_stats(8);
        }
    });
}

const SIZES: [(u16, u16); 8] =
    [(0, 0), (1, 1), (20, 5), (40, 10), (80, 24), (100, 30), (200, 50), (3, 200)];

#[test]
fn fuzz_screen() {
    fuzz("screen", |random| {
        let mut journey = Journey::new(80, 24);
        let mut chaos = Chaos { random, at: 1_000_000_000_000 };
        for _ in 0..RECORDS {
            let record = chaos.record();
            journey.send(Input::Record(record));
            for _ in 0..chaos.random.below(4) {
                let code = *chaos.random.pick(&[
                    KeyCode::Enter,
                    KeyCode::Esc,
                    KeyCode::Tab,
                    KeyCode::Up,
                    KeyCode::Down,
                    KeyCode::Left,
                    KeyCode::Right,
                    KeyCode::Home,
                    KeyCode::End,
                    KeyCode::PageUp,
                    KeyCode::PageDown,
                    KeyCode::Backspace,
                    KeyCode::Delete,
                    KeyCode::F(5),
                ]);
                let letter = char::from(b' ' + u8::try_from(chaos.random.below(95)).unwrap());
                let key = if chaos.random.one_in(2) { Key::plain(code) } else { Key::char(letter) };
                journey.send(Input::Key(key));
            }
            if chaos.random.one_in(3) {
                let (width, height) = *chaos.random.pick(&SIZES);
                journey.send(Input::Resize(Size { width, height }));
            }
            let selected = journey.app.tree.cursor.id;
            assert!(
                journey.app.tree.rows.is_empty() || selected.is_some(),
                "rows without a cursor"
            );
            if chaos.random.one_in(4) {
                journey.text();
            }
        }
        check(&journey.app.world);
    });
}
