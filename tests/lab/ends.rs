//! Ends of test processes and of the lab: nothing outlives it.

use std::io::Write;
use std::time::Duration;

use pexplore::test_process::{KINDS, TestProcessKind};
use rustix::process::Signal;

use crate::harness::processes::{Key, signals};
use crate::host::{Host, Process, eventually, set_of, small};

#[test]
fn a_test_process_that_is_ended_leaves_no_zombie() {
    let mut host = Host::new();
    for row in &KINDS {
        let processes = host.start(&small(row));
        for Process { key, .. } in &processes {
            key.send(Signal::KILL);
        }
        let goes_to_init = matches!(row.kind, TestProcessKind::Orphan | TestProcessKind::Daemon);
        for Process { key, .. } in processes {
            eventually("it ends", || if goes_to_init { key.has_ended() } else { key.is_gone() });
        }
    }
    eventually("only helper, guard and main are left", || host.marked().len() == 3);
}

#[test]
fn a_parent_reaps_a_child_that_was_killed() {
    let mut host = Host::new();
    let processes = host.start("parent");
    processes[2].key.send(Signal::KILL);
    eventually("it is reaped", || processes[2].key.is_gone());
    assert!(!processes[0].key.is_gone() && !processes[1].key.is_gone());
}

#[test]
fn a_term_ignorer_outlives_term_and_hup() {
    let mut host = Host::new();
    let stubborn = host.start("term-ignorer")[0].key;
    let other = host.start("child")[0].key;
    stubborn.send(Signal::TERM);
    stubborn.send(Signal::HUP);
    other.send(Signal::TERM);
    eventually("the other ends", || other.is_gone());
    assert!(!stubborn.has_ended());
}

#[test]
fn at_most_512_test_processes_live() {
    let mut host = Host::new();
    let test_processes: Vec<Key> = (0..512).map(|_| host.start("child")[0].key).collect();
    let refusal = host.try_start("orphan").unwrap_err();
    assert_eq!(refusal, "512 test processes live already, which is the most");
    test_processes[7].send(Signal::KILL);
    eventually("it ends", || test_processes[7].is_gone());
    host.start("orphan");
    assert_eq!(host.ask("close"), "closed");
    assert_eq!(host.marked(), [] as [u32; 0]);
}

#[test]
fn a_zombie_counts_as_long_as_it_is_there() {
    let mut host = Host::new();
    for _ in 0..256 {
        host.start("zombie-maker");
    }
    let refusal = host.try_start("child").unwrap_err();
    assert_eq!(refusal, "512 test processes live already, which is the most");
}

#[test]
fn close_leaves_nothing() {
    let mut host = Host::new();
    host.populate();
    assert_eq!(host.ask("close"), "closed");
    assert_eq!(host.marked(), [] as [u32; 0]);
}

#[test]
fn a_daemonic_child_gets_term_from_its_main_when_the_lab_is_closed() {
    let mut host = Host::new();
    // One that was stopped shows what waits for it: its main has sent TERM, and gets KILL.
    let daemonic = host.start("daemonic")[0].key;
    daemonic.stop();
    writeln!(host.requests, "close").unwrap();
    eventually("TERM waits for it", || {
        daemonic.has_ended() || signals(daemonic.pid, "ShdPnd") == set_of(&[Signal::TERM])
    });
    assert!(!daemonic.has_ended(), "it ended without TERM");
    assert_eq!(host.answers.recv_timeout(Duration::from_secs(20)).unwrap(), "closed");
    assert_eq!(host.marked(), [] as [u32; 0]);
}

#[test]
fn close_ends_a_stopped_helper_guard_and_main() {
    let mut host = Host::new();
    host.populate();
    for key in [host.helper(), host.guard(), host.main()] {
        key.stop();
    }
    assert_eq!(host.ask("close"), "closed");
    assert_eq!(host.marked(), [] as [u32; 0]);
}

#[test]
fn a_panic_leaves_nothing() {
    let mut host = Host::new();
    host.populate();
    writeln!(host.requests, "panic").unwrap();
    host.assert_nothing_is_left("a panic");
}

type Who = fn(&Host) -> Key;

/// Populates a lab, sends these signals in this order, and nothing may be left.
fn check_end(signals: &[(Who, Signal)]) {
    let mut host = Host::new();
    host.populate();
    let targets: Vec<(Key, Signal)> = signals.iter().map(|(who, it)| (who(&host), *it)).collect();
    for (key, signal) in targets {
        key.send(signal);
    }
    host.assert_nothing_is_left(&format!(
        "{:?}",
        signals.iter().map(|it| it.1).collect::<Vec<_>>()
    ));
}

#[test]
fn nothing_outlives_a_killed_host() {
    check_end(&[(Host::key, Signal::KILL)]);
}

#[test]
fn nothing_outlives_a_terminated_host() {
    check_end(&[(Host::key, Signal::TERM)]);
}

#[test]
fn nothing_outlives_a_killed_helper() {
    check_end(&[(Host::helper, Signal::KILL)]);
}

#[test]
fn nothing_outlives_a_killed_guard() {
    check_end(&[(Host::guard, Signal::KILL)]);
}

#[test]
fn nothing_outlives_host_and_helper() {
    check_end(&[(Host::key, Signal::KILL), (Host::helper, Signal::KILL)]);
    check_end(&[(Host::helper, Signal::KILL), (Host::key, Signal::KILL)]);
}

#[test]
fn nothing_outlives_host_and_guard() {
    check_end(&[(Host::key, Signal::KILL), (Host::guard, Signal::KILL)]);
    check_end(&[(Host::guard, Signal::KILL), (Host::key, Signal::KILL)]);
}

#[test]
fn nothing_outlives_helper_and_guard() {
    check_end(&[(Host::helper, Signal::KILL), (Host::guard, Signal::KILL)]);
    check_end(&[(Host::guard, Signal::KILL), (Host::helper, Signal::KILL)]);
}

#[test]
fn nothing_outlives_a_killed_main_and_whoever_ends_after_it() {
    for who in [Host::key as Who, Host::helper, Host::guard] {
        check_end(&[(Host::main, Signal::KILL), (who, Signal::KILL)]);
    }
    check_end(&[(Host::main, Signal::STOP), (Host::key, Signal::KILL)]);
}

#[test]
fn nothing_outlives_a_hung_up_host() {
    check_end(&[(Host::key, Signal::HUP)]);
}

/// As many as there may be, of all kinds, a third of them stopped.
#[test]
fn a_full_lab_ends_with_its_host_or_its_helper() {
    for who in [Host::key as Who, Host::helper] {
        let mut host = Host::new();
        host.populate();
        for turn in 0.. {
            match host.try_start(["child", "orphan", "daemon", "zombie-maker", "stopped"][turn % 5])
            {
                Ok(processes) if turn % 3 == 0 => processes.iter().for_each(|it| it.key.stop()),
                Ok(_) => {}
                Err(refusal) => {
                    assert!(refusal.contains("512"), "{refusal}");
                    break;
                }
            }
        }
        who(&host).send(Signal::KILL);
        host.assert_nothing_is_left("the end of a full lab");
    }
}

#[test]
fn a_stopped_helper_or_guard_sees_the_end_of_its_host() {
    check_end(&[(Host::helper, Signal::STOP), (Host::key, Signal::KILL)]);
    check_end(&[(Host::guard, Signal::STOP), (Host::key, Signal::KILL)]);
}
