//! A process in a frozen cgroup of version 1 (Documentation/admin-guide/cgroup-v1).

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command};

use crate::support::wait_for;

const FREEZER: &str = "/sys/fs/cgroup/freezer";

/// A process that sleeps, frozen; thawed and killed when dropped.
pub(crate) struct Frozen {
    folder: PathBuf,
    child: Child,
}

impl Frozen {
    /// `None` where there is no such freezer, or it may not be used.
    pub(crate) fn new(name: &str) -> Option<Self> {
        let folder = PathBuf::from(format!("{FREEZER}/pexplore-{name}-{}", std::process::id()));
        if fs::metadata(format!("{FREEZER}/cgroup.procs")).is_err()
            || fs::create_dir(&folder).is_err()
        {
            assert!(std::env::var_os("PEXPLORE_TEST_ALL").is_none(), "this test needs a freezer");
            println!("skipped: needs a freezer of cgroup v1");
            return None;
        }
        let child = Command::new("sleep").arg("300").spawn().unwrap();
        let frozen = Self { folder, child };
        fs::write(frozen.folder.join("cgroup.procs"), frozen.pid().to_string()).unwrap();
        fs::write(frozen.folder.join("freezer.state"), "FROZEN").unwrap();
        wait_for("a frozen cgroup", || {
            let state = fs::read_to_string(frozen.folder.join("freezer.state")).unwrap();
            (state.trim() == "FROZEN").then_some(())
        });
        Some(frozen)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Lets it go on.
    pub(crate) fn thaw(&self) {
        let _ = fs::write(self.folder.join("freezer.state"), "THAWED");
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
