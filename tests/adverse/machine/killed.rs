//! A process that is killed with its test.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// It waits in vfork(2) for its child, which ends with it and neither ends nor execs before.
pub(crate) const VFORK: &str = "import ctypes, time
libc = ctypes.CDLL(None)
print(flush=True)
if libc.vfork() == 0:
    libc.prctl(1, 9)
    time.sleep(300)";

/// A process that is killed when dropped.
pub(crate) struct Killed(pub(crate) Child);

impl Killed {
    /// Starts it, and waits until it has written a line; what that says.
    pub(crate) fn ready(command: &mut Command) -> (Self, String) {
        let mut killed = Self(command.stdout(Stdio::piped()).spawn().unwrap());
        let mut line = String::new();
        BufReader::new(killed.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
        (killed, line)
    }

    /// A script of Python's that writes a line once it is ready.
    pub(crate) fn python(script: &str) -> Self {
        Self::ready(Command::new("python3").args(["-S", "-c", script])).0
    }

    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
