//! The event log: what happened, live or held still, of everybody or of a family.

mod dropped;

use insta::assert_snapshot;
use ratatui::layout::Size;

use crate::app::input::{Input, Pointer};
use crate::record::{MemoryLimit, Observation};
use crate::tests::journey::Journey;
use crate::theme::Charset;

/// A terminal with a build in it, and a daemon.
pub(super) const BUILD: &str = "
    1    0    1    1    - -  systemd    | exe=/usr/lib/systemd/systemd unit=init.scope cmd=/sbin/init
    300  1    300  300  - -  sshd       | null=3 unit=ssh.service cmd=sshd: /usr/sbin/sshd -D [listener]
    400  300  400  400  - -  sshd       | unit=session-3.scope cmd=sshd: ana@pts/3
    401  400  401  401  3 -  bash       | uid=1000 cmd=-bash
    810  401  810  401  3 -  make       | start=99000 uid=1000 cmd=make -j2
    811  810  810  401  3 -  watcher    | start=99200 uid=1000 cmd=watcher --all
";

/// The build compiles two files, of which one fails; a watcher is killed and leaves its child.
const COMPILES: &str = "
    1000.100 fork 820 < 810; 1000.102 exec 820 gcc -c a.c; 1000.200 fork 821 < 820;
    1000.205 exec 821 cc1 -quiet -O2 a.c; 1000.300 fork 830 < 810; 1000.301 exec 830 gcc -c b.c;
    1000.400 fork 831 < 830; 1000.402 exec 831 cc1 -quiet b.c; 1001.900 fork 840 < 811;
    1001.950 session 840; 1002.000 rename 840 helper; 1002.750 exit 831 status=256; 1002.760 exit 830 status=256;
    1003.000 exit 811 status=9; 1004.500 exit 821; 1004.505 exit 820; 1004.700 fork 850 < 401; 1004.701 exec 850 ?";

pub(super) fn build(width: u16, height: u16) -> Journey {
    let mut journey = Journey::new(width, height);
    journey.watch(1_000, BUILD).machine(1_000);
    journey.events(COMPILES);
    let after = BUILD.replace("811  810", "840  1").replace("watcher ", "helper ");
    journey.watch(1_005, &after.replace("start=99200", "start=100190"));
    journey
}

#[test]
fn the_log_tells_what_happened_under_the_tree() {
    let mut journey = build(80, 24);
    journey.keys("v");
    assert_snapshot!(journey.screen());
}

#[test]
fn an_empty_log_says_so_and_closes_again() {
    let mut journey = Journey::new(80, 24);
    journey.watch(1_000, BUILD).machine(1_000);
    let before = journey.text();
    journey.keys("v");
    assert_snapshot!(journey.screen());
    journey.keys("v");
    assert_eq!(journey.text(), before);
}

/// The lines of the pane at the bottom, its title first.
pub(super) fn pane(journey: &Journey) -> Vec<String> {
    let area = journey.app.areas().unwrap().bottom.unwrap();
    let lines = journey.text().lines().map(str::to_owned).collect::<Vec<_>>();
    lines[usize::from(area.y)..usize::from(area.bottom())].to_vec()
}

/// The selected line of the pane that has the keys.
fn selected(journey: &Journey) -> String {
    let area = journey.app.areas().unwrap().bottom.unwrap();
    let (buffer, theme) = (journey.buffer(), journey.theme);
    let marked = |y: &u16| buffer[(1, *y)].bg == theme.selected().bg.unwrap();
    let y = (area.y..area.bottom()).find(marked).expect("a line is selected");
    let text = journey.text();
    let words = text.lines().nth(usize::from(y)).unwrap().split_whitespace();
    words.collect::<Vec<_>>().join(" ")
}

/// Presses a key until the selected line says that.
fn select(journey: &mut Journey, key: &str, words: &str) {
    for _ in 0..100 {
        if selected(journey).contains(words) {
            return;
        }
        journey.keys(key);
    }
    panic!("no line says {words}: {:?}", pane(journey));
}

#[test]
fn moving_up_holds_the_log_still_and_the_end_makes_it_live_again() {
    let mut journey = build(80, 24);
    journey.keys("v<Tab><Up><Up>");
    assert!(selected(&journey).contains("exec ? 850"), "{}", selected(&journey));
    let held = pane(&journey);
    assert!(held[0].contains("21 entries · held"), "{held:?}");
    journey.events("1005.200 fork 860 < 401; 1005.300 exec 860 ls -l");
    assert_eq!(pane(&journey)[1..], held[1..]);
    assert_snapshot!(journey.screen());
    // Down to the newest it is held still; past it, it is live.
    journey.keys("<Down><Down><Down><Down>");
    assert!(selected(&journey).contains("ls -l") && pane(&journey)[0].contains("held"));
    journey.keys("<Down>");
    assert!(!pane(&journey)[0].contains("held"));
    journey.keys("g");
    assert!(selected(&journey).contains("08:16:40.100 fork"), "{}", selected(&journey));
    journey.keys("<PgDn><PgUp>G");
    assert!(selected(&journey).contains("ls -l") && !pane(&journey)[0].contains("held"));
    journey.events("1005.400 exit 860");
    assert!(selected(&journey).contains("exit ls 860"), "{}", selected(&journey));
}

#[test]
fn the_log_of_a_family_follows_the_cursor_to_another() {
    let mut journey = build(100, 30);
    journey.keys("/gcc<Enter>e");
    assert_snapshot!(journey.screen());
    // What happens in the family from now on belongs to it, at any depth.
    journey.events("1005.200 fork 860 < 810; 1005.300 fork 861 < 860; 1005.310 fork 870 < 401");
    let lines = pane(&journey);
    assert!(lines.iter().any(|line| line.contains(" 861 ")), "{lines:?}");
    assert!(lines.iter().all(|line| !line.contains(" 870 ")), "{lines:?}");
    journey.keys("<Esc>/sshd<Enter><Esc>");
    assert!(pane(&journey)[0].contains("family of sshd 300 · 24 entries"), "{:?}", pane(&journey));
    journey.keys("e");
    assert!(pane(&journey)[0].contains("everything"));
}

#[test]
fn a_family_is_not_left_because_it_ended() {
    let mut journey = build(100, 30);
    journey.keys("/gcc<Enter><Esc>T");
    let family = pane(&journey)[0].clone();
    assert!(family.contains("family of make 810"), "{family}");
    journey.events("1005.200 exit 810");
    let rest = "1 0 1 1 - - systemd | unit=init.scope\n401 1 401 401 3 - bash |";
    journey.watch(1_030, rest).watch(1_040, rest);
    assert!(pane(&journey)[0].contains("family of make 810"), "{:?}", pane(&journey));
    journey.keys("g");
    assert!(pane(&journey)[0].contains("family of systemd 1"), "{:?}", pane(&journey));
}

/// So many short compilations, one each so many milliseconds; some fail.
fn flood(from: u32, count: u32, millis: u64) -> String {
    let one = |job: u32| {
        let at = 1_005_000 + u64::from(job) * millis;
        let time = |offset: u64| format!("{}.{:03}", (at + offset) / 1_000, (at + offset) % 1_000);
        let (pid, status) = (from + job, if job % 600 == 7 { 256 } else { 0 });
        format!(
            "{} fork {pid} < 810; {} exec {pid} cc1 -quiet; {} exit {pid} status={status};",
            time(0),
            time(1),
            time(30)
        )
    };
    (0..count).map(one).collect()
}

#[test]
fn a_flood_is_one_line_that_grows() {
    let mut journey = build(100, 24);
    journey.keys("v").events(&flood(2_000, 1_240, 5));
    assert_snapshot!(journey.screen());
    let line = pane(&journey).pop().unwrap();
    assert!(line.contains("1 240 × cc1") && line.contains("under make 810, 3 failed"), "{line}");
    assert!(pane(&journey)[0].contains("3 741 entries"), "{:?}", pane(&journey));
    // Enter leads to the creator.
    journey.keys("<Tab><Enter>");
    assert_eq!(journey.cursor_pid(), Some(810));
}

#[test]
fn lost_events_are_reported_with_their_number() {
    let mut journey = build(100, 24);
    journey.keys("v<Tab>");
    journey.record(1_005, Observation::Lost(Some(1_617)));
    journey.record(1_006, Observation::Lost(None));
    assert_snapshot!(journey.screen());
    journey.keys("<Enter>");
    assert!(journey.text().contains("this is about no process"), "{}", journey.text());
}

#[test]
fn enter_leads_to_a_ghost_that_only_the_tree_by_creator_shows() {
    let mut journey = build(100, 30);
    let after = BUILD.replace("811  810", "840  1").replace("start=99200", "start=100190");
    journey.watch(1_020, &after).watch(1_030, &after);
    assert!(!journey.text().contains("watcher   "), "{}", journey.text());
    journey.keys("v<Tab>g");
    select(&mut journey, "<Down>", "exit watcher 811");
    journey.keys("<Enter>");
    assert_eq!(journey.cursor_pid(), Some(811));
    assert_snapshot!(journey.screen());
    assert!(journey.text().contains("the tree by creator"));
}

#[test]
fn enter_leads_to_a_process_that_is_only_remembered_and_its_row_stays() {
    let mut journey = build(100, 30);
    let after = BUILD.replace("811  810", "840  1").replace("start=99200", "start=100190");
    journey.watch(1_020, &after).watch(1_030, &after);
    assert!(journey.app.world.processes().all(|life| life.key().pid != 831));
    journey.keys("v<Tab>g");
    select(&mut journey, "<Down>", "exit cc1 831");
    journey.keys("<Enter>");
    assert_eq!(journey.cursor_pid(), Some(831));
    journey.watch(1_040, &after).watch(1_050, &after);
    assert_eq!(journey.cursor_pid(), Some(831));
    assert_snapshot!(journey.screen());
    // It goes when the cursor goes.
    journey.keys("g").watch(1_060, &after).watch(1_061, &after);
    assert!(journey.app.world.processes().all(|life| life.key().pid != 831));
}

#[test]
fn a_process_that_is_gone_for_good_is_said_to_be() {
    let mut journey = build(100, 24);
    journey.events("1005.1 exec 77 x; 1005.2 exit 78 status=9").watch(1_006, BUILD);
    journey.keys("v<Tab>");
    select(&mut journey, "<Up>", "? 78");
    journey.keys("<Enter>");
    assert!(journey.text().contains("nothing more is known of process 78"), "{}", journey.text());
}

#[test]
fn kernel_threads_are_in_the_log_where_they_are_in_the_tree() {
    let mut journey = Journey::new(100, 24);
    let threads = "2 0 0 0 - k kthreadd |\n9 2 0 0 - k kworker |";
    journey.watch(1_000, &format!("{BUILD}{threads}"));
    // The kernel composes their names at each read: that they are others tells nothing.
    let more = threads.replace("kworker", "kworker/9") + "\n11 2 0 0 - k kswapd |";
    journey.watch(1_001, &format!("{BUILD}{more}"));
    journey.keys("v");
    assert!(pane(&journey)[0].contains("0 entries"), "{:?}", pane(&journey));
    journey.keys("K");
    assert!(pane(&journey)[0].contains("1 entry"), "{:?}", pane(&journey));
    assert!(pane(&journey)[1].contains("kswapd"), "{:?}", pane(&journey));
}

#[test]
fn the_mouse_selects_lines_and_the_wheel_scrolls_the_pane_it_is_over() {
    let mut journey = build(80, 24);
    journey.keys("v");
    journey.click(10, 17);
    assert!(selected(&journey).contains("exit cc1 821"), "{}", selected(&journey));
    let position = ratatui::layout::Position::new(10, 18);
    let before = pane(&journey);
    journey.send(Input::Pointer(Pointer::ScrollUp(position)));
    assert_eq!(pane(&journey)[4..], before[1..5]);
    journey.send(Input::Pointer(Pointer::ScrollDown(position)));
    assert!(!pane(&journey)[0].contains("held"));
    assert_eq!(journey.app.tree.cursor.top, 0);
}

#[test]
fn tab_goes_round_the_panes_that_are_open_and_escape_back_to_the_tree() {
    use crate::layout::Focus;
    let mut journey = build(160, 40);
    let mut focuses = |keys: &str| {
        journey.keys(keys);
        journey.app.focus
    };
    assert_eq!(focuses("v"), Focus::Tree);
    assert_eq!(focuses("<Tab>"), Focus::Details);
    assert_eq!(focuses("<Tab>"), Focus::Bottom);
    assert_eq!(focuses("<Tab>"), Focus::Tree);
    assert_eq!(focuses("<Tab><Tab><Esc>"), Focus::Tree);
    assert_eq!(focuses("<Tab><Tab>v"), Focus::Tree);
    assert_eq!(focuses("<Tab><Tab>"), Focus::Tree);
    // The two share their place.
    journey.keys("vT");
    assert!(pane(&journey)[0].contains("timeline"));
}

#[test]
fn foreign_names_act_on_nothing_and_ascii_is_enough() {
    let mut journey = build(80, 24);
    journey.theme.charset = Charset::Ascii;
    journey.events("1005.1 fork 20 < 401; 1005.2 rename 20 ä\u{1b}[2J; 1005.3 exec 20 x \u{202e}");
    journey.events(&flood(2_000, 20, 5)).keys("v<Tab><Up><Up>");
    assert!(journey.text().is_ascii(), "{}", journey.text());
    assert_snapshot!(journey.screen());
}

#[test]
fn small_screens_leave_the_tree_two_rows() {
    let mut screens = String::new();
    for size in [(20, 5), (30, 8), (50, 11)] {
        let mut journey = build(size.0, size.1);
        journey.keys("v<Tab><Up>");
        screens.extend([journey.text(), "\n\n".to_owned()]);
    }
    assert_snapshot!(screens);
    let mut journey = build(20, 5);
    journey.keys("v<Tab>").send(Input::Resize(Size { width: 200, height: 50 }));
    assert_snapshot!(journey.text());
}

mod any {
    use proptest::prelude::*;

    use super::*;
    use crate::keymap::Keymap;

    fn event() -> impl Strategy<Value = String> {
        let what = prop_oneof![
            (1u32..40).prop_map(|parent| format!("fork PID < {parent}")),
            "exec PID [a-z]{1,20}",
            Just("exec PID ?".to_owned()),
            (0u32..300).prop_map(|status| format!("exit PID status={status}")),
            Just("exit PID status=?".to_owned()),
            Just("session PID".to_owned()),
            "rename PID [a-zäß\u{202e}日]{1,9}",
            (0u32..2_000).prop_map(|uid| format!("user PID {uid}")),
        ];
        (what, 1u32..40, 0u32..3_000_000).prop_map(|(what, pid, millis)| {
            let time = format!("{}.{:03}", millis / 1_000, millis % 1_000);
            format!("{time} {}", what.replace("PID", &pid.to_string()))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn any_events_sizes_and_keys_are_survived(
            width in 20u16..210, height in 5u16..60, is_ascii: bool,
            steps in prop::collection::vec(
                (prop::collection::vec(event(), 1..12), prop::collection::vec(0..Keymap::default().bindings().len(), 0..8)),
                1..8,
            ),
            clicks in prop::collection::vec((0u16..210, 0u16..60, 0..3), 0..8),
        ) {
            let mut journey = build(width, height);
            if is_ascii {
                journey.theme.charset = Charset::Ascii;
            }
            journey.keys(if is_ascii { "v<Tab>" } else { "T<Tab>" });
            for (events, actions) in steps {
                journey.events(&events.join(";"));
                for action in actions {
                    let key = Keymap::default().bindings()[action].keys[0];
                    journey.send(Input::Key(key));
                    let text = journey.text();
                    prop_assert!(!is_ascii || text.is_ascii(), "{}", text);
                }
            }
            for (x, y, kind) in clicks {
                let position = ratatui::layout::Position::new(x, y);
                journey.send(Input::Pointer(match kind {
                    0 => Pointer::Click(position),
                    1 => Pointer::ScrollUp(position),
                    _ => Pointer::ScrollDown(position),
                }));
                journey.text();
            }
            let smaller = Size { width: width / 2, height: height / 2 };
            journey.send(Input::Resize(smaller)).text();
        }
    }
}
