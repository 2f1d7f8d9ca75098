//! Reads the facts that stay the same about this machine.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone, TimeZoneTransition};
use rustix::param::{clock_ticks_per_second, page_size};
use rustix::system::uname;

use crate::linux::clock;
use crate::linux::procfs::own;
use crate::linux::procfs::status::Status;
use crate::linux::procfs::table::ProcTable;
use crate::record::{Host, OwnProcesses, Pid, ScanSource, Sender, Stat, UtcOffsets};

/// So many changes of the offset are known before now, and after: two come in a year.
const MOST_CHANGES: usize = 40;

/// Describes this machine, for records from that source.
pub fn this_host(scan: ScanSource) -> Host {
    let system = uname();
    let text = |text: &std::ffi::CStr| Arc::from(text.to_string_lossy());
    let boot_id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok();
    Host {
        name: text(system.nodename()),
        system: text(system.sysname()),
        kernel: text(system.release()),
        boot_id: boot_id.map(|id| id.trim().into()),
        boot_unix_nanos: clock::boot_unix_nanos(),
        ticks_per_second: clock_ticks_per_second(),
        page_size: page_size() as u64,
        cpus: std::thread::available_parallelism()
            .map_or(1, |cpus| u32::try_from(cpus.get()).unwrap_or(u32::MAX)),
        clock_step_nanos: 0,
        utc_offsets: utc_offsets(&zone(), Timestamp::now()),
        scan,
        namespace: own::namespace(),
        own: own_processes(),
    }
}

/// The zone of local time. `/etc/localtime` is the answer itself, unless `TZ` names another zone
/// (tzset(3)), for which the whole database is searched.
fn zone() -> TimeZone {
    let zone = match std::env::var_os("TZ") {
        Some(_) => None,
        None => std::fs::read("/etc/localtime").ok(),
    };
    let zone = zone.and_then(|rules| TimeZone::tzif("local", &rules).ok());
    zone.unwrap_or_else(TimeZone::system)
}

/// The offsets of local time from UTC, at the times around this one.
fn utc_offsets(zone: &TimeZone, now: Timestamp) -> UtcOffsets {
    let change = |change: TimeZoneTransition| (change.timestamp().as_second(), change.offset());
    let mut changes: Vec<(i64, Offset)> =
        zone.preceding(now).take(MOST_CHANGES).map(change).collect();
    // Before the earliest of these, that one's offset holds not yet.
    let earliest = changes.last().map_or(now.as_second(), |(since, _)| since.saturating_sub(1));
    let first = Timestamp::from_second(earliest).unwrap_or(now);
    changes.push((first.as_second(), zone.to_offset(first)));
    changes.reverse();
    changes.extend(zone.following(now).take(MOST_CHANGES).map(change));
    let in_seconds = changes.into_iter().map(|(since, offset)| (since, offset.seconds()));
    UtcOffsets(in_seconds.collect())
}

/// This process and its ancestors as they are now, the nearest first; nobody where `/proc` does not
/// have this process.
pub(crate) fn ancestors() -> Vec<Stat> {
    let mut ancestors: Vec<Stat> = Vec::new();
    let Ok(table) = ProcTable::open() else { return ancestors };
    let mut next = own::own_pid();
    while let Some(pid) = next.filter(|pid| ancestors.iter().all(|stat| stat.key.pid != *pid)) {
        let Some(stat) = table.read_one(pid) else { break };
        next = Some(stat.ppid);
        ancestors.push(stat);
    }
    ancestors
}

/// The processes that must never be stopped from here, as things are now: this one, its ancestors,
/// and the leader of its terminal's session.
pub(crate) fn own_processes() -> OwnProcesses {
    let ancestors = ancestors();
    let Some((own, above)) = ancestors.split_first() else { return OwnProcesses::default() };
    let pid = own.key.pid;
    let mut ancestors: Vec<Pid> = above.iter().map(|stat| stat.key.pid).collect();
    // 0 is a leader outside of this pid namespace.
    let leader = own.sid.filter(|leader| *leader != 0 && *leader != pid);
    ancestors.extend(leader.filter(|leader| !ancestors.contains(leader)));
    OwnProcesses { pid, ancestors, sender: sender() }
}

/// The credentials with which this process sends signals.
fn sender() -> Option<Sender> {
    Status::parse(&std::fs::read("/proc/self/status").ok()?).sender
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_has_the_offsets_of_summer_and_of_winter() {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let offsets = utc_offsets(&zone, at("2026-11-26T02:00:00Z"));
        let offset = |text: &str| offsets.at(at(text).as_second());
        assert_eq!(offset("2026-10-25T00:59:59Z"), 7200);
        assert_eq!(offset("2026-10-25T01:00:00Z"), 3600);
        assert_eq!(offset("2027-07-01T00:00:00Z"), 7200);
        let fixed = utc_offsets(&TimeZone::fixed(Offset::constant(-5)), at("2026-11-26T02:00:00Z"));
        assert_eq!(fixed.at(0), -18_000);
    }
}
