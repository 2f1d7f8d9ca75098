//! What users see of a signal's forecast: before it is sent, while it is watched, and compared.

use std::time::Duration;

use insta::assert_snapshot;

use crate::app::input::{Effect, Input, Outcome, SignalOrder, SignalResult};
use crate::record::{
    BootTime, Details, EventSource, Fact, Freezer, Observation, ProcessKey, SignalMasks, Situation,
};
use crate::tests::fixture::{self, key_of, lines, stats};
use crate::tests::journey::Journey;

const TABLE: &str = "
    1   0   1   1   - - systemd | exe=/usr/lib/systemd/systemd cmd=/sbin/init
    812 1   812 812 3 - bash    | uid=1000 cmd=-bash
    900 812 900 812 3 - make    | uid=1000 cmd=make -j4
    950 900 900 812 3 - cc      | uid=1000 cmd=cc -O2 a.c
    951 900 900 812 3 - as      | uid=1000 cmd=as a.s";

const NONE: SignalMasks = SignalMasks::NONE;
const IGNORES_TERM: SignalMasks = SignalMasks { ignored: 1 << 14, ..NONE };
const CATCHES_TERM: SignalMasks = SignalMasks { caught: 1 << 14, ..NONE };

fn listening(width: u16, height: u16) -> Journey {
    let mut journey = Journey::with(width, height, |options| {
        options.linger = Duration::from_secs(30);
    });
    journey.send(Input::Record(fixture::event_source(EventSource::Connector)));
    journey.watch(1_000, TABLE).machine(1_000);
    journey
}

fn give_details(journey: &mut Journey, pid: u32, masks: SignalMasks) {
    let process = journey.app.world.living(pid).unwrap();
    let details = Details {
        key: process.key(),
        facts: process.facts.clone().unwrap_or_default(),
        working_directory: Fact::Known("/home/ana/src".into()),
        signals: Some(masks),
        peak_resident: None,
        virtual_memory: None,
        storage: Fact::Known([4096, 0]),
        open_files: Fact::Known(5),
    };
    journey.record(1_000, Observation::Details(Box::new(details)));
}

/// Sends the signal that the keys choose, at second 1001.
fn send(journey: &mut Journey, pid: u32, keys: &str, masks: SignalMasks) -> SignalOrder {
    journey.keys(&format!("/{pid}<Enter><Esc>{keys}"));
    give_details(journey, pid, masks);
    journey.keys("<Enter>");
    let Some(Effect::Signal(order)) = journey.effects.last().cloned() else {
        panic!("nothing was sent")
    };
    sent(journey, &order, Vec::new());
    order
}

fn sent(journey: &mut Journey, order: &SignalOrder, not_permitted: Vec<ProcessKey>) {
    let result = SignalResult::Sent {
        at: BootTime::from_secs(1_001),
        masks: Vec::new(),
        processes: 1,
        gone: 0,
        not_permitted,
        left_out: Vec::new(),
        is_complete: true,
    };
    journey.outcome(Outcome::Signal(order.clone(), result));
}

fn status(journey: &Journey) -> String {
    journey.message()
}

/// What of the log is about signals.
fn logged(journey: &Journey) -> Vec<String> {
    let entries = journey.app.world.log().entries();
    let logged = entries.filter_map(|entry| {
        let who = format!("{} {}", entry.comm.as_deref()?, entry.pid);
        Some(format!("{} {who}: {}", entry.what.into_str(), entry.outcome.as_deref()?))
    });
    logged.collect()
}

const ORPHANED: &str = "
    1   0   1   1   - - systemd |
    812 1   812 812 3 - bash    |
    950 1   900 812 3 - cc      |
    951 1   900 812 3 - as      |";

#[test]
fn what_was_predicted_of_a_kill_and_came_true_is_said_everywhere() {
    let mut journey = listening(150, 34);
    journey.keys("/900<Enter><Esc>xj");
    give_details(&mut journey, 900, NONE);
    assert_snapshot!("predicted_in_the_dialog", journey.screen());
    journey.keys("<Esc>");
    let order = send(&mut journey, 900, "xj", NONE);
    assert_eq!(status(&journey), "SIGKILL was sent to make 900");
    assert!(journey.text().contains("What happens in the two"), "{}", journey.text());
    journey.events("1001.01 exit 900 < 812 status=9");
    journey.send(Input::Record(stats(&lines(ORPHANED), "1001.02")));
    let ended = SignalResult::Ended(Duration::from_millis(10));
    journey.outcome(Outcome::Signal(order.clone(), ended));
    assert_eq!(status(&journey), "make 900 ended 0.0 s after SIGKILL", "orphans are watched");
    journey.outcome(Outcome::Signal(order, SignalResult::Watched));
    assert_eq!(journey.effects.last(), Some(&Effect::RefreshNow));
    journey.watch(1_003, ORPHANED);
    let line = "as predicted: make 900 ended by SIGKILL, 2 orphans adopted by systemd 1";
    assert_eq!(status(&journey), format!("{line} (v: log)"));
    journey.keys("v");
    assert_snapshot!("as_predicted_in_log_and_details", journey.screen());
    // Nothing is compared twice.
    journey.watch(1_004, ORPHANED);
    let only = "SIGKILL: as predicted: ended by SIGKILL, 2 orphans adopted by systemd 1";
    assert_eq!(logged(&journey), [format!("signal make 900: {only}")]);
}

#[test]
fn what_differs_is_a_warning_with_a_line_for_each_difference() {
    let mut journey = listening(150, 34);
    send(&mut journey, 900, "x", CATCHES_TERM);
    journey.events(
        "1001.1 fork 960 < 900; 1001.2 exec 960 rm -rf obj; 1001.3 exit 951 < 900 status=15;
         1002.0 exit 900 < 812 status=512",
    );
    let after = "
        1 0 1 1 - - systemd |\n 812 1 812 812 3 - bash |\n 950 1 900 812 3 - cc |
        960 1 900 812 3 - rm | start=100110";
    journey.watch(1_003, after).keys("v");
    assert_snapshot!("what_differs", journey.screen());
    assert_eq!(
        logged(&journey),
        [
            "signal make 900: SIGTERM: 2 things not as predicted",
            "mismatch as 951: ended by SIGTERM; predicted was that it lives on under systemd 1",
            "mismatch rm 960: was started by make 900: not predicted",
        ]
    );
    // A long sentence leaves room for where more is said.
    let mut narrow = listening(80, 24);
    send(&mut narrow, 900, "x", CATCHES_TERM);
    narrow.events("1001.3 exit 951 < 900 status=15; 1002.0 exit 900 < 812 status=512");
    narrow.watch(1_003, ORPHANED.replace("951", "952").as_str());
    assert_snapshot!("what_differs_on_a_narrow_screen", narrow.screen());
}

#[test]
fn an_end_that_was_all_that_was_predicted_is_compared_at_once() {
    let mut journey = listening(120, 20);
    let order = send(&mut journey, 951, "xj", NONE);
    journey.events("1001.01 exit 951 < 900 status=9");
    let line = "as predicted: as 951 ended by SIGKILL (v: log)";
    assert_eq!(status(&journey), line);
    // That it has ended is known already.
    let ended = SignalResult::Ended(Duration::from_millis(10));
    journey.outcome(Outcome::Signal(order, ended));
    assert_eq!(status(&journey), line);
}

#[test]
fn something_else_that_was_said_since_stays() {
    let mut journey = listening(120, 20);
    send(&mut journey, 951, "xj", NONE);
    journey.outcome(Outcome::LabClosed);
    journey.events("1001.01 exit 951 < 900 status=9");
    assert_eq!(status(&journey), "the lab has ended, with everything in it");
    assert_eq!(logged(&journey).len(), 1, "it can be read in the log");
}

#[test]
fn of_what_was_not_sent_nothing_is_compared() {
    for result in [
        SignalResult::NotPermitted,
        SignalResult::AlreadyGone,
        SignalResult::PidReused,
        SignalResult::Failed("no".to_owned()),
    ] {
        let mut journey = listening(120, 20);
        journey.keys("/900<Enter><Esc>xj<Enter>");
        let Some(Effect::Signal(order)) = journey.effects.last().cloned() else { panic!("unsent") };
        journey.outcome(Outcome::Signal(order, result));
        journey.events("1001.01 exit 900 < 812 status=9").watch(1_003, ORPHANED);
        journey.watch(1_005, ORPHANED);
        assert_eq!(logged(&journey), [] as [&str; 0]);
        assert!(!journey.text().contains("predicted"), "{}", journey.text());
    }
}

#[test]
fn who_refused_a_subtrees_signal_is_not_held_to_it() {
    let mut journey = listening(120, 20);
    journey.keys("/900<Enter><Esc>Xj<Enter>");
    let Some(Effect::Signal(order)) = journey.effects.last().cloned() else { panic!("unsent") };
    let refused = vec![key_of(&journey.app.world, 951)];
    sent(&mut journey, &order, refused);
    journey.events("1001.1 exit 900 < 812 status=9; 1001.2 exit 950 < 1 status=9");
    journey
        .watch(1_003, "1 0 1 1 - - systemd |\n 812 1 812 812 3 - bash |\n 951 1 900 812 3 - as |");
    let reported = "as 951 became an orphan, adopted by systemd 1: not predicted";
    assert!(status(&journey).contains(reported), "{}", status(&journey));
}

#[test]
fn while_the_picture_is_held_the_comparison_waits() {
    let mut journey = listening(120, 20);
    let order = send(&mut journey, 900, "xj", NONE);
    journey.keys("Z").events("1001.01 exit 900 < 812 status=9");
    journey.outcome(Outcome::Signal(order, SignalResult::Watched));
    journey.watch(1_003, ORPHANED);
    assert_eq!(logged(&journey), [] as [&str; 0]);
    journey.keys("Z");
    journey.watch(1_040, ORPHANED);
    let line = "as predicted: make 900 ended by SIGKILL, 2 orphans adopted by systemd 1 (v: log)";
    assert_eq!(status(&journey), line);
}

#[test]
fn a_handler_that_takes_long_is_open_then_kill_is_offered_and_its_end_is_reported() {
    let mut journey = listening(120, 24);
    let order = send(&mut journey, 951, "x", CATCHES_TERM);
    journey.watch(1_003, TABLE);
    let open = "as predicted so far: as 951 caught SIGTERM and lives on so far (v: log)";
    assert_eq!(status(&journey), open);
    let alive = SignalResult::StillAlive(Duration::from_secs(3));
    journey.outcome(Outcome::Signal(order, alive));
    assert_eq!(status(&journey), "as 951 is still alive 3.0 s after SIGTERM: x offers KILL");
    journey.watch(1_005, TABLE).events("1006.0 exit 951 < 900 status=0");
    let end = "as 951 caught SIGTERM and ended with exit 0 after 5.0 s";
    assert_eq!(status(&journey), format!("at last: {end} (v: log)"));
    assert_eq!(logged(&journey).len(), 2, "{:?}", logged(&journey));
}

#[track_caller]
fn check_offer(flag: &str, freezer: Option<Freezer>, reported: &str) {
    let mut journey = listening(140, 24);
    let situation = Situation { freezer, ..Situation::CALM };
    let order = send(&mut journey, 951, "x", SignalMasks { situation, ..CATCHES_TERM });
    let row = |flag| TABLE.replace("3 - as", &format!("3 {flag} as"));
    journey.watch(1_003, &row(flag));
    let alive = SignalResult::StillAlive(Duration::from_secs(3));
    journey.outcome(Outcome::Signal(order, alive));
    assert_eq!(status(&journey), format!("as 951 is still alive 3.0 s after SIGTERM{reported}"));
}

#[test]
fn what_would_keep_kill_waiting_is_said_as_it_is_offered() {
    let offer = ": x offers KILL";
    check_offer("D", Some(Freezer::V1), &format!("{offer}, which waits for the thaw as well"));
    check_offer("-", Some(Freezer::V2), offer);
    check_offer("t", None, offer);
    let sleep = ", which may wait for the end of its sleep (D) as well";
    check_offer("D", None, &format!("{offer}{sleep}"));
}

#[test]
fn kill_is_not_offered_where_the_kernel_would_drop_it() {
    let mut journey = listening(120, 24);
    journey.keys("/systemd<Enter><Esc>x");
    give_details(&mut journey, 1, NONE);
    journey.keys("<Enter><Enter>");
    let Some(Effect::Signal(order)) = journey.effects.last().cloned() else { panic!("unsent") };
    sent(&mut journey, &order, Vec::new());
    journey.watch(1_003, TABLE);
    let alive = SignalResult::StillAlive(Duration::from_secs(3));
    journey.outcome(Outcome::Signal(order, alive));
    assert_eq!(status(&journey), "systemd 1 is still alive 3.0 s after SIGTERM");
    assert_eq!(journey.app.signals.kill_offer, None);
}

#[test]
fn what_differs_stays_while_kill_is_offered() {
    let mut journey = listening(120, 24);
    let order = send(&mut journey, 900, "x", IGNORES_TERM);
    journey.watch(1_003, TABLE);
    let line = "as predicted: make 900 ignored SIGTERM and lived on (v: log)";
    assert_eq!(status(&journey), line);
    let alive = SignalResult::StillAlive(Duration::from_secs(3));
    journey.outcome(Outcome::Signal(order, alive.clone()));
    assert!(status(&journey).ends_with("still alive 3.0 s after SIGTERM: x offers KILL"));
    let mut journey = listening(120, 24);
    let order = send(&mut journey, 951, "x", NONE);
    journey.watch(1_003, TABLE);
    journey.outcome(Outcome::Signal(order, alive));
    let line = "not as predicted: as 951 was to end by SIGTERM, and still lives; x offers KILL";
    assert_eq!(status(&journey), line);
}

#[test]
fn the_dialog_of_a_subtree_tells_who_answers_otherwise() {
    let mut journey = listening(110, 30);
    journey.keys("/900<Enter><Esc>X");
    let keys = [950, 951].map(|pid| key_of(&journey.app.world, pid));
    assert!(journey.effects.contains(&Effect::ReadMasks(keys.to_vec())));
    let masks = keys.into_iter().zip([Some(IGNORES_TERM), Some(CATCHES_TERM)]).collect();
    journey.record(1_000, Observation::Masks(masks));
    assert_snapshot!(journey.screen());
}
