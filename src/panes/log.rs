//! What the log pane shows.

pub mod lives;
pub mod repeats;
