//! Returns freed memory to the system: glibc keeps it for each thread, and for as long as anything
//! stands above it.

use crate::linux::clock;
use crate::linux::kernel::{give_back_memory, share_one_arena};
use crate::record::BootTime;

/// Lets all threads share what one of them freed. To be called before there are any.
pub fn share() {
    share_one_arena();
}

/// It takes a millisecond where there is much to give back.
const NANOS_BETWEEN: u64 = 10_000_000_000;

/// Gives memory back now and then.
#[derive(Debug, Default)]
pub(crate) struct GiveBack {
    next: BootTime,
}

impl GiveBack {
    /// Gives back what is free, unless it did a moment ago.
    pub(crate) fn if_due(&mut self) {
        let now = clock::now();
        if now >= self.next {
            self.next = BootTime(now.0.saturating_add(NANOS_BETWEEN));
            give_back_memory();
        }
    }
}
