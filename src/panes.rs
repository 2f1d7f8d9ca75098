//! What the panes show: each a room with its state, its commands and its drawing. Pure.

pub mod bottom;
pub mod details;
mod draw_title;
pub mod family;
pub mod log;
pub mod scenario;
pub mod timeline;
pub mod tree;
