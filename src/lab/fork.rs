//! Calls that no safe wrapper offers. The only `unsafe` code of the lab.

use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd};
use std::sync::atomic::{AtomicI32, Ordering};
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

/// Gives up the terminal of the session that this process leads. The kernel sends HUP and CONT to
/// the foreground group, and the whole session has no terminal any more (`ioctl_tty(2)`).
#[expect(unsafe_code, reason = "no safe wrapper of this request exists")]
pub(super) fn give_up_terminal(terminal: &OwnedFd) -> io::Result<()> {
    // SAFETY: TIOCNOTTY takes no argument and touches no memory of this process.
    let failed = unsafe { libc::ioctl(terminal.as_raw_fd(), libc::TIOCNOTTY) };
    if failed == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// The pipe to which the handler of TERM writes the sender's pid.
static TERM_PIPE: AtomicI32 = AtomicI32::new(-1);

/// Catches TERM: the pid of each sender, four bytes, is written to the pipe, which stays open.
#[expect(unsafe_code, reason = "no safe wrapper of sigaction tells the sender")]
pub(super) fn catch_term(pipe: OwnedFd) -> io::Result<()> {
    TERM_PIPE.store(pipe.into_raw_fd(), Ordering::Relaxed);
    let handler: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) = on_term;
    // SAFETY: a zeroed sigaction is a valid one with an empty mask, the handler has the signature
    // that SA_SIGINFO asks for (sigaction(2)), and it calls only what a handler may call.
    let failed = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler as libc::sighandler_t;
        action.sa_flags = libc::SA_SIGINFO;
        libc::sigaction(libc::SIGTERM, &raw const action, std::ptr::null_mut())
    };
    if failed == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[expect(unsafe_code, reason = "a signal handler may call nothing else (signal-safety(7))")]
extern "C" fn on_term(_: libc::c_int, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
    // SAFETY: the kernel passes a valid siginfo; errno is this thread's own, and is put back
    // because the interrupted code may be about to read it; write takes the bytes of a local.
    unsafe {
        let errno = *libc::__errno_location();
        let sender = (*info).si_pid().to_ne_bytes();
        libc::write(TERM_PIPE.load(Ordering::Relaxed), sender.as_ptr().cast(), sender.len());
        *libc::__errno_location() = errno;
    }
}
