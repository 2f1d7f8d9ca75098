//! The dialog of signals, and what became of those that were sent.

use super::*;
use crate::tests::fixture::key_of;

#[test]
fn the_signal_dialog_says_what_will_happen() {
    let mut journey = web(100, 30);
    journey.keys("/4711<Enter>x");
    let key = key_of(&journey.app.world, 4711);
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
    let target = key_of(&journey.app.world, 4712);
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
        journey.message()
    };
    let three = Duration::from_secs(3);
    assert_eq!(
        said(&mut journey, SignalResult::Ended(three)),
        "python3 4712 ended 3.0 s after SIGTERM"
    );
    assert_eq!(said(&mut journey, SignalResult::AlreadyGone), "python3 4712 had already ended");
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
    let reported = "SIGTERM was sent to 2 processes; python3 4711 ended 0.2 s after SIGTERM";
    assert!(journey.text().contains(reported), "{}", journey.text());
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
    let reported = "was sent to 2 processes, 1 had ended, those born meanwhile may be left";
    assert!(journey.text().contains(reported), "{}", journey.text());
    // It stays when more is known of those who got it.
    journey.outcome(Outcome::Signal(order, SignalResult::Watched));
    journey.watch(1_003, WEB);
    let reported = "those born meanwhile may be left; as predicted so far";
    assert!(journey.text().contains(reported), "{}", journey.text());
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
