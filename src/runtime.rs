//! The edge: the loop that feeds the pure update, draws, and does what the update wants done.

pub mod effects;
pub mod headless;
pub mod interactive;
pub mod listen;
pub mod output;
pub mod signal;
pub mod suspend;
pub mod terminal;
