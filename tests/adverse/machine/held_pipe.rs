//! A pipe that somebody holds and nobody reads.

use std::process::{Child, Command, Stdio};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::pipe::{PipeFlags, fcntl_setpipe_size, pipe_with};
use rustix::process::{Pid, Signal, kill_process};

use crate::harness::wait::wait_for;

/// A pipe of a page.
const ROOM: usize = 4096;

/// A program that writes into such a pipe, and is killed when dropped.
pub(crate) struct IntoHeldPipe {
    child: Child,
    _held: OwnedFd,
    /// The end that the program has, too.
    output: OwnedFd,
}

impl IntoHeldPipe {
    pub(crate) fn start(command: &mut Command) -> Self {
        let (held, output) = pipe_with(PipeFlags::CLOEXEC).unwrap();
        fcntl_setpipe_size(&held, ROOM).unwrap();
        let stdout = Stdio::from(output.try_clone().unwrap());
        let child = command.stdout(stdout).stderr(Stdio::null()).spawn().unwrap();
        // The command would keep an end of its own open.
        command.stdout(Stdio::null());
        Self { child, _held: held, output }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits until the pipe takes no more.
    pub(crate) fn wait_until_full(&self, mut meanwhile: impl FnMut()) {
        wait_for("a full pipe", || {
            meanwhile();
            let mut fds = [PollFd::new(&self.output, PollFlags::OUT)];
            let now = Timespec { tv_sec: 0, tv_nsec: 0 };
            (poll(&mut fds, Some(&now)).unwrap() == 0).then_some(())
        });
    }

    /// Its exit code; `None` where a signal ended it.
    pub(crate) fn wait_for_end(&mut self) -> Option<i32> {
        wait_for("its end", || self.child.try_wait().unwrap()).code()
    }
}

impl Drop for IntoHeldPipe {
    fn drop(&mut self) {
        // It may have ended by itself; nothing that a test starts outlives the test.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
