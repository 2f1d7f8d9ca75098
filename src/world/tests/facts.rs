//! Which facts are asked for, and when again.

use super::*;

/// The pids whose facts are wanted, in their order; each is asked for once.
fn wanted(world: &mut World, first: &[Pid], limit: usize) -> Vec<Pid> {
    let first: Vec<ProcessId> = first.iter().map(|pid| id_of(world, *pid)).collect();
    world.take_wanted_facts(&first, limit).iter().map(|key| key.pid).collect()
}

#[test]
fn facts_are_asked_for_once_with_what_is_on_screen_first() {
    let table = lines(
        "1 0 1 1 - - init\n2 0 0 0 - k kthreadd\n5 1 5 5 - - a\n6 1 6 6 - - b\n7 1 7 7 - Z z",
    );
    let mut world = World::new(fixture::host(), 3.0);
    world.apply(scan(&table, 1_000));
    assert!(!world.is_read());
    assert_eq!(wanted(&mut world, &[6, 5, 6], 2), [6, 5]);
    assert_eq!(wanted(&mut world, &[6], 9), [1, 2, 7], "kernel threads and zombies, too");
    assert_eq!(wanted(&mut world, &[6, 5], 9), [] as [Pid; 0]);
    world.apply(facts_of(&table[..3], 1_000));
    assert!(!world.is_read());
    world.apply(facts_of(&table[3..], 1_000));
    assert!(world.is_read());
}

#[test]
fn a_process_that_was_gone_when_its_facts_were_to_be_read_holds_nothing_up() {
    let table = lines("1 0 1 1 - - init");
    let mut world = World::new(fixture::host(), 3.0);
    world.apply(scan(&table, 1_000));
    let gone = Observation::Facts(vec![(key_of(&world, 1), None)]);
    assert_eq!(wanted(&mut world, &[], 9), [1]);
    world.apply(Record { at: seconds(1_000.1), observation: gone });
    assert!(world.is_read());
    assert_eq!(wanted(&mut world, &[], 9), [] as [Pid; 0]);
}

#[test]
fn another_name_or_flag_makes_facts_wanted_again() {
    let table = "1 0 1 1 - - init\n5 1 5 5 - f sh";
    for (exec, expected) in [
        ("1 0 1 1 - - init\n5 1 5 5 - - sh", vec![5]),
        ("1 0 1 1 - - init\n5 1 5 5 - f date", vec![5]),
        ("1 0 1 1 - - init\n5 1 5 5 - fT sh", vec![]),
    ] {
        let mut world = World::new(fixture::host(), 3.0);
        world.apply(scan(&lines(table), 1_000));
        assert_eq!(wanted(&mut world, &[], 9), [1, 5]);
        world.apply(facts_of(&lines(table), 1_000));
        world.apply(scan(&lines(exec), 1_001));
        assert_eq!(wanted(&mut world, &[], 9), expected, "{exec}");
    }
}

#[test]
fn an_exec_is_judged_before_its_facts_are_read() {
    let table = "1 0 1 1 - - init\n5 1 1 1 - - postgres\n6 5 1 1 - f postgres";
    let mut world = history(&[table]);
    assert_eq!(world.living(5).unwrap().verdict.role, Role::Main);
    let exec = lines("1 0 1 1 - - init\n5 1 1 1 - - postgres\n6 5 1 1 - - psql");
    world.apply(scan(&exec, 1_001));
    assert_eq!(world.living(5).unwrap().verdict.role, Role::Parent);
}

#[test]
fn facts_read_before_an_exec_do_not_stand_for_those_after() {
    let (table, exec) = (lines("1 0 1 1 - - init"), lines("1 0 1 1 - - systemd"));
    let mut world = World::new(fixture::host(), 3.0);
    world.apply(scan(&table, 1_000));
    assert_eq!(wanted(&mut world, &[], 9), [1]);
    world.apply(scan(&exec, 1_001));
    world.apply(facts_of(&table, 1_001));
    assert_eq!(wanted(&mut world, &[], 9), [1]);
    world.apply(facts_of(&exec, 1_001));
    assert_eq!(wanted(&mut world, &[], 9), [] as [Pid; 0]);
    assert_eq!(world.living(1).unwrap().facts_reading, FactsReading::Settled);
}

#[test]
fn a_young_process_is_read_a_second_time_once_it_is_a_second_old() {
    let table = lines("5 0 5 5 - - sh | start=99990");
    let mut world = World::new(fixture::host(), 3.0);
    world.apply(scan(&table, 1_000));
    assert_eq!(wanted(&mut world, &[], 9), [5]);
    world.apply(facts_of(&table, 1_000));
    assert_eq!(wanted(&mut world, &[], 9), [] as [Pid; 0]);
    world.apply(scan(&table, 1_001));
    assert_eq!(wanted(&mut world, &[], 9), [5]);
}

#[test]
fn a_family_recognized_by_pipes_is_read_again_when_it_gains_or_loses_a_member() {
    let main = "10 1 10 10 - - python3 | reads=101 writes=201";
    let other = "20 1 20 20 - - python3 | reads=7";
    let child = "30 10 10 10 - f python3 | spare reads=201 writes=101 start=100050";
    let small = lines(&format!("1 0 1 1 - - init\n{main}\n{other}"));
    let large = lines(&format!("1 0 1 1 - - init\n{main}\n{other}\n{child}"));
    let mut world = World::new(fixture::host(), 3.0);
    world.apply(scan_between(&small, seconds(999.9), seconds(1_000.0)));
    assert_eq!(wanted(&mut world, &[], 9), [1, 10, 20]);
    world.apply(facts_of(&small, 1_000));
    world.apply(scan_between(&large, seconds(1_000.9), seconds(1_001.0)));
    assert_eq!(wanted(&mut world, &[], 9), [10, 30]);
    world.apply(facts_of(&large, 1_002));
    world.apply(scan_between(&small, seconds(1_002.9), seconds(1_003.0)));
    assert_eq!(wanted(&mut world, &[], 9), [10]);
}
