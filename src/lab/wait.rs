//! Waiting for file descriptors, with a limit and without a clock.

use std::os::fd::AsFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// Waits until one of them is ready or the time is over; says whether one is.
/// A descriptor that cannot be polled counts as ready, so that nobody waits for ever.
pub(super) fn any(fds: &mut [PollFd<'_>], limit: Option<Duration>) -> bool {
    let limit = limit.map(|limit| Timespec::try_from(limit).expect("limits are a few seconds"));
    loop {
        match poll(fds, limit.as_ref()) {
            Ok(n_ready) => return n_ready > 0,
            Err(Errno::INTR) => {}
            Err(_) => return true,
        }
    }
}

/// Waits until it can be read or has ended; says whether it is so.
pub(super) fn one(fd: impl AsFd, limit: Duration) -> bool {
    any(&mut [readable(&fd)], Some(limit))
}

/// Lets the time pass.
pub(super) fn pause(limit: Duration) {
    any(&mut [], Some(limit));
}

/// What is polled for: something to read, or the end of the other side, which is always told.
pub(super) fn readable(fd: &impl AsFd) -> PollFd<'_> {
    PollFd::new(fd, PollFlags::IN)
}

/// Whether a poll found it ready.
pub(super) fn is_ready(fd: &PollFd<'_>) -> bool {
    !fd.revents().is_empty()
}
