//! The Python programs that the lab brings: who their processes are, and how each ends.

use std::collections::HashMap;
use std::process::Command;

use pexplore::test_process::PYTHON_PROGRAMS;
use serde_json::Value;

use crate::harness::processes::Key;
use crate::harness::wait::within;
use crate::host::{Host, eventually, has_python};

/// What each tells of, with the ones of its start methods.
const PARTICIPANTS: [(&str, &[&str]); 15] = [
    ("fork", &["main", "child", "daemon"]),
    ("spawn", &["main", "child", "daemon", "tracker"]),
    ("forkserver", &["main", "child", "daemon", "server", "tracker"]),
    ("nested", &["main", "child", "grandchild"]),
    ("nested spawn", &["main", "child", "grandchild"]),
    ("nested forkserver", &["main", "child", "grandchild"]),
    ("pool", &["main", "busy", "idle"]),
    ("pool spawn", &["main", "busy", "idle"]),
    ("pool forkserver", &["main", "busy", "idle"]),
    ("executor", &["main", "worker-1", "worker-2"]),
    ("executor spawn", &["main", "worker-1", "worker-2"]),
    ("executor forkserver", &["main", "worker-1", "worker-2"]),
    ("manager", &["main", "server"]),
    ("manager spawn", &["main", "server"]),
    ("daemonic-parent", &["main", "daemon"]),
];

/// Role, start method and part of what a snapshot tells, by pid.
fn snapshot() -> HashMap<u32, Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_pexplore"))
        .args(["snapshot", "--format", "json", "--interval", "0.05"])
        .output()
        .unwrap();
    let mut json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let processes = json["processes"].as_array_mut().unwrap();
    let pid = |process: &Value| u32::try_from(process["pid"].as_u64().unwrap()).unwrap();
    processes.drain(..).map(|process| (pid(&process), process)).collect()
}

/// Waits until a snapshot says that of them. Some roles need a second to be seen.
fn assert_reported(expected: &[(Key, &str)]) {
    let words = |process: &Value| {
        let word = |name: &str| process[name].as_str().unwrap_or("-").to_owned();
        ["role", "start_method", "runtime", "part"].map(word).join(" ")
    };
    let reported = || -> Vec<String> {
        let shot = snapshot();
        expected.iter().map(|(key, _)| shot.get(&key.pid).map(words).unwrap_or_default()).collect()
    };
    let wanted: Vec<&str> = expected.iter().map(|(_, words)| *words).collect();
    if !within(std::time::Duration::from_secs(1), || reported() == wanted) {
        assert_eq!(reported(), wanted);
    }
}

#[test]
fn every_program_tells_who_its_processes_are_and_goes_with_the_lab() {
    if !has_python() {
        return;
    }
    for program in &PYTHON_PROGRAMS {
        assert!(
            PARTICIPANTS.iter().any(|(words, _)| words.split(' ').next() == Some(program.name))
        );
    }
    for (words, names) in PARTICIPANTS {
        let mut host = Host::new();
        let session = host.start("session");
        let started = host.python(words, session);
        for name in names {
            let participant = host.participant(name);
            let seen = participant.stat();
            assert_eq!((seen.pgid, seen.sid), (started.pid, session.pid), "{words}: {name}");
            assert_eq!(participant == started, *name == "main", "{words}: {name}");
        }
        assert_eq!(host.names_of_participants(), [] as [&str; 0], "{words}");
        host.close();
        assert!(host.is_clean(), "{words}: {:?} {:?}", host.marked(), host.files());
    }
}

#[test]
fn a_forked_family_is_recognized_as_what_it_is() {
    if !has_python() {
        return;
    }
    let mut host = Host::new();
    let session = host.start("session");
    host.python("fork", session);
    let (main, child) = (host.participant("main"), host.participant("child"));
    assert_reported(&[
        (session, "parent fork - -"),
        (main, "main spawn python-multiprocessing main"),
        (child, "child fork python-multiprocessing worker"),
    ]);
}

#[test]
fn a_pools_workers_are_recognized_and_have_a_logical_parent() {
    if !has_python() {
        return;
    }
    for (method, worker) in [
        ("fork", "daemon fork python-multiprocessing pool-worker"),
        ("forkserver", "daemon forkserver python-multiprocessing pool-worker"),
    ] {
        let mut host = Host::new();
        let session = host.start("session");
        host.python(&format!("pool {method}"), session);
        let [main, busy, idle] = ["main", "busy", "idle"].map(|name| host.participant(name));
        let main_is = (main, "main spawn python-multiprocessing main");
        assert_reported(&[main_is, (busy, worker), (idle, worker)]);
        let logical = (method == "forkserver").then_some(u64::from(main.pid));
        for worker in [busy, idle] {
            assert_eq!(snapshot()[&worker.pid]["logical_ppid"].as_u64(), logical);
        }
    }
}

#[test]
fn a_line_is_the_normal_end_and_ctrl_c_ends_all() {
    if !has_python() {
        return;
    }
    for typed in ["\n", "\u{3}"] {
        let mut host = Host::new();
        let session = host.start("session");
        host.python("pool", session);
        let pool = ["main", "busy", "idle"].map(|name| host.participant(name));
        host.type_into(session, typed).unwrap();
        eventually("all of the pool end", || pool.iter().all(|key| key.is_gone()));
        host.python("fork", session);
        let [main, child, daemon] = ["main", "child", "daemon"].map(|name| host.participant(name));
        host.type_into(session, typed).unwrap();
        eventually("the daemonic child is ended", || daemon.has_ended());
        if typed == "\n" {
            assert!(!main.has_ended() && !child.has_ended(), "main waits for its child");
        } else {
            eventually("both end", || main.is_gone() && child.is_gone());
        }
    }
}

#[test]
fn an_unknown_program_or_method_is_refused_before_anything_is_written() {
    let mut host = Host::new();
    let session = host.start("session");
    assert!(host.try_python("dragon", session).unwrap_err().contains("there is no Python program"));
    assert!(host.try_python("fork spawn", session).unwrap_err().contains("takes no start method"));
    assert_eq!(host.files(), [] as [std::path::PathBuf; 0]);
}
