//! Reads what stays the same about this machine.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustix::param::{clock_ticks_per_second, page_size};
use rustix::process::getpid;
use rustix::system::uname;

use crate::model::host::{Host, OwnProcesses, ScanSource};
use crate::model::key::Pid;
use crate::source::clock;
use crate::source::procfs::files::{open_process, read_once};
use crate::source::procfs::stat;
use crate::source::procfs::table::ProcTable;

/// Describes this machine, for records from that source.
pub fn this_host(scan: ScanSource) -> Host {
    let system = uname();
    let text = |text: &std::ffi::CStr| Arc::from(text.to_string_lossy());
    let boot_id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok();
    let mut host = Host {
        name: text(system.nodename()),
        kernel: text(system.release()),
        boot_id: boot_id.map(|id| id.trim().into()),
        boot_unix_nanos: clock::boot_unix_nanos(),
        ticks_per_second: clock_ticks_per_second(),
        page_size: page_size() as u64,
        cpus: std::thread::available_parallelism()
            .map_or(1, |cpus| u32::try_from(cpus.get()).unwrap_or(u32::MAX)),
        utc_offset_s: utc_offset_s(),
        scan,
        own: OwnProcesses::default(),
    };
    host.own = own_processes(&host);
    host
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

/// The session of a process; 0 if its leader is outside of this pid namespace, which
/// [`rustix::process::getsid`] cannot say.
pub fn session_of(pid: Pid) -> Option<Pid> {
    let mut line = [0; 2048];
    let length = read_once(open_process(pid).ok()?, c"stat", &mut line).ok()?;
    stat::parse_session(&line[..length])
}

fn own_processes(host: &Host) -> OwnProcesses {
    let pid = getpid().as_raw_nonzero().get().cast_unsigned();
    let mut ancestors = Vec::new();
    if let Ok(table) = ProcTable::open(host) {
        let mut next = table.read_one(pid).map(|stat| stat.ppid);
        while let Some(ancestor) = next.filter(|pid| *pid != 0 && !ancestors.contains(pid)) {
            ancestors.push(ancestor);
            next = table.read_one(ancestor).map(|stat| stat.ppid);
        }
    }
    let leader = session_of(pid).filter(|leader| *leader != 0 && *leader != pid);
    ancestors.extend(leader.filter(|leader| !ancestors.contains(leader)));
    OwnProcesses { pid, ancestors }
}
