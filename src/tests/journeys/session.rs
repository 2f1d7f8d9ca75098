//! The session as a whole: its keys, help, mouse, pause and end.

use super::*;

#[test]
fn the_mouse_selects_folds_and_scrolls() {
    let mut journey = web(100, 10);
    journey.click(20, 4);
    assert_eq!(journey.cursor_pid(), Some(700));
    let before = journey.app.tree.rows.len();
    journey.click(3, 4);
    assert_eq!(journey.app.tree.rows.len(), before - 1, "the fold mark folds");
    journey.click(3, 4);
    let position = ratatui::layout::Position::new(5, 5);
    journey.send(Input::Pointer(Pointer::ScrollDown(position)));
    assert_eq!(journey.app.tree.cursor.top, 3);
    assert_eq!(journey.cursor_pid(), Some(700), "the wheel does not move the cursor");
    journey.watch(1_001, WEB);
    assert_eq!(journey.app.tree.cursor.top, 3, "nor does a refresh bring it back");
}

#[test]
fn pause_holds_the_picture_still() {
    let mut journey = web(100, 24);
    journey.keys("Z");
    assert_eq!(journey.effects.last(), Some(&Effect::Rest));
    let before = journey.app.tree.rows.clone();
    journey.watch(1_001, &without(WEB, 701));
    assert_eq!(journey.app.tree.rows, before);
    assert!(journey.text().contains("PAUSED"));
    journey.keys("Z");
    assert_eq!(journey.effects.last(), Some(&Effect::RefreshNow));
}

#[test]
fn the_refresh_interval_is_changed_by_key() {
    let mut journey = web(100, 24);
    journey.keys("<");
    assert_eq!(journey.effects.last(), Some(&Effect::SetInterval(Duration::from_millis(500))));
    journey.keys(">>");
    assert_eq!(journey.effects.last(), Some(&Effect::SetInterval(Duration::from_secs(2))));
}

#[test]
fn a_read_only_session_has_no_acts() {
    let mut journey = Journey::with(100, 40, |options| options.read_only = true);
    journey.watch(1_000, WEB).keys("/4712<Enter>x");
    journey.keys("Xa<F9>");
    assert!(journey.app.dialog.is_none());
    assert!(!journey.effects.iter().any(|effect| matches!(effect, Effect::Signal(_))));
    journey.keys("?<PgDn><PgDn><PgDn>");
    let text = journey.text();
    assert!(!text.contains("send it") && !text.contains("start a test process"), "{text}");
    journey.keys("<Esc>x");
    assert!(journey.text().contains("--read-only starts no test processes and sends no signals"));
}

#[test]
fn where_proc_is_of_another_pid_namespace_nothing_is_signaled_or_started_and_it_is_said() {
    let mut journey = elsewhere(160, 20);
    assert_snapshot!(journey.screen());
    for key in ["x", "X", "a", "L", "<F9>"] {
        journey.app.message = None;
        journey.keys(key);
        let said = "no signals and no test processes: /proc is of another pid namespace; \
                    `unshare --mount-proc pexplore` shows this one";
        assert_eq!(journey.message(), said, "{key}");
        assert!(journey.app.dialog.is_none(), "{key}");
    }
    let acts = |effect: &Effect| {
        use Effect::{ListScenarios, Signal, Stage, StartTestProcess};
        matches!(effect, Signal(_) | StartTestProcess(_) | Stage(..) | ListScenarios)
    };
    assert!(!journey.effects.iter().any(acts), "{:?}", journey.effects);
}

#[test]
fn the_help_has_every_key_and_the_roles() {
    let mut journey = web(100, 71);
    journey.keys("?");
    assert_snapshot!(journey.screen());
}

#[test]
fn the_palette_finds_actions_by_word() {
    let mut journey = web(100, 24);
    journey.keys(":kernel");
    assert!(journey.text().contains("show or hide kernel threads"));
    journey.keys("<Enter>");
    assert!(journey.app.tree.shown.kernel_threads);
}

#[test]
fn signals_and_the_end_of_the_terminal_stop_it_and_control_c_quits_from_anywhere() {
    for keys in ["", "x", "/abc", "?"] {
        let mut journey = web(100, 24);
        journey.keys(keys).send(Input::Key(Key::ctrl('c')));
        assert_eq!(journey.effects.last(), Some(&Effect::Quit));
    }
    let mut journey = web(100, 24);
    journey.send(Input::Stop(Stop::Signal(15)));
    assert_eq!(journey.effects.last(), Some(&Effect::Quit));
}

#[test]
fn a_record_is_the_same_after_a_journey_through_a_file() {
    let lines = crate::tests::fixture::lines(WEB);
    for record in
        [crate::tests::fixture::scan(&lines, 1_000), crate::tests::fixture::facts_of(&lines, 1_000)]
    {
        let line = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<crate::record::Record>(&line).unwrap(), record);
    }
}

#[test]
fn the_keys_go_back_to_the_tree_when_the_details_no_longer_fit() {
    let mut journey = web(160, 40);
    journey.keys("<Tab>").send(Input::Resize(Size { width: 80, height: 24 }));
    journey.keys("j");
    assert_eq!(journey.cursor_pid(), Some(700));
}

#[test]
fn the_mouse_is_left_to_the_terminal_and_taken_back_which_is_said() {
    let mut journey = web(100, 24);
    journey.keys("<F12>");
    assert_eq!(journey.effects.last(), Some(&Effect::UseMouse(MouseUser::Terminal)));
    assert!(journey.text().contains("the mouse is off: the terminal selects text with it"));
    journey.keys("<F12>");
    assert_eq!(journey.effects.last(), Some(&Effect::UseMouse(MouseUser::Program)));
    assert!(journey.text().contains("the mouse is on: a click selects a row"));
}

#[test]
fn the_help_scrolls_no_further_than_its_end() {
    let mut journey = web(80, 24);
    journey.keys("?G");
    let end = journey.text();
    journey.keys("jjjjj");
    assert_eq!(journey.text(), end);
    journey.keys("k");
    assert_ne!(journey.text(), end, "one key up is one line up");
}
