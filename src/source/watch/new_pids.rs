//! The pids that were given since the last look, by the last one that was.

use std::collections::HashSet;
use std::ffi::CStr;

use rustix::fd::OwnedFd;
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::{Errno, pread};

use crate::linux::procfs::files::read_once;
use crate::record::Pid;

/// So many pids are looked at one by one; for more, a pass over the table costs less.
const MOST: u32 = 1024;
/// The pids below are not given again after the first round (kernel/pid.c, `RESERVED_PIDS`).
const FIRST_AGAIN: Pid = 300;

/// The pids that were given since.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fresh {
    /// These, to processes and threads alike; some may have ended.
    Pids(Vec<Pid>),
    /// More than are worth looking at one by one.
    TooMany,
}

/// Follows the last pid given: field 5 of `/proc/loadavg` (`proc_loadavg(5)`).
pub(super) struct NewPids {
    file: OwnedFd,
    last: Pid,
    /// `/proc/sys/kernel/pid_max`: the pids are below it.
    limit: Pid,
    /// The pids that are looked at once more.
    again: HashSet<Pid>,
}

impl NewPids {
    /// Follows from now on.
    pub(super) fn open() -> Result<Self, Errno> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let file = openat(CWD, c"/proc/loadavg", flags, Mode::empty())?;
        let limit = number_in(c"/proc/sys/kernel/pid_max")?;
        let mut births = Self { file, last: 0, limit, again: HashSet::new() };
        births.last = births.read()?;
        Ok(births)
    }

    /// The pids that were given since the last call, if any.
    pub(super) fn fresh(&mut self) -> Option<Fresh> {
        let last = self.read().ok()?;
        let before = std::mem::replace(&mut self.last, last);
        let mut pids: Vec<Pid> = self.again.iter().copied().collect();
        if before != last {
            match between(before, last, self.limit) {
                Fresh::Pids(given) => pids.extend(given),
                Fresh::TooMany => return Some(Fresh::TooMany),
            }
        }
        (!pids.is_empty()).then_some(Fresh::Pids(pids))
    }

    /// Has those that were not found looked at once more with the next: a pid is given before its
    /// process can be found (`copy_process` in kernel/fork.c).
    pub(super) fn look_again(&mut self, missing: &[Pid]) {
        let looked_at_twice = std::mem::take(&mut self.again);
        let once = missing.iter().filter(|pid| !looked_at_twice.contains(pid));
        self.again = once.copied().collect();
    }

    fn read(&self) -> Result<Pid, Errno> {
        let mut buffer = [0; 128];
        let length = pread(&self.file, &mut buffer, 0)?;
        last_pid(&buffer[..length]).ok_or(Errno::INVAL)
    }
}

fn last_pid(line: &[u8]) -> Option<Pid> {
    std::str::from_utf8(line).ok()?.split_ascii_whitespace().nth(4)?.parse().ok()
}

fn number_in(path: &CStr) -> Result<u32, Errno> {
    let mut buffer = [0; 32];
    let length = read_once(CWD, path, &mut buffer)?;
    let text = std::str::from_utf8(&buffer[..length]).map_err(|_| Errno::INVAL)?;
    text.trim().parse().map_err(|_| Errno::INVAL)
}

/// The pids after `before` up to `last`, which come in a circle.
fn between(before: Pid, last: Pid, limit: Pid) -> Fresh {
    let (to_the_end, from_the_start) = if before <= last {
        (before.saturating_add(1)..last.saturating_add(1), 0..0)
    } else {
        (before.saturating_add(1)..limit, FIRST_AGAIN.min(last)..last.saturating_add(1))
    };
    let count = |range: &std::ops::Range<Pid>| range.end.saturating_sub(range.start);
    if count(&to_the_end).saturating_add(count(&from_the_start)) > MOST {
        return Fresh::TooMany;
    }
    Fresh::Pids(to_the_end.chain(from_the_start).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_last_pid_is_the_fifth_field() {
        assert_eq!(last_pid(b"0.10 0.20 0.30 2/300 4711\n"), Some(4711));
        assert_eq!(last_pid(b"0.10 0.20 0.30 2/300"), None);
    }

    #[test]
    fn a_pid_that_has_no_process_yet_is_looked_at_once_more() {
        let mut births = NewPids::open().unwrap();
        let none_yet = 1 << 23;
        births.look_again(&[none_yet]);
        let mut looks_at_it = || {
            let fresh = births.fresh();
            births.look_again(&[none_yet]);
            matches!(fresh, Some(Fresh::Pids(pids)) if pids.contains(&none_yet))
        };
        assert!(looks_at_it() && !looks_at_it());
    }

    #[test]
    fn pids_come_in_a_circle() {
        assert_eq!(between(10, 13, 32768), Fresh::Pids(vec![11, 12, 13]));
        assert_eq!(between(32766, 301, 32768), Fresh::Pids(vec![32767, 300, 301]));
        assert_eq!(between(10, 5000, 32768), Fresh::TooMany);
        assert_eq!(between(5000, 10, 32768), Fresh::TooMany);
        assert_eq!(between(32768, 299, 32768), Fresh::Pids(vec![299]));
    }

    proptest! {
        #[test]
        fn any_numbers_give_few_pids(before in any::<u32>(), last in any::<u32>(), limit in any::<u32>()) {
            if let Fresh::Pids(pids) = between(before, last, limit) {
                prop_assert!(pids.len() <= MOST as usize);
            }
        }
    }

    #[test]
    fn fuzz_loadavg() {
        crate::tests::fuzz::fuzz("loadavg", |random| {
            let line = random.bytes(&[b"0.10 0.20 0.30 2/300 4711\n"]);
            let (before, limit) = (random.below(70_000), 1 + random.below(70_000));
            if let Some(last) = last_pid(&line) {
                between(u32::try_from(before).unwrap(), last, u32::try_from(limit).unwrap());
            }
        });
    }
}
