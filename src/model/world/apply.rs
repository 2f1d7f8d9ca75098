//! Folds records into the world.

use std::sync::Arc;

use crate::model::evidence::Verdict;
use crate::model::facts::Facts;
use crate::model::key::ProcessKey;
use crate::model::process::{Adoption, End, FactsReading, Process, Stat};
use crate::model::record::{Observation, Record, Scan};
use crate::model::story;
use crate::model::subject::Subject;
use crate::model::time::BootTime;
use crate::model::tree::Tree;
use crate::model::world::reading::next_reading;
use crate::model::world::{CPU_HISTORY, World};

/// How many ends are remembered for the evidence of those left behind.
const REMEMBERED_ENDS: usize = 256;

/// Shares of a CPU are worked out over no shorter time, in seconds.
const SHORTEST_INTERVAL: f64 = 0.04;

impl World {
    /// Folds one record in. What it says of a process counts only if nothing newer is known.
    pub fn apply(&mut self, record: Record) {
        self.now = self.now.max(record.at);
        match record.observation {
            Observation::Scan(scan) => self.apply_scan(scan),
            Observation::Facts(facts) => self.apply_facts(facts),
            Observation::Details(details) => {
                self.apply_facts(vec![(details.key, Some(details.facts.clone()))]);
                self.details = Some(*details);
            }
            Observation::Machine(machine) => {
                self.cpu_history.extend(machine.cpu_percent);
                let surplus = self.cpu_history.len().saturating_sub(CPU_HISTORY);
                self.cpu_history.drain(..surplus);
                self.machine = machine;
            }
            Observation::Users(users) => self.users.extend(users),
            Observation::Specimen(key, specimen) => {
                if let Some(slot) = self.slot_of(key) {
                    self.processes[slot].specimen = Some(Box::new(specimen));
                    self.roles_changed = true;
                } else {
                    self.expected_specimens.insert(key, (record.at, specimen));
                }
            }
            Observation::Problem(sentence) => {
                if !self.problems.contains(&sentence) {
                    self.problems.push(sentence);
                }
            }
        }
        self.settle();
    }

    fn apply_scan(&mut self, scan: Scan) {
        if self.last_scan.is_some_and(|last| scan.began < last) {
            return;
        }
        // Over a few milliseconds, one clock tick of CPU time looks like many processors.
        let interval = self.last_scan.map(|last| scan.began.seconds_since(last));
        let interval = interval.filter(|seconds| *seconds >= SHORTEST_INTERVAL);
        for stat in scan.processes {
            let known = self.living.get(&stat.key.pid).copied();
            // A pid that was used again during the pass may be found twice: the younger counts.
            let is_newer = |process: &Process| {
                (process.known_at, process.key().birth) > (scan.began, stat.key.birth)
            };
            match known {
                Some(slot) if is_newer(&self.processes[slot]) => {}
                Some(slot) if self.processes[slot].key() == stat.key => {
                    self.renew(slot, stat, interval);
                    self.processes[slot].known_at = scan.began;
                }
                Some(slot) => {
                    self.end(slot, scan.began);
                    self.insert(stat, scan.began);
                }
                None => self.insert(stat, scan.began),
            }
        }
        for slot in 0..self.processes.len() {
            let process = &self.processes[slot];
            if process.ended.is_none() && process.known_at < scan.began {
                self.end(slot, scan.ended);
            }
        }
        self.roles_changed |= self.judge_again_at.is_some_and(|at| at <= self.now);
        if self.structure_changed {
            // Before anyone is forgotten: adoptions name the creator that has just ended.
            self.find_parents();
        }
        self.forget_ended();
        if self.structure_changed {
            // Slots may have moved: nobody may ask for kin before the tree is that of now.
            self.tree = Tree::build(&self.processes, |process| self.slot_of(process.parent?));
            self.read_families_again(scan.began);
        }
        // A specimen that this scan had to find, and did not, has ended already.
        self.expected_specimens.retain(|_, (told_at, _)| *told_at >= scan.began);
        self.problems.clear();
        self.last_scan = Some(scan.began);
    }

    fn insert(&mut self, stat: Stat, at: BootTime) {
        let key = stat.key;
        if let Some(slot) = self.ended.get(&key).copied() {
            self.revive(slot, stat, at);
            return;
        }
        let born_here = self.last_scan.is_some();
        let age = at.seconds_since(BootTime::of_birth(key, &self.host));
        let cpu_percent =
            stat.cpu_nanos.filter(|_| born_here && age > 0.0).map(|nanos| percent(nanos, age));
        self.living.insert(key.pid, self.processes.len());
        self.processes.push(Process {
            stat,
            facts: None,
            facts_reading: FactsReading::Wanted,
            parent: None,
            adoption: None,
            first_seen: at,
            born_here,
            known_at: at,
            cpu_percent,
            ended: None,
            specimen: self.expected_specimens.remove(&key).map(|(_, specimen)| Box::new(specimen)),
            recognition: None,
            verdict: Verdict::unjudged(),
        });
        self.structure_changed = true;
    }

    /// Takes back the end of a process that an earlier scan had only missed.
    fn revive(&mut self, slot: usize, stat: Stat, at: BootTime) {
        let process = &mut self.processes[slot];
        if process.ended.is_some_and(|end| end.at > at) {
            return;
        }
        let key = stat.key;
        process.ended = None;
        // What was asked for meanwhile found nobody to tell it of.
        process.facts_reading = FactsReading::Wanted;
        process.stat = stat;
        process.known_at = at;
        self.ended.remove(&key);
        self.ends.retain(|(ended, _)| *ended != key);
        self.living.insert(key.pid, slot);
        self.structure_changed = true;
    }

    fn renew(&mut self, slot: usize, stat: Stat, interval: Option<f64>) {
        let process = &mut self.processes[slot];
        let old = std::mem::replace(&mut process.stat, stat);
        let new = &process.stat;
        if let (Some(seconds), Some(before), Some(after)) = (interval, old.cpu_nanos, new.cpu_nanos)
            && seconds > 0.0
        {
            process.cpu_percent = Some(percent(after.saturating_sub(before), seconds));
        }
        if old.comm != new.comm || old.never_execed() != new.never_execed() {
            process.facts_reading = FactsReading::Wanted;
            process.recognition = None;
            self.roles_changed = true;
        }
        if old.ppid != new.ppid || old.state.has_ended() != new.state.has_ended() {
            self.structure_changed = true;
        }
        self.roles_changed |= (old.pgid, old.sid, old.tty) != (new.pgid, new.sid, new.tty);
    }

    pub(super) fn end(&mut self, slot: usize, at: BootTime) {
        let process = &mut self.processes[slot];
        let key = process.key();
        let wait_status = process.stat.wait_status;
        process.ended = Some(End { at, wait_status });
        process.cpu_percent = None;
        self.living.remove(&key.pid);
        self.ended.insert(key, slot);
        self.ends.push_back((key, wait_status));
        let surplus = self.ends.len().saturating_sub(REMEMBERED_ENDS);
        self.ends.drain(..surplus);
        self.learned_subreapers.remove(&key);
        self.structure_changed = true;
    }

    /// Drops processes that ended longer ago than rows linger.
    fn forget_ended(&mut self) {
        let (now, linger, kept) = (self.now, self.linger_seconds, self.kept);
        let is_over = |process: &Process| {
            let has_lingered = |end: End| now.seconds_since(end.at) >= linger;
            process.ended.is_some_and(has_lingered) && kept != Some(process.key())
        };
        if !self.ended.values().any(|slot| is_over(&self.processes[*slot])) {
            return;
        }
        self.processes.retain(|process| !is_over(process));
        self.living.clear();
        self.ended.clear();
        for (slot, process) in self.processes.iter().enumerate() {
            if process.ended.is_none() {
                self.living.insert(process.key().pid, slot);
            } else {
                self.ended.insert(process.key(), slot);
            }
        }
        self.structure_changed = true;
    }

    /// Finds every living process's parent by pid, and notes who changed it since.
    fn find_parents(&mut self) {
        for slot in 0..self.processes.len() {
            let process = &self.processes[slot];
            if process.ended.is_some() {
                continue;
            }
            let parent =
                self.living.get(&process.stat.ppid).map(|slot| self.processes[*slot].key());
            // A scan takes its time: it may have read this one before its parent ended, and only
            // the next one says who adopted it.
            let is_stale = process.parent.is_some_and(|old| old.pid == process.stat.ppid);
            if process.parent == parent || (parent.is_none() && is_stale) {
                continue;
            }
            if let Some(old) = process.parent {
                self.adopt(slot, old, parent);
            }
            self.processes[slot].parent = parent;
        }
    }

    fn adopt(&mut self, slot: usize, old: ProcessKey, adopter: Option<ProcessKey>) {
        let creator_comm: Arc<str> =
            self.get(old).map_or_else(|| "?".into(), |parent| parent.stat.comm.clone());
        let at = self.now;
        // An orphan's parent is no creator, so the next change of parent names none.
        let creator = story::creator(Subject::new(self, slot));
        match &mut self.processes[slot].adoption {
            Some(adoption) => adoption.adopter = adopter,
            adoption => {
                let noticed = Adoption { creator, creator_comm, adopter, at };
                *adoption = Some(Box::new(noticed));
            }
        }
        if let Some(adopter) = adopter.filter(|adopter| adopter.pid != 1) {
            self.learned_subreapers.insert(adopter);
        }
    }

    fn apply_facts(&mut self, batch: Vec<(ProcessKey, Option<Facts>)>) {
        for (key, facts) in batch {
            let Some(slot) = self.slot_of(key) else { continue };
            let process = &mut self.processes[slot];
            if process.ended.is_some() {
                continue;
            }
            // What it became since these facts were asked for is yet to be read.
            if process.facts_reading != FactsReading::Wanted {
                process.facts_reading = next_reading(process, facts.as_ref(), &self.host);
            }
            if let Some(mut facts) = facts {
                self.share_with_parent(slot, &mut facts);
                let process = &mut self.processes[slot];
                if process.facts.as_ref().is_none_or(|old| !old.says_same(&facts)) {
                    self.newly_read.push(slot);
                }
                process.facts = Some(facts);
            }
        }
    }
}

fn percent(cpu_nanos: u64, seconds: f64) -> f32 {
    #[expect(clippy::cast_possible_truncation, reason = "a percentage needs no double precision")]
    let percent = (cpu_nanos as f64 / 1e7 / seconds) as f32;
    percent
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::evidence::Role;
    use crate::model::runtime::Part;
    use crate::model::subject::Subject;
    use crate::tests::fixture::{facts_of, host, key_of, lines, scan, watch, world};

    #[test]
    fn a_birth_in_the_scan_that_forgets_many_is_among_its_kin() {
        let family = "
            1 0 1 1 - - systemd |
            5 1 5 5 - - shell   |
        ";
        let sleepers = "10 5 5 5 - - sleep |\n 11 5 5 5 - - sleep |\n 12 5 5 5 - - sleep |";
        let mut world = world(&format!("{family}{sleepers}"));
        watch(&mut world, family, 1_001);
        watch(&mut world, &format!("{family} 900 5 5 5 - - newborn |"), 1_010);
        let parent = world.subject(key_of(&world, 900)).and_then(Subject::parent);
        assert_eq!(parent.map(Subject::pid), Some(5));
        assert_eq!(world.processes().len(), 3);
    }

    #[test]
    fn while_others_are_unread_facts_change_a_verdict_at_once_and_those_of_kin_with_the_next_scan()
    {
        let family = lines(
            "1 0 1 1 - - systemd | unread
             5 1 5 5 - - node    | exe=/usr/bin/node
            10 5 5 5 - - node    | exe=/usr/bin/node node=worker",
        );
        let mut world = World::new(host(), 3.0);
        let part = |world: &World, pid| {
            world.living(pid).and_then(|process| process.recognition.as_ref().map(|r| r.part))
        };
        world.apply(scan(&family, 1_000));
        world.apply(facts_of(&family[1..2], 1_000));
        world.apply(facts_of(&family[2..], 1_000));
        assert!(!world.is_read());
        assert_eq!((part(&world, 5), part(&world, 10)), (None, Some(Part::Worker)));
        assert_eq!(Role::ALL.iter().map(|role| world.count(*role)).sum::<usize>(), 3);
        world.apply(scan(&family, 1_001));
        assert_eq!(part(&world, 5), Some(Part::Master));
    }
}
