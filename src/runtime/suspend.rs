//! Ctrl-Z: stops the whole job, as the terminal would, and comes back with SIGCONT.

use rustix::process::{Pid, Signal, getpid, getppid, kill_current_process_group, kill_process};

use crate::source::host::session_of;

/// Stops this process and the others of its job. Returns when it goes on, or at once if there is
/// no shell that could let it go on; whether it stopped, so that a caught TSTP is to be expected.
pub fn stop_job() -> bool {
    if !can_come_back() {
        return false;
    }
    // Others of the job, such as the cargo that runs this program, stop by their default.
    let _ = kill_current_process_group(Signal::TSTP);
    // TSTP itself is caught here, so that a stop from outside can tidy up first; STOP is not.
    let _ = kill_process(getpid(), Signal::STOP);
    true
}

/// A job whose parent is in another session is not under any shell's job control.
fn can_come_back() -> bool {
    let number = |pid: Pid| pid.as_raw_nonzero().get().cast_unsigned();
    let own = session_of(number(getpid()));
    let parents = getppid().and_then(|parent| session_of(number(parent)));
    own.is_some() && own != Some(number(getpid())) && own == parents
}
