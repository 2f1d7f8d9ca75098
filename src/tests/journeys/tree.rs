//! The tree: its cursor, folds, order and where it lands.

use super::*;

/// Whether there is a line with both.
fn has_row(journey: &Journey, name: &str, end: &str) -> bool {
    journey.text().lines().any(|line| line.contains(name) && line.contains(end))
}

#[test]
fn the_cursor_keeps_its_process_and_its_line_while_others_come_and_go_above_it() {
    let mut journey = web(80, 14);
    journey.keys("/4712<Enter>");
    let line = journey.cursor_line();
    let born =
        format!("{WEB}\n 600 1 600 600 - - early | null=3\n 601 1 601 601 - - early2 | null=3");
    journey.watch(1_001, &born);
    assert_eq!((journey.cursor_pid(), journey.cursor_line()), (Some(4712), line));
    journey
        .watch(1_002, &without(&without(WEB, 701), 700))
        .watch(1_006, &without(&without(WEB, 701), 700));
    assert_eq!(journey.cursor_pid(), Some(4712));
}

#[test]
fn the_cursor_stays_on_a_process_that_ended_until_it_is_moved() {
    let mut journey = web(80, 24);
    journey.keys("/4712<Enter>");
    let gone = without(WEB, 4712);
    journey.watch(1_001, &gone);
    assert_eq!(journey.cursor_pid(), Some(4712));
    assert!(has_row(&journey, "† python3", "ended"));
    journey.watch(1_905, &gone);
    assert_eq!(journey.cursor_pid(), Some(4712));
    journey.keys("x");
    assert!(journey.app.dialog.is_none(), "no signal is aimed at another instead");
    let said = "python3 4712 has already ended (cause unknown); no signal can reach it";
    assert!(journey.text().contains(said), "{}", journey.text());
    journey.keys("p").watch(1_906, &gone);
    assert_eq!(journey.cursor_pid(), Some(4711));
    assert!(!journey.text().contains("† python3"), "{}", journey.text());
}

#[test]
fn how_the_selected_process_ended_is_said_wherever_it_is_looked_at() {
    let mut journey = web(80, 24);
    journey.send(Input::Record(fixture::event_source(EventSource::Connector)));
    journey.keys("/4712<Enter>x");
    journey.events("1000.6 exit 4712 < 4711 status=9");
    let text = journey.text();
    assert!(text.contains("signal to python3 4712"), "{text}");
    assert!(text.contains("4712 has already ended (SIGKILL); there is nothing to do."), "{text}");
    journey.keys("<Esc>X");
    let said = "python3 4712 has already ended (SIGKILL); no signal can reach it";
    assert!(journey.app.dialog.is_none() && journey.text().contains(said), "{}", journey.text());
    journey.keys("<Enter>").watch(1_905, &without(WEB, 4712));
    assert_eq!(journey.cursor_pid(), Some(4712));
    let text = journey.text();
    assert!(has_row(&journey, "† python3", "SIGKILL"), "{text}");
    let details = text.lines().skip_while(|line| !line.contains("python3 4712 ─")).nth(1);
    assert!(details.unwrap().contains("state      ended: SIGKILL"), "{text}");
}

#[test]
fn where_the_cursor_has_to_move_by_itself_it_is_said() {
    let mut journey = web(100, 24);
    journey.keys("\\/usr/sbin<Enter>/700<Enter>");
    assert_eq!(journey.cursor_pid(), Some(700));
    journey.watch(1_001, &WEB.replace("master process /usr/sbin/nginx", "leaving"));
    let said = "nginx 700 is no longer shown: the cursor is at systemd 1";
    assert!(journey.text().contains(said), "{}", journey.text());
}

#[test]
fn where_the_cursor_has_to_leave_who_ended_the_cause_is_said() {
    let mut journey = web(100, 24);
    journey.send(Input::Record(fixture::event_source(EventSource::Connector)));
    journey.keys("\\/usr/sbin<Enter>/700<Enter>");
    journey.events("1000.5 exec 700 leaving; 1000.6 exit 700 < 1 status=9");
    let said = "leaving 700 has ended (SIGKILL): the cursor is at systemd 1";
    assert!(journey.text().contains(said), "{}", journey.text());
}

#[test]
fn an_orphan_keeps_the_cursor_and_names_its_creator() {
    let mut journey = web(120, 24);
    journey.keys("/4712<Enter>");
    let orphaned = without(&without(WEB, 4711), 4713).replace("4712 4711", "4712 1   ");
    journey.watch(1_001, &orphaned);
    assert_eq!(journey.cursor_pid(), Some(4712));
    let text = journey.text();
    assert!(text.contains("⚑ python3"), "{text}");
    assert!(text.contains("of 4711 python3 †"), "{text}");
}

#[test]
fn folds_belong_to_the_process_and_survive_refresh_and_reparenting() {
    let mut journey = web(100, 24);
    journey.keys("/4711<Enter>h");
    assert!(journey.text().contains("▸ ◆ python3 (+1)"), "{}", journey.text());
    journey.watch(1_001, &WEB.replace("4711 4021 4711", "4711 1 4711"));
    let text = journey.text();
    assert!(text.contains("▸") && !text.contains("4712"), "{text}");
    journey.keys("<Esc>/4712<Enter>");
    assert_eq!(journey.cursor_pid(), Some(4712), "a search unfolds what hides its match");
}

#[test]
fn fold_all_goes_back_to_ones_own_folds_and_subtrees_fold() {
    let mut journey = web(100, 30);
    journey.keys("*");
    assert_eq!(journey.app.tree.rows.len(), 3, "the first level");
    assert!(matches!(journey.app.tree.folds, Folds::AllFoldedBut(_)));
    journey.keys("*");
    assert_eq!(journey.app.tree.rows.len(), 11);
    journey.keys("/4021<Enter>-");
    assert_eq!(journey.app.tree.rows.len(), 6);
    journey.keys("**");
    assert_eq!(journey.app.tree.rows.len(), 6, "one's own folds come back");
    journey.keys("+");
    assert_eq!(journey.app.tree.rows.len(), 11);
}

#[test]
fn left_and_right_step_out_and_in() {
    let mut journey = web(100, 30);
    let at = |journey: &mut Journey, keys: &str| {
        journey.keys(keys);
        journey.cursor_pid().unwrap()
    };
    assert_eq!(at(&mut journey, "l"), 700);
    assert_eq!(at(&mut journey, "l"), 701);
    assert_eq!(at(&mut journey, "h"), 700);
    assert_eq!(at(&mut journey, "h"), 700, "the first step out folds");
    assert_eq!(at(&mut journey, "h"), 1);
    assert_eq!(at(&mut journey, "Gp"), 8999);
    assert_eq!(at(&mut journey, "gjj"), 812, "700 is folded");
}

#[test]
fn siblings_can_be_ordered() {
    let mut journey = web(100, 24);
    journey.keys("sjjjj<Enter>");
    let pids: Vec<u32> =
        journey.app.tree.rows.iter().filter_map(|row| Some(row.id.process()?.pid)).collect();
    assert_eq!(pids[..4], [1, 700, 701, 812], "by name, as by birth here");
    journey.keys("skk<Enter>");
    let by_memory: Vec<u32> =
        journey.app.tree.rows.iter().filter_map(|row| Some(row.id.process()?.pid)).collect();
    assert_eq!(by_memory[1], 812, "the largest first");
    journey.keys("s");
    assert_snapshot!(journey.screen());
}

#[test]
fn kernel_threads_are_hidden_until_asked_for() {
    let mut journey = web(120, 24);
    assert!(journey.text().contains("1 kernel thread hidden"));
    journey.keys("K");
    assert!(journey.text().contains("kthreadd"));
}

#[test]
fn follow_keeps_the_row_after_the_end_and_the_process_in_the_middle() {
    let mut journey = web(100, 12);
    journey.keys("/4712<Enter>F");
    journey.watch(1_001, &without(WEB, 4712)).watch(1_009, &without(WEB, 4712));
    assert_eq!(journey.cursor_pid(), Some(4712));
    assert!(journey.text().contains("FOLLOW"));
    assert_eq!(journey.cursor_line(), Some(4), "the middle, as far as the list's end allows");
    journey.keys("F").watch(1_010, &without(WEB, 4712));
    assert_eq!(journey.cursor_pid(), Some(4712), "the cursor is still on it");
    journey.keys("p").watch(1_011, &without(WEB, 4712));
    assert!(!journey.text().contains("† python3"), "{}", journey.text());
}

#[test]
fn facts_of_rows_on_screen_are_asked_for_first_and_the_counts_say_that_they_are_not_complete() {
    let mut journey = Journey::new(100, 12);
    let lines = crate::tests::fixture::lines(WEB);
    journey.send(Input::Record(crate::tests::fixture::scan(&lines, 1_000)));
    assert!(journey.text().contains("main ~"), "{}", journey.text());
    let Some(Effect::ReadFacts(keys)) =
        journey.effects.iter().find(|effect| matches!(effect, Effect::ReadFacts(_)))
    else {
        panic!("no facts were asked for")
    };
    assert_eq!(keys[0].pid, 1);
    assert!(keys.len() == 12, "all others follow");
    journey.send(Input::Record(crate::tests::fixture::facts_of(&lines, 1_000)));
    assert!(!journey.text().contains('~'));
}

/// A machine with so many daemons before a family of five, and after it.
fn crowd(target: Option<ProcessKey>) -> Journey {
    let daemon = |pid| format!("{pid} 1 {pid} {pid} - - daemon | null=3\n");
    let family = (501..505).map(|pid| format!("{pid} 500 500 500 - f worker |\n"));
    let text = std::iter::once("1 0 1 1 - - systemd |\n500 1 500 500 - - pool |\n".to_owned())
        .chain((10..60).map(daemon))
        .chain(family)
        .chain((600..660).map(daemon))
        .collect::<String>();
    let mut journey = Journey::with(100, 24, |options| options.target = target);
    journey.watch(1_000, &text);
    journey
}

#[test]
fn where_one_lands_the_family_below_is_in_sight() {
    let mut searched = crowd(None);
    searched.keys("/pool<Enter>");
    for journey in [crowd(Some(ProcessKey::at_ticks(500, 5_000))), searched] {
        assert_eq!(journey.cursor_pid(), Some(500));
        let line = journey.cursor_line().unwrap();
        assert!(line <= journey.app.page() / 3, "{}", journey.text());
        assert!((501..505).all(|pid| journey.text().contains(&format!(" {pid} "))));
    }
}

#[test]
fn who_is_born_below_where_one_landed_is_in_sight_until_one_moves() {
    let born = |text: &str, count| -> String {
        let children = (0..count).map(|n| format!("{} 900 900 900 - f worker |\n", 901 + n));
        std::iter::once(text.to_owned()).chain(children).collect()
    };
    let daemons = (10..60).map(|pid| format!("{pid} 1 {pid} {pid} - - daemon | null=3\n"));
    let text: String = std::iter::once("1 0 1 1 - - systemd |\n".to_owned())
        .chain(daemons)
        .chain(std::iter::once("900 1 900 900 - - pool |\n".to_owned()))
        .collect();
    for (keys, is_in_sight) in [("", true), ("<Up><Down>", false)] {
        let target = Some(ProcessKey::at_ticks(900, 9_000));
        let mut journey = Journey::with(100, 24, |options| options.target = target);
        journey.watch(1_000, &text);
        journey.keys(keys);
        journey.watch(2_000, &born(&text, 6));
        assert_eq!(journey.cursor_pid(), Some(900));
        assert_eq!(journey.text().contains(" 906 "), is_in_sight, "{}", journey.text());
    }
}
