//! Threads of a process: `/proc/PID/task` (`proc_pid_task(5)`).

use std::ffi::CString;
use std::os::fd::AsFd;

use rustix::fd::OwnedFd;
use rustix::fs::{Dir, Mode, OFlags, openat};

use crate::linux::procfs::files::{open_process, read_all, read_once};
use crate::linux::procfs::stat;
use crate::linux::procfs::status::Status;
use crate::record::Pid;

/// So many threads are looked at for a living one.
const MOST_LOOKED_AT: usize = 64;
const STATUS_LIMIT: usize = 64 * 1024;

/// The folder of a thread that lives, below the folder of its process.
pub(crate) fn living(process: impl AsFd) -> Option<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let tasks = openat(process, c"task", flags, Mode::empty()).ok()?;
    let names = Dir::read_from(&tasks).ok()?.filter_map(Result::ok);
    let names = names.map(|entry| entry.file_name().to_owned());
    let numbers = names.filter(|name: &CString| name.to_bytes()[0].is_ascii_digit());
    numbers.take(MOST_LOOKED_AT).find_map(|name| {
        let folder = openat(&tasks, &name, flags, Mode::empty()).ok()?;
        let mut buffer = [0; 2048];
        let length = read_once(&folder, c"stat", &mut buffer).ok()?;
        (!stat::brief(&buffer[..length]).map(|brief| brief.state)?.has_ended()).then_some(folder)
    })
}

/// The process that a thread belongs to; `None` if no thread has that number.
pub(crate) fn process_of(thread: Pid) -> Option<Pid> {
    let folder = open_process(thread).ok()?;
    Status::parse(&read_all(&folder, c"status", STATUS_LIMIT).ok()?).thread_group
}
