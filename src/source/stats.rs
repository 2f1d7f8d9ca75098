//! Reads the stats of single processes, where a whole scan is not worth it.

use crate::linux::{clock, pidfd};
use crate::record::{Pid, Stat, Stats};

/// Reads the stat of those that are there, and says which are not.
pub(crate) fn read_stats(pids: &[Pid], mut read: impl FnMut(Pid) -> Option<Stat>) -> Stats {
    let mut stats = Stats { began: clock::now(), processes: Vec::new(), gone: Vec::new() };
    for pid in pids {
        match read(*pid) {
            Some(stat) => stats.processes.push(stat),
            None if pidfd::is_free(*pid) => stats.gone.push(*pid),
            // It is hidden (proc(5), `hidepid`), or files are short.
            None => {}
        }
    }
    stats
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::procfs::table::ProcTable;

    #[test]
    fn those_that_are_there_are_distinguished_from_those_that_are_not() {
        let own = std::process::id();
        // No pid is as large (kernel/pid.c, PID_MAX_LIMIT).
        let table = ProcTable::open().unwrap();
        let stats = read_stats(&[u32::MAX, own], |pid| table.read_one(pid));
        assert_eq!(stats.processes.iter().map(|stat| stat.key.pid).collect::<Vec<_>>(), [own]);
        assert_eq!(stats.gone, [u32::MAX]);
        let unread = read_stats(&[u32::MAX, own], |_| None);
        assert_eq!((unread.processes.len(), unread.gone), (0, vec![u32::MAX]));
    }
}
