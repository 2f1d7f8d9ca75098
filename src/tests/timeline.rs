//! The timeline: a family's lives as bars.

use insta::assert_snapshot;

use crate::app::input::{Input, Pointer};
use crate::record::Observation;
use crate::tests::journey::Journey;
use crate::tests::log::{BUILD, build, pane};
use crate::theme::Charset;

/// A build whose cursor is on make, with the timeline open.
fn timeline(width: u16, height: u16) -> Journey {
    let mut journey = build(width, height);
    journey.keys("/make<Enter><Esc>T");
    journey
}

#[test]
fn a_build_is_reported_as_bars_with_execs_orphans_and_ends() {
    assert_snapshot!(timeline(100, 24).screen());
}

#[test]
fn a_wide_screen_has_the_details_above_it() {
    assert_snapshot!(timeline(200, 50).screen());
}

#[test]
fn zooming_holds_now_at_its_edge_and_scrolling_goes_back() {
    let mut journey = timeline(100, 30);
    journey.keys("<Tab>*++");
    assert_snapshot!(journey.screen());
    journey.keys("<Left><Left>");
    let scrolled = pane(&journey);
    assert!(scrolled[0].contains("3.8 s · until 1.9 s ago"), "{scrolled:?}");
    assert_snapshot!(scrolled.join("\n"));
    // Time goes on; what is looked at stays.
    journey.machine(1_006);
    assert!(pane(&journey)[0].contains("3.8 s · until 2.9 s ago"), "{:?}", pane(&journey));
    journey.keys("+");
    assert!(pane(&journey)[0].contains("1.9 s · until 3.8 s ago"), "{:?}", pane(&journey));
    journey.keys("<Right><Right><Right><Right><Right><Right><Right><Right><Right>");
    assert!(!pane(&journey)[0].contains("until"), "{:?}", pane(&journey));
    journey.keys("+++++");
    assert!(pane(&journey)[0].contains("· 1.0 s"), "{:?}", pane(&journey));
    journey.keys("------");
    assert!(pane(&journey)[0].contains("· 16 s"), "{:?}", pane(&journey));
    journey.keys("+<Left>*");
    assert!(pane(&journey)[0].contains("· 16 s ─"), "{:?}", pane(&journey));
    // Nothing was before the family.
    journey.keys("+<Left><Left><Left><Left><Left><Left><Left><Left><Left>");
    assert!(pane(&journey)[0].contains("8.0 s · until 8.0 s ago"), "{:?}", pane(&journey));
}

#[test]
fn a_young_family_is_shown_in_ten_seconds_at_least() {
    let mut journey = build(100, 30);
    journey.events("1005.500 fork 860 < 401; 1005.510 exec 860 top");
    let text = format!("{BUILD}\n860 401 860 401 3 - top | start=100550 cmd=top");
    journey.watch(1_007, &text.replace("811 ", "840 ").replace("99200", "100190"));
    journey.keys("/top<Enter><Esc>T");
    assert!(
        pane(&journey)[0].contains("family of top 860 · 1 process · 10 s"),
        "{:?}",
        pane(&journey)
    );
}

#[test]
fn lanes_are_selected_by_process_and_lead_to_it() {
    let mut journey = timeline(100, 24);
    journey.keys("<Tab><Down><Down><Down><Down>");
    let lane = |journey: &Journey| journey.app.bottom.timeline.lane.map(|key| key.pid);
    assert_eq!(lane(&journey), Some(821));
    // Another lane above does not move the selection.
    let place = |journey: &Journey| {
        let lines = pane(journey);
        lines.iter().position(|line| line.contains("cc1 821")).unwrap()
    };
    let before = place(&journey);
    journey.events("1005.2 fork 845 < 840");
    assert_eq!((lane(&journey), place(&journey)), (Some(821), before));
    journey.keys("<Enter>");
    assert_eq!(journey.cursor_pid(), Some(821));
    journey.keys("<Tab>G");
    assert_eq!(lane(&journey), Some(831));
    journey.keys("g");
    assert_eq!(lane(&journey), Some(810));
    journey.keys("<PgDn><PgUp><C-d><C-u>");
    assert_eq!(lane(&journey), Some(810));
    // The pane begins at line 15: title, axis, lanes.
    journey.click(5, 18);
    assert_eq!(lane(&journey), Some(811));
    let position = ratatui::layout::Position::new(10, 18);
    journey.send(Input::Pointer(Pointer::ScrollDown(position)));
    assert!(pane(&journey)[2].contains("helper 840"), "{:?}", pane(&journey));
}

#[test]
fn it_follows_the_cursor_to_another_family_and_to_its_lane() {
    let mut journey = timeline(100, 30);
    journey.keys("jj");
    assert_eq!(journey.app.bottom.timeline.lane, journey.app.selected());
    assert!(pane(&journey)[0].contains("family of make 810"));
    journey.keys("g");
    assert!(pane(&journey)[0].contains("family of systemd 1"), "{:?}", pane(&journey));
}

#[test]
fn a_pause_holds_the_time() {
    let mut journey = timeline(100, 30);
    journey.keys("Z");
    let before = pane(&journey);
    journey.machine(1_100).record(1_100, Observation::Lost(None));
    assert_eq!(pane(&journey), before);
}

#[test]
fn ascii_and_small_screens_are_enough() {
    let mut journey = timeline(80, 24);
    journey.theme.charset = Charset::Ascii;
    journey.keys("<Tab>");
    assert!(journey.text().is_ascii(), "{}", journey.text());
    assert_snapshot!(journey.screen());
    let mut screens = String::new();
    for size in [(20, 5), (30, 8), (50, 11)] {
        let mut journey = timeline(size.0, size.1);
        journey.keys("<Tab><Down>");
        screens.extend([journey.text(), "\n\n".to_owned()]);
    }
    assert_snapshot!(screens);
}
