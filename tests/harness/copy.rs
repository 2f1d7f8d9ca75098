//! Copies of programs that are to be run.

use std::path::Path;
use std::process::Command;

/// Copies a program. Another process does that: whatever a thread of this one starts meanwhile
/// would have the copy open for a moment, and nobody can run what is open for writing (execve(2):
/// `ETXTBSY`).
#[track_caller]
pub(crate) fn copy_program(from: impl AsRef<Path>, to: impl AsRef<Path>) {
    let status = Command::new("cp").args([from.as_ref(), to.as_ref()]).status();
    assert!(status.expect("cp is everywhere").success());
}
