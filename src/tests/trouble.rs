//! What goes wrong, as it is counted, listed and led to.

use insta::assert_snapshot;

use crate::app::input::Input;
use crate::record::{EventSource, Observation};
use crate::tests::fixture;
use crate::tests::journey::Journey;

const TABLE: &str = "
    1   0   1   1   - - systemd   | cmd=/sbin/init
    812 1   812 812 3 - bash      | uid=1000 cmd=-bash
    900 812 900 812 3 - crashloop | uid=1000 cmd=bash crashloop.sh";

fn listening() -> Journey {
    let mut journey = Journey::new(120, 24);
    journey.send(Input::Record(fixture::event_source(EventSource::Connector)));
    journey.watch(1_000, TABLE).machine(1_000);
    journey
}

/// So many that end with that status, each after so many milliseconds, one in two seconds.
fn crashes(count: u32, name: &str, status: i32, lived: u32) -> String {
    let life = |n: u32| {
        let (second, pid, end) = (1_000 + 2 * n, 2_000 + n, 100 + lived);
        format!(
            "{second}.100 fork {pid} < 900; {second}.100 exec {pid} {name};
             {second}.{end:03} exit {pid} < 900 status={status};"
        )
    };
    (0..count).map(life).collect()
}

fn scanned(journey: &mut Journey, seconds: u64, text: &str) -> String {
    journey.watch(seconds, text);
    journey.text()
}

#[test]
fn a_crash_loop_is_counted_and_said_in_one_line_and_leads_to_who_restarts_it() {
    let mut journey = listening();
    journey.events(&crashes(5, "python3", 256, 400));
    let screen = scanned(&mut journey, 1_009, TABLE);
    assert!(screen.lines().nth(1).unwrap().contains("! 1"), "{screen}");
    journey.keys("!");
    let said = "python3 × 5 under crashloop 900: exit 1 after 400 ms, again every 2.0 s";
    assert!(journey.text().contains(said), "{}", journey.text());
    journey.keys("<Enter>");
    assert_eq!(journey.cursor_pid(), Some(900));
}

#[test]
fn what_scripts_ask_with_and_who_was_asked_to_end_is_no_trouble() {
    for (name, status, lived) in [("grep", 256, 2), ("less", 13, 400), ("server", 15, 400)] {
        let mut journey = listening();
        journey.events(&crashes(5, name, status, lived));
        let screen = scanned(&mut journey, 1_009, TABLE);
        assert!(!screen.contains("! 1"), "{name}: {screen}");
        journey.keys("!");
        assert!(journey.text().contains("nothing fails again and again"), "{}", journey.text());
    }
}

#[test]
fn failures_zombies_orphans_and_stuck_processes_are_listed() {
    let table = format!(
        "{TABLE}
         950 900 900 812 3 - worker  | uid=1000
         951 950 900 812 3 - helper  | uid=1000
         960 812 960 812 3 T vim     | uid=1000
         970 900 900 812 3 Z defunct | wait=0"
    );
    let mut journey = listening();
    journey.watch(1_001, &table);
    journey.events("1001.5 exit 950 < 900 status=11");
    let orphaned = table
        .replace("951 950", "951 1  ")
        .replace("\n         950 900 900 812 3 - worker  | uid=1000", "");
    journey.watch(1_002, &orphaned);
    let screen = scanned(&mut journey, 1_020, &orphaned);
    assert!(screen.lines().nth(1).unwrap().contains("! 4"), "{screen}");
    journey.keys("!");
    assert_snapshot!(journey.screen());
    journey.keys("<Esc>g");
    let mut seen = Vec::new();
    for _ in 0..3 {
        journey.keys("]");
        seen.extend(journey.cursor_pid());
    }
    seen.sort_unstable();
    assert_eq!(seen, [951, 960, 970]);
    journey.keys("[");
    assert!([951, 960, 970].contains(&journey.cursor_pid().unwrap()));
}

#[test]
fn an_orphan_that_leads_its_session_is_no_alarm() {
    let table = format!("{TABLE}\n 950 900 900 812 3 - worker\n 951 950 951 951 - - server");
    let mut journey = listening();
    journey.watch(1_001, &table);
    journey.events("1001.5 exit 950 < 900 status=0");
    let adopted = format!("{TABLE}\n 951 1 951 951 - - server");
    let screen = scanned(&mut journey, 1_003, &adopted);
    assert!(screen.contains("⚑ server") || screen.contains("◇ server"), "{screen}");
    assert!(!screen.contains("! 1"), "{screen}");
}

#[test]
fn old_failures_are_forgotten() {
    let mut journey = listening();
    journey.events(&crashes(1, "python3", 11, 400));
    assert!(scanned(&mut journey, 1_009, TABLE).contains("! 1"));
    journey.record(1_400, Observation::Events(Vec::new()));
    let screen = scanned(&mut journey, 1_401, TABLE);
    assert!(!screen.contains("! 1"), "{screen}");
}
