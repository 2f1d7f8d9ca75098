//! What is asked of a forecast: how far the signal goes, and what its target does with signals.

use serde::{Deserialize, Serialize};

use crate::record::SignalMasks;

/// Whom a signal is sent to.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub(crate) enum Scope {
    Process,
    /// The process and all its living descendants, the newly born among them.
    Subtree,
}

/// What is known of what the target does with signals.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Masks {
    /// It is being read.
    #[default]
    Unread,
    /// The source does not tell.
    Unknown,
    Known(SignalMasks),
}
