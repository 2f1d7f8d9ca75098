//! Births and execs: names, programs, and births that a later read corrects.

use super::*;

fn origin(world: &World, pid: Pid) -> String {
    story::origin(world.subject(id_of(world, pid)).unwrap()).unwrap()
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
    assert_eq!(ghost.known_creator(), Some(id_of(&world, 20)));
}

#[test]
fn a_forked_child_is_a_copy_of_its_creator_until_it_becomes_another_program() {
    let mut world = listening_to("1000.5 fork 30 < 20");
    let child = world.living(30).unwrap();
    assert_eq!((&*child.stat.comm, child.stat.pgid, child.stat.ppid), ("make", Some(20), 20));
    assert_eq!(child.executable(), Some("/usr/bin/make"));
    assert_eq!(child.verdict.role, Role::Child);
    assert_eq!(origin(&world, 30), "forked by 20 (make), never exec'd");
    world.apply(events("1000.502 exec 30 python3 setup.py; 1000.6 exec 30 gunicorn"));
    assert_eq!(
        origin(&world, 30),
        "forked by 20 (make), exec'd python3 after 2.0 ms, exec'd gunicorn after 98 ms"
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
    assert_eq!(origin(&world, 30), "forked by 20 (make), exec'd cc1 after 2.0 ms");
}

#[test]
fn the_arguments_that_a_process_had_before_an_unknown_program_are_not_reported_of_it() {
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
fn a_provisional_birth_is_corrected_by_the_next_read_and_the_process_keeps_its_id() {
    // The child's start lies in the tick before that of the event.
    let mut world = listening_to("1000.5 fork 30 < 20; 1000.501 fork 31 < 30");
    let id = id_of(&world, 30);
    assert_ne!(world.key(id), Some(ProcessKey::at_ticks(30, 100_049)));
    world.apply(stats(&lines("30 20 20 10 3 f make | start=100049"), "1000.51"));
    assert_eq!(world.key(id), Some(ProcessKey::at_ticks(30, 100_049)));
    assert_eq!(id_of(&world, 30), id, "it is one process, by whatever key");
    let child = world.living(31).unwrap();
    assert_eq!((child.parent, child.known_creator()), (Some(id), Some(id)));
    assert_eq!(world.log().since(0).map(|entry| entry.creator).last(), Some(Some(id)));
    assert_eq!(world.processes().len(), 5, "it is one process");
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
fn the_tree_is_that_of_the_corrected_keys() {
    let mut world = listening_to("1000.5 fork 30 < 20; 1000.501 fork 31 < 30");
    // another of the same read changes structure: a newly found process
    world.apply(stats(
        &lines("30 20 20 10 3 f make | start=100049\n77 10 77 10 3 - vim | start=100040"),
        "1000.51",
    ));
    let p = world.subject(id_of(&world, 31)).unwrap().parent().map(Subject::pid);
    assert_eq!(p, Some(30));
}

#[test]
fn a_family_recognized_by_pipes_is_read_again_after_a_birth_that_an_event_reported() {
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
fn facts_are_asked_for_by_a_confirmed_birth_only() {
    let mut world = listening_to("1000.5 fork 30 < 20; 1000.501 exec 30 cc1 a.c");
    let asked =
        |world: &mut World| world.take_wanted_facts(&[], 99).into_iter().find(|key| key.pid == 30);
    assert_eq!(asked(&mut world), None);
    world.apply(stats(&lines("30 20 20 10 3 - cc1 | start=100049"), "1000.51"));
    assert_eq!(asked(&mut world), Some(ProcessKey::at_ticks(30, 100_049)));
}

#[test]
fn a_name_that_nobody_read_is_not_reported() {
    let world = listening_to(
        "1000.1 fork 30 < 20; 1000.2 exec 30 ?; 1000.3 fork 40 < 30; 1000.4 fork 50 < 99;
         1000.5 exit 40 status=9; 1000.6 exit 50",
    );
    let reported: Vec<_> =
        world.log().entries().map(|entry| (entry.pid, entry.comm.as_deref())).collect();
    assert!(world.log().entries().all(|entry| entry.comm.as_deref() != Some("?")), "{reported:?}");
}
