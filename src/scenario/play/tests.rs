use crate::record::{Observation, Record, Scan, Signal};
use crate::scenario::parse::parse;
use crate::scenario::request::StageNews;
use crate::scenario::transcript::{self, Kind, Mark};
use crate::test_process::TestProcessKind;
use crate::tests::fixture::{self, event_source, events, key_of, watch};

use super::*;
use crate::record::EventSource;

const SCENARIO: &str = r#"
title = "A title"
summary = "What it shows."
[[steps]]
say = "{main} starts a child."
do = [{ start = "child", as = "child" }]
observe = ["child lives", "child is a child"]
[[steps]]
say = "It is killed."
do = [{ signal = "KILL", to = "child" }]
observe = ["child ended by SIGKILL"]
why = "Because."
[steps.ask]
question = "What happens to {child}?"
right = "It ends."
wrong = ["Nothing."]
"#;

const LAB: &str = "
    1 0 1 1 - - systemd
    9000 1 9000 1 3 - pexplore | start=90000
    9001 9000 9001 9001 - - px-helper | start=90100
    9002 9001 9002 9001 - - px-main | start=90110";

fn with_child() -> String {
    format!("{LAB}\n9003 9002 9002 9001 - f px-child | start=90200 exe=/usr/bin/px-main")
}

fn world() -> World {
    let mut world = World::new(fixture::host(), 3.0);
    world.apply(event_source(EventSource::Connector));
    watch(&mut world, LAB, 1_000);
    world
}

fn begin(text: &str, world: &World) -> Play {
    let scenario = Arc::new(parse("it", text).unwrap());
    let (mut play, order) = Play::begin(scenario, 1, world.now());
    assert_eq!((order, &play.phase), (StageOrder::Open, &Phase::Opening));
    assert_eq!(play.on_news(StageNews::Opened(key_of(world, 9002)), world), None);
    assert_eq!(play.phase, Phase::Narrating);
    play
}

/// Lets time pass without anything happening.
fn pass(world: &mut World, seconds: u64) {
    let at = BootTime::from_secs(seconds);
    world.apply(Record { at, observation: Observation::Events(Vec::new()) });
}

/// A play whose first step is over, and which tells of its second.
fn at_second_step(world: &mut World) -> Play {
    let mut play = begin(SCENARIO, world);
    let order = play.go_on(world);
    let Some(StageOrder::Start(order)) = order else { panic!("{order:?}") };
    assert_eq!(order.kind, TestProcessKind::Child);
    assert_eq!(order.under.unwrap().pid, 9002);
    assert_eq!(play.look(world), None, "what is ordered is not ordered again");
    watch(world, &with_child(), 1_001);
    let child = key_of(world, 9003);
    assert_eq!(play.on_news(StageNews::Started(vec![child]), world), None);
    assert_eq!(play.phase, Phase::Watching);
    pass(world, 1_002);
    play.look(world);
    assert_eq!(play.phase, Phase::Watching, "it has to stay true");
    pass(world, 1_003);
    play.look(world);
    assert_eq!(play.phase, Phase::Finished, "{:?}", play.seen);
    assert!(play.is_as_predicted(), "{:?}", play.seen);
    assert_eq!(play.go_on(world), None);
    assert_eq!((play.at, &play.phase), (1, &Phase::Narrating));
    scan_twice(&mut play);
    play
}

/// Lets two scans come: the second began after whatever was done before.
fn scan_twice(play: &mut Play) {
    for second in [1_003, 1_004] {
        let at = BootTime::from_secs(second);
        play.note_scan(&Scan { began: at, ended: at, processes: Vec::new(), hidden: Vec::new() });
    }
}

fn texts(play: &Play) -> Vec<String> {
    transcript::lines(play).into_iter().map(|line| line.text).collect()
}

#[test]
fn what_is_predicted_and_seen_is_reported_with_the_answer_that_was_given() {
    let mut world = world();
    let mut play = at_second_step(&mut world);
    assert!(play.asks());
    assert_eq!(
        texts(&play),
        ["It is killed.", "What happens to px-child 9003?", "It ends.", "Nothing."]
    );
    play.on_answer(1);
    assert_eq!(play.answer.as_deref(), Some("Nothing."));
    let order = play.go_on(&world);
    assert_eq!(order, Some(StageOrder::Signal(vec![key_of(&world, 9003)], Signal::KILL)));
    assert_eq!(play.on_news(StageNews::Done, &world), None);
    assert_eq!(play.is_answer_right(), None, "nothing was seen yet");
    world.apply(events("1003.5 exit 9003 status=9"));
    play.look(&world);
    assert_eq!(play.phase, Phase::Finished, "what is final is not watched on");
    assert_eq!(play.is_answer_right(), Some(false));
    let lines = transcript::lines(&play);
    let has = |kind, text: &str| lines.iter().any(|line| line.kind == kind && line.text == text);
    assert!(has(Kind::Answer(1, Mark::Right), "It ends."), "{lines:?}");
    assert!(has(Kind::Answer(2, Mark::Wrong), "Nothing."), "{lines:?}");
    assert!(has(Kind::Done, "SIGKILL sent to px-child 9003"), "{lines:?}");
    assert!(has(Kind::Seen(true), "px-child 9003 ended by SIGKILL"), "{lines:?}");
    assert!(has(Kind::Verdict(true), "Observed as expected."), "{lines:?}");
    assert!(has(Kind::Right(false), "You chose 2; it is 1."), "{lines:?}");
    play.go_on(&world);
    assert_eq!(play.phase, Phase::Over);
    let score = Score { as_predicted: 2, contradicted: 0, answered: 1, right: 0 };
    assert_eq!(play.score, score);
    assert_eq!(
        transcript::score(&play),
        "As predicted: 2 of 2 predictions. Your answers: 0 of 1 right."
    );
}

#[test]
fn what_does_not_come_true_is_waited_for_and_then_reported_as_a_contradiction() {
    let mut world = world();
    let mut play = at_second_step(&mut world);
    play.on_answer(0);
    play.go_on(&world);
    play.on_news(StageNews::Done, &world);
    pass(&mut world, 1_008);
    play.look(&world);
    assert_eq!(play.phase, Phase::Watching);
    pass(&mut world, 1_012);
    play.look(&world);
    assert_eq!(play.phase, Phase::Finished);
    assert!(!play.is_as_predicted());
    assert_eq!(play.is_answer_right(), None, "nothing decides it");
    let reported = texts(&play);
    let seen = "px-child 9003 lives; predicted was: px-child 9003 ended by SIGKILL";
    assert!(reported.iter().any(|text| text == seen), "{reported:?}");
    assert!(reported.iter().any(|text| text == "Not as expected."), "{reported:?}");
    assert_eq!(play.score.contradicted, 1);
}

#[test]
fn an_end_of_another_cause_contradicts() {
    let mut world = world();
    let mut play = at_second_step(&mut world);
    play.go_on(&world);
    play.on_news(StageNews::Done, &world);
    world.apply(events("1003.5 exit 9003 status=768"));
    pass(&mut world, 1_020);
    play.look(&world);
    assert_eq!(play.seen[0].seen, "px-child 9003 exited with 3");
    assert!(!play.is_as_predicted());
}

#[test]
fn a_refusal_breaks_it_off_unless_it_is_what_was_to_be_seen() {
    let world = world();
    let mut play = begin(SCENARIO, &world);
    play.go_on(&world);
    play.on_news(StageNews::Refused("the lab is full".to_owned()), &world);
    assert_eq!(play.phase, Phase::Broken("the lab is full".to_owned()));
    let refused =
        SCENARIO.replace("\"child lives\", \"child is a child\"", "\"main refused a child\"");
    let mut play = begin(&refused, &world);
    play.go_on(&world);
    play.on_news(StageNews::Refused("it may have no children".to_owned()), &world);
    assert_eq!(play.phase, Phase::Finished);
    assert_eq!(play.seen[0].seen, "px-main 9002 refused a child");
    assert!(play.is_as_predicted());
}

#[test]
fn who_does_not_show_up_is_named() {
    let mut world = world();
    let mut play = begin(SCENARIO, &world);
    play.go_on(&world);
    let missing = ProcessKey::at_ticks(9999, 95_000);
    play.on_news(StageNews::Started(vec![missing]), &world);
    for second in (1_004..1_030).step_by(4) {
        pass(&mut world, second);
        play.look(&world);
        assert_eq!(play.phase, Phase::Doing);
    }
    // Nobody looked for a long time: that does not count.
    pass(&mut world, 1_060);
    play.look(&world);
    assert_eq!(play.phase, Phase::Doing);
    pass(&mut world, 1_064);
    play.look(&world);
    assert_eq!(play.phase, Phase::Broken("child did not show up in time".to_owned()));
}

#[test]
fn a_group_signal_reaches_those_of_the_group_that_play_and_nobody_else() {
    let mut world = world();
    let text = SCENARIO
        .replace("to = \"child\" }", "to = \"child\", reach = \"group\" }")
        .replace("is a child", "is a parent");
    let mut play = begin(&text, &world);
    play.go_on(&world);
    // A stranger that is in the group is no child of the lab's.
    let table = format!(
        "{}\n9004 9003 9002 9001 - f px-child | start=90300 exe=/usr/bin/px-main
        9005 1 9002 9001 - - stranger | start=90310",
        with_child()
    );
    watch(&mut world, &table, 1_001);
    play.on_news(StageNews::Started(vec![key_of(&world, 9003)]), &world);
    pass(&mut world, 1_004);
    play.look(&world);
    play.go_on(&world);
    assert_eq!(play.go_on(&world), None, "groups are asked of a scan that began after the births");
    let at = BootTime::from_secs(1_005);
    let scan = Scan { began: at, ended: at, processes: Vec::new(), hidden: Vec::new() };
    play.note_scan(&scan);
    assert_eq!(play.look(&world), None);
    play.note_scan(&scan);
    let Some(StageOrder::Signal(targets, _)) = play.look(&world) else { panic!() };
    let pids: Vec<u32> = targets.iter().map(|key| key.pid).collect();
    assert_eq!(pids, [9003, 9002, 9004]);
}

#[test]
fn what_the_lab_ends_by_itself_ends_the_play() {
    let world = world();
    let mut play = begin(SCENARIO, &world);
    play.on_news(StageNews::Ended, &world);
    assert!(matches!(play.phase, Phase::Broken(_)));
}

#[test]
fn a_program_is_waited_for_until_it_has_reported_who_plays_and_that_all_is_up() {
    let mut world = world();
    let text = SCENARIO.replace(
        "{ start = \"child\", as = \"child\" }",
        "{ run = \"fork\", as = \"py\", tells = [\"child\"] }",
    );
    let mut play = begin(&text, &world);
    let Some(StageOrder::Run(call, under)) = play.go_on(&world) else { panic!() };
    assert_eq!((call.as_str(), under.pid), ("fork", 9002));
    watch(
        &mut world,
        &format!("{}\n9004 9003 9003 9001 - f python3 | start=90300", with_child()),
        1_001,
    );
    let (program, child) = (key_of(&world, 9003), key_of(&world, 9004));
    // It may tell before it is reported of.
    play.on_news(StageNews::Named("child".to_owned(), child), &world);
    play.on_news(StageNews::Named("stranger".to_owned(), child), &world);
    play.on_news(StageNews::Started(vec![program]), &world);
    assert_eq!(play.phase, Phase::Doing, "not everything is up");
    play.on_news(StageNews::Named(MAIN.to_owned(), program), &world);
    assert_eq!(play.phase, Phase::Watching);
    assert_eq!(play.participants.participant("child").unwrap().key, child);
    assert_eq!(
        play.participants.participant(MAIN).unwrap().key.pid,
        9002,
        "the lab's main is who it was"
    );
    assert!(play.participants.participant("stranger").is_none());
}
