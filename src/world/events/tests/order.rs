//! Families of a small kernel that end while they are read: in which order it is reported.

use proptest::prelude::*;

use super::{TABLE, listening};
use crate::record::{BootTime, Change, Event, Observation, Pid, Record};
use crate::tests::fixture::{lines, scan_between, stats};
use crate::world::{What, World};

/// So long is each step.
const STEP_NANOS: u64 = 200_000;
/// An end is reported fewer steps later.
const MOST_LATER: u64 = 12;

#[derive(Clone, Copy, Debug)]
enum Step {
    /// One of those who live has a child.
    Fork(usize),
    /// One of those ends: its children are adopted now, and that it ended is reported so much
    /// later.
    Exit(usize, u64),
    /// The stat of one of those is read.
    Read(usize),
    Scan,
    /// What was reported until now arrives.
    Arrive,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0_usize..50).prop_map(Step::Fork),
        4 => (0_usize..50, 0..MOST_LATER).prop_map(|(who, later)| Step::Exit(who, later)),
        4 => (0_usize..50).prop_map(Step::Read),
        1 => Just(Step::Scan),
        3 => Just(Step::Arrive),
    ]
}

/// The kernel: who lives, with the parent and the birth, and what is reported and on its way.
struct Kernel {
    now: u64,
    living: Vec<(Pid, Pid, u64)>,
    next: Pid,
    scanned: u64,
    arrived: u64,
    reported: Vec<Event>,
}

impl Kernel {
    fn step(&mut self, step: Step, world: &mut World) {
        self.now += STEP_NANOS;
        let picked = |index: usize| index % self.living.len().max(1);
        match step {
            Step::Fork(index) => {
                let parent = self.living.get(picked(index)).map_or(20, |(pid, _, _)| *pid);
                self.tell(0, self.next, Change::Fork { parent });
                self.living.push((self.next, parent, self.now / 10_000_000));
                self.next += 1;
            }
            Step::Exit(index, later) if !self.living.is_empty() => {
                let (pid, parent, _) = self.living.remove(picked(index));
                // Some are adopted by their grandparent, which is a subreaper.
                let is_there = parent == 20 || self.living.iter().any(|(pid, ..)| *pid == parent);
                let adopter = if pid % 3 == 0 && is_there { parent } else { 1 };
                let children = self.living.iter_mut().filter(|(_, parent, _)| *parent == pid);
                children.for_each(|(_, parent, _)| *parent = adopter);
                let change = Change::Exit { parent: Some(parent), wait_status: Some(0) };
                self.tell(later, pid, change);
            }
            Step::Read(index) if !self.living.is_empty() => {
                let index = picked(index);
                self.read(&self.table(index..index + 1), world);
            }
            // Nobody scans again before what the last one showed was reported.
            Step::Scan if self.arrived >= self.scanned + MOST_LATER * STEP_NANOS => {
                self.scanned = self.now;
                let at = BootTime(self.now);
                let table = format!("{TABLE}\n{}", self.table(0..self.living.len()));
                world.apply(scan_between(&lines(&table), at, at));
            }
            Step::Arrive => self.arrive(world),
            Step::Exit(..) | Step::Read(_) | Step::Scan => {}
        }
    }

    fn tell(&mut self, later: u64, pid: Pid, change: Change) {
        // Everything has a time of its own.
        let at = BootTime(self.now + later * STEP_NANOS + u64::from(pid));
        self.reported.push(Event { at, pid, change });
    }

    fn table(&self, range: std::ops::Range<usize>) -> String {
        let line = |(pid, parent, born): &(Pid, Pid, u64)| {
            format!("{pid} {parent} 20 10 3 f make | start={born}\n")
        };
        self.living[range].iter().map(line).collect()
    }

    fn read(&self, table: &str, world: &mut World) {
        let second = format!("{}.{:09}", self.now / 1_000_000_000, self.now % 1_000_000_000);
        world.apply(stats(&lines(table), &second));
    }

    fn arrive(&mut self, world: &mut World) {
        self.arrived = self.now;
        let (arrived, later) = std::mem::take(&mut self.reported)
            .into_iter()
            .partition(|event| event.at.0 <= self.now);
        self.reported = later;
        let at = BootTime(self.now);
        world.apply(Record { at, observation: Observation::Events(arrived) });
    }
}

proptest! {
    #[test]
    fn an_orphan_is_reported_between_the_end_of_the_parent_that_it_lost_and_its_own(
        steps in prop::collection::vec(step(), 1..80),
    ) {
        let mut world = listening();
        let now = 1_001_000_000_000;
        let (living, reported) = (Vec::new(), Vec::new());
        let mut kernel = Kernel { now, living, next: 100, scanned: 0, arrived: now, reported };
        for step in steps {
            kernel.step(step, &mut world);
        }
        kernel.now += MOST_LATER * STEP_NANOS + 1_000_000;
        kernel.arrive(&mut world);
        let reported: Vec<_> = world.log().entries().collect();
        let end = |pid: Pid| {
            reported.iter().position(|it| it.pid == pid && matches!(it.what, What::Exit { .. }))
        };
        for (place, orphan) in reported.iter().enumerate() {
            if matches!(orphan.what, What::Orphan { .. }) {
                let lost = orphan.parent.and_then(end);
                prop_assert!(lost.is_some_and(|lost| lost < place), "{orphan:?}");
                prop_assert!(end(orphan.pid).is_none_or(|own| own > place), "{orphan:?}");
            }
        }
        prop_assert!(!world.is_waiting());
    }
}
