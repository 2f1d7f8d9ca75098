//! Runs pexplore against real processes: the live machine's, and test processes that each test
//! starts and ends.

#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod agreement;
mod cli;
mod fork;
#[expect(dead_code, reason = "each of the programs that have it uses a part of it")]
#[path = "../harness/harness.rs"]
mod harness;
mod hostile;
mod jobs;
mod lifecycle;
mod nobody;
mod python;
mod reparenting;
mod scans;
mod schema;
mod servers;
mod support;
