//! That nothing of a program, of what it started, and of its files is left, whoever is killed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::process::Signal;

use crate::harness::processes::{Key, environment, pids, stat};
use crate::host::{Host, eventually, has_python, run_of};

type Who = fn(&Host) -> Key;
const HOST: Who = Host::key;
const HELPER: Who = |host| host.member("px-helper");
const GUARD: Who = |host| host.member("px-guard");

/// Programs that are hard to reach: a pool with a stopped worker, orphaned workers, a session
/// with jobs, a program below an orphan under init, what another one left under init, which is
/// nobody's member or descendant, and one that has left its session.
fn populate(host: &mut Host) {
    let session = host.start("session");
    if has_python() {
        host.python("pool", session);
        let [_, busy, _] = ["main", "busy", "idle"].map(|name| host.participant(name));
        busy.stop();
        host.python("executor", session);
        let [main, orphan, other] =
            ["main", "worker-1", "worker-2"].map(|name| host.participant(name));
        main.send(Signal::KILL);
        eventually("its workers are orphans", || main.is_gone());
        orphan.stop();
        assert!(!other.has_ended());
    }
    let jobs = [host.sleep(session), host.sleep(session)];
    jobs[0].stop();
    let orphan = host.start("orphan");
    let below = host.run(orphan, &["sh", "-c", "sleep 1000 & sleep 1000"]);
    eventually("it has children", || {
        pids().filter_map(stat).filter(|stat| stat.ppid == below.pid).count() == 2
    });
    below.stop();
    let left = host.run(orphan, &["sh", "-c", "sleep 1000 & exit"]);
    eventually("it has ended", || left.has_ended());
    host.run(session, &["setsid", "sh", "-c", "sleep 1000 & exit"]);
}

fn check_end(victims: &[(Who, Signal)]) {
    let mut host = Host::new();
    populate(&mut host);
    let targets: Vec<(Key, Signal)> = victims.iter().map(|(who, it)| (who(&host), *it)).collect();
    for (key, signal) in &targets {
        key.send(*signal);
    }
    let signals: Vec<Signal> = targets.iter().map(|target| target.1).collect();
    host.assert_nothing_is_left(&format!("{signals:?}"));
}

#[test]
fn a_normal_close_leaves_nothing() {
    let mut host = Host::new();
    populate(&mut host);
    host.close();
    assert!(host.is_clean(), "{:?} {:?}", host.marked(), host.files());
}

#[test]
fn nothing_outlives_a_killed_host() {
    check_end(&[(HOST, Signal::KILL)]);
}

#[test]
fn nothing_outlives_a_killed_helper() {
    check_end(&[(HELPER, Signal::KILL)]);
}

#[test]
fn nothing_outlives_a_killed_guard() {
    check_end(&[(GUARD, Signal::KILL)]);
}

#[test]
fn nothing_outlives_helper_and_guard() {
    check_end(&[(HELPER, Signal::KILL), (GUARD, Signal::KILL)]);
    check_end(&[(GUARD, Signal::KILL), (HELPER, Signal::KILL)]);
}

#[test]
fn nothing_outlives_host_and_helper() {
    check_end(&[(HOST, Signal::KILL), (HELPER, Signal::KILL)]);
    check_end(&[(HELPER, Signal::KILL), (HOST, Signal::KILL)]);
}

#[test]
fn nothing_outlives_host_and_guard() {
    check_end(&[(HOST, Signal::KILL), (GUARD, Signal::KILL)]);
    check_end(&[(GUARD, Signal::KILL), (HOST, Signal::KILL)]);
}

#[test]
fn a_stopped_helper_or_guard_sees_the_end_of_its_host() {
    check_end(&[(HELPER, Signal::STOP), (HOST, Signal::KILL)]);
    check_end(&[(GUARD, Signal::STOP), (HOST, Signal::KILL)]);
}

/// Python's semaphores are files, and its resource tracker, which would remove them, is killed too.
#[test]
fn no_semaphore_of_a_spawned_pool_is_left() {
    if !has_python() {
        return;
    }
    for (words, worker, victim) in [
        ("pool spawn", "busy", None),
        ("pool forkserver", "busy", Some(HOST)),
        ("executor spawn", "worker-1", Some(HELPER)),
    ] {
        let mut host = Host::new();
        let session = host.start("session");
        host.python(words, session);
        let busy = host.participant(worker);
        host.participant("main");
        let maps = fs::read_to_string(format!("/proc/{}/maps", busy.pid)).unwrap();
        let semaphores = maps.lines().filter_map(|line| Some(&line[line.find("/dev/shm/sem.")?..]));
        let semaphores: Vec<&Path> = semaphores.map(Path::new).collect();
        assert!(semaphores.iter().any(|file| file.exists()), "{maps}");
        match victim {
            None => host.close(),
            Some(who) => who(&host).send(Signal::KILL),
        }
        host.assert_nothing_is_left("the end");
        // The folder goes after them.
        assert!(!semaphores.iter().any(|file| file.exists()), "{semaphores:?}");
    }
}

#[test]
fn two_labs_of_one_host_do_not_touch_each_other() {
    let mut host = Host::new();
    let mut programs = Vec::new();
    for lab in [0, 1] {
        host.lab = lab;
        let session = host.start("session");
        programs.push(if has_python() {
            host.python("fork", session);
            host.participant("child")
        } else {
            host.sleep(session)
        });
    }
    assert_ne!(run_of(programs[0]), run_of(programs[1]));
    let n_folders = if has_python() { 2 } else { 0 };
    assert_eq!(host.files().len(), n_folders);
    host.lab = 0;
    host.close();
    assert!(programs[0].is_gone() && !programs[1].has_ended());
    assert_eq!(host.files().len(), n_folders / 2);
    host.lab = 1;
    host.close();
    assert!(host.is_clean());
}

#[test]
fn helper_and_guard_have_no_mark_of_the_run_and_all_others_do() {
    let mut host = Host::new();
    let session = host.start("session");
    let run = run_of(session).unwrap();
    for kind in ["spawn-child", "orphan", "daemon", "zombie-maker"] {
        let own = host.start(kind);
        assert_eq!(run_of(own).as_ref(), Some(&run), "{kind}");
    }
    for member in [HELPER, GUARD] {
        assert_eq!(run_of(member(&host)), None);
        assert!(!environment(member(&host).pid).is_empty());
        // Everybody may read the arguments.
        let arguments = fs::read_to_string(format!("/proc/{}/cmdline", member(&host).pid)).unwrap();
        assert!(!run.split('-').any(|part| arguments.contains(part)), "{arguments}");
    }
}

#[test]
fn a_folder_that_is_left_by_a_lab_that_goes_on_is_private() {
    if !has_python() {
        return;
    }
    let mut host = Host::new();
    let session = host.start("session");
    host.python("fork", session);
    let files = host.files();
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].parent(), Some(host.runtime.path()));
    // Everybody may see its name, and nobody who does knows the mark.
    let name = files[0].file_name().unwrap().to_str().unwrap();
    let name = name.strip_prefix("pexplore-lab-").unwrap();
    let mark = run_of(session).unwrap();
    let secret = mark.strip_suffix(&format!("-{name}")).unwrap();
    assert!(secret.len() > 32 && !name.contains(secret.rsplit('-').next().unwrap()), "{mark}");
    assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o777, 0o700);
    let main = host.participant("main");
    let command = fs::read_to_string(format!("/proc/{}/cmdline", main.pid)).unwrap();
    assert!(command.contains(&format!("{}/fork.py", files[0].display())), "{command}");
}
