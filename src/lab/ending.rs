//! The end of the lab: daemonic children politely, then all of the helper's descendants.

use std::os::fd::OwnedFd;
use std::time::Duration;
use std::{fs, process};

use rustix::io::Errno;
use rustix::process::{Signal, WaitOptions, wait as wait_for_child};

use crate::lab::pidfd;
use crate::linux::procfs::stat::Brief;
use crate::linux::wait;

/// How long daemonic children may take to end on TERM.
const GRACE: Duration = Duration::from_millis(200);
const ROUND: Duration = Duration::from_millis(5);
/// Two seconds of rounds: what still lives then cannot be killed (`D` state).
const MAX_ROUNDS: usize = 400;

/// Ends the daemonic children of a main, as on its normal end.
pub(super) fn terminate_daemonic(daemonic: &[&OwnedFd]) {
    for child in daemonic {
        pidfd::signal(child, Signal::TERM);
    }
    pidfd::wait_for_all(daemonic.iter().copied(), GRACE);
}

/// Kills and reaps until this process has no child left. It is a subreaper, so whatever a
/// test process forked becomes its child before the end.
pub(super) fn end_descendants() {
    for _ in 0..MAX_ROUNDS {
        let descendants = descendants();
        // Stopped first, so that none forks while the others are killed.
        for signal in [Signal::STOP, Signal::KILL] {
            for descendant in &descendants {
                pidfd::signal(descendant, signal);
            }
        }
        if reap() == Children::None {
            return;
        }
        wait::sleep(ROUND);
    }
}

/// Whether this process has children that have not ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Children {
    /// At least one.
    Some,
    None,
}

/// Reaps all children that have ended.
pub(super) fn reap() -> Children {
    loop {
        match wait_for_child(WaitOptions::NOHANG) {
            Ok(Some(_)) | Err(Errno::INTR) => {}
            Ok(None) => return Children::Some,
            Err(_) => return Children::None,
        }
    }
}

/// The children of a process, ended ones included, over all its threads
/// (`proc_tid_children(5)`; needs `CONFIG_PROC_CHILDREN`).
pub(super) fn children_of(pid: u32) -> Option<Vec<u32>> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).ok()?.flatten();
    // A thread that has just ended has no list any more; its children are in another one.
    let lists: Vec<String> =
        tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok()).collect();
    let pids = lists.iter().flat_map(|list| list.split_whitespace());
    (!lists.is_empty()).then(|| pids.filter_map(|pid| pid.parse().ok()).collect())
}

/// Pidfds of all descendants, parents before their children.
fn descendants() -> Vec<OwnedFd> {
    let own = process::id();
    let mut pidfds = Vec::new();
    let mut parents = vec![own];
    while let Some(parent) = parents.pop() {
        for child in children_of(parent).unwrap_or_default() {
            // Its pid may be in use again since the list was read, or its parent may have ended.
            let is_ours = |stat: Brief| stat.ppid == parent || stat.ppid == own;
            if let Some(pidfd) = pidfd::open_if(child, is_ours) {
                pidfds.push(pidfd);
                parents.push(child);
            }
        }
    }
    pidfds
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::os::fd::AsRawFd;
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_daemonic_child_ends_by_term() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let pidfd = pidfd::open(pidfd::key_of(child.id()).unwrap()).unwrap();
        terminate_daemonic(&[&pidfd]);
        // Should it not have ended on TERM, this KILL is what the status tells.
        child.kill().unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(Signal::TERM.as_raw()));
    }

    #[test]
    fn a_grandchild_is_a_descendant() {
        let mut child = Command::new("sh")
            .args(["-c", "sleep 60 & echo $!; wait"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let grandchild: u32 = line.trim().parse().unwrap();
        let pid_of = |pidfd: &OwnedFd| {
            let info =
                fs::read_to_string(format!("/proc/self/fdinfo/{}", pidfd.as_raw_fd())).unwrap();
            let pid = info.lines().find_map(|line| line.strip_prefix("Pid:")).unwrap();
            pid.trim().parse().unwrap_or_default()
        };
        let mut pids: Vec<u32> = descendants().iter().map(pid_of).collect();
        child.kill().unwrap();
        pidfd::signal(&pidfd::open(pidfd::key_of(grandchild).unwrap()).unwrap(), Signal::KILL);
        child.wait().unwrap();
        // Other tests have children too.
        pids.retain(|pid| [child.id(), grandchild].contains(pid));
        assert_eq!(pids, [child.id(), grandchild]);
        assert_eq!(children_of(child.id()), None);
    }
}
