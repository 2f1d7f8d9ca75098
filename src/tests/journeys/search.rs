//! Search and filter.

use super::*;

#[test]
fn a_search_jumps_and_hides_nothing_and_escape_goes_back() {
    let mut journey = web(100, 30);
    let rows = journey.app.tree.rows.len();
    journey.keys("/train");
    assert_eq!((journey.cursor_pid(), journey.app.tree.rows.len()), (Some(4711), rows));
    journey.keys("<Enter>n");
    assert_eq!(journey.cursor_pid(), Some(4712));
    journey.keys("n");
    assert_eq!(journey.cursor_pid(), Some(4711), "around the end");
    journey.keys("N");
    assert_eq!(journey.cursor_pid(), Some(4712));
    journey.keys("/nginx<Esc>");
    assert_eq!(journey.cursor_pid(), Some(4712), "as before the search");
    journey.keys("/no such<Enter>");
    assert!(journey.text().contains("no process matches \"no such\""));
}

#[test]
fn a_search_prefers_the_process_of_that_name_to_a_word_of_arguments() {
    let mut journey = Journey::new(100, 24);
    journey.watch(
        1_000,
        "1 0 1 1 - - init |\n 5 1 5 5 - - editor | cmd=editor train.py\n 6 1 6 6 - - train |",
    );
    journey.keys("/train<Enter>");
    assert_eq!(journey.cursor_pid(), Some(6));
    journey.keys("n");
    assert_eq!(journey.cursor_pid(), Some(5), "the others follow");
}

#[test]
fn a_filter_shows_matches_with_what_is_above_and_below_them() {
    let mut journey = web(80, 20);
    journey.keys("\\train<Enter>");
    assert_snapshot!(journey.screen());
    journey.keys("<Esc><Esc>");
    assert_eq!(journey.app.tree.rows.len(), 11);
}
