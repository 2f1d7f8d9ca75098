//! Kernel threads, and the mains that head a pid namespace.

use crate::record::Arguments;
use crate::roles::{Finding, Subject};
use crate::verdict::Evidence;

/// The pid of `kthreadd` in the initial pid namespace; it proves nothing in others.
const KTHREADD: u32 = 2;

pub(super) fn kernel_thread(subject: Subject<'_>) -> Option<Finding> {
    let process = subject.process();
    if process.stat.is_kernel_thread() {
        return Finding::certain(Evidence::KernelThread);
    }
    let has_no_program = process.stat.flags.is_none()
        && process.executable().is_none()
        && process.command_line().is_none_or(Arguments::is_empty);
    let under_kthreadd =
        process.stat.ppid == KTHREADD || (subject.pid() == KTHREADD && process.stat.ppid == 0);
    if has_no_program && under_kthreadd && *subject.world().host().system == *"Linux" {
        return Finding::likely(Evidence::UnderKernelThreads);
    }
    None
}

pub(super) fn head(subject: Subject<'_>) -> Option<Finding> {
    let process = subject.process();
    if subject.pid() == 1 {
        return Finding::certain(Evidence::PidOne);
    }
    if subject.heads_namespace() {
        return Finding::certain(Evidence::HeadsNamespace);
    }
    if process.stat.ppid == 0 {
        return Finding::likely(Evidence::ParentOutside);
    }
    None
}
