//! What users see of births, execs, ends and orphanings, as events tell them.

use insta::assert_snapshot;

use crate::app::input::{Effect, Input};
use crate::record::{EventSource, MemoryLimit, Observation};
use crate::tests::fixture::{self, lines, stats};
use crate::tests::journey::Journey;
use crate::verdict::{Confidence, Role};

const TABLE: &str = "
    1   0   1   1   - - systemd | exe=/usr/lib/systemd/systemd cmd=/sbin/init
    812 1   812 812 3 - bash    | uid=1000 cmd=-bash
    900 812 900 812 3 - make    | uid=1000 cmd=make -j4
    950 900 900 812 3 - worker  | uid=1000 cmd=worker --keep";

fn listening(width: u16, height: u16) -> Journey {
    let mut journey = Journey::new(width, height);
    journey.send(Input::Record(fixture::event_source(EventSource::Connector)));
    journey.watch(1_000, TABLE).machine(1_000);
    journey
}

/// What a read of the process's stat says now.
fn read(journey: &mut Journey, second: &str, text: &str) {
    journey.send(Input::Record(stats(&lines(text), second)));
}

#[test]
fn the_cursor_stays_on_a_child_whose_parent_ends_in_both_trees() {
    let mut journey = listening(130, 16);
    journey.keys("/950<Enter><Esc>");
    let line = journey.cursor_line();
    journey.events("1000.5 exit 900 < 812 status=9");
    assert_eq!((journey.cursor_pid(), journey.cursor_line()), (Some(950), line));
    let verdict = |journey: &Journey| {
        let process = journey.app.world.get(journey.app.selected().unwrap()).unwrap();
        (process.verdict.role, process.verdict.confidence)
    };
    assert_eq!(verdict(&journey), (Role::Orphan, Confidence::Certain), "with the event itself");
    assert!(journey.text().contains("⚑ worker of 900 make † SIGKILL"), "{}", journey.text());
    assert!(journey.effects.iter().any(|effect| *effect == Effect::ReadStats(vec![950])));
    read(&mut journey, "1000.51", "950 1 900 812 3 - worker");
    assert_eq!(journey.cursor_pid(), Some(950));
    assert_snapshot!("orphan_in_the_kernels_tree", journey.screen());
    journey.keys("t");
    assert_eq!(journey.cursor_pid(), Some(950));
    assert_snapshot!("orphan_in_the_tree_by_creator", journey.screen());
    // However long ago that was: the ghost explains it.
    journey.watch(1_060, "1 0 1 1 - - systemd\n812 1 812 812 3 - bash\n950 1 900 812 3 - worker");
    journey.keys("<Esc>");
    assert!(journey.text().contains("† make SIGKILL"), "{}", journey.text());
    journey.keys("t");
    assert!(!journey.text().contains("† make"), "{}", journey.text());
    assert_eq!(journey.cursor_pid(), Some(950));
}

#[test]
fn folds_are_those_of_processes_in_both_trees() {
    let mut journey = listening(110, 16);
    journey.keys("/900<Enter><Esc>h");
    assert!(journey.text().contains("▸ ◆ make (+1)"), "{}", journey.text());
    journey.keys("t");
    assert!(journey.text().contains("▸ ◆ make (+1)"), "{}", journey.text());
    journey.keys("lt");
    assert!(journey.text().contains("worker"), "{}", journey.text());
}

#[test]
fn a_fold_survives_the_correction_of_a_provisional_birth() {
    let mut journey = listening(110, 16);
    journey.keys(".").events("1000.5 fork 960 < 900; 1000.51 fork 961 < 960");
    journey.keys("/960<Enter><Esc>h");
    let folded = journey.text();
    assert!(folded.contains("(+1)"), "{folded}");
    read(&mut journey, "1000.52", "960 900 900 812 3 f make | start=100049");
    assert_eq!(journey.cursor_pid(), Some(960));
    assert!(journey.text().contains("(+1)"), "{}", journey.text());
}

#[test]
fn a_double_fork_shows_its_true_chain() {
    let mut journey = listening(110, 16);
    journey.keys(".").events(
        "1000.5 fork 960 < 900; 1000.5002 fork 961 < 960; 1000.5003 session 961;
         1000.5004 exit 960 < 900 status=0",
    );
    read(&mut journey, "1000.51", "961 1 961 961 - f make | start=100050");
    journey.keys("t/961<Enter><Esc>");
    assert_snapshot!(journey.screen());
}

#[test]
fn the_chain_of_programs_is_reported_in_the_details() {
    let mut journey = listening(150, 24);
    journey.events(
        "1000.5 fork 960 < 812; 1000.502 exec 960 python3 serve.py; 1000.9 exec 960 gunicorn app",
    );
    journey.keys("/960<Enter>");
    let text = journey.text();
    assert!(text.contains("forked by 812 (bash), exec'd python3"), "{text}");
    assert!(text.contains("after 2.0 ms, exec'd gunicorn after"), "{text}");
}

#[test]
fn an_overrun_is_said_below_the_tree_and_a_scan_is_asked_for_at_once() {
    let mut journey = listening(130, 16);
    journey.record(1_001, Observation::Lost(Some(1_617)));
    assert!(journey.text().contains("1 617 EVENTS LOST"), "{}", journey.text());
    assert!(journey.effects.contains(&Effect::RefreshNow));
    journey.watch(
        1_002,
        "1 0 1 1 - - systemd\n812 1 812 812 3 - bash\n970 812 970 812 3 - vim | start=100150",
    );
    let text = journey.text();
    assert!(text.contains("vim") && text.contains("† make ended"), "{text}");
}

#[test]
fn a_storm_of_short_lives_hides_nobody() {
    let mut journey = listening(110, 30);
    let life = |number: u32| {
        let (pid, born, ended) = (2_000 + number, number * 2, number * 2 + 1);
        format!("1000.{born:06} fork {pid} < 900; 1000.{ended:06} exit {pid} < 900 status=0;")
    };
    let all: String = (0..500).map(life).collect();
    journey.events(&all);
    let screen = journey.text();
    assert!(screen.contains("† 500 short-lived · make"), "{screen}");
    assert!(screen.contains("worker") && !screen.contains("† make"), "{screen}");
    journey.keys(".");
    let screen = journey.text();
    assert_eq!(screen.matches("† make exit 0").count(), 12, "{screen}");
    assert!(screen.contains("worker"), "{screen}");
    assert_eq!(journey.app.world.log().next(), 1_000);
}

#[test]
fn while_the_picture_is_held_events_wait() {
    let mut journey = listening(110, 16);
    journey.keys("Z").events("1000.5 fork 960 < 900; 1000.6 exit 900 < 812 status=0");
    assert!(!journey.text().contains("960"), "{}", journey.text());
    assert_eq!(journey.app.world.log().next(), 0);
    journey.keys("Z.");
    assert!(journey.text().contains("960"), "{}", journey.text());
    assert_eq!(journey.app.world.log().next(), 4, "fork, exit, and two orphans");
}

#[test]
fn a_picture_held_for_very_long_is_repaired_by_a_scan() {
    let mut journey = listening(140, 16);
    journey.keys("Z");
    journey.app.world.set_memory_limit(MemoryLimit::megabytes(32));
    let storm = "1000.5 rename 900 make;".repeat(1_000);
    for _ in 0..60 {
        journey.events(&storm);
    }
    journey.keys("Z");
    assert!(journey.text().contains("EVENTS LOST"), "{}", journey.text());
    assert!(journey.effects.contains(&Effect::RefreshNow));
}

#[test]
fn where_the_kernel_does_not_tell_the_header_says_why_and_processes_are_watched() {
    let mut journey = Journey::new(170, 16);
    journey.send(Input::Record(fixture::event_source(EventSource::Pidfd)));
    let said = "events by looking for new pids, and a pidfd for each process: the test says so";
    assert!(journey.text().contains(said), "{}", journey.text());
    journey.watch(1_000, TABLE).machine(1_000);
    let text = journey.text();
    assert!(text.contains("events pidfd · scan stat"), "{text}");
    assert!(text.contains("the test says so · 4 processes"), "{text}");
    let watched = journey.effects.iter().find_map(|effect| match effect {
        Effect::Watch(keys) => Some(keys.iter().map(|key| key.pid).collect::<Vec<_>>()),
        _ => None,
    });
    assert!(watched.is_some_and(|pids| [1, 812, 900, 950].iter().all(|pid| pids.contains(pid))));
}

#[test]
fn what_the_first_scan_found_is_watched_as_soon_as_the_kernel_is_known_not_to_tell() {
    let mut journey = Journey::new(170, 16);
    journey.watch(1_000, TABLE);
    assert!(!journey.effects.iter().any(|effect| matches!(effect, Effect::Watch(_))));
    journey.send(Input::Record(fixture::event_source(EventSource::Pidfd)));
    assert!(journey.effects.iter().any(|effect| matches!(effect, Effect::Watch(_))));
}
