//! What all tests against real processes share: terminals, waiting, what `/proc` says, and what
//! they need of the machine.

pub(crate) mod copy;
pub(crate) mod needs;
pub(crate) mod processes;
pub(crate) mod pty;
pub(crate) mod terminal;
pub(crate) mod wait;
