//! Reads what a process has just become: the two files that say so.

use std::sync::Arc;

use rustix::fd::OwnedFd;

use crate::model::event::Image;
use crate::model::key::Pid;
use crate::source::procfs::facts::{COMMAND_LINE_READ, arguments};
use crate::source::procfs::files::{open_process, read_all, read_once};

/// Reads name and arguments of the process that has this pid now; `None` if there is none.
pub fn read(pid: Pid) -> Option<Image> {
    let folder = open_process(pid).ok()?;
    let mut buffer = [0; 256];
    let length = read_once(&folder, c"comm", &mut buffer).ok()?;
    let comm = buffer[..length].strip_suffix(b"\n").unwrap_or(&buffer[..length]);
    let comm = String::from_utf8_lossy(comm).into();
    Some(Image { comm, command_line: read_arguments(&folder) })
}

/// Reads the arguments of the process that has this pid now; `None` if it has none.
pub fn command_line(pid: Pid) -> Option<Arc<str>> {
    read_arguments(&open_process(pid).ok()?)
}

fn read_arguments(folder: &OwnedFd) -> Option<Arc<str>> {
    // A zombie has none any more; a program that was run without any argument is rare.
    let bytes = read_all(folder, c"cmdline", COMMAND_LINE_READ).ok()?;
    (!bytes.is_empty()).then(|| arguments(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::arguments::Arguments;

    #[test]
    fn a_process_can_be_read_while_it_is_there() {
        let own = read(std::process::id()).unwrap();
        let first = own.command_line.as_deref().and_then(|joined| Arguments::of(joined).first());
        assert_eq!(first.map(str::to_owned), std::env::args().next());
        assert!(!own.comm.is_empty());
        assert_eq!(read(0), None);
    }
}
