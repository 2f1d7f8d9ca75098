//! pexplore where things are not as usual: other namespaces, terminals that take nothing,
//! permission that is refused.
//!
//! What a test needs of the machine it asks of [`machine`]; where that is not to be had it prints
//! `skipped: needs …` and returns, and fails under `PEXPLORE_TEST_ALL=1`.

#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod facts;
mod forecasts;
#[expect(dead_code, reason = "each of the programs that have it uses a part of it")]
#[path = "../harness/harness.rs"]
mod harness;
#[expect(dead_code, reason = "it serves other tests, too")]
#[path = "../blocking/held.rs"]
mod held;
mod jobs;
mod lab;
mod lifecycle;
mod machine;
mod memory;
mod pipes;
mod reuse;
mod roles;
mod signals;
mod subtree;
#[expect(dead_code, reason = "it serves other tests, too")]
#[path = "../live/support.rs"]
mod support;
mod terminals;
mod unreadable;
