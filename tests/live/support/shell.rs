//! A shell in a terminal of its own.

use crate::harness::processes::{children_of, command_line};
use crate::harness::pty::{Pty, Start};
use crate::harness::wait::wait_for;
use crate::support::test_processes::TestProcesses;

/// A shell with job control, and the test processes that it starts.
pub(crate) struct Shell {
    pub(crate) pid: u32,
    pub(crate) test_processes: TestProcesses,
    pty: Pty,
}

impl Shell {
    /// Starts bash.
    pub(crate) fn start() -> Self {
        let mut test_processes = TestProcesses::new();
        let pty = Pty::start(&Start {
            rows: 24,
            cols: 80,
            program: "bash",
            arguments: &["--norc", "--noprofile", "-i"],
            environment: &[test_processes.mark()],
        });
        let pid = pty.pid();
        test_processes.adopt(pid);
        pty.read(|_| true);
        Self { pid, test_processes, pty }
    }

    /// Types a line.
    pub(crate) fn type_line(&mut self, line: &str) {
        self.pty.send(&format!("{line}\n"));
    }

    /// Waits for the child of the shell that runs this command.
    pub(crate) fn job(&self, command: &str) -> u32 {
        wait_for(command, || {
            children_of(self.pid).into_iter().find(|child| command_line(*child) == command)
        })
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // While the terminal still stands: its hang-up would let some of them reload or scatter.
        self.test_processes.end();
        self.pty.wait();
    }
}
