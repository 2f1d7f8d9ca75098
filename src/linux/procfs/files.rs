//! Reads small files below `/proc` and keeps no descriptor open.

use std::ffi::CStr;
use std::path::Path;

use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Mode, OFlags, open, openat, readlinkat};
use rustix::io::{Errno, read};

use crate::record::Fact;

/// A process's folder, opened: what is read through it is of that very process, or fails.
pub fn open_folder(path: impl AsRef<Path>) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    open(path.as_ref(), flags, Mode::empty())
}

/// The folder of a process.
pub(crate) fn open_process(pid: u32) -> Result<OwnedFd, Errno> {
    open_folder(format!("/proc/{pid}"))
}

/// Reads a file into the buffer with a single read, as `/proc` gives small files at once;
/// returns how much was read.
pub fn read_once(folder: impl AsFd, name: &CStr, buffer: &mut [u8]) -> Result<usize, Errno> {
    let file = openat(folder, name, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
    read(&file, buffer)
}

/// Reads a whole file, but no more than `limit` bytes of it.
pub(crate) fn read_all(folder: impl AsFd, name: &CStr, limit: usize) -> Result<Vec<u8>, Errno> {
    let file = openat(folder, name, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
    let mut bytes = vec![0; 4096];
    let mut filled = 0;
    loop {
        match read(&file, &mut bytes[filled..])? {
            0 => break,
            n => filled += n,
        }
        if filled >= limit {
            break;
        }
        if filled == bytes.len() {
            bytes.resize((filled * 2).min(limit.max(filled + 1)), 0);
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// Where a symbolic link leads, invalid UTF-8 replaced.
pub(crate) fn read_link(folder: impl AsFd, name: &CStr) -> Result<String, Errno> {
    let target = readlinkat(folder, name, Vec::with_capacity(128))?;
    Ok(String::from_utf8_lossy(target.as_bytes()).into_owned())
}

/// The result of reading as a fact: a refusal is distinguished from absence.
pub(crate) fn fact<T>(result: Result<T, Errno>) -> Fact<T> {
    match result {
        Ok(value) => Fact::Known(value),
        Err(Errno::ACCESS | Errno::PERM) => Fact::Refused,
        Err(_) => Fact::Absent,
    }
}
