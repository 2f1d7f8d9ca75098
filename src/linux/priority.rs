//! The priority of the thread that answers keys, where processors are short.

/// Lets other threads of this program go first. On Linux a nice value is a thread's own
/// (setpriority(2), "C library/kernel differences").
pub(crate) fn step_back() {
    const NICER: i32 = 5;
    // Reading with the priority of all others is as correct.
    let _ = rustix::process::nice(NICER);
}
