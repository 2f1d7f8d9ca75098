//! The few calls of a forest's processes that no safe wrapper offers: its only `unsafe` code.

use std::ffi::CString;

/// Whether this process has one thread only, so that what it forks may run any code.
pub(super) fn is_single_threaded() -> bool {
    std::fs::read_dir("/proc/self/task").is_ok_and(|tasks| tasks.count() == 1)
}

/// Forks; whether this is the child, and `None` if no process can be had.
#[expect(unsafe_code, reason = "no safe wrapper of fork exists")]
pub(super) fn fork() -> Option<bool> {
    // SAFETY: the root checked that it has one thread, and nothing in the forest starts another:
    // no lock is held by a thread that the child lacks.
    match unsafe { libc::fork() } {
        -1 => None,
        pid => Some(pid == 0),
    }
}

/// Ends this process at once, without exit handlers.
#[expect(unsafe_code, reason = "no safe wrapper of _exit exists")]
pub(super) fn exit(code: i32) -> ! {
    // SAFETY: _exit takes any code and touches no memory of this process.
    unsafe { libc::_exit(code) }
}

/// Lets the kernel reap the children of this process and of those that it forks.
#[expect(unsafe_code, reason = "no safe wrapper of signal exists")]
pub(super) fn reap_children_unasked() {
    // SAFETY: SIG_IGN installs no handler.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_IGN) };
}

/// Sets the kernel's name for this process; it cuts what is too long.
pub(super) fn set_name(name: &str) {
    if let Ok(name) = CString::new(name) {
        // A process that keeps its old name is as good to measure on.
        let _ = rustix::thread::set_name(&name);
    }
}

/// Writes another command line over the arguments, filled up to their length. The arguments must
/// not be asked for afterwards.
#[expect(unsafe_code, reason = "the arguments' memory belongs to no Rust object")]
pub(super) fn set_command_line(line: &str) {
    let Some((start, length)) = arguments_in_memory() else { return };
    let text = line.bytes().chain(std::iter::repeat(b'x')).take(length - 1);
    let start = std::ptr::with_exposed_provenance_mut::<u8>(start);
    for (offset, byte) in text.chain([0]).enumerate() {
        // SAFETY: the kernel put `length` writable bytes there at exec, for this process alone;
        // `std` keeps pointers to them but no references, and nothing reads them after this.
        unsafe { start.add(offset).write(byte) };
    }
}

/// Where the arguments are and how long: fields 48 and 49 of stat (`proc_pid_stat(5)`).
fn arguments_in_memory() -> Option<(usize, usize)> {
    let line = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = line.rsplit_once(')')?.1.split_ascii_whitespace().skip(48 - 3);
    let start: usize = fields.next()?.parse().ok()?;
    let end: usize = fields.next()?.parse().ok()?;
    (start > 0 && end > start).then_some((start, end - start))
}
