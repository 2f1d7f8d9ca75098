//! A process whose memory does not answer holds up nothing but its own row.
