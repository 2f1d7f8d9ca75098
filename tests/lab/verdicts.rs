//! What a snapshot says of each kind.

use std::collections::HashMap;
use std::process::Command;

use pexplore::test_process::{KINDS, TestProcessKind};

use crate::harness::processes::stat;
use crate::host::{Host, eventually, small};

/// Role, confidence, start method and state of a kind's own process, as a snapshot that knows
/// nothing of the lab says them.
fn expected(kind: TestProcessKind) -> &'static str {
    match kind {
        TestProcessKind::SpawnChild => "child likely spawn S",
        TestProcessKind::ServerChild => "child likely forkserver S",
        TestProcessKind::Parent | TestProcessKind::Chain | TestProcessKind::ForkBomb => {
            "parent likely fork S"
        }
        TestProcessKind::Daemon => "daemon likely fork S",
        TestProcessKind::Orphan => "orphan certain fork S",
        // The helper's being a subreaper is nowhere to be seen: as in a shell, it may be the rest of
        // a job whose leader has ended.
        TestProcessKind::Subreaped => "main likely fork S",
        TestProcessKind::Stopped => "child likely fork T",
        // Its daemonic flag is in no file: only the pexplore that started it knows.
        TestProcessKind::Daemonic
        | TestProcessKind::Child
        | TestProcessKind::ZombieMaker
        | TestProcessKind::TermIgnorer
        | TestProcessKind::TermCatcher
        | TestProcessKind::Burner
        | TestProcessKind::Memory
        | TestProcessKind::Exit
        | TestProcessKind::Crash
        | TestProcessKind::Burst
        | TestProcessKind::Session => "child likely fork S",
    }
}

/// The same words from a snapshot, by pid.
fn snapshot() -> HashMap<u32, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_pexplore"))
        .args(["snapshot", "--format", "json", "--interval", "0.05"])
        .output()
        .unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let reported = |process: &serde_json::Value| {
        let word = |name: &str| process[name].as_str().unwrap_or("-").to_owned();
        let words = ["role", "confidence", "start_method", "state"].map(word);
        (u32::try_from(process["pid"].as_u64().unwrap()).unwrap(), words.join(" "))
    };
    json["processes"].as_array().unwrap().iter().map(reported).collect()
}

#[test]
fn a_snapshot_says_of_every_kind_what_it_really_is() {
    let mut host = Host::new();
    let is_brief = |kind| matches!(kind, TestProcessKind::Exit | TestProcessKind::Crash);
    let (brief, lasting): (Vec<_>, Vec<_>) = KINDS.into_iter().partition(|row| is_brief(row.kind));
    let mut started = Vec::new();
    for row in lasting {
        started.push((row.kind, host.start(&small(&row))));
    }
    let main = host.main();
    // Only a child that has not exec'd for a second tells a main from what is about to exec.
    eventually("the lab's main is a main", || snapshot()[&main.pid] == "main certain spawn S");
    for row in brief {
        started.push((row.kind, host.start(row.name)));
    }
    let reported = snapshot();
    let sees_all = stat(1).is_some();
    for (kind, processes) in &started {
        let own = processes[0].key.pid;
        let adopter = stat(own).map(|seen| seen.ppid);
        // Below another subreaper than init a snapshot cannot know who adopted them, and where
        // /proc hides processes it can be sure of no leader's end.
        let is_shown = match kind {
            TestProcessKind::Daemon | TestProcessKind::Orphan => sees_all && adopter == Some(1),
            TestProcessKind::Subreaped => sees_all,
            _ => true,
        };
        if is_shown {
            // A burner may be caught at it.
            let said = reported[&own].replace(" R", " S");
            assert_eq!(said, expected(*kind), "{kind:?}");
        }
        let second = processes.get(1).map(|process| &*reported[&process.key.pid]);
        match kind {
            TestProcessKind::ZombieMaker => assert_eq!(second, Some("child likely fork Z")),
            TestProcessKind::ServerChild => assert_eq!(second, Some("parent likely fork S")),
            TestProcessKind::Parent => assert_eq!(second, Some("child likely fork S")),
            _ => {}
        }
    }
}
