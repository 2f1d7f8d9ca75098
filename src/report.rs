//! What is said of a world without a screen: one file a format.

pub mod escape;
pub mod events;
pub mod explain;
pub mod json;
pub mod target;
pub mod tree;
