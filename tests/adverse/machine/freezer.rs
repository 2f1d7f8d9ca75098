//! A process in a frozen cgroup, of version 1 or 2 (cgroups(7)).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::harness::needs::skip;
use crate::harness::wait::wait_for;

/// Each has a group of its own.
static COUNT: AtomicU32 = AtomicU32::new(0);

/// How a version is asked to freeze, and says that it has.
struct Freezer {
    /// Where it is usually mounted.
    roots: &'static [&'static str],
    /// How it is mounted elsewhere (mount(8)).
    mount: [&'static str; 4],
    switch: &'static str,
    frozen: &'static str,
    thawed: &'static str,
    state: &'static str,
    says: &'static str,
}

const V1: Freezer = Freezer {
    roots: &["/sys/fs/cgroup/freezer"],
    mount: ["-t", "cgroup", "-o", "freezer"],
    switch: "freezer.state",
    frozen: "FROZEN",
    thawed: "THAWED",
    state: "freezer.state",
    says: "FROZEN",
};
const V2: Freezer = Freezer {
    roots: &["/sys/fs/cgroup/unified", "/sys/fs/cgroup"],
    mount: ["-t", "cgroup2", "-o", "rw"],
    switch: "cgroup.freeze",
    frozen: "1",
    thawed: "0",
    state: "cgroup.events",
    says: "frozen 1",
};

/// A process that sleeps, frozen; thawed and killed when dropped.
pub(crate) struct Frozen {
    freezer: Freezer,
    child: Child,
    group: Group,
}

/// A group below a freezer's root, removed when dropped.
struct Group {
    folder: PathBuf,
    mount: Option<Mount>,
}

/// A freezer that was mounted for the test alone.
struct Mount(PathBuf);

impl Group {
    /// Where a freezer is mounted, or else mounts it.
    fn new(freezer: &Freezer, version: &str) -> Option<Self> {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("pexplore-{version}-{}-{number}", std::process::id());
        let found = freezer.roots.iter().find_map(|root| group(freezer, Path::new(root), &name));
        if let Some(folder) = found {
            return Some(Self { folder, mount: None });
        }
        let mount = Mount::new(freezer, std::env::temp_dir().join(&name))?;
        Some(Self { folder: group(freezer, &mount.0, &name)?, mount: Some(mount) })
    }
}

/// Only below a cgroup's root is there anything to freeze.
fn group(freezer: &Freezer, root: &Path, name: &str) -> Option<PathBuf> {
    let folder = root.join(name);
    fs::create_dir(&folder).ok()?;
    let has_switch = folder.join(freezer.switch).exists();
    (has_switch || fs::remove_dir(&folder).is_err()).then_some(folder)
}

impl Mount {
    fn new(freezer: &Freezer, folder: PathBuf) -> Option<Self> {
        fs::create_dir(&folder).ok()?;
        let mut command = Command::new("mount");
        let mounted = command.args(freezer.mount).arg("pexplore").arg(&folder).output();
        let mount = Self(folder);
        mounted.is_ok_and(|mounted| mounted.status.success()).then_some(mount)
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).output();
        // A folder that is mounted still is left alone.
        let _ = fs::remove_dir(&self.0);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // A group can be removed once the kernel has let go of its last process.
        for _ in 0..100 {
            if fs::remove_dir(&self.folder).is_ok() {
                break;
            }
            crate::harness::wait::pause();
        }
        drop(self.mount.take());
    }
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
        let Some(group) = Group::new(&freezer, version) else {
            skip(format_args!("a freezer of cgroup {version}"));
            return None;
        };
        let frozen = Self { freezer, child: command.spawn().unwrap(), group };
        fs::write(frozen.group.folder.join("cgroup.procs"), frozen.pid().to_string()).unwrap();
        frozen.switch(frozen.freezer.frozen);
        wait_for("a frozen cgroup", || {
            let state = fs::read_to_string(frozen.group.folder.join(frozen.freezer.state)).unwrap();
            state.lines().any(|line| line == frozen.freezer.says).then_some(())
        });
        Some(frozen)
    }

    fn switch(&self, word: &str) {
        let _ = fs::write(self.group.folder.join(self.freezer.switch), word);
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
    }
}
