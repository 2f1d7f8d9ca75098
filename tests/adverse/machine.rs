//! What the tests need of the machine, each reported in a word where it is not to be had.

pub(crate) mod another_user;
pub(crate) mod blocked_pty;
pub(crate) mod denied;
pub(crate) mod freezer;
pub(crate) mod held_pipe;
pub(crate) mod killed;
pub(crate) mod namespace;
