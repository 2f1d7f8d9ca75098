//! Real programs in the lab, and its terminals: jobs, typing, hanging up, and that nothing of any
//! of them is left, whoever is killed.

#![expect(clippy::unwrap_used, reason = "what a test expects fails where it is not so")]

mod cleanup;
#[expect(dead_code, reason = "each of the programs that have it uses a part of it")]
#[path = "../harness/harness.rs"]
mod harness;
mod host;
mod python;
mod terminal;
