mod daemons;
mod evidence;
mod examples;
mod mains;
mod orphans;

use super::*;
use crate::record::{
    BootTime, Ending, EventSource, Fact, Facts, Observation, Pid, ProcessKey, Record,
};
use crate::test_process::TestProcessKind;
use crate::tests::fixture::{self, key_of, trimmed, watch};
use crate::verdict::{Confidence, Who};
use crate::world::World;

/// The init that most fixtures stand under.
const SYSTEMD: &str = "1 0 1 1 - - systemd | exe=/usr/lib/systemd/systemd unit=init.scope\n";
/// A login over SSH: the shell 815 leads the session of terminal 0.
const LOGIN: &str = "
    812 1 812 812 - - sshd | null=1 unit=ssh.service cmd=sshd: /usr/sbin/sshd -D [listener]
    813 812 813 813 - f sshd | unit=session-3.scope cmd=sshd: ana [priv]
    814 813 813 813 - f sshd | unit=session-3.scope cmd=sshd: ana@pts/0
    815 814 815 815 0 - bash | unit=session-3.scope cmd=-bash\n";

fn world(text: &str) -> World {
    fixture::world(&format!("{SYSTEMD}{text}"))
}

/// The world after it saw each of these tables, a second apart.
fn history(tables: &[&str]) -> World {
    let mut world = World::new(fixture::host(), 3.0);
    for (table, second) in tables.iter().zip(1_000..) {
        watch(&mut world, &format!("{SYSTEMD}{table}"), second);
    }
    world
}

/// Every living process but pid 1, one a line: pid, name, role, confidence.
fn roles(world: &World) -> String {
    let mut living: Vec<_> = world.processes().filter(|process| process.ended.is_none()).collect();
    living.sort_by_key(|process| process.id().pid);
    let line = |process: &&crate::world::process::Process| {
        let Verdict { role, confidence, .. } = &process.verdict;
        let (pid, comm) = (process.id().pid, &process.stat.comm);
        format!("{pid} {comm} {} {}\n", role.into_str(), confidence.into_str())
    };
    living.iter().filter(|process| process.id().pid != 1).map(line).collect()
}

#[track_caller]
fn check_world(world: &World, expected: &str) {
    assert_eq!(roles(world), trimmed(expected));
}

#[track_caller]
fn check(table: &str, expected: &str) {
    check_world(&world(table), expected);
}

/// One process's verdict: `orphan likely`, and below it the evidence, one sentence a line.
fn verdict(world: &World, pid: Pid) -> String {
    let Verdict { role, confidence, evidence } = &world.living(pid).unwrap().verdict;
    let evidence = evidence.iter().map(|evidence| format!("\n{evidence}"));
    format!("{} {}{}", role.into_str(), confidence.into_str(), evidence.collect::<String>())
}

#[track_caller]
fn check_verdict(table: &str, pid: Pid, expected: &str) {
    assert_eq!(verdict(&world(table), pid) + "\n", trimmed(expected));
}
