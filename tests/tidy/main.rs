//! The invariants of the architecture, each held by the text of the sources.

#![expect(clippy::unwrap_used, reason = "what a test expects fails where it is not so")]

mod cycles;
mod layers;
mod papers;
mod sizes;
mod sources;
mod words;
