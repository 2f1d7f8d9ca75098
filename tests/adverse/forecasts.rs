//! What a forecast says where the kernel delays or refuses a signal.
