//! What users see and do, from records and keys to screens.

use std::time::Duration;

use insta::assert_snapshot;
use ratatui::layout::Size;

use crate::app::MouseUser;
use crate::app::input::{Effect, Input, Outcome, Pointer, SignalResult, Stop};
use crate::forecast::preview::Scope;
use crate::keymap::Key;
use crate::panes::tree::rows::Folds;
use crate::record::{
    Arguments, BootTime, Details, EventSource, Fact, Facts, Host, Observation, PidNamespace,
    ProcessKey, Signal, SignalMasks, TestProcess,
};
use crate::roles::Role;
use crate::test_process::{KINDS, TestProcessKind, TestProcessOrder};
use crate::tests::fixture;
use crate::tests::journey::Journey;
use crate::theme::{Charset, ColorDepth};

/// A web host: a session with a Python family in it, daemons, a kernel thread.
const WEB: &str = "
    1    0    1    1    - -  systemd    | exe=/usr/lib/systemd/systemd unit=init.scope cmd=/sbin/init
    2    0    0    0    - k  kthreadd   |
    700  1    700  700  - -  nginx      | null=3 unit=nginx.service cmd=nginx: master process /usr/sbin/nginx
    701  700  700  700  - f  nginx      | exe=/usr/bin/nginx null=3 unit=nginx.service uid=33 cmd=nginx: worker process
    812  1    812  812  - -  sshd       | null=3 unit=ssh.service cmd=sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups
    4020 812  4020 4020 - -  sshd       | unit=session-3.scope cmd=sshd: ana@pts/3
    4021 4020 4021 4021 3 -  bash       | uid=1000 cmd=-bash
    4711 4021 4711 4021 3 -  python3    | uid=1000 threads=3 reads=11 writes=12 cmd=python3 train.py
    4712 4711 4711 4021 3 f  python3    | uid=1000 reads=12 writes=11 spare cmd=python3 train.py
    4713 4711 4711 4021 3 fZ python3    | wait=139
    8999 4021 8999 4021 3 -  bash       | uid=1000 cmd=bash
    9000 8999 9000 4021 3 -  pexplore   | uid=1000 cmd=pexplore
";

fn web(width: u16, height: u16) -> Journey {
    let mut journey = Journey::new(width, height);
    journey.watch(1_000, WEB).machine(1_000);
    journey
}

fn without(text: &str, pid: u32) -> String {
    let is_other = |line: &&str| line.split_whitespace().next() != Some(&pid.to_string());
    text.lines().filter(is_other).collect::<Vec<_>>().join("\n")
}

fn details_of(journey: &Journey, pid: u32, masks: SignalMasks) -> Details {
    let process = journey.app.world.living(pid).unwrap();
    Details {
        key: process.key(),
        facts: process.facts.clone().unwrap_or_default(),
        working_directory: Fact::Known("/home/ana/train".into()),
        signals: Some(masks),
        peak_resident: Some(402 << 20),
        virtual_memory: Some(1 << 30),
        storage: Fact::Known([4096, 0]),
        open_files: Fact::Known(14),
    }
}

fn give_details(journey: &mut Journey, pid: u32, masks: SignalMasks) {
    let details = Box::new(details_of(journey, pid, masks));
    journey.record(1_000, Observation::Details(details));
}

#[test]
fn the_first_screen_is_the_whole_family_tree() {
    assert_snapshot!(web(80, 24).screen());
}

#[test]
fn a_wide_screen_has_all_columns_and_the_details() {
    let mut journey = web(180, 40);
    journey.keys("/4712<Enter>");
    give_details(
        &mut journey,
        4712,
        SignalMasks { caught: 2, ignored: 0x100_1000, blocked: 0, ..SignalMasks::NONE },
    );
    assert_snapshot!(journey.screen());
}

#[test]
fn the_smallest_screen_still_works_and_a_smaller_one_says_so() {
    assert_snapshot!(web(20, 5).screen());
    let mut journey = web(20, 5);
    journey.send(Input::Resize(Size { width: 19, height: 4 }));
    assert!(journey.text().starts_with("too small: 20x5"));
    journey.keys("q");
    assert_eq!(journey.effects.last(), Some(&Effect::Quit));
}

#[test]
fn no_size_and_no_key_makes_it_panic() {
    for (width, height) in [(1, 1), (1, 50), (200, 1), (20, 5), (21, 6), (33, 9), (80, 24)] {
        let mut journey = web(width, height);
        for keys in [
            "jjjk",
            "?",
            "<Esc>s",
            "<Esc>x",
            "<Esc>a",
            "<Esc>:sig",
            "<Esc>/zz",
            "<Esc>K*+-",
            "<PgDn><C-d><C-u>GgpNn",
            "<Enter><Tab>jjG<Tab>FZ<>y",
            "X<Enter><Enter>",
            "\\py<Enter>",
        ] {
            journey.keys(keys);
            let _ = journey.screen();
        }
        for (x, y) in [(0, 0), (width, height), (3, 3)] {
            journey.click(x, y);
        }
        for size in [Size::new(1, 1), Size::new(300, 100), Size::new(width, height)] {
            journey.send(Input::Resize(size));
            let _ = journey.screen();
        }
    }
}

#[test]
fn before_the_first_scan_the_screen_says_what_it_waits_for() {
    let journey = Journey::new(80, 24);
    assert!(journey.text().contains("reading processes"));
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
    assert!(journey.text().contains("† python3 ended"));
    journey.watch(1_905, &gone);
    assert_eq!(journey.cursor_pid(), Some(4712));
    journey.keys("x");
    assert!(journey.app.dialog.is_none(), "no signal is aimed at another instead");
    let said = "python3 4712 has ended already (cause unknown); no signal can reach it";
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
    assert!(text.contains("4712 has ended already (SIGKILL); there is nothing to do."), "{text}");
    journey.keys("<Esc>X");
    let said = "python3 4712 has ended already (SIGKILL); no signal can reach it";
    assert!(journey.app.dialog.is_none() && journey.text().contains(said), "{}", journey.text());
    journey.keys("<Enter>").watch(1_905, &without(WEB, 4712));
    assert_eq!(journey.cursor_pid(), Some(4712));
    let text = journey.text();
    assert!(text.contains("† python3 SIGKILL"), "{text}");
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
fn the_legend_has_the_colors_of_the_roles_beside_the_totals() {
    for width in [80, 120, 200] {
        let journey = web(width, 24);
        let buffer = journey.buffer();
        let legend: Vec<_> = buffer.content().chunks(usize::from(width)).nth(1).unwrap().into();
        for role in Role::ALL.into_iter().filter(|role| *role != Role::Kernel) {
            let glyph = journey.theme.glyph(role);
            let cell = legend.iter().find(|cell| cell.symbol() == glyph).unwrap();
            let color = journey.theme.role(role).fg;
            assert_eq!(color, Some(cell.fg), "{role:?} at {width}");
        }
    }
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
fn fold_all_and_unfold_all_and_subtree_folds() {
    let mut journey = web(100, 30);
    journey.keys("*");
    assert_eq!(journey.app.tree.rows.len(), 1);
    assert!(matches!(journey.app.tree.folds, Folds::AllFoldedBut(_)));
    journey.keys("*");
    assert_eq!(journey.app.tree.rows.len(), 11);
    journey.keys("/4021<Enter>-");
    assert_eq!(journey.app.tree.rows.len(), 6);
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
fn a_name_that_cannot_be_seen_is_quoted() {
    let mut journey = Journey::new(100, 24);
    journey.watch(1_000, "1 0 1 1 - - init |\n 5 1 5 5 - - __ |");
    assert!(journey.text().contains("○ \"  \""), "{}", journey.text());
}

#[test]
fn a_filter_shows_matches_with_what_is_above_and_below_them() {
    let mut journey = web(80, 20);
    journey.keys("\\train<Enter>");
    assert_snapshot!(journey.screen());
    journey.keys("<Esc><Esc>");
    assert_eq!(journey.app.tree.rows.len(), 11);
}

#[test]
fn siblings_can_be_ordered() {
    let mut journey = web(100, 24);
    journey.keys("sjjj<Enter>");
    let pids: Vec<u32> = journey.app.tree.rows.iter().map(|row| row.key.pid).collect();
    assert_eq!(pids[..4], [1, 700, 701, 812], "by name, as by birth here");
    journey.keys("sk<Enter>");
    let by_memory: Vec<u32> = journey.app.tree.rows.iter().map(|row| row.key.pid).collect();
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
fn the_mouse_selects_folds_and_scrolls() {
    let mut journey = web(100, 10);
    journey.click(20, 4);
    assert_eq!(journey.cursor_pid(), Some(700));
    let before = journey.app.tree.rows.len();
    journey.click(2, 4);
    assert_eq!(journey.app.tree.rows.len(), before - 1, "the fold mark folds");
    journey.click(2, 4);
    let position = ratatui::layout::Position::new(5, 5);
    journey.send(Input::Pointer(Pointer::ScrollDown(position)));
    assert_eq!(journey.app.tree.cursor.top, 3);
    assert_eq!(journey.cursor_pid(), Some(700), "the wheel does not move the cursor");
    journey.watch(1_001, WEB);
    assert_eq!(journey.app.tree.cursor.top, 3, "nor does a refresh bring it back");
}

#[test]
fn what_is_born_and_what_ended_is_marked_for_the_linger_time_and_fades() {
    let mut journey = web(100, 24);
    let changed = format!("{}\n 9100 4021 9100 4021 3 - make | uid=1000", without(WEB, 701));
    journey.watch(1_001, &changed);
    let text = journey.text();
    assert!(text.contains("make new"), "{text}");
    assert!(text.contains("† nginx ended"), "{text}");
    journey.watch(1_004, &changed);
    let text = journey.text();
    assert!(!text.contains("make new") && !text.contains("† nginx ended"), "{text}");
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
fn the_signal_dialog_says_what_will_happen() {
    let mut journey = web(100, 30);
    journey.keys("/4711<Enter>x");
    let key = journey.app.tree.cursor.key.unwrap();
    assert!(journey.effects.contains(&Effect::ReadDetails(key)));
    give_details(
        &mut journey,
        4711,
        SignalMasks { caught: 2, ignored: 0x1000, blocked: 0, ..SignalMasks::NONE },
    );
    assert_snapshot!(journey.screen());
    journey.keys("<Enter>");
    let Some(Effect::Signal(order)) = journey.effects.last() else { panic!("nothing was sent") };
    assert_eq!((order.target, order.signal, order.scope), (key, Signal::TERM, Scope::Process));
}

#[test]
fn the_dialog_keeps_its_target_whatever_the_tree_does() {
    let mut journey = web(100, 30);
    journey.keys("/4712<Enter>x");
    let target = journey.app.tree.cursor.key.unwrap();
    let reused = WEB.replace(
        "4712 4711 4711 4021 3 f  python3    |",
        "4712 4711 4711 4021 3 f  other | start=99000",
    );
    journey.watch(1_001, &reused).keys("<Enter>");
    let Some(Effect::Signal(order)) = journey.effects.last() else { panic!("nothing was sent") };
    assert_eq!(order.target, target);
    journey.outcome(Outcome::Signal(order.clone(), SignalResult::PidReused));
    assert!(journey.text().contains("its pid is another process's now"), "{}", journey.text());
}

#[test]
fn pid_1_and_pexplore_itself_ask_twice_and_the_shell_is_warned_of() {
    for (pid, warning) in [(1, "This is pid 1"), (9000, "This is pexplore itself")] {
        let mut journey = web(100, 30);
        journey.keys(&format!("/{pid}<Enter>x"));
        assert!(journey.text().contains(warning));
        journey.keys("<Enter>");
        assert!(journey.text().contains("Enter again"));
        assert!(!journey.effects.iter().any(|effect| matches!(effect, Effect::Signal(_))));
        journey.keys("<Enter>");
        assert!(matches!(journey.effects.last(), Some(Effect::Signal(_))));
    }
    let mut journey = web(100, 30);
    journey.keys("/8999<Enter>x");
    assert!(journey.text().contains("pexplore runs below this process"));
}

#[test]
fn a_zombie_cannot_be_killed_and_the_missing_wait_is_named() {
    let mut journey = web(100, 30);
    journey.keys("/4713<Enter>x");
    let text = journey.text();
    assert!(text.contains("It is a zombie: it has ended, and no signal reaches it."), "{text}");
    assert!(text.contains("Its parent 4711 (python3) has not called wait() for it"), "{text}");
}

#[test]
fn a_subtree_signal_counts_its_targets_and_leaves_pexplore_out() {
    let mut journey = web(100, 30);
    journey.keys("/4021<Enter>X");
    assert_snapshot!(journey.screen());
}

#[test]
fn outcomes_of_signals_are_one_line_and_kill_is_offered_to_what_survives_term() {
    let mut journey = web(120, 30);
    journey.keys("/4712<Enter>x<Enter>");
    let Some(Effect::Signal(order)) = journey.effects.last().cloned() else { panic!("not sent") };
    let said = |journey: &mut Journey, result| {
        journey.outcome(Outcome::Signal(order.clone(), result));
        journey.text().lines().last().unwrap().trim().to_owned()
    };
    let three = Duration::from_secs(3);
    assert_eq!(
        said(&mut journey, SignalResult::Ended(three)),
        "python3 4712 ended 3.0 s after SIGTERM"
    );
    assert_eq!(said(&mut journey, SignalResult::AlreadyGone), "python3 4712 had ended already");
    assert!(said(&mut journey, SignalResult::NotPermitted).contains("not permitted"));
    assert!(
        said(&mut journey, SignalResult::StillAlive(three))
            .contains("still alive 3.0 s after SIGTERM")
    );
    journey.keys("x<Enter>");
    let Some(Effect::Signal(order)) = journey.effects.last() else { panic!("not sent") };
    assert_eq!(order.signal, Signal::KILL);
}

#[test]
fn a_subtree_signal_is_followed_like_any_other() {
    let mut journey = web(140, 30);
    journey.keys("/4711<Enter>X<Enter>");
    let Some(Effect::Signal(order)) = journey.effects.last().cloned() else { panic!("not sent") };
    assert_eq!(order.scope, Scope::Subtree);
    let sent = SignalResult::Sent {
        at: BootTime::from_secs(1_000),
        masks: Vec::new(),
        processes: 2,
        gone: 0,
        not_permitted: Vec::new(),
        left_out: Vec::new(),
        is_complete: true,
    };
    journey.outcome(Outcome::Signal(order.clone(), sent));
    journey.outcome(Outcome::Signal(order, SignalResult::Ended(Duration::from_millis(200))));
    let told = "SIGTERM was sent to 2 processes; python3 4711 ended 0.2 s after SIGTERM";
    assert!(journey.text().contains(told), "{}", journey.text());
}

#[test]
fn what_a_subtree_signal_may_have_left_is_said() {
    let mut journey = web(200, 30);
    journey.keys("/4711<Enter>X<Enter>");
    let Some(Effect::Signal(order)) = journey.effects.last().cloned() else { panic!("not sent") };
    let sent = SignalResult::Sent {
        at: BootTime::from_secs(1_000),
        masks: Vec::new(),
        processes: 2,
        gone: 1,
        not_permitted: Vec::new(),
        left_out: Vec::new(),
        is_complete: false,
    };
    journey.outcome(Outcome::Signal(order.clone(), sent));
    let told = "was sent to 2 processes, 1 had ended, those born meanwhile may be left";
    assert!(journey.text().contains(told), "{}", journey.text());
    // It stays when more is known of those who got it.
    journey.outcome(Outcome::Signal(order, SignalResult::Watched));
    journey.watch(1_003, WEB);
    let told = "those born meanwhile may be left; as foretold so far";
    assert!(journey.text().contains(told), "{}", journey.text());
}

#[test]
fn on_the_smallest_screen_dialogs_name_their_target_and_choice() {
    let mut journey = web(20, 5);
    journey.keys("/4711<Enter>x");
    give_details(&mut journey, 4711, SignalMasks::default());
    let text = journey.text();
    assert!(text.contains("4711 python3") && text.contains("SIGTERM") && text.contains("It ends."));
    journey.keys("j");
    assert!(journey.text().contains("SIGKILL"));
    journey.keys("<Esc>a");
    for row in &KINDS {
        assert!(journey.text().contains(row.name), "{}", journey.text());
        journey.keys("j");
    }
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

/// A screen where `/proc` is of another pid namespace.
fn elsewhere(width: u16, height: u16) -> Journey {
    let host = Host { namespace: PidNamespace::Other, ..fixture::host() };
    let mut journey = Journey::on(host, width, height, |_| {});
    journey.watch(1_000, WEB).machine(1_000);
    journey
}

#[test]
fn where_proc_is_of_another_pid_namespace_nothing_is_signaled_or_started_and_it_is_said() {
    let mut journey = elsewhere(160, 20);
    assert_snapshot!(journey.screen());
    for key in ["x", "X", "a", "L", "<F9>"] {
        journey.app.message = None;
        journey.keys(key);
        let said = "READ-ONLY  no signals and no test processes: /proc is of another pid namespace; \
                    `unshare --mount-proc pexplore` shows this one";
        assert!(journey.text().contains(said), "{key}: {}", journey.text());
        assert!(journey.app.dialog.is_none(), "{key}");
    }
    let acts = |effect: &Effect| {
        use Effect::{ListScenarios, Signal, Stage, StartTestProcess};
        matches!(effect, Signal(_) | StartTestProcess(_) | Stage(..) | ListScenarios)
    };
    assert!(!journey.effects.iter().any(acts), "{:?}", journey.effects);
}

#[test]
fn a_narrow_header_warns_of_another_pid_namespace_too() {
    let text = elsewhere(80, 20).text();
    assert!(text.lines().next().unwrap().ends_with("foreign /proc"), "{text}");
}

#[test]
fn a_test_process_is_chosen_from_a_list_and_selected_when_it_is_there() {
    let mut journey = web(110, 30);
    journey.keys("a");
    assert_snapshot!(journey.screen());
    journey.keys("jjjjjjj<Enter>");
    let orphan = TestProcessOrder::of(TestProcessKind::Orphan);
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
    let daemonic = TestProcessOrder::of(TestProcessKind::Daemonic).under(parent);
    assert_eq!(journey.effects.last(), Some(&Effect::StartTestProcess(daemonic)));
    // Elsewhere it is the lab's main that gets it.
    journey.keys("/4711<Enter>a<Enter>");
    let child = TestProcessOrder::of(TestProcessKind::Child);
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
    journey.outcome(Outcome::Said("px-term-catcher 9 caught TERM from \u{1b}[2Jbash 8".to_owned()));
    let text = journey.text();
    assert!(
        text.contains("px-term-catcher 9 caught TERM from") && text.contains("[2Jbash 8"),
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
    assert_eq!(last_order(&journey), TestProcessOrder::of(TestProcessKind::Parent));
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
    let seven = TestProcessOrder { number: 7, ..TestProcessOrder::of(TestProcessKind::Child) };
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
    assert!(journey.app.tree.kernel_threads);
}

#[test]
fn ascii_without_color_says_the_same() {
    let mut journey = web(100, 24);
    journey.theme.charset = Charset::Ascii;
    journey.theme.depth = ColorDepth::None;
    let screen = journey.screen();
    assert!(screen.is_ascii(), "{screen}");
    assert_snapshot!(screen);
}

#[test]
fn hostile_names_and_arguments_are_harmless_on_screen() {
    let mut journey = Journey::new(120, 20);
    let mut lines = crate::tests::fixture::lines(WEB);
    let nasty = "\u{1b}]0;owned\u{7}\u{202e}\n\u{9b}31m";
    let long = "x".repeat(100_000);
    for line in &mut lines {
        if line.stat.key.pid >= 4000 {
            line.stat.comm = nasty.into();
            let facts: &mut Facts = line.facts.get_or_insert_default();
            facts.command_line =
                Fact::Known(Arguments::joined([nasty, &long, "日本語", "e\u{301}"]));
            facts.executable = Fact::Known(nasty.into());
            facts.cgroup = Some(nasty.into());
        }
    }
    journey.send(Input::Record(crate::tests::fixture::scan(&lines, 1_000)));
    journey.send(Input::Record(crate::tests::fixture::facts_of(&lines, 1_000)));
    for keys in ["", "G<Enter>", "x", "<Esc>X", "<Esc>?", "<Esc>/owned", "<Enter><Tab>jjj"] {
        journey.keys(keys);
        for cell in journey.buffer().content() {
            assert_eq!(crate::text::visible(cell.symbol()), cell.symbol());
        }
    }
    assert!(journey.text().contains("\\e]0;owned"));
}

#[test]
fn deep_families_keep_their_names_readable() {
    let below = (1..60).map(|depth| format!("{} {depth} 1 1 - - level{depth} |", depth + 1));
    let text: Vec<String> = std::iter::once("1 0 1 1 - - init |".to_owned()).chain(below).collect();
    let mut journey = Journey::new(80, 70);
    journey.watch(1_000, &text.join("\n")).keys("<Enter>");
    let shown = journey.text();
    for depth in 1..60 {
        assert!(shown.contains(&format!("level{depth}")), "{depth}\n{shown}");
    }
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
fn a_terminal_that_has_shrunk_since_gets_no_frame_of_the_old_size() {
    let journey = web(120, 40);
    let backend = ratatui::backend::TestBackend::new(30, 8);
    let mut terminal = ratatui::Terminal::new(backend).unwrap();
    terminal.draw(|frame| crate::app::draw::draw(&journey.app, journey.theme, frame)).unwrap();
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
    journey.keys("m");
    assert_eq!(journey.effects.last(), Some(&Effect::UseMouse(MouseUser::Terminal)));
    assert!(journey.text().contains("the mouse is off: the terminal selects text with it"));
    journey.keys("m");
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

#[test]
fn a_message_is_shown_for_seconds_after_it_also_while_records_are_rare() {
    let mut journey = web(100, 24);
    journey.keys("y").watch(1_060, WEB);
    assert!(journey.text().contains("command line copied"));
    journey.watch(1_067, WEB);
    assert!(!journey.text().contains("command line copied"));
}

/// The journey of the picture in the README: a family that just lost its main.
pub(crate) fn demonstrate(journey: &mut Journey, masks: SignalMasks) {
    let before = "
        4690 4021 4690 4021 3 -  bash       | uid=1000 cmd=bash nightly.sh
        4695 4690 4690 4021 3 -  sleep      | uid=1000 cmd=sleep 1000
        4714 4711 4711 4021 3 f  python3    | uid=1000 reads=14 writes=11 spare cmd=python3 train.py
    ";
    let after = "
        4695 1    4690 4021 3 -  sleep      | uid=1000 cmd=sleep 1000
        4714 4711 4711 4021 3 f  python3    | uid=1000 reads=14 writes=11 spare cmd=python3 train.py
        4790 4021 4790 4021 3 -  make       | uid=1000 cmd=make -j8
        4791 4790 4790 4021 3 -  cc1        | uid=1000 cmd=cc1 -O2 parser.c
    ";
    journey.watch(1_000, &format!("{WEB}{before}"));
    for (second, share) in (1_001..).zip([3.0, 2.0, 9.0, 31.0, 22.0, 12.0, 4.0]) {
        let figures = crate::record::machine::Machine {
            load: [0.42, 0.37, 0.31],
            cpu_percent: Some(share),
            memory_used: 3_300_000_000,
            memory_total: 25_769_803_776,
        };
        journey.record(second, Observation::Machine(figures));
    }
    journey.machine(1_008).watch(1_008, &format!("{WEB}{after}"));
    journey.keys("/4695<Enter><Esc><Enter>");
    give_details(journey, 4695, masks);
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
