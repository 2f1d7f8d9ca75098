//! Reports about a world without a screen: one file a format.

pub(crate) mod escape;
pub(crate) mod events;
pub(crate) mod explain;
pub(crate) mod json;
pub(crate) mod target;
pub(crate) mod tree;
