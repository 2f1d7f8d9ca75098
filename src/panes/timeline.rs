//! What the timeline shows.

pub mod lanes;
