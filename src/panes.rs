//! The panes: each a room with its state, its commands and its drawing. Pure.

pub(crate) mod bottom;
pub(crate) mod details;
pub(crate) mod draw_scrollbar;
mod draw_title;
pub(crate) mod family;
pub(crate) mod log;
pub(crate) mod machine;
pub mod scenario;
pub(crate) mod timeline;
pub mod tree;
