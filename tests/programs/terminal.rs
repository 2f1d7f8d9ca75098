//! A session's jobs: who is in the foreground, what typing does, and what a hang-up does.

use rustix::process::Signal;

use crate::harness::processes::{Key, signals, stat};
use crate::harness::wait::within;
use crate::host::{Host, eventually, run_of, targets};

/// The group in the foreground of a session's terminal.
fn foreground(session: Key) -> u32 {
    u32::try_from(session.stat().foreground).unwrap()
}

#[test]
fn a_session_leads_its_terminal_and_each_child_of_it_is_a_job() {
    let mut host = Host::new();
    let session = host.start("session");
    let seen = session.stat();
    assert_eq!((seen.sid, seen.pgid), (session.pid, session.pid));
    assert!(seen.terminal != 0);
    assert_eq!(foreground(session), session.pid);
    let jobs = [
        host.start_under(session, "child"),
        host.sleep(session),
        host.start_under(session, "parent"),
    ];
    for job in jobs {
        let seen = job.stat();
        assert_eq!((seen.ppid, seen.pgid, seen.sid), (session.pid, job.pid, session.pid));
        assert_eq!(seen.terminal, session.stat().terminal);
    }
    assert_eq!(foreground(session), jobs[2].pid);
    // Deeper ones are of the job.
    let below = [host.start_under(jobs[0], "child"), host.sleep(jobs[0])];
    for process in below {
        assert_eq!((process.stat().pgid, process.stat().sid), (jobs[0].pid, session.pid));
    }
    assert_eq!(foreground(session), jobs[2].pid);
    // Two that leave the session are no jobs of it.
    let other = host.start_under(session, "session");
    let daemon = host.start_under(session, "daemon");
    assert_eq!(other.stat().sid, other.pid);
    assert!(other.stat().terminal != seen.terminal && daemon.stat().terminal == 0);
}

#[test]
fn a_program_has_its_terminal_and_nothing_else_of_the_lab() {
    let mut host = Host::new();
    let session = host.start("session");
    let job = host.sleep(session);
    eventually("it has exec'd", || job.is_called("sleep"));
    let below = host.start_under(session, "child");
    let deeper = host.sleep(below);
    let outside = host.start("child");
    let elsewhere = host.sleep(outside);
    for (program, streams) in [(job, "/dev/pts/"), (deeper, "/dev/tty"), (elsewhere, "/dev/null")] {
        eventually("it has exec'd", || program.is_called("sleep"));
        // What the tests were started with goes through to everybody.
        let own = || -> Vec<String> {
            let mut own = targets(program);
            own.retain(|fd, target| host.inherited.get(fd) != Some(target));
            own.into_values().collect()
        };
        // It opens its libraries first.
        eventually("it has its streams and no more", || own().len() == 3);
        assert!(own().iter().all(|target| target.starts_with(streams)), "{:?}", own());
        for set in ["SigIgn", "SigCgt", "SigBlk"] {
            assert_eq!(signals(program.pid, set), 0);
        }
        assert_eq!(run_of(program), run_of(session));
        assert!(run_of(program).is_some());
    }
}

#[test]
fn ctrl_c_and_ctrl_z_reach_the_job_in_the_foreground_and_no_other() {
    let mut host = Host::new();
    let session = host.start("session");
    // With no job yet nobody handles it.
    host.type_into(session, "\u{3}").unwrap();
    let (first, second) = (host.sleep(session), host.sleep(session));
    let below = host.start_under(session, "child");
    let third = host.sleep(below);
    host.type_into(session, "\u{1a}").unwrap();
    eventually("the job is stopped", || third.stat().state == 'T' && below.stat().state == 'T');
    assert!(first.stat().state != 'T' && second.stat().state != 'T');
    host.type_into(session, "\u{3}").unwrap();
    for process in [below, third] {
        process.send(Signal::CONT);
    }
    eventually("Ctrl-C ends it", || below.is_gone() && third.is_gone());
    assert!(!first.has_ended() && !second.has_ended() && !session.has_ended());
    // The session is no job and takes its terminal back for none.
    host.type_into(session, "\u{3}").unwrap();
    let last = host.sleep(session);
    host.type_into(session, "\u{3}").unwrap();
    eventually("the next job gets the next one", || last.is_gone());
    assert!(!first.has_ended() && !second.has_ended() && !session.has_ended());
}

#[test]
fn a_hang_up_ends_the_foreground_and_the_session_lives() {
    let mut host = Host::new();
    let session = host.start("session");
    let (background, foreground) = (host.sleep(session), host.sleep(session));
    host.hang_up(session).unwrap();
    eventually("HUP ends it", || foreground.is_gone());
    assert!(!background.has_ended() && !session.has_ended());
    assert_eq!((session.stat().terminal, background.stat().terminal), (0, 0));
    let gone = format!("px-session {} has no terminal any more", session.pid);
    assert_eq!(host.hang_up(session).unwrap_err(), gone);
    assert_eq!(host.type_into(session, "x").unwrap_err(), gone);
    assert!(host.sleep(session).stat().terminal == 0);
}

#[test]
fn a_session_without_a_job_survives_a_hang_up_and_handles_hup_after_it() {
    let mut host = Host::new();
    let session = host.start("session");
    host.hang_up(session).unwrap();
    assert_eq!(session.stat().terminal, 0);
    assert!(!session.has_ended());
    session.send(Signal::HUP);
    eventually("HUP ends it", || session.is_gone());
}

#[test]
fn the_end_of_a_session_hangs_its_terminal_up() {
    for is_killed in [false, true] {
        let mut host = Host::new();
        let session = host.start("session");
        let (stopped, background, foreground) =
            (host.sleep(session), host.sleep(session), host.sleep(session));
        stopped.stop();
        if is_killed {
            session.send(Signal::KILL);
        } else {
            host.end(session).unwrap();
        }
        eventually("HUP ends the foreground", || foreground.is_gone());
        // A stopped job that lost its session's leader is an orphaned group (setpgid(2)).
        eventually("HUP ends the stopped job", || stopped.is_gone());
        let helper = host.member("px-helper").pid;
        eventually("the other is adopted", || background.stat().ppid == helper);
    }
}

#[test]
fn a_program_that_cannot_be_run_is_named_and_takes_no_place() {
    let mut host = Host::new();
    let session = host.start("session");
    let job = host.sleep(session);
    assert_eq!(
        host.try_run(session, &["no such\nprogram", "x"]).unwrap_err(),
        "\"no such\\nprogram\" could not be run: No such file or directory (os error 2)"
    );
    assert_eq!(
        host.try_run(session, &["/etc/passwd"]).unwrap_err(),
        "\"/etc/passwd\" could not be run: Permission denied (os error 13)"
    );
    assert!(host.try_run(session, &[]).unwrap_err().contains("no program is named"));
    host.type_into(session, "\u{3}").unwrap();
    eventually("the job before it is in the foreground again", || job.is_gone());
    let long = "x".repeat(5000);
    let refusal = host.try_run(session, &["echo", &long]).unwrap_err();
    assert!(refusal.contains("bytes to say, and may take 4096"), "{refusal}");
    assert!(host.type_into(session, &long).unwrap_err().contains("may take 4096"));
}

#[test]
fn who_cannot_do_it_says_why() {
    let mut host = Host::new();
    let (session, child) = (host.start("session"), host.start("child"));
    let program = host.sleep(session);
    let no_terminal = format!("px-child {} has no terminal: only a session has one", child.pid);
    assert_eq!(host.type_into(child, "x").unwrap_err(), no_terminal);
    assert_eq!(host.hang_up(child).unwrap_err(), no_terminal);
    let sentence =
        format!("{} is a program of its own, and does only what it is made for", program.pid);
    assert_eq!(host.end(program).unwrap_err(), sentence);
    assert_eq!(host.try_run(program, &["true"]).unwrap_err(), sentence);
    let daemonic = host.start("daemonic");
    assert!(host.try_run(daemonic, &["true"]).unwrap_err().contains("it may have no children"));
    child.stop();
    let sentence = format!("px-child {} is stopped, and does nothing before CONT", child.pid);
    assert_eq!(host.end(child).unwrap_err(), sentence);
    let stranger = host.key();
    let sentence = format!("{} is no living test process of this lab", stranger.pid);
    assert_eq!(host.end(stranger).unwrap_err(), sentence);
    assert_eq!(host.try_run(stranger, &["true"]).unwrap_err(), sentence);
}

#[test]
fn nothing_is_started_for_what_cannot_be_done() {
    let mut host = Host::new();
    let stranger = host.key();
    let sentence = format!("{} is no living test process of this lab", stranger.pid);
    assert_eq!(host.try_run(stranger, &["true"]).unwrap_err(), sentence);
    assert_eq!(host.hang_up(stranger).unwrap_err(), sentence);
    assert_eq!(host.try_start_under(stranger, "child").unwrap_err(), sentence);
    assert_eq!(host.marked(), [] as [u32; 0]);
}

#[test]
fn arguments_arrive_as_they_are_and_what_is_typed_is_read() {
    let mut host = Host::new();
    let session = host.start("session");
    // The line is a participant's only if the argument came whole and the typed line was read.
    let script = "read line; [ \"$1\" = 'a \"b\" ñ' ] && echo \"participant $line $$\"";
    let shell = host.run(session, &["sh", "-c", script, "sh", "a \"b\" ñ"]);
    host.type_into(session, "what-was-typed\n").unwrap();
    assert_eq!(host.participant("what-was-typed"), shell);
}

#[test]
fn only_a_process_of_this_lab_is_a_participant() {
    let mut host = Host::new();
    let session = host.start("session");
    let stranger = std::process::id();
    let script = format!(
        "echo participant stranger {stranger}; echo participant Odd $$; echo participant own $$; read x"
    );
    let shell = host.run(session, &["sh", "-c", &script]);
    assert_eq!(host.participant("own"), shell);
    assert_eq!(host.names_of_participants(), [] as [&str; 0]);
}

#[test]
fn a_program_that_writes_without_end_is_never_held_up() {
    let mut host = Host::new();
    let session = host.start("session");
    let writer = host.run(session, &["sh", "-c", "yes participant me $$ | head -c 300000"]);
    eventually("it has written all", || writer.is_gone());
    assert_eq!(host.participant("me"), writer);
    assert!(!session.has_ended());
}

#[test]
fn an_ended_main_leaves_its_children_to_the_helper_and_takes_the_daemonic_ones() {
    let mut host = Host::new();
    let (child, daemonic) = (host.start("child"), host.start("daemonic"));
    let (main, helper) = (host.member("px-main"), host.member("px-helper"));
    host.end(main).unwrap();
    assert!(main.has_ended());
    eventually("the daemonic child is ended", || daemonic.is_gone());
    eventually("the other is adopted", || child.stat().ppid == helper.pid);
    let next = host.start("child");
    assert!(stat(next.stat().ppid).unwrap().comm == "px-main");
    assert!(!within(std::time::Duration::from_millis(50), || child.has_ended()));
}
