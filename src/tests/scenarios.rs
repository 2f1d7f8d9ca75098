//! A scenario as a viewer plays it, and the lab menu.

use std::sync::Arc;

use crate::app::input::{Effect, Input, Outcome};
use crate::panes::scenario::Pace;
use crate::record::{EventSource, Observation, ProcessKey, TestProcess};
use crate::scenario::play::{Phase, Play};
use crate::scenario::request::{StageNews, StageOrder};
use crate::scenario::{BrokenScenario, Need, Scenario, library, parse};
use crate::tests::fixture;
use crate::tests::journey::Journey;
use crate::theme::Charset;

const SCENARIO: &str = r#"
title = "Orphans and who adopts them"
summary = "A process whose creator ended lives on; init adopts it, or a subreaper that is nearer."
[[steps]]
say = "{main} starts a child."
do = [{ start = "child", as = "child" }]
observe = ["child lives"]
[[steps]]
say = "Now the child is killed."
do = [{ signal = "KILL", to = "child" }]
observe = ["child ended by SIGKILL", "main lives"]
why = "SIGKILL gives it no time to do anything."
[steps.ask]
question = "What becomes of {main} when {child} is killed?"
right = "Nothing."
wrong = ["It ends, too.", "It becomes an orphan."]
"#;

const LAB: &str = "
    1 0 1 1 - - systemd
    812 1 812 812 3 - bash | start=81200
    9000 812 9000 812 3 - pexplore | start=90000
    9001 9000 9001 9001 5 - px-helper | start=90100
    9002 9001 9002 9001 5 - px-main | start=90110";
const CHILD: &str = "\n9003 9002 9002 9001 - f px-child | start=90200 exe=/usr/bin/px-main";

fn scenario() -> Arc<Scenario> {
    Arc::new(parse::parse("orphans", SCENARIO).unwrap())
}

fn broken() -> Result<Arc<Scenario>, BrokenScenario> {
    Err(BrokenScenario {
        file: "/home/ana/own.toml".to_owned(),
        sentence: "/home/ana/own.toml: line 3: nobody plays \"x\" yet".to_owned(),
    })
}

/// A screen with the menu open and filled.
fn menu(width: u16, height: u16, has_python: bool) -> Journey {
    let mut journey = Journey::new(width, height);
    journey.send(Input::Record(fixture::event_source(EventSource::Connector)));
    journey.watch(1_000, LAB).machine(1_000).keys("L");
    assert!(journey.effects.contains(&Effect::ListScenarios));
    let python = Scenario { needs: vec![Need::Python], name: "py".into(), ..(*scenario()).clone() };
    let found = vec![Ok(scenario()), Ok(Arc::new(python)), broken()];
    journey.outcome(Outcome::Scenarios { found, has_python });
    journey
}

fn news(journey: &mut Journey, run: u64, news: StageNews) {
    journey.outcome(Outcome::Stage(run, news));
}

fn key(pid: u32, ticks: u64) -> ProcessKey {
    ProcessKey::at_ticks(pid, ticks)
}

fn play(journey: &Journey) -> &Play {
    &journey.app.scenario.as_ref().unwrap().play
}

/// A screen on which the scenario asks its question.
fn asking(width: u16, height: u16) -> Journey {
    let mut journey = menu(width, height, true);
    journey.keys("<Enter>");
    assert!(journey.effects.contains(&Effect::Stage(1, StageOrder::Open)));
    news(&mut journey, 1, StageNews::Opened(key(9002, 90_110)));
    journey.keys("<Enter>");
    journey.watch(1_001, &format!("{LAB}{CHILD}"));
    news(&mut journey, 1, StageNews::Started(vec![key(9003, 90_200)]));
    journey.watch(1_002, &format!("{LAB}{CHILD}")).watch(1_003, &format!("{LAB}{CHILD}"));
    assert!(play(&journey).is_as_predicted(), "{}", journey.text());
    journey.keys("<Enter>");
    assert!(play(&journey).asks(), "{}", journey.text());
    journey
}

/// The journey after an answer, and after what came of it.
fn reported(width: u16, height: u16, answer: &str) -> Journey {
    let mut journey = asking(width, height);
    journey.keys(answer);
    let killed = journey.effects.iter().any(|effect| {
        matches!(effect, Effect::Stage(1, StageOrder::Signal(targets, _)) if targets[..] == [key(9003, 90_200)])
    });
    assert!(killed);
    news(&mut journey, 1, StageNews::Done);
    journey.events("1003.5 exit 9003 status=9");
    journey.watch(1_006, LAB);
    journey
}

/// What the README shows: orphans that come with pexplore, after their parent was killed.
pub(crate) fn demonstrate() -> Journey {
    let mut journey = Journey::new(148, 32);
    journey.send(Input::Record(fixture::event_source(EventSource::Connector)));
    journey.watch(1_000, LAB).machine(1_000).keys("L");
    let mut known = library::scenarios();
    let (_, orphans) = known.find(|(name, _)| *name == "orphans").unwrap();
    let found = vec![Ok(Arc::new(orphans.unwrap()))];
    journey.outcome(Outcome::Scenarios { found, has_python: true }).keys("<Enter>");
    news(&mut journey, 1, StageNews::Opened(key(9002, 90_110)));
    journey.keys("<Enter>");
    let of_main = "exe=/usr/bin/px-main";
    let family = format!(
        "{LAB}\n9010 9002 9002 9001 - f px-parent | start=99800 {of_main}
        9011 9010 9002 9001 - f px-child | start=99810 {of_main}
        9012 9010 9002 9001 - f px-child | start=99820 {of_main}"
    );
    journey.watch(1_001, &family);
    let started = [(9010, 99_800), (9011, 99_810), (9012, 99_820)].map(|(pid, at)| key(pid, at));
    for process in started {
        let test_process = TestProcess { kind: "parent".into(), daemonic_main: None };
        journey.record(1_001, Observation::TestProcess(process, test_process));
    }
    news(&mut journey, 1, StageNews::Started(started.to_vec()));
    journey.watch(1_002, &family).watch(1_003, &family).keys("<Enter>3");
    news(&mut journey, 1, StageNews::Done);
    journey.events("1003.5 exit 9010 status=9");
    let after = family
        .lines()
        .filter(|line| !line.contains("px-parent"))
        .map(|line| line.replace(" 9010 9002", " 9001 9002"))
        .collect::<Vec<_>>()
        .join("\n");
    journey.watch(1_004, &after).watch(1_006, &after).machine(1_006);
    journey
}

#[test]
fn the_menu_has_scenarios_and_acts_and_says_what_is_wrong_with_a_file() {
    insta::assert_snapshot!(menu(110, 30, true).screen());
    let mut journey = menu(110, 30, true);
    journey.keys("jj");
    assert!(journey.text().contains("line 3: nobody plays"), "{}", journey.text());
    journey.keys("<Enter>");
    assert!(journey.app.scenario.is_none());
    assert!(journey.text().contains("line 3: nobody plays"), "{}", journey.text());
}

#[test]
fn without_python_its_entries_say_so_and_do_not_start() {
    let mut journey = menu(110, 30, false);
    journey.keys("j");
    assert!(journey.text().contains("it needs python3"), "{}", journey.text());
    journey.keys("<Enter>");
    assert!(journey.app.scenario.is_none());
    assert!(journey.text().contains("it cannot be played: it needs python3"), "{}", journey.text());
}

#[test]
fn the_lab_is_ended_from_the_menu_main_alone_or_all_of_it() {
    let mut journey = menu(110, 30, true);
    journey.keys("<End><Enter>");
    assert_eq!(journey.effects.last(), Some(&Effect::EndLab));
    let mut journey = menu(110, 30, true);
    journey.keys("<End>k<Enter>");
    assert_eq!(journey.effects.last(), Some(&Effect::EndLabMain));
}

#[test]
fn a_scenario_asks_acts_and_tells_what_was_seen() {
    insta::assert_snapshot!("a_scenario_asks", asking(160, 24).screen());
    insta::assert_snapshot!("a_scenario_tells", reported(160, 30, "3").screen());
    let text = reported(160, 30, "3").text();
    assert!(text.contains("which is right."), "{text}");
    let text = reported(160, 30, "1").text();
    assert!(text.contains("; it is "), "{text}");
    let text = reported(160, 30, "<Enter>").text();
    assert!(text.contains("Observed as expected.") && !text.contains("You chose"), "{text}");
}

#[test]
fn the_end_tells_how_it_went_and_gives_the_screen_back() {
    let mut journey = reported(160, 30, "3");
    journey.keys("<Enter>");
    let text = journey.text();
    assert!(text.contains("As predicted: 2 of 2 predictions. Your answers:"), "{text}");
    assert_eq!(play(&journey).score.right, 1);
    journey.keys("<Enter>");
    assert!(journey.app.scenario.is_none());
    assert!(journey.effects.contains(&Effect::Stage(1, StageOrder::Close)));
}

#[test]
fn on_small_screens_the_guide_is_below_the_tree_and_scrolls() {
    insta::assert_snapshot!("a_scenario_on_80x24", reported(80, 24, "1").screen());
    let mut journey = reported(40, 14, "1");
    let end = journey.text();
    assert!(end.contains("SIGKILL gives it no time"), "{end}");
    journey.keys("kk");
    assert_ne!(journey.text(), end);
    journey.keys("jj");
    assert_eq!(journey.text(), end);
    for (width, height) in [(20, 5), (21, 6), (30, 8), (200, 50)] {
        assert!(!reported(width, height, "1").text().is_empty());
    }
    let mut journey = reported(80, 24, "1");
    journey.theme.charset = Charset::Ascii;
    let text = journey.text();
    assert!(text.is_ascii(), "{text}");
}

#[test]
fn paging_keys_move_in_the_guide_while_it_has_the_focus_and_nothing_else() {
    let mut journey = reported(80, 20, "1");
    let cursor = journey.cursor_pid();
    let end = journey.text();
    journey.keys("<Home>");
    assert_ne!(journey.text(), end);
    journey.keys("<End>");
    assert_eq!((journey.text(), journey.cursor_pid()), (end, cursor));
}

#[test]
fn a_pause_while_it_is_watched_is_no_contradiction() {
    let mut journey = asking(160, 30);
    journey.keys("1");
    news(&mut journey, 1, StageNews::Done);
    let both = format!("{LAB}{CHILD}");
    journey.watch(1_004, &both).keys("Z");
    journey.watch(1_100, &both).keys("Z");
    journey.watch(1_101, &both);
    assert_eq!(play(&journey).phase, Phase::Watching, "{}", journey.text());
    journey.events("1101.5 exit 9003 status=9");
    assert_eq!(play(&journey).phase, Phase::Finished);
    assert!(play(&journey).is_as_predicted());
}

#[test]
fn only_the_guide_takes_answers_and_begins_again() {
    let mut journey = asking(160, 24);
    let runs = journey.effects.len();
    journey.keys("<Tab>1R");
    assert!(play(&journey).asks());
    assert_eq!(journey.effects.len(), runs, "{:?}", &journey.effects[runs..]);
}

#[test]
fn enter_before_the_menu_is_read_leaves_it_open() {
    let mut journey = Journey::new(110, 30);
    journey.watch(1_000, LAB).keys("L<Enter>");
    let found = vec![Ok(scenario())];
    journey.outcome(Outcome::Scenarios { found, has_python: true });
    assert!(journey.text().contains("Orphans and who adopts them"), "{}", journey.text());
}

#[test]
fn it_is_played_again_in_a_run_of_its_own_and_stopped_at_any_time() {
    let mut journey = asking(160, 24);
    journey.keys("R");
    assert!(journey.effects.contains(&Effect::Stage(2, StageOrder::Open)));
    // What comes late of the first run is nothing to the second.
    news(&mut journey, 1, StageNews::Ended);
    assert!(journey.text().contains("A lab is started for it"), "{}", journey.text());
    journey.keys("<Esc>");
    assert!(journey.effects.contains(&Effect::Stage(2, StageOrder::Close)));
    assert!(journey.app.scenario.is_none());
}

#[test]
fn on_a_timer_it_goes_on_by_itself() {
    let mut journey = menu(160, 24, true);
    journey.keys("<Enter>A");
    news(&mut journey, 1, StageNews::Opened(key(9002, 90_110)));
    let started = |journey: &Journey| {
        journey
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Stage(1, StageOrder::Start(_))))
    };
    journey.watch(1_002, LAB);
    assert!(!started(&journey), "there is time to read");
    assert!(journey.text().contains("next in "), "{}", journey.text());
    journey.watch(1_006, LAB).watch(1_009, LAB);
    assert!(started(&journey));
}

#[test]
fn the_lab_is_shown_alone_while_it_is_played_and_all_again_afterwards() {
    let mut journey = asking(160, 24);
    assert!(journey.text().contains("FAMILY px-helper 9001"), "{}", journey.text());
    assert!(!journey.text().contains("systemd"), "{}", journey.text());
    journey.keys("<Esc>");
    assert!(journey.app.scenario.is_none());
    assert!(journey.text().contains("systemd"), "{}", journey.text());
}

#[test]
fn at_the_end_the_next_scenario_is_offered_and_played_ones_are_marked() {
    let mut journey = reported(160, 40, "1");
    journey.keys("<Enter>");
    assert!(journey.text().contains("next scenario"), "{}", journey.text());
    journey.keys("<Enter>");
    let second =
        Scenario { name: "second".into(), title: "The second".into(), ..(*scenario()).clone() };
    let found = vec![Ok(scenario()), Ok(Arc::new(second))];
    journey.outcome(Outcome::Scenarios { found, has_python: true });
    let text = journey.text();
    assert!(text.contains("▸ The second"), "{text}");
    assert!(text.contains("Orphans and who adopts them ✓"), "{text}");
}

#[test]
fn the_tree_has_its_own_keys_while_a_scenario_is_played() {
    let mut journey = asking(160, 24);
    journey.keys("<Tab>");
    let before = play(&journey).phase.clone();
    journey.keys("g");
    assert_eq!(journey.cursor_pid(), Some(9001), "the lab is shown alone");
    assert_eq!(play(&journey).phase, before);
    // Enter goes back to the guide, and from there on.
    journey.keys("<Enter><Enter>");
    assert_ne!(play(&journey).phase, before);
}

#[test]
fn one_that_needs_events_says_that_there_are_none() {
    let mut journey = Journey::new(160, 24);
    journey.send(Input::Record(fixture::event_source(EventSource::Pidfd)));
    journey.watch(1_000, LAB).machine(1_000).keys("L");
    let needy = Scenario { needs: vec![Need::Events], ..(*scenario()).clone() };
    journey.outcome(Outcome::Scenarios { found: vec![Ok(Arc::new(needy))], has_python: true });
    journey.keys("<Enter>");
    assert!(journey.app.scenario.is_none());
    assert!(journey.text().contains("it needs the kernel's own events"), "{}", journey.text());
}

#[test]
fn the_one_that_was_named_at_the_start_begins_when_the_first_scan_is_there() {
    let mut journey = Journey::with(160, 24, |options| {
        options.scenario = Some(scenario());
        options.pace = Pace::ByKey;
    });
    journey.watch(1_000, LAB);
    assert!(journey.app.scenario.is_none(), "where events come from is not known yet");
    journey.send(Input::Record(fixture::event_source(EventSource::Connector)));
    journey.watch(1_001, LAB);
    assert!(journey.effects.contains(&Effect::Stage(1, StageOrder::Open)));
}

#[test]
fn ghosts_of_the_lab_stay_while_a_scenario_is_played_and_others_do_not() {
    let mut journey = Journey::new(160, 30);
    journey.send(Input::Record(fixture::event_source(EventSource::Connector)));
    let both = format!("{LAB}{CHILD}\n9050 812 9050 812 3 - passer-by | start=90300");
    journey.watch(1_000, &both);
    let test_process = TestProcess { kind: "child".into(), daemonic_main: None };
    journey.record(1_000, Observation::TestProcess(key(9003, 90_200), test_process));
    journey.keys("L");
    journey.outcome(Outcome::Scenarios { found: vec![Ok(scenario())], has_python: true });
    journey.keys("<Enter>");
    journey.events("1000.5 exit 9003 status=9; 1000.5 exit 9050 status=0");
    journey.watch(1_030, LAB);
    let text = journey.text();
    assert!(text.contains("† px-child SIGKILL") && !text.contains("passer-by"), "{text}");
    journey.keys("<Esc>");
    journey.watch(1_031, LAB);
    assert!(!journey.text().contains("px-child"), "{}", journey.text());
}
