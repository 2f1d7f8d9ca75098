//! The main loop of a test process once it has come up: it waits, runs commands, reaps its
//! children, and ends with the lab. Some burn, catch a signal, or end by themselves.

use std::ffi::CString;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;
use std::{fs, process};

use rustix::event::Timespec;
use rustix::io::Errno;
use rustix::process::{
    DumpableBehavior, Signal, WaitId, WaitIdOptions, WaitOptions, getpid, kill_process,
    set_dumpable_behavior, wait as wait_for_child, waitid,
};
use rustix::thread::set_name;
use rustix::time::{
    ClockId, Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, clock_gettime,
    timerfd_create, timerfd_settime,
};

use crate::lab::answer::Notification;
use crate::lab::part::Part;
use crate::lab::terminal::Terminal;
use crate::lab::{ending, fork, wire};
use crate::linux;
use crate::linux::wait;
use crate::record::{self, ProcessKey};
use crate::test_process::{CaughtSignal, TestProcessKind};

/// In each of these a burner burns its share and rests for the remainder.
const PERIOD: Duration = Duration::from_millis(20);
const TIDYING: Duration = Duration::from_secs(1);

/// A test process that lives.
#[derive(Debug)]
pub(super) struct Living {
    pub(super) part: Part,
    pub(super) number: u32,
    /// Read end of the life pipe.
    pub(super) life: OwnedFd,
    pub(super) control: OwnedFd,
    pub(super) children: Vec<Child>,
    /// When it ends by itself.
    pub(super) alarm: Option<OwnedFd>,
    /// The pipe from which the pids of TERM's senders come.
    pub(super) senders: Option<OwnedFd>,
    /// Memory that is held only to be resident.
    pub(super) memory: Vec<u8>,
    /// A session's own terminal, until that is hung up.
    pub(super) terminal: Option<Terminal>,
    /// The parts that its programs named for their processes.
    pub(super) participants: Vec<(String, ProcessKey)>,
}

#[derive(Debug)]
pub(super) struct Child {
    pub(super) pidfd: OwnedFd,
    pub(super) is_daemonic: bool,
}

/// The reason for which it woke.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Wake {
    LifePipe,
    Control,
    Alarm,
    Term,
    Terminal,
}

/// A descriptor that becomes readable after that time.
pub(super) fn alarm(after: Duration) -> rustix::io::Result<OwnedFd> {
    let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC)?;
    let nanos = i64::from(after.subsec_nanos());
    let seconds = i64::try_from(after.as_secs()).unwrap_or(i64::MAX);
    let it_value = Timespec { tv_sec: seconds, tv_nsec: nanos };
    let once = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value };
    timerfd_settime(&timer, TimerfdTimerFlags::empty(), &once)?;
    Ok(timer)
}

impl Living {
    pub(super) fn new(part: Part, number: u32, life: OwnedFd, control: OwnedFd) -> Self {
        Self {
            part,
            number,
            life,
            control,
            children: Vec::new(),
            alarm: None,
            senders: None,
            memory: Vec::new(),
            terminal: None,
            participants: Vec::new(),
        }
    }

    /// Lives until the lab ends, or by itself.
    pub(super) fn run(mut self) -> ! {
        loop {
            for wake in self.wait() {
                match wake {
                    Wake::LifePipe => self.end(),
                    Wake::Alarm => self.end_by_itself(),
                    Wake::Term => self.tidy_up(),
                    Wake::Terminal => self.receive_from_programs(),
                    Wake::Control => self = self.run_command(),
                }
            }
            self.reap();
            if self.part == Part::Own(TestProcessKind::Burner) {
                burn(PERIOD * self.number / 100);
            }
        }
    }

    fn wait(&self) -> Vec<Wake> {
        let rest = PERIOD * 100_u32.saturating_sub(self.number) / 100;
        let limit = (self.part == Part::Own(TestProcessKind::Burner)).then_some(rest);
        let mut kinds = vec![Wake::LifePipe, Wake::Control];
        let mut fds = vec![wait::readable(&self.life), wait::readable(&self.control)];
        let master = self.terminal.as_ref().map(|terminal| &terminal.master);
        for (kind, fd) in [
            (Wake::Alarm, self.alarm.as_ref()),
            (Wake::Term, self.senders.as_ref()),
            (Wake::Terminal, master),
        ] {
            if let Some(fd) = fd {
                kinds.push(kind);
                fds.push(wait::readable(fd));
            }
        }
        // A parent that never waits looks at no child.
        let children =
            self.children.iter().filter(|_| self.part != Part::Own(TestProcessKind::ZombieMaker));
        fds.extend(children.map(|child| wait::readable(&child.pidfd)));
        wait::any(&mut fds, limit);
        let woken = kinds.into_iter().zip(&fds).filter(|(_, fd)| wait::is_ready(fd));
        woken.map(|(kind, _)| kind).collect()
    }

    fn reap(&mut self) {
        if self.part == Part::Own(TestProcessKind::ZombieMaker) {
            return;
        }
        let (ended, living): (Vec<Child>, Vec<Child>) =
            self.children.drain(..).partition(|it| linux::pidfd::has_ended(&it.pidfd));
        self.children = living;
        if self.terminal.is_some() {
            // A process that a report names must not be reaped yet, and its last output may come
            // late.
            self.receive_from_programs();
            for child in &ended {
                let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
                let _ = waitid(WaitId::PidFd(child.pidfd.as_fd()), options);
            }
            return;
        }
        while let Ok(Some(_)) | Err(Errno::INTR) = wait_for_child(WaitOptions::NOHANG) {}
    }

    /// The normal end of a main: its daemonic children go before it.
    pub(super) fn end(&self) -> ! {
        let daemonic: Vec<&OwnedFd> = self
            .children
            .iter()
            .filter(|child| child.is_daemonic)
            .map(|child| &child.pidfd)
            .collect();
        ending::terminate_daemonic(&daemonic);
        fork::exit(0)
    }

    fn end_by_itself(&self) -> ! {
        match self.part {
            Part::Own(TestProcessKind::Exit) => fork::exit(i32::try_from(self.number).unwrap_or(1)),
            Part::Own(TestProcessKind::Crash) => {
                // So that no core file is left behind.
                let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
                let _ = kill_process(getpid(), Signal::SEGV);
                fork::exit(1)
            }
            _ => fork::exit(0),
        }
    }

    /// TERM came: it reports who sent it, and takes a second before it ends.
    fn tidy_up(&mut self) {
        let mut sender = [0; 4];
        let read = self.senders.as_ref().map(|pipe| rustix::io::read(pipe, &mut sender));
        if read != Some(Ok(sender.len())) || self.alarm.is_some() {
            return;
        }
        let sender = i32::from_ne_bytes(sender);
        if let Ok(comm) = CString::new(format!("px-by-{sender}")) {
            let _ = set_name(&comm);
        }
        let name = fs::read_to_string(format!("/proc/{sender}/comm")).ok();
        let caught = CaughtSignal {
            pid: process::id(),
            signal: record::Signal::TERM,
            sender: u32::try_from(sender).unwrap_or(0),
            sender_name: name.map(|name| name.trim_end().to_owned()),
        };
        // If the helper has gone, the life pipe says so.
        wire::notify(&self.control, &Notification::Caught(caught));
        match alarm(TIDYING) {
            Ok(alarm) => self.alarm = Some(alarm),
            Err(_) => fork::exit(0),
        }
    }
}

/// Keeps a CPU busy for so long.
fn burn(time: Duration) {
    let nanos = || {
        let now = clock_gettime(ClockId::Monotonic);
        i128::from(now.tv_sec) * 1_000_000_000 + i128::from(now.tv_nsec)
    };
    let end = nanos() + i128::try_from(time.as_nanos()).unwrap_or(0);
    while nanos() < end {
        std::hint::spin_loop();
    }
}
