//! A signal to a whole family while its pids are given to strangers.

use std::io::Write;
use std::process::Stdio;

use rustix::process::Signal;

use crate::harness::needs::{need, need_root};
use crate::harness::processes::{children_of, kill, stat};
use crate::harness::terminal::Terminal;
use crate::harness::wait::wait_for;
use crate::machine::namespace::{enter_arguments, unshared};
use crate::support::events::Lines;

/// The init of a pid namespace. Process 100 has a child that no stop reaches, as it waits in a
/// vfork for its own child to exec, so that the family is looked through again and again. On
/// request 100 ends, and its pid is a stranger's, whose child has the pid of another that was
/// there before, 900. Between them are many, so that a look takes long.
const SCENE: &str = "
import os, signal, sys

def rest():
    while True:
        signal.pause()

def place(pid, work):
    while True:
        with open('/proc/sys/kernel/ns_last_pid', 'w') as last:
            last.write(str(pid - 1))
        child = os.fork()
        if child == 0:
            if os.getpid() == pid:
                work()
            os._exit(0)
        if child == pid:
            return
        os.waitpid(child, 0)

def family():
    if os.fork() == 0:
        hangs = [(os.POSIX_SPAWN_OPEN, 0, sys.argv[1], os.O_RDONLY, 0)]
        os.posix_spawn('/bin/true', ['true'], {}, file_actions=hangs)
    rest()

def watched():
    awaited = {signal.SIGTERM, signal.SIGCONT, signal.SIGUSR1}
    signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
    os.write(1, b'ready\\n')
    while True:
        asked = signal.sigwait(awaited) == signal.SIGUSR1
        os.write(1, b'asked\\n' if asked else b'hit\\n')

def stranger():
    place(900, watched)
    rest()

def end(pid):
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)

os.mkfifo(sys.argv[1])
place(100, family)
for _ in range(300):
    if os.fork() == 0:
        rest()
place(900, rest)
os.write(1, b'ready\\n')
for line in sys.stdin:
    if line == 'replace\\n':
        end(100)
        end(900)
        place(100, stranger)
    else:
        os.kill(900, signal.SIGUSR1)
";

/// The scene, which ends when dropped.
struct Scene {
    lines: Lines,
    init: u32,
}

impl Scene {
    fn new(folder: &std::path::Path) -> Option<Self> {
        if !need_root() || !need("nsenter") || !need("python3") {
            return None;
        }
        let mut command = unshared(&["--pid", "--fork", "--mount-proc"], "python3")?;
        command.args(["-S", "-c", SCENE]).arg(folder.join("fifo")).stdin(Stdio::piped());
        let lines = Lines::start(&mut command);
        let init = wait_for("the init", || children_of(lines.pid()).first().copied());
        let scene = Self { lines, init };
        assert_eq!(scene.reported(), "ready");
        Some(scene)
    }

    fn reported(&self) -> String {
        String::from_utf8(self.lines.next_line().expect("it goes on")).unwrap()
    }

    fn order(&mut self, order: &str) {
        writeln!(self.lines.input(), "{order}").unwrap();
    }

    /// Its process of that pid in the namespace, by its pid here: the family's first.
    fn family(&self) -> u32 {
        children_of(self.init)[0]
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        // The kernel ends all that is in the namespace with its init.
        kill(self.init, Signal::KILL);
    }
}

/// One try: the pids change hands while pexplore looks through the family, wherever it just is.
fn no_stranger_is_hit() -> Option<()> {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = Scene::new(folder.path())?;
    let family = scene.family();
    let arguments = [env!("CARGO_BIN_EXE_pexplore"), "100"];
    let arguments = enter_arguments(scene.init, &["--pid", "--mount"], &arguments);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut terminal = Terminal::start(40, 160, "nsenter", &arguments, &[]);
    terminal.wait("the family", |text| text.contains(" 100 ──"));
    let pexplore = children_of(terminal.pid().unsigned_abs())[0];
    terminal.send("X");
    terminal.wait_for("signal to");
    terminal.send("\r");
    wait_for("the first stop", || stat(family)?.field::<char>(3).filter(|state| *state == 'T'));
    kill(pexplore, Signal::STOP);
    scene.order("replace");
    assert_eq!(scene.reported(), "ready");
    kill(pexplore, Signal::CONT);
    terminal.wait_for("SIGTERM was sent to");
    for _ in 0..2 {
        scene.order("ask");
        assert_eq!(scene.reported(), "asked", "the stranger's child got a signal");
    }
    Some(())
}

#[test]
fn a_strangers_child_gets_no_signal_when_pids_of_the_family_are_reused_meanwhile() {
    for _ in 0..3 {
        if no_stranger_is_hit().is_none() {
            return;
        }
    }
}
