//! Sentences from values, made at the very end. Pure.

pub mod event;
pub mod outcome;
pub mod story;
