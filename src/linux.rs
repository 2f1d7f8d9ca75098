//! Tools of the system, one of each.

pub mod clock;
pub(crate) mod kernel;
pub(crate) mod pidfd;
pub(crate) mod priority;
pub mod procfs;
pub(crate) mod wait;
