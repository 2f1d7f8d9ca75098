//! What came of a signal, beside what was predicted.

use super::*;

#[test]
fn what_is_read_just_before_counts_where_nothing_was_known() {
    let world = listening(TABLE);
    let id = id_of(&world, 960);
    let unread = forecast(&world, id, Signal::TERM, Scope::Process, Masks::Unread);
    let mut unread = unread.unwrap();
    assert!(!unread.of_target().unwrap().is_sure(Signal::TERM));
    unread.learn(&[(id, ignoring(Signal::TERM))]);
    assert_eq!(unread.of_target().unwrap().prediction, Prediction::Ignores);
    unread.learn(&[(id, NONE)]);
    assert_eq!(unread.of_target().unwrap().prediction, Prediction::Ignores, "it was known");
}

#[test]
fn a_killed_main_and_its_orphans_are_as_predicted_in_one_line() {
    let mut world = listening(TABLE);
    let forecast = made(&world, 900, Signal::KILL, Scope::Process, NONE);
    world.apply(events("1001.1 exit 900 < 812 status=9"));
    let unknown = "Pending: cc 901 became an orphan whose adopter is not known yet";
    assert_eq!(comparison(&world, &forecast)[1], unknown);
    assert!(!forecast.is_fulfilled(&world));
    // Whether one of them is stopped changes nothing of it.
    let orphans = "901 1 900 812 3 - cc\n902 1 900 812 3 T ld";
    world.apply(stats(&lines(orphans), "1001.2"));
    world.apply(events("1001.3 exit 903 < 1 status=256"));
    let later = "1 0 1 1 - - systemd\n812 1 812 812 3 - bash\n901 1 900 812 3 - cc\n\
                 902 1 900 812 3 T ld\n904 901 900 812 3 - as";
    watch(&mut world, later, 1_003);
    watch(&mut world, later, 1_004);
    assert_eq!(
        in_a_line(&world, &forecast),
        "as predicted: make 900 ended by SIGKILL, 2 orphans adopted by systemd 1, \
         sh 903 is gone: systemd 1 waited for it"
    );
}

#[track_caller]
fn check_difference(pid: Pid, signal: Signal, masks: SignalMasks, happens: &str, line: &str) {
    let mut world = listening(TABLE);
    let forecast = made(&world, pid, signal, Scope::Process, masks);
    world.apply(events(happens));
    let all = comparison(&world, &forecast);
    assert!(all.iter().any(|reported| reported == line), "{all:#?}");
}

#[test]
fn what_did_not_come_true_is_said_in_a_sentence() {
    let calm = "1001.1 rename 812 bash";
    check_difference(
        960,
        Signal::KILL,
        NONE,
        calm,
        "Mismatch: loner 960 was to end by SIGKILL, and still lives",
    );
    check_difference(
        960,
        Signal::TERM,
        NONE,
        "1001.1 exit 960 < 1 status=768",
        "Mismatch: loner 960 ended with exit 3; predicted was SIGTERM",
    );
    let gone = "1001.1 exit 960 < 1 status=15";
    let sentence = "Mismatch: loner 960 ended by SIGTERM; predicted was that it ignores SIGTERM";
    check_difference(960, Signal::TERM, ignoring(Signal::TERM), gone, sentence);
    check_difference(
        960,
        Signal::STOP,
        NONE,
        calm,
        "Mismatch: loner 960 was to stop, and is sleeping",
    );
    check_difference(
        950,
        Signal::CONT,
        NONE,
        calm,
        "Mismatch: paused 950 was to go on, and is stopped still",
    );
    check_difference(
        900,
        Signal::KILL,
        NONE,
        "1001.1 exit 900 < 812 status=9; 1001.2 exit 901 < 1 status=0",
        "Mismatch: cc 901 ended with exit 0; predicted was that it lives on under systemd 1",
    );
    // Its creator's end was not predicted, so neither was that it is an orphan.
    check_difference(
        900,
        Signal::TERM,
        catching(Signal::TERM),
        "1001.2 exit 901 < 900 status=0; 1001.3 exit 904 < 1 status=0",
        "Mismatch: as 904 ended with exit 0: not predicted",
    );
    check_difference(
        900,
        Signal::TERM,
        catching(Signal::TERM),
        "1001.2 fork 970 < 900; 1001.3 exec 970 rm -rf obj; 1001.4 exit 970 < 900 status=0",
        "Mismatch: rm 970 was started by make 900, and ended with exit 0: not predicted",
    );
}

#[test]
fn another_adopter_and_an_orphan_that_was_not_predicted_are_named() {
    let mut world = listening(&TABLE.replace("900 812 900", "900 1 900"));
    let forecast = made(&world, 900, Signal::KILL, Scope::Process, NONE);
    world.apply(events("1001.1 exit 900 < 812 status=9; 1001.2 exit 901 < 1 status=9"));
    let after = "902 400 900 812 3 - ld\n904 400 900 812 3 - as";
    world.apply(stats(&lines(after), "1001.3"));
    let all = comparison(&world, &forecast);
    let adopted = "Mismatch: ld 902 was adopted by systemd 400; predicted was systemd 1";
    let orphaned = "Mismatch: as 904 became an orphan, adopted by systemd 400: not predicted";
    assert!(all.iter().any(|reported| reported == adopted), "{all:#?}");
    assert!(all.iter().any(|reported| reported == orphaned), "{all:#?}");
    let line = in_a_line(&world, &forecast);
    assert!(line.starts_with("not as predicted: cc 901 ended by SIGKILL; predicted was"), "{line}");
    assert!(line.contains(", and ") && line.ends_with(" more"), "{line}");
}

#[test]
fn whoever_is_above_may_be_a_subreaper_and_adopt() {
    let mut world = listening(TABLE);
    let forecast = made(&world, 900, Signal::KILL, Scope::Process, NONE);
    world.apply(events("1001.1 exit 900 < 812 status=9"));
    world.apply(stats(&lines("902 812 900 812 3 - ld"), "1001.3"));
    let reported = comparison(&world, &forecast);
    let adopted = "Matched: ld 902 became an orphan, adopted by bash 812";
    assert!(reported.iter().any(|line| line == adopted), "{reported:#?}");
}

#[test]
fn what_a_signal_cannot_explain_is_reported_beside_it() {
    let mut world = listening(TABLE);
    let forecast = made(&world, 900, Signal::TERM, Scope::Process, ignoring(Signal::TERM));
    world.apply(events("1001.2 exit 901 < 900 status=0; 1001.3 fork 970 < 900"));
    let all = comparison(&world, &forecast);
    assert!(all.contains(&"Unrelated: cc 901 ended with exit 0, by itself".to_owned()), "{all:#?}");
    assert!(all.contains(&"Unrelated: make 970 was started by make 900".to_owned()), "{all:#?}");
}

#[test]
fn a_handler_is_open_until_it_decides() {
    let mut world = listening(TABLE);
    let forecast = made(&world, 960, Signal::TERM, Scope::Process, catching(Signal::TERM));
    let line = in_a_line(&world, &forecast);
    assert_eq!(line, "as predicted so far: loner 960 caught SIGTERM and lives on so far");
    assert!(forecast.awaits_end(&world, forecast.of_target().unwrap()));
    world.apply(events("1009.0 exit 960 < 1 status=0"));
    let line = in_a_line(&world, &forecast);
    assert_eq!(line, "as predicted: loner 960 caught SIGTERM and ended with exit 0 after 8.0 s");
    assert!(forecast.is_fulfilled(&world));
}

#[test]
fn only_what_comes_in_time_counts() {
    let mut world = listening(TABLE);
    let forecast = made(&world, 960, Signal::TERM, Scope::Process, ignoring(Signal::TERM));
    world.apply(events("1005.0 exit 960 < 1 status=9"));
    let lived = "as predicted: loner 960 ignored SIGTERM and lived on";
    assert_eq!(in_a_line(&world, &forecast), lived, "its end came later");
    let mut world = listening(TABLE);
    let forecast = made(&world, 960, Signal::TERM, Scope::Process, NONE);
    world.apply(events("1000.9 exit 960 < 1 status=0"));
    let before = "nothing to compare: loner 960 ended with exit 0 before SIGTERM came";
    assert_eq!(in_a_line(&world, &forecast), before);
}

#[test]
fn a_birth_that_is_corrected_is_of_the_same_process_for_a_forecast() {
    let mut world = listening(TABLE);
    world.apply(events("1000.5 fork 970 < 900; 1000.51 fork 971 < 970"));
    let forecast = made(&world, 970, Signal::KILL, Scope::Process, NONE);
    assert_eq!(reported(&forecast), "970 Ends\n971 Spared, of 970 to 1");
    world.apply(stats(&lines("970 900 900 812 3 f make | start=100049"), "1000.6"));
    assert_eq!(forecast.target, id_of(&world, 970));
    world.apply(events("1001.2 exit 970 < 900 status=9"));
    world.apply(stats(&lines("971 1 900 812 3 f make | start=100051"), "1001.3"));
    let line = "as predicted: make 970 ended by SIGKILL, \
                make 971 became an orphan, adopted by systemd 1";
    assert_eq!(in_a_line(&world, &forecast), line);
}

#[test]
fn a_pid_that_is_used_again_is_another_process() {
    let mut world = listening(TABLE);
    let forecast = made(&world, 960, Signal::KILL, Scope::Process, NONE);
    world.apply(events("1001.1 exit 960 < 1 status=9; 1001.2 fork 960 < 812"));
    assert_eq!(comparison(&world, &forecast), ["Matched: loner 960 ended by SIGKILL"]);
}

#[test]
fn a_cause_that_nobody_reported_counts_as_far_as_it_goes() {
    let mut world = fixture::world(TABLE);
    let forecast = made(&world, 960, Signal::KILL, Scope::Process, NONE);
    let rest: Vec<&str> = TABLE.lines().filter(|line| !line.contains("loner")).collect();
    watch(&mut world, &rest.join("\n"), 1_003);
    watch(&mut world, &rest.join("\n"), 1_005);
    let line = in_a_line(&world, &forecast);
    assert_eq!(line, "as predicted: loner 960 ended (cause unknown)");
    assert!(!forecast.is_fulfilled(&world), "its cause may be reported yet");
}

#[track_caller]
fn check_open(flag: &str, situation: Situation, signal: Signal, line: &str) {
    let mut world = listening(&format!("1 0 1 1 - - init\n6 1 6 6 - {flag} job"));
    let masks = SignalMasks { situation, ..NONE };
    let forecast = made(&world, 6, signal, Scope::Process, masks);
    assert_eq!(in_a_line(&world, &forecast), format!("as predicted so far: job 6 {line}"));
    world.apply(events("1001.1 exit 6 < 1 status=0"));
    assert!(in_a_line(&world, &forecast).starts_with("as predicted: job 6 ended with exit 0"));
}

#[test]
fn who_lives_because_the_signal_waits_is_no_difference() {
    let calm = Situation::CALM;
    let asleep = "lives on so far: SIGKILL waits while it is in uninterruptible sleep (D)";
    check_open("D", calm, Signal::KILL, asleep);
    let frozen = Situation { freezer: Some(Freezer::V1), ..calm };
    check_open("D", frozen, Signal::KILL, "lives on so far: SIGKILL waits while it is frozen");
    let vfork = Situation { in_vfork: true, ..calm };
    let line = "lives on so far: SIGQUIT waits while it waits for its vfork child";
    check_open("D", vfork, Signal::of_name("QUIT").unwrap(), line);
    let traced = Situation { tracer: Some(5), ..calm };
    check_open("-", traced, Signal::TERM, "lives on so far: its tracer decides about SIGTERM");
    let waiting = Situation { waiting: Waiting::Yes, ..calm };
    let line = "lives on so far; what it does with SIGTERM was not known";
    check_open("-", waiting, Signal::TERM, line);
}

#[test]
fn an_init_that_is_stopped_goes_on_by_cont() {
    for pid in [1, 50] {
        let world = listening("1 0 1 1 - T init\n50 1 50 50 - T app | ns=50,1");
        let prediction = |signal| {
            made(&world, pid, signal, Scope::Process, NONE).of_target().unwrap().prediction
        };
        assert_eq!(prediction(Signal::CONT), Prediction::GoesOn);
        assert_eq!(prediction(Signal::TERM), Prediction::Dropped(DropReason::Init));
    }
}

#[test]
fn who_fell_asleep_or_got_a_tracer_since_is_no_difference() {
    for (flag, line) in [
        ("D", "lives on so far: SIGTERM waits while it is in uninterruptible sleep (D)"),
        ("t", "lives on so far: its tracer decides about SIGTERM"),
    ] {
        let mut world = listening(TABLE);
        let forecast = made(&world, 960, Signal::TERM, Scope::Process, NONE);
        world.apply(stats(&lines(&format!("960 1 960 960 - {flag} loner")), "1001.5"));
        assert_eq!(in_a_line(&world, &forecast), format!("as predicted so far: loner 960 {line}"));
    }
}

#[test]
fn a_child_that_dies_with_its_parent_may_have_asked_to() {
    let mut world = listening(TABLE);
    let forecast = made(&world, 900, Signal::KILL, Scope::Process, NONE);
    world.apply(events("1001.1 exit 900 < 812 status=9; 1001.101 exit 901 < 1 status=15"));
    let reported = "Pending: cc 901 ended by SIGTERM with its parent: that may have been asked for \
                (PR_SET_PDEATHSIG, PTRACE_O_EXITKILL)";
    assert_eq!(comparison(&world, &forecast)[1], reported);
}

#[test]
fn verdicts_are_ordered_by_their_weight() {
    assert!(
        Comparison::Mismatch > Comparison::Pending && Comparison::Pending > Comparison::Matched
    );
}
