//! No signal reaches a process other than the one shown.
