//! What a forecast says where the kernel delays or refuses a signal.

use std::process::Command;

use crate::harness::needs::{need, skip};
use crate::harness::processes::{runs, stat};
use crate::harness::terminal::Terminal;
use crate::harness::wait::wait_for;
use crate::held::Held;
use crate::machine::another_user::AnotherUser;
use crate::machine::freezer::Frozen;
use crate::machine::killed::{Killed, VFORK};
use crate::machine::namespace::PidNamespace;

const ROWS: u16 = 40;
const COLS: u16 = 240;
const DOWN: &str = "\x1b[B";
/// The fifth in the list of signals, one that dumps core.
const QUIT: &str = "gjjjj";
const TERM: &str = "g";
const KILL: &str = "gj";
const STOP: &str = "gjjjjj";
const CONT: &str = "gjjjjjj";

/// pexplore with its dialog of signals, of that process, once it says that.
fn dialog(pid: u32, keys: &str, says: &str) -> Terminal {
    let mut terminal = Terminal::pexplore(ROWS, COLS, &[&pid.to_string()]);
    open_dialog(&mut terminal, pid, keys, says);
    terminal
}

fn open_dialog(terminal: &mut Terminal, pid: u32, keys: &str, says: &str) {
    terminal.wait_for(&pid.to_string());
    terminal.send("x");
    terminal.wait_for("signal to");
    terminal.send(keys);
    terminal.wait_for(says);
    assert!(!terminal.text().contains("It ends."), "{}", terminal.text());
}

#[test]
fn a_frozen_process_is_not_said_to_end_by_kill_before_it_is_thawed() {
    let Some(frozen) = Frozen::by_v1() else { return };
    let mut terminal = dialog(frozen.pid(), DOWN, "Its cgroup is frozen");
    terminal.send("\r");
    terminal.wait_for("SIGKILL waits while it is frozen");
    frozen.thaw();
    terminal.wait_for("ended by SIGKILL");
    terminal.send("q");
    terminal.wait_for_end();
}

#[test]
fn kill_is_offered_to_a_frozen_process_with_what_it_waits_for() {
    let Some(frozen) = Frozen::by_v1() else { return };
    let mut terminal = dialog(frozen.pid(), TERM, "Its cgroup is frozen");
    terminal.send("\r");
    terminal.wait_for("x offers KILL, which waits for the thaw as well");
    frozen.thaw();
    terminal.wait_for("ended by SIGTERM");
    end(terminal);
}

#[test]
fn what_cgroup_v2_froze_is_ended_by_what_ends_it_without_a_core_and_by_that_alone() {
    let Some(frozen) = Frozen::by_v2() else { return };
    let mut terminal = dialog(frozen.pid(), QUIT, "Its cgroup is frozen");
    terminal.send("\r");
    terminal.wait_for("SIGQUIT waits while it is frozen");
    send(&mut terminal, TERM, "It ends.");
    terminal.wait_for("ended by SIGTERM");
    end(terminal);
}

fn send(terminal: &mut Terminal, signal: &str, says: &str) {
    terminal.send("x");
    terminal.wait_for("signal to");
    terminal.send(signal);
    terminal.wait_for(says);
    terminal.send("\r");
}

fn end(mut terminal: Terminal) {
    assert!(!terminal.text().contains("not as predicted"), "{}", terminal.text());
    terminal.send("q");
    terminal.wait_for_end();
}

#[test]
fn who_waits_for_its_vfork_child_is_ended_by_what_ends_it_without_a_core_unless_one_is_pending() {
    if !need("python3") {
        return;
    }
    let parents = [(); 2].map(|()| Killed::python(VFORK));
    let [first, second] = parents.each_ref().map(Killed::pid);
    for pid in [first, second] {
        wait_for("the vfork", || stat(pid)?.field::<char>(3).filter(|state| *state == 'D'));
    }
    let mut terminal = dialog(first, QUIT, "It waits for its vfork child");
    terminal.send(TERM);
    terminal.wait_for("It ends.");
    terminal.send("\r");
    terminal.wait_for("ended by SIGTERM");
    end(terminal);
    let mut terminal = dialog(second, QUIT, "It waits for its vfork child");
    terminal.send("\r");
    terminal.wait_for("SIGQUIT waits");
    send(&mut terminal, TERM, "It waits for its vfork child");
    terminal.wait_for("SIGTERM waits");
    send(&mut terminal, KILL, "It ends.");
    terminal.wait_for("ended by SIGKILL");
    end(terminal);
}

#[test]
fn the_init_of_a_namespace_gets_no_term_and_takes_all_with_it() {
    let Some(namespace) = PidNamespace::new(None) else { return };
    let mut terminal = dialog(namespace.init, TERM, "It is the init of a pid namespace and does");
    terminal.send("\r");
    terminal.wait_for("the kernel dropped SIGTERM");
    assert!(runs(namespace.init));
    terminal.wait_for("x offers KILL");
    // It goes on by CONT though the kernel drops that as well.
    send(&mut terminal, STOP, "It stops until SIGCONT.");
    terminal.wait_for(&format!("as predicted: sleep {} stopped", namespace.init));
    send(&mut terminal, CONT, "It continues.");
    terminal.wait_for(&format!("as predicted: sleep {} went on", namespace.init));
    send(&mut terminal, KILL, "all in there");
    terminal.wait_for("ended by SIGKILL");
    wait_for("the end of all in it", || (!runs(namespace.outer)).then_some(()));
    end(terminal);
}

#[test]
fn who_sleeps_uninterruptibly_is_said_to_end_after_that_sleep() {
    let Some(held) = Held::start() else { return };
    let mut terminal = dialog(held.pid(), QUIT, "uninterruptible sleep (D): SIGQUIT has no effect");
    terminal.send(KILL);
    terminal.wait_for("uninterruptible sleep (D): SIGKILL ends it when");
    terminal.send("\r");
    terminal.wait_for("SIGKILL waits while it is in uninterruptible sleep (D)");
    drop(held);
    terminal.wait_for("ended by SIGKILL");
    end(terminal);
}

#[test]
fn a_tracer_is_said_to_decide() {
    if !need("python3") {
        return;
    }
    // The tracer is the parent of what it traces, so that no policy forbids it.
    let script = "import ctypes, os, time
child = os.fork()
if child == 0:
    time.sleep(300)
if ctypes.CDLL(None).ptrace(16, child, 0, 0) != 0:
    os.kill(child, 9)
    child = 0
else:
    os.waitpid(child, 0)
    ctypes.CDLL(None).ptrace(0x4200, child, 0, 0x100000)
print(child, flush=True)
time.sleep(300)";
    let mut command = Command::new("python3");
    let (tracer, line) = Killed::ready(command.args(["-S", "-c", script]));
    let pid: u32 = line.trim().parse().unwrap();
    if pid == 0 {
        skip("ptrace");
        return;
    }
    // What is traced is killed with its tracer (PTRACE_O_EXITKILL).
    let mut terminal = dialog(pid, "", "It is traced");
    assert!(terminal.text().contains(&format!("its tracer {} (python3)", tracer.pid())));
    terminal.send("q");
}

#[test]
fn who_waits_for_signals_is_said_to_decide() {
    if !need("python3") {
        return;
    }
    let script = "import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [15])
print(flush=True)
signal.sigwait([15])";
    let waiting = Killed::python(script);
    let mut terminal = dialog(waiting.pid(), "", "sigwait");
    terminal.send("\r");
    terminal.wait_for("ended with exit 0");
    assert!(!terminal.text().contains("not as predicted"), "{}", terminal.text());
}

#[test]
fn a_child_that_dies_with_its_parent_is_no_difference() {
    if !need("python3") {
        return;
    }
    let script = "import ctypes, os, time
if os.fork() == 0:
    ctypes.CDLL(None).prctl(1, 9)
    print(flush=True)
time.sleep(300)";
    let parent = Killed::python(script);
    let pid = parent.pid();
    let mut terminal = Terminal::pexplore(ROWS, COLS, &[&pid.to_string()]);
    terminal.wait_for(&pid.to_string());
    terminal.send(&format!("x{DOWN}"));
    terminal.wait_for("PR_SET_PDEATHSIG");
    terminal.send("\r");
    terminal.wait_for("as predicted");
    assert!(!terminal.text().contains("not as predicted"), "{}", terminal.text());
}

#[test]
fn a_refusal_is_predicted_to_an_ordinary_user() {
    let Some(another) = AnotherUser::new() else { return };
    let roots = Killed(Command::new("sleep").arg("300").spawn().unwrap());
    let pid = roots.pid();
    let arguments = another.arguments(&[&pid.to_string()]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut terminal = Terminal::start(ROWS, COLS, "setpriv", &arguments, &[]);
    open_dialog(&mut terminal, pid, "", "Permission denied: it runs as");
}
