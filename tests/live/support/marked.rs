//! The processes of one lab, by the mark that they carry.

use std::fmt::Display;
use std::fs;

use pexplore::lab::MARK;

/// The processes that the lab of that pexplore started, with helper and guard. One that has ended
/// carries nothing.
pub(crate) fn marked(pexplore: impl Display) -> Vec<u32> {
    let entries = fs::read_dir("/proc").expect("a /proc").flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| is_marked(*pid, &pexplore)).collect()
}

/// Whether a process carries the mark of that pexplore.
pub(crate) fn is_marked(pid: u32, pexplore: impl Display) -> bool {
    let mark = format!("{MARK}={pexplore}");
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
}
