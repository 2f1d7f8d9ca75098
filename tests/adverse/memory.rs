//! What pexplore remembers stays within its bound.
