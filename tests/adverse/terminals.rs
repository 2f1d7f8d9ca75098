//! Terminals that take nothing, tell nothing, or answer at the wrong time.
