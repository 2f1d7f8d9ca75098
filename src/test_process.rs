//! Everything that the lab can start, as data: kinds of test processes, and Python programs.

mod caught;
pub(crate) mod kind;
pub(crate) mod python;

pub use caught::CaughtSignal;
pub use kind::{KINDS, KindRow, LAB_GUARD, LAB_HELPER, Number, TestProcessKind, TestProcessOrder};
pub use python::{PYTHON_PROGRAMS, ProgramOrder, PythonCall, PythonProgram};
