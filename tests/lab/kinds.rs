//! What each kind of test process is.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;

use pexplore::test_process::{KINDS, TestProcessKind};
use rustix::event::{Timespec, poll};
use rustix::process::Signal;

use crate::harness::processes::{Key, signals, stat};
use crate::host::{Host, eventually, set_of, small};

/// `PF_FORKNOEXEC` (linux/sched.h).
const FORKED_NO_EXEC: u32 = 0x40;

#[test]
fn nothing_is_started_before_the_first_test_process() {
    let mut host = Host::new();
    assert_eq!(host.ask("close"), "closed");
    assert_eq!(host.marked(), [] as [u32; 0]);
}

#[test]
fn every_kind_comes_up_as_what_it_is() {
    let mut host = Host::new();
    let mut known = HashSet::new();
    for row in &KINDS {
        let processes = host.start(&small(row));
        let (helper, main) = (host.helper(), host.main());
        known.extend([helper.pid, main.pid, host.guard().pid]);
        let own = processes[0];
        let seen = stat(own.key.pid).unwrap();
        assert_eq!(seen.comm, row.comm);
        let calm = if row.kind == TestProcessKind::Stopped { 'T' } else { 'S' };
        eventually("it rests", || stat(own.key.pid).unwrap().state == calm);
        let leaves = matches!(row.kind, TestProcessKind::Daemon | TestProcessKind::Session);
        assert_eq!(seen.sid == helper.pid, !leaves);
        match row.kind {
            TestProcessKind::Orphan | TestProcessKind::Daemon => {
                assert!(![helper.pid, main.pid].contains(&seen.ppid));
            }
            TestProcessKind::Subreaped => assert_eq!(seen.ppid, helper.pid),
            TestProcessKind::ServerChild => {
                assert_eq!(stat(seen.ppid).unwrap().comm, "px-forkserver");
            }
            _ => assert_eq!(seen.ppid, main.pid),
        }
        let ignored: &[Signal] = match row.kind {
            TestProcessKind::TermIgnorer => &[Signal::TERM, Signal::HUP],
            // As a shell, so that what is typed is for its jobs.
            TestProcessKind::Session => {
                &[Signal::INT, Signal::QUIT, Signal::TSTP, Signal::TTIN, Signal::TTOU]
            }
            _ => &[],
        };
        let caught: &[Signal] = match row.kind {
            TestProcessKind::TermCatcher => &[Signal::TERM],
            _ => &[],
        };
        assert_eq!(signals(own.key.pid, "SigIgn"), set_of(ignored));
        assert_eq!(signals(own.key.pid, "SigCgt"), set_of(caught), "{}", row.name);
        assert_eq!(signals(own.key.pid, "SigBlk"), 0);
        let daemonic_main = if row.kind == TestProcessKind::Daemonic { main.pid } else { 0 };
        assert_eq!(own.main.pid, daemonic_main);
        for process in &processes {
            assert_eq!(Key::new(process.key.pid), Some(process.key));
            let never_execed = stat(process.key.pid).unwrap().flags & FORKED_NO_EXEC != 0;
            assert_eq!(never_execed, row.kind != TestProcessKind::SpawnChild);
            known.insert(process.key.pid);
        }
        assert!(host.marked().iter().all(|pid| known.contains(pid)), "{}", row.name);
    }
}

#[test]
fn helper_and_guard_are_out_of_reach_of_the_terminal() {
    let mut host = Host::new();
    host.start("child");
    for member in [host.helper(), host.guard()] {
        let seen = stat(member.pid).unwrap();
        assert_eq!(seen.ppid, host.child.id());
        assert_eq!(seen.sid, member.pid);
        assert_eq!(seen.flags & FORKED_NO_EXEC, 0);
        let mut ignored = vec![Signal::INT, Signal::HUP, Signal::TERM, Signal::PIPE];
        // It puts main into the foreground of its terminal.
        ignored.extend((member == host.helper()).then_some(Signal::TTOU));
        assert_eq!(signals(member.pid, "SigIgn"), set_of(&ignored));
        for stream in 0..3 {
            let target = fs::read_link(format!("/proc/{}/fd/{stream}", member.pid)).unwrap();
            assert_eq!(target, PathBuf::from("/dev/null"));
        }
    }
}

#[test]
fn a_parent_has_three_living_children() {
    let mut host = Host::new();
    let processes = host.start("parent");
    assert_eq!(processes.len(), 4);
    for child in &processes[1..] {
        let seen = stat(child.key.pid).unwrap();
        assert_eq!(seen.ppid, processes[0].key.pid);
        assert_eq!(seen.comm, "px-child");
        eventually("it idles", || stat(child.key.pid).unwrap().state == 'S');
    }
}

#[test]
fn an_orphan_was_adopted_above_the_host() {
    let mut host = Host::new();
    let orphan = host.start("orphan")[0].key;
    let mut ancestors = HashSet::from([1]);
    let mut pid = stat(host.child.id()).unwrap().ppid;
    // Where /proc hides the processes of others (hidepid) the way up ends early.
    while let Some(seen) = stat(pid) {
        ancestors.insert(pid);
        pid = seen.ppid;
    }
    let adopter = stat(orphan.pid).unwrap().ppid;
    assert!(ancestors.contains(&adopter) || stat(adopter).is_none(), "{adopter}");
}

#[test]
fn what_a_test_process_leaves_behind_comes_back_to_the_helper() {
    let mut host = Host::new();
    // For an orphan the helper is no subreaper for a moment: it must be one again.
    host.start("orphan");
    let processes = host.start("zombie-maker");
    let (negligent, zombie) = (processes[0].key, processes[1].key);
    let helper = host.helper();
    // A stopped helper reaps nothing, so that its adoption can be seen.
    helper.stop();
    negligent.send(Signal::KILL);
    eventually("it is adopted", || stat(zombie.pid).unwrap().ppid == helper.pid);
    helper.send(Signal::CONT);
    eventually("both are reaped", || negligent.is_gone() && zombie.is_gone());
}

#[test]
fn children_of_a_killed_parent_live_on_under_the_helper() {
    let mut host = Host::new();
    let processes = host.start("parent=2");
    processes[0].key.send(Signal::KILL);
    let helper = host.helper();
    for child in &processes[1..] {
        let ppid = || stat(child.key.pid).map(|seen| seen.ppid);
        eventually("it is adopted", || ppid() == Some(helper.pid));
        // It is a test process all the same, and can have children.
        let next = host.start_under(child.key, "child").unwrap()[0].key;
        assert_eq!(stat(next.pid).unwrap().ppid, child.key.pid);
    }
}

#[test]
fn daemonic_children_survive_a_killed_main_and_the_next_test_process_has_a_new_one() {
    for signal in [Signal::KILL, Signal::TERM] {
        let mut host = Host::new();
        let daemonic = host.start("daemonic")[0].key;
        let (first, helper) = (host.main(), host.helper());
        first.send(signal);
        let ppid = || stat(daemonic.pid).map(|seen| seen.ppid);
        eventually("it is an orphan", || ppid() == Some(helper.pid));
        let next = host.start("child")[0].key;
        let second = host.main();
        assert_ne!(first, second);
        assert_eq!(stat(next.pid).unwrap().ppid, second.pid);
        assert!(!daemonic.has_ended() && first.is_gone());
        assert_eq!(host.ask("close"), "closed");
        assert_eq!(host.marked(), [] as [u32; 0]);
    }
}

#[test]
fn a_daemonic_child_refuses_to_have_children_and_says_so() {
    let mut host = Host::new();
    let daemonic = host.start("daemonic")[0].key;
    assert_eq!(
        host.start_under(daemonic, "child").unwrap_err(),
        format!(
            "px-daemonic {} is a daemonic child and refuses: it may have no children",
            daemonic.pid
        )
    );
    assert_eq!(host.marked().len(), 4);
}

#[test]
fn every_kind_can_be_the_parent_of_the_next_and_forks_it_itself() {
    let mut host = Host::new();
    for row in &KINDS {
        let parent = host.start(&small(row))[0].key;
        let child = host.start_under(parent, "parent=2");
        let refusal = match row.kind {
            TestProcessKind::Daemonic => "refuses",
            TestProcessKind::Stopped => "is stopped, and forks nothing before CONT",
            _ => {
                let family = child.unwrap();
                assert_eq!(family.len(), 3);
                let ppids = family.iter().map(|it| stat(it.key.pid).unwrap().ppid);
                let own = family[0].key.pid;
                assert_eq!(ppids.collect::<Vec<_>>(), [parent.pid, own, own], "{}", row.name);
                // Nothing of what the parent does with signals is left in the child.
                for set in ["SigIgn", "SigCgt", "SigBlk"] {
                    assert_eq!(signals(own, set), 0);
                }
                continue;
            }
        };
        let sentence = child.unwrap_err();
        assert!(sentence.contains(refusal), "{}: {sentence}", row.name);
    }
}

#[test]
fn what_is_no_test_process_gets_no_child() {
    let mut host = Host::new();
    host.start("child");
    let strangers = [host.key(), host.helper(), host.guard(), Key { pid: 1, ticks: 0 }];
    for stranger in strangers {
        let refusal = host.start_under(stranger, "child").unwrap_err();
        let pid = stranger.pid;
        assert_eq!(refusal, format!("{pid} is no living test process of this lab"));
    }
    let zombie = host.start("zombie-maker")[1].key;
    assert!(host.start_under(zombie, "child").unwrap_err().contains("no living test process"));
}

#[test]
fn a_forkserver_is_the_template_of_every_later_child() {
    let mut host = Host::new();
    let (first, second) = (host.start("server-child"), host.start("server-child"));
    assert_eq!((first.len(), second.len()), (2, 1));
    let server = first[1].key;
    let seen = stat(server.pid).unwrap();
    assert_eq!((seen.comm.as_str(), seen.ppid), ("px-forkserver", host.main().pid));
    for worker in [first[0].key, second[0].key] {
        assert_eq!(stat(worker.pid).unwrap().ppid, server.pid);
    }
    server.send(Signal::KILL);
    eventually("the server ends", || server.is_gone());
    assert_eq!(host.start("server-child").len(), 2);
}

#[test]
fn chains_and_bombs_have_their_shape_and_stop_at_their_number() {
    let mut host = Host::new();
    let main = host.start("chain=16");
    assert_eq!(main.len(), 16);
    for pair in main.windows(2) {
        assert_eq!(stat(pair[1].key.pid).unwrap().ppid, pair[0].key.pid);
    }
    let bomb = host.start("fork-bomb=64");
    assert_eq!(bomb.len(), 64);
    for (index, process) in bomb.iter().enumerate().skip(1) {
        let parent = bomb[(index - 1) / 2].key.pid;
        assert_eq!(stat(process.key.pid).unwrap().ppid, parent);
    }
    // Helper, guard, main, and none beyond the cap.
    assert_eq!(host.marked().len(), 3 + 16 + 64);
}

#[test]
fn a_burst_is_over_and_its_parent_stays() {
    let mut host = Host::new();
    let burst = host.start("burst=128");
    assert_eq!(burst.len(), 1);
    eventually("the burst is over", || host.marked().len() == 4);
    assert!(!burst[0].key.has_ended());
}

#[test]
fn one_that_catches_term_says_who_sent_it_and_ends_a_second_later() {
    let mut host = Host::new();
    let tidy = host.start("term-catcher")[0].key;
    tidy.send(Signal::TERM);
    let own = std::process::id();
    eventually("its name tells the sender", || {
        stat(tidy.pid).is_some_and(|seen| seen.comm == format!("px-by-{own}"))
    });
    tidy.send(Signal::TERM);
    eventually("it has tidied up", || tidy.is_gone());
    let comm = fs::read_to_string("/proc/self/comm").unwrap();
    let comm = comm.trim();
    let expected = format!(
        "received px-term-catcher {} caught SIGTERM from {comm} {own}; it tidies up for a second",
        tidy.pid
    );
    assert_eq!(host.ask("receive"), expected);
    assert_eq!(host.ask("receive"), "received ");
}

#[test]
fn those_that_end_by_themselves_do() {
    let mut host = Host::new();
    let before = core_files();
    let ends = ["exit=9", "crash"].map(|order| host.start(order)[0].key);
    let pidfds = ends.map(|key| key.open().unwrap());
    for pidfd in &pidfds {
        let mut fds = [rustix::event::PollFd::new(pidfd, rustix::event::PollFlags::IN)];
        let limit = Timespec { tv_sec: 6, tv_nsec: 0 };
        assert_eq!(poll(&mut fds, Some(&limit)), Ok(1));
    }
    eventually("both are reaped", || ends.iter().all(|key| key.is_gone()));
    assert_eq!(core_files(), before);
}

/// Files that a crash may have left where this test and its children run.
fn core_files() -> usize {
    let entries = fs::read_dir(".").unwrap().flatten();
    entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("core")).count()
}

#[test]
fn a_burner_is_nice_and_a_holder_holds_what_it_was_asked_to() {
    let mut host = Host::new();
    let burner = host.start("burner=30")[0].key;
    let field = |pid: u32, number: usize| -> i64 {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        let fields = stat.rsplit_once(") ").unwrap().1.split(' ').nth(number - 3);
        fields.unwrap().parse().unwrap()
    };
    assert_eq!(field(burner.pid, 19), 10);
    eventually("it burns", || field(burner.pid, 14) + field(burner.pid, 15) >= 10);
    let holder = host.start("memory=100")[0].key;
    let statm = fs::read_to_string(format!("/proc/{}/statm", holder.pid)).unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    let megabytes = (pages * rustix::param::page_size()) >> 20;
    assert!((100..130).contains(&megabytes), "{megabytes}");
    assert_eq!(
        host.try_start("memory=157").unwrap_err(),
        "test processes hold 100 MB and may hold 256 in all"
    );
    assert_eq!(
        host.try_start("burner=71").unwrap_err(),
        "test processes burn 30 % of a CPU and may burn 100 % in all"
    );
    // A child of the holder holds none of it.
    let child = host.start_under(holder, "child").unwrap()[0].key;
    let statm = fs::read_to_string(format!("/proc/{}/statm", child.pid)).unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    assert!((pages * rustix::param::page_size()) >> 20 < 30);
}

#[test]
fn a_zombie_is_left_unreaped_by_its_own_parent() {
    let mut host = Host::new();
    let processes = host.start("zombie-maker");
    assert_eq!(processes.len(), 2);
    let seen = stat(processes[1].key.pid).unwrap();
    assert_eq!((seen.comm.as_str(), seen.state), ("px-zombie", 'Z'));
    assert_eq!(seen.ppid, processes[0].key.pid);
}

#[test]
fn a_daemonic_child_names_its_creator_as_its_main() {
    let mut host = Host::new();
    assert_eq!(host.start("daemonic")[0].main, host.main());
    let parent = host.start("child")[0].key;
    assert_eq!(host.start_under(parent, "daemonic").unwrap()[0].main, parent);
}
