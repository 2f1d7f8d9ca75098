//! Families of Python's multiprocessing.

use super::*;

/// A Python family's short runtime name is long; the fixtures write `py`.
#[track_caller]
fn check_python(table: &str, expected: &str) {
    check(table, &expected.replace(" py ", " python-multiprocessing "));
}

const FORKSERVER_3_14: &str = "cmd=python3 -B -c \"import sys; from multiprocessing.forkserver \
    import main; main(3, 5, ['__main__'], sys_argv=sys.argv[1:], **{'authkey_r': 9})\" train.py -v";
const FORKSERVER: &str =
    "cmd=python3 -c \"from multiprocessing.forkserver import main; main(3, 5, [])\"";
const TRACKER: &str =
    "cmd=python3 -c \"from multiprocessing.resource_tracker import main;main(3)\"";
const SPAWNED: &str = "cmd=python3 -B -c \"from multiprocessing.spawn import spawn_main; \
    spawn_main(tracker_fd=4, pipe_handle=6)\" --multiprocessing-fork";

#[test]
fn a_spawned_family_is_recognized_by_its_command_lines() {
    check_python(
        &format!(
            "
            100 1 100 100 - - python3.11 | cmd=python3.11 train.py
            101 100 100 100 - - python3.11 | reads=40 {TRACKER}
            102 100 100 100 - - python3.11 | reads=201 writes=101,40 spare {SPAWNED}
            103 100 100 100 - - python3.11 | cmd=python3.11 other.py"
        ),
        "
        100 py main spawn
        101 py resource-tracker spawn
        102 py worker spawn",
    );
}

#[test]
fn frozen_programs_and_old_interpreters_are_known_too() {
    check_python(
        "
        100 1 100 100 - - pypy3 | cmd=pypy3 app.py
        102 100 100 100 - - pypy3 | cmd=app --multiprocessing-fork tracker_fd=4 pipe_handle=6",
        "
        100 py main spawn
        102 py worker spawn",
    );
    check("102 1 100 100 - - app | cmd=app --multiprocessing-fork", "");
}

#[test]
fn a_forked_worker_is_distinguished_from_a_plain_fork_by_its_sentinel() {
    check_python(
        "
        100 1 100 100 - - python3 | reads=7,101 writes=7,201 cmd=python3 train.py
        102 100 100 100 - f python3 | spare reads=201 writes=101 cmd=python3 train.py
        103 100 100 100 - f python3 | reads=7,101 writes=7,201 cmd=python3 train.py
        104 100 100 100 - f python3 | spare reads=7,101 writes=7,201 cmd=python3 train.py",
        "
        100 py main spawn
        102 py worker fork",
    );
}

#[test]
fn a_plain_fork_alone_makes_no_family() {
    let table = "
        100 1 100 100 - - python3 | reads=101 writes=201 cmd=python3 train.py
        103 100 100 100 - f python3 | reads=101 writes=201 cmd=python3 train.py";
    check(table, "");
    let world = fixture::world(table);
    let forked = world.subjects().find(|subject| subject.pid() == 103).unwrap();
    assert_eq!(start_method(forked), Some(StartMethod::Fork));
}

#[test]
fn the_labs_forkserver_is_a_template_for_its_children_alone() {
    let world = fixture::world(
        "100 1 100 100 - - px-main
        101 100 100 100 - f px-forkserver
        102 101 100 100 - f px-server-child
        103 102 100 100 - f px-child",
    );
    assert_eq!(families(&world), "101 pexplore-lab forkserver fork\n");
    let methods: Vec<_> = world.subjects().filter_map(start_method).collect();
    let words: Vec<&str> = methods.into_iter().map(|method| method.into_str()).collect();
    assert_eq!(words.join(" "), "spawn fork forkserver fork");
}

#[test]
fn a_forkservers_worker_has_its_main_as_logical_parent() {
    for server in [FORKSERVER, FORKSERVER_3_14] {
        check_python(
            &format!(
                "
                100 1 100 100 - - python3 | reads=101 writes=41,201 cmd=python3 train.py -v
                101 100 100 100 - - python3 | reads=41 writes=301 {server}
                102 101 100 100 - f python3 | spare reads=201 writes=41,101 {server}
                103 101 100 100 - f python3 | spare reads=202 writes=41,102,201 {server}"
            ),
            "
            100 py main spawn
            101 py forkserver spawn
            102 py worker forkserver of 100
            103 py worker forkserver of none",
        );
    }
}

#[test]
fn a_pipe_that_the_forkserver_reads_too_leads_to_no_logical_parent() {
    // Main ended; what still writes is the program that feeds everyone's standard input.
    check_python(
        &format!(
            "
            90 1 90 90 - - python3 | writes=7 cmd=python3 feeder.py
            101 1 100 100 - - python3 | reads=7,41 {FORKSERVER}
            102 101 100 100 - f python3 | spare reads=7,201 writes=41,101 {FORKSERVER}"
        ),
        "
        101 py forkserver spawn
        102 py worker forkserver of none",
    );
}

#[test]
fn a_logical_parent_is_not_said_to_have_ended_while_pipes_are_unread() {
    check_python(
        &format!(
            "
            100 1 100 100 - - python3 | cmd=python3 train.py
            101 100 100 100 - - python3 | reads=41 {FORKSERVER}
            102 101 100 100 - f python3 | spare reads=201 writes=101 {FORKSERVER}"
        ),
        "
        100 py main spawn
        101 py forkserver spawn
        102 py worker forkserver",
    );
}

#[test]
fn a_logical_parent_that_was_known_has_ended_with_its_process_though_other_pipes_are_unread() {
    // The last is another user's.
    let table = format!(
        "
        100 1 100 100 - - python3 | reads=101 writes=41,201 cmd=python3 train.py
        101 100 100 100 - - python3 | reads=41 {FORKSERVER}
        102 101 100 100 - f python3 | spare reads=201 writes=41,101 {FORKSERVER}
        700 1 700 700 - - python3 | cmd=python3 other.py"
    );
    let mut world = fixture::world(&table);
    let of_100 = "100 py main spawn\n101 py forkserver spawn\n102 py worker forkserver of 100\n";
    assert_eq!(families(&world).replace("python-multiprocessing", "py"), of_100);
    let after: Vec<&str> = table.lines().filter(|line| !line.contains("train.py")).collect();
    fixture::watch(&mut world, &after.join("\n").replace("101 100 100", "101 1 100"), 1_100);
    let of_none = "101 py forkserver spawn\n102 py worker forkserver of none\n";
    assert_eq!(families(&world).replace("python-multiprocessing", "py"), of_none);
}

#[test]
fn what_a_forkservers_worker_forks_comes_from_no_forkserver() {
    let table = format!(
        "
        100 1 100 100 - - python3 | reads=101 writes=41,201 cmd=python3 train.py
        101 100 100 100 - - python3 | reads=41 {FORKSERVER}
        102 101 100 100 - f python3 | spare reads=201,105 writes=101,205 {FORKSERVER}
        103 102 100 100 - f python3 | spare reads=201 writes=101 {FORKSERVER}
        104 102 100 100 - f python3 | spare reads=205 writes=105 {FORKSERVER}"
    );
    check_python(
        &table,
        "
        100 py main spawn
        101 py forkserver spawn
        102 py worker forkserver of 100
        104 py worker fork",
    );
    let world = fixture::world(&table);
    let forked = world.subjects().find(|subject| subject.pid() == 103).unwrap();
    assert_eq!(start_method(forked), Some(StartMethod::Fork));
}

#[test]
fn nested_forkservers_give_each_level_its_own_parent() {
    check_python(
        &format!(
            "
            100 1 100 100 - - python3 | reads=101 writes=41,201 cmd=python3 train.py
            101 100 100 100 - - python3 | reads=41 {FORKSERVER}
            102 101 100 100 - f python3 | spare reads=102,201 writes=43,101,202 {FORKSERVER}
            103 102 100 100 - - python3 | reads=43 {FORKSERVER}
            104 103 100 100 - f python3 | spare reads=202 writes=43,102 {FORKSERVER}"
        ),
        "
        100 py main spawn
        101 py forkserver spawn
        102 py worker forkserver of 100
        103 py forkserver spawn
        104 py worker forkserver of 102",
    );
}

/// Two forked workers of a main, each line with more pipes.
fn pair(main: &str, first: &str, second: &str) -> String {
    format!(
        "
        100 1 100 100 - - python3 | {main} cmd=python3 pool.py
        102 100 100 100 - f python3 | spare {first} cmd=python3 pool.py
        103 100 100 100 - f python3 | spare {second} cmd=python3 pool.py"
    )
}

#[test]
fn pool_workers_hold_one_end_each_of_two_shared_pipes() {
    let pool = "100 py main spawn\n102 py pool-worker fork\n103 py pool-worker fork";
    check_python(
        &pair(
            "reads=31,101,102 writes=30,201,202",
            "reads=30,201 writes=31,101",
            "reads=30,101,202 writes=31,102,201",
        ),
        pool,
    );
    let workers = "100 py main spawn\n102 py worker fork\n103 py worker fork";
    // Users of a Queue and the workers of an executor keep both ends of both.
    check_python(
        &pair(
            "reads=30,31,101,102 writes=30,31,201,202",
            "reads=30,31,201 writes=30,31,101",
            "reads=30,31,101,202 writes=30,31,102,201",
        ),
        workers,
    );
    // Nor is it a pool if one of them keeps one end more.
    check_python(
        &pair(
            "reads=31,101,102 writes=30,201,202",
            "reads=30,201 writes=30,31,101",
            "reads=30,101,202 writes=31,102,201",
        ),
        workers,
    );
    // Only tasks are shared: each answers over a pipe of its own.
    check_python(
        &pair(
            "reads=101,102 writes=30,201,202",
            "reads=30,201 writes=101",
            "reads=30,202 writes=102",
        ),
        workers,
    );
}

#[test]
fn forked_siblings_that_inherit_one_anothers_sentinels_are_no_pool() {
    let workers = |main: &str| {
        format!(
            "
            100 1 100 100 - - python3 | {main} cmd=python3 train.py
            102 100 100 100 - - python3 | reads=201 writes=101 {SPAWNED}
            103 100 100 100 - - python3 | reads=101,202 writes=102,201 {SPAWNED}
            104 100 100 100 - - python3 | reads=101,102,203 writes=103,201,202 {SPAWNED}"
        )
    };
    let expected =
        "100 py main spawn\n102 py worker spawn\n103 py worker spawn\n104 py worker spawn";
    check_python(&workers("reads=101,102,103 writes=201,202,203"), expected);
    // Nor while main's pipes are not read yet.
    check_python(&workers(""), expected);
}

#[test]
fn a_worker_keeps_its_part_when_its_main_ends_until_it_execs() {
    let pool = pair(
        "reads=31,101,102 writes=30,201,202",
        "reads=30,201 writes=31,101",
        "reads=30,101,202 writes=31,102,201",
    );
    let plain = pair(
        "reads=101,102 writes=201,202",
        "reads=201 writes=101",
        "reads=101,202 writes=102,201",
    );
    for (table, part) in [(pool, "pool-worker"), (plain, "worker")] {
        let orphaned: String = table
            .lines()
            .filter(|line| !line.trim().starts_with("100 "))
            .fold(String::new(), |all, line| {
                all + &line.replace(" 100 100 100", " 1 100 100") + "\n"
            });
        let mut world = fixture::world(&table);
        watch(&mut world, &orphaned, 1_001);
        let kept = format!("102 py {part} fork\n103 py {part} fork\n");
        assert_eq!(families(&world), kept.replace(" py ", " python-multiprocessing "));
        watch(&mut world, "102 1 100 100 - - sleep\n103 1 100 100 - f python3", 1_002);
        assert!(families(&world).starts_with("103 ") && !families(&world).contains("102"));
    }
}

#[test]
fn a_managers_server_ignores_interrupts_and_has_threads() {
    check_python(
        &format!(
            "
            100 1 100 100 - - python3 | cmd=python3 train.py
            102 100 100 100 - - python3 | threads=2 ignores=2 {SPAWNED}
            103 100 100 100 - - python3 | threads=2 {SPAWNED}
            104 100 100 100 - - python3 | ignores=2 {SPAWNED}"
        ),
        "
        100 py main spawn
        102 py manager spawn
        103 py worker spawn
        104 py worker spawn",
    );
}
