//! Daemons and what only looks like one; kernel threads; heads of a namespace.

use super::*;

#[test]
fn pid_two_and_its_children_are_no_kernel_threads_for_their_pid_alone() {
    check_world(
        &fixture::world("1 0 1 1 - - sh\n 2 1 1 1 - - sh\n 3 2 1 1 - - sleep"),
        "2 sh parent possible\n3 sleep child likely",
    );
}

#[test]
fn without_flags_kthreadd_is_recognized_by_what_it_lacks() {
    let lines = fixture::lines("1 0 1 1 - - systemd\n2 0 0 0 - - kthreadd\n30 2 0 0 - - kworker");
    let mut record = fixture::scan(&lines, 1_000);
    let Observation::Scan(scan) = &mut record.observation else { panic!("it is a scan") };
    scan.processes.iter_mut().for_each(|stat| stat.flags = None);
    let mut world = World::new(fixture::host(), 3.0);
    world.apply(record);
    assert!(verdict(&world, 30).starts_with(
        "kernel likely\nit hangs under kthreadd (2) and has neither an executable nor a command \
         line"
    ));
    world.apply(fixture::facts_of(&lines, 1_000));
    assert_eq!(verdict(&world, 30).lines().next(), Some("child likely"));
}

#[test]
fn a_process_from_outside_the_namespace_is_likely_a_main() {
    check_verdict(
        "300 0 300 300 1 - bash",
        300,
        "
        main likely
        its parent is outside this pid namespace, so it was brought in from there",
    );
}

#[test]
fn a_daemon_needs_all_of_its_signs() {
    let double_forked = "600 1 599 599 - f syslog | null=3";
    check_verdict(
        double_forked,
        600,
        "
        daemon likely
        no terminal is at its standard streams (/dev/null, /dev/null, /dev/null)
        its session's leader 599 has ended
        it has no controlling terminal
        its parent is 1 (systemd), which adopts processes whose creator ended",
    );
    let counterexamples = [
        ("a terminal", "600 1 599 599 7 f syslog | null=3", "orphan certain"),
        ("one stream", "600 1 599 599 - f syslog | null=1", "orphan certain"),
        ("a living leader", "600 1 600 599 - - x | null=3\n599 1 599 599 - - y", "orphan likely"),
        ("a parent", "600 590 600 600 - - x | null=3\n590 1 590 590 - - y", "child likely"),
    ];
    for (what, table, expected) in counterexamples {
        assert_eq!(verdict(&world(table), 600).lines().next(), Some(expected), "{what}");
    }
}

#[test]
fn what_was_inherited_makes_no_daemon() {
    // Workers of servers whose main was killed: null streams and a session without a leader.
    check(
        "
        601 1 599 599 - f nginx | null=3 unit=nginx.service cmd=nginx: worker process
        602 1 590 590 - - python3.11 | null=3 cmd=python3 -c from_multiprocessing.spawn --multiprocessing-fork
        603 1 591 591 - - python3.11 | fds=nff cmd=python3 -m joblib.externals.loky.backend.popen_loky_posix --pipe 22
        604 1 592 592 - - python3.11 | null=3 cmd=python3 -c \"from multiprocessing.resource_tracker import main;main(3)\"
        605 1 593 593 - f python3.11 | null=3 spare reads=7 writes=8 cmd=python3 serve.py
        606 1 606 606 - f nginx | null=3 cmd=nginx: worker process",
        "
        601 nginx orphan certain
        602 python3.11 orphan certain
        603 python3.11 orphan certain
        604 python3.11 orphan certain
        605 python3.11 orphan certain
        606 nginx orphan likely",
    );
    for streams in ["null=3", "fds=nff"] {
        let family =
            |parent: u32, main: &str| format!("{main}601 {parent} 600 600 - f api | {streams}");
        let main = format!("600 1 600 600 - - api | {streams}\n");
        let world = history(&[&family(600, &main), &family(600, &main), &family(1, "")]);
        assert_eq!(verdict(&world, 601).lines().next(), Some("orphan certain"), "{streams}");
    }
}

#[test]
fn the_middle_process_of_a_double_fork_leaves_a_daemon() {
    let mut world = world("590 1 590 590 - - sh");
    world.apply(fixture::event_source(EventSource::Connector));
    world.apply(fixture::events(
        "1000.100 fork 700 < 590; 1000.101 session 700; 1000.102 fork 701 < 700; 1000.103 exit 700",
    ));
    let later = "590 1 590 590 - - sh\n701 1 700 700 - f syslog | start=100010 fds=nff";
    watch(&mut world, &format!("{SYSTEMD}{later}"), 1_002);
    assert_eq!(verdict(&world, 701).lines().next(), Some("daemon certain"));
}

#[test]
fn a_daemons_streams_lead_where_no_person_sits() {
    let first = |fds: &str, session: u32| {
        let world = world(&format!("600 1 {session} {session} - - x | fds={fds}"));
        verdict(&world, 600).lines().next().unwrap().to_owned()
    };
    // PostgreSQL by pg_ctl, and `setsid prog </dev/null >log 2>&1`.
    assert_eq!(first("nff", 600), "daemon certain");
    assert_eq!(first("cjj", 600), "daemon certain");
    assert_eq!(first("sff", 600), "daemon likely");
    assert_eq!(first("npp", 600), "child possible", "who reads the pipes is not known");
    assert_eq!(first("ntf", 600), "child possible");
    assert_eq!(first("noo", 600), "child possible");
    // What does not lead its session may have inherited what it has.
    assert_eq!(first("nff", 599), "daemon likely");
    assert_eq!(first("sff", 599), "orphan certain");
}

#[test]
fn application_units_and_scopes_are_no_services() {
    let first = |table: &str| verdict(&world(table), 700).lines().next().unwrap().to_owned();
    assert_eq!(first("700 1 700 700 - - firefox | unit=app-firefox@1.service"), "main likely");
    assert_eq!(first("700 1 700 700 - - keyring | unit=session-2.scope"), "orphan likely");
    assert_eq!(first("700 1 700 700 - - firefox | unit=app-gnome-700.scope"), "orphan likely");
    // What was forked and never exec'd was not started by systemd, which always execs.
    let forked = verdict(&world("700 1 700 700 - f nginx | fds=nnf unit=nginx.service"), 700);
    assert!(forked.starts_with("daemon certain\nno terminal is at its standard"), "{forked}");
}

#[test]
fn the_users_own_service_manager_starts_daemons_too() {
    check(
        "
        1400 1 1400 1400 - - systemd | exe=/usr/lib/systemd/systemd cgroup=/user.slice/user@1000.service/init.scope
        1401 1400 1400 1400 - f (sd-pam) | exe=/usr/lib/systemd/systemd cgroup=/user.slice/user@1000.service/init.scope
        1410 1400 1410 1410 - - pipewire | cgroup=/user.slice/user@1000.service/session.slice/pipewire.service",
        "
        1400 systemd daemon certain
        1401 (sd-pam) child possible
        1410 pipewire daemon certain",
    );
}

#[test]
fn refused_streams_give_a_likely_daemon_that_says_so() {
    check_verdict(
        "600 1 600 600 - - polkitd | null=refused",
        600,
        "
        daemon likely
        it leads its own session
        it has no controlling terminal
        its parent is 1 (systemd), which adopts processes whose creator ended
        its standard streams could not be read: permission denied",
    );
    let led = verdict(&world("600 1 599 599 - - x | null=refused"), 600);
    assert_eq!(led.lines().next(), Some("orphan certain"));
}

#[test]
fn a_daemonic_test_process_is_daemon_only_while_its_main_lives() {
    let both = "8000 1 8000 8000 - - pexplore\n8001 8000 8000 8000 - f px-daemonic";
    let mut world = world(both);
    let test_process = crate::record::TestProcess {
        kind: TestProcessKind::Daemonic.row().name.into(),
        daemonic_main: Some(key_of(&world, 8000)),
    };
    let reported = Observation::TestProcess(key_of(&world, 8001), test_process);
    world.apply(Record { at: BootTime::from_secs(1_000), observation: reported });
    assert_eq!(
        verdict(&world, 8001),
        "daemon certain\ndaemonic child: ended by its main on a normal end; \
         known because the lab started it so"
    );
    for (second, table) in [
        (1_001, "8000 1 8000 8000 - Z pexplore | wait=9\n8001 1 8000 8000 - f px-daemonic"),
        (1_002, "8001 1 8000 8000 - f px-daemonic"),
    ] {
        watch(&mut world, &format!("{SYSTEMD}{table}"), second);
    }
    assert_eq!(
        verdict(&world, 8001),
        "orphan certain\nits creator 8000 (pexplore) ended while it lived, and 1 (systemd) adopted \
         it\nwas a daemonic child; its main ended by SIGKILL and could not end it"
    );
}

#[test]
fn a_main_that_exits_is_not_said_to_be_killed() {
    let cause = Some(Ending::Exited(1));
    assert_eq!(
        Evidence::WasDaemonic { cause }.to_string(),
        "was a daemonic child; its main ended with exit 1 and did not end it"
    );
}

#[test]
fn a_key_of_another_birth_is_another_process_for_a_daemonic_child() {
    let mut world = world(
        "8000 1 8000 8000 - - pexplore\n\
         8001 8000 8000 8000 - f px-daemonic | exe=/usr/bin/pexplore",
    );
    let earlier = ProcessKey::at_ticks(8000, 5);
    let test_process =
        crate::record::TestProcess { kind: "daemonic".into(), daemonic_main: Some(earlier) };
    let reported = Observation::TestProcess(key_of(&world, 8001), test_process);
    world.apply(Record { at: BootTime::from_secs(1_000), observation: reported });
    assert_eq!(verdict(&world, 8001).lines().next(), Some("child likely"));
}
