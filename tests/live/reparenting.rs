//! Roles of plain Unix families: children, parents, orphans, daemons, zombies.

use rustix::process::Signal;

use crate::fork;
use crate::harness::needs::{need, need_root};
use crate::harness::processes::{children_of, command_line, end, kill, stat};
use crate::harness::wait::wait_for;
use crate::support::test_processes::TestProcesses;
use crate::support::{Snapshot, run, settled, snapshot};

#[test]
fn a_family_has_a_main_a_parent_and_children_of_both_kinds() {
    let mut test_processes = TestProcesses::new();
    let main = fork::start(&mut test_processes, "family");
    let [fork, middle, leaf, exec, setsid] =
        ["fork", "middle", "leaf", "exec", "setsid"].map(|name| main.pid_of(name));
    let shot = settled(&[
        (main.pid, "main certain spawn - -"),
        (fork, "child likely fork - -"),
        (middle, "parent likely fork - -"),
        (leaf, "child likely fork - -"),
        (exec, "child likely spawn - -"),
        (setsid, "child likely fork - -"),
    ]);
    for (child, parent) in [(fork, main.pid), (leaf, middle), (exec, main.pid)] {
        assert_eq!(shot.of(child)["creator_pid"], parent);
        assert_eq!(shot.of(child)["ppid"], parent);
        assert!(shot.of(child)["logical_ppid"].is_null());
    }
    assert_eq!((shot.of(main.pid)["children"].as_u64()), Some(4));
    assert_eq!((shot.of(main.pid)["descendants"].as_u64()), Some(5));
    assert_eq!(shot.of(setsid)["sid"], setsid);

    end(main.pid);
    let shot = snapshot();
    assert_eq!(shot.of(leaf)["role"], "child", "its creator lives: {}", shot.evidence(leaf));
    assert_eq!(shot.of(leaf)["creator_pid"], middle);
}

/// Waits until another process has adopted it, and looks.
fn adopted(pid: u32, creator: u32) -> Snapshot {
    wait_for("the adoption", || stat(pid)?.field::<u32>(4).filter(|parent| *parent != creator));
    snapshot()
}

#[test]
fn an_orphan_is_known_by_the_group_that_its_creator_led() {
    let mut test_processes = TestProcesses::new();
    let orphan = fork::start(&mut test_processes, "orphan-of-group").pid_of("orphan");
    let group = wait_for("its group", || stat(orphan)?.field::<u32>(5));
    let shot = adopted(orphan, group);
    assert_eq!(shot.of(orphan)["role"], "orphan", "{:#}", shot.of(orphan));
    assert!(shot.of(orphan)["creator_pid"].is_null(), "its creator was never seen");
    let sign = format!("its process group's leader {group} has ended");
    assert!(shot.evidence(orphan).contains(&sign), "{}", shot.evidence(orphan));
}

#[test]
fn an_orphan_is_known_by_the_session_that_its_creator_led() {
    let mut test_processes = TestProcesses::new();
    let orphan = fork::start(&mut test_processes, "orphan-of-session").pid_of("orphan");
    let session = wait_for("its session", || stat(orphan)?.field::<u32>(6));
    let shot = adopted(orphan, session);
    assert_eq!(shot.of(orphan)["role"], "orphan", "{:#}", shot.of(orphan));
    assert!(shot.of(orphan)["creator_pid"].is_null(), "its creator was never seen");
    let sign = format!("its session {session}, which it does not lead");
    assert!(shot.evidence(orphan).contains(&sign), "{}", shot.evidence(orphan));
    // Below a subreaper that leads a session of its own, the same sign is only likely.
    let is_under_init = shot.of(orphan)["ppid"] == 1;
    assert!(!is_under_init || shot.of(orphan)["confidence"] == "certain");
}

#[test]
fn an_orphan_that_leads_a_session_is_no_daemon_and_no_certain_child() {
    let mut test_processes = TestProcesses::new();
    let main = fork::start(&mut test_processes, "setsid-orphan");
    let orphan = main.pid_of("orphan");
    wait_for("its session", || {
        let stat = stat(orphan)?;
        (stat.field(6) == Some(orphan) && stat.field(4) != Some(main.pid)).then_some(())
    });
    let shot = snapshot();
    assert_ne!(shot.of(orphan)["role"], "daemon", "its streams are pipes");
    assert_ne!(shot.of(orphan)["confidence"], "certain", "{}", shot.evidence(orphan));
}

#[test]
fn a_double_fork_with_null_streams_is_a_daemon() {
    // Without having seen it, a worker that a service left behind looks the same.
    check_daemon("double-fork", "likely", "session's leader");
}

#[test]
fn a_daemon_of_the_library_function_is_a_daemon() {
    check_daemon("daemon", "certain", "leads its own session");
}

fn check_daemon(kind: &str, confidence: &str, sign: &str) {
    let mut test_processes = TestProcesses::new();
    let daemon = fork::start(&mut test_processes, kind).pid_of("daemon");
    let shot = settled(&[(daemon, &format!("daemon {confidence} fork - -"))]);
    let evidence = shot.evidence(daemon);
    assert!(evidence.contains("standard streams (/dev/null, /dev/null, /dev/null)"), "{evidence}");
    assert!(evidence.contains(sign), "{evidence}");
    assert!(shot.of(daemon)["tty"].is_null());
}

#[test]
fn zombies_show_how_they_ended_to_who_may_know() {
    let mut test_processes = TestProcesses::new();
    let main = fork::start(&mut test_processes, "zombies");
    let [exited, killed] = ["exited", "killed"].map(|name| main.pid_of(name));
    for pid in [exited, killed] {
        wait_for("the zombie", || stat(pid)?.field::<char>(3).filter(|state| *state == 'Z'));
    }
    let shot = snapshot();
    let own_uid = u64::from(rustix::process::geteuid().as_raw());
    for pid in [exited, killed] {
        let zombie = shot.of(pid);
        assert_eq!((&zombie["state"], &zombie["role"]), (&"Z".into(), &"child".into()));
        assert_eq!(zombie["creator_pid"], main.pid);
        assert_eq!(zombie["uid"].as_u64(), Some(own_uid), "a zombie still has its user");
        assert_eq!(zombie["cmdline"].as_array().map(Vec::len), Some(0));
        assert!(zombie["exe"].is_null());
    }
    assert_eq!(shot.of(main.pid)["children"], 2);
    assert_eq!(shot.of(main.pid)["role"], "child", "it has no living child");
    if rustix::process::geteuid().is_root() {
        assert_eq!(shot.of(exited)["exit"]["code"], 3);
        assert!(shot.of(exited)["exit"]["signal"].is_null());
        assert_eq!(shot.of(killed)["exit"]["signal"], "SIGKILL");
        assert!(shot.of(killed)["exit"]["code"].is_null());
        assert_eq!(shot.of(killed)["exit"]["core_dumped"], false);
    }
}

#[test]
fn a_stopped_process_keeps_its_role() {
    if !need("sleep") {
        return;
    }
    let mut test_processes = TestProcesses::new();
    let mut command = test_processes.command("sleep");
    let pid = test_processes.start(command.arg("1000")).pid;
    kill(pid, Signal::STOP);
    wait_for("the stop", || stat(pid)?.field::<char>(3).filter(|state| *state == 'T'));
    let shot = settled(&[(pid, "child likely spawn - -")]);
    assert_eq!(shot.of(pid)["state"], "T");
}

#[test]
fn a_child_of_a_script_is_no_job() {
    let mut test_processes = TestProcesses::new();
    let mut command = test_processes.command("sh");
    let script = "sleep 1000 & echo px sleep $!; wait";
    let shell = test_processes.start(command.args(["-c", script]));
    let sleep = shell.pid_of("sleep");
    settled(&[(shell.pid, "parent likely spawn - -"), (sleep, "child likely spawn - -")]);
}

#[test]
fn the_first_process_of_a_namespace_is_a_main_from_both_sides() {
    if !need_root() || !need("unshare") {
        return;
    }
    let mut test_processes = TestProcesses::new();
    let mut command = test_processes.command("unshare");
    command.args(["--pid", "--fork", "--kill-child", "sh", "-c", "sleep 1008 & wait"]);
    let outer = test_processes.start(&mut command).pid;
    let only_child = |pid: u32| {
        wait_for("a child", || {
            let [child] = children_of(pid)[..] else { return None };
            (!command_line(child).starts_with("unshare")).then_some(child)
        })
    };
    let init = only_child(outer);
    let inner = only_child(init);
    let shot = settled(&[(init, "main certain spawn - -")]);
    assert!(shot.evidence(init).contains("pid 1 of a pid namespace of its own"));
    // Its parent adopts, so that nothing tells whether it created this one: the origin is no surer.
    assert_eq!(shot.of(inner)["ppid"], init);
    assert_eq!(shot.of(inner)["confidence"], "possible");
    assert!(shot.of(inner)["creator_pid"].is_null(), "{:#}", shot.of(inner));

    let mut command = test_processes.command("unshare");
    command.args(["--pid", "--fork", "--mount-proc", env!("CARGO_BIN_EXE_pexplore")]);
    let printed = run(command.args(["snapshot", "--format", "json", "-d", "0.05"]));
    let shot = printed.json();
    let [own] = &shot["processes"].as_array().unwrap()[..] else { panic!("{shot:#}") };
    assert_eq!((&own["pid"], &own["ppid"], &own["role"]), (&1.into(), &0.into(), &"main".into()));
    assert!(own["start_method"].is_null() && own["creator_pid"].is_null());
}
