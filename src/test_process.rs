//! What the lab can start, as data: kinds of test processes, and Python programs.

pub mod kind;
pub mod python;
