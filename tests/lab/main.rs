//! The lab against the real binary: what each test process is, and that none outlives pexplore,
//! whichever process is killed.
//!
//! Each test has a host: this test binary, executed again, holds a lab in a process that can be
//! killed. Whatever the lab starts there carries the host's pid in its environment, so tests can
//! run side by side and nothing is looked for by name.

#![expect(clippy::unwrap_used, reason = "what a test expects fails where it is not so")]

mod ends;
#[expect(dead_code, reason = "each of the programs that have it uses a part of it")]
#[path = "../harness/harness.rs"]
mod harness;
mod host;
mod kinds;
mod restart;
mod verdicts;
