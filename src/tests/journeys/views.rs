//! Ways to look at the machine: lists, one family, and back to where one was.

use super::*;
use crate::panes::tree::shown::Arrangement;
use crate::record::Pressure;

fn pids(journey: &Journey) -> Vec<u32> {
    journey.app.tree.rows.iter().filter_map(|row| Some(row.id.process()?.pid)).collect()
}

/// A shell with a process below it that uses most, and one beside it that uses less.
const USAGE: &str = "
    1   0  1   1   - - systemd
    10  1  10  10  - - shell
    200 1  200 200 - - middling
    300 10 300 10  - - biggest";

#[test]
fn one_key_finds_who_uses_most_memory_in_the_tree_and_in_the_list() {
    let mut journey = Journey::new(100, 24);
    journey.watch(1_000, USAGE).keys("M");
    assert_eq!(pids(&journey), [1, 10, 300, 200], "the biggest family first");
    assert!(journey.text().contains("MEM▼"), "{}", journey.text());
    journey.keys("tt");
    assert_eq!(journey.app.tree.shown.arrangement, Arrangement::List);
    assert_eq!(pids(&journey)[0], 300, "the biggest process first");
    assert!(journey.text().contains("a list of all processes, by memory"), "{}", journey.text());
    journey.keys("t");
    assert_eq!(pids(&journey), [1, 10, 300, 200]);
}

#[test]
fn the_list_is_by_cpu_and_the_tree_goes_back_to_its_own_order() {
    let mut journey = Journey::new(100, 24);
    journey.watch(1_000, USAGE).keys("tt");
    assert!(journey.text().contains("CPU%▼"), "{}", journey.text());
    journey.keys("t");
    assert!(journey.text().contains("AGE▲"), "{}", journey.text());
}

#[test]
fn in_the_list_the_first_rows_stay_on_screen_whoever_is_selected() {
    let mut journey = Journey::new(100, 24);
    journey.watch(1_000, USAGE).keys("ttM");
    assert_eq!(journey.cursor_pid(), Some(300));
    let more: Vec<String> = (400..430).map(|pid| format!("{pid} 1 1 1 - - more")).collect();
    journey.watch(1_001, &format!("{USAGE}\n{}", more.join("\n")));
    assert_ne!(journey.app.tree.cursor.top, 0, "its row is on no first page any more");
    journey.keys("g").watch(1_002, USAGE).watch(1_003, &format!("{USAGE}\n 301 1 1 1 - - more"));
    assert_eq!(journey.app.tree.cursor.top, 0);
    assert_eq!(pids(&journey)[0], 301);
}

#[test]
fn only_one_family_is_shown_as_if_it_were_the_machine_and_escape_shows_all() {
    let mut journey = web(110, 24);
    journey.keys("/4711<Enter><Esc>f");
    assert_eq!(pids(&journey), [4711, 4712, 4713]);
    assert_snapshot!(journey.screen());
    journey.keys("<Esc>");
    assert_eq!(pids(&journey).len(), 11);
    assert_eq!(journey.cursor_pid(), Some(4711));
}

#[test]
fn orphans_of_a_family_stay_in_it_whoever_adopted_them() {
    let mut journey = web(110, 24);
    journey.send(Input::Record(fixture::event_source(EventSource::Connector)));
    journey.keys("/4711<Enter><Esc>f");
    journey.events("1000.5 fork 4800 < 4712; 1000.6 exit 4712 < 4711 status=9");
    let orphaned = "4800 1 4711 4021 3 f python3 | start=100050";
    journey.watch(1_002, &format!("{}\n{orphaned}", without(WEB, 4712)));
    assert!(pids(&journey).contains(&4800), "{}", journey.text());
    assert!(!pids(&journey).contains(&1));
}

#[test]
fn one_goes_back_to_where_the_cursor_was() {
    let mut journey = web(110, 24);
    journey.keys("jj");
    let first = journey.cursor_pid();
    journey.keys("/4712<Enter>G");
    assert_eq!(journey.cursor_pid(), Some(9000));
    journey.keys("<C-O>");
    assert_eq!(journey.cursor_pid(), Some(4712));
    journey.keys("<C-O>");
    assert_eq!(journey.cursor_pid(), first);
    journey.keys("<C-O>");
    assert!(journey.text().contains("the cursor was nowhere else"), "{}", journey.text());
}

#[test]
fn a_folded_row_says_what_its_whole_family_uses() {
    let mut journey = Journey::new(100, 24);
    journey.watch(1_000, USAGE).keys("j");
    let line = |journey: &Journey| {
        let text = journey.text();
        text.lines().find(|line| line.contains("shell")).unwrap().to_owned()
    };
    assert!(line(&journey).contains(" 10K"), "{}", line(&journey));
    journey.keys("h");
    assert!(line(&journey).contains(" 310K"), "{}", line(&journey));
    let wide = Journey::new(200, 24).watch(1_000, USAGE).text();
    assert!(wide.contains("ΣMEM") && wide.contains("511K"), "{wide}");
}

#[test]
fn the_figures_of_the_machine_unfold_with_their_history() {
    let mut journey = web(120, 35);
    for second in 1_001..1_010 {
        let figures = Machine {
            load: [0.42, 0.37, 0.31],
            cpu_percent: Some(second as f32 % 100.0 * 10.0),
            cores: vec![3.0, 95.0],
            memory_used: 3_300_000_000,
            memory_total: 25_769_803_776,
            swap_used: 1_000_000_000,
            swap_total: 2_000_000_000,
            forks_per_second: Some(21.0),
            pressure: Some(Pressure { cpu: 2.5, memory: 0.0, io: 61.0 }),
        };
        journey.record(second, Observation::Machine(figures));
    }
    journey.keys("m");
    assert_snapshot!(journey.screen());
    journey.keys("m");
    assert!(!journey.text().contains("memory wait"), "{}", journey.text());
}

#[test]
fn a_click_on_a_title_sorts_and_a_double_click_folds() {
    let mut journey = Journey::new(100, 24);
    journey.watch(1_000, USAGE);
    let titles = journey.text().lines().nth(2).unwrap().to_owned();
    let x = titles.chars().collect::<String>().find("MEM").unwrap();
    journey.click(u16::try_from(x).unwrap(), 2);
    assert_eq!(pids(&journey), [1, 10, 300, 200], "{}", journey.text());
    journey.click(1, 2);
    assert!(journey.text().contains("PROCESS▲"), "{}", journey.text());
    let row = ratatui::layout::Position::new(20, 3);
    journey.send(Input::Pointer(Pointer::DoubleClick(row)));
    assert_eq!(pids(&journey), [1]);
}

#[test]
fn who_is_not_in_the_only_family_is_found_all_the_same() {
    let mut journey = web(110, 24);
    journey.keys("/4711<Enter><Esc>f/700<Enter>");
    assert_eq!(journey.cursor_pid(), Some(700));
    assert_eq!(pids(&journey).len(), 11, "{}", journey.text());
}
