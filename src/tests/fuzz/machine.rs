//! A machine that makes sense, and what is reported about it: late, in part, or by scans alone.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::record::{
    BootTime, Change, Event, EventSource, Observation, Pid, ProcessId, ProcessKey, Record, Scan,
    Stat, Stats,
};
use crate::tests::fixture::{host, lines};
use crate::tests::fuzz::world::check;
use crate::tests::fuzz::{Random, fuzz};
use crate::world::{Entry, ParentKind, What, World};

/// Pids are given in a circle, as the kernel does; these two are never given.
const PIDS: std::ops::Range<Pid> = 10..30;
const INIT: Pid = 1;
const REAPER: Pid = 2;
const STEPS: usize = 40;
const TICK: u64 = 10_000_000;

/// How it is learned what happens.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Coverage {
    All,
    /// Some of what the kernel tells is lost.
    Part,
    /// Those who are known are held by pidfds.
    Pidfds,
    /// Scans are all there is.
    Nothing,
}

/// A process as it is.
struct Life {
    parent: Pid,
    ticks: u64,
    /// Its wait status, once it is a zombie.
    status: Option<i32>,
    has_execed: bool,
}

struct Machine<'a> {
    random: &'a mut Random,
    coverage: Coverage,
    world: World,
    at: u64,
    /// The time of the newest event: an event is reported a little after what it tells of.
    stamp: u64,
    lives: BTreeMap<Pid, Life>,
    next_pid: Pid,
    /// What is yet to be reported.
    pending: Vec<Event>,
    lost: Option<u64>,
    n_births: usize,
    /// Each adoption of a living process.
    adopted: Vec<Pid>,
    ends: Vec<(Pid, i32)>,
}

impl Machine<'_> {
    fn pause(&mut self, most: u64) {
        self.at += 1 + self.random.next() % most;
    }

    fn key(&self, pid: Pid) -> ProcessKey {
        ProcessKey::at_ticks(pid, self.lives[&pid].ticks)
    }

    fn is_known(&self, pid: Pid) -> bool {
        self.world.living(pid).is_some_and(|process| process.key() == self.key(pid))
    }

    /// The kernel tells everything, the pidfds tell of the ends of those who are known.
    fn happens(&mut self, pid: Pid, change: Change) {
        self.stamp = (self.stamp + 1).max(self.at + self.random.next() % 3_000_000);
        let is_reported = match (self.coverage, &change) {
            (Coverage::All | Coverage::Part, _) => true,
            (Coverage::Pidfds, Change::Exit { .. }) => self.is_known(pid),
            _ => false,
        };
        if is_reported {
            self.pending.push(Event { at: BootTime(self.stamp), pid, change });
        }
    }

    fn pick(&mut self, is_meant: impl Fn(&Life) -> bool) -> Option<Pid> {
        let pids: Vec<Pid> =
            self.lives.iter().filter(|(_, life)| is_meant(life)).map(|(pid, _)| *pid).collect();
        (!pids.is_empty()).then(|| *self.random.pick(&pids))
    }

    fn act(&mut self) {
        self.pause(2 * TICK);
        match self.random.below(12) {
            0..5 => self.fork(),
            5 => self.exec(),
            6 => self.session(),
            7 => self.reap(),
            _ => self.exit(),
        }
    }

    fn fork(&mut self) {
        let free = PIDS.chain(PIDS).skip_while(|pid| *pid != self.next_pid);
        let Some(pid) = free.take(PIDS.len()).find(|pid| !self.lives.contains_key(pid)) else {
            return;
        };
        let Some(parent) = self.pick(|life| life.status.is_none()) else { return };
        self.next_pid = if pid + 1 == PIDS.end { PIDS.start } else { pid + 1 };
        // An end is reported before its pid is free (`do_exit` in kernel/exit.c).
        if self.ends.iter().any(|(ended, _)| *ended == pid) {
            self.at = self.at.max(self.stamp);
        }
        let life = Life { parent, ticks: self.at / TICK, status: None, has_execed: false };
        self.lives.insert(pid, life);
        self.n_births += 1;
        self.happens(pid, Change::Fork { parent });
    }

    fn exec(&mut self) {
        let Some(pid) = self.pick(|life| life.status.is_none()) else { return };
        self.lives.get_mut(&pid).unwrap().has_execed = true;
        self.happens(pid, Change::Exec { image: None });
    }

    fn session(&mut self) {
        let Some(pid) = self.pick(|life| life.status.is_none()) else { return };
        self.happens(pid, Change::Session);
    }

    fn exit(&mut self) {
        let Some(pid) = self.pick(|life| life.status.is_none()).filter(|pid| *pid != INIT) else {
            return;
        };
        let parent = self.lives[&pid].parent;
        let above = std::iter::successors(Some(parent), |pid| {
            self.lives.get(pid).map(|life| life.parent).filter(|parent| *parent != 0)
        });
        let adopter = above.filter(|pid| *pid == REAPER).last().unwrap_or(INIT);
        let children: Vec<Pid> =
            self.lives.iter().filter(|(_, life)| life.parent == pid).map(|(pid, _)| *pid).collect();
        for child in children {
            let life = self.lives.get_mut(&child).unwrap();
            life.parent = adopter;
            // Who adopts reaps at once.
            if life.status.is_some() {
                self.lives.remove(&child);
            } else {
                self.adopted.push(child);
            }
        }
        let status = *self.random.pick(&[0, 9, 3 << 8]);
        self.ends.push((pid, status));
        // Of a zombie that nobody reaps a pidfd tells the status only later, and again.
        let reported =
            (self.coverage != Coverage::Pidfds || self.random.one_in(2)).then_some(status);
        self.happens(pid, Change::Exit { parent: Some(parent), wait_status: reported });
        self.lives.get_mut(&pid).unwrap().status = Some(status);
        if adopter == parent || self.random.one_in(2) {
            self.lives.remove(&pid);
        }
    }

    fn reap(&mut self) {
        let Some(pid) = self.pick(|life| life.status.is_some()) else { return };
        if self.coverage == Coverage::Pidfds {
            let wait_status = self.lives[&pid].status;
            self.happens(pid, Change::Exit { parent: None, wait_status });
        }
        self.lives.remove(&pid);
    }

    fn tell(&mut self, observation: Observation) {
        self.world.apply(Record { at: BootTime(self.at), observation });
        check(&self.world);
    }

    /// Tells what happened until then, in two parts that need not come in order.
    fn deliver(&mut self, until: u64) {
        let (mut reported, pending): (Vec<Event>, Vec<Event>) =
            std::mem::take(&mut self.pending).into_iter().partition(|event| event.at.0 <= until);
        self.pending = pending;
        if self.coverage == Coverage::Part && self.random.one_in(8) && !reported.is_empty() {
            self.lost = Some(self.lost.unwrap_or(0) + reported.len() as u64);
            return;
        }
        if self.coverage == Coverage::Pidfds {
            for event in &mut reported {
                event.at = BootTime(self.at);
                if let Change::Exit { parent, .. } = &mut event.change {
                    *parent = None;
                }
            }
        }
        // What concerns nobody else may come late, by less than an end waits for its birth.
        let mut busy: HashSet<Pid> = HashSet::new();
        for event in &reported {
            match event.change {
                Change::Fork { parent } => busy.insert(parent),
                Change::Exit { .. } => false,
                _ => busy.insert(event.pid),
            };
        }
        let gone: HashSet<Pid> =
            reported.iter().filter(|event| is_exit(event)).map(|event| event.pid).collect();
        let now = self.at;
        let (late, early): (Vec<Event>, Vec<Event>) =
            reported.into_iter().partition(|event| match event.change {
                Change::Fork { parent } => {
                    !busy.contains(&event.pid)
                        && !gone.contains(&parent)
                        && event.at.0 + 4 * TICK > now
                        && self.world.living(event.pid).is_none()
                        && self.random.one_in(3)
                }
                _ => false,
            });
        for part in [early, late] {
            if !part.is_empty() {
                self.tell(Observation::Events(part));
            }
        }
        if let Some(count) = self.lost.take() {
            let count = (!self.random.one_in(3)).then_some(count);
            let record = Record { at: BootTime(until), observation: Observation::Lost(count) };
            self.world.apply(record);
        }
    }

    fn stat(&self, pid: Pid) -> Option<Stat> {
        let Life { parent, ticks, status, has_execed } = self.lives.get(&pid)?;
        let flags = match (status, has_execed) {
            (Some(_), _) => "Z",
            (None, true) => "-",
            (None, false) => "f",
        };
        let wait = status.map_or_else(String::new, |status| format!("wait={status}"));
        let line = format!("{pid} {parent} 1 1 - {flags} sh | start={ticks} {wait}");
        lines(&line).pop().map(|line| line.stat)
    }

    /// Reads all processes, while things go on.
    fn scan(&mut self, most_acts: usize) {
        let soonest = self.world.last_scan().map_or(0, |last| last.0 + 10 * TICK);
        if self.at < soonest {
            self.deliver(self.stamp.max(self.at));
            self.at = soonest;
        }
        let began = BootTime(self.at);
        let mut processes = Vec::new();
        let mut acts = 0;
        for pid in [INIT, REAPER].into_iter().chain(PIDS) {
            if acts < most_acts && self.random.one_in(6) {
                acts += 1;
                self.act();
            }
            processes.extend(self.stat(pid));
        }
        // What is older would have come by now.
        let delay = self.random.next() % (3 * TICK);
        self.deliver(if self.coverage == Coverage::Pidfds { self.at } else { self.at - delay });
        let ended = BootTime(self.at);
        self.tell(Observation::Scan(Scan { began, ended, processes, hidden: Vec::new() }));
    }

    /// Reads single processes: those that the world asks for, and any.
    fn read_some(&mut self) {
        let mut pids = self.world.take_wanted_stats(8);
        if self.coverage == Coverage::Pidfds {
            self.deliver(self.stamp.max(self.at));
            pids.extend(PIDS.filter(|_| self.random.one_in(4)));
        }
        let began = BootTime(self.at);
        let processes: Vec<Stat> = pids.iter().filter_map(|pid| self.stat(*pid)).collect();
        pids.retain(|pid| !self.lives.contains_key(pid));
        self.tell(Observation::Stats(Stats { began, processes, gone: pids }));
    }

    /// What is known once all is reported and all is quiet.
    fn check_against_truth(&self) {
        let world = &self.world;
        let mut left: HashMap<ProcessKey, Option<Pid>> = HashMap::new();
        for process in world.processes() {
            let slot = world.slot_of(process.id()).unwrap();
            if process.ended.is_none() {
                let parent = world.tree_of(ParentKind::Kernel).parent(slot);
                left.insert(process.key(), parent.map(|slot| world.at(slot).key().pid));
            }
        }
        for (pid, life) in &self.lives {
            let parent = Some(life.parent).filter(|parent| *parent != 0);
            let key = self.key(*pid);
            assert_eq!(left.remove(&key), Some(parent), "{key:?} is under its parent");
            let process = world.resolve(key).and_then(|id| world.get(id)).unwrap();
            assert_eq!(process.exit.is_some(), life.status.is_some(), "{key:?} is a zombie or not");
        }
        assert!(left.is_empty(), "they are no more: {left:?}");
        self.check_log();
    }

    fn check_log(&self) {
        let of = |is: fn(What) -> bool| -> Vec<&Entry> {
            self.world.log().entries().filter(|entry| is(entry.what)).collect()
        };
        let births = of(|what| matches!(what, What::Fork | What::Start));
        let ends = of(|what| matches!(what, What::Exit { .. }));
        for reported in [&births, &ends] {
            let known = reported.iter().filter_map(|entry| entry.id);
            let once: HashSet<ProcessId> = known.clone().collect();
            assert_eq!(once.len(), known.count(), "each is reported once");
        }
        if self.coverage == Coverage::All {
            assert_eq!(births.len(), self.n_births);
            let reported = ends.iter().map(|entry| match entry.what {
                What::Exit { cause, .. } => (entry.pid, cause.status().unwrap_or(-1)),
                _ => unreachable!("these are ends"),
            });
            let (mut reported, mut ends): (Vec<_>, Vec<_>) =
                (reported.collect(), self.ends.clone());
            reported.sort_unstable();
            ends.sort_unstable();
            assert_eq!(reported, ends, "each end is reported once, with its status");
            // Of two adoptions nobody may have had the time to read the first.
            let orphans = of(|what| matches!(what, What::Orphan { .. }));
            assert!(orphans.len() <= self.adopted.len(), "each adoption is reported once");
            let reported: HashSet<Pid> = orphans.iter().map(|entry| entry.pid).collect();
            assert_eq!(reported, self.adopted.iter().copied().collect());
        }
    }
}

fn is_exit(event: &Event) -> bool {
    matches!(event.change, Change::Exit { .. })
}

fn attempt(random: &mut Random, coverage: Coverage, source: EventSource) {
    let mut world = World::new(host(), *Random::pick(random, &[0.0, 3.0]));
    let at = 1_000_000_000_000;
    let observation = Observation::EventSource(source, "the machine says so".into());
    world.apply(Record { at: BootTime(at), observation });
    let life = |parent| Life { parent, ticks: 100, status: None, has_execed: true };
    let lives = [(INIT, life(0)), (REAPER, life(INIT))].into();
    let mut machine = Machine {
        random,
        coverage,
        world,
        at,
        stamp: at,
        lives,
        next_pid: PIDS.start,
        pending: Vec::new(),
        lost: None,
        n_births: 0,
        adopted: Vec::new(),
        ends: Vec::new(),
    };
    machine.scan(0);
    for _ in 0..STEPS {
        match machine.random.below(8) {
            0 => machine.scan(4),
            1 => machine.read_some(),
            2 | 3 => machine.deliver(machine.at),
            _ => machine.act(),
        }
    }
    machine.pause(TICK);
    machine.deliver(machine.stamp.max(machine.at));
    // Whatever was lost until now is reported with what comes next.
    machine.deliver(machine.at);
    for _ in 0..2 {
        machine.at += 3_000_000_000;
        machine.read_some();
        machine.scan(0);
    }
    machine.check_against_truth();
}

#[test]
fn fuzz_machine_that_tells_all() {
    fuzz("machine", |random| attempt(random, Coverage::All, EventSource::Connector));
}

#[test]
fn fuzz_machine_that_loses_some() {
    fuzz("losses", |random| attempt(random, Coverage::Part, EventSource::Connector));
}

#[test]
fn fuzz_machine_by_pidfds() {
    fuzz("pidfds", |random| attempt(random, Coverage::Pidfds, EventSource::Pidfd));
}

#[test]
fn fuzz_machine_by_scans() {
    fuzz("scans", |random| attempt(random, Coverage::Nothing, EventSource::None));
}
