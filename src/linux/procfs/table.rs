//! The table of processes: the listing of `/proc`, and one read of `stat` per process.

use std::collections::HashMap;
use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::sync::Arc;

use rustix::fd::OwnedFd;
use rustix::fs::{RawDir, SeekFrom, seek};
use rustix::io::Errno;
use rustix::param::{clock_ticks_per_second, page_size};

use crate::linux::procfs::stat::{self, Units};
use crate::linux::procfs::{files, threads};
use crate::record::{Pid, ProcessKey, Stat, State};

/// Room for the longest stat line: 52 numbers of 20 digits, and a name of 64 bytes.
const STAT_ROOM: usize = 2048;
/// Room for a few hundred entries of the listing per system call.
const LISTING_ROOM: usize = 32 * 1024;

/// Reads the table again and again, reusing its buffers and the names that did not change.
pub struct ProcTable {
    folder: OwnedFd,
    units: Units,
    names: HashMap<Pid, (ProcessKey, Arc<str>)>,
    pids: Vec<Pid>,
    listing: Vec<MaybeUninit<u8>>,
}

impl ProcTable {
    /// Opens `/proc`.
    pub fn open() -> Result<Self, Errno> {
        let units = Units {
            ticks_per_second: clock_ticks_per_second(),
            page_size: page_size() as u64,
            sees_wait_status: rustix::process::geteuid().is_root(),
        };
        Ok(Self {
            folder: files::open_folder("/proc")?,
            units,
            names: HashMap::new(),
            pids: Vec::new(),
            listing: vec![MaybeUninit::uninit(); LISTING_ROOM],
        })
    }

    /// One pass. A process that vanishes between the listing and its turn is left out.
    pub fn read(&mut self) -> Result<Vec<Stat>, Errno> {
        self.list()?;
        let mut processes = Vec::with_capacity(self.pids.len());
        let mut buffer = [0; STAT_ROOM];
        for pid in &self.pids {
            let path = StatPath::of(*pid);
            let length = match files::read_once(&self.folder, path.as_c_str(), &mut buffer) {
                Ok(length) => length,
                // Nothing could be read of any: that is not to say that there is none.
                Err(error @ (Errno::MFILE | Errno::NFILE | Errno::NOMEM)) => return Err(error),
                Err(_) => continue,
            };
            let names = &mut self.names;
            let name = |key, bytes: &[u8]| shared_name(names, key, bytes);
            let stat = stat::parse(&buffer[..length], self.units, name).filter(is_there);
            processes.extend(stat.map(|stat| self.of_living_threads(stat)));
        }
        if self.names.len() > 2 * processes.len() + 64 {
            let living: std::collections::HashSet<Pid> = self.pids.iter().copied().collect();
            self.names.retain(|pid, _| living.contains(pid));
        }
        Ok(processes)
    }

    /// Reads one process, if it lives.
    pub fn read_one(&self, pid: Pid) -> Option<Stat> {
        let mut buffer = [0; STAT_ROOM];
        let path = StatPath::of(pid);
        let length = files::read_once(&self.folder, path.as_c_str(), &mut buffer).ok()?;
        let name = |_, bytes: &[u8]| String::from_utf8_lossy(bytes).into();
        let stat = stat::parse(&buffer[..length], self.units, name).filter(is_there)?;
        Some(self.of_living_threads(stat))
    }

    /// A main thread that has ended has no memory; its process has, and the other threads tell it.
    fn of_living_threads(&self, mut stat: Stat) -> Stat {
        if stat.has_lost_its_main_thread() {
            stat.usage.resident = self.resident_by_thread(stat.key.pid);
        }
        stat
    }

    fn resident_by_thread(&self, pid: Pid) -> Option<u64> {
        let thread = threads::living(files::open_process(pid).ok()?)?;
        let mut buffer = [0; STAT_ROOM];
        let length = files::read_once(&thread, c"stat", &mut buffer).ok()?;
        stat::parse(&buffer[..length], self.units, |_, _| Arc::default())?.usage.resident
    }

    fn list(&mut self) -> Result<(), Errno> {
        seek(&self.folder, SeekFrom::Start(0))?;
        self.pids.clear();
        let mut entries = RawDir::new(&self.folder, &mut self.listing);
        while let Some(entry) = entries.next() {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name.first().is_some_and(u8::is_ascii_digit) {
                let pid = std::str::from_utf8(name).ok().and_then(|name| name.parse::<Pid>().ok());
                self.pids.extend(pid);
            }
        }
        Ok(())
    }
}

/// Whether the kernel still has the process: while it removes one, it says neither its parent nor
/// its group, and no thread (fs/proc/array.c, `do_task_stat`).
fn is_there(stat: &Stat) -> bool {
    stat.state != State::Dead && stat.threads != Some(0)
}

/// The name of a process; where it did not change since the last time, the copy that was made then.
fn shared_name(
    names: &mut HashMap<Pid, (ProcessKey, Arc<str>)>,
    key: ProcessKey,
    bytes: &[u8],
) -> Arc<str> {
    if let Some((known, name)) = names.get(&key.pid)
        && *known == key
        && name.as_bytes() == bytes
    {
        return name.clone();
    }
    let name: Arc<str> = String::from_utf8_lossy(bytes).into();
    names.insert(key.pid, (key, name.clone()));
    name
}

/// `PID/stat` as a C string on the stack.
struct StatPath {
    bytes: [u8; 16],
    start: usize,
}

impl StatPath {
    const TAIL: &'static [u8; 6] = b"/stat\0";

    fn of(mut pid: Pid) -> Self {
        let mut bytes = [0; 16];
        let mut start = bytes.len() - Self::TAIL.len();
        bytes[start..].copy_from_slice(Self::TAIL);
        loop {
            start -= 1;
            bytes[start] = b'0' + u8::try_from(pid % 10).expect("a digit is below 10");
            pid /= 10;
            if pid == 0 {
                break;
            }
        }
        Self { bytes, start }
    }

    fn as_c_str(&self) -> &CStr {
        CStr::from_bytes_with_nul(&self.bytes[self.start..]).expect("the only NUL is the last byte")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_the_kernel_removes_is_not_there_any_more() {
        let line = |state, parent: &str, threads| {
            let line = format!(
                "30 (a) {state} {parent} 0 -1 0 0 0 0 0 0 0 0 0 20 0 {threads} 0 500 0 0 0"
            );
            let units = ProcTable::open().unwrap().units;
            stat::parse(line.as_bytes(), units, |_, _| "a".into()).unwrap()
        };
        assert!(is_there(&line('R', "20 20 20", 1)));
        assert!(is_there(&line('Z', "20 20 20", 1)));
        assert!(!is_there(&line('X', "20 20 20", 1)));
        assert!(!is_there(&line('Z', "0 -1 -1", 0)));
    }

    #[test]
    fn paths_hold_any_pid() {
        assert_eq!(StatPath::of(1).as_c_str(), c"1/stat");
        assert_eq!(StatPath::of(u32::MAX).as_c_str(), c"4294967295/stat");
    }
}
