//! Derives the events of processes from those of their threads.
//!
//! The kernel tells of every thread. A process ends when its last thread has ended, which need not
//! be its leader, the thread whose pid is the process's:
//!
//! ```text
//!  fork pid=tgid ── born: its threads are counted from here
//!  fork pid≠tgid ── one more             exit pid≠tgid ── one less
//!  exit pid=tgid ── the leader ended: so did the process, once no other thread is left
//!  exec          ── one thread is left and is the leader now, whichever it was (fs/exec.c,
//!                   `de_thread`); the old leader may have ended for it
//! ```
//!
//! Of a process whose birth was not seen nobody knows how many threads it has: `/proc` is asked
//! when its leader ends. A thread's end is reported after it left `/proc` (kernel/exit.c: `do_exit`
//! calls `exit_notify`, then `proc_exit_connector`), so the answer is never too high at the last.

use std::collections::HashMap;

use crate::record::{BootTime, Change, Event, Pid};
use crate::source::connector::parse::KernelChange;

/// The presence in `/proc` of a process whose leader has ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Presence {
    /// It is not there, or a zombie without other threads.
    Ended,
    /// So many other threads run on.
    Threads(u32),
    /// Its leader lives: another thread became it by an exec.
    Lives,
}

/// Whether counting can start: not while events are known to be missing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Completeness {
    /// Everything that happened is among the events.
    Whole,
    /// Some of it is missing.
    Holed,
}

/// The processes whose threads are followed.
#[derive(Debug, Default)]
pub(super) struct Threads {
    groups: HashMap<Pid, Group>,
}

/// The threads of a process.
#[derive(Clone, Copy, Debug, Default)]
struct Group {
    /// Living threads but the leader.
    others: u32,
    /// Whether `others` was counted from the birth on; else it is an answer of `/proc`, and the
    /// threads that ended before the answer are yet to be reported, so that it is asked again at
    /// zero.
    is_counted: bool,
    /// The last wait status but 0 of a thread that ended. All threads that end together have the
    /// process's (kernel/exit.c, `do_group_exit`); one that ends alone has 0.
    wait_status: i32,
    /// Whether the leader has ended, while others live.
    has_ended_leader: bool,
}

/// The end of a thread.
#[derive(Clone, Copy)]
struct Exit {
    at: BootTime,
    tgid: Pid,
    wait_status: i32,
    parent: Pid,
}

impl Exit {
    fn event(self) -> Event {
        let parent = (self.parent != 0).then_some(self.parent);
        let change = Change::Exit { parent, wait_status: Some(self.wait_status) };
        Event { at: self.at, pid: self.tgid, change }
    }
}

impl Threads {
    /// Takes what happened to a thread; returns what happened to its process, if anything.
    pub(super) fn apply(
        &mut self,
        at: BootTime,
        change: KernelChange,
        completeness: Completeness,
        ask: impl FnOnce(Pid, BootTime) -> Presence,
    ) -> Option<Event> {
        let (pid, change) = match change {
            KernelChange::Fork { pid, tgid, .. } if pid != tgid => {
                if let Some(group) = self.groups.get_mut(&tgid) {
                    group.others += 1;
                }
                return None;
            }
            KernelChange::Fork { parent_tgid, tgid, .. } => {
                self.groups.remove(&tgid);
                if completeness == Completeness::Whole {
                    self.groups.insert(tgid, Group { is_counted: true, ..Group::default() });
                }
                (tgid, Change::Fork { parent: parent_tgid })
            }
            KernelChange::Exec { tgid } => {
                self.exec(tgid);
                (tgid, Change::Exec { image: None })
            }
            KernelChange::Exit { pid, tgid, wait_status, parent_tgid } => {
                let exit = Exit { at, tgid, wait_status, parent: parent_tgid };
                let ended =
                    if pid == tgid { self.leader(exit, ask) } else { self.thread(exit, ask) };
                return ended.map(Exit::event);
            }
            KernelChange::Session { tgid } => (tgid, Change::Session),
            // Names and users are a thread's own: those of the leader are the process's.
            KernelChange::Comm { pid, tgid, comm } if pid == tgid => {
                (tgid, Change::Rename { comm })
            }
            KernelChange::User { pid, tgid, uid } if pid == tgid => (tgid, Change::User { uid }),
            KernelChange::Comm { .. }
            | KernelChange::User { .. }
            | KernelChange::Answer { .. }
            | KernelChange::Other => {
                return None;
            }
        };
        Some(Event { at, pid, change })
    }

    fn exec(&mut self, tgid: Pid) {
        let Some(group) = self.groups.get_mut(&tgid) else { return };
        if !group.is_counted {
            self.groups.remove(&tgid);
            return;
        }
        group.wait_status = 0;
        // The thread that lives on is the leader now, and no other thread any more. The ends of
        // the others may be reported later still: they stay counted until then.
        if std::mem::take(&mut group.has_ended_leader) {
            group.others = group.others.saturating_sub(1);
        }
    }

    fn leader(&mut self, exit: Exit, ask: impl FnOnce(Pid, BootTime) -> Presence) -> Option<Exit> {
        if let Some(group) = self.groups.get_mut(&exit.tgid).filter(|group| group.is_counted) {
            let exit = group.note(exit);
            if group.others > 0 {
                group.has_ended_leader = true;
                return None;
            }
            self.groups.remove(&exit.tgid);
            return Some(exit);
        }
        match ask(exit.tgid, exit.at) {
            Presence::Ended => {
                self.groups.remove(&exit.tgid);
                Some(exit)
            }
            Presence::Threads(others) => {
                let mut group = Group { others, ..Group::default() };
                group.note(exit);
                group.has_ended_leader = true;
                self.groups.insert(exit.tgid, group);
                None
            }
            Presence::Lives => None,
        }
    }

    fn thread(&mut self, exit: Exit, ask: impl FnOnce(Pid, BootTime) -> Presence) -> Option<Exit> {
        let group = self.groups.get_mut(&exit.tgid)?;
        let exit = group.note(exit);
        group.others = group.others.saturating_sub(1);
        if group.others > 0 || !group.has_ended_leader {
            return None;
        }
        let presence = if group.is_counted { Presence::Ended } else { ask(exit.tgid, exit.at) };
        if let Presence::Threads(others) = presence {
            group.others = others;
            return None;
        }
        self.groups.remove(&exit.tgid);
        (presence == Presence::Ended).then_some(exit)
    }

    /// Forgets what was counted, because events were lost. Returns the ends that `/proc` tells of
    /// processes whose leader had ended before.
    pub(super) fn forget(
        &mut self,
        at: BootTime,
        mut ask: impl FnMut(Pid, BootTime) -> Presence,
    ) -> Vec<Event> {
        let mut ended = Vec::new();
        self.groups.retain(|tgid, group| {
            if !group.has_ended_leader {
                return false;
            }
            group.is_counted = false;
            match ask(*tgid, at) {
                Presence::Threads(others) => {
                    group.others = others;
                    return true;
                }
                Presence::Ended => {
                    // The end that had the process's wait status may be among the lost.
                    let wait_status = (group.wait_status != 0).then_some(group.wait_status);
                    let change = Change::Exit { parent: None, wait_status };
                    ended.push(Event { at, pid: *tgid, change });
                }
                Presence::Lives => {}
            }
            false
        });
        ended
    }
}

impl Group {
    /// Remembers a thread's end, and completes it by what earlier ones reported.
    fn note(&mut self, mut exit: Exit) -> Exit {
        if exit.wait_status != 0 {
            self.wait_status = exit.wait_status;
        }
        exit.wait_status = self.wait_status;
        exit
    }
}

#[cfg(test)]
mod tests;
