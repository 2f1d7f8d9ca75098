//! The floor: what the kernel asks for a bare pass over all processes, with nothing made of it.

use std::mem::MaybeUninit;

use rustix::fd::OwnedFd;
use rustix::fs::{RawDir, SeekFrom, seek};

use pexplore::linux::procfs::files::{open_folder, read_once};

/// Lists `/proc`, and opens, reads and closes every process's stat into one buffer.
pub(crate) struct Floor {
    folder: OwnedFd,
    listing: Vec<MaybeUninit<u8>>,
    paths: Vec<Vec<u8>>,
    buffer: Vec<u8>,
}

impl Floor {
    pub(crate) fn open() -> Self {
        Self {
            folder: open_folder("/proc").expect("/proc is mounted"),
            listing: vec![MaybeUninit::uninit(); 32 * 1024],
            paths: Vec::new(),
            buffer: vec![0; 2048],
        }
    }

    /// Lists the processes; how many there are.
    pub(crate) fn list(&mut self) -> usize {
        seek(&self.folder, SeekFrom::Start(0)).expect("/proc can be read from its start");
        let mut entries = RawDir::new(&self.folder, &mut self.listing);
        let mut n_processes = 0;
        while let Some(Ok(entry)) = entries.next() {
            let name = entry.file_name().to_bytes();
            if !name.first().is_some_and(u8::is_ascii_digit) {
                continue;
            }
            if n_processes == self.paths.len() {
                self.paths.push(Vec::with_capacity(16));
            }
            let path = &mut self.paths[n_processes];
            path.clear();
            path.extend_from_slice(name);
            path.extend_from_slice(b"/stat\0");
            n_processes += 1;
        }
        n_processes
    }

    /// One bare pass; how many bytes were read.
    pub(crate) fn pass(&mut self) -> usize {
        let n_processes = self.list();
        let (folder, buffer) = (&self.folder, &mut self.buffer);
        let read = self.paths[..n_processes].iter().filter_map(|path| {
            let path = std::ffi::CStr::from_bytes_with_nul(path).ok()?;
            read_once(folder, path, buffer).ok()
        });
        read.sum()
    }
}
