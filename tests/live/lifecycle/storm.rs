//! Thousands of processes at full speed: all are reported, or counted as lost.

use std::collections::{HashMap, HashSet};

use pexplore::linux::clock;
use pexplore::record::{EventSource, Observation, Record, ScanSource};
use pexplore::source::connector::{Connector, Loss};
use pexplore::source::host::this_host;
use pexplore::source::ticker::Table;
use pexplore::world::World;
use rustix::process::Signal;
use serde_json::Value;

use crate::harness::processes::{end, kill, pids, runs, stat};
use crate::harness::wait::{deadline, now, pause, wait_for};
use crate::python::interpreter;
use crate::support::events::{Lines, Listening, need_connector, only, storm};
use crate::support::test_processes::TestProcesses;

/// So many processes come from each of the two that start them.
const EACH: usize = 5000;

/// Starts two shells that start programs, one after another.
fn two_shells(test_processes: &mut TestProcesses) -> [u32; 2] {
    let script = format!("i=0; while [ $i -lt {EACH} ]; do /bin/true; i=$((i+1)); done");
    [(); 2].map(|()| test_processes.start(test_processes.command("sh").args(["-c", &script])).pid)
}

/// What was reported of a storm.
#[derive(Default)]
struct Reported {
    /// How often each kind of event was reported of those who came from the storm's makers.
    counts: HashMap<String, usize>,
    /// Their births that have no end yet.
    living: HashSet<(u64, Option<u64>)>,
    lost: u64,
    is_loss_uncounted: bool,
}

impl Reported {
    fn take(&mut self, event: &Value, makers: &[u32]) {
        if event["event"] == "lost" {
            self.lost += event["count"].as_u64().unwrap_or(0);
            self.is_loss_uncounted |= event["count"].is_null();
        }
        if !makers.iter().any(|maker| event["creator_pid"] == *maker) {
            return;
        }
        let kind = event["event"].as_str().unwrap();
        *self.counts.entry(kind.to_owned()).or_default() += 1;
        let key = (event["pid"].as_u64().unwrap(), event["start_ticks"].as_u64());
        match kind {
            "fork" => assert!(self.living.insert(key), "born twice: {event:#}"),
            "exit" => {
                assert!(self.living.remove(&key), "an end without a birth: {event:#}");
                let is_cause_lost = event["code"].is_null() && self.has_lost();
                assert!(is_cause_lost || event["code"] == 0, "{event:#}");
            }
            _ => assert!(self.living.contains(&key), "not alive: {event:#}"),
        }
    }

    fn has_lost(&self) -> bool {
        self.lost > 0 || self.is_loss_uncounted
    }

    fn count(&self, kind: &str) -> usize {
        self.counts.get(kind).copied().unwrap_or(0)
    }
}

/// Listens to all that happens, from now on.
fn listen(test_processes: &mut TestProcesses) -> Lines {
    (0..).find_map(|_| Listening::to_all(test_processes).ok()).unwrap().lines
}

/// Listens until the makers ended.
fn listen_to_storm(lines: &Lines, makers: &[u32]) -> Reported {
    let mut reported = Reported::default();
    let mut left: HashSet<u64> = makers.iter().map(|pid| u64::from(*pid)).collect();
    let limit = deadline();
    while !left.is_empty() {
        assert!(now() < limit, "the end of {left:?} was never reported");
        let line = lines.next_line().expect("it listens until it is ended");
        let event: Value = serde_json::from_slice(&line).unwrap();
        reported.take(&event, makers);
        if event["event"] == "exit" && event["ppid"] == std::process::id() {
            left.remove(&event["pid"].as_u64().unwrap());
        }
    }
    reported
}

fn check_storm(kinds: &[&str], make: impl Fn(&mut TestProcesses) -> [u32; 2]) {
    let _storm = storm();
    let mut test_processes = TestProcesses::new();
    let lines = listen(&mut test_processes);
    let makers = make(&mut test_processes);
    let reported = listen_to_storm(&lines, &makers);
    assert!(reported.living.is_empty(), "never ended: {:?}", reported.living);
    let missing: usize = kinds.iter().map(|kind| 2 * EACH - reported.count(kind)).sum();
    println!("reported {:?}, lost {}", reported.counts, reported.lost);
    if reported.is_loss_uncounted {
        return;
    }
    assert!(missing as u64 <= reported.lost, "{missing} are missing: {:?}", reported.counts);
}

#[test]
fn every_program_of_a_storm_is_reported_or_counted_as_lost() {
    if need_connector() {
        check_storm(&["fork", "exec", "exit"], two_shells);
    }
}

#[test]
fn every_fork_of_a_storm_is_reported_or_counted_as_lost() {
    let Some(interpreter) = interpreter() else { return };
    if !need_connector() {
        return;
    }
    let script = format!(
        "
import os
for number in range({EACH}):
    child = os.fork()
    if child == 0: os._exit(0)
    os.waitpid(child, 0)
"
    );
    check_storm(&["fork", "exit"], |test_processes| {
        let mut start =
            || test_processes.start(test_processes.command(&interpreter).args(["-c", &script]));
        [(); 2].map(|()| start().pid)
    });
}

/// A world that learns of every event, and looks again whenever some were lost.
struct Receiving {
    connector: Connector,
    table: Table,
    world: World,
}

impl Receiving {
    fn start() -> Self {
        let connector = Connector::open().expect("it could be opened before");
        let host = this_host(ScanSource::Stat);
        let table = Table::open(&host).unwrap();
        let mut receiving = Self { connector, table, world: World::new(host, 0.0) };
        receiving.apply(Observation::EventSource(EventSource::Connector, "".into()));
        receiving.scan();
        receiving
    }

    fn apply(&mut self, observation: Observation) {
        self.world.apply(Record { at: clock::now(), observation });
    }

    fn scan(&mut self) {
        let scan = self.table.scan().unwrap();
        self.world.apply(scan);
    }

    /// Takes in what happened; whether anything did.
    fn receive(&mut self) -> bool {
        let batch = self.connector.drain();
        let (has_come, has_lost) = (!batch.is_empty(), batch.lost != Loss::None);
        batch.observations(usize::MAX).for_each(|observation| self.apply(observation));
        if has_lost {
            self.scan();
        }
        has_come
    }

    fn living(&self) -> Vec<u32> {
        let lives = |process: &&pexplore::world::process::Process| {
            process.ended.is_none() && !process.stat.state.has_ended()
        };
        let mut living: Vec<u32> =
            self.world.processes().filter(lives).map(|process| process.key().pid).collect();
        living.sort_unstable();
        living
    }
}

#[test]
fn after_a_storm_the_world_has_exactly_the_living() {
    if !need_connector() {
        return;
    }
    let _storm = storm();
    let mut test_processes = TestProcesses::new();
    let mut receiving = Receiving::start();
    let makers = two_shells(&mut test_processes);
    let limit = deadline();
    while makers.iter().any(|maker| runs(*maker)) {
        assert!(now() < limit, "the storm does not end");
        receiving.receive();
        pause();
    }
    // While nothing happens, as others may start and end something at any time.
    loop {
        while receiving.receive() {}
        let mut fresh: Vec<u32> = pids().filter(|pid| runs(*pid)).collect();
        fresh.sort_unstable();
        if receiving.receive() {
            assert!(now() < limit, "the machine is never quiet");
            continue;
        }
        assert_eq!(receiving.living(), fresh);
        break;
    }
}

#[test]
fn what_happened_while_it_was_stopped_is_counted_as_lost_and_looked_for() {
    if !need_connector() {
        return;
    }
    let _storm = storm();
    let mut test_processes = TestProcesses::new();
    let sleep = |test_processes: &mut TestProcesses| {
        test_processes.start(test_processes.command("sleep").arg("1000")).pid
    };
    let lines = listen(&mut test_processes);
    // One that is reaped when it ends.
    let script = "sleep 1000 & echo px sleep $!; wait; exec sleep 1000";
    let parent = test_processes.start(test_processes.command("sh").args(["-c", script]));
    let older = parent.pid_of("sleep");
    receive_until(&lines, |event| event["event"] == "fork" && event["pid"] == older);
    kill(lines.pid(), Signal::STOP);
    wait_for("the stop", || stat(lines.pid())?.field::<char>(3).filter(|state| *state == 'T'));
    // More than the kernel keeps for it.
    for _ in 0..2 {
        let makers = two_shells(&mut test_processes);
        wait_for("the storm's end", || (!makers.iter().any(|pid| runs(*pid))).then_some(()));
    }
    end(older);
    wait_for("the reaping", || stat(older).is_none().then_some(()));
    let younger = sleep(&mut test_processes);
    kill(lines.pid(), Signal::CONT);
    let mut awaited = HashSet::from([("exit", older), ("start", younger)]);
    let received = receive_until(&lines, |event| {
        awaited.retain(|(kind, pid)| event["event"] != *kind || event["pid"] != *pid);
        awaited.is_empty()
    });
    let lost = only(&received, "lost");
    assert!(!lost.is_empty() && lost.iter().all(|event| event["count"] != 0), "{lost:?}");
    let exits = only(&received, "exit");
    let ended = exits.iter().rfind(|event| event["pid"] == older).unwrap();
    assert!(ended["signal"].is_null() && ended["code"].is_null(), "its cause was lost: {ended:#}");
    // From then on, everything is reported again.
    end(younger);
    let received =
        receive_until(&lines, |event| event["event"] == "exit" && event["pid"] == younger);
    assert_eq!(received.last().unwrap()["signal"], "SIGKILL");
}

/// Everything that is reported up to that event.
fn receive_until(lines: &Lines, mut is_last: impl FnMut(&Value) -> bool) -> Vec<Value> {
    let limit = deadline();
    let mut received: Vec<Value> = Vec::new();
    while !received.last().is_some_and(&mut is_last) {
        assert!(now() < limit, "that was never reported");
        let line = lines.next_line().expect("it listens until it is ended");
        received.push(serde_json::from_slice(&line).unwrap());
    }
    received
}
