//! The input of a forecast: the reach of the signal, and the dispositions of its target.

use serde::{Deserialize, Serialize};

use crate::record::SignalMasks;

/// The reach of a signal.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub(crate) enum Scope {
    Process,
    /// The process and all its living descendants, the newly born among them.
    Subtree,
}

/// The state of knowledge about the target's dispositions.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Masks {
    /// It is being read.
    #[default]
    Unread,
    /// The source does not tell.
    Unknown,
    Known(SignalMasks),
}
