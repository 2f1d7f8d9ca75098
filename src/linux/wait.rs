//! Waiting: for file descriptors, with a limit, and for time to pass.

use std::os::fd::AsFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::linux::clock;

/// Waits until one of them is ready, the time is over or a signal comes; whether one is ready.
///
/// # Errors
///
/// What poll(2) says of descriptors that cannot be polled.
pub(crate) fn poll_once(fds: &mut [PollFd<'_>], limit: Option<Duration>) -> Result<bool, Errno> {
    // A time too long for a timespec is for ever.
    let limit = limit.and_then(|limit| Timespec::try_from(limit).ok());
    match poll(fds, limit.as_ref()) {
        Ok(n_ready) => Ok(n_ready > 0),
        Err(Errno::INTR) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Waits until one of them is ready or the time is over, whatever signals come; whether one is.
/// A descriptor that cannot be polled counts as ready, so that nobody waits for ever.
pub(crate) fn any(fds: &mut [PollFd<'_>], limit: Option<Duration>) -> bool {
    let began = clock::instant();
    loop {
        let left = limit.map(|limit| limit.saturating_sub(began.elapsed()));
        match poll_once(fds, left) {
            Ok(false) if left.is_none_or(|left| !left.is_zero()) => {}
            Ok(is_ready) => return is_ready,
            Err(_) => return true,
        }
    }
}

/// Waits until it can be read or has ended; whether it is so.
pub(crate) fn one(fd: impl AsFd, limit: Duration) -> bool {
    any(&mut [readable(&fd)], Some(limit))
}

/// Waits until something can be written there, a signal comes or the time is over; whether it can.
pub(crate) fn can_write(sink: impl AsFd, limit: Duration) -> bool {
    poll_once(&mut [PollFd::new(&sink, PollFlags::OUT)], Some(limit)) == Ok(true)
}

/// Lets the time pass.
#[expect(clippy::disallowed_methods, reason = "the one place where anybody sleeps")]
pub(crate) fn sleep(time: Duration) {
    std::thread::sleep(time);
}

/// Polls a descriptor for input, or for the end of the other side, which is always reported.
pub(crate) fn readable(fd: &impl AsFd) -> PollFd<'_> {
    PollFd::new(fd, PollFlags::IN)
}

/// Whether a poll found it ready.
pub(crate) fn is_ready(fd: &PollFd<'_>) -> bool {
    !fd.revents().is_empty()
}
