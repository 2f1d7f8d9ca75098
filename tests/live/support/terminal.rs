//! A shell in a terminal of its own.

use std::io::{Read, Write};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::support::test_processes::{TestProcesses, children_of, command_line};
use crate::support::wait_for;

/// A shell with job control, and the specimens that it starts.
pub(crate) struct Shell {
    pub(crate) pid: u32,
    pub(crate) test_processes: TestProcesses,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    /// The terminal lasts as long as this side of it.
    _master: Box<dyn MasterPty + Send>,
}

impl Shell {
    /// Starts bash.
    pub(crate) fn start() -> Self {
        let mut test_processes = TestProcesses::new();
        let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("there are terminals");
        let mut command = CommandBuilder::new("bash");
        command.args(["--norc", "--noprofile", "-i"]);
        let (name, mark) = test_processes.mark();
        command.env(name, mark);
        let child = pair.slave.spawn_command(command).expect("bash starts");
        let pid = child.process_id().expect("a started process has a pid");
        test_processes.adopt(pid);
        let mut output = pair.master.try_clone_reader().expect("the terminal can be read");
        std::thread::spawn(move || {
            let mut sink = [0; 4096];
            while output.read(&mut sink).is_ok_and(|length| length > 0) {}
        });
        let writer = pair.master.take_writer().expect("the terminal can be written");
        Self { pid, test_processes, writer, child, _master: pair.master }
    }

    /// Types a line.
    pub(crate) fn type_line(&mut self, line: &str) {
        writeln!(self.writer, "{line}").expect("the shell reads its terminal");
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
        drop(self.child.wait());
    }
}
