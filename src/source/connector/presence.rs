//! The presence in `/proc` of a process whose leader has ended.

use rustix::io::Errno;

use crate::linux::pidfd;
use crate::linux::procfs::table::ProcTable;
use crate::record::{BootTime, Pid};
use crate::source::connector::threads::Presence;

/// The presence in `/proc` of a process whose leader ended at that time.
pub(super) fn presence(table: &ProcTable, nanos_per_tick: u64, pid: Pid, at: BootTime) -> Presence {
    let Some(stat) = table.read_one(pid) else {
        let has_ended = pidfd::open(pid).map(pidfd::has_ended);
        return unread(has_ended, || pidfd::is_free(pid));
    };
    let birth = stat.key.start_ticks().unwrap_or(0).saturating_mul(nanos_per_tick);
    // A process born in the clock tick of the end was seen to be born, so nobody asks: this one is
    // a successor.
    let is_successor = birth.saturating_add(nanos_per_tick) > at.0;
    let others = stat.threads.unwrap_or(1).saturating_sub(1);
    if is_successor {
        Presence::Ended
    } else if !stat.state.has_ended() {
        Presence::Lives
    } else if others > 0 {
        Presence::Threads(others)
    } else {
        Presence::Ended
    }
}

/// Of one that is gone, or hidden from this user (proc(5), `hidepid`): then nobody says how many
/// threads there are. One at least, so that it is asked again.
fn unread(has_ended: Result<bool, Errno>, is_free: impl FnOnce() -> bool) -> Presence {
    let has_ended = has_ended.unwrap_or_else(|error| pidfd::says_gone(error) || is_free());
    if has_ended { Presence::Ended } else { Presence::Threads(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_hidden_has_not_ended_though_its_pidfd_is_refused() {
        let presence = |has_ended, is_free| unread(has_ended, || is_free);
        for refusal in [Errno::PERM, Errno::ACCESS, Errno::NOSYS, Errno::MFILE] {
            assert_eq!(presence(Err(refusal), false), Presence::Threads(1));
            assert_eq!(presence(Err(refusal), true), Presence::Ended);
        }
        assert_eq!(presence(Err(Errno::SRCH), false), Presence::Ended);
        assert_eq!(presence(Ok(true), false), Presence::Ended);
        assert_eq!(presence(Ok(false), false), Presence::Threads(1));
    }

    #[test]
    fn who_was_born_in_the_tick_of_an_end_is_a_successor() {
        let table = ProcTable::open().unwrap();
        let own = table.read_one(std::process::id()).unwrap().key;
        let nanos_per_tick =
            crate::record::host::nanos_per_tick(rustix::param::clock_ticks_per_second());
        let born = own.start_ticks().unwrap() * nanos_per_tick;
        let presence = |at| presence(&table, nanos_per_tick, own.pid, BootTime(at));
        assert_eq!(presence(born + nanos_per_tick - 1), Presence::Ended);
        assert_eq!(presence(born + nanos_per_tick), Presence::Lives);
    }
}
