use super::*;
use crate::forecast::whose_masks;
use crate::record::{
    BootTime, Freezer, Observation, Pid, Record, Sender, SignalMasks, Situation, Waiting,
};
use crate::tests::fixture::{self, id_of, key_of};

const TABLE: &str = "
    1 0 1 1 - - systemd
    2 0 0 0 - k kthreadd
    812 1 812 812 3 - bash
    900 812 900 812 3 - make
    901 900 900 812 3 - cc
    902 900 900 812 3 T ld
    903 900 900 812 3 Z sh
    904 900 900 812 3 - as
    905 900 900 812 3 - ar
    8999 812 8999 812 3 - env
    9000 8999 8999 812 3 - pexplore";

fn masks(ignored: &[u32], blocked: &[u32], caught: &[u32]) -> SignalMasks {
    let mask = |signals: &[u32]| signals.iter().fold(0, |mask, signal| mask | 1 << (signal - 1));
    SignalMasks {
        ignored: mask(ignored),
        blocked: mask(blocked),
        caught: mask(caught),
        ..SignalMasks::NONE
    }
}

/// The preview as lines: warnings with `!`, a second confirmation with `!!`.
fn text_of(world: &World, pid: Pid, signal: Signal, scope: Scope, masks: SignalMasks) -> String {
    let preview = preview(world, id_of(world, pid), signal, scope, Masks::Known(masks));
    let mark = if preview.needs_second_confirmation { "!!" } else { "!" };
    let warnings = preview.warnings.iter().map(|sentence| format!("{mark} {sentence}"));
    let sentences: Vec<String> = warnings.chain(preview.effects).collect();
    for sentence in &sentences {
        assert!(sentence.ends_with('.') && !sentence.contains("  "), "{sentence:?}");
    }
    sentences.join("\n")
}

#[track_caller]
fn check(pid: Pid, signal: Signal, masks: SignalMasks, expected: &[&str]) {
    let world = fixture::world(TABLE);
    assert_eq!(text_of(&world, pid, signal, Scope::Process, masks), expected.join("\n"));
}

fn signal(number: u32) -> Signal {
    Signal::all().find(|signal| signal.number() == number).unwrap()
}

#[test]
fn what_a_process_does_with_a_signal_is_reported() {
    let none = masks(&[], &[], &[]);
    check(901, Signal::TERM, none, &["It ends."]);
    check(901, signal(3), none, &["It ends, with a core dump if the system keeps those."]);
    check(901, Signal::STOP, none, &["It stops until SIGCONT."]);
    check(901, Signal::CONT, none, &["It is not stopped: nothing changes."]);
    check(901, signal(28), none, &["Nothing happens by default."]);
    let masks = masks(&[1], &[2], &[15]);
    check(901, signal(1), masks, &["It ignores SIGHUP: nothing will happen."]);
    let blocks = "It blocks SIGINT: the signal waits until it unblocks it, or reads it (signalfd).";
    check(901, signal(2), masks, &[blocks]);
    check(901, Signal::TERM, masks, &["It catches SIGTERM: a handler of its own decides."]);
}

#[test]
fn a_stopped_process_notices_only_when_it_goes_on() {
    let none = masks(&[], &[], &[]);
    let late = "It is stopped now: it notices only after SIGCONT.";
    check(902, Signal::TERM, none, &["It ends.", late]);
    check(902, Signal::KILL, none, &["It ends."]);
    check(902, Signal::CONT, none, &["It continues."]);
    check(902, Signal::TERM, masks(&[15], &[], &[]), &["It ignores SIGTERM: nothing will happen."]);
}

#[test]
fn the_children_that_will_be_orphans_are_named() {
    let none = masks(&[], &[], &[]);
    check(
        900,
        Signal::KILL,
        none,
        &[
            "It ends.",
            "If it ends, 4 children of it, 901 (cc), 902 (ld), 904 (as), …, become orphans; \
             1 (systemd) adopts them, unless a subreaper is nearer.",
            "A child that asked to die with it (PR_SET_PDEATHSIG) ends, too.",
            "Its zombie child 903 (sh) goes, too: 1 (systemd) waits for it.",
            "Nobody else could let a stopped job go on, so its group gets SIGHUP and SIGCONT: \
             901 (cc), 902 (ld), 904 (as), ….",
        ],
    );
    check(900, Signal::STOP, none, &["It stops until SIGCONT."]);
    let one = fixture::world("1 0 1 1 - - init\n5 1 5 5 - - sh\n6 5 5 5 - - job");
    assert_eq!(
        text_of(&one, 5, Signal::TERM, Scope::Process, none),
        "It ends.\nIf it ends, 1 child of it, 6 (job), becomes an orphan; 1 (init) adopts it.\n\
         A child that asked to die with it (PR_SET_PDEATHSIG) ends, too."
    );
}

#[test]
fn a_child_that_it_traces_may_end_with_it() {
    let mut world = fixture::world("1 0 1 1 - - init\n5 1 5 5 - - strace\n6 5 5 5 - - job");
    let (strace, job) = (id_of(&world, 5), id_of(&world, 6));
    assert_eq!(whose_masks(&world, strace, Scope::Process), [job]);
    let mut traced = masks(&[], &[], &[]);
    traced.situation.tracer = Some(5);
    let observation = Observation::Masks(vec![(key_of(&world, 6), Some(traced))]);
    world.apply(Record { at: world.now(), observation });
    let text = text_of(&world, 5, Signal::KILL, Scope::Process, masks(&[], &[], &[]));
    let line = "1 of them is traced by it, and ends, too, if it asked for that \
                (PTRACE_O_EXITKILL): 6 (job).";
    assert!(text.lines().any(|text_of| text_of == line), "{text}");
}

#[test]
fn the_nearest_subreaper_is_the_adopter() {
    let world = fixture::world(
        "
        1 0 1 1 - - systemd
        400 1 400 400 - - systemd | cgroup=/user.slice/user@1000.service/init.scope
        410 400 410 410 - - sh
        411 410 410 410 - - job",
    );
    let text = text_of(&world, 410, Signal::KILL, Scope::Process, masks(&[], &[], &[]));
    assert!(text.contains("becomes an orphan; 400 (systemd) adopts it.\n"), "{text}");
}

#[test]
fn daemonic_children_outlive_a_main_that_is_killed() {
    let world = fixture::world(
        "1 0 1 1 - - init
        50 1 50 50 - - python3 | reads=12 writes=11
        51 50 50 50 - f python3 | reads=11 writes=12,13 spare
        52 50 50 50 - f python3 | reads=11 writes=12,14 spare",
    );
    let none = masks(&[], &[], &[]);
    let sentence = "2 of them are daemonic, yet a main that is killed cannot end them.";
    let killed = text_of(&world, 50, Signal::KILL, Scope::Process, none);
    assert!(killed.ends_with(sentence), "{killed}");
    assert!(!text_of(&world, 50, Signal::TERM, Scope::Process, none).contains("daemonic"));
}

#[test]
fn test_processes_end_with_the_labs_helper_and_become_orphans_under_one_another() {
    let mut world = fixture::world(
        "1 0 1 1 - - init\n50 1 50 50 - - px-helper\n51 50 50 50 - f lab\n52 51 50 50 - f lab",
    );
    for pid in [51, 52] {
        let test_process = crate::record::TestProcess { kind: "child".into(), daemonic_main: None };
        let reported_of = Observation::TestProcess(key_of(&world, pid), test_process);
        world.apply(Record { at: BootTime::from_secs(1_000), observation: reported_of });
    }
    let text = text_of(&world, 50, Signal::KILL, Scope::Process, masks(&[], &[], &[]));
    let sentence = "If it ends, the lab ends, and every test process with it.";
    assert!(text.ends_with(sentence), "{text}");
    let text = self::text_of(&world, 51, Signal::KILL, Scope::Process, masks(&[], &[], &[]));
    assert!(
        text.ends_with(
            "If it ends, 1 child of it, 52 (lab), becomes an orphan; 50 (px-helper) adopts it."
        ),
        "{text}"
    );
}

#[test]
fn a_shells_end_hangs_up_and_takes_pexplore_with_it() {
    let none = masks(&[], &[], &[]);
    check(
        812,
        signal(1),
        none,
        &[
            "! pexplore runs below this process and may end with it.",
            "It ends.",
            "If it ends, 2 children of it, 900 (make), 8999 (env), become orphans; \
             1 (systemd) adopts them.",
            "A child that asked to die with it (PR_SET_PDEATHSIG) ends, too.",
            "It leads a terminal's session: the foreground job gets SIGHUP.",
            "Nobody else could let a stopped job go on, so its group gets SIGHUP and SIGCONT: \
             900 (make), 901 (cc), 902 (ld), ….",
        ],
    );
    check(9000, Signal::TERM, none, &["!! This is pexplore itself.", "It ends."]);
}

#[test]
fn an_init_gets_only_what_it_catches() {
    let warning = "!! This is pid 1: if it ends, everything in its pid namespace ends with it.\n\
                   !! pexplore runs below this process and may end with it.\n";
    let world = fixture::world(TABLE);
    let init = |signal, masks| text_of(&world, 1, signal, Scope::Process, masks);
    assert_eq!(
        init(Signal::KILL, masks(&[], &[], &[])),
        format!(
            "{warning}It is the init of a pid namespace and does not catch SIGKILL: \
             the kernel drops the signal."
        )
    );
    assert_eq!(
        init(Signal::TERM, masks(&[], &[], &[15])),
        format!(
            "{warning}It catches SIGTERM: a handler of its own decides.\n\
             It is the init of a pid namespace: all in there are killed when it ends."
        )
    );
    let container =
        fixture::world("1 0 1 1 - - init\n50 1 50 50 - - app | ns=50,1\n51 50 50 50 - - x");
    let inner = |signal| text_of(&container, 50, signal, Scope::Process, masks(&[], &[], &[]));
    assert_eq!(
        inner(Signal::TERM),
        "It is the init of a pid namespace and does not catch SIGTERM: \
         the kernel drops the signal."
    );
    assert_eq!(
        inner(Signal::KILL),
        "It ends.\nIt is the init of a pid namespace: all in there are killed when it ends."
    );
}

#[test]
fn a_kernel_thread_and_a_zombie_cannot_be_reached() {
    let none = masks(&[], &[], &[]);
    let kernel = text_of(&fixture::world(TABLE), 2, Signal::KILL, Scope::Process, none);
    assert!(
        kernel.starts_with("!! This is a kernel thread: signals from here have no effect on it."),
        "{kernel}"
    );
    check(
        903,
        Signal::KILL,
        none,
        &[
            "It is a zombie: it has ended, and no signal reaches it.",
            "Its parent 900 (make) has not called wait() for it; it goes when that one does, or \
             ends.",
        ],
    );
}

#[test]
fn a_subtree_leaves_out_pexplore_and_what_it_stands_on() {
    let world = fixture::world(TABLE);
    let subtree = |pid, signal| text_of(&world, pid, signal, Scope::Subtree, masks(&[], &[], &[]));
    assert_eq!(
        subtree(812, Signal::TERM),
        "! pexplore runs below this process; it, its ancestors and its terminal's shell are left \
         out.\n\
         SIGTERM goes to all 5 processes: each is stopped first, so that none escapes by \
         forking.\n\
         Left out: 812, 8999, 9000.\n\
         Afterwards it continues everything it stopped."
    );
    assert_eq!(
        subtree(904, Signal::KILL),
        "SIGKILL goes to 1 process: it is stopped first, so that it does not escape by forking."
    );
    assert!(
        subtree(8999, Signal::KILL).contains("SIGKILL goes to no process.\nLeft out: 8999, 9000.")
    );
}

#[test]
fn nothing_is_predicted_of_what_ended_or_is_not_read() {
    let mut world = fixture::world(TABLE);
    let id = id_of(&world, 905);
    let unread = preview(&world, id, Signal::TERM, Scope::Process, Masks::Unread);
    assert_eq!(unread.effects, ["What it does with signals is being read."]);
    fixture::watch(&mut world, "1 0 1 1 - - systemd", 1_001);
    let ended = preview(&world, id, Signal::TERM, Scope::Process, Masks::Unread);
    assert_eq!(ended.effects, ["905 has already ended; there is nothing to do."]);
}

const TERM: SignalMasks = SignalMasks::NONE;

fn with(situation: Situation) -> SignalMasks {
    SignalMasks { situation, ..TERM }
}

#[test]
fn a_tracer_gets_a_signal_first_but_kill() {
    let world =
        fixture::world("1 0 1 1 - - init\n5 1 5 5 - - gdb\n6 1 6 6 - - job\n7 1 7 7 - t held");
    let traced = with(Situation { tracer: Some(5), ..Situation::CALM });
    let of = |pid, signal, masks| text_of(&world, pid, signal, Scope::Process, masks);
    let sentence = "It is traced: its tracer 5 (gdb) gets SIGTERM first and decides.";
    assert_eq!(of(6, Signal::TERM, traced), sentence);
    assert_eq!(of(6, Signal::KILL, traced), "It ends.");
    let unknown = "It is traced: its tracer gets SIGSTOP first and decides.";
    assert_eq!(of(7, Signal::STOP, TERM), unknown);
}

#[test]
fn what_keeps_a_signal_from_coming_through_is_said_instead_of_an_end() {
    let world = fixture::world("1 0 1 1 - - init\n6 1 6 6 - - job\n7 1 7 7 - D disk");
    let of = |pid, signal, situation| text_of(&world, pid, signal, Scope::Process, with(situation));
    let calm = Situation::CALM;
    // It would dump its core, so that it is not made KILL when it is sent.
    let quit = Signal::of_name("QUIT").unwrap();
    let asleep = "It is in uninterruptible sleep (D): SIGQUIT has no effect until it leaves that \
                  sleep.";
    assert_eq!(of(7, quit, calm), asleep);
    let asleep = "It is in uninterruptible sleep (D): SIGTERM ends it when it leaves that sleep, \
                  at once if that sleep can be killed.";
    assert_eq!(of(7, Signal::TERM, calm), asleep);
    let asleep = "It is in uninterruptible sleep (D): SIGKILL ends it when it leaves that sleep, \
                  at once if that sleep can be killed.";
    assert_eq!(of(7, Signal::KILL, calm), asleep);
    let frozen = |freezer| Situation { freezer: Some(freezer), ..calm };
    let sentence = "Its cgroup is frozen: SIGKILL has no effect until it is thawed.";
    assert_eq!(of(7, Signal::KILL, frozen(Freezer::V1)), sentence);
    assert_eq!(of(6, Signal::KILL, frozen(Freezer::V2)), "It ends.");
    assert_eq!(of(6, Signal::TERM, frozen(Freezer::V2)), "It ends.");
    let sentence = "Its cgroup is frozen: SIGQUIT has no effect until it is thawed.";
    assert_eq!(of(6, quit, frozen(Freezer::V2)), sentence);
    let vfork = Situation { in_vfork: true, ..calm };
    let sentence = "It waits for its vfork child: SIGQUIT has no effect until that one runs a \
                    program or ends.";
    assert_eq!(of(7, quit, vfork), sentence);
    assert_eq!(of(7, Signal::TERM, vfork), "It ends.");
    let sentence = "It waits for its vfork child: SIGTERM has no effect until that one runs a \
                    program or ends.";
    assert_eq!(of(7, Signal::TERM, Situation { has_pending: true, ..vfork }), sentence);
    assert_eq!(of(7, Signal::KILL, vfork), "It ends.");
    let waiting = Situation { waiting: Waiting::Yes, ..calm };
    let sentence = "It ends, unless it waits for SIGTERM itself (sigwait): then it decides.";
    assert_eq!(of(6, Signal::TERM, waiting), sentence);
    assert_eq!(of(6, Signal::KILL, waiting), "It ends.");
}

#[test]
fn a_refusal_that_users_do_not_explain_is_not_blamed_on_them() {
    let refused = |own, users| {
        let mut host = fixture::host();
        host.own.sender = own;
        let mut world = World::new(host, 3.0);
        fixture::watch(&mut world, "1 0 1 1 - - init\n6 1 6 6 - - job | uid=33", 1_000);
        let id = key_of(&world, 6);
        let masks = Some(with(Situation { users, ..Situation::CALM })).filter(|_| users.is_some());
        let at = world.now();
        world.apply(Record { at, observation: Observation::Masks(vec![(id, masks)]) });
        refusal(&world, world.resolve(id))
    };
    let sender = |user, may_kill_all| Some(Sender { users: [user, user], may_kill_all });
    let filtered = "not permitted, though its user is pexplore's own: a filter (seccomp) or a \
                    security module forbids it";
    assert_eq!(refused(sender(1000, false), Some([1000, 1000])), filtered);
    assert_eq!(refused(sender(1000, false), Some([0, 1000])), filtered, "its saved user counts");
    assert_eq!(refused(sender(0, true), Some([0, 0])), filtered);
    assert_eq!(refused(sender(1000, false), Some([0, 0])), "not permitted; it runs as user 0");
    assert_eq!(refused(sender(0, true), None), "not permitted; it runs as user 33");
    assert_eq!(refused(None, None), "not permitted; it runs as user 33");
}

#[test]
fn of_a_subtree_those_are_named_whom_the_signal_may_reach_later() {
    let mut world = fixture::world(
        "1 0 1 1 - - init\n5 1 5 5 - - sh\n6 5 5 5 - - job\n7 5 5 5 - D make\n8 5 5 5 - D disk",
    );
    let frozen = Situation { freezer: Some(Freezer::V1), ..Situation::CALM };
    let vfork = Situation { in_vfork: true, ..Situation::CALM };
    let masks = [(6, frozen), (7, vfork), (8, Situation::CALM)];
    let masks = masks.map(|(pid, situation)| (key_of(&world, pid), Some(with(situation))));
    world.apply(Record { at: world.now(), observation: Observation::Masks(masks.to_vec()) });
    let of = |signal| text_of(&world, 5, signal, Scope::Subtree, TERM);
    let term = of(Signal::TERM);
    assert!(term.contains("1 of them is frozen: the signal may wait: 6 (job)."), "{term}");
    let vfork = "1 of them waits for a vfork child: the signal waits, too: 7 (make).";
    assert!(term.contains(vfork), "{term}");
    let kill = of(Signal::KILL);
    assert!(kill.contains("1 of them is frozen: the signal waits: 6 (job)."), "{kill}");
    assert!(!kill.contains("vfork"), "{kill}");
    for text in [term, kill] {
        assert!(text.contains("where the signal waits: 8 (disk)."), "{text}");
    }
}

#[test]
fn a_refusal_is_predicted_by_the_users_of_both() {
    let mut host = fixture::host();
    host.own.sender = Some(Sender { users: [1000, 1000], may_kill_all: false });
    let mut world = World::new(host, 3.0);
    let table = "1 0 1 1 - - init\n5 1 5 5 - - sh\n6 5 5 5 - - job\n9000 1 5 5 - - pexplore";
    fixture::watch(&mut world, table, 1_000);
    let run_by = |users| with(Situation { users: Some(users), ..Situation::CALM });
    let of = |signal, masks| text_of(&world, 6, signal, Scope::Process, masks);
    assert_eq!(of(Signal::KILL, run_by([0, 0])), "Permission denied: it runs as user 0.");
    assert_eq!(of(Signal::KILL, run_by([0, 1000])), "It ends.");
    let unchanged = "It is not stopped: nothing changes.";
    assert_eq!(of(Signal::CONT, run_by([0, 0])), unchanged, "it shares the session");
    let masks = vec![(key_of(&world, 6), Some(run_by([0, 0])))];
    let at = world.now();
    world.apply(Record { at, observation: Observation::Masks(masks) });
    let text = text_of(&world, 5, Signal::TERM, Scope::Subtree, TERM);
    assert!(text.contains("1 of them gets none (permission denied): 6 (job)."), "{text}");
}
