//! pexplore run by a user who may not look into the processes of others.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::cli::assert_fails_plainly;
use crate::fork;
use crate::harness::copy::copy_program;
use crate::harness::needs::{need, need_root, skip};
use crate::harness::processes::stat;
use crate::harness::wait::wait_for;
use crate::support::test_processes::TestProcesses;
use crate::support::{Printed, run};

/// The program in a folder that every user can get at.
pub(crate) struct Nobody {
    folder: tempfile::TempDir,
    hidepid: &'static str,
}

impl Nobody {
    /// `None` where the test cannot become nobody, or not mount a `/proc` of its own.
    pub(crate) fn new(hidepid: &'static str) -> Option<Self> {
        if !need_root() || !need("setpriv") || !need("unshare") {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let nobody = Self { folder, hidepid };
        copy_program(env!("CARGO_BIN_EXE_pexplore"), nobody.program());
        let mounts = Command::new("unshare")
            .args(["--mount", "--propagation", "private", "mount", "-t", "proc", "proc", "/proc"])
            .status();
        if !mounts.is_ok_and(|status| status.success()) {
            skip("leave to mount a /proc of its own");
            return None;
        }
        Some(nobody)
    }

    fn program(&self) -> String {
        format!("{}/pexplore", self.folder.path().display())
    }

    fn run(&self, arguments: &[&str]) -> Printed {
        run(self.command(arguments).args(["-d", "0.05"]))
    }

    /// pexplore as nobody, who sees of other users' processes what `hidepid` lets it see.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let become_nobody = "mount -t proc -o hidepid=$0 proc /proc && \
            exec setpriv --reuid=65534 --regid=65534 --clear-groups -- \"$@\"";
        let mut command = Command::new("unshare");
        command.args(["--mount", "--propagation", "private", "sh", "-c", become_nobody]);
        command.arg(self.hidepid).arg(self.program());
        command.args(arguments).env("LC_ALL", "C.UTF-8").env("HOME", "/root").current_dir("/");
        command
    }
}

#[test]
fn another_user_is_reported_what_was_refused() {
    let Some(nobody) = Nobody::new("off") else { return };
    let mut test_processes = TestProcesses::new();
    let zombies = fork::start(&mut test_processes, "zombies");
    let exited = zombies.pid_of("exited");
    let daemon = fork::start(&mut test_processes, "daemon").pid_of("daemon");
    wait_for("the adoption", || stat(daemon)?.field::<u32>(4).filter(|parent| *parent == 1));
    let of = |pid: u32| {
        let printed = nobody.run(&["explain", &pid.to_string(), "--format", "json"]);
        assert_eq!((printed.code, printed.stderr.as_str()), (Some(0), ""));
        printed.json()
    };
    let main = of(zombies.pid);
    assert!(main["exe"].is_null(), "{main:#}");
    assert_eq!(main["uid"], 0);
    assert!(main["cmdline"].as_array().is_some_and(|arguments| !arguments.is_empty()));
    let zombie = of(exited);
    assert_eq!((&zombie["state"], &zombie["uid"]), (&"Z".into(), &0.into()));
    assert!(zombie["exit"].is_null(), "its exit code may not be read: {zombie:#}");
    let daemon = of(daemon);
    assert_eq!((&daemon["role"], &daemon["confidence"]), (&"daemon".into(), &"likely".into()));
    assert!(daemon["evidence"].to_string().contains("permission denied"), "{daemon:#}");

    let text = nobody.run(&["explain", &zombies.pid.to_string()]);
    assert!(text.text().contains("permission denied"), "{}", text.text());
    let tree = nobody.run(&["snapshot"]);
    assert_eq!((tree.code, tree.stderr.as_str()), (Some(0), ""));
    assert!(tree.text().lines().count() > 3);
}

#[test]
fn where_other_users_are_hidden_the_rest_works_and_it_is_said() {
    let Some(nobody) = Nobody::new("invisible") else { return };
    let printed = nobody.run(&["snapshot", "--format", "json"]);
    assert_eq!((printed.code, printed.stderr.as_str()), (Some(0), ""));
    let shot = printed.json();
    assert!(shot["source"]["note"].to_string().contains("hidden (hidepid)"), "{shot:#}");
    let processes = shot["processes"].as_array().unwrap();
    assert!(processes.iter().all(|process| process["uid"] == 65534), "{shot:#}");
    let path = nobody.program();
    let own = processes.iter().find(|process| process["cmdline"][0] == *path).unwrap();
    assert_eq!(own["role"], "child", "{own:#}");
    assert!(own["exe"].is_string());
    assert_fails_plainly(
        &nobody.run(&["explain", "1"]),
        "no process that can be seen has pid 1: processes of other users are hidden",
    );
}
