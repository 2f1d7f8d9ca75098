use std::fmt::Write;

use proptest::prelude::*;

use super::compare::Comparison;
use super::*;
use crate::describe::outcome;
use crate::record::{Freezer, Observation, Pid, Record, Situation, TestProcess, Waiting};
use crate::tests::fixture::{self, event_source, events, key_of, lines, stats, watch};
use crate::world::World;

const TABLE: &str = "
    1 0 1 1 - - systemd
    400 1 400 400 - - systemd | cgroup=/user.slice/user@1000.service/init.scope
    812 1 812 812 3 - bash | fg=900
    900 812 900 812 3 - make
    901 900 900 812 3 - cc
    902 900 900 812 3 - ld | threads=3
    903 900 900 812 3 Z sh | wait=256
    904 901 900 812 3 - as
    950 1 950 950 - T paused
    960 1 960 960 - - loner
    970 1 970 970 - Z workers | threads=3
    971 1 971 971 - Z worker | threads=2";

const NONE: SignalMasks = SignalMasks::NONE;

fn ignoring(signal: Signal) -> SignalMasks {
    SignalMasks { ignored: 1 << (signal.number() - 1), ..NONE }
}

fn catching(signal: Signal) -> SignalMasks {
    SignalMasks { caught: 1 << (signal.number() - 1), ..NONE }
}

fn listening(text: &str) -> World {
    let mut world = World::new(fixture::host(), 30.0);
    world.apply(event_source(crate::record::host::EventSource::Connector));
    watch(&mut world, text, 1_000);
    world
}

fn made(world: &World, pid: Pid, signal: Signal, scope: Scope, masks: SignalMasks) -> Forecast {
    let mut forecast =
        forecast(world, key_of(world, pid), signal, scope, Masks::Known(masks)).unwrap();
    forecast.since = BootTime::from_secs(1_001);
    forecast
}

/// What is foretold, a line each: pid, fate, and who adopts it.
fn told(forecast: &Forecast) -> String {
    let line = |predicted: &ProcessForecast| {
        let prediction = match predicted.prediction {
            Prediction::HangsUp { of, why, response } => {
                format!("HangsUp with {}: {why:?} {response:?}", of.pid)
            }
            Prediction::EndsWith { of, cascade } => format!("EndsWith {} {cascade:?}", of.pid),
            other => format!("{other:?}"),
        };
        let reparenting = match predicted.reparenting {
            Reparenting::Stays => String::new(),
            Reparenting::Adopted { of, by, .. } => {
                format!(", of {} to {}", of.pid, by.map_or("?".into(), |by| by.pid.to_string()))
            }
        };
        format!("{} {prediction}{reparenting}", predicted.key.pid)
    };
    forecast.processes.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What came of it, a line each.
fn comparison(world: &World, forecast: &Forecast) -> Vec<String> {
    let verdicts = forecast.compare(world);
    let line = |verdict: &compare::Verdict| {
        format!("{:?}: {}", verdict.comparison, outcome::with_name(world, verdict))
    };
    verdicts.iter().map(line).collect()
}

fn in_a_line(world: &World, forecast: &Forecast) -> String {
    outcome::line(world, forecast, &forecast.compare(world))
}

#[test]
fn an_end_is_predicted_for_everybody_whom_it_concerns() {
    let world = listening(TABLE);
    let forecast = made(&world, 900, Signal::KILL, Scope::Process, NONE);
    let expected = "900 Ends\n901 Spared, of 900 to 1\n902 Spared, of 900 to 1\n\
                    903 Zombie, of 900 to 1\n904 Spared";
    assert_eq!(told(&forecast), expected);
    // Nobody is an orphan of who lives on.
    let forecast = made(&world, 900, Signal::TERM, Scope::Process, ignoring(Signal::TERM));
    assert_eq!(told(&forecast), "900 Ignores\n901 Spared\n902 Spared\n903 Zombie\n904 Spared");
    let forecast = made(&world, 900, Signal::TERM, Scope::Process, catching(Signal::TERM));
    assert!(told(&forecast).starts_with("900 Decides\n901 Spared, of 900 to 1\n"));
}

#[test]
fn each_answer_to_a_signal_is_a_fate_of_its_own() {
    let world = listening(TABLE);
    let prediction = |pid, signal, masks| {
        made(&world, pid, signal, Scope::Process, masks).of_target().unwrap().prediction
    };
    let blocking = SignalMasks { blocked: 1 << 14, ..NONE };
    assert_eq!(prediction(960, Signal::TERM, NONE), Prediction::Ends);
    assert_eq!(prediction(960, Signal::TERM, blocking), Prediction::Blocks);
    assert_eq!(prediction(902, Signal::TERM, blocking), Prediction::MayBlock);
    assert_eq!(prediction(970, Signal::TERM, blocking), Prediction::MayBlock);
    assert_eq!(
        prediction(971, Signal::TERM, blocking),
        Prediction::Blocks,
        "its main thread has ended"
    );
    assert_eq!(
        prediction(960, Signal::KILL, SignalMasks { ignored: !0, ..blocking }),
        Prediction::Ends
    );
    assert_eq!(prediction(960, Signal::STOP, NONE), Prediction::Stops);
    assert_eq!(prediction(960, Signal::CONT, NONE), Prediction::Unchanged);
    assert_eq!(prediction(950, Signal::CONT, ignoring(Signal::CONT)), Prediction::GoesOn);
    assert_eq!(prediction(1, Signal::KILL, NONE), Prediction::Dropped(DropReason::Init));
    assert_eq!(prediction(903, Signal::KILL, NONE), Prediction::Zombie);
    // Whose parent is init, or in another session, nobody could let go on.
    let tstp = Signal::all().find(|signal| signal.number() == 20).unwrap();
    assert_eq!(prediction(960, tstp, NONE), Prediction::Dropped(DropReason::OrphanedGroup));
    assert_eq!(prediction(904, tstp, NONE), Prediction::Stops);
    let stopped = made(&world, 950, Signal::TERM, Scope::Process, NONE);
    assert!(stopped.of_target().unwrap().waits(Signal::TERM));
}

#[test]
fn in_a_subtree_each_answers_by_its_own_masks() {
    let mut world = listening(TABLE);
    let masks = vec![
        (key_of(&world, 901), Some(ignoring(Signal::TERM))),
        (key_of(&world, 902), Some(catching(Signal::TERM))),
        (key_of(&world, 904), Some(NONE)),
    ];
    let at = world.now();
    world.apply(Record { at, observation: Observation::Masks(masks) });
    let mut forecast = made(&world, 900, Signal::TERM, Scope::Subtree, NONE);
    let expected = "900 Ends\n901 Ignores, of 900 to 1\n902 Decides, of 900 to 1\n\
                    903 Zombie, of 900 to 1\n904 Ends";
    assert_eq!(told(&forecast), expected);
    world.apply(events(
        "1001.1 exit 900 < 812 status=15; 1001.2 exit 904 < 901 status=15;
         1001.5 exit 902 < 1 status=768",
    ));
    world.apply(stats(&lines("901 1 900 812 3 - cc"), "1001.6"));
    assert_eq!(
        comparison(&world, &forecast)[..4],
        [
            "Matched: make 900 ended by SIGTERM",
            "Matched: cc 901 ignored SIGTERM and lived on, adopted by systemd 1",
            "Matched: ld 902 caught SIGTERM and ended with exit 3 after 0.5 s",
            "Mismatch: sh 903 is a zombie still: systemd 1 was to wait for it",
        ]
    );
    // Who refused the signal did not get it.
    forecast.spare(&[key_of(&world, 901)]);
    assert!(told(&forecast).contains("901 Spared, of 900 to 1"));
}

#[test]
fn what_is_read_just_before_counts_where_nothing_was_known() {
    let world = listening(TABLE);
    let key = key_of(&world, 960);
    let unread = forecast(&world, key, Signal::TERM, Scope::Process, Masks::Unread);
    let mut unread = unread.unwrap();
    assert!(!unread.of_target().unwrap().is_sure(Signal::TERM));
    unread.learn(&[(key, ignoring(Signal::TERM))]);
    assert_eq!(unread.of_target().unwrap().prediction, Prediction::Ignores);
    unread.learn(&[(key, NONE)]);
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
    let orphans = "901 1 900 812 3 - cc\n902 1 900 812 3 - ld";
    world.apply(stats(&lines(orphans), "1001.2"));
    world.apply(events("1001.3 exit 903 < 1 status=256"));
    let later = "1 0 1 1 - - systemd\n812 1 812 812 3 - bash\n901 1 900 812 3 - cc\n\
                 902 1 900 812 3 - ld\n904 901 900 812 3 - as";
    watch(&mut world, later, 1_003);
    watch(&mut world, later, 1_004);
    assert_eq!(
        in_a_line(&world, &forecast),
        "as foretold: make 900 ended by SIGKILL, 2 orphans adopted by systemd 1, \
         sh 903 went: systemd 1 waited for it"
    );
}

#[track_caller]
fn check_difference(pid: Pid, signal: Signal, masks: SignalMasks, happens: &str, line: &str) {
    let mut world = listening(TABLE);
    let forecast = made(&world, pid, signal, Scope::Process, masks);
    world.apply(events(happens));
    let all = comparison(&world, &forecast);
    assert!(all.iter().any(|told| told == line), "{all:#?}");
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
        "Mismatch: loner 960 ended with exit 3; foretold was SIGTERM",
    );
    let gone = "1001.1 exit 960 < 1 status=15";
    let sentence = "Mismatch: loner 960 ended by SIGTERM; foretold was that it ignores SIGTERM";
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
        "Mismatch: cc 901 ended with exit 0; foretold was that it lives on under systemd 1",
    );
    // Its creator's end was not foretold, so neither was that it is an orphan.
    check_difference(
        900,
        Signal::TERM,
        catching(Signal::TERM),
        "1001.2 exit 901 < 900 status=0; 1001.3 exit 904 < 1 status=0",
        "Mismatch: as 904 ended with exit 0: not foretold",
    );
    check_difference(
        900,
        Signal::TERM,
        catching(Signal::TERM),
        "1001.2 fork 970 < 900; 1001.3 exec 970 rm -rf obj; 1001.4 exit 970 < 900 status=0",
        "Mismatch: rm 970 was started by make 900, and ended with exit 0: not foretold",
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
    let adopted = "Mismatch: ld 902 was adopted by systemd 400; foretold was systemd 1";
    let orphaned = "Mismatch: as 904 became an orphan, adopted by systemd 400: not foretold";
    assert!(all.iter().any(|told| told == adopted), "{all:#?}");
    assert!(all.iter().any(|told| told == orphaned), "{all:#?}");
    let line = in_a_line(&world, &forecast);
    assert!(line.starts_with("not as foretold: cc 901 ended by SIGKILL; foretold was"), "{line}");
    assert!(line.contains(", and ") && line.ends_with(" more"), "{line}");
}

#[test]
fn whoever_is_above_may_be_a_subreaper_and_adopt() {
    let mut world = listening(TABLE);
    let forecast = made(&world, 900, Signal::KILL, Scope::Process, NONE);
    world.apply(events("1001.1 exit 900 < 812 status=9"));
    world.apply(stats(&lines("902 812 900 812 3 - ld"), "1001.3"));
    let told = comparison(&world, &forecast);
    let adopted = "Matched: ld 902 became an orphan, adopted by bash 812";
    assert!(told.iter().any(|line| line == adopted), "{told:#?}");
}

#[test]
fn what_a_signal_cannot_explain_is_told_beside_it() {
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
    assert_eq!(line, "as foretold so far: loner 960 caught SIGTERM and lives on so far");
    assert!(forecast.awaits_end(&world, forecast.of_target().unwrap()));
    world.apply(events("1009.0 exit 960 < 1 status=0"));
    let line = in_a_line(&world, &forecast);
    assert_eq!(line, "as foretold: loner 960 caught SIGTERM and ended with exit 0 after 8.0 s");
    assert!(forecast.is_fulfilled(&world));
}

#[test]
fn only_what_comes_in_time_counts() {
    let mut world = listening(TABLE);
    let forecast = made(&world, 960, Signal::TERM, Scope::Process, ignoring(Signal::TERM));
    world.apply(events("1005.0 exit 960 < 1 status=9"));
    let lived = "as foretold: loner 960 ignored SIGTERM and lived on";
    assert_eq!(in_a_line(&world, &forecast), lived, "its end came later");
    let mut world = listening(TABLE);
    let forecast = made(&world, 960, Signal::TERM, Scope::Process, NONE);
    world.apply(events("1000.9 exit 960 < 1 status=0"));
    let before = "nothing to compare: loner 960 ended with exit 0 before SIGTERM came";
    assert_eq!(in_a_line(&world, &forecast), before);
}

#[test]
fn a_birth_that_is_corrected_is_corrected_in_the_forecast() {
    let mut world = listening(TABLE);
    world.apply(events("1000.5 fork 970 < 900; 1000.51 fork 971 < 970"));
    let mut forecast = made(&world, 970, Signal::KILL, Scope::Process, NONE);
    assert_eq!(told(&forecast), "970 Ends\n971 Spared, of 970 to 1");
    world.apply(stats(&lines("970 900 900 812 3 f make | start=100049"), "1000.6"));
    for (old, new) in world.take_corrected_keys() {
        forecast.correct(old, new);
    }
    assert_eq!(forecast.target, key_of(&world, 970));
    world.apply(events("1001.2 exit 970 < 900 status=9"));
    world.apply(stats(&lines("971 1 900 812 3 f make | start=100051"), "1001.3"));
    for (old, new) in world.take_corrected_keys() {
        forecast.correct(old, new);
    }
    let line = "as foretold: make 970 ended by SIGKILL, \
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
fn a_cause_that_nobody_told_counts_as_far_as_it_goes() {
    let mut world = fixture::world(TABLE);
    let forecast = made(&world, 960, Signal::KILL, Scope::Process, NONE);
    let rest: Vec<&str> = TABLE.lines().filter(|line| !line.contains("loner")).collect();
    watch(&mut world, &rest.join("\n"), 1_003);
    watch(&mut world, &rest.join("\n"), 1_005);
    let line = in_a_line(&world, &forecast);
    assert_eq!(line, "as foretold: loner 960 ended, nobody knows how");
    assert!(!forecast.is_fulfilled(&world), "its cause may be told yet");
}

#[test]
fn the_end_of_a_session_hangs_up_its_foreground() {
    let mut world = listening(TABLE);
    let masks = vec![(key_of(&world, 901), Some(ignoring(Signal::HUP)))];
    let at = world.now();
    world.apply(Record { at, observation: Observation::Masks(masks) });
    let forecast = made(&world, 812, Signal::KILL, Scope::Process, NONE);
    let all = told(&forecast);
    let job = "900 HangsUp with 812: Foreground None, of 812 to 1";
    assert!(all.contains(job), "{all}");
    assert!(all.contains("901 HangsUp with 812: Foreground Some(Ignores)"), "{all}");
    world.apply(events("1001.1 exit 812 < 1 status=9; 1001.2 exit 900 < 1 status=1"));
    let all = comparison(&world, &forecast);
    assert_eq!(
        all[..2],
        ["Matched: bash 812 ended by SIGKILL", "Matched: make 900 ended by SIGHUP",]
    );
    // While its shell lives, nobody gets it.
    let world = listening(TABLE);
    let forecast = made(&world, 812, Signal::TERM, Scope::Process, catching(Signal::TERM));
    let told = comparison(&world, &forecast);
    assert_eq!(told, ["Pending: bash 812 caught SIGTERM and lives on so far"]);
}

#[test]
fn a_namespace_ends_with_its_init_and_the_lab_with_its_helper() {
    let mut world = listening("1 0 1 1 - - init\n50 1 50 50 - - app | ns=50,1\n51 50 50 50 - - x");
    let forecast = made(&world, 50, Signal::KILL, Scope::Process, NONE);
    assert_eq!(told(&forecast), "50 Ends\n51 EndsWith 50 Namespace");
    world.apply(events("1001.1 exit 50 < 1 status=9"));
    let all = comparison(&world, &forecast);
    assert_eq!(all[1], "Mismatch: x 51 was to end with its pid namespace, and still lives");
    let table = "1 0 1 1 - - init\n50 1 50 50 - - px-helper\n51 50 50 50 - f px-main\n\
                 52 51 50 50 - f px-child\n53 1 53 53 - f px-orphan\n60 1 60 60 - - other";
    let mut world = listening(table);
    for pid in [51, 52, 53] {
        let test_process = TestProcess { kind: "child".into(), daemonic_main: None };
        let observation = Observation::TestProcess(key_of(&world, pid), test_process);
        world.apply(Record { at: BootTime::from_secs(1_000), observation });
    }
    let forecast = made(&world, 50, Signal::KILL, Scope::Process, NONE);
    let all = "50 Ends\n51 EndsWith 50 Lab\n52 EndsWith 50 Lab\n53 EndsWith 50 Lab";
    assert_eq!(told(&forecast), all);
    world.apply(events(
        "1001.1 exit 50 < 1 status=9; 1001.2 exit 51 < 1 status=0; 1001.2 exit 52 < 1 status=0;
         1001.3 exit 53 < 1 status=9",
    ));
    assert_eq!(
        in_a_line(&world, &forecast),
        "as foretold: px-helper 50 ended by SIGKILL, 2 more ended with exit 0, with the lab, \
         px-orphan 53 ended by SIGKILL, with the lab"
    );
}

#[track_caller]
fn check_open(flag: &str, situation: Situation, signal: Signal, line: &str) {
    let mut world = listening(&format!("1 0 1 1 - - init\n6 1 6 6 - {flag} job"));
    let masks = SignalMasks { situation, ..NONE };
    let forecast = made(&world, 6, signal, Scope::Process, masks);
    assert_eq!(in_a_line(&world, &forecast), format!("as foretold so far: job 6 {line}"));
    world.apply(events("1001.1 exit 6 < 1 status=0"));
    assert!(in_a_line(&world, &forecast).starts_with("as foretold: job 6 ended with exit 0"));
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
fn what_ends_a_process_by_default_comes_through_a_vfork_and_the_freezer_of_cgroup_v2() {
    let vfork = Situation { in_vfork: true, ..Situation::CALM };
    let frozen = Situation { freezer: Some(Freezer::V2), ..Situation::CALM };
    for (flag, situation) in [("D", vfork), ("-", frozen)] {
        let waits = |signal, scope, masks| {
            let world = listening(&format!("1 0 1 1 - - init\n6 1 6 6 - {flag} job"));
            let forecast = made(&world, 6, signal, scope, SignalMasks { situation, ..masks });
            forecast.of_target().unwrap().delay(signal).is_some()
        };
        for signal in [Signal::KILL, Signal::TERM, Signal::HUP] {
            assert!(!waits(signal, Scope::Process, NONE));
        }
        for signal in [Signal::of_name("QUIT").unwrap(), Signal::STOP] {
            assert!(waits(signal, Scope::Process, NONE));
        }
        assert!(waits(Signal::TERM, Scope::Process, catching(Signal::TERM)));
        // A subtree's signal comes after a stop.
        assert!(waits(Signal::TERM, Scope::Subtree, NONE));
        assert!(!waits(Signal::KILL, Scope::Subtree, NONE));
    }
    // Who is stopped besides hears it later.
    let world = listening("1 0 1 1 - - init\n6 1 6 6 - T job");
    let masks = SignalMasks { situation: frozen, ..NONE };
    let forecast = made(&world, 6, Signal::TERM, Scope::Process, masks);
    assert_eq!(forecast.of_target().unwrap().delay(Signal::TERM), Some(Delay::Stopped));
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
        assert_eq!(in_a_line(&world, &forecast), format!("as foretold so far: loner 960 {line}"));
    }
}

#[test]
fn a_child_that_dies_with_its_parent_may_have_asked_to() {
    let mut world = listening(TABLE);
    let forecast = made(&world, 900, Signal::KILL, Scope::Process, NONE);
    world.apply(events("1001.1 exit 900 < 812 status=9; 1001.101 exit 901 < 1 status=15"));
    let told = "Pending: cc 901 ended by SIGTERM with its parent: that may have been asked for \
                (PR_SET_PDEATHSIG, PTRACE_O_EXITKILL)";
    assert_eq!(comparison(&world, &forecast)[1], told);
}

#[test]
fn verdicts_are_ordered_by_their_weight() {
    assert!(
        Comparison::Mismatch > Comparison::Pending && Comparison::Pending > Comparison::Matched
    );
}

proptest! {
    #[test]
    fn a_forecast_names_only_who_is_there_and_each_once(
        parents in proptest::collection::vec((1_u32..40, 1_u32..40, 0_u8..4, 0_u8..3), 1..40),
        target in 2_u32..42,
        number in 1_u32..=31,
        is_subtree in any::<bool>(),
        masks in any::<[u64; 3]>(),
    ) {
        let mut text = "1 0 1 1 - - init\n".to_owned();
        for (index, (parent, group, state, tty)) in parents.iter().enumerate() {
            let pid = index + 2;
            let flag = ["-", "T", "Z", "f"][usize::from(*state)];
            let tty = ["-", "1", "2"][usize::from(*tty)];
            writeln!(text, "{pid} {parent} {group} {group} {tty} {flag} p | fg={group}").unwrap();
        }
        let mut world = listening(&text);
        let key = ProcessKey::at_ticks(target, u64::from(target) * 10);
        let signal = Signal::all().find(|signal| signal.number() == number).unwrap();
        let scope = if is_subtree { Scope::Subtree } else { Scope::Process };
        let [blocked, ignored, caught] = masks;
        let masks = Masks::Known(SignalMasks { blocked, ignored, caught, ..SignalMasks::NONE });
        let Some(made) = forecast(&world, key, signal, scope, masks) else { return Ok(()) };
        let mut seen = std::collections::HashSet::new();
        for predicted in &made.processes {
            prop_assert!(seen.insert(predicted.key), "{} is there twice", predicted.key.pid);
            prop_assert!(world.get(predicted.key).is_some_and(|it| it.ended.is_none()));
        }
        // What comes of it is told of those alone who are in it, or were born since.
        world.apply(events(&format!("1001.5 exit {target}; 1001.6 fork 99 < 2")));
        for verdict in made.compare(&world) {
            prop_assert!(seen.contains(&verdict.key) || verdict.key.pid == 99);
        }
        prop_assert!(!in_a_line(&world, &made).is_empty());
    }
}
