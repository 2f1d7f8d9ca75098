//! Parses `/proc/PID/stat` (`proc_pid_stat(5)`).
//!
//! The name stands in parentheses and may itself hold spaces, parentheses and newlines; only
//! digits and one letter follow it, so the last closing parenthesis ends it.

use std::sync::Arc;

use crate::record::host::nanos_per_tick;
use crate::record::{Pid, ProcessKey, Stat, State, Usage};

/// The units of the numbers in a stat line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Units {
    /// Clock ticks in a second.
    pub(crate) ticks_per_second: u64,
    /// Bytes in a page.
    pub(crate) page_size: u64,
    /// Whether a wait status of 0 means "exit 0": without permission it reads 0, too.
    pub(crate) sees_wait_status: bool,
}

/// The fields after the name, by their number in the manual page less 3.
mod field {
    pub(crate) const STATE: usize = 0;
    pub(crate) const PPID: usize = 1;
    pub(crate) const PGRP: usize = 2;
    pub(crate) const SESSION: usize = 3;
    pub(crate) const TTY_NR: usize = 4;
    pub(crate) const TPGID: usize = 5;
    pub(crate) const FLAGS: usize = 6;
    pub(crate) const UTIME: usize = 11;
    pub(crate) const STIME: usize = 12;
    pub(crate) const NICE: usize = 16;
    pub(crate) const NUM_THREADS: usize = 17;
    pub(crate) const STARTTIME: usize = 19;
    pub(crate) const RSS: usize = 21;
    pub(crate) const STARTCODE: usize = 23;
    pub(crate) const ENDCODE: usize = 24;
    pub(crate) const STARTSTACK: usize = 25;
    pub(crate) const EXIT_CODE: usize = 49;
    pub(crate) const COUNT: usize = 50;
}

/// A line taken apart, before its numbers are read.
struct Line<'a> {
    pid: u32,
    comm: &'a [u8],
    fields: [&'a [u8]; field::COUNT],
    n_fields: usize,
}

impl<'a> Line<'a> {
    fn split(line: &'a [u8]) -> Option<Self> {
        let open = line.iter().position(|byte| *byte == b'(')?;
        let close = line.iter().rposition(|byte| *byte == b')')?;
        let pid = number(line[..open].trim_ascii())?;
        let comm = line.get(open + 1..close)?;
        let mut fields: [&[u8]; field::COUNT] = [b""; field::COUNT];
        let mut n_fields = 0;
        let words = line[close + 1..].split(u8::is_ascii_whitespace);
        for word in words.filter(|word| !word.is_empty()).take(field::COUNT) {
            fields[n_fields] = word;
            n_fields += 1;
        }
        (n_fields > field::STARTTIME).then_some(Self { pid, comm, fields, n_fields })
    }

    fn number<N: TryFrom<i128>>(&self, index: usize) -> Option<N> {
        if index >= self.n_fields {
            return None;
        }
        number(self.fields[index])
    }
}

/// Reads a decimal number; `None` if it is none or does not fit.
fn number<N: TryFrom<i128>>(digits: &[u8]) -> Option<N> {
    let (negative, digits) = match digits.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, digits),
    };
    if digits.is_empty() || digits.len() > 30 {
        return None;
    }
    let mut value: i128 = 0;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i128::from(digit - b'0');
    }
    N::try_from(if negative { -value } else { value }).ok()
}

/// The identity and the state of a process, from a stat line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Brief {
    pub(crate) key: ProcessKey,
    pub(crate) ppid: Pid,
    pub(crate) state: State,
}

/// Reads the beginning of a stat line, of a process or of a thread.
pub(crate) fn brief(line: &[u8]) -> Option<Brief> {
    let line = Line::split(line)?;
    Some(Brief {
        key: ProcessKey::at_ticks(line.pid, line.number(field::STARTTIME)?),
        ppid: line.number(field::PPID)?,
        state: State::from_letter(char::from(*line.fields[field::STATE].first()?)),
    })
}

/// Reads it of the process that has this pid now.
pub(crate) fn read_brief(pid: Pid) -> Option<Brief> {
    brief(&std::fs::read(format!("/proc/{pid}/stat")).ok()?)
}

/// Whether a stat line is that of a process whose main thread ended while others live.
pub(crate) fn has_lost_its_main_thread(line: &[u8]) -> bool {
    let threads = Line::split(line).and_then(|line| line.number::<u32>(field::NUM_THREADS));
    brief(line).is_some_and(|brief| brief.state.has_ended())
        && threads.is_some_and(|threads| threads > 1)
}

/// Reads a stat line. `comm_of` turns the name's bytes into a string that may be shared.
/// `None`: the line is cut off before the start time, or is none at all.
pub(crate) fn parse(
    line: &[u8],
    units: Units,
    comm_of: impl FnOnce(ProcessKey, &[u8]) -> Arc<str>,
) -> Option<Stat> {
    let line = Line::split(line)?;
    let key = ProcessKey::at_ticks(line.pid, line.number(field::STARTTIME)?);
    let letter = char::from(*line.fields[field::STATE].first()?);
    let state = State::from_letter(letter);
    let ticks = line
        .number::<u64>(field::UTIME)
        .zip(line.number::<u64>(field::STIME))
        .map(|(user, system)| user.saturating_add(system));
    let nanos_per_tick = nanos_per_tick(units.ticks_per_second);
    let threads: Option<u32> = line.number(field::NUM_THREADS);
    // While other threads run, a leader's own status is not that of the process.
    let has_ended = state.has_ended() && threads.is_none_or(|threads| threads <= 1);
    let wait_status = line
        .number::<i32>(field::EXIT_CODE)
        .filter(|status| has_ended && (units.sees_wait_status || *status != 0));
    let places = [field::STARTCODE, field::ENDCODE, field::STARTSTACK];
    // Without permission these read 1, 1 and 0 (fs/proc/array.c, `do_task_stat`); no stack is at 0.
    let layout = places.map(|place| line.number::<u64>(place));
    let layout = match layout {
        [Some(code), Some(end), Some(stack)] if stack != 0 => Some([code, end, stack]),
        _ => None,
    };
    Some(Stat {
        key,
        ppid: line.number(field::PPID)?,
        pgid: line.number(field::PGRP),
        sid: line.number(field::SESSION),
        tty: line.number::<i32>(field::TTY_NR).map(i32::cast_unsigned),
        // Without a terminal it is -1, which is no pid.
        foreground: line.number(field::TPGID),
        state,
        flags: line.number(field::FLAGS),
        nice: line.number(field::NICE),
        threads,
        usage: Usage {
            cpu_nanos: ticks.map(|ticks| ticks.saturating_mul(nanos_per_tick)),
            resident: line
                .number::<u64>(field::RSS)
                .map(|pages| pages.saturating_mul(units.page_size)),
        },
        comm: comm_of(key, line.comm),
        wait_status,
        layout,
    })
}

#[cfg(test)]
mod tests;
