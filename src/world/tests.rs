mod facts;

use proptest::prelude::*;

use super::*;
use crate::describe::story;
use crate::record::{Facts, Observation, Record, Stat, State};
use crate::tests::fixture::{self, facts_of, id_of, key_of, lines, scan, scan_between, watch};
use crate::world::FactsReading;

/// Every process, one a line: `†` if it ended, pid, name, and `<` its parent if that is known.
fn shown(world: &World) -> String {
    let mut all: Vec<&Process> = world.processes().collect();
    all.sort_by_key(|process| process.key().birth_order());
    let line = |process: &&Process| {
        let mark = if process.ended.is_some() { "† " } else { "" };
        let parent = process.parent.map_or_else(String::new, |key| format!(" < {}", key.pid));
        format!("{mark}{} {}{parent}", process.id().pid, process.stat.comm)
    };
    all.iter().map(line).collect::<Vec<_>>().join(", ")
}

fn seconds(seconds: f64) -> BootTime {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "small and positive"
    )]
    BootTime((seconds * 1e9) as u64)
}

/// A world that sees these tables, a second apart.
fn history(tables: &[&str]) -> World {
    let mut world = World::new(fixture::host(), 3.0);
    for (table, second) in tables.iter().zip(1_000..) {
        watch(&mut world, table, second);
    }
    world
}

/// The process that was born with that pid and at that time.
fn known(world: &World, pid: Pid, ticks: u64) -> ProcessId {
    world.resolve(ProcessKey::at_ticks(pid, ticks)).expect("it is known")
}

fn living(world: &World) -> HashSet<Pid> {
    let living = world.processes().filter(|process| process.ended.is_none());
    living.map(|process| process.id().pid).collect()
}

fn adoption(world: &World, pid: Pid) -> String {
    let Some(adoption) = &world.living(pid).unwrap().history.adoption else {
        return "none".to_owned();
    };
    let pid =
        |key: Option<ProcessId>| key.map_or_else(|| "?".to_owned(), |key| key.pid.to_string());
    format!("{} {} -> {}", pid(adoption.creator), adoption.creator_comm, pid(adoption.adopter))
}

#[test]
fn the_same_pid_of_another_birth_is_another_process() {
    let world = history(&[
        "1 0 1 1 - - init\n50 1 50 50 - - old",
        "1 0 1 1 - - init\n50 1 50 50 - - new | start=100050",
    ]);
    assert_eq!(shown(&world), "1 init, † 50 old < 1, 50 new < 1");
    assert!(world.living(50).unwrap().seen.born_here);
}

#[test]
fn a_scan_older_than_what_is_known_changes_nothing() {
    let mut world = history(&["1 0 1 1 - - init\n50 1 50 50 - - sh"]);
    let newer = lines("1 0 1 1 - - init\n50 1 50 50 - - python");
    world.apply(scan_between(&newer, seconds(1_001.0), seconds(1_001.5)));
    let older = lines("1 0 1 1 - - init\n50 49 50 50 - - sh\n49 1 49 49 - - late");
    world.apply(scan_between(&older, seconds(1_000.5), seconds(1_002.0)));
    assert_eq!(shown(&world), "1 init, 50 python < 1");
    world.apply(scan_between(&lines("1 0 1 1 - - init"), seconds(1_000.9), seconds(1_003.0)));
    assert_eq!(shown(&world), "1 init, 50 python < 1");
}

#[test]
fn absence_ends_only_what_was_known_before_the_scan_began() {
    let mut world = history(&["1 0 1 1 - - init\n50 1 50 50 - - sh"]);
    let slot = world.living_slot(50).unwrap();
    world.processes[slot].seen.known_at = seconds(1_001.2);
    let without = lines("1 0 1 1 - - init");
    world.apply(scan_between(&without, seconds(1_001.0), seconds(1_001.4)));
    assert_eq!(shown(&world), "1 init, 50 sh < 1");
    // Nor does such a scan speak for whoever had the pid before.
    let before = lines("1 0 1 1 - - init\n50 1 50 50 - - old | start=5");
    world.apply(scan_between(&before, seconds(1_001.1), seconds(1_001.4)));
    assert_eq!(shown(&world), "1 init, 50 sh < 1");
    world.apply(scan_between(&without, seconds(1_001.3), seconds(1_001.4)));
    assert_eq!(shown(&world), "1 init, † 50 sh < 1");
}

#[test]
fn a_seen_change_of_parent_names_creator_and_adopter() {
    let before = "1 0 1 1 - - init\n50 1 50 50 - - sh\n60 50 50 50 - - job";
    let world = history(&[before, "1 0 1 1 - - init\n60 1 50 50 - - job"]);
    assert_eq!(adoption(&world, 60), "50 sh -> 1");
    assert_eq!(shown(&world), "1 init, † 50 sh < 1, 60 job < 1");
}

#[test]
fn a_second_change_of_parent_keeps_the_creator() {
    let first = "1 0 1 1 - - init\n40 1 40 40 - - reaper\n50 40 50 50 - - sh\n60 50 50 50 - - job";
    let second = "1 0 1 1 - - init\n40 1 40 40 - - reaper\n60 40 50 50 - - job";
    let world = history(&[first, second, "1 0 1 1 - - init\n60 1 50 50 - - job"]);
    assert_eq!(adoption(&world, 60), "50 sh -> 1");
    assert!(!world.is_learned_subreaper(known(&world, 40, 400)));
    let still = history(&[first, second]);
    assert!(still.is_learned_subreaper(known(&still, 40, 400)));
}

#[test]
fn a_child_read_before_its_parent_ended_is_an_orphan_that_waits_for_its_adopter() {
    let before = "1 0 1 1 - - init\n50 1 50 50 - - sh\n60 50 50 50 - - job";
    let torn = "1 0 1 1 - - init\n60 50 50 50 - - job";
    let mut world = history(&[before, torn]);
    assert_eq!(
        (adoption(&world, 60).as_str(), shown(&world).as_str()),
        ("50 sh -> ?", "1 init, † 50 sh < 1, 60 job < 50")
    );
    watch(&mut world, "1 0 1 1 - - init\n60 1 50 50 - - job", 1_002);
    assert_eq!(adoption(&world, 60), "50 sh -> 1");
}

#[test]
fn an_orphans_adopter_is_not_taken_for_its_creator() {
    // 600 leads no session of its own and shares none with its parent: it was adopted before.
    let first = "1 0 1 1 - - init\n40 1 40 40 - - reaper | ns=40,1\n60 40 60 39 3 - job";
    let world = history(&[first, "1 0 1 1 - - init\n60 1 60 39 3 - job"]);
    assert_eq!(adoption(&world, 60), "? reaper -> 1");
    let subject = world.subject(id_of(&world, 60)).unwrap();
    assert_eq!(subject.process().creator(), None);
}

#[test]
fn a_logical_orphan_was_created_by_its_forkserver() {
    let server = "cmd=python3 -c \"from multiprocessing.forkserver import main; main(3)\"";
    let table = format!(
        "1 0 1 1 - - init
        101 1 100 99 3 - python3 | reads=41 {server}
        102 101 100 99 3 f python3 | spare reads=201 writes=41,101 {server}"
    );
    let world = history(&[&table, "1 0 1 1 - - init\n102 1 100 99 3 f python3"]);
    assert_eq!(adoption(&world, 102), "101 python3 -> 1");
}

#[test]
fn what_ended_lingers_and_then_goes() {
    let table = "1 0 1 1 - - init\n50 1 50 50 - - sh";
    let mut world = history(&[table, "1 0 1 1 - - init"]);
    for second in [1_002, 1_003] {
        watch(&mut world, "1 0 1 1 - - init", second);
        assert_eq!(
            (shown(&world).as_str(), world.n_ghosts(ParentKind::Kernel)),
            ("1 init, † 50 sh < 1", 1)
        );
    }
    watch(&mut world, "1 0 1 1 - - init", 1_004);
    assert_eq!((shown(&world).as_str(), world.n_ghosts(ParentKind::Kernel)), ("1 init", 0));
}

#[test]
fn a_kept_ghost_stays_until_it_is_let_go() {
    let table = "1 0 1 1 - - init\n50 1 50 50 - - sh";
    let mut world = history(&[table]);
    let key = id_of(&world, 50);
    world.keep(Some(key));
    watch(&mut world, "1 0 1 1 - - init", 1_001);
    watch(&mut world, "1 0 1 1 - - init", 1_100);
    assert!(world.get(key).is_some_and(|process| process.ended.is_some()));
    world.keep(None);
    watch(&mut world, "1 0 1 1 - - init", 1_101);
    assert!(world.get(key).is_none());
}

#[test]
fn a_process_that_one_scan_missed_lives_on() {
    let table = "1 0 1 1 - - init\n50 1 50 50 - - sh";
    let world = history(&[table, "1 0 1 1 - - init", table]);
    assert_eq!(
        (shown(&world).as_str(), world.n_ghosts(ParentKind::Kernel)),
        ("1 init, 50 sh < 1", 0)
    );
    assert_eq!(world.living(50).unwrap().verdict.role, Role::Child);
}

#[test]
fn the_cause_of_an_end_is_what_the_zombie_said() {
    let table = "1 0 1 1 - - init\n50 1 50 50 - - sh";
    let zombie = "1 0 1 1 - - init\n50 1 50 50 - Z sh | wait=9";
    let world = history(&[table, zombie, "1 0 1 1 - - init"]);
    let key = known(&world, 50, 500);
    assert_eq!(world.ending(key).map(|ending| ending.to_string()).as_deref(), Some("SIGKILL"));
    let unseen = history(&[table, "1 0 1 1 - - init"]);
    assert_eq!(unseen.ending(known(&unseen, 50, 500)), None);
}

#[test]
fn who_became_another_users_lives_on_where_such_are_hidden() {
    let bash = "40 1 40 40 - - bash";
    let mut world = history(&[&format!("{bash}\n50 40 50 50 - - sudo | uid=0")]);
    let key = known(&world, 50, 500);
    let scan_again = |world: &mut World, seconds, hidden| {
        let mut record = scan(&lines(bash), seconds);
        let Observation::Scan(scan) = &mut record.observation else { unreachable!("it is a scan") };
        scan.hidden = hidden;
        world.apply(record);
    };
    for seconds in [1_001, 1_002] {
        scan_again(&mut world, seconds, vec![50]);
        let sudo = world.get(key).unwrap();
        assert_eq!((sudo.exit, sudo.stat.state), (None, State::Hidden));
        assert_eq!(shown(&world), "40 bash, 50 sudo < 40");
    }
    scan_again(&mut world, 1_003, Vec::new());
    let end = world.life(key).unwrap().exit.unwrap();
    assert_eq!(end.cause.why_unknown(), Some("a scan found it gone, no event reported its end"));
}

#[test]
fn an_orphan_knows_its_creator_where_nobody_lingers() {
    let mut world = World::new(fixture::host(), 0.0);
    watch(&mut world, "1 0 1 1 - - init\n5 1 5 5 - - maker\n6 5 5 5 - - left", 1_000);
    watch(&mut world, "1 0 1 1 - - init\n6 1 5 5 - - left", 1_001);
    let adoption = world.living(6).unwrap().history.adoption.as_ref().unwrap();
    assert_eq!((adoption.creator.map(|key| key.pid), &*adoption.creator_comm), (Some(5), "maker"));
}

fn with_cpu(text: &str, milliseconds: &[u64], began: f64) -> Record {
    let mut lines = lines(text);
    for (line, milliseconds) in lines.iter_mut().zip(milliseconds) {
        line.stat.usage.cpu_nanos = Some(milliseconds * 1_000_000);
    }
    scan_between(&lines, seconds(began), seconds(began + 0.1))
}

#[test]
fn cpu_is_the_share_of_one_processor_between_the_beginnings_of_two_scans() {
    let percent = |world: &World, pid| world.living(pid).unwrap().cpu_percent;
    let mut world = World::new(fixture::host(), 3.0);
    world.apply(with_cpu("5 0 5 5 - - a\n6 0 6 6 - - b", &[100, 0], 1_000.0));
    assert_eq!(percent(&world, 5), None);
    let born = "5 0 5 5 - - a\n6 0 6 6 - - b\n7 0 7 7 - - c | start=100150";
    world.apply(with_cpu(born, &[600, 4_000, 250], 1_002.0));
    assert_eq!([5, 6, 7].map(|pid| percent(&world, pid)), [Some(25.0), Some(200.0), Some(50.0)]);
    // Time that runs backwards is no work.
    world.apply(with_cpu(born, &[500, 4_000, 250], 1_003.0));
    assert_eq!(percent(&world, 5), Some(0.0));
}

#[test]
fn counts_speak_of_the_living() {
    let world = history(&[
        "1 0 1 1 - - init\n5 1 1 1 - - a\n6 1 1 1 - - b",
        "1 0 1 1 - - init\n5 1 1 1 - - a",
    ]);
    let counts = Role::ALL.map(|role| world.count(role));
    assert_eq!((counts, world.n_ghosts(ParentKind::Kernel)), ([1, 0, 1, 0, 0, 0], 1));
}

#[test]
fn a_test_process_may_be_reported_of_before_a_scan_finds_it() {
    let table = "1 0 1 1 - - init\n50 1 50 50 - f px-child | start=100050";
    let key = ProcessKey::at_ticks(50, 100_050);
    let test_process = TestProcess { kind: "child".into(), daemonic_main: None };
    let mut world = history(&["1 0 1 1 - - init"]);
    let reported = Observation::TestProcess(key, test_process.clone());
    world.apply(Record { at: seconds(1_000.6), observation: reported });
    watch(&mut world, table, 1_001);
    assert_eq!(world.living(50).unwrap().test_process, Some(Box::new(test_process)));
}

#[test]
fn a_problem_is_said_once() {
    let mut world = World::new(fixture::host(), 3.0);
    for _ in 0..2 {
        let observation = Observation::Problem("events cannot be received".into());
        world.apply(Record { at: seconds(1.0), observation });
    }
    assert_eq!(world.problems().len(), 1);
}

/// Any table: few pids, so that cycles, self-parents and used-again pids come up often.
pub(crate) fn any_table() -> impl Strategy<Value = Vec<Stat>> {
    prop::collection::vec(any_stat(), 0..24)
}

fn any_stat() -> impl Strategy<Value = Stat> {
    let ids = (0_u32..12, 0_u32..12, 0_u32..12, 0_u32..12);
    let rest = (0_u64..4, 0_u32..2, prop::bool::ANY, prop::bool::weighted(0.1), 0_u8..4);
    (ids, rest).prop_map(|((pid, ppid, pgid, sid), (ticks, tty, forked, kernel, state))| {
        let flags = match (forked, kernel) {
            (true, _) => "f",
            (false, true) => "k",
            (false, false) => "-",
        };
        let state = ["", "Z", "T", ""][usize::from(state)];
        let tty = if tty == 0 { "-" } else { "1" };
        let comm = ["sh", "python3", "systemd", "tini"][pid as usize % 4];
        let text = format!(
            "{pid} {ppid} {pgid} {sid} {tty} {flags}{state} {comm} | start={}",
            u64::from(pid) + ticks * 10
        );
        lines(&text).remove(0).stat
    })
}

proptest! {
    #[test]
    fn any_scans_leave_a_world_that_agrees_with_itself(
        tables in prop::collection::vec((any_table(), 1_u64..4), 1..6),
        facts_too in prop::bool::ANY,
    ) {
        let mut world = World::new(fixture::host(), 3.0);
        let mut at = 1_000;
        for (processes, pause) in tables {
            at += pause;
            let pids: HashSet<Pid> = processes.iter().map(|stat| stat.key.pid).collect();
            let began = BootTime::from_secs(at);
            let scan = crate::record::Scan { began, ended: began, processes, hidden: Vec::new() };
            world.apply(Record { at: began, observation: Observation::Scan(scan) });
            if facts_too {
                let asked = world.take_wanted_facts(&[], usize::MAX);
                let facts = asked.into_iter().map(|key| (key, Some(Facts::default()))).collect();
                world.apply(Record { at: began, observation: Observation::Facts(facts) });
                prop_assert!(world.is_read());
            }
            prop_assert!(living(&world).is_subset(&pids));
            for slot in world.slots() {
                let process = world.at(slot);
                let by_key = world.slot_of(process.id());
                prop_assert_eq!(by_key, Some(slot), "a key leads to its process");
                let is_living = world.living_slot(process.id().pid) == Some(slot);
                prop_assert_eq!(process.ended.is_none(), is_living);
            }
            let count: usize = Role::ALL.map(|role| world.count(role)).iter().sum();
            prop_assert_eq!(count, world.processes.n_living());
            prop_assert_eq!(world.processes().len(), world.processes.n_living() + world.processes.ghosts().count());
            for subject in world.subjects() {
                story::story(subject);
                story::relations(subject);
            }
        }
    }

    #[test]
    fn a_later_scan_finds_every_pid_alive(first in any_table(), second in any_table()) {
        let mut world = World::new(fixture::host(), 3.0);
        let pids: HashSet<Pid> = second.iter().map(|stat| stat.key.pid).collect();
        for (processes, at) in [(first, 1_000), (second, 1_001)] {
            let began = BootTime::from_secs(at);
            let scan = crate::record::Scan { began, ended: began, processes, hidden: Vec::new() };
            world.apply(Record { at: began, observation: Observation::Scan(scan) });
        }
        prop_assert_eq!(living(&world), pids);
    }
}
