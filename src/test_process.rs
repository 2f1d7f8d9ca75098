//! Everything that the lab can start, as data: kinds of test processes, and Python programs.

mod caught;
pub(crate) mod kind;
pub(crate) mod python;

pub use caught::CaughtSignal;
pub use kind::KindRow;
pub use kind::{KINDS, LAB_GUARD, LAB_HELPER, Number};
pub use kind::{TestProcessKind, TestProcessOrder};
pub use python::ProgramOrder;
pub use python::PythonProgram;
pub use python::{PYTHON_PROGRAMS, PythonCall};
