//! What is seen of those that have ended, and of those that were just born.

use insta::assert_snapshot;

use crate::app::input::Input;
use crate::panes::tree::rows::RowId;
use crate::record::{EventSource, Observation};
use crate::tests::fixture;
use crate::tests::journey::Journey;

const TABLE: &str = "
    1   0   1   1   - - systemd | cmd=/sbin/init
    812 1   812 812 3 - bash    | uid=1000 cmd=-bash
    900 812 900 812 3 - noise   | uid=1000 exe=/bin/bash cmd=/bin/bash ./noise.sh";

fn listening(width: u16, height: u16) -> Journey {
    let mut journey = Journey::new(width, height);
    journey.send(Input::Record(fixture::event_source(EventSource::Connector)));
    journey.watch(1_000, TABLE).machine(1_000);
    journey
}

/// A child of 900 that runs a program and ends, at that millisecond of the first second.
fn life(pid: u32, at: u32, name: &str, status: i32) -> String {
    let (exec, end) = (at + 1, at + 2);
    format!(
        "1000.{at:03} fork {pid} < 900; 1000.{exec:03} exec {pid} {name};
         1000.{end:03} exit {pid} < 900 status={status};"
    )
}

fn lives(count: u32, name: &str, status: i32) -> String {
    (0..count).map(|n| life(2_000 + n, 100 + n * 5, name, status)).collect()
}

fn nothing_until(journey: &mut Journey, seconds: u64) {
    journey.record(seconds, Observation::Events(Vec::new()));
}

#[test]
fn short_lives_share_one_row_that_says_what_and_how_often() {
    let mut journey = listening(110, 18);
    let all: String = ["date", "ls", "grep", "ls", "cat"]
        .iter()
        .zip(0..)
        .map(|(name, n)| life(2_000 + n, 100 + n * 5, name, 0))
        .collect();
    journey.events(&all);
    let screen = journey.text();
    assert!(screen.contains("└── † 5 short-lived · date ls grep cat · 5/s"), "{screen}");
    assert_snapshot!(journey.screen());
    journey.keys("G<Enter>");
    assert_snapshot!("the_members_of_a_row", journey.screen());
    journey.keys("j<Enter>");
    assert_eq!(journey.cursor_pid(), Some(2_003), "{}", journey.text());
    assert!(journey.text().contains("† ls exit 0"), "{}", journey.text());
}

#[test]
fn the_row_of_short_lives_stays_while_they_go_on_and_while_it_is_selected() {
    let mut journey = listening(110, 18);
    journey.events(&lives(5, "ls", 0));
    nothing_until(&mut journey, 1_009);
    assert!(journey.text().contains("† 5 short-lived"), "{}", journey.text());
    journey.keys("G");
    nothing_until(&mut journey, 1_030);
    assert!(journey.text().contains("† 5 short-lived"), "{}", journey.text());
    assert!(matches!(journey.app.tree.cursor.id, Some(RowId::Series(_))));
    journey.keys("k");
    nothing_until(&mut journey, 1_031);
    assert!(!journey.text().contains("short-lived"), "{}", journey.text());
}

#[test]
fn no_signal_and_no_test_process_is_aimed_at_a_row_of_many() {
    let mut journey = listening(110, 18);
    journey.events(&lives(5, "ls", 0)).keys("Gx");
    assert!(journey.app.dialog.is_none());
    assert!(journey.text().contains("choose one"), "{}", journey.text());
}

#[test]
fn failures_have_rows_of_their_own_until_more_than_three_are_alike() {
    let mut journey = listening(110, 18);
    journey.events(&lives(3, "python3", 256));
    assert_eq!(journey.text().matches("† python3 exit 1").count(), 3, "{}", journey.text());
    journey.events(&life(2_100, 500, "python3", 256)).events(&life(2_101, 600, "python3", 11));
    let screen = journey.text();
    assert!(screen.contains("† 4 × python3 exit 1"), "{screen}");
    assert!(screen.contains("† python3 SIGSEGV"), "another way to fail: {screen}");
    assert_eq!(screen.matches("† python3 exit 1").count(), 0, "{screen}");
}

#[test]
fn a_process_gets_its_row_when_it_has_lived_for_a_while() {
    let mut journey = listening(110, 18);
    journey.events("1000.9 fork 2000 < 900; 1000.901 exec 2000 sleep 5");
    assert!(!journey.text().contains("○ sleep"), "{}", journey.text());
    assert_eq!(journey.app.next_change().map(|at| at.0), Some(1_001_200_000_000));
    nothing_until(&mut journey, 1_002);
    assert!(journey.text().contains("○ sleep"), "{}", journey.text());
    assert_eq!(journey.app.next_change(), None);
}

#[test]
fn a_tower_of_wrappers_is_in_the_row_of_who_started_it() {
    let mut journey = listening(110, 18);
    journey.events(
        "1000.1 fork 2000 < 900; 1000.101 fork 2001 < 2000; 1000.102 fork 2002 < 2001;
         1000.103 exec 2002 sed; 1000.104 exit 2002 < 2001 status=0;
         1000.105 exit 2001 < 2000 status=0; 1000.106 exit 2000 < 900 status=0",
    );
    let screen = journey.text();
    assert!(screen.contains("† 3 short-lived · sed noise"), "{screen}");
    assert_eq!(screen.matches('†').count(), 2, "the row, and the legend: {screen}");
}

#[test]
fn a_cause_that_is_learned_late_moves_the_process_to_where_it_belongs() {
    let mut journey = listening(110, 18);
    journey.events("1000.1 fork 2000 < 900; 1000.101 exec 2000 false");
    journey.watch(1_001, TABLE);
    journey.events("1000.9 exit 2000 < 900 status=256");
    let screen = journey.text();
    assert!(screen.contains("† false exit 1") && !screen.contains("short-lived"), "{screen}");
}

#[test]
fn one_key_shows_all_ghosts_failures_only_or_none() {
    let mut journey = listening(110, 18);
    journey.events(&lives(2, "ls", 0)).events(&life(2_100, 500, "false", 256));
    let rows = |journey: &Journey| {
        let text = journey.text();
        ["short-lived", "† ls", "† false"].map(|row| text.contains(row))
    };
    assert_eq!(rows(&journey), [true, false, true]);
    let shown = [[false, true, true], [false, false, true], [false, false, false]];
    for expected in shown {
        journey.keys(".");
        assert_eq!(rows(&journey), expected, "{}", journey.text());
    }
    journey.keys(".");
    assert_eq!(rows(&journey), [true, false, true]);
}

#[test]
fn who_is_selected_when_it_ends_keeps_its_own_row() {
    let mut journey = listening(110, 18);
    journey.events("1000.1 fork 2000 < 900; 1000.101 exec 2000 sleep 1");
    nothing_until(&mut journey, 1_001);
    journey.keys("/2000<Enter>").events("1001.1 exit 2000 < 900 status=0");
    nothing_until(&mut journey, 1_020);
    assert_eq!(journey.cursor_pid(), Some(2_000));
    assert!(journey.text().contains("† sleep exit 0"), "{}", journey.text());
}

#[test]
fn the_helpers_of_a_wrapper_have_no_rows_once_it_is_the_program_itself() {
    let mut journey = listening(110, 18);
    journey.events(
        "1000.1 fork 2000 < 900; 1000.101 exec 2000 shim; 1000.102 fork 2001 < 2000;
         1000.103 exit 2001 < 2000 status=256; 1000.104 fork 2002 < 2000;
         1000.105 exit 2002 < 2000 status=11",
    );
    nothing_until(&mut journey, 1_001);
    assert!(journey.text().contains("† shim exit 1"), "{}", journey.text());
    journey.events("1001.1 exec 2000 python3 train.py");
    let screen = journey.text();
    assert!(screen.contains("○ python3") && !screen.contains("† shim exit 1"), "{screen}");
    assert!(screen.contains("† shim SIGSEGV"), "a crash is shown whatever follows: {screen}");
}
