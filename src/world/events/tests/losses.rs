//! Events that were lost, came too late or before the first scan.

use super::*;
use crate::record::memory_limit::of_events;

#[test]
fn an_exit_that_arrives_before_its_fork_waits_for_it() {
    let mut world = listening_to("1000.5 exit 30 < 20 status=0");
    assert_eq!(world.log().entries().len(), 0);
    world.apply(events("1000.49 fork 30 < 20"));
    assert_eq!(logged(&world, 0), ["fork 30 make of 20", "exit 30 make of 20 exit 0 after 10 ms"]);
}

#[test]
fn the_exit_of_a_stranger_is_reported_after_a_while() {
    let mut world = listening_to("1000.5 exit 30 < 20 status=256");
    world.apply(events("1000.54 fork 31 < 20"));
    assert_eq!(logged(&world, 0), ["fork 31 make of 20"]);
    world.apply(events("1000.56 exec 31 cc1"));
    assert_eq!(logged(&world, 2), ["exit 30 ? exit 1 after ? ms"]);
}

#[test]
fn events_out_of_order_are_taken_in_the_kernels_order() {
    let world =
        listening_to("1000.52 exit 30 < 20 status=0; 1000.51 exec 30 cc1; 1000.5 fork 30 < 20");
    assert_eq!(
        logged(&world, 0),
        ["fork 30 make of 20", "exec 30 cc1 of 20", "exit 30 cc1 of 20 exit 0 after 20 ms"]
    );
}

#[test]
fn a_pid_that_is_used_again_at_once_is_another_process() {
    let mut world = listening_to(
        "1000.5 fork 30 < 20; 1000.501 exec 30 cc1; 1000.52 exit 30 < 20 status=0; 1000.54 fork 30 < 10",
    );
    assert_eq!(world.living(30).unwrap().known_creator(), Some(id_of(&world, 10)));
    world.apply(stats(&lines("30 10 10 10 3 f bash | start=100054"), "1000.55"));
    assert_eq!(world.processes().len(), 5);
    assert_eq!(&*world.living(30).unwrap().stat.comm, "bash");
}

#[test]
fn a_loss_is_counted_and_the_next_scan_tells_what_is_there() {
    let mut world = listening();
    let lost = Observation::Lost(Some(12));
    world.apply(Record { at: BootTime(1_000_500_000_000), observation: lost });
    let table = "1 0 1 1 - - systemd\n10 1 10 10 3 - bash\n30 10 30 10 3 - vim | start=100040";
    watch(&mut world, table, 1_001);
    assert_eq!(world.lost_events(), (12, true));
    assert_eq!(
        logged(&world, 0),
        [
            "lost 0 ? Some(12)",
            "exit 20 make of 10 cause unknown after 999000 ms",
            "start 30 vim of 10"
        ]
    );
    assert_eq!(ghost(&world, 20).unwrap().ended.map(|end| end.cause), Some(Cause::Lost));
}

#[test]
fn a_birth_after_a_loss_is_recognized_by_its_event_alone() {
    let mut world = listening();
    lost(&mut world, 1_001);
    watch(&mut world, &format!("{TABLE}\n30 20 20 10 3 f make | start=100150"), 1_002);
    assert_eq!(logged(&world, 1), Vec::<String>::new());
    world.apply(events("1001.5 fork 30 < 20"));
    assert_eq!(logged(&world, 1), ["fork 30 make of 20"]);
}

#[test]
fn a_birth_that_may_be_lost_is_reported_by_the_second_scan_that_finds_it() {
    let mut world = listening();
    lost(&mut world, 1_001);
    let table = format!("{TABLE}\n30 20 20 10 3 f make | start=100099");
    watch(&mut world, &table, 1_002);
    assert_eq!(logged(&world, 1), Vec::<String>::new());
    watch(&mut world, &table, 1_003);
    assert_eq!(logged(&world, 1), ["start 30 make of 20"]);
}

#[test]
fn an_end_that_came_before_a_loss_is_reported_though_its_birth_is_among_the_lost() {
    let mut world = listening_to("1000.98 exit 40 < 10 status=256; 1000.99 exit 41 < 10 status=0");
    lost(&mut world, 1_001);
    // What was not lost still belongs together.
    world.apply(events("1000.985 fork 41 < 10"));
    world.apply(events("1001.1 session 20"));
    assert_eq!(
        logged(&world, 1),
        [
            "fork 41 bash of 10",
            "exit 41 bash of 10 exit 0 after 5 ms",
            "session 20 make of 10",
            "exit 40 ? exit 1 after ? ms",
        ]
    );
}

#[test]
fn an_end_that_is_reported_late_is_not_that_of_the_next_with_its_pid() {
    // Before the tick in which that one was born, and in it.
    for exit in ["1000.549", "1000.551"] {
        let mut world = listening();
        watch(&mut world, "1 0 1 1 - - systemd\n20 1 20 20 - f cron | start=100055", 1_001);
        world.apply(events(&format!("{exit} exit 20 < 10 status=9")));
        assert!(world.living(20).is_some_and(|process| process.exit.is_none()));
        assert_eq!(ghost(&world, 20).unwrap().ended.map(|end| end.cause), Some(Cause::Status(9)));
    }
}

#[test]
fn what_happens_before_the_first_scan_is_kept_within_its_bytes() {
    let mut world = World::new(fixture::host(), 3.0);
    world.apply(event_source(EventSource::Connector));
    world.set_memory_limit(MemoryLimit::megabytes(32));
    let storm = "999.5 rename 20 make;".repeat(20_000);
    for _ in 0..4 {
        world.apply(events(&storm));
    }
    let most = world.memory_limit().on_the_way();
    assert!(of_events(&world.events.early) <= most && world.lost_events().0 >= 20_000);
    watch(&mut world, TABLE, 1_000);
    let logged = world.log().entries().filter(|entry| entry.what == What::Rename).count();
    assert!(logged < 60_000 && world.living(20).is_some());
}

#[test]
fn what_happened_before_the_first_scan_is_reported_of_those_who_are_in_it() {
    let mut world = World::new(fixture::host(), 3.0);
    world.apply(event_source(EventSource::Connector));
    world.apply(events("999.9 fork 20 < 10; 999.91 exit 19 < 10 status=0; 1000.2 fork 30 < 20"));
    watch(
        &mut world,
        "1 0 1 1 - - systemd\n10 1 10 10 3 - bash\n20 10 20 10 3 - make | start=99989",
        1_000,
    );
    assert_eq!(logged(&world, 0), ["fork 20 make of 10", "fork 30 make of 20"]);
}

#[test]
fn an_end_without_a_cause_learns_it_later() {
    let mut world = World::new(fixture::host(), 3.0);
    world.apply(event_source(EventSource::Pidfd));
    watch(&mut world, TABLE, 1_000);
    world.apply(events("1000.5 exit 20 status=?"));
    assert_eq!(logged(&world, 0), ["exit 20 make of 10 cause unknown after 998500 ms"]);
    world.apply(events("1000.5 exit 20 status=11"));
    assert_eq!(logged(&world, 0), ["exit 20 make of 10 SIGSEGV after 998500 ms"]);
    assert_eq!(
        world.ending(ghost(&world, 20).unwrap().id()).map(|ending| ending.to_string()).as_deref(),
        Some("SIGSEGV")
    );
}

#[test]
fn the_cause_of_a_stranger_is_not_given_to_an_old_ghost() {
    let mut world = listening();
    // 20 explains 30, so its ghost stays; its end was lost.
    let t = format!("{TABLE}\n30 20 20 10 3 - vim | start=250");
    watch(&mut world, &t, 1_001);
    world
        .apply(Record { at: BootTime(1_001_500_000_000), observation: Observation::Lost(Some(9)) });
    let t2 = "1 0 1 1 - - systemd\n10 1 10 10 3 - bash\n30 1 20 10 3 - vim | start=250";
    watch(&mut world, t2, 1_002);
    watch(&mut world, t2, 2_000);
    assert!(ghost(&world, 20).is_some());
    // A thousand seconds later a process of the same pid, whose birth was lost, is killed.
    world.apply(events("2000.5 exit 20 < 10 status=9"));
    assert_eq!(ghost(&world, 20).unwrap().ended.unwrap().cause, Cause::Lost);
}
