//! Facts of unusual processes: ended main threads, deleted executables, titles, users.
