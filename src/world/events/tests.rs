mod order;

use std::collections::HashSet;

use proptest::prelude::*;

use crate::describe::story;
use crate::record::{
    BootTime, Change, Event, EventSource, MemoryLimit, Observation, Pid, ProcessKey, Record, Stats,
};
use crate::roles::{Confidence, Role};
use crate::tests::fixture::{
    self, event_source, events, facts_of, key_of, lines, scan, stats, watch,
};
use crate::world::{Cause, Entry, Process, Subject, What, World};

const TABLE: &str = "
    1 0 1 1 - - systemd
    10 1 10 10 3 - bash
    20 10 20 10 3 - make";

/// A world that has seen the table, and hears of every event.
fn listening() -> World {
    let mut world = World::new(fixture::host(), 3.0);
    world.apply(event_source(EventSource::Connector));
    watch(&mut world, TABLE, 1_000);
    world
}

fn listening_to(text: &str) -> World {
    let mut world = listening();
    world.apply(events(text));
    world
}

/// The log from that number on, one entry a line.
fn logged(world: &World, from: u64) -> Vec<String> {
    world.log().since(from).map(line).collect()
}

fn line(entry: &Entry) -> String {
    let name = entry.comm.as_deref().unwrap_or("?");
    let creator = entry.creator.map_or_else(String::new, |key| format!(" of {}", key.pid));
    let more = match entry.what {
        What::Exit { cause, lived } => {
            let lived =
                lived.map_or_else(|| "?".to_owned(), |lived| (lived / 1_000_000).to_string());
            format!(" {} after {lived} ms", cause.short())
        }
        What::Orphan { adopter } => format!(" adopted by {adopter:?}"),
        What::User(uid) => format!(" {uid}"),
        What::Lost(count) => format!(" {count:?}"),
        _ => String::new(),
    };
    format!("{} {} {name}{creator}{more}", entry.what.word(), entry.pid)
}

fn ghost(world: &World, pid: Pid) -> Option<&Process> {
    world.processes().iter().find(|process| process.key().pid == pid && process.ended.is_some())
}

fn origin(world: &World, pid: Pid) -> String {
    story::origin(world.subject(key_of(world, pid)).unwrap())
}

#[test]
fn a_life_of_a_millisecond_is_known_from_birth_to_death() {
    let text = "1000.5 fork 30 < 20; 1000.5004 exec 30 cc1 a.c; 1000.501 exit 30 < 20 status=768";
    let world = listening_to(text);
    assert_eq!(
        logged(&world, 0),
        ["fork 30 make of 20", "exec 30 cc1 of 20", "exit 30 cc1 of 20 exit 3 after 1 ms"]
    );
    let ghost = ghost(&world, 30).unwrap();
    assert_eq!(ghost.ended.map(|end| end.cause), Some(Cause::Status(3 << 8)));
    assert_eq!(ghost.known_creator(), Some(ProcessKey::at_ticks(20, 200)));
}

#[test]
fn a_forked_child_is_a_copy_of_its_creator_until_it_becomes_another_program() {
    let mut world = listening_to("1000.5 fork 30 < 20");
    let child = world.living(30).unwrap();
    assert_eq!((&*child.stat.comm, child.stat.pgid, child.stat.ppid), ("make", Some(20), 20));
    assert_eq!(child.executable(), Some("/usr/bin/make"));
    assert_eq!(child.verdict.role, Role::Child);
    assert_eq!(origin(&world, 30), "forked by 20 (make), never became another program");
    world.apply(events("1000.502 exec 30 python3 setup.py; 1000.6 exec 30 gunicorn"));
    assert_eq!(
        origin(&world, 30),
        "forked by 20 (make), became python3 after 2.0 ms, became gunicorn after 98 ms"
    );
    assert_eq!(world.living(30).unwrap().stat.never_execed(), Some(false));
}

#[test]
fn an_exec_whose_program_is_unknown_is_named_by_the_next_read() {
    let mut world = listening_to("1000.5 fork 30 < 20; 1000.502 exec 30 ?");
    assert_eq!(logged(&world, 1), ["exec 30 ? of 20"]);
    assert_eq!(world.take_wanted_stats(9), [30]);
    world.apply(stats(&lines("30 20 20 10 3 - cc1 | start=100050"), "1000.51"));
    assert_eq!(logged(&world, 1), ["exec 30 cc1 of 20"]);
    assert_eq!(origin(&world, 30), "forked by 20 (make), became cc1 after 2.0 ms");
}

#[test]
fn the_arguments_that_a_process_had_before_an_unknown_program_are_not_told_of_it() {
    let world =
        listening_to("1000.5 fork 30 < 20; 1000.502 exec 30 ?; 1000.503 exit 30 < 20 status=9");
    assert_eq!(logged(&world, 1), ["exec 30 ? of 20", "exit 30 ? of 20 SIGKILL after 3 ms"]);
    assert!(world.log().since(1).all(|entry| entry.command_line.is_none()));
    // The next read names it, be it only by a name that it had before.
    let mut world = listening_to("1000.5 fork 30 < 20; 1000.502 exec 30 ?");
    world.apply(stats(&lines("30 20 20 10 3 - make | start=100050"), "1000.51"));
    world.apply(events("1000.6 exit 30 < 20 status=9"));
    assert_eq!(
        logged(&world, 1),
        ["exec 30 make of 20", "exit 30 make of 20 SIGKILL after 100 ms"]
    );
    assert!(world.log().since(1).all(|entry| entry.command_line.is_none()));
    // A stat may be quicker than the event.
    let mut world = listening_to("1000.5 fork 30 < 20");
    world.apply(stats(&lines("30 20 20 10 3 - cc1 | start=100050"), "1000.51"));
    world.apply(events("1000.502 exec 30 ?; 1000.6 exit 30 < 20 status=9"));
    assert!(world.log().since(1).all(|entry| entry.command_line.is_none()));
}

#[test]
fn a_provisional_birth_is_corrected_everywhere_by_the_next_read() {
    // The child's start lies in the tick before that of the event.
    let mut world = listening_to("1000.5 fork 30 < 20; 1000.501 fork 31 < 30");
    let told = key_of(&world, 30);
    world.apply(stats(&lines("30 20 20 10 3 f make | start=100049"), "1000.51"));
    let read = ProcessKey::at_ticks(30, 100_049);
    assert_eq!(world.take_corrected_keys(), [(told, read)]);
    assert_eq!(key_of(&world, 30), read);
    let child = world.living(31).unwrap();
    assert_eq!((child.parent, child.known_creator()), (Some(read), Some(read)));
    assert_eq!(world.log().since(0).map(|entry| entry.creator).last(), Some(Some(read)));
    assert!(world.log().since(0).all(|entry| entry.key != Some(told)));
    assert_eq!(world.processes().len(), 5, "it is one process");
}

#[test]
fn a_child_whose_parent_ends_is_a_certain_orphan_at_once_and_its_adopter_follows() {
    let mut world = listening_to("1000.5 fork 30 < 20; 1000.6 exit 20 < 10 status=9");
    let orphan = world.living(30).unwrap();
    assert_eq!(
        (orphan.verdict.role, orphan.verdict.confidence),
        (Role::Orphan, Confidence::Certain)
    );
    assert_eq!(
        orphan.verdict.evidence[0].to_string(),
        "its creator 20 (make) ended (SIGKILL) while it lived"
    );
    assert_eq!(logged(&world, 2), ["orphan 30 make of 20 adopted by None"]);
    // A stat that was read before says nothing of that.
    world.apply(stats(&lines("30 20 20 10 3 f make | start=100050"), "1000.55"));
    assert_eq!(world.living(30).unwrap().adoption.as_ref().unwrap().adopter, None);
    assert!(world.take_wanted_stats(9).contains(&30));
    world.apply(stats(&lines("30 1 20 10 3 f make | start=100050"), "1000.61"));
    assert_eq!(logged(&world, 2), ["orphan 30 make of 20 adopted by Some(1)"]);
    assert_eq!(
        story::story(world.subject(key_of(&world, 30)).unwrap())[1],
        "Its creator 20 (make) ended (SIGKILL) when it was 100 ms old, and 1 (systemd) adopted it."
    );
}

#[test]
fn an_adopter_that_is_not_init_is_learned_as_a_subreaper() {
    let mut world = listening_to("1000.5 fork 30 < 20; 1000.6 exit 20 < 10 status=0");
    world.apply(stats(&lines("30 10 20 10 3 f make | start=100050"), "1000.61"));
    assert!(world.is_learned_subreaper(key_of(&world, 10)));
    // It is remembered as one for as long as it lives.
    world.apply(events("1000.7 exit 10 < 1 status=0"));
    assert!(!world.is_learned_subreaper(ProcessKey::at_ticks(10, 100)));
}

#[test]
fn a_double_fork_keeps_the_chain_however_short_its_middle_lived() {
    let mut world = listening_to(
        "1000.5 fork 30 < 20; 1000.5001 fork 31 < 30; 1000.5002 session 31; 1000.5003 exit 30 < 20 status=0",
    );
    world.apply(stats(&lines("31 1 31 31 - f make | start=100050"), "1000.51"));
    let chain = |world: &World| {
        let middle = world.living(31)?.known_creator()?;
        let first = world.life(middle)?.known_creator()?;
        Some((middle.pid, first.pid))
    };
    assert_eq!(chain(&world), Some((30, 20)));
    // The ghost of the middle explains a living process: it stays however long that takes.
    let table = format!("{TABLE}\n31 1 31 31 - f make | start=100050");
    watch(&mut world, &table, 1_100);
    assert!(ghost(&world, 30).is_some());
    world.apply(events("1100.5 exit 31 < 1 status=0"));
    watch(&mut world, TABLE, 1_110);
    assert!(ghost(&world, 30).is_none() && world.history().lives().len() == 2);
}

/// Kind and pid of each line, and under whom it is told to have stood.
fn told_under(world: &World) -> Vec<(&'static str, Pid, Option<Pid>)> {
    world.log().entries().map(|entry| (entry.what.word(), entry.pid, entry.parent)).collect()
}

#[test]
fn an_adoption_that_is_read_first_is_told_after_the_end_that_it_came_of() {
    let adopted = lines("30 1 20 10 3 f make | start=100050");
    let table = format!("{TABLE}\n30 1 20 10 3 f make | start=100050");
    let zombie = table.replace("10 3 - make", "10 3 Z make");
    // A stat, a scan, and one that finds the creator as a zombie.
    for read in
        [stats(&adopted, "1000.61"), scan(&lines(&table), 1_001), scan(&lines(&zombie), 1_001)]
    {
        let mut world = listening_to("1000.5 fork 30 < 20");
        world.apply(read);
        assert_eq!(logged(&world, 1), [] as [&str; 0]);
        assert_eq!(world.living(30).unwrap().parent, Some(key_of(&world, 20)));
        world.apply(events("1001.6 exit 20 < 10 status=9"));
        assert_eq!(told_under(&world)[1..], [("exit", 20, Some(10)), ("orphan", 30, Some(20))]);
        let orphan = world.living(30).unwrap();
        let adoption = orphan.adoption.as_ref().unwrap();
        assert_eq!(orphan.parent, Some(key_of(&world, 1)));
        assert_eq!((adoption.adopter, adoption.at.0), (orphan.parent, 1_001_600_000_000));
        assert_eq!(logged(&world, 2), ["orphan 30 make of 20 adopted by Some(1)"]);
    }
}

#[test]
fn an_adoption_is_told_though_its_creator_lives_on_or_its_end_is_lost() {
    let table = format!("{TABLE}\n30 1 20 10 3 f make | start=100050");
    let mut world = listening_to("1000.5 fork 30 < 20");
    watch(&mut world, &table, 1_001);
    watch(&mut world, &table, 1_002);
    assert_eq!(told_under(&world)[1..], [("orphan", 30, Some(20))]);
    let mut world = listening_to("1000.5 fork 30 < 20");
    watch(&mut world, &table, 1_001);
    lost(&mut world, 1_002);
    watch(&mut world, &table.replace("20 10 20 10 3 - make", ""), 1_003);
    assert_eq!(told_under(&world)[2..], [("exit", 20, Some(10)), ("orphan", 30, Some(20))]);
}

#[test]
fn a_second_adoption_is_told_after_the_end_of_the_first_adopter() {
    let mut world = listening_to("1000.5 fork 30 < 20; 1000.6 exit 20 < 10 status=9");
    world.apply(stats(&lines("30 10 20 10 3 f make | start=100050"), "1000.61"));
    world.apply(stats(&lines("30 1 20 10 3 f make | start=100050"), "1000.71"));
    world.apply(events("1000.72 exit 10 < 1 status=9"));
    assert_eq!(
        told_under(&world)[1..],
        [
            ("exit", 20, Some(10)),
            ("orphan", 30, Some(20)),
            ("exit", 10, Some(1)),
            ("orphan", 30, Some(10)),
        ]
    );
    assert_eq!(logged(&world, 4), ["orphan 30 make of 20 adopted by Some(1)"]);
}

#[test]
fn who_was_found_adopted_before_its_birth_was_told_is_an_orphan_from_its_creators_end_on() {
    let table = format!("{TABLE}\n31 1 20 10 3 f make | start=100050");
    let mut world = listening_to("1000.4 fork 30 < 20");
    watch(&mut world, &table, 1_001);
    world.apply(events("1000.5 fork 31 < 30; 1000.6 exit 30 < 20 status=9"));
    let told = [
        ("fork", 30, Some(20)),
        ("fork", 31, Some(1)),
        ("exit", 30, Some(20)),
        ("orphan", 31, Some(30)),
    ];
    assert_eq!(told_under(&world), told);
    assert_eq!(logged(&world, 3), ["orphan 31 make of 30 adopted by Some(1)"]);
    // The end may come a batch later.
    let mut world = listening_to("1000.4 fork 30 < 20");
    watch(&mut world, &table, 1_001);
    world.apply(events("1000.5 fork 31 < 30"));
    world.apply(events("1000.6 exit 30 < 20 status=9"));
    assert_eq!(told_under(&world), told);
    // It may have come before, and nobody reaps the creator.
    let mut world = listening_to("1000.4 fork 30 < 20; 1000.6 exit 30 < 20 status=9");
    let zombie = format!("{table}\n30 20 20 10 3 fZ make | start=100040");
    watch(&mut world, &zombie, 1_001);
    world.apply(events("1000.5 fork 31 < 30"));
    assert_eq!(told_under(&world)[2..], [("fork", 31, Some(1)), ("orphan", 31, Some(30))]);
    let adoption = world.living(31).unwrap().adoption.as_ref().unwrap();
    assert_eq!(adoption.at.0, 1_000_600_000_000);
}

#[test]
fn a_child_whose_end_is_told_before_its_parents_is_told_after_it_all_the_same() {
    // A line of three that ends at once, the youngest first, as each was adopted by init.
    let born = "1000.5 fork 30 < 20; 1000.501 fork 31 < 30; 1000.502 fork 32 < 31";
    let ended = [
        "1000.510 exit 32 < 1 status=0",
        "1000.511 exit 31 < 1 status=0",
        "1000.512 exit 30 < 20 status=0",
    ];
    let mut at_once = listening_to(&format!("{born}; {}", ended.join("; ")));
    let mut by_batches = listening_to(born);
    for exit in ended {
        by_batches.apply(events(exit));
    }
    for world in [&mut at_once, &mut by_batches] {
        assert_eq!(
            told_under(world)[3..],
            [
                ("exit", 30, Some(20)),
                ("orphan", 31, Some(30)),
                ("exit", 31, Some(1)),
                ("orphan", 32, Some(31)),
                ("exit", 32, Some(1)),
            ]
        );
        let is_late = |entry: &Entry| entry.pid == 32 && entry.at.0 > 1_000_510_000_000;
        assert!(!world.log().entries().any(is_late), "it was no orphan after its end");
        assert!(!world.is_waiting());
    }
    // It waits no longer than a while.
    let mut world = listening_to(&format!("{born}; {}", ended[0]));
    assert!(world.is_waiting() && world.living(32).is_some());
    world.apply(events("1000.57 session 20"));
    assert_eq!(told_under(&world)[4..], [("orphan", 32, Some(31)), ("exit", 32, Some(1))]);
}

#[test]
fn who_was_adopted_and_ended_before_anyone_could_look_is_told_by_its_exit() {
    let world = listening_to(
        "1000.5 fork 30 < 20; 1000.501 fork 31 < 30; 1000.502 exit 30 < 20 status=0; 1000.503 exit 31 < 1 status=15",
    );
    assert_eq!(
        logged(&world, 2),
        [
            "exit 30 make of 20 exit 0 after 2 ms",
            "orphan 31 make of 30 adopted by Some(1)",
            "exit 31 make of 30 SIGTERM after 2 ms"
        ]
    );
}

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
fn an_exit_that_arrives_before_its_fork_waits_for_it() {
    let mut world = listening_to("1000.5 exit 30 < 20 status=0");
    assert_eq!(world.log().entries().len(), 0);
    world.apply(events("1000.49 fork 30 < 20"));
    assert_eq!(logged(&world, 0), ["fork 30 make of 20", "exit 30 make of 20 exit 0 after 10 ms"]);
}

#[test]
fn the_exit_of_a_stranger_is_told_after_a_while() {
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
    assert_eq!(world.living(30).unwrap().known_creator(), Some(key_of(&world, 10)));
    world.apply(stats(&lines("30 10 10 10 3 f bash | start=100054"), "1000.55"));
    assert_eq!((world.processes().len(), world.take_corrected_keys().len()), (5, 0));
    assert_eq!(&*world.living(30).unwrap().stat.comm, "bash");
}

#[test]
fn a_zombie_keeps_the_cause_that_its_event_told() {
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
fn a_zombie_is_known_again_though_its_birth_was_told_much_later() {
    // Its creator lost its processor before the event of the birth.
    let zombie = format!("{TABLE}\n30 20 20 10 3 fZ make | start=100031");
    for linger_seconds in [3.0, 0.0] {
        let mut world = World::new(fixture::host(), linger_seconds);
        world.apply(event_source(EventSource::Connector));
        watch(&mut world, TABLE, 1_000);
        world.apply(events("1000.5 fork 30 < 20; 1000.6 exit 30 < 20 status=1792"));
        watch(&mut world, &zombie, 1_001);
        watch(&mut world, &zombie, 1_002);
        assert_eq!(world.living(30).unwrap().known_creator(), Some(key_of(&world, 20)));
        assert_eq!(
            logged(&world, 0),
            ["fork 30 make of 20", "exit 30 make of 20 exit 7 after 100 ms"]
        );
    }
}

#[test]
fn a_zombie_that_was_read_before_its_end_was_told_is_gone_until_a_scan_finds_it_and_no_orphan() {
    let mut world = listening_to("1000.5 fork 30 < 20");
    world.apply(stats(&lines("30 20 20 10 3 fZ make | start=100050"), "1000.61"));
    world.apply(events("1000.6 exit 30 < 20 status=1792"));
    // Of its reaping nothing is told.
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

/// Some of what happened is missing from the events until that second.
fn lost(world: &mut World, seconds: u64) {
    world.apply(Record {
        at: BootTime::from_secs(seconds),
        observation: Observation::Lost(Some(9)),
    });
}

#[test]
fn who_is_left_by_a_zombie_is_told_once_to_be_an_orphan() {
    let mut world =
        listening_to("1000.1 fork 30 < 20; 1000.2 fork 40 < 30; 1000.3 exit 30 < 20 status=9");
    watch(
        &mut world,
        &format!(
            "{TABLE}\n30 20 20 10 3 fZ make | start=100010\n40 1 20 10 3 f make | start=100020"
        ),
        1_001,
    );
    assert_eq!(
        logged(&world, 2),
        ["exit 30 make of 20 SIGKILL after 200 ms", "orphan 40 make of 30 adopted by Some(1)"]
    );
}

#[test]
fn a_birth_after_a_loss_is_told_by_its_event_alone() {
    let mut world = listening();
    lost(&mut world, 1_001);
    watch(&mut world, &format!("{TABLE}\n30 20 20 10 3 f make | start=100150"), 1_002);
    assert_eq!(logged(&world, 1), Vec::<String>::new());
    world.apply(events("1001.5 fork 30 < 20"));
    assert_eq!(logged(&world, 1), ["fork 30 make of 20"]);
}

#[test]
fn a_birth_that_may_be_lost_is_told_by_the_second_scan_that_finds_it() {
    let mut world = listening();
    lost(&mut world, 1_001);
    let table = format!("{TABLE}\n30 20 20 10 3 f make | start=100099");
    watch(&mut world, &table, 1_002);
    assert_eq!(logged(&world, 1), Vec::<String>::new());
    watch(&mut world, &table, 1_003);
    assert_eq!(logged(&world, 1), ["start 30 make of 20"]);
}

#[test]
fn the_end_of_a_zombie_that_is_among_the_lost_is_told_by_the_second_scan_that_finds_it() {
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

#[test]
fn an_end_that_came_before_a_loss_is_told_though_its_birth_is_among_the_lost() {
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
fn an_end_that_is_told_late_is_not_that_of_the_next_with_its_pid() {
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
    assert!(world.events.early_bytes <= most && world.lost_events().0 >= 20_000);
    watch(&mut world, TABLE, 1_000);
    let logged = world.log().entries().filter(|entry| entry.what == What::Rename).count();
    assert!(logged < 60_000 && world.living(20).is_some());
}

#[test]
fn what_happened_before_the_first_scan_is_told_of_those_who_are_in_it() {
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
fn session_user_and_name_are_taken_from_events() {
    let world = listening_to(
        "1000.5 fork 30 < 20; 1000.51 session 30; 1000.52 user 30 33; 1000.53 rename 30 worker",
    );
    let process = world.living(30).unwrap();
    assert_eq!(
        (process.stat.sid, process.stat.pgid, process.uid()),
        (Some(30), Some(30), Some(33))
    );
    assert!(process.stat.has_no_terminal());
    assert_eq!(
        logged(&world, 1),
        ["session 30 make of 20", "user 30 make of 20 33", "rename 30 worker of 20"]
    );
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
    assert_eq!(world.cause_of_end(ProcessKey::at_ticks(20, 200)).as_deref(), Some("SIGSEGV"));
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
        let told: Vec<String> =
            logged(&world, 0).into_iter().filter(|line| line.contains(" 30 ")).collect();
        assert_eq!(told.len(), 2, "{status}: {told:?}");
        assert_eq!(told[0], "start 30 worker of 10");
        assert!(told[1].ends_with("after 100 ms"), "{told:?}");
    }
}

#[test]
fn the_status_of_a_forgotten_end_is_learned_when_it_is_reaped() {
    let mut world = forgetful(TABLE);
    world.apply(events("1000.5 exit 20 < 10 status=?"));
    world.apply(events("1000.9 exit 20 status=9"));
    world.apply(events("1001.9 exit 10 status=0"));
    let told = logged(&world, 0);
    assert_eq!(told[0], "exit 20 make of 10 SIGKILL after 998500 ms");
    assert_eq!(told.iter().filter(|line| line.contains(" 20 ")).count(), 1, "{told:?}");
}

#[test]
fn a_zombie_whose_end_the_kernel_told_does_not_end_again_when_nobody_lingers() {
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
fn a_zombie_that_is_found_first_is_told_to_start_and_to_end_by_scans_alone() {
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
fn when_a_zombie_from_before_ended_is_not_known_and_not_told() {
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
fn an_exec_that_keeps_the_name_shows_by_where_its_stack_began() {
    let python =
        |stack, line| format!("{TABLE}\n30 20 30 10 3 - python3 | {stack} cmd=python3 {line}");
    let mut world = World::new(fixture::host(), 0.0);
    watch(&mut world, &python("stack=7000", "a.py"), 1_000);
    // Who may not read it concludes nothing.
    watch(&mut world, &python("", "a.py"), 1_001);
    watch(&mut world, &python("stack=7000", "a.py"), 1_002);
    assert_eq!(logged(&world, 0), [] as [&str; 0]);
    let other = python("stack=9000", "b.py");
    world.apply(scan(&lines(&other), 1_003));
    assert_eq!(logged(&world, 0), ["exec 30 python3 of 20"]);
    assert_eq!(world.living(30).unwrap().command_line(), None);
    world.apply(facts_of(&lines(&other), 1_003));
    let exec = world.log().entries().next().unwrap();
    assert_eq!(exec.command_line.as_deref(), Some("python3\0b.py\0"));
    watch(&mut world, TABLE, 1_004);
    let end = world.log().entries().next_back().unwrap();
    assert_eq!(end.command_line.as_deref(), Some("python3\0b.py\0"));
}

#[test]
fn a_kernel_worker_that_is_named_by_its_work_is_not_renamed() {
    let mut world = fixture::world("2 0 0 0 - k kthreadd |\n9 2 0 0 - k kworker/0:1-events |");
    watch(&mut world, "2 0 0 0 - k kthreadd |\n9 2 0 0 - k kworker/0:1-mm |", 1_001);
    assert_eq!(logged(&world, 0), [] as [&str; 0]);
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
fn a_cause_that_is_learned_late_is_in_the_reasons_of_those_left_behind() {
    let mut world = World::new(fixture::host(), 3.0);
    world.apply(event_source(EventSource::Pidfd));
    watch(&mut world, &format!("{TABLE}\n30 20 20 10 3 f make | start=100001"), 1_001);
    let main = key_of(&world, 20);
    let test_process =
        crate::record::TestProcess { kind: "daemonic".into(), daemonic_main: Some(main) };
    let told = Observation::TestProcess(key_of(&world, 30), test_process);
    world.apply(Record { at: BootTime::from_secs(1_001), observation: told });
    let reasons = |world: &World| {
        let reasons = world.living(30).unwrap().verdict.evidence.iter();
        reasons.map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    world.apply(events("1001.5 exit 20 status=?"));
    assert!(reasons(&world).contains("its main ended and did not end it"), "{}", reasons(&world));
    world.apply(events("1001.5 exit 20 status=9"));
    assert!(reasons(&world).contains("its main ended by SIGKILL"), "{}", reasons(&world));
}

#[test]
fn a_pidfd_tells_the_cause_of_an_end_that_was_read_just_before() {
    let mut world = World::new(fixture::host(), 3.0);
    world.apply(event_source(EventSource::Pidfd));
    watch(&mut world, TABLE, 1_001);
    let make = key_of(&world, 20);
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
        .iter()
        .filter(|process| process.ended.is_none())
        .map(|process| process.key().pid)
        .collect();
    assert_eq!(living, HashSet::from([1, 10, 20]));
    assert_eq!(world.log().next(), 200_000);
}

#[test]
fn a_corrected_parent_leaves_no_orphan_in_the_same_read() {
    let mut world = listening_to("1000.5 fork 30 < 20; 1000.501 fork 31 < 30");
    world.apply(stats(
        &lines("30 20 20 10 3 f make | start=100049\n31 30 20 10 3 f make | start=100050"),
        "1000.51",
    ));
    assert!(world.living(31).unwrap().adoption.is_none());
}

#[test]
fn a_corrected_parent_leaves_no_orphan_in_the_same_scan() {
    let mut world = listening_to("1000.5 fork 30 < 20; 1000.501 fork 31 < 30");
    let t = format!(
        "{TABLE}\n30 20 20 10 3 f make | start=100049\n31 30 20 10 3 f make | start=100050"
    );
    watch(&mut world, &t, 1001);
    assert!(world.living(31).unwrap().adoption.is_none());
}

#[test]
fn the_tree_is_that_of_the_corrected_keys() {
    let mut world = listening_to("1000.5 fork 30 < 20; 1000.501 fork 31 < 30");
    // another of the same read changes structure: a newly found process
    world.apply(stats(
        &lines("30 20 20 10 3 f make | start=100049\n77 10 77 10 3 - vim | start=100040"),
        "1000.51",
    ));
    let p = world.subject(key_of(&world, 31)).unwrap().parent().map(Subject::pid);
    assert_eq!(p, Some(30));
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

#[test]
fn a_subreaper_is_remembered_by_its_corrected_key() {
    let mut world = listening_to(
        "1000.5 fork 30 < 20; 1000.501 fork 31 < 30; 1000.502 fork 32 < 31; 1000.503 exit 31 < 30 status=0",
    );
    // 32 is adopted by 30, whose birth is provisional still
    world.apply(stats(&lines("32 30 20 10 3 f make | start=100050"), "1000.51"));
    assert!(world.is_learned_subreaper(key_of(&world, 30)));
    world.apply(stats(&lines("30 20 20 10 3 f make | start=100049"), "1000.52"));
    assert!(world.is_learned_subreaper(key_of(&world, 30)));
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

#[test]
fn an_adopter_may_show_a_scan_later() {
    let mut world = fixture::world(TABLE);
    // 20's parent 10 ended, adopter 50 unknown to this scan
    watch(&mut world, "1 0 1 1 - - systemd\n20 50 20 10 3 - make", 1_001);
    watch(&mut world, "1 0 1 1 - - systemd\n50 1 50 50 - - reaper\n20 50 20 10 3 - make", 1_002);
    assert!(world.living(20).unwrap().adoption.as_ref().unwrap().adopter.is_some());
}

#[test]
fn a_zombies_pid_may_be_used_again_at_once() {
    let mut world = listening_to("1000.5 fork 30 < 20; 1000.6 exit 30 < 20 status=1792");
    let table = format!("{TABLE}\n30 20 20 10 3 fZ make | start=100050");
    watch(&mut world, &table, 1_001);
    world.apply(events("1001.1 fork 30 < 10"));
    assert_eq!(world.living(30).unwrap().known_creator(), Some(key_of(&world, 10)));
}

#[test]
fn who_was_only_missed_leaves_no_orphans() {
    let mut world = World::new(fixture::host(), 3.0);
    watch(&mut world, &format!("{TABLE}\n30 20 20 10 3 - vim | start=250"), 1_000);
    watch(
        &mut world,
        "1 0 1 1 - - systemd\n10 1 10 10 3 - bash\n30 20 20 10 3 - vim | start=250",
        1_001,
    );
    watch(&mut world, &format!("{TABLE}\n30 20 20 10 3 - vim | start=250"), 1_002);
    let c = world.living(30).unwrap();
    assert!(c.verdict.role != Role::Orphan);
}

#[test]
fn a_life_in_a_cycle_of_dead_parents_can_be_recalled() {
    let mut world =
        fixture::world("1 0 1 1 - - init\n40 50 40 40 - - b\n50 40 50 50 - - c\n60 40 60 60 - - a");
    watch(&mut world, "1 0 1 1 - - init", 1_001);
    watch(&mut world, "1 0 1 1 - - init", 1_100);
    let dead: Vec<_> = world.history().lives().map(Process::key).collect();
    let key = dead.iter().find(|k| k.pid == 60).copied().unwrap();
    assert!(world.recall(key));
}

#[test]
fn a_family_told_by_pipes_is_read_again_after_a_birth_that_an_event_told() {
    let table = "1 0 1 1 - - init\n10 1 10 10 - - python3 | reads=101 writes=201";
    let mut world = World::new(fixture::host(), 3.0);
    world.apply(event_source(EventSource::Connector));
    watch(&mut world, table, 1_000);
    world.take_wanted_facts(&[], 99);
    world.apply(fixture::facts_of(&lines(table), 1_000));
    world.apply(events("1000.5 fork 30 < 10"));
    world.apply(stats(&lines("30 10 10 10 - f python3 | start=100050"), "1000.52"));
    let big = format!("{table}\n30 10 10 10 - f python3 | start=100050");
    world.apply(scan(&lines(&big), 1_001));
    world.apply(scan(&lines(&big), 1_002));
    let w: Vec<_> = world.take_wanted_facts(&[], 99).iter().map(|k| k.pid).collect();
    assert!(w.contains(&10), "{w:?}");
}

#[test]
fn the_parent_of_an_exit_that_has_ended_itself_adopted_nobody() {
    let mut world = listening_to("1000.5 fork 30 < 20; 1000.6 exit 20 < 10 status=15");
    world.apply(stats(&lines("30 1 20 10 3 f make | start=100050"), "1000.61"));
    world.apply(events("1000.7 exit 30 < 20 status=15"));
    assert_eq!(logged(&world, 3), ["exit 30 make of 20 SIGTERM after 200 ms"]);
}

#[test]
fn facts_are_asked_for_by_a_confirmed_birth_only() {
    let mut world = listening_to("1000.5 fork 30 < 20; 1000.501 exec 30 cc1 a.c");
    let asked =
        |world: &mut World| world.take_wanted_facts(&[], 99).into_iter().find(|key| key.pid == 30);
    assert_eq!(asked(&mut world), None);
    world.apply(stats(&lines("30 20 20 10 3 - cc1 | start=100049"), "1000.51"));
    assert_eq!(asked(&mut world), Some(ProcessKey::at_ticks(30, 100_049)));
}

fn any_event() -> impl Strategy<Value = (u64, Pid, u8, Pid)> {
    (0_u64..40, 1_u32..9, 0_u8..7, 1_u32..9)
}

fn event((at, pid, kind, other): (u64, Pid, u8, Pid), from: u64) -> Event {
    let change = match kind {
        0 | 1 => Change::Fork { parent: other },
        2 => Change::Exec { image: None },
        3 | 4 => Change::Exit { parent: Some(other), wait_status: Some(0) },
        5 => Change::Session,
        _ => Change::Rename { comm: "other".into() },
    };
    Event { at: BootTime(from + at * 3_000_000), pid, change }
}

proptest! {
    #[test]
    fn any_events_and_scans_leave_a_world_that_agrees_with_itself(
        rounds in prop::collection::vec(
            (
                crate::world::tests::any_table(),
                prop::collection::vec(any_event(), 0..30),
                0_u8..4,
            ),
            1..6,
        ),
        creators in prop::bool::ANY,
    ) {
        let mut world = World::new(fixture::host(), 3.0);
        world.apply(event_source(EventSource::Connector));
        let mut at = 1_000_000_000_000_u64;
        for (processes, happened, kind) in rounds {
            world.keep_creators(creators);
            let began = BootTime(at);
            match kind {
                0 => {
                    let lost = Observation::Lost(None);
                    world.apply(Record { at: began, observation: lost });
                }
                1 => {
                    let stats = crate::record::Stats { began, processes, gone: vec![3, 4] };
                    world.apply(Record { at: began, observation: Observation::Stats(stats) });
                }
                _ => {
                    let scan = crate::record::Scan { began, ended: began, processes, hidden: Vec::new() };
                    world.apply(Record { at: began, observation: Observation::Scan(scan) });
                }
            }
            let happened: Vec<Event> =
                happened.into_iter().map(|drawn| event(drawn, at)).collect();
            at += 130_000_000;
            let record = Record { at: BootTime(at), observation: Observation::Events(happened) };
            world.apply(record);
            for (slot, process) in world.processes.iter().enumerate() {
                prop_assert_eq!(world.slot_of(process.key()), Some(slot));
                let is_living = world.living.get(&process.key().pid) == Some(&slot);
                prop_assert_eq!(process.ended.is_none(), is_living);
                if process.ended.is_some() {
                    prop_assert_eq!(world.ended.get(&process.key()), Some(&slot));
                }
            }
            prop_assert_eq!(world.processes.len(), world.living.len() + world.ended.len());
            let count: usize = Role::ALL.map(|role| world.count(role)).iter().sum();
            prop_assert_eq!(count, world.living.len());
            for subject in world.subjects() {
                story::story(subject);
                let process = subject.process();
                let parent = process.parent.and_then(|parent| world.slot_of(parent));
                let above = world.tree().parent(subject.slot());
                prop_assert!(above.is_none() || above == parent, "the tree is of now");
            }
            world.take_wanted_stats(4);
        }
    }
}

#[test]
fn a_name_that_nobody_read_is_not_told() {
    let world = listening_to(
        "1000.1 fork 30 < 20; 1000.2 exec 30 ?; 1000.3 fork 40 < 30; 1000.4 fork 50 < 99;
         1000.5 exit 40 status=9; 1000.6 exit 50",
    );
    let told: Vec<_> =
        world.log().entries().map(|entry| (entry.pid, entry.comm.as_deref())).collect();
    assert!(world.log().entries().all(|entry| entry.comm.as_deref() != Some("?")), "{told:?}");
}
