//! This process as the mounted `/proc` shows it, which may be that of another pid namespace: after
//! `nsenter --pid` or `unshare --pid` that of before, after `nsenter --mount` another's.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{PROC_SUPER_MAGIC, statfs};
use rustix::process::getpid;

use crate::record::{Pid, PidNamespace};

/// The pid by which `/proc` knows this process; `None` where it does not.
pub(crate) fn own_pid() -> Option<Pid> {
    own_pids().ok()?.first().copied()
}

/// Whether `/proc` is that of this process's own pid namespace. One that cannot be read shows no
/// process, so none by a pid of elsewhere.
pub(crate) fn namespace() -> PidNamespace {
    match own_pids() {
        Ok(pids) => namespace_of(&pids, getpid().as_raw_nonzero().get().cast_unsigned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound && is_mounted() => {
            PidNamespace::Other
        }
        Err(_) => PidNamespace::Own,
    }
}

/// Whether there is a `/proc`, though perhaps one that does not have this process.
pub(crate) fn is_mounted() -> bool {
    statfs("/proc").is_ok_and(|filesystem| filesystem.f_type == PROC_SUPER_MAGIC)
}

/// The file of this program, to start it again: itself where `/proc` leads to it, else its path
/// when it was started (`AT_EXECFN`, getauxval(3)).
pub(crate) fn own_program() -> PathBuf {
    let link = Path::new("/proc/self/exe");
    if own_pid().is_some() {
        return link.into();
    }
    OsStr::from_bytes(rustix::param::linux_execfn().to_bytes()).into()
}

fn own_pids() -> io::Result<Vec<Pid>> {
    Ok(pids(&std::fs::read_to_string("/proc/self/status")?))
}

/// A process's pids, from that in the namespace of `/proc` to that in its own
/// (`proc_pid_status(5)`: `NSpid`, since Linux 4.1).
fn pids(status: &str) -> Vec<Pid> {
    let line = |name| status.lines().find_map(|line| line.strip_prefix(name));
    let numbers = line("NSpid:").or_else(|| line("Pid:")).unwrap_or_default();
    numbers.split_ascii_whitespace().map_while(|number| number.parse().ok()).collect()
}

/// The number alone may be the same in both: there is one of it only where the namespaces are.
fn namespace_of(pids: &[Pid], own: Pid) -> PidNamespace {
    if *pids == [own] { PidNamespace::Own } else { PidNamespace::Other }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proc_that_knows_this_process_by_other_numbers_is_of_another_namespace() {
        let reported = |status: &str| namespace_of(&pids(status), 7);
        assert_eq!(reported("Pid:\t7\nNSpid:\t7\n"), PidNamespace::Own);
        assert_eq!(reported("Pid:\t7\n"), PidNamespace::Own);
        assert_eq!(reported("Pid:\t900\nNSpid:\t900\t7\n"), PidNamespace::Other);
        assert_eq!(reported("Pid:\t7\nNSpid:\t7\t7\n"), PidNamespace::Other, "the same by chance");
        assert_eq!(reported("Pid:\t900\n"), PidNamespace::Other);
        assert_eq!(reported(""), PidNamespace::Other);
        assert_eq!(pids("Pid:\t900\nNSpid:\t900\t7\n"), [900, 7]);
    }

    #[test]
    fn this_process_is_known_here() {
        assert_eq!((own_pid(), namespace()), (Some(std::process::id()), PidNamespace::Own));
        assert!(is_mounted() && own_program().exists());
    }
}
