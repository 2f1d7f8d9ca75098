//! Reads what stays the same about this machine.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustix::param::{clock_ticks_per_second, page_size};
use rustix::process::getpid;
use rustix::system::uname;

use crate::model::host::{Host, OwnProcesses, ScanSource, Sender};
use crate::model::key::Pid;
use crate::model::process::Stat;
use crate::source::clock;
use crate::source::procfs::status::Status;
use crate::source::procfs::table::ProcTable;

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
        utc_offset_s: utc_offset_s(),
        scan,
        own: own_processes(),
    }
}

/// What local time adds to UTC now. `/etc/localtime` is the answer itself, unless `TZ` names
/// another zone (tzset(3)), for which the whole database is searched.
fn utc_offset_s() -> i32 {
    let zone = match std::env::var_os("TZ") {
        Some(_) => None,
        None => std::fs::read("/etc/localtime").ok(),
    };
    let zone = zone.and_then(|rules| TimeZone::tzif("local", &rules).ok());
    let zone = zone.unwrap_or_else(TimeZone::system);
    zone.to_offset(Timestamp::now()).seconds()
}

/// This process and its ancestors as they are now, the nearest first.
pub fn lineage() -> Vec<Stat> {
    let mut lineage: Vec<Stat> = Vec::new();
    let Ok(table) = ProcTable::open() else { return lineage };
    let mut next = Some(getpid().as_raw_nonzero().get().cast_unsigned());
    while let Some(pid) = next.filter(|pid| lineage.iter().all(|stat| stat.key.pid != *pid)) {
        let Some(stat) = table.read_one(pid) else { break };
        next = Some(stat.ppid);
        lineage.push(stat);
    }
    lineage
}

/// Who must never be stopped from here, as things are now: this process, its ancestors, and the
/// leader of its terminal's session.
pub fn own_processes() -> OwnProcesses {
    let lineage = lineage();
    let Some((own, above)) = lineage.split_first() else { return OwnProcesses::default() };
    let pid = own.key.pid;
    let mut ancestors: Vec<Pid> = above.iter().map(|stat| stat.key.pid).collect();
    // 0 is a leader outside of this pid namespace.
    let leader = own.sid.filter(|leader| *leader != 0 && *leader != pid);
    ancestors.extend(leader.filter(|leader| !ancestors.contains(leader)));
    OwnProcesses { pid, ancestors, sender: sender() }
}

/// As whom this process sends signals.
fn sender() -> Option<Sender> {
    Status::parse(&std::fs::read("/proc/self/status").ok()?).sender
}
