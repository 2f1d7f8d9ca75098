//! The terminal as an output that may refuse bytes and never blocks the program.

use std::io;
use std::sync::OnceLock;
use std::time::Duration;

use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;
use rustix::process::getpgrp;
use rustix::termios::{LocalModes, tcgetattr, tcgetpgrp};

use crate::linux::clock;
use crate::linux::wait::can_write;

/// The one terminal of this program; a panic in any thread has to get at it.
static TTY: OnceLock<Tty> = OnceLock::new();

/// The terminal that standard output is.
pub(super) struct Tty {
    fd: OwnedFd,
    /// So much is written at a time.
    part: usize,
}

impl Tty {
    /// The terminal that standard output is.
    pub(super) fn get() -> io::Result<&'static Self> {
        if TTY.get().is_none() {
            // Another thread may have been faster, which is as good.
            let _ = TTY.set(Self::open()?);
        }
        TTY.get().ok_or_else(|| Errno::NOTTY.into())
    }

    /// Opens it anew: `O_NONBLOCK` belongs to the open file description (`fcntl(2)`), which the
    /// shell and others share.
    fn open() -> io::Result<Self> {
        let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let same = ["/proc/self/fd/1", "/dev/tty"];
        match same.into_iter().find_map(|path| open(path, flags, Mode::empty()).ok()) {
            Some(fd) => Ok(Self { fd, part: usize::MAX }),
            // It may be another user's (su). A terminal that takes anything takes a byte.
            None => Ok(Self { fd: rustix::io::fcntl_dupfd_cloexec(io::stdout(), 3)?, part: 1 }),
        }
    }

    /// Writes what it takes now; how much that was.
    pub(super) fn write(&self, mut bytes: &[u8]) -> io::Result<usize> {
        let all = bytes.len();
        while !bytes.is_empty() && can_write(&self.fd, Duration::ZERO) {
            match rustix::io::write(&self.fd, &bytes[..bytes.len().min(self.part)]) {
                Ok(0) | Err(Errno::AGAIN) => break,
                Ok(length) => bytes = &bytes[length..],
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(all - bytes.len())
    }

    /// Waits until it takes something, but not longer than that.
    pub(super) fn wait(&self, limit: Duration) {
        can_write(&self.fd, limit);
    }

    /// Writes it all, unless the terminal does not take it within that time.
    pub(super) fn write_within(&self, mut bytes: &[u8], limit: Duration) -> io::Result<()> {
        let began = clock::instant();
        loop {
            bytes = &bytes[self.write(bytes)?..];
            let left = limit.saturating_sub(began.elapsed());
            if bytes.is_empty() || left.is_zero() {
                return Ok(());
            }
            self.wait(left);
        }
    }

    /// Whether this job has the terminal. Another one is stopped when it sets modes (TTOU,
    /// `setpgid(2)`). Who is no job of this terminal is never stopped.
    pub(super) fn is_ours(&self) -> bool {
        tcgetpgrp(&self.fd).map_or(true, |group| group == getpgrp())
    }

    /// Whether writing stops a job that does not have the terminal (`stty tostop`).
    pub(super) fn stops_writers(&self) -> bool {
        tcgetattr(&self.fd).is_ok_and(|modes| modes.local_modes.contains(LocalModes::TOSTOP))
    }
}

impl AsFd for Tty {
    fn as_fd(&self) -> rustix::fd::BorrowedFd<'_> {
        self.fd.as_fd()
    }
}
