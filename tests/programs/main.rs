//! Real programs in the lab, and its terminals: jobs, typing, hanging up, and that nothing of any
//! of them is left, whoever is killed.

#![expect(clippy::unwrap_used, reason = "what a test expects fails where it is not so")]

mod cleanup;
mod host;
#[path = "../live/support/marked.rs"]
mod marked;
mod python;
#[path = "../live/support/skip.rs"]
mod skip;
mod terminal;
