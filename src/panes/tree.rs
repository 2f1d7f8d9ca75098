//! What the tree shows.

pub mod rows;
