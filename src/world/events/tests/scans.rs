//! Scans beside events: neither takes back what the other knows better.

use super::*;

#[test]
fn no_scan_takes_back_an_end_that_came_after_it_began() {
    let mut world = listening();
    world.apply(events("1000.5 exit 20 < 10 status=0"));
    let old = lines(TABLE);
    world.apply(fixture::scan_between(
        &old,
        BootTime(1_000_400_000_000),
        BootTime(1_000_600_000_000),
    ));
    assert!(world.living(20).is_none());
    assert_eq!(world.log().entries().len(), 1);
}

#[test]
fn no_scan_drops_who_was_born_after_it_began() {
    let mut world = listening_to("1000.5 fork 30 < 20");
    let old = lines(TABLE);
    world.apply(fixture::scan_between(
        &old,
        BootTime(1_000_400_000_000),
        BootTime(1_000_600_000_000),
    ));
    assert!(world.living(30).is_some());
}

#[test]
fn a_scan_that_is_quicker_than_the_fork_is_not_contradicted() {
    let mut world = listening();
    let table = format!("{TABLE}\n30 20 20 10 3 f make | start=100050");
    watch(&mut world, &table, 1_001);
    assert_eq!(world.log().entries().len(), 0, "its event is on the way");
    world.apply(events("1000.509 fork 30 < 20"));
    assert_eq!(logged(&world, 0), ["fork 30 make of 20"]);
    assert_eq!(key_of(&world, 30), ProcessKey::at_ticks(30, 100_050));
    assert_eq!(world.processes().len(), 4);
}

#[test]
fn a_scan_that_misses_a_process_waits_for_its_event() {
    let mut world = listening();
    let without = "1 0 1 1 - - systemd\n10 1 10 10 3 - bash";
    watch(&mut world, without, 1_001);
    assert!(world.living(20).is_some());
    world.apply(events("1000.9 exit 20 < 10 status=15"));
    assert_eq!(logged(&world, 0), ["exit 20 make of 10 SIGTERM after 998900 ms"]);
    // Where no event comes, the next scan ends it.
    watch(&mut world, "1 0 1 1 - - systemd", 1_002);
    watch(&mut world, "1 0 1 1 - - systemd", 1_003);
    assert_eq!(
        ghost(&world, 10).and_then(|ghost| ghost.ended).map(|end| end.cause),
        Some(Cause::Lost)
    );
}

#[test]
fn who_was_born_while_another_source_was_read_is_not_gone() {
    let mut world = World::new(fixture::host(), 3.0);
    world.apply(event_source(EventSource::Pidfd));
    watch(&mut world, TABLE, 1_000);
    // Two readings began one after the other; the process was born after both had begun.
    let born = lines("30 20 20 10 3 f make | start=100050");
    let mut read = stats(&born, "1000.499");
    read.at = BootTime(1_000_510_000_000);
    world.apply(read);
    let began = BootTime(1_000_499_500_000);
    world.apply(fixture::scan_between(&lines(TABLE), began, BootTime(1_000_512_000_000)));
    assert!(world.living(30).is_some());
    assert_eq!(logged(&world, 0), ["start 30 make of 20"]);
}

#[test]
fn a_pid_that_was_given_before_its_process_could_be_found_is_not_gone() {
    let mut world = World::new(fixture::host(), 3.0);
    world.apply(event_source(EventSource::Pidfd));
    watch(&mut world, TABLE, 1_000);
    watch(&mut world, &format!("{TABLE}\n30 20 20 10 3 f make | start=100050"), 1_001);
    let missed = |pid, second| {
        let began = BootTime::from_secs(second);
        let stats = crate::record::Stats { began, processes: Vec::new(), gone: vec![pid] };
        Record { at: began, observation: Observation::Stats(stats) }
    };
    world.apply(missed(30, 1_002));
    assert!(world.living(30).is_some());
    world.apply(missed(20, 1_002));
    assert!(world.living(20).is_none(), "it was there long before");
}

#[test]
fn a_pidfd_tells_the_cause_of_an_end_that_was_read_just_before() {
    let mut world = World::new(fixture::host(), 3.0);
    world.apply(event_source(EventSource::Pidfd));
    watch(&mut world, TABLE, 1_001);
    let make = id_of(&world, 20);
    let gone = Stats { began: BootTime::from_secs(1_002), processes: Vec::new(), gone: vec![20] };
    world.apply(Record { at: BootTime::from_secs(1_002), observation: Observation::Stats(gone) });
    assert_eq!(world.life(make).unwrap().ended.unwrap().cause, Cause::NotWatched);
    world.apply(events("1002.004 exit 20 status=9"));
    assert_eq!(world.life(make).unwrap().ended.unwrap().cause, Cause::Status(9));
}

#[test]
fn scans_alone_tell_of_starts_execs_ends_and_orphans() {
    let mut world = fixture::world(TABLE);
    let born = "1 0 1 1 - - systemd\n10 1 10 10 3 - bash\n20 10 20 10 3 - make\n30 20 20 10 3 f make | start=100050";
    watch(&mut world, born, 1_001);
    let exec = born.replace("3 f make", "3 - cc1");
    watch(&mut world, &exec, 1_002);
    let orphaned = "1 0 1 1 - - systemd\n10 1 10 10 3 - bash\n30 1 20 10 3 - cc1 | start=100050";
    watch(&mut world, orphaned, 1_003);
    assert_eq!(
        logged(&world, 0),
        [
            "start 30 make of 20",
            "exec 30 cc1 of 20",
            "exit 20 make of 10 cause unknown after 1001000 ms",
            "orphan 30 cc1 of 20 adopted by Some(1)"
        ]
    );
}

#[test]
fn a_storm_is_remembered_within_its_budget_and_leaves_the_tree_of_a_fresh_scan() {
    let mut world = listening();
    let mut at = 1_000_000_000_000_u64;
    let mut pid = 100;
    for _ in 0..400 {
        let mut batch = Vec::new();
        for _ in 0..250 {
            pid = if pid == 32_000 { 100 } else { pid + 1 };
            at += 20_000;
            let mut add = |change| batch.push(Event { at: BootTime(at), pid, change });
            add(Change::Fork { parent: 20 });
            add(Change::Exit { parent: Some(20), wait_status: Some(0) });
        }
        world.apply(Record { at: BootTime(at), observation: Observation::Events(batch) });
        assert!(world.processes().len() <= 3 + 400, "ghosts of a storm do not pile up");
    }
    assert!(world.history().bytes() <= MemoryLimit::default().shares(3).history);
    assert!(world.history().lives().len() > 1_000);
    let second = at / 1_000_000_000 + 10;
    world.apply(scan(&lines(TABLE), second));
    let living: HashSet<Pid> = world
        .processes()
        .filter(|process| process.ended.is_none())
        .map(|process| process.id().pid)
        .collect();
    assert_eq!(living, HashSet::from([1, 10, 20]));
    assert_eq!(world.log().next(), 200_000);
}

#[test]
fn a_held_exit_is_taken_once_a_scan_brings_its_process() {
    let mut world = listening();
    world
        .apply(Record { at: BootTime(1_000_100_000_000), observation: Observation::Lost(Some(9)) });
    world.apply(events("1000.21 exit 40 < 10 status=9"));
    let l = lines(&format!("{TABLE}\n40 10 40 10 3 - vim | start=100005"));
    world.apply(fixture::scan_between(
        &l,
        BootTime(1_000_200_000_000),
        BootTime(1_000_300_000_000),
    ));
    assert!(world.living(40).is_none());
}
