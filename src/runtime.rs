//! The edge: the loop that feeds the pure update, draws, and does what the update wants done.

pub(crate) mod config;
pub mod finding;
pub mod headless;
pub mod interactive;
pub mod lab_thread;
pub mod listen;
pub mod output;
pub mod play;
pub(crate) mod recorder;
pub mod replay;
pub mod scenarios;
pub mod services;
pub mod signal;
pub mod signals;
pub mod suspend;
pub mod terminal;
