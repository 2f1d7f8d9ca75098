//! What each pane shows. Pure.

pub mod log;
pub mod timeline;
pub mod tree;
