//! What `pexplore events` tells of the lives of real processes.

mod family;
mod places;
mod storm;
mod streams;
mod target;

use std::os::unix::process::ExitStatusExt;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::fork;
use crate::harness::processes::{end, kill, stat};
use crate::harness::wait::{now, wait_for};
use crate::support::events::{Listening, Lost, nanos, need_connector, one, only, with_all_events};
use crate::support::snapshot;
use crate::support::test_processes::TestProcesses;

/// How it ended: code, signal, and whether core was dumped.
pub(crate) fn cause(life: &[Value]) -> Value {
    let exit = one(life, "exit");
    json!([exit["code"], exit["signal"], exit["core_dumped"]])
}

/// Starts a shell that dumps no core.
pub(crate) fn shell(test_processes: &mut TestProcesses, script: &str) -> u32 {
    let mut command = test_processes.command("sh");
    test_processes.start(command.args(["-c", &format!("ulimit -c 0; {script}")])).pid
}

/// Scripts, and how they end.
pub(crate) fn causes() -> [(&'static str, Value); 7] {
    [
        ("exit 0", json!([0, null, false])),
        ("exit 3", json!([3, null, false])),
        ("exit 255", json!([255, null, false])),
        ("kill -KILL $$", json!([null, "SIGKILL", false])),
        ("kill -TERM $$", json!([null, "SIGTERM", false])),
        ("kill -SEGV $$", json!([null, "SIGSEGV", false])),
        ("exec sleep 0.2", json!([0, null, false])),
    ]
}

/// How long it lived is the time between its birth and its end.
pub(crate) fn assert_lived_between(life: &[Value]) {
    let exit = one(life, "exit");
    let between = (nanos(exit) - nanos(one(life, "fork"))) as f64 / 1e9;
    let lived = exit["lived_s"].as_f64().expect("its birth is known");
    // Times are reported in microseconds.
    assert!((lived - between).abs() < 3e-6, "{lived} is not {between}: {life:#?}");
}

#[test]
fn every_end_is_reported_with_its_cause() {
    if !need_connector() {
        return;
    }
    with_all_events(|| {
        let mut test_processes = TestProcesses::new();
        let mut listening = Listening::to_all(&mut test_processes)?;
        let own = std::process::id();
        for (script, ended) in causes() {
            let began = now();
            let pid = shell(&mut test_processes, script);
            let life = listening.until_end(pid, own)?;
            let passed = began.elapsed().as_secs_f64();
            assert_eq!(cause(&life), ended, "{script}");
            assert_eq!(life[0]["event"], "fork", "{life:#?}");
            assert_lived_between(&life);
            let exit = one(&life, "exit");
            let lived = exit["lived_s"].as_f64().unwrap();
            let least = if script.contains("sleep") { 0.2 } else { 0.0 };
            assert!((least..=passed).contains(&lived), "{script}: {lived} of {passed}");
            assert_eq!((&exit["ppid"], &exit["creator_pid"]), (&own.into(), &own.into()));
            assert!(exit["adopter_pid"].is_null() && exit["count"].is_null());
        }
        Ok(())
    });
}

#[test]
fn one_that_is_killed_by_another_ends_by_that_signal() {
    if !need_connector() {
        return;
    }
    with_all_events(|| {
        let mut test_processes = TestProcesses::new();
        let mut listening = Listening::to_all(&mut test_processes)?;
        for signal in ["TERM", "KILL", "HUP", "USR2"] {
            let mut command = test_processes.command("sleep");
            let victim = test_processes.start(command.arg("1000")).pid;
            shell(&mut test_processes, &format!("kill -{signal} {victim}"));
            let life = listening.until_end(victim, std::process::id())?;
            assert_eq!(cause(&life), json!([null, format!("SIG{signal}"), false]));
            // Arguments that nobody could read in time are null; they never are the creator's.
            let exit = one(&life, "exit");
            let is_read = exit["comm"] == "sleep" && exit["cmdline"] == json!(["sleep", "1000"]);
            assert!(is_read || exit["cmdline"].is_null(), "{exit:#}");
        }
        Ok(())
    });
}

#[test]
fn a_dumped_core_is_reported() {
    if !need_connector() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    with_all_events(|| {
        let mut test_processes = TestProcesses::new();
        let mut listening = Listening::to_all(&mut test_processes)?;
        let mut command = test_processes.command("sh");
        command.args(["-c", "ulimit -c unlimited; kill -SEGV $$"]).current_dir(&folder);
        let mut child = command.spawn().unwrap();
        let status = child.wait().unwrap();
        let life = listening.until_end(child.id(), std::process::id())?;
        if !status.core_dumped() {
            println!("skipped: needs to dump core");
        }
        assert_eq!(cause(&life), json!([null, "SIGSEGV", status.core_dumped()]));
        Ok(())
    });
}

#[test]
fn a_zombie_ended_when_it_died_and_its_reaping_is_no_second_end() {
    if !need_connector() {
        return;
    }
    with_all_events(|| {
        let mut test_processes = TestProcesses::new();
        let mut listening = Listening::to_all(&mut test_processes)?;
        let main = fork::start(&mut test_processes, "zombies");
        let [exited, killed] = ["exited", "killed"].map(|name| main.pid_of(name));
        for (pid, ended) in
            [(exited, json!([3, null, false])), (killed, json!([null, "SIGKILL", false]))]
        {
            let life = listening.until_end(pid, main.pid)?;
            assert_eq!(cause(&life), ended);
            assert_lived_between(&life);
            assert_eq!(stat(pid).and_then(|stat| stat.field::<char>(3)), Some('Z'));
            let shot = snapshot();
            assert_eq!(
                (&shot.of(pid)["state"], &shot.of(pid)["ppid"]),
                (&json!("Z"), &json!(main.pid))
            );
            assert_eq!(shot.of(pid)["start_ticks"], one(&life, "exit")["start_ticks"]);
        }
        end(main.pid);
        wait_for("the reaping", || {
            (stat(exited).is_none() && stat(killed).is_none()).then_some(())
        });
        listening.until_now(&mut test_processes)?;
        for pid in [exited, killed] {
            let life = listening.life(pid, main.pid);
            one(&life, "exit");
            assert!(only(&life, "orphan").is_empty(), "the dead are no orphans: {life:#?}");
        }
        Ok(())
    });
}

/// An orphan's adopter, by `/proc`.
fn adopter(pid: u32, creator: u32) -> u32 {
    let parent = || stat(pid)?.field::<u32>(4).filter(|parent| *parent != creator);
    wait_for("the adoption", parent)
}

#[test]
fn an_orphan_is_reported_with_its_creator_and_adopter_and_ends_later() {
    if !need_connector() {
        return;
    }
    with_all_events(|| {
        let mut test_processes = TestProcesses::new();
        let mut listening = Listening::to_all(&mut test_processes)?;
        let mut command = test_processes.command("sh");
        let script = "sleep 1000 & echo px sleep $!; wait";
        let parent = test_processes.start(command.args(["-c", script]));
        let sleep = parent.pid_of("sleep");
        check_orphan(&mut listening, sleep, parent.pid, None)?;

        let main = fork::start(&mut test_processes, "subreaper");
        let [middle, leaf] = ["middle", "leaf"].map(|name| main.pid_of(name));
        check_orphan(&mut listening, leaf, middle, Some(main.pid))
    });
}

/// Kills an orphan's creator, looks what is reported, and then kills the orphan.
fn check_orphan(
    listening: &mut Listening,
    pid: u32,
    creator: u32,
    adopted_by: Option<u32>,
) -> Result<(), Lost> {
    end(creator);
    let adopter = adopter(pid, creator);
    assert!(adopted_by.is_none_or(|expected| expected == adopter));
    let life = listening.until(pid, creator, |event| event["event"] == "orphan")?;
    let orphan = one(&life, "orphan");
    assert_eq!(
        (&orphan["creator_pid"], &orphan["adopter_pid"]),
        (&json!(creator), &json!(adopter))
    );
    assert!(only(&life, "exit").is_empty());

    kill(pid, Signal::TERM);
    let life = listening.until_end(pid, creator)?;
    assert_eq!(cause(&life), json!([null, "SIGTERM", false]));
    assert_lived_between(&life);
    let exit = one(&life, "exit");
    assert_eq!((&exit["creator_pid"], &exit["ppid"]), (&json!(creator), &json!(adopter)));
    one(&life, "orphan");
    Ok(())
}

#[test]
fn behind_a_middle_that_is_gone_at_once_the_chain_of_creators_is_true() {
    if !need_connector() {
        return;
    }
    with_all_events(|| {
        let mut test_processes = TestProcesses::new();
        let mut listening = Listening::to_all(&mut test_processes)?;
        let main = fork::start(&mut test_processes, "daemon");
        let daemon = main.pid_of("daemon");
        let is_birth = |event: &&Value| event["event"] == "fork" && event["pid"] == daemon;
        listening.until_received(|received| received.iter().any(|event| is_birth(&event)))?;
        let birth = listening.received().iter().rfind(is_birth).unwrap();
        let middle = u32::try_from(birth["creator_pid"].as_u64().unwrap()).unwrap();
        assert_ne!(middle, main.pid);
        let middles_life = listening.until_end(middle, main.pid)?;
        assert_eq!(cause(&middles_life), json!([0, null, false]));
        assert_eq!(one(&middles_life, "fork")["creator_pid"], main.pid);

        let life = listening.until(daemon, middle, |event| event["event"] == "orphan")?;
        assert_eq!(one(&life, "orphan")["adopter_pid"], adopter(daemon, middle));
        let life = listening.until(daemon, middle, |event| event["event"] == "session")?;
        assert!(life.iter().all(|event| event["creator_pid"] == middle), "{life:#?}");
        Ok(())
    });
}
