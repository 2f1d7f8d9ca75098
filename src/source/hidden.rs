//! Processes that are missing in a pass over the table, and live all the same: `/proc` may hide
//! those of other users (proc(5), `hidepid`), and a process may become another user's.

use std::collections::HashSet;

use crate::linux::pidfd;
use crate::record::{Pid, Stat};

/// Remembers the processes of one pass until the next.
#[derive(Default)]
pub(super) struct Hidden {
    known: HashSet<Pid>,
}

impl Hidden {
    /// The pids of processes that an earlier pass found, that are missing in this one, and that
    /// live.
    pub(super) fn find(&mut self, processes: &[Stat]) -> Vec<Pid> {
        let found: HashSet<Pid> = processes.iter().map(|stat| stat.key.pid).collect();
        // Where pid 1 is seen, everybody is.
        let missing = self.known.difference(&found).filter(|_| !found.contains(&1));
        let hidden: Vec<Pid> = missing.copied().filter(|pid| lives(*pid)).collect();
        self.known = found;
        self.known.extend(&hidden);
        hidden
    }
}

/// Whether a process of that pid runs. A pidfd needs no permission (`pidfd_open(2)`); where none is
/// to be had, signal 0 tells.
fn lives(pid: Pid) -> bool {
    match pidfd::open(pid) {
        Ok(pidfd) => !pidfd::has_ended(pidfd),
        Err(error) => !pidfd::says_gone(error) && !pidfd::is_free(pid),
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command};

    use super::*;
    use crate::linux::procfs::table::ProcTable;

    struct Sleeper(Child);

    impl Drop for Sleeper {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[test]
    fn who_is_missing_and_lives_is_hidden_until_it_ends() {
        let mut sleeper = Sleeper(Command::new("sleep").arg("1000").spawn().unwrap());
        let stat = ProcTable::open().unwrap().read_one(sleeper.0.id()).unwrap();
        let init =
            Stat { key: crate::record::key::ProcessKey { pid: 1, ..stat.key }, ..stat.clone() };
        let pid = stat.key.pid;
        let mut hidden = Hidden::default();
        assert!(hidden.find(&[init.clone(), stat.clone()]).is_empty());
        assert!(hidden.find(&[init]).is_empty(), "nobody is hidden where pid 1 is seen");
        let mut hidden = Hidden::default();
        assert!(hidden.find(std::slice::from_ref(&stat)).is_empty());
        for _ in 0..2 {
            assert_eq!(hidden.find(&[]), [pid]);
        }
        sleeper.0.kill().unwrap();
        sleeper.0.wait().unwrap();
        assert!(hidden.find(&[]).is_empty());
    }
}
