//! Nothing survives: three hundred test processes of all kinds, pexplore in a terminal, and every
//! way in which it may end. Two seconds later no process that its lab started is left, and no
//! other process was touched. What the lab takes while it runs is measured, too.

#![expect(clippy::unwrap_used, reason = "what a test expects fails where it is not so")]

mod full_lab;
#[expect(dead_code, reason = "each of the programs that have it uses a part of it")]
#[path = "../harness/harness.rs"]
mod harness;
mod processes;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use pexplore::app::input::{Input, Stop};
use pexplore::lab::Lab;
use pexplore::runtime::terminal::Session;
use pexplore::test_process::{KINDS, TestProcessOrder};
use rustix::process::Signal;

use crate::full_lab::Pexplore;
use crate::harness::copy::copy_program;
use crate::harness::needs::skip;
use crate::harness::processes::{stat, state};
use crate::harness::wait::{now, pause, wait_until};
use crate::processes::{Bystanders, marked, names};

/// From the moment of the end to that of the last process's end.
const LIMIT: Duration = Duration::from_secs(2);
/// What a test binary does that was executed again in a terminal.
const HOST_REQUEST: &str = "PEXPLORE_TEST_PANICS_WITH_A_LAB";
/// Where pexplore is for a user who cannot get at the one that was built.
const PROGRAM: &str = "PEXPLORE_TEST_PROGRAM";

/// Every kind; those that end by themselves come last.
const ORDERS: [&str; 24] = [
    "child=20",
    "session=5",
    "spawn-child=20",
    "server-child=20",
    "parent=20",
    "chain=16",
    "daemonic=20",
    "daemon=25",
    "orphan=25",
    "subreaped=20",
    "zombie-maker=15",
    "term-ignorer=15",
    "term-catcher=15",
    "stopped=20",
    "burner=1",
    "burner=1",
    "memory=1",
    "memory=1",
    "memory=1",
    "memory=1",
    "burst=20",
    "fork-bomb=32",
    "exit",
    "crash=2",
];
/// Those of them that wait for their end, with helper, guard and main. Zombies show no mark.
const N_LASTING: usize = 300;
/// Three hundred processes at a time are enough for a small machine.
static TURN: Mutex<()> = Mutex::new(());

fn program() -> PathBuf {
    std::env::var_os(PROGRAM).map_or_else(|| env!("CARGO_BIN_EXE_pexplore").into(), PathBuf::from)
}

/// Not a test of its own: pexplore's terminal and its lab, in a process that panics when it is
/// reported where.
#[test]
fn panics_with_a_lab_when_asked() {
    if std::env::var_os(HOST_REQUEST).is_none() {
        return;
    }
    let (inputs, stops) = channel();
    let _session = Session::enter(inputs).unwrap();
    let mut lab = Lab::new(program());
    for order in ORDERS {
        let order: TestProcessOrder = order.parse().unwrap();
        let n_test_processes = if order.kind.row().counts_itself() { order.number } else { 1 };
        for _ in 0..n_test_processes {
            lab.start(order).unwrap();
        }
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    assert!(line.trim() == "elsewhere", "as asked");
    let thread = std::thread::spawn(|| panic!("as asked"));
    // As pexplore's own loop is reported.
    assert_eq!(stops.recv(), Ok(Input::Stop(Stop::Panicked)));
    lab.close();
    thread.join().unwrap_err();
}

/// Fills a lab, stops some and `others`, ends it, and nothing may be left. Whoever is no test
/// process must not notice.
fn check(mut it: Pexplore, others: &[&str], end: impl FnOnce(&mut Pexplore)) {
    it.wait_for(N_LASTING);
    it.stop_some(others);
    let mut bystanders = Bystanders::beside(it.pid);
    let began = now();
    end(&mut it);
    assert_nothing_is_left(&it, began);
    bystanders.assert_untouched();
}

fn assert_nothing_is_left(it: &Pexplore, began: Instant) {
    while !marked(it.pid).is_empty() {
        let after = began.elapsed();
        assert!(after < LIMIT, "left after {after:?}: {:?}", names(&marked(it.pid)));
        pause();
    }
    println!("nothing is left after {:?}", began.elapsed());
}

fn check_full(others: &[&str], end: impl FnOnce(&mut Pexplore)) {
    let _turn = TURN.lock();
    check(Pexplore::full(), others, end);
}

#[test]
fn every_kind_is_ordered() {
    for row in &KINDS {
        let is_it = |order: &str| order.parse::<TestProcessOrder>().unwrap().kind == row.kind;
        assert!(ORDERS.iter().any(|order| is_it(order)), "{}", row.name);
    }
}

#[test]
fn after_a_quit() {
    check_full(&[], |it| it.pty.send("q"));
}

#[test]
fn after_a_quit_with_a_stopped_main_helper_and_guard() {
    check_full(&["px-main", "px-helper", "px-guard"], |it| it.pty.send("q"));
}

#[test]
fn after_a_panic() {
    for place in ["here\n", "elsewhere\n"] {
        let _turn = TURN.lock();
        check(Pexplore::that_panics(), &[], |it| it.pty.send(place));
    }
}

#[test]
fn after_a_signal_that_asks() {
    for signal in [Signal::TERM, Signal::HUP] {
        check_full(&[], |it| it.signal(signal));
    }
}

#[test]
fn after_a_signal_that_kills() {
    check_full(&[], |it| it.signal(Signal::KILL));
}

#[test]
fn after_kill_with_a_stopped_main_helper_or_guard() {
    for stopped in [&["px-main", "px-helper"][..], &["px-guard"]] {
        check_full(stopped, |it| it.signal(Signal::KILL));
    }
}

#[test]
fn after_its_terminal_was_closed() {
    check_full(&["px-main"], Pexplore::close_terminal);
}

#[test]
fn after_its_helper_or_guard_was_killed() {
    for name in ["px-helper", "px-guard"] {
        check_full(&[], |it| it.member(name).send(Signal::KILL));
    }
}

#[test]
fn after_helper_and_pexplore_were_killed_in_either_order() {
    check_full(&[], |it| {
        it.member("px-helper").send(Signal::KILL);
        it.signal(Signal::KILL);
    });
    check_full(&[], |it| {
        let helper = it.member("px-helper");
        it.signal(Signal::KILL);
        helper.send(Signal::KILL);
    });
}

#[test]
fn after_guard_and_pexplore_were_killed_in_either_order() {
    check_full(&[], |it| {
        it.member("px-guard").send(Signal::KILL);
        it.signal(Signal::KILL);
    });
    check_full(&[], |it| {
        let guard = it.member("px-guard");
        it.signal(Signal::KILL);
        guard.send(Signal::KILL);
    });
}

#[test]
fn after_helper_and_guard_were_killed_and_pexplore_was_not() {
    check_full(&[], |it| {
        let guard = it.member("px-guard");
        it.member("px-helper").send(Signal::KILL);
        guard.send(Signal::KILL);
    });
}

#[test]
fn after_an_end_in_the_midst_of_starting() {
    for signal in [Signal::TERM, Signal::KILL] {
        let _turn = TURN.lock();
        let it = Pexplore::spawning(&ORDERS);
        it.wait_for(N_LASTING / 3);
        let began = now();
        it.signal(signal);
        assert_nothing_is_left(&it, began);
    }
}

#[test]
fn after_an_end_while_a_stopped_helper_is_asked_for_more() {
    for signal in [Signal::TERM, Signal::KILL] {
        let _turn = TURN.lock();
        let it = Pexplore::spawning(&["child=20", "orphan=256"]);
        it.wait_for(N_LASTING / 6);
        let helper = it.member("px-helper");
        helper.send(Signal::STOP);
        wait_until("its stop", || state(helper.pid) == Some('T'));
        let began = now();
        it.signal(signal);
        assert_nothing_is_left(&it, began);
    }
}

/// Runs some of the matrix once more, with copies of pexplore and of this test that everybody can
/// get at, below a program that changes what they may or see.
fn check_below(wrapper: &[&str]) {
    let _turn = TURN.lock();
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let (own, pexplore) = (folder.path().join("cleanup"), folder.path().join("pexplore"));
    copy_program(std::env::current_exe().unwrap(), &own);
    copy_program(program(), &pexplore);
    let mut command = Command::new(wrapper[0]);
    command.args(&wrapper[1..]).current_dir(folder.path()).env(PROGRAM, &pexplore);
    let mut trial = Command::new(wrapper[0]);
    if !trial.args(&wrapper[1..]).arg("true").status().is_ok_and(|status| status.success()) {
        skip(format_args!("{wrapper:?}"));
        return;
    }
    let cases = ["after_a_quit", "after_a_signal_that_kills"];
    let output = command.arg(&own).arg("--exact").args(cases).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("2 passed"), "{text}");
}

#[test]
fn in_a_pid_namespace_of_its_own() {
    check_below(&["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]);
}

#[test]
fn as_another_user() {
    check_below(&["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]);
}

fn cpu_ticks(pid: u32) -> u64 {
    let stat = stat(pid).unwrap();
    [14, 15].into_iter().filter_map(|number| stat.field::<u64>(number)).sum()
}

fn resident_mb(pid: u32) -> u64 {
    let page_size = u64::try_from(rustix::param::page_size()).unwrap();
    (stat(pid).unwrap().field::<u64>(24).unwrap() * page_size) >> 20
}

#[test]
fn burners_together_stay_within_one_cpu_and_are_nice() {
    let _turn = TURN.lock();
    // The fifth would be too much; the child after it shows that it was refused.
    let mut orders = vec!["burner=25"; 5];
    orders.push("child");
    let it = Pexplore::spawning(&orders);
    wait_until("the child", || names(&marked(it.pid)).contains(&"px-child".to_owned()));
    let mut burners = marked(it.pid);
    burners.retain(|process| process.name() == "px-burner");
    assert_eq!(burners.len(), 4);
    let burned = || -> u64 { burners.iter().map(|it| cpu_ticks(it.pid)).sum() };
    assert!(burners.iter().all(|it| stat(it.pid).unwrap().field(19) == Some(10)));
    let (before, began) = (burned(), now());
    wait_until("a second", || began.elapsed() >= Duration::from_secs(1));
    let ticks = burned() - before;
    let seconds = began.elapsed().as_secs_f64();
    let ticks_per_second = rustix::param::clock_ticks_per_second();
    let cpus = f64::from(u32::try_from(ticks).unwrap()) / ticks_per_second as f64 / seconds;
    println!("burners take {cpus:.2} CPUs");
    assert!(cpus > 0.05 && cpus < 1.15, "{cpus}");
}

#[test]
fn memory_holders_hold_what_they_say_and_little_more() {
    let _turn = TURN.lock();
    let mut orders = vec!["memory=64"; 5];
    orders.push("child");
    let it = Pexplore::spawning(&orders);
    wait_until("the child", || names(&marked(it.pid)).contains(&"px-child".to_owned()));
    let mut holders = marked(it.pid);
    holders.retain(|process| process.name() == "px-memory");
    let held: Vec<u64> = holders.iter().map(|it| resident_mb(it.pid)).collect();
    println!("holders hold {held:?} MB");
    assert_eq!(held.len(), 4);
    assert!(held.iter().all(|megabytes| (64..64 + 16).contains(megabytes)), "{held:?}");
}
