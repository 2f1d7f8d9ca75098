//! Sentences from values, made at the very end. Pure.

pub(crate) mod command;
pub(crate) mod event;
pub(crate) mod outcome;
pub(crate) mod process;
pub(crate) mod series;
pub(crate) mod story;
pub(crate) mod trouble;
