//! Python programs in the user's own lab, and the normal end of its main.

use crate::app::input::Outcome;
use crate::lab::LabError;
use crate::runtime::lab_thread::{Labs, Listened, NobodyListens, id_of};
use crate::test_process::{PythonProgram, TestProcessKind, TestProcessOrder};

impl Labs {
    /// Starts a program as the job of a session of its own.
    pub(super) fn run_program(
        &mut self,
        program: &'static PythonProgram,
    ) -> Result<Listened<()>, LabError> {
        let session = self.own.start(TestProcessOrder::of(TestProcessKind::Session))?;
        let parent = session.processes.first().map(|own| id_of(*own));
        let parent = parent.ok_or_else(|| LabError::new("the session ended at once"))?;
        let name = TestProcessKind::Session.row().name;
        if self.report_all(name, session.main, &session.processes).is_err() {
            return Ok(Err(NobodyListens));
        }
        let started = match self.own.run_python(program.name, parent) {
            Ok(started) => started,
            Err(error) => {
                // The session was started for it alone. That it has ended is said by its row.
                let _ = self.own.end(parent);
                return Err(error);
            }
        };
        let reported = self.report_all(program.name, None, &started.processes).and_then(|keys| {
            let key = keys.first();
            let file = format!("{}.py", program.name);
            key.map_or(Ok(()), |key| self.tell(Outcome::ProgramStarted(file, *key)))
        });
        Ok(reported)
    }

    /// Has the lab's main end, if there is one.
    pub(super) fn end_main(&mut self) -> Result<Listened<()>, LabError> {
        let main = self.own_main.filter(|_| self.own.is_running());
        let main = main.ok_or_else(|| LabError::new("the lab has no main that could end"))?;
        self.own.end(main)?;
        Ok(self.tell(Outcome::Said(format!("the lab's main {} was asked to end", main.pid))))
    }
}
