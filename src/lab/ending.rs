//! How the helper ends what it started: daemonic children politely, then all its descendants.

use std::fs;
use std::os::fd::OwnedFd;
use std::process;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Signal, WaitOptions, wait as wait_for_child};

use crate::lab::{pidfd, wait};

/// How long daemonic children may take to heed TERM.
const GRACE: Duration = Duration::from_millis(200);
const ROUND: Duration = Duration::from_millis(5);
/// Two seconds of rounds: what still lives then cannot be killed (`D` state).
const MAX_ROUNDS: usize = 400;

/// What a main does with its daemonic children on a normal end.
pub(super) fn dismiss(daemonic: &[&OwnedFd]) {
    for child in daemonic {
        pidfd::signal(child, Signal::TERM);
    }
    pidfd::wait_for_all(daemonic.iter().copied(), GRACE);
}

/// Kills and reaps until this process has no child left. It is a subreaper, so whatever a
/// specimen forked becomes its child before the end.
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
        wait::pause(ROUND);
    }
}

/// Whether this process has children that have not ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Children {
    /// At least one.
    Some,
    /// Not one.
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
    let mut children = Vec::new();
    for task in fs::read_dir(format!("/proc/{pid}/task")).ok()?.flatten() {
        let list = fs::read_to_string(task.path().join("children")).ok()?;
        children.extend(list.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
    }
    Some(children)
}

/// Pidfds of all descendants, parents before their children.
fn descendants() -> Vec<OwnedFd> {
    let own = process::id();
    let mut pidfds = Vec::new();
    let mut parents = vec![own];
    while let Some(parent) = parents.pop() {
        for child in children_of(parent).unwrap_or_default() {
            // Its pid may be in use again since the list was read, or its parent may have ended.
            let is_ours = |stat: pidfd::Stat| stat.ppid == parent || stat.ppid == own;
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
    use std::os::unix::process::ExitStatusExt;
    use std::process::Command;

    use super::*;

    #[test]
    fn a_daemonic_child_ends_by_term() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let pidfd = pidfd::Identity::of(child.id()).unwrap().open().unwrap();
        dismiss(&[&pidfd]);
        // Should it have heeded no TERM, this KILL is what the status tells.
        child.kill().unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(Signal::TERM.as_raw()));
    }

    #[test]
    fn a_child_is_listed_under_its_parent() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        assert!(children_of(process::id()).unwrap().contains(&child.id()));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(children_of(child.id()), None);
    }
}
