//! The kernel's process connector: every fork, exec and exit, at once, with time and cause.
//!
//! ```text
//!  socket ─▶ RecvBatch ─▶ parse ─▶ Threads ─▶ Images ─▶ Batch ─▶ run: records
//!           (kernel)            (processes) (names)
//!                                             └─▶ CommandLines: another process reads
//! ```
//!
//! A netlink socket of the group `CN_IDX_PROC` (`drivers/connector/cn_proc.c` in Linux). Since
//! Linux 6.6 anybody may listen, before that root only; and only from the first pid and user
//! namespace, as other namespaces get no answer. So the answer decides, not the asking user.

mod batch;
mod images;
mod parse;
mod presence;
mod run;
mod threads;
mod unavailable;

use std::collections::HashMap;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, SendFlags, SocketFlags, SocketType, bind, getsockname, netlink, sendto,
    socket_with, sockopt,
};

pub use batch::{Batch, Loss};
pub use run::{GATHER, Pace, SENTENCE, run};
pub use unavailable::Unavailable;

use crate::linux::kernel::{DATAGRAMS, RecvBatch};
use crate::linux::procfs::own;
use crate::linux::procfs::table::ProcTable;
use crate::linux::{clock, wait};
use crate::record::host::nanos_per_tick;
use crate::record::{BootTime, Event, PidNamespace};
use crate::source::command_lines::CommandLines;
use crate::source::connector::images::Images;
use crate::source::connector::parse::{KernelChange, Message, Request, parse};
use crate::source::connector::presence::presence;
use crate::source::connector::threads::{Completeness, Threads};

/// Room for some ten thousand events, where the capability allows it (`SO_RCVBUFFORCE`, socket(7)).
const ROOM: usize = 8 * 1024 * 1024;
/// How long the kernel may take for its answer, which it gives while it takes the request.
const WAIT_LIMIT: Duration = Duration::from_millis(200);
/// `CN_IDX_PROC` as a mask of groups: the first group.
const GROUPS: u32 = 1;
/// So many messages are received before anything is done with them.
const MOST_AT_ONCE: usize = 32 * 1024;
/// Room for so many messages is kept from one drain to the next.
const MOST_KEPT: usize = 4 * 1024;
/// The clocks are read a little apart; a suspension is longer.
const LEAST_SUSPENSION: u64 = 1_000_000;

/// Listens to the kernel. Dropping it tells the kernel to stop telling, which would go on else.
///
/// [`run()`] has it in a thread of its own. Without one: [`wait`](Self::wait), then
/// [`drain`](Self::drain), often enough for the buffer, which holds 256 events of an ordinary user.
pub struct Connector {
    socket: OwnedFd,
    port: u32,
    batch: RecvBatch,
    /// The messages since the last drain.
    messages: Vec<Message>,
    /// The number that each processor's next message should have.
    next_sequence: HashMap<u32, u32>,
    lost: Loss,
    /// The time since when the kernel has said that something was lost, and not how much.
    overrun: Option<BootTime>,
    threads: Threads,
    images: Images,
    table: ProcTable,
    nanos_per_tick: u64,
    /// The lead of boot time over the kernel's monotonic time.
    ahead_nanos: i64,
}

impl Connector {
    /// Asks the kernel to tell, and waits for its answer for at most 200 ms.
    pub fn open() -> Result<Self, Unavailable> {
        Self::with_room(ROOM)
    }

    /// Opens it with a receive buffer of so many bytes, or what the system allows of it.
    pub fn with_room(bytes: usize) -> Result<Self, Unavailable> {
        if own::namespace() == PidNamespace::Other {
            return Err(Unavailable::OtherPids);
        }
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let protocol = Some(netlink::CONNECTOR);
        let socket = socket_with(AddressFamily::NETLINK, SocketType::DGRAM, flags, protocol)?;
        if sockopt::set_socket_recv_buffer_size_force(&socket, bytes).is_err() {
            // The system's own limit holds then; less room is room.
            let _ = sockopt::set_socket_recv_buffer_size(&socket, bytes);
        }
        bind(&socket, &netlink::SocketAddrNetlink::new(0, GROUPS))?;
        let address = netlink::SocketAddrNetlink::try_from(getsockname(&socket)?)?;
        let mut connector = Self {
            socket,
            port: address.pid(),
            batch: RecvBatch::default(),
            messages: Vec::new(),
            next_sequence: HashMap::new(),
            lost: Loss::None,
            overrun: None,
            threads: Threads::default(),
            images: Images::default(),
            table: ProcTable::open()?,
            nanos_per_tick: nanos_per_tick(rustix::param::clock_ticks_per_second()),
            ahead_nanos: clock::since_kernel_monotonic(),
        };
        connector.ask(Request::Listen)?;
        connector.wait_for_answer()?;
        Ok(connector)
    }

    /// From now on execs are message with command lines, as far as these are read in time.
    #[must_use]
    pub fn with_command_lines(mut self, lines: CommandLines) -> Self {
        self.images.read_lines_by(lines);
        self
    }

    /// Waits until something was message, or the time is over (`None`: without an end); whether
    /// something was.
    pub fn wait(&self, limit: Option<Duration>) -> bool {
        !self.messages.is_empty() || self.is_readable(limit)
    }

    fn is_readable(&self, limit: Option<Duration>) -> bool {
        let mut fds = [PollFd::new(&self.socket, PollFlags::IN)];
        wait::any(&mut fds, limit);
        !fds[0].revents().is_empty()
    }

    /// Takes all that was message until now. Waits for nothing but command lines, and shortly.
    pub fn drain(&mut self) -> Batch {
        while self.messages.len() < MOST_AT_ONCE && self.receive(|_, _| {}) {}
        let mut message = std::mem::take(&mut self.messages);
        message.sort_by_key(|message| message.monotonic_nanos);
        let is_holed = self.lost != Loss::None || self.overrun.is_some();
        let mut events = self.events(message.drain(..), is_holed);
        let lost = self.take_loss();
        let command_lines = self.images.fill_in(&mut events, clock::now());
        // The room that a storm needed is given back.
        message.shrink_to(MOST_KEPT);
        self.messages = message;
        Batch { events, command_lines, lost }
    }

    /// For how long at most is to be waited before the next drain, though nothing may come: the
    /// kernel said that something was lost, and not yet how much, or a command line is still read.
    pub fn wait_budget(&self) -> Option<Duration> {
        self.images.wait_budget().or(self.overrun.map(|_| WAIT_LIMIT))
    }

    /// The loss. An overrun is counted by the gap before the next event of its processor; only
    /// where none comes for a while, it stays uncounted.
    fn take_loss(&mut self) -> Loss {
        let lost = std::mem::take(&mut self.lost);
        let is_over = |at: BootTime| clock::now().seconds_since(at) >= WAIT_LIMIT.as_secs_f64();
        if lost != Loss::None {
            self.overrun = None;
        } else if self.overrun.is_some_and(is_over) {
            self.overrun = None;
            return Loss::Uncounted;
        }
        lost
    }

    /// Turns what happened to threads into what happened to processes.
    fn events(&mut self, messages: impl Iterator<Item = Message>, is_holed: bool) -> Vec<Event> {
        let ahead = clock::since_kernel_monotonic();
        if ahead.abs_diff(self.ahead_nanos) > LEAST_SUSPENSION {
            self.ahead_nanos = ahead;
        }
        let (table, nanos_per_tick) = (&self.table, self.nanos_per_tick);
        let ask = |pid, at| presence(table, nanos_per_tick, pid, at);
        let (completeness, mut ended) = if is_holed {
            (Completeness::Holed, self.threads.forget(clock::now(), ask))
        } else {
            (Completeness::Whole, Vec::new())
        };
        let (threads, ahead) = (&mut self.threads, self.ahead_nanos);
        let mut events: Vec<Event> = messages
            .filter_map(|message| {
                let at = BootTime(message.monotonic_nanos.saturating_add_signed(ahead));
                threads.apply(at, message.change, completeness, ask)
            })
            .collect();
        events.append(&mut ended);
        events
    }

    /// Receives what is there, up to a batch; whether there may be more.
    fn receive(&mut self, mut answer: impl FnMut(u32, u32)) -> bool {
        let is_full = match self.batch.receive(&self.socket) {
            Ok(received) => received == DATAGRAMS,
            Err(Errno::INTR) => return true,
            Err(Errno::AGAIN) => return false,
            Err(error) => {
                self.overrun = self.overrun.or_else(|| Some(clock::now()));
                return error == Errno::NOBUFS;
            }
        };
        // Port 0 is the kernel's; what others send is no news.
        let from_kernel = self.batch.datagrams().filter(|datagram| datagram.sender == 0);
        for message in from_kernel.filter_map(|datagram| parse(datagram.bytes)) {
            self.lost.add(missing_before(&message, &mut self.next_sequence));
            match message.change {
                KernelChange::Answer { to, error } => answer(to, error),
                _ => self.messages.push(message),
            }
        }
        is_full
    }

    fn ask(&self, request: Request) -> Result<(), Errno> {
        let kernel = netlink::SocketAddrNetlink::new(0, 0);
        let datagram = request.datagram(self.port);
        sendto(&self.socket, &datagram, SendFlags::empty(), &kernel).map(drop)
    }

    fn wait_for_answer(&mut self) -> Result<(), Unavailable> {
        let began = clock::instant();
        let own = self.port;
        let mut answered = None;
        while answered.is_none() {
            let left = WAIT_LIMIT.checked_sub(began.elapsed()).ok_or(Unavailable::NotAnswered)?;
            self.is_readable(Some(left));
            // The answers to other listeners come here, too.
            let answer = |to, error| {
                if to == own {
                    answered = Some(error);
                }
            };
            self.receive(answer);
            if answered.is_none() && self.overrun.is_some() {
                // The answer may be among the lost.
                Request::AGAIN.into_iter().try_for_each(|request| self.ask(request))?;
            }
        }
        match answered {
            Some(0) => Ok(()),
            Some(error) => Err(Errno::from_raw_os_error(error.cast_signed()).into()),
            None => Err(Unavailable::NotAnswered),
        }
    }
}

impl AsFd for Connector {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Drop for Connector {
    fn drop(&mut self) {
        // The kernel keeps a listener that just closes its socket: it would go on sending.
        let _ = self.ask(Request::Ignore);
    }
}

/// How many messages of its processor are missing before this one.
fn missing_before(message: &Message, next_sequence: &mut HashMap<u32, u32>) -> Loss {
    // Kernels before 6.6 do not count their answers.
    if message.cpu == u32::MAX {
        return Loss::None;
    }
    let expected = next_sequence.insert(message.cpu, message.sequence.wrapping_add(1));
    match expected.map_or(0, |number| message.sequence.wrapping_sub(number)) {
        0 => Loss::None,
        // A number that went back is of a count that began anew.
        missing if missing > u32::MAX / 2 => Loss::None,
        missing => Loss::Counted(missing.into()),
    }
}
