//! What cannot be read is not said to be absent.
