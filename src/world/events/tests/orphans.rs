//! Orphans and those who adopt them.

use super::*;

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
    assert_eq!(world.living(30).unwrap().history.adoption.as_ref().unwrap().adopter, None);
    assert!(world.take_wanted_stats(9).contains(&30));
    world.apply(stats(&lines("30 1 20 10 3 f make | start=100050"), "1000.61"));
    assert_eq!(logged(&world, 2), ["orphan 30 make of 20 adopted by Some(1)"]);
    assert_eq!(
        story::story(world.subject(id_of(&world, 30)).unwrap())[1],
        "Its creator 20 (make) ended (SIGKILL) when it was 100 ms old, and 1 (systemd) adopted it."
    );
}

#[test]
fn an_adopter_that_is_not_init_is_learned_as_a_subreaper() {
    let mut world = listening_to("1000.5 fork 30 < 20; 1000.6 exit 20 < 10 status=0");
    world.apply(stats(&lines("30 10 20 10 3 f make | start=100050"), "1000.61"));
    let bash = id_of(&world, 10);
    assert!(world.is_learned_subreaper(bash));
    // It is remembered as one for as long as it lives.
    world.apply(events("1000.7 exit 10 < 1 status=0"));
    assert!(!world.is_learned_subreaper(bash));
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

/// Kind and pid of each line, and under whom it is reported to have stood.
fn logged_under(world: &World) -> Vec<(&'static str, Pid, Option<Pid>)> {
    world.log().entries().map(|entry| (entry.what.into_str(), entry.pid, entry.parent)).collect()
}

#[test]
fn an_adoption_that_is_read_first_is_reported_after_the_end_that_it_came_of() {
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
        assert_eq!(world.living(30).unwrap().parent, Some(id_of(&world, 20)));
        world.apply(events("1001.6 exit 20 < 10 status=9"));
        assert_eq!(logged_under(&world)[1..], [("exit", 20, Some(10)), ("orphan", 30, Some(20))]);
        let orphan = world.living(30).unwrap();
        let adoption = orphan.history.adoption.as_ref().unwrap();
        assert_eq!(orphan.parent, Some(id_of(&world, 1)));
        assert_eq!((adoption.adopter, adoption.at.0), (orphan.parent, 1_001_600_000_000));
        assert_eq!(logged(&world, 2), ["orphan 30 make of 20 adopted by Some(1)"]);
    }
}

#[test]
fn an_adoption_is_reported_though_its_creator_lives_on_or_its_end_is_lost() {
    let table = format!("{TABLE}\n30 1 20 10 3 f make | start=100050");
    let mut world = listening_to("1000.5 fork 30 < 20");
    watch(&mut world, &table, 1_001);
    watch(&mut world, &table, 1_002);
    assert_eq!(logged_under(&world)[1..], [("orphan", 30, Some(20))]);
    let mut world = listening_to("1000.5 fork 30 < 20");
    watch(&mut world, &table, 1_001);
    lost(&mut world, 1_002);
    watch(&mut world, &table.replace("20 10 20 10 3 - make", ""), 1_003);
    assert_eq!(logged_under(&world)[2..], [("exit", 20, Some(10)), ("orphan", 30, Some(20))]);
}

#[test]
fn a_second_adoption_is_reported_after_the_end_of_the_first_adopter() {
    let mut world = listening_to("1000.5 fork 30 < 20; 1000.6 exit 20 < 10 status=9");
    world.apply(stats(&lines("30 10 20 10 3 f make | start=100050"), "1000.61"));
    world.apply(stats(&lines("30 1 20 10 3 f make | start=100050"), "1000.71"));
    world.apply(events("1000.72 exit 10 < 1 status=9"));
    assert_eq!(
        logged_under(&world)[1..],
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
fn who_was_found_adopted_before_its_birth_was_reported_is_an_orphan_from_its_creators_end_on() {
    let table = format!("{TABLE}\n31 1 20 10 3 f make | start=100050");
    let mut world = listening_to("1000.4 fork 30 < 20");
    watch(&mut world, &table, 1_001);
    world.apply(events("1000.5 fork 31 < 30; 1000.6 exit 30 < 20 status=9"));
    let reported = [
        ("fork", 30, Some(20)),
        ("fork", 31, Some(1)),
        ("exit", 30, Some(20)),
        ("orphan", 31, Some(30)),
    ];
    assert_eq!(logged_under(&world), reported);
    assert_eq!(logged(&world, 3), ["orphan 31 make of 30 adopted by Some(1)"]);
    // The end may come a batch later.
    let mut world = listening_to("1000.4 fork 30 < 20");
    watch(&mut world, &table, 1_001);
    world.apply(events("1000.5 fork 31 < 30"));
    world.apply(events("1000.6 exit 30 < 20 status=9"));
    assert_eq!(logged_under(&world), reported);
    // It may have come before, and nobody reaps the creator.
    let mut world = listening_to("1000.4 fork 30 < 20; 1000.6 exit 30 < 20 status=9");
    let zombie = format!("{table}\n30 20 20 10 3 fZ make | start=100040");
    watch(&mut world, &zombie, 1_001);
    world.apply(events("1000.5 fork 31 < 30"));
    assert_eq!(logged_under(&world)[2..], [("fork", 31, Some(1)), ("orphan", 31, Some(30))]);
    let adoption = world.living(31).unwrap().history.adoption.as_ref().unwrap();
    assert_eq!(adoption.at.0, 1_000_600_000_000);
}

#[test]
fn a_child_whose_end_is_reported_before_its_parents_is_reported_after_it_all_the_same() {
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
            logged_under(world)[3..],
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
    assert_eq!(logged_under(&world)[4..], [("orphan", 32, Some(31)), ("exit", 32, Some(1))]);
}

#[test]
fn who_was_adopted_and_ended_before_anyone_could_look_is_recognized_by_its_exit() {
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
fn who_is_left_by_a_zombie_is_reported_once_to_be_an_orphan() {
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
fn a_cause_that_is_learned_late_is_in_the_reasons_of_those_left_behind() {
    let mut world = World::new(fixture::host(), 3.0);
    world.apply(event_source(EventSource::Pidfd));
    watch(&mut world, &format!("{TABLE}\n30 20 20 10 3 f make | start=100001"), 1_001);
    let main = key_of(&world, 20);
    let test_process =
        crate::record::TestProcess { kind: "daemonic".into(), daemonic_main: Some(main) };
    let reported = Observation::TestProcess(key_of(&world, 30), test_process);
    world.apply(Record { at: BootTime::from_secs(1_001), observation: reported });
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
fn a_corrected_parent_leaves_no_orphan_in_the_same_read() {
    let mut world = listening_to("1000.5 fork 30 < 20; 1000.501 fork 31 < 30");
    world.apply(stats(
        &lines("30 20 20 10 3 f make | start=100049\n31 30 20 10 3 f make | start=100050"),
        "1000.51",
    ));
    assert!(world.living(31).unwrap().history.adoption.is_none());
}

#[test]
fn a_corrected_parent_leaves_no_orphan_in_the_same_scan() {
    let mut world = listening_to("1000.5 fork 30 < 20; 1000.501 fork 31 < 30");
    let t = format!(
        "{TABLE}\n30 20 20 10 3 f make | start=100049\n31 30 20 10 3 f make | start=100050"
    );
    watch(&mut world, &t, 1001);
    assert!(world.living(31).unwrap().history.adoption.is_none());
}

#[test]
fn a_subreaper_is_remembered_whatever_its_key() {
    let mut world = listening_to(
        "1000.5 fork 30 < 20; 1000.501 fork 31 < 30; 1000.502 fork 32 < 31; 1000.503 exit 31 < 30 status=0",
    );
    // 32 is adopted by 30, whose birth is provisional still
    world.apply(stats(&lines("32 30 20 10 3 f make | start=100050"), "1000.51"));
    assert!(world.is_learned_subreaper(id_of(&world, 30)));
    world.apply(stats(&lines("30 20 20 10 3 f make | start=100049"), "1000.52"));
    assert!(world.is_learned_subreaper(id_of(&world, 30)));
}

#[test]
fn an_adopter_may_show_a_scan_later() {
    let mut world = fixture::world(TABLE);
    // 20's parent 10 ended, adopter 50 unknown to this scan
    watch(&mut world, "1 0 1 1 - - systemd\n20 50 20 10 3 - make", 1_001);
    watch(&mut world, "1 0 1 1 - - systemd\n50 1 50 50 - - reaper\n20 50 20 10 3 - make", 1_002);
    assert!(world.living(20).unwrap().history.adoption.as_ref().unwrap().adopter.is_some());
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
    let dead: Vec<_> = world.history().lives().map(Process::id).collect();
    let key = dead.iter().find(|k| k.pid == 60).copied().unwrap();
    assert!(world.recall(key));
}

#[test]
fn the_parent_of_an_exit_that_has_ended_itself_adopted_nobody() {
    let mut world = listening_to("1000.5 fork 30 < 20; 1000.6 exit 20 < 10 status=15");
    world.apply(stats(&lines("30 1 20 10 3 f make | start=100050"), "1000.61"));
    world.apply(events("1000.7 exit 30 < 20 status=15"));
    assert_eq!(logged(&world, 3), ["exit 30 make of 20 SIGTERM after 200 ms"]);
}
