//! The edge: the loop that feeds the pure update, draws, and executes effects.

pub(crate) mod config;
pub(crate) mod finding;
pub(crate) mod headless;
pub(crate) mod interactive;
pub(crate) mod lab_thread;
pub(crate) mod listen;
pub(crate) mod log;
pub mod output;
pub(crate) mod play;
pub(crate) mod recorder;
pub(crate) mod replay;
pub(crate) mod scenarios;
pub(crate) mod services;
pub mod signal;
pub(crate) mod signals;
pub(crate) mod suspend;
pub mod terminal;
