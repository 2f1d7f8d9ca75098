//! What the lab can start, as data: kinds of test processes, and Python programs.

pub mod kind;
pub mod python;

pub use kind::{KINDS, KindRow, LAB_GUARD, LAB_HELPER, Number, TestProcessKind, TestProcessOrder};
pub use python::{PYTHON_PROGRAMS, ProgramOrder, PythonCall, PythonProgram};
