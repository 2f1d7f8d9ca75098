//! Parses the kernel's messages about processes and their threads.
//!
//! ```text
//!  0 ┌ nlmsghdr ─ length · type · flags · seq · port
//! 16 ├ cn_msg ─── idx · val · seq · ack · len, flags
//! 36 └ proc_event what · cpu · timestamp_ns ┬ fork  parent pid, tgid · child pid, tgid
//!    (linux/netlink.h, linux/connector.h,   ├ exec  pid, tgid
//!     linux/cn_proc.h: native byte order)   ├ exit  pid, tgid · code · signal · parent pid, tgid
//!                                           └ …
//! ```

use std::sync::Arc;

use crate::record::Pid;

const CN_MSG: usize = 16;
const PROC_EVENT: usize = CN_MSG + 20;
const DATA: usize = PROC_EVENT + 16;
/// `CN_IDX_PROC` and `CN_VAL_PROC` (`linux/connector.h`).
const PROC: u32 = 1;
/// `NLMSG_DONE` (`linux/netlink.h`), the type of every message of a connector.
const DONE: u16 = 3;

/// Something that happened to a thread, as the kernel tells it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Message {
    /// The processor that counts the message; `u32::MAX` if none does.
    pub(super) cpu: u32,
    /// Its number among the messages of that processor.
    pub(super) sequence: u32,
    /// When it happened, in nanoseconds of `CLOCK_MONOTONIC`.
    pub(super) monotonic_nanos: u64,
    pub(super) change: KernelChange,
}

/// A change of a thread. `tgid` is the process that it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum KernelChange {
    /// A thread was created: the first of a new process if its pid is its tgid.
    Fork { parent_tgid: Pid, pid: Pid, tgid: Pid },
    /// The process became another program, and this its only thread.
    Exec { tgid: Pid },
    /// The thread ended. The parent is 0 where the thread was released before this was message.
    Exit { pid: Pid, tgid: Pid, wait_status: i32, parent_tgid: Pid },
    /// The thread gave itself another name.
    Comm { pid: Pid, tgid: Pid, comm: Arc<str> },
    /// The process leads a session now.
    Session { tgid: Pid },
    /// The thread acts for another user now.
    User { pid: Pid, tgid: Pid, uid: u32 },
    /// Nothing: the kernel answers a request, with an error or 0. Every listener receives it.
    Answer { to: u32, error: u32 },
    /// Nothing that a process tree shows: its group, its tracer, or that it dumps core.
    Other,
}

/// Reads a datagram; `None` if it is no message of the process connector, or is cut off.
pub(super) fn parse(bytes: &[u8]) -> Option<Message> {
    let length = usize::try_from(u32_at(bytes, 0)?).ok()?;
    let bytes = bytes.get(..length)?;
    let is_ours = u16_at(bytes, 4)? == DONE
        && u32_at(bytes, CN_MSG)? == PROC
        && u32_at(bytes, CN_MSG + 4)? == PROC;
    if !is_ours {
        return None;
    }
    let what = u32_at(bytes, PROC_EVENT)?;
    Some(Message {
        cpu: u32_at(bytes, PROC_EVENT + 4)?,
        sequence: u32_at(bytes, CN_MSG + 8)?,
        monotonic_nanos: u64_at(bytes, PROC_EVENT + 8)?,
        change: match what {
            // Of a request its `ack` comes back, one higher; its `seq` does not any more
            // (`cn_proc_ack` and `send_msg` in drivers/connector/cn_proc.c).
            what::NONE => KernelChange::Answer {
                to: u32_at(bytes, CN_MSG + 12)?.wrapping_sub(1),
                error: u32_at(bytes, DATA)?,
            },
            _ => change(what, bytes.get(DATA..)?)?,
        },
    })
}

/// `PROC_EVENT_…` (`linux/cn_proc.h`).
mod what {
    pub(super) const NONE: u32 = 0;
    pub(super) const FORK: u32 = 1;
    pub(super) const EXEC: u32 = 2;
    pub(super) const UID: u32 = 4;
    pub(super) const SID: u32 = 0x80;
    pub(super) const COMM: u32 = 0x200;
    pub(super) const EXIT: u32 = 0x8000_0000;
}

fn change(what: u32, data: &[u8]) -> Option<KernelChange> {
    let field = |index: usize| u32_at(data, 4 * index);
    let (pid, tgid) = (field(0), field(1));
    Some(match what {
        what::FORK => {
            KernelChange::Fork { parent_tgid: field(1)?, pid: field(2)?, tgid: field(3)? }
        }
        what::EXEC => KernelChange::Exec { tgid: tgid? },
        what::EXIT => KernelChange::Exit {
            pid: pid?,
            tgid: tgid?,
            wait_status: field(2)?.cast_signed(),
            parent_tgid: field(5)?,
        },
        what::COMM => KernelChange::Comm { pid: pid?, tgid: tgid?, comm: comm(data.get(8..24)?) },
        what::SID => KernelChange::Session { tgid: tgid? },
        what::UID => KernelChange::User { pid: pid?, tgid: tgid?, uid: field(3)? },
        _ => KernelChange::Other,
    })
}

/// A name, which ends at its first NUL. Programs choose it, so it may be no UTF-8.
fn comm(bytes: &[u8]) -> Arc<str> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// A request to the connector: `enum proc_cn_mcast_op` (`linux/cn_proc.h`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Request {
    /// Tell what happens.
    Listen = 1,
    /// Tell nothing more.
    Ignore = 2,
}

impl Request {
    /// Asks to be message once more, whether or not the first request was taken: before Linux 6.6
    /// the kernel counts every [`Request::Listen`] as another listener (`cn_proc_mcast_ctl` in
    /// `drivers/connector/cn_proc.c`), and tells for as long as it counts any.
    pub(super) const AGAIN: [Self; 2] = [Self::Ignore, Self::Listen];

    /// The datagram that asks for it, from that netlink port, which the answer names again.
    pub(super) fn datagram(self, port: u32) -> Vec<u8> {
        const OPERATION: u32 = 4;
        const LENGTH: u32 = 16 + 20 + OPERATION;
        let type_and_flags = u32::from_ne_bytes(two(DONE, 0));
        let len_and_flags = u32::from_ne_bytes(two(4, 0));
        let header = [LENGTH, type_and_flags, 0, port];
        let body = [PROC, PROC, 0, port, len_and_flags, self as u32];
        header.into_iter().chain(body).flat_map(u32::to_ne_bytes).collect()
    }
}

fn two(first: u16, second: u16) -> [u8; 4] {
    let ([a, b], [c, d]) = (first.to_ne_bytes(), second.to_ne_bytes());
    [a, b, c, d]
}

#[cfg(test)]
mod tests;
