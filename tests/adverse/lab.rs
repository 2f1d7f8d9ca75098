//! The lab beside processes that only look like its own.
