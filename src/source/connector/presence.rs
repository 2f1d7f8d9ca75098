//! What `/proc` says of a process whose leader has ended.

use crate::model::key::Pid;
use crate::model::time::BootTime;
use crate::source::connector::threads::Presence;
use crate::source::pidfd;
use crate::source::procfs::table::ProcTable;

/// What `/proc` says of a process whose leader ended at that time.
pub(super) fn presence(table: &ProcTable, nanos_per_tick: u64, pid: Pid, at: BootTime) -> Presence {
    let Some(stat) = table.read_one(pid) else {
        // It is gone, or hidden from this user (proc(5), `hidepid`), and then nobody says how many
        // threads there are: one at least, so that it is asked again.
        let runs = pidfd::open(pid).is_ok_and(|pidfd| !pidfd::has_ended(pidfd));
        return if runs { Presence::Threads(1) } else { Presence::Ended };
    };
    let birth = stat.key.start_ticks().unwrap_or(0).saturating_mul(nanos_per_tick);
    // Whose birth is in the clock tick of the end was seen to be born, and then nobody asks: what
    // is there is a successor.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_born_in_the_tick_of_an_end_is_a_successor() {
        let table = ProcTable::open().unwrap();
        let own = table.read_one(std::process::id()).unwrap().key;
        let nanos_per_tick = 1_000_000_000 / rustix::param::clock_ticks_per_second();
        let born = own.start_ticks().unwrap() * nanos_per_tick;
        let presence = |at| presence(&table, nanos_per_tick, own.pid, BootTime(at));
        assert_eq!(presence(born + nanos_per_tick - 1), Presence::Ended);
        assert_eq!(presence(born + nanos_per_tick), Presence::Lives);
    }
}
