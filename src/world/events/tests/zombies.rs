//! Processes that have ended and are not waited for.

use super::*;

#[test]
fn a_zombie_keeps_the_cause_that_its_event_reported() {
    let mut world = listening_to("1000.5 fork 30 < 20; 1000.6 exit 30 < 20 status=1792");
    let table = format!("{TABLE}\n30 20 20 10 3 fZ make | start=100050");
    watch(&mut world, &table, 1_001);
    let zombie = world.living(30).unwrap();
    assert_eq!((zombie.is_living(), zombie.stat.wait_status), (false, Some(7 << 8)));
    watch(&mut world, TABLE, 1_002);
    let end = ghost(&world, 30).unwrap().ended.unwrap();
    assert_eq!((end.cause, end.at.0), (Cause::Status(7 << 8), 1_000_600_000_000));
    assert_eq!(logged(&world, 1), ["exit 30 make of 20 exit 7 after 100 ms"]);
}

#[test]
fn a_zombie_is_known_again_though_its_birth_was_reported_much_later() {
    // Its creator lost its processor before the event of the birth.
    let zombie = format!("{TABLE}\n30 20 20 10 3 fZ make | start=100031");
    for linger_seconds in [3.0, 0.0] {
        let mut world = World::new(fixture::host(), linger_seconds);
        world.apply(event_source(EventSource::Connector));
        watch(&mut world, TABLE, 1_000);
        world.apply(events("1000.5 fork 30 < 20; 1000.6 exit 30 < 20 status=1792"));
        watch(&mut world, &zombie, 1_001);
        watch(&mut world, &zombie, 1_002);
        assert_eq!(world.living(30).unwrap().known_creator(), Some(id_of(&world, 20)));
        assert_eq!(
            logged(&world, 0),
            ["fork 30 make of 20", "exit 30 make of 20 exit 7 after 100 ms"]
        );
    }
}

#[test]
fn a_zombie_that_was_read_before_its_end_was_reported_is_gone_until_a_scan_finds_it_and_no_orphan()
{
    let mut world = listening_to("1000.5 fork 30 < 20");
    world.apply(stats(&lines("30 20 20 10 3 fZ make | start=100050"), "1000.61"));
    world.apply(events("1000.6 exit 30 < 20 status=1792"));
    // Of its reaping nothing is reported.
    assert!(world.living(30).is_none());
    watch(&mut world, &format!("{TABLE}\n30 20 20 10 3 fZ make | start=100050"), 1_001);
    assert_eq!(world.living(30).unwrap().stat.wait_status, Some(7 << 8));
    world.apply(events("1001.5 exit 20 < 10 status=0"));
    assert_eq!(
        logged(&world, 1),
        ["exit 30 make of 20 exit 7 after 100 ms", "exit 20 make of 10 exit 0 after 999500 ms"]
    );
}

#[test]
fn the_end_of_a_zombie_that_is_among_the_lost_is_reported_by_the_second_scan_that_finds_it() {
    let mut world = listening();
    lost(&mut world, 1_001);
    let table = format!("{TABLE}\n30 20 20 10 3 fZ make | start=100050 wait=9");
    watch(&mut world, &table, 1_002);
    watch(&mut world, &table, 1_003);
    watch(&mut world, &table, 1_004);
    assert_eq!(
        logged(&world, 1),
        ["start 30 make of 20", "exit 30 make of 20 SIGKILL after 2500 ms"]
    );
}

/// A world in which nobody lingers, as `events` has it, where pidfds tell of ends.
fn forgetful(text: &str) -> World {
    let mut world = World::new(fixture::host(), 0.0);
    world.apply(event_source(EventSource::Pidfd));
    watch(&mut world, text, 1_000);
    world
}

#[test]
fn a_zombie_that_nobody_reaps_starts_once_and_ends_once() {
    for status in ["status=1792", "status=?"] {
        let mut world = forgetful(TABLE);
        let alive = format!("{TABLE}\n30 10 30 10 3 - worker | start=100010");
        let zombie = format!("{TABLE}\n30 10 30 10 3 Z worker | start=100010");
        world.apply(fixture::stats(&lines(&alive), "1000.15"));
        world.apply(events(&format!("1000.2 exit 30 < 10 {status}")));
        watch(&mut world, &zombie, 1_001);
        // Who holds it again tells its end again.
        world.apply(events(&format!("1001.01 exit 30 < 10 {status}")));
        watch(&mut world, &zombie, 1_002);
        let left = zombie.replace("10 1 10 10 3 - bash", "").replace("30 10 30", "30 1 30");
        watch(&mut world, &left, 1_003);
        watch(&mut world, "1 0 1 1 - - systemd", 1_004);
        world.apply(events("1004.1 exit 30 status=1792"));
        world.apply(events("1005.1 exit 1 status=0"));
        let reported: Vec<String> =
            logged(&world, 0).into_iter().filter(|line| line.contains(" 30 ")).collect();
        assert_eq!(reported.len(), 2, "{status}: {reported:?}");
        assert_eq!(reported[0], "start 30 worker of 10");
        assert!(reported[1].ends_with("after 100 ms"), "{reported:?}");
    }
}

#[test]
fn the_status_of_a_forgotten_end_is_learned_when_it_is_reaped() {
    let mut world = forgetful(TABLE);
    world.apply(events("1000.5 exit 20 < 10 status=?"));
    world.apply(events("1000.9 exit 20 status=9"));
    world.apply(events("1001.9 exit 10 status=0"));
    let reported = logged(&world, 0);
    assert_eq!(reported[0], "exit 20 make of 10 SIGKILL after 998500 ms");
    assert_eq!(reported.iter().filter(|line| line.contains(" 20 ")).count(), 1, "{reported:?}");
}

#[test]
fn a_zombie_whose_end_the_kernel_reported_does_not_end_again_when_nobody_lingers() {
    let mut world = World::new(fixture::host(), 0.0);
    world.apply(event_source(EventSource::Connector));
    watch(&mut world, TABLE, 1_000);
    // Its birth is provisional until somebody reads it, which is after its end here.
    world.apply(events("1000.501 fork 30 < 20; 1000.502 exit 30 < 20 status=1792"));
    let zombie = format!("{TABLE}\n30 20 20 10 3 Z make | start=100049 wait=1792");
    for seconds in 1_001..1_003 {
        watch(&mut world, &zombie, seconds);
    }
    for seconds in 1_003..1_006 {
        watch(&mut world, TABLE, seconds);
    }
    assert_eq!(logged(&world, 0), ["fork 30 make of 20", "exit 30 make of 20 exit 7 after 1 ms"]);
    assert!(world.living(30).is_none());
}

#[test]
fn a_zombie_that_is_found_first_is_reported_to_start_and_to_end_by_scans_alone() {
    let mut world = fixture::world(TABLE);
    let zombie = format!("{TABLE}\n30 10 30 10 3 Z worker | start=100010 wait=1792");
    for seconds in 1_001..1_004 {
        watch(&mut world, &zombie, seconds);
    }
    watch(&mut world, TABLE, 1_004);
    assert_eq!(
        logged(&world, 0),
        ["start 30 worker of 10", "exit 30 worker of 10 exit 7 after 1900 ms"]
    );
}

#[test]
fn when_a_zombie_from_before_ended_is_not_known_and_not_reported() {
    let zombie = format!("{TABLE}\n30 10 30 10 3 Z worker |");
    for source in [EventSource::Pidfd, EventSource::Loadavg, EventSource::None] {
        let mut world = World::new(fixture::host(), 0.0);
        watch(&mut world, &zombie, 1_000);
        world.apply(event_source(source));
        if source == EventSource::Pidfd {
            world.apply(events("1000.1 exit 30 < 10 status=1792"));
        }
        for seconds in 1_001..1_003 {
            watch(&mut world, &zombie, seconds);
        }
        watch(&mut world, TABLE, 1_003);
        watch(&mut world, TABLE, 1_006);
        assert_eq!(logged(&world, 0), [] as [&str; 0], "{source:?}");
    }
}

#[test]
fn an_event_knows_the_status_better_than_a_stat_that_may_be_of_a_successor() {
    let mut world = listening();
    world.apply(events("1000.501 fork 30 < 20"));
    let successor = format!("{TABLE}\n30 20 30 10 3 Z make | start=100050 wait=2816");
    world.apply(fixture::stats(&lines(&successor), "1000.502"));
    world.apply(events("1000.503 exit 30 < 20 status=1792"));
    assert_eq!(logged(&world, 1), ["exit 30 make of 20 exit 7 after 2 ms"]);
}

#[test]
fn a_zombies_pid_may_be_used_again_at_once() {
    let mut world = listening_to("1000.5 fork 30 < 20; 1000.6 exit 30 < 20 status=1792");
    let table = format!("{TABLE}\n30 20 20 10 3 fZ make | start=100050");
    watch(&mut world, &table, 1_001);
    world.apply(events("1001.1 fork 30 < 10"));
    assert_eq!(world.living(30).unwrap().known_creator(), Some(id_of(&world, 10)));
}
