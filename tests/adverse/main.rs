//! pexplore where things are not as usual: other namespaces, terminals that take nothing,
//! permission that is refused.
//!
//! What a test needs of the machine it asks of [`harness`]; where that is not to be had it prints
//! `skipped: needs …` and returns, and fails under `PEXPLORE_TEST_ALL=1`.

#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod facts;
mod forecasts;
mod harness;
#[expect(dead_code, reason = "it serves other tests, too")]
#[path = "../blocking/held.rs"]
mod held;
mod lab;
mod lifecycle;
#[path = "../live/support/marked.rs"]
mod marked;
mod memory;
mod pipes;
#[path = "../terminal/pty.rs"]
mod pty;
mod reuse;
mod roles;
mod signals;
mod subtree;
#[expect(dead_code, reason = "it serves other tests, too")]
#[path = "../live/support.rs"]
mod support;
mod terminals;
mod unreadable;
