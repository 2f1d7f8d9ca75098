//! Programs that may not send a signal by a pidfd, or not even open one, as in a sandbox
//! (seccomp(2)).

use std::process::Command;

use crate::harness::needs::{need, skip};

/// Sets the filter and becomes the program: a call and `pidfd_send_signal` (424 on all machines)
/// fail with that error.
const DENY: &str = "import ctypes, os, struct, sys
deny, allow = 0x50000 | int(sys.argv[1]), 0x7fff0000
steps = (0x20, 0, 0, 0), (0x15, 1, 0, int(sys.argv[2])), (0x15, 0, 1, 424), (6, 0, 0, deny), (6, 0, 0, allow)
steps = ctypes.create_string_buffer(b''.join(struct.pack('HBBI', *step) for step in steps))
program = ctypes.create_string_buffer(struct.pack('@HP', 5, ctypes.addressof(steps)))
call = ctypes.CDLL(None).prctl
if call(38, 1, 0, 0, 0) != 0 or call(22, 2, program) != 0:
    sys.exit(77)
os.execvp(sys.argv[3], sys.argv[3:])";

/// The arguments of `python3` that run a command without pidfds (`pidfd_open` is 434); `None`
/// where that is not to be had.
pub(crate) fn without_pidfds<'a>(errno: &'a str, command: &[&'a str]) -> Option<Vec<&'a str>> {
    denied("434", errno, command)
}

/// The same for one that opens pidfds and may send nothing.
pub(crate) fn without_sending<'a>(errno: &'a str, command: &[&'a str]) -> Option<Vec<&'a str>> {
    denied("424", errno, command)
}

/// The same for one that may not change what the kernel keeps of it (prctl(2)).
pub(crate) fn without_prctl<'a>(errno: &'a str, command: &[&'a str]) -> Option<Vec<&'a str>> {
    let number = if cfg!(target_arch = "x86_64") { "157" } else { "167" };
    denied(number, errno, command)
}

fn denied<'a>(call: &'a str, errno: &'a str, command: &[&'a str]) -> Option<Vec<&'a str>> {
    if !need("python3") {
        return None;
    }
    let wrapped = |command: &[&'a str]| [&["-S", "-c", DENY, errno, call], command].concat();
    let tried = Command::new("python3").args(wrapped(&["true"])).status();
    if !tried.is_ok_and(|status| status.success()) {
        skip("seccomp");
        return None;
    }
    Some(wrapped(command))
}
