//! Reads name and command line right after an exec: two files.

use std::sync::Arc;

use crate::linux::procfs::facts::{COMMAND_LINE_READ, arguments};
use crate::linux::procfs::files::{open_process, read_all, read_once};
use crate::record::Pid;

/// Reads the name of the process that has this pid now; `None` if there is none. It waits for
/// nobody (fs/proc/base.c, `comm_show`).
pub(crate) fn comm(pid: Pid) -> Option<Arc<str>> {
    let mut buffer = [0; 256];
    let length = read_once(open_process(pid).ok()?, c"comm", &mut buffer).ok()?;
    let comm = buffer[..length].strip_suffix(b"\n").unwrap_or(&buffer[..length]);
    Some(String::from_utf8_lossy(comm).into())
}

/// Reads the arguments of the process that has this pid now; `None` if it has none.
pub(crate) fn command_line(pid: Pid) -> Option<Arc<str>> {
    let folder = open_process(pid).ok()?;
    // A zombie has none any more; a program that was run without any argument is rare.
    let bytes = read_all(&folder, c"cmdline", COMMAND_LINE_READ).ok()?;
    (!bytes.is_empty()).then(|| arguments(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Arguments;

    #[test]
    fn a_process_can_be_read_while_it_is_there() {
        let own = std::process::id();
        let line = command_line(own).unwrap();
        let first = Arguments::new(&line).first();
        assert_eq!(first.map(str::to_owned), std::env::args().next());
        assert!(!comm(own).unwrap().is_empty());
        assert_eq!((comm(0), command_line(0)), (None, None));
    }
}
