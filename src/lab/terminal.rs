//! The terminal of a session: a pair of pseudoterminal ends, and what is written between them.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::fs::{OFlags, fcntl_setfl};
use rustix::io::Errno;
use rustix::process::{Signal, getpid, ioctl_tiocsctty, setpgid};
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{
    LocalModes, OptionalActions, Winsize, tcgetattr, tcgetpgrp, tcsetattr, tcsetpgrp, tcsetwinsize,
};

use crate::lab::answer::LabError;
use crate::lab::fork;
use crate::linux::wait;

const SIZE: Winsize = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
/// Longer lines are none that the lab has to know.
const LONGEST_LINE: usize = 256;
/// A terminal holds at most 64 KiB (`TTYB_DEFAULT_MEM_LIMIT` in `linux/drivers/tty/tty_buffer.c`).
const MOST_CHUNKS: usize = 16;
/// The longest name of a participant.
const LONGEST_NAME: usize = 64;

/// Both ends of a session's own terminal.
#[derive(Debug)]
pub(super) struct Terminal {
    /// The master end. When its last copy is closed, the terminal hangs up.
    pub(super) master: OwnedFd,
    /// The end of the programs; held, so that the terminal outlives the last of them.
    pub(super) slave: OwnedFd,
    /// The text after the last end of a line.
    unfinished: Vec<u8>,
}

impl Terminal {
    /// Opens one as the terminal of this process, which leads a session that has none.
    pub(super) fn open() -> io::Result<Self> {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let slave = ioctl_tiocgptpeer(&master, flags)?;
        let mut modes = tcgetattr(&slave)?;
        // An echo of typed text would look like output of a program.
        modes.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&slave, OptionalActions::Now, &modes)?;
        tcsetwinsize(&slave, SIZE)?;
        fcntl_setfl(&master, OFlags::RDWR | OFlags::NONBLOCK)?;
        ioctl_tiocsctty(&slave)?;
        Ok(Self { master, slave, unfinished: Vec::new() })
    }

    /// Types a text. Its control characters do what they do on a keyboard.
    pub(super) fn type_text(&self, text: &str) -> Result<(), LabError> {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            match rustix::io::write(&self.master, rest) {
                Ok(n_written) => rest = &rest[n_written..],
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    let why = "the terminal is full: no program reads what is typed";
                    return Err(LabError::new(why));
                }
                Err(error) => return Err(format!("nothing can be typed: {error}").into()),
            }
        }
        // A thread of the kernel works typed text off later, and Ctrl-C would go to the foreground
        // job of then. A look at the other end waits for that, unless an unread line is there
        // (`n_tty_poll` in linux/drivers/tty/n_tty.c).
        wait::one(&self.slave, Duration::ZERO);
        Ok(())
    }

    /// Takes in what was written, and no more at once than there is room for in a terminal; the
    /// lines that are complete.
    pub(super) fn read_lines(&mut self) -> Vec<String> {
        let mut chunk = [0; 4096];
        let mut lines = Vec::new();
        for _ in 0..MOST_CHUNKS {
            let n_read = rustix::io::read(&self.master, &mut chunk).unwrap_or(0);
            if n_read == 0 {
                break;
            }
            self.take_in(&chunk[..n_read], &mut lines);
        }
        lines
    }

    fn take_in(&mut self, bytes: &[u8], lines: &mut Vec<String>) {
        for byte in bytes {
            if *byte == b'\n' {
                let line = std::mem::take(&mut self.unfinished);
                lines.push(String::from_utf8_lossy(&line).trim_end().to_owned());
            } else if self.unfinished.len() < LONGEST_LINE {
                self.unfinished.push(*byte);
            }
        }
    }

    /// Hangs it up while its session goes on.
    ///
    /// Closing the last master sends HUP to the session's leader only; the foreground group gets
    /// its own when the leader ends, as a shell does then. A leader that gives the terminal up is
    /// what sends it here at once (`TIOCNOTTY`, `ioctl_tty(2)`): to itself, where it has no job.
    pub(super) fn hang_up(self) -> io::Result<()> {
        fork::ignore(Signal::HUP);
        let result = fork::give_up_terminal(&self.slave);
        fork::reset_signals();
        ignore_keys();
        result
    }
}

/// Ignores what is typed for the jobs of a session, as a shell does.
pub(super) fn ignore_keys() {
    for signal in [Signal::INT, Signal::QUIT, Signal::TSTP, Signal::TTIN, Signal::TTOU] {
        fork::ignore(signal);
    }
}

/// Makes this process a job of its own, in the foreground of that terminal of its session.
pub(super) fn become_foreground_job(slave: &OwnedFd) -> io::Result<()> {
    setpgid(None, None)?;
    set_foreground(slave, getpid())
}

/// The group that is in the foreground.
pub(super) fn foreground(slave: &OwnedFd) -> Option<rustix::process::Pid> {
    tcgetpgrp(slave).ok()
}

/// Puts a group into the foreground. Signals are as by default after it.
pub(super) fn set_foreground(slave: &OwnedFd, group: rustix::process::Pid) -> io::Result<()> {
    // A process in the background is stopped for it otherwise (tcsetpgrp(3)).
    fork::ignore(Signal::TTOU);
    let result = tcsetpgrp(slave, group);
    fork::reset_signals();
    Ok(result?)
}

/// The name and the pid in a line by which a program announces one of its processes.
pub(super) fn participant(line: &str) -> Option<(&str, u32)> {
    let (name, pid) = line.strip_prefix("participant ")?.split_once(' ')?;
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_name = !name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(is_plain);
    is_name.then_some((name, pid.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_line_of_exactly_that_form_reports_a_participant() {
        assert_eq!(participant("participant worker-1 17"), Some(("worker-1", 17)));
        for other in [
            "participant  17",
            "participant Worker 17",
            "participant a b 17",
            "participant a -1",
            "a participant a 1",
            "participant a",
        ] {
            assert_eq!(participant(other), None, "{other}");
        }
        assert_eq!(participant(&format!("participant {} 1", "a".repeat(LONGEST_NAME + 1))), None);
    }

    #[test]
    fn fuzz_lines_of_programs() {
        crate::tests::fuzz::fuzz("participants", |random| {
            let line =
                random.text(&["participant worker-1 17", "participant a 4194304", "Traceback: x"]);
            if let Some((name, pid)) = participant(&line) {
                assert_eq!(participant(&format!("participant {name} {pid}")), Some((name, pid)));
                assert!((1..=LONGEST_NAME).contains(&name.len()), "{line:?}");
            }
        });
    }
}
