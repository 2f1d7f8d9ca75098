//! The permanent identity of a process inside pexplore.

use slotmap::new_key_type;

use crate::record::Pid;

new_key_type! {
    /// The place of a process in the world's index.
    pub(crate) struct Handle;
}

/// A process, for as long as it is remembered: given by the world once, never changed, never given
/// to another. What the outside calls it is its [`ProcessKey`](crate::record::ProcessKey).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ProcessId {
    pub pid: Pid,
    pub(crate) handle: Handle,
}
