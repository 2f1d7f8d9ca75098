//! Folds records into the world.

use crate::record::{CommandLine, EventSource, Fact, Facts, Observation, ProcessKey, Record};
use crate::world::fact_schedule::next_reading;
use crate::world::{FactsReading, MACHINE_HISTORY, What, World};

impl World {
    /// Takes one record in. What it says of a process counts only if nothing newer is known.
    pub(crate) fn on_record(&mut self, record: Record) {
        self.times.now = self.times.now.max(record.at);
        // These complete earlier records, and are reported with them.
        let completes = matches!(
            record.observation,
            Observation::Stats(_) | Observation::CommandLines(_) | Observation::WallClock(_)
        );
        if !completes {
            self.log.trim(self.memory.shares.log);
        }
        self.changes.is_of_few = matches!(
            record.observation,
            Observation::Events(_) | Observation::CommandLines(_) | Observation::Stats(_)
        );
        match record.observation {
            Observation::Scan(scan) => self.apply_scan(scan),
            Observation::Stats(stats) => self.apply_stats(stats),
            Observation::Events(events) => self.apply_events(events),
            Observation::CommandLines(lines) => self.apply_command_lines(lines),
            Observation::Lost(count) => self.on_loss(count, record.at),
            Observation::EventSource(source, note) => {
                self.events.source = source;
                self.events.note = note;
            }
            Observation::Facts(facts) => self.apply_facts(facts),
            Observation::Details(details) => {
                self.apply_facts(vec![(details.key, Some(details.facts.clone()))]);
                self.figures.details = self.resolve(details.key).map(|id| (id, *details));
            }
            Observation::Masks(batch) => {
                let read =
                    batch.into_iter().filter_map(|(key, masks)| Some((self.resolve(key)?, masks?)));
                self.masks = read.collect();
            }
            Observation::Machine(machine) => {
                if self.figures.history.len() == MACHINE_HISTORY {
                    self.figures.history.pop_front();
                }
                self.figures.history.push_back(machine.clone());
                self.figures.machine = machine;
            }
            Observation::Users(users) => self.figures.users.extend(users),
            Observation::WallClock(boot_unix_nanos) => {
                let boot = self.host.boot_unix_nanos.cast_signed();
                self.host.clock_step_nanos = boot_unix_nanos.cast_signed().saturating_sub(boot);
            }
            Observation::TestProcess(key, test_process) => {
                if let Some(slot) = self.resolve(key).and_then(|id| self.slot_of(id)) {
                    self.processes[slot].test_process = Some(Box::new(test_process));
                    self.changes.everyone = true;
                } else {
                    self.expected_test_processes.insert(key, (record.at, test_process));
                }
            }
            Observation::Problem(sentence) => {
                if !self.figures.problems.contains(&sentence) {
                    self.figures.problems.push(sentence);
                }
            }
        }
        self.share_out();
    }

    fn apply_facts(&mut self, batch: Vec<(ProcessKey, Option<Facts>)>) {
        for (key, facts) in batch {
            let Some(slot) = self.resolve(key).and_then(|id| self.slot_of(id)) else { continue };
            let process = &mut self.processes[slot];
            if process.ended.is_some() {
                continue;
            }
            // A process that exec'd since these facts were asked for has to be read again.
            if process.facts_reading != FactsReading::Wanted {
                process.facts_reading = next_reading(process, facts.as_ref(), &self.host);
            }
            if let Some(mut facts) = facts {
                self.share_with_parent(slot, &mut facts);
                self.shorten_facts(slot, &mut facts);
                let process = &mut self.processes[slot];
                if process.facts.as_ref().is_none_or(|old| !old.says_same(&facts)) {
                    self.changes.touched.insert(process.id);
                }
                process.facts = Some(facts);
                self.complete_exec(slot);
            }
        }
    }

    /// Takes in command lines that were read later than their execs were reported.
    fn apply_command_lines(&mut self, lines: Vec<CommandLine>) {
        for CommandLine { pid, execed_at, mut line } in lines {
            self.shorten(None, &mut line);
            let slots = self.living_slot(pid).into_iter().chain(self.processes.ghosts());
            for slot in
                slots.filter(|slot| self.processes[*slot].id().pid == pid).collect::<Vec<_>>()
            {
                let process = &mut self.processes[slot];
                let id = process.id;
                let newest = process.history.images.as_mut().and_then(|images| images.newest_mut());
                // The command line may be that of a later exec.
                let meant = newest.filter(|newest| newest.at == execed_at);
                let Some(image) = meant.and_then(|newest| newest.image.as_mut()) else { continue };
                image.command_line = Some(line.clone());
                if let Some(facts) =
                    process.facts.as_mut().filter(|facts| facts.read_at < execed_at)
                {
                    facts.command_line = Fact::Known(line.clone());
                }
                let line = line.clone();
                self.update_entry(
                    id,
                    |what| what == What::Exec,
                    |entry| entry.command_line = Some(line),
                );
                self.touch(slot);
            }
        }
    }

    /// Completes an exec that only a stat reported, by the facts that were read since.
    fn complete_exec(&mut self, slot: usize) {
        let process = &mut self.processes[slot];
        if self.events.source == EventSource::Connector {
            return;
        }
        let Some(facts) = &process.facts else { return };
        let (id, read_at) = (process.id, facts.read_at);
        let Some(line) = facts.command_line.known().cloned() else { return };
        let newest = process.history.images.as_mut().and_then(|images| images.newest_mut());
        let Some(newest) = newest.filter(|newest| newest.at <= read_at) else { return };
        let Some(image) = newest.image.as_mut().filter(|image| image.command_line.is_none()) else {
            return;
        };
        image.command_line = Some(line.clone());
        self.update_entry(id, |what| what == What::Exec, |entry| entry.command_line = Some(line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::record::time::local;
    use crate::record::{BootTime, Change, Event, Image};
    use crate::roles::Subject;
    use crate::tests::fixture::{event_source, facts_of, host, id_of, lines, scan, watch, world};
    use crate::verdict::{Part, Role};

    #[test]
    fn a_wall_clock_that_is_set_moves_every_time_that_is_reported() {
        let mut world = world("5 0 5 5 - - sh |");
        let at = world.now();
        let set = host().boot_unix_nanos + 3_600_000_000_000;
        world.apply(Record { at, observation: Observation::WallClock(set) });
        assert_eq!(local(BootTime::from_secs(1), world.host()), "2026-11-24 09:00:01");
        assert_eq!(world.living(5).unwrap().born_at(world.host()), BootTime(500_000_000));
    }

    #[test]
    fn a_command_line_that_was_read_late_belongs_to_its_exec_and_to_no_later_one() {
        let execed_at = BootTime::from_secs(1_001);
        let line: Arc<str> = "sleep\x009\0".into();
        let late = |at| {
            let lines = vec![CommandLine { pid: 5, execed_at, line: line.clone() }];
            Record { at: BootTime::from_secs(at), observation: Observation::CommandLines(lines) }
        };
        let exec = || Change::Exec { image: Some(Image { comm: "x".into(), command_line: None }) };
        let reported = |at: u64| Record {
            at: BootTime::from_secs(at),
            observation: Observation::Events(vec![Event {
                at: BootTime::from_secs(at),
                pid: 5,
                change: exec(),
            }]),
        };
        let mut world = world("5 0 5 5 - - sh |");
        world.apply(event_source(EventSource::Connector));
        world.apply(reported(1_001));
        world.apply(late(1_002));
        let given = |world: &World| {
            let newest = world.log().entries().next_back().unwrap();
            (newest.what == What::Exec).then(|| newest.command_line.clone()).flatten()
        };
        assert_eq!(given(&world), Some(line.clone()));
        let process = world.living(5).unwrap();
        assert_eq!(process.facts.as_ref().unwrap().command_line.known(), Some(&line));
        world.apply(reported(1_003));
        world.apply(late(1_004));
        assert_eq!(given(&world), None);
    }

    #[test]
    fn a_birth_in_the_scan_that_forgets_many_is_among_its_relatives() {
        let family = "
            1 0 1 1 - - systemd |
            5 1 5 5 - - shell   |
        ";
        let sleepers = "10 5 5 5 - - sleep |\n 11 5 5 5 - - sleep |\n 12 5 5 5 - - sleep |";
        let mut world = world(&format!("{family}{sleepers}"));
        watch(&mut world, family, 1_001);
        watch(&mut world, &format!("{family} 900 5 5 5 - - child |"), 1_010);
        let parent = world.subject(id_of(&world, 900)).and_then(Subject::parent);
        assert_eq!(parent.map(Subject::pid), Some(5));
        assert_eq!(world.processes().len(), 3);
    }

    #[test]
    fn while_others_are_unread_facts_change_a_verdict_at_once_and_those_of_relatives_with_the_next_scan()
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
