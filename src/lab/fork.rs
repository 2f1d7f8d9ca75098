//! The few calls that no safe wrapper offers. The only `unsafe` code of the lab.

use std::{fs, io};

use rustix::process::{Pid, Signal};

/// Forks; `None` in the child. Refuses in a process with more than one thread.
#[expect(unsafe_code, reason = "no safe wrapper of fork exists")]
pub(super) fn fork() -> io::Result<Option<Pid>> {
    if fs::read_dir("/proc/self/task")?.count() != 1 {
        return Err(io::Error::other("only a process with a single thread may fork"));
    }
    // SAFETY: this is the only thread, as was just checked, so no lock is held by another one and
    // the child may run any code.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        pid => Ok(Pid::from_raw(pid)),
    }
}

/// Ends this process at once, without exit handlers, which belong to the process that was forked.
#[expect(unsafe_code, reason = "no safe wrapper of _exit exists")]
pub(super) fn exit(code: i32) -> ! {
    // SAFETY: _exit takes any code and touches no memory of this process.
    unsafe { libc::_exit(code) }
}

/// Lets every signal do what it does by default and blocks none: both are inherited over exec.
#[expect(unsafe_code, reason = "no safe wrapper of signal and sigprocmask exists")]
pub(super) fn reset_signals() {
    for number in 1..=libc::SIGRTMAX() {
        // SAFETY: SIG_DFL installs no handler; KILL, STOP and the numbers that the C library
        // keeps for itself are refused, which changes nothing.
        unsafe { libc::signal(number, libc::SIG_DFL) };
    }
    // SAFETY: a zeroed sigset_t is a valid one, sigemptyset makes it the empty set, and
    // sigprocmask reads it and writes nothing.
    unsafe {
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut());
    }
}

/// Ignores a signal.
#[expect(unsafe_code, reason = "no safe wrapper of signal exists")]
pub(super) fn ignore(signal: Signal) {
    // SAFETY: SIG_IGN installs no handler.
    unsafe { libc::signal(signal.as_raw(), libc::SIG_IGN) };
}
