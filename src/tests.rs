//! Whole-program tests without a program: records and keys go in, screens come out.

pub(crate) mod fixture;
pub(crate) mod fuzz;
mod ghosts;
pub(crate) mod journey;
mod journeys;
mod keys;
mod lifecycle;
mod log;
mod picture;
mod scenarios;
mod sent_signals;
mod timeline;
mod trouble;
