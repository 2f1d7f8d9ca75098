mod outcomes;

use std::fmt::Write;

use proptest::prelude::*;

use super::*;
use crate::describe::outcome;
use crate::record::{Freezer, Observation, Pid, Record, Situation, TestProcess, Waiting};
use crate::tests::fixture::{self, event_source, events, id_of, key_of, lines, stats, watch};
use crate::world::{Comparison, Process, World};

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
        forecast(world, id_of(world, pid), signal, scope, Masks::Known(masks)).unwrap();
    forecast.since = BootTime::from_secs(1_001);
    forecast
}

/// What is predicted, a line each: pid, prediction, and who adopts it.
fn reported(forecast: &Forecast) -> String {
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
        format!("{} {prediction}{reparenting}", predicted.id.pid)
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
    assert_eq!(reported(&forecast), expected);
    // Nobody is an orphan of who lives on.
    let forecast = made(&world, 900, Signal::TERM, Scope::Process, ignoring(Signal::TERM));
    assert_eq!(reported(&forecast), "900 Ignores\n901 Spared\n902 Spared\n903 Zombie\n904 Spared");
    let forecast = made(&world, 900, Signal::TERM, Scope::Process, catching(Signal::TERM));
    assert!(reported(&forecast).starts_with("900 Decides\n901 Spared, of 900 to 1\n"));
}

#[test]
fn each_answer_to_a_signal_is_a_prediction_of_its_own() {
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
    assert_eq!(reported(&forecast), expected);
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
    forecast.spare(&[id_of(&world, 901)]);
    assert!(reported(&forecast).contains("901 Spared, of 900 to 1"));
}

#[test]
fn the_end_of_a_session_hangs_up_its_foreground() {
    let mut world = listening(TABLE);
    let masks = vec![(key_of(&world, 901), Some(ignoring(Signal::HUP)))];
    let at = world.now();
    world.apply(Record { at, observation: Observation::Masks(masks) });
    let forecast = made(&world, 812, Signal::KILL, Scope::Process, NONE);
    let all = reported(&forecast);
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
    let reported = comparison(&world, &forecast);
    assert_eq!(reported, ["Pending: bash 812 caught SIGTERM and lives on so far"]);
}

#[test]
fn a_namespace_ends_with_its_init_and_the_lab_with_its_helper() {
    let mut world = listening("1 0 1 1 - - init\n50 1 50 50 - - app | ns=50,1\n51 50 50 50 - - x");
    let forecast = made(&world, 50, Signal::KILL, Scope::Process, NONE);
    assert_eq!(reported(&forecast), "50 Ends\n51 EndsWith 50 Namespace");
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
    assert_eq!(reported(&forecast), all);
    world.apply(events(
        "1001.1 exit 50 < 1 status=9; 1001.2 exit 51 < 1 status=0; 1001.2 exit 52 < 1 status=0;
         1001.3 exit 53 < 1 status=9",
    ));
    assert_eq!(
        in_a_line(&world, &forecast),
        "as predicted: px-helper 50 ended by SIGKILL, 2 more ended with exit 0, with the lab, \
         px-orphan 53 ended by SIGKILL, with the lab"
    );
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
    // Who is stopped besides receives it later.
    let world = listening("1 0 1 1 - - init\n6 1 6 6 - T job");
    let masks = SignalMasks { situation: frozen, ..NONE };
    let forecast = made(&world, 6, Signal::TERM, Scope::Process, masks);
    assert_eq!(forecast.of_target().unwrap().delay(Signal::TERM), Some(Delay::Stopped));
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
        let Some(target_id) = world.living(target).map(Process::id) else { return Ok(()) };
        let signal = Signal::all().find(|signal| signal.number() == number).unwrap();
        let scope = if is_subtree { Scope::Subtree } else { Scope::Process };
        let [blocked, ignored, caught] = masks;
        let masks = Masks::Known(SignalMasks { blocked, ignored, caught, ..SignalMasks::NONE });
        let Some(made) = forecast(&world, target_id, signal, scope, masks) else { return Ok(()) };
        let mut seen = std::collections::HashSet::new();
        for predicted in &made.processes {
            prop_assert!(seen.insert(predicted.id), "{} is there twice", predicted.id.pid);
            prop_assert!(world.get(predicted.id).is_some_and(|it| it.ended.is_none()));
        }
        // What comes of it is reported about those alone who are in it, or were born since.
        world.apply(events(&format!("1001.5 exit {target}; 1001.6 fork 99 < 2")));
        for verdict in made.compare(&world) {
            prop_assert!(seen.contains(&verdict.id) || verdict.id.pid == 99);
        }
        prop_assert!(!in_a_line(&world, &made).is_empty());
    }
}
