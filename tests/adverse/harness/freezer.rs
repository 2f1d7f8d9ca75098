//! A process in a frozen cgroup, of version 1 or 2 (cgroups(7)).

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command};

use crate::support::wait_for;

/// How a version is told to freeze, and says that it has.
struct Freezer {
    roots: &'static [&'static str],
    switch: &'static str,
    frozen: &'static str,
    thawed: &'static str,
    state: &'static str,
    says: &'static str,
}

const V1: Freezer = Freezer {
    roots: &["/sys/fs/cgroup/freezer"],
    switch: "freezer.state",
    frozen: "FROZEN",
    thawed: "THAWED",
    state: "freezer.state",
    says: "FROZEN",
};
const V2: Freezer = Freezer {
    roots: &["/sys/fs/cgroup/unified", "/sys/fs/cgroup"],
    switch: "cgroup.freeze",
    frozen: "1",
    thawed: "0",
    state: "cgroup.events",
    says: "frozen 1",
};

/// A process that sleeps, frozen; thawed and killed when dropped.
pub(crate) struct Frozen {
    freezer: Freezer,
    folder: PathBuf,
    child: Child,
}

impl Frozen {
    /// By a freezer of version 1, which puts it into uninterruptible sleep (D).
    pub(crate) fn by_v1() -> Option<Self> {
        Self::by(V1, "v1", Command::new("sleep").arg("300"))
    }

    /// By a freezer of version 2, which leaves it in its sleep (S).
    pub(crate) fn by_v2() -> Option<Self> {
        Self::by(V2, "v2", Command::new("sleep").arg("300"))
    }

    /// `None` where there is no such freezer, or it may not be used.
    fn by(freezer: Freezer, version: &str, command: &mut Command) -> Option<Self> {
        let name = format!("pexplore-{version}-{}", std::process::id());
        // Only below a cgroup's root is there anything to freeze.
        let folders = freezer.roots.iter().map(|root| PathBuf::from(root).join(&name));
        let made = folders.into_iter().find(|folder| {
            fs::create_dir(folder).is_ok() && {
                let has_switch = folder.join(freezer.switch).exists();
                has_switch || fs::remove_dir(folder).is_err()
            }
        });
        let Some(folder) = made else {
            assert!(std::env::var_os("PEXPLORE_TEST_ALL").is_none(), "this test needs a freezer");
            println!("skipped: needs a freezer of cgroup {version}");
            return None;
        };
        let frozen = Self { freezer, folder, child: command.spawn().unwrap() };
        fs::write(frozen.folder.join("cgroup.procs"), frozen.pid().to_string()).unwrap();
        frozen.switch(frozen.freezer.frozen);
        wait_for("a frozen cgroup", || {
            let state = fs::read_to_string(frozen.folder.join(frozen.freezer.state)).unwrap();
            state.lines().any(|line| line == frozen.freezer.says).then_some(())
        });
        Some(frozen)
    }

    fn switch(&self, word: &str) {
        let _ = fs::write(self.folder.join(self.freezer.switch), word);
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Lets it go on.
    pub(crate) fn thaw(&self) {
        self.switch(self.freezer.thawed);
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        self.thaw();
        let _ = self.child.kill();
        let _ = self.child.wait();
        // A group can be removed once the kernel has let go of its last process.
        for _ in 0..100 {
            if fs::remove_dir(&self.folder).is_ok() {
                break;
            }
            crate::support::pause();
        }
    }
}
