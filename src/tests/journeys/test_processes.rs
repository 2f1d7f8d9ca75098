//! The dialog of test processes.

use super::*;
use crate::record::Signal;
use crate::test_process::CaughtSignal;

#[test]
fn a_test_process_is_chosen_from_a_list_and_selected_when_it_is_there() {
    let mut journey = web(110, 30);
    journey.keys("a");
    assert_snapshot!(journey.screen());
    journey.keys("jjjjjjj<Enter>");
    let orphan = TestProcessOrder::new(TestProcessKind::Orphan);
    assert_eq!(journey.effects.last(), Some(&Effect::StartTestProcess(orphan)));
    let key = ProcessKey::at_ticks(9200, 92_000);
    journey.outcome(Outcome::TestProcessStarted(TestProcessKind::Orphan, key));
    journey.watch(1_001, &format!("{WEB}\n 9200 1 9150 9150 - f px-orphan |"));
    assert_eq!(journey.cursor_pid(), Some(9200));
}

/// The lab's main and a child of it, which the cursor is on.
fn lab(width: u16, height: u16) -> Journey {
    let mut journey = web(width, height);
    let main = ProcessKey::at_ticks(9200, 92_000);
    journey.outcome(Outcome::LabOpened(main));
    let child = ProcessKey::at_ticks(9201, 92_010);
    journey.outcome(Outcome::TestProcessStarted(TestProcessKind::Child, child));
    for key in [main, child] {
        let test_process = TestProcess { kind: "child".into(), daemonic_main: None };
        journey.record(1_000, Observation::TestProcess(key, test_process));
    }
    let rows = "9200 9000 9200 9150 - - px-main |\n 9201 9200 9200 9150 - f px-child | start=92010";
    journey.watch(1_001, &format!("{WEB}\n {rows}"));
    journey
}

#[test]
fn the_next_test_process_is_added_below_the_one_under_the_cursor() {
    let mut journey = lab(80, 24);
    assert_eq!(journey.cursor_pid(), Some(9201));
    journey.keys("ajjjjj");
    assert_snapshot!(journey.screen());
    journey.keys("<Enter>");
    let parent = Some(ProcessKey::at_ticks(9201, 92_010));
    let daemonic = TestProcessOrder::new(TestProcessKind::Daemonic).under(parent);
    assert_eq!(journey.effects.last(), Some(&Effect::StartTestProcess(daemonic)));
    // Elsewhere it is the lab's main that gets it.
    journey.keys("/4711<Enter>a<Enter>");
    let child = TestProcessOrder::new(TestProcessKind::Child);
    assert_eq!(journey.effects.last(), Some(&Effect::StartTestProcess(child)));
}

#[test]
fn many_that_start_leave_the_cursor_on_the_labs_main_and_say_what_they_have_to_say() {
    let mut journey = web(100, 30);
    let main = ProcessKey::at_ticks(9200, 92_000);
    journey.outcome(Outcome::LabOpened(main));
    let child = ProcessKey::at_ticks(9201, 92_010);
    journey.outcome(Outcome::TestProcessAdded(TestProcessKind::Child, child));
    let rows = "9200 9000 9200 9150 - - px-main |\n 9201 9200 9200 9150 - f px-child |";
    journey.watch(1_001, &format!("{WEB}\n {rows}"));
    assert_eq!(journey.cursor_pid(), Some(9200));
    let sender_name = Some("\u{1b}[2Jbash".to_owned());
    let caught = CaughtSignal { pid: 9, signal: Signal::TERM, sender: 8, sender_name };
    journey.outcome(Outcome::Caught(caught));
    let text = journey.text();
    assert!(
        text.contains("px-term-catcher 9 caught SIGTERM from") && text.contains("[2Jbash 8"),
        "{text}"
    );
    assert!(!text.contains('\u{1b}'));
}

/// The line of the dialog that has the number.
fn number_line(journey: &Journey) -> String {
    let text = journey.text();
    let line = text.lines().find_map(|line| line.split_once('‹')).expect("there is a number").1;
    format!("‹{}", line.split('│').next().unwrap().trim_end())
}

fn last_order(journey: &Journey) -> TestProcessOrder {
    let orders = journey.effects.iter().rev().find_map(|effect| match effect {
        Effect::StartTestProcess(order) => Some(*order),
        _ => None,
    });
    orders.expect("a test process is started")
}

#[test]
fn the_number_of_a_test_process_is_stepped_and_typed_within_its_bounds() {
    let mut journey = web(110, 30);
    journey.keys("ajjj");
    assert_eq!(number_line(&journey), "‹ 3 › children, 1 to 64");
    for (keys, number) in [
        ("<Right>l+", "6"),
        ("<Left>h-", "3"),
        ("-----", "1"),
        // The first digit begins a new number, and nothing passes the most.
        ("4", "4"),
        ("2", "42"),
        ("7", "64"),
        ("<BS>", "6"),
        ("<Right>", "7"),
        ("0", "_"),
        ("05", "5"),
        ("<BS>", "_"),
        ("<BS>", "_"),
    ] {
        journey.keys(keys);
        let line = number_line(&journey);
        assert!(line.starts_with(&format!("‹ {number} › children")), "after {keys}: {line}");
    }
    assert_eq!(number_line(&journey), "‹ _ › children, 1 to 64; 3 if none is given");
    journey.keys("<Enter>");
    assert_eq!(last_order(&journey), TestProcessOrder::new(TestProcessKind::Parent));
}

#[test]
fn every_kind_keeps_its_own_number_while_the_kinds_are_shown() {
    let mut journey = web(110, 30);
    journey.keys("a12jjj5<Home>");
    assert_eq!(number_line(&journey), "‹ 12 › of them, 1 to 256");
    // A digit after a move begins anew.
    journey.keys("jk7<End>k");
    assert_eq!(number_line(&journey), "‹ 32 › processes, 1 to 64");
    journey.keys("gjjj");
    assert_snapshot!(journey.screen());
    journey.keys("<Home><Enter>");
    let seven = TestProcessOrder { number: 7, ..TestProcessOrder::new(TestProcessKind::Child) };
    assert_eq!(last_order(&journey), seven);
    assert!(journey.text().contains("starting 7 test processes: child"), "{}", journey.text());
    // Opened again it begins anew.
    journey.keys("a");
    assert_eq!(number_line(&journey), "‹ 1 › of them, 1 to 256");
    journey.keys("jjjjjjjjjjjjj<Right><Enter>");
    assert!(journey.text().contains("starting a test process: burner=60"), "{}", journey.text());
    journey.keys("a5<Esc>");
    assert!(journey.app.dialog.is_none());
    // What lies on top is closed first.
    journey.keys("a5q");
    assert!(journey.app.dialog.is_none() && !journey.effects.contains(&Effect::Quit));
    journey.keys("q");
    assert_eq!(journey.effects.last(), Some(&Effect::Quit));
}

#[test]
fn the_number_stands_on_the_smallest_screen_and_in_ascii_too() {
    let mut journey = web(20, 5);
    journey.keys("ajjj15");
    assert_snapshot!(journey.screen());
    let mut journey = web(200, 50);
    journey.theme.charset = Charset::Ascii;
    journey.theme.depth = ColorDepth::None;
    journey.keys("a<End>k<Left>");
    let text = journey.text();
    assert!(text.is_ascii() && text.contains("< 31 > processes, 1 to 64"), "{text}");
    assert!(text.contains("h/l 0-9 number"), "{text}");
}

#[test]
fn a_narrow_screen_shows_the_lesson_below_the_names() {
    let mut journey = web(40, 20);
    journey.keys("a<End>");
    let text = journey.text();
    assert!(text.contains("session") && text.contains("each child is a"), "{text}");
}
