//! Ctrl-Z: stops the whole job, as the terminal would, and comes back with SIGCONT.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use color_eyre::eyre::{Result, bail};
use rustix::process::{Signal, getpid, kill_current_process_group, kill_process};

use crate::linux::wait;
use crate::record::Stat;
use crate::runtime::terminal;
use crate::source::host::ancestors;

/// A shell that ends a stopped job sends it CONT as well, close to the signal that ends it.
const GRACE: Duration = Duration::from_millis(200);
/// Between two looks whether the terminal is this job's.
const LOOK: Duration = Duration::from_millis(20);

/// Stops this process and the others of its job. Returns when it goes on, or at once if there is
/// no shell that could let it go on; whether it stopped, so that a caught TSTP is to be expected.
pub(crate) fn stop_job() -> bool {
    if !can_come_back(&ancestors()) {
        return false;
    }
    // Others of the job, such as the cargo that runs this program, stop by their default. It fails
    // only where nobody may be signaled (kill(2)), and this process always may signal itself.
    let _ = kill_current_process_group(Signal::TSTP);
    // TSTP itself is caught here, so that a stop from outside can tidy up first; STOP is not.
    let _ = kill_process(getpid(), Signal::STOP);
    true
}

/// Waits until this job has the terminal, stopped meanwhile as the kernel stops a job that takes a
/// terminal over from the background (TTOU, setpgid(2)). Returns the signal that ended the wait, if
/// one did: nothing may be done to the terminal then. Fails where it could only wait for ever.
pub(crate) fn wait_for_terminal(reported: &AtomicUsize) -> Result<Option<i32>> {
    loop {
        let mut waited = Duration::ZERO;
        while waited < GRACE {
            match reported.load(Ordering::SeqCst) {
                0 if terminal::is_ours() => return Ok(None),
                0 => wait::sleep(LOOK),
                signal => return Ok(i32::try_from(signal).ok()),
            }
            waited += LOOK;
        }
        if !can_come_back(&ancestors()) {
            bail!("another job has the terminal, and no shell is there to give it to this one");
        }
        // Not caught here; the program that starts this one may have it ignored.
        let _ = kill_current_process_group(Signal::TTOU);
    }
}

/// Whether an ancestor in the same session, but in another group, runs this job. The kernel knows
/// the others as orphaned process groups, and drops TSTP for them (setpgid(2)), but not STOP.
fn can_come_back(ancestors: &[Stat]) -> bool {
    let Some((own, ancestors)) = ancestors.split_first() else { return false };
    ancestors
        .iter()
        .take_while(|ancestor| ancestor.sid == own.sid)
        .any(|ancestor| ancestor.pgid != own.pgid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture::lines;

    fn can_come_back_in(text: &str) -> bool {
        let ancestors: Vec<Stat> = lines(text).into_iter().map(|line| line.stat).collect();
        can_come_back(&ancestors)
    }

    #[test]
    fn only_a_job_of_a_shell_can_come_back() {
        let of_a_shell = "9 8 9 5 1 - pexplore\n 8 5 8 5 1 - cargo\n 5 1 5 5 1 - bash";
        assert!(can_come_back_in(of_a_shell));
        assert!(can_come_back_in("9 8 8 5 1 - pexplore\n 8 5 8 5 1 - cargo\n 5 1 5 5 1 - bash"));
        assert!(!can_come_back_in("9 5 5 5 1 - pexplore\n 5 1 5 5 1 - sh\n 1 0 1 1 - - init"));
        assert!(!can_come_back_in("9 1 9 9 1 - pexplore\n 1 0 1 1 - - init"));
    }
}
