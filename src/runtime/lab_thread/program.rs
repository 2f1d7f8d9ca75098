//! Python programs in the user's own lab, and the normal end of its main.

use crate::app::input::Outcome;
use crate::lab::LabError;
use crate::runtime::lab_thread::{Done, Labs};
use crate::test_process::{PythonProgram, TestProcessKind, TestProcessOrder};

impl Labs {
    /// Starts a program as the job of a session of its own.
    pub(super) fn run_program(&mut self, program: &'static PythonProgram) -> Done<()> {
        let session = self.own.start(TestProcessOrder::new(TestProcessKind::Session))?;
        let parent = session.processes.first().copied();
        let parent = parent.ok_or_else(|| LabError::new("the session ended at once"))?;
        if let Some(main) = session.main {
            self.report_main(main)?;
        }
        self.report_all(TestProcessKind::Session.row().name, &session)?;
        let started = self.own.run_python(program.name, parent).inspect_err(|_| {
            // The session was started for it alone. That it has ended is said by its row.
            let _ = self.own.end(parent);
        })?;
        self.report_all(program.name, &started)?;
        let file = format!("{}.py", program.name);
        let first = started.processes.first();
        first.map_or(Ok(()), |key| self.send(Outcome::ProgramStarted(file, *key)))
    }

    /// Has the lab's main end, if there is one.
    pub(super) fn end_main(&mut self) -> Done<()> {
        let main = self.own_main.filter(|_| self.own.is_running());
        let main = main.ok_or_else(|| LabError::new("the lab has no main that could end"))?;
        self.own.end(main)?;
        self.send(Outcome::MainAskedToEnd(main))
    }
}
