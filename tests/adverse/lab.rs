//! The lab beside processes that only look like its own.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use pexplore::lab::RUN_MARK;

use crate::harness::copy::copy_program;
use crate::harness::needs::{need, need_root};
use crate::harness::processes::marked;
use crate::harness::terminal::Terminal;
use crate::harness::wait::wait_for;
use crate::machine::blocked_pty::{wait_for_marked, wait_for_none_marked};

const NOBODY: u32 = 65534;
/// Helper, guard, main and a child.
const N_MEMBERS: usize = 4;

/// A process that has taken the mark of a lab; it is killed when dropped.
struct Impostor(Child);

impl Impostor {
    fn new(user: u32, program: &Path, mark: &str) -> Self {
        let [user, group] = [format!("--reuid={user}"), format!("--regid={user}")];
        let arguments = [user.as_str(), group.as_str(), "--clear-groups", "--"];
        let mut command = Command::new("setpriv");
        command.args(arguments).arg(program).arg("600").env(RUN_MARK, mark).process_group(0);
        Self(command.spawn().unwrap())
    }

    /// One that is there, and takes the mark once [`Impostor::take`] hands it over.
    fn that_waits() -> Self {
        let script = format!("read -r mark && exec env {RUN_MARK}=\"$mark\" sleep 600");
        let mut command = Command::new("sh");
        Self(command.args(["-c", &script]).stdin(Stdio::piped()).spawn().unwrap())
    }

    fn take(&mut self, mark: &str) {
        use std::io::Write;
        writeln!(self.0.stdin.take().unwrap(), "{mark}").unwrap();
    }

    /// Waits until it has the mark and runs as these users: the real, the effective, the saved.
    fn wait_for(&self, mark: &str, users: [u32; 3]) {
        let pid = self.0.id();
        let is_so = || {
            let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
            let uids = status.lines().find_map(|line| line.strip_prefix("Uid:")).unwrap();
            let uids = uids.split_whitespace().map(|uid| uid.parse::<u32>().unwrap());
            uids.take(3).eq(users) && mark_of(pid).as_deref() == Some(mark)
        };
        wait_for(&format!("{users:?} with the mark"), || is_so().then_some(()));
    }

    fn lives(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Impostor {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn mark_of(pid: u32) -> Option<String> {
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    let text = String::from_utf8_lossy(&environment).into_owned();
    let prefix = format!("{RUN_MARK}=");
    text.split('\0').find_map(|entry| Some(entry.strip_prefix(&prefix)?.to_owned()))
}

#[test]
fn the_mark_on_another_users_process_or_on_an_older_one_is_worth_nothing() {
    if !need_root() || !need("setpriv") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    // Root's, with the set-user-id bit: who starts it is its real user still.
    let program = folder.path().join("sleep");
    copy_program("/bin/sleep", &program);
    fs::set_permissions(&program, fs::Permissions::from_mode(0o4755)).unwrap();
    let mut older = Impostor::that_waits();
    let mut terminal = Terminal::pexplore(40, 120, &["lab", "--spawn", "child"]);
    let pexplore = terminal.pid();
    wait_for_marked(pexplore, N_MEMBERS);
    let mark = wait_for("a mark", || marked(pexplore).into_iter().find_map(mark_of));
    let sleep = Path::new("sleep");
    let mut others = Impostor::new(NOBODY, sleep, &mark);
    let mut set_user_id = Impostor::new(NOBODY, &program, &mark);
    let mut own = Impostor::new(0, sleep, &mark);
    older.take(&mark);
    others.wait_for(&mark, [NOBODY; 3]);
    set_user_id.wait_for(&mark, [NOBODY, 0, 0]);
    own.wait_for(&mark, [0; 3]);
    older.wait_for(&mark, [0; 3]);
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    wait_for_none_marked(pexplore);
    // As if a program of the lab had left it under init.
    wait_for("the end of its own", || (!own.lives()).then_some(()));
    assert_eq!([&mut others, &mut set_user_id, &mut older].map(Impostor::lives), [true; 3]);
}
