//! The kernel calls of the sources that no safe wrapper offers. The only `unsafe` code here.

use std::io;
use std::mem::{size_of, zeroed};

use rustix::fd::{AsFd, AsRawFd};
use rustix::io::Errno;

/// The most datagrams that one call receives.
pub(crate) const DATAGRAMS: usize = 64;
/// Room for a datagram. Those of the process connector have 76 bytes (`linux/cn_proc.h`).
const ROOM: usize = 128;

/// A received datagram.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Datagram<'a> {
    /// The netlink port of the sender; 0 is the kernel (netlink(7)).
    pub(crate) sender: u32,
    /// The bytes that it sent. Cut off where it was longer than any that is expected.
    pub(crate) bytes: &'a [u8],
}

/// Receives many datagrams of a netlink socket with one call, into buffers that it keeps.
pub(crate) struct RecvBatch {
    buffers: Box<[[u8; ROOM]; DATAGRAMS]>,
    /// Sender and length of each datagram of the last call.
    received: Vec<(u32, usize)>,
}

impl Default for RecvBatch {
    fn default() -> Self {
        let buffers = Box::new([[0; ROOM]; DATAGRAMS]);
        Self { buffers, received: Vec::with_capacity(DATAGRAMS) }
    }
}

impl RecvBatch {
    /// Receives what is there, at most [`DATAGRAMS`], without waiting; returns how many.
    /// Fails with `EAGAIN` if there are none, with `ENOBUFS` if some were lost (netlink(7)).
    #[expect(unsafe_code, reason = "no safe wrapper of recvmmsg exists")]
    pub(crate) fn receive(&mut self, socket: impl AsFd) -> Result<usize, Errno> {
        self.received.clear();
        // SAFETY: all-zero bytes are valid for these structs: numbers, and pointers that are null.
        let (mut senders, mut rooms, mut headers): (
            [libc::sockaddr_nl; DATAGRAMS],
            [libc::iovec; DATAGRAMS],
            [libc::mmsghdr; DATAGRAMS],
        ) = unsafe { (zeroed(), zeroed(), zeroed()) };
        for (index, buffer) in self.buffers.iter_mut().enumerate() {
            rooms[index].iov_base = buffer.as_mut_ptr().cast();
            rooms[index].iov_len = ROOM;
            let header = &mut headers[index].msg_hdr;
            header.msg_name = (&raw mut senders[index]).cast();
            header.msg_namelen = length_of::<libc::sockaddr_nl>();
            header.msg_iov = &raw mut rooms[index];
            header.msg_iovlen = 1;
        }
        let socket = socket.as_fd().as_raw_fd();
        let n_headers = u32::try_from(DATAGRAMS).expect("64 is a u32");
        // SAFETY: the socket is open, as it is borrowed. There are `n_headers` headers, and each
        // points to one buffer and one address of the lengths given, which live through the call
        // and which nothing else uses meanwhile. Without a time limit the last pointer may be null.
        let received = unsafe {
            let no_limit = std::ptr::null_mut();
            libc::recvmmsg(socket, headers.as_mut_ptr(), n_headers, libc::MSG_DONTWAIT, no_limit)
        };
        let Ok(received) = usize::try_from(received) else { return Err(last_error()) };
        let lengths = headers.iter().map(|header| header.msg_len as usize);
        let senders = senders.iter().map(|sender| sender.nl_pid);
        self.received.extend(senders.zip(lengths).take(received));
        Ok(received)
    }

    /// The datagrams of the last call.
    pub(crate) fn datagrams(&self) -> impl Iterator<Item = Datagram<'_>> {
        let received = self.received.iter().zip(self.buffers.iter());
        received.map(|(&(sender, length), buffer)| Datagram {
            sender,
            bytes: buffer.get(..length).unwrap_or(buffer),
        })
    }
}

fn length_of<T>() -> libc::socklen_t {
    libc::socklen_t::try_from(size_of::<T>()).expect("addresses are short")
}

fn last_error() -> Errno {
    Errno::from_io_error(&io::Error::last_os_error()).unwrap_or(Errno::IO)
}

/// The wait status of a process that was reaped, from a pidfd that was opened before.
/// `None` while it is not reaped, and where the kernel does not tell (before Linux 6.15).
pub(crate) fn exit_status(pidfd: impl AsFd) -> Option<i32> {
    let reported = information(pidfd, libc::PIDFD_INFO_EXIT.into())?;
    filled_exit_code(reported.mask, reported.exit_code)
}

/// The mask says what of the rest was filled in.
fn filled_exit_code(mask: u64, exit_code: i32) -> Option<i32> {
    (mask & u64::from(libc::PIDFD_INFO_EXIT) != 0).then_some(exit_code)
}

/// Whether the kernel tells of a living process by its pidfd (since Linux 6.13).
pub(crate) fn tells_by_pidfd(pidfd: impl AsFd) -> bool {
    information(pidfd, libc::PIDFD_INFO_PID.into()).is_some()
}

#[expect(unsafe_code, reason = "no safe wrapper of PIDFD_GET_INFO exists")]
fn information(pidfd: impl AsFd, mask: u64) -> Option<libc::pidfd_info> {
    // SAFETY: all-zero bytes are valid for a struct of numbers.
    let mut info: libc::pidfd_info = unsafe { zeroed() };
    info.mask = mask;
    let pidfd = pidfd.as_fd().as_raw_fd();
    // SAFETY: the descriptor is open, as it is borrowed. The request holds the size of the struct,
    // of which the kernel writes no more; other descriptors refuse the request.
    let result = unsafe { libc::ioctl(pidfd, libc::PIDFD_GET_INFO, &raw mut info) };
    (result == 0).then_some(info)
}

/// The name of a user, as the system's database has it (getpwuid(3)). It may take its time.
#[expect(unsafe_code, reason = "no safe wrapper of getpwuid_r exists here")]
pub(crate) fn user_name(uid: u32) -> Option<String> {
    const MOST_ROOM: usize = 1024 * 1024;
    let mut room = vec![0; 1024];
    loop {
        // SAFETY: all-zero bytes are valid for a struct of numbers and pointers that are null.
        let mut entry: libc::passwd = unsafe { zeroed() };
        let mut found = std::ptr::null_mut();
        // SAFETY: entry, room and result live through the call, and the length is that of the
        // room. What the entry then points to lies within the room.
        let error = unsafe {
            libc::getpwuid_r(uid, &raw mut entry, room.as_mut_ptr(), room.len(), &raw mut found)
        };
        if error == libc::ERANGE && room.len() < MOST_ROOM {
            room.resize(room.len() * 2, 0);
            continue;
        }
        if error != 0 || found.is_null() || entry.pw_name.is_null() {
            return None;
        }
        // SAFETY: the name of a found entry is a string that ends with a NUL, in the room.
        let name = unsafe { std::ffi::CStr::from_ptr(entry.pw_name) };
        return Some(name.to_string_lossy().into_owned());
    }
}

/// Has all threads allocate from one arena (mallopt(3)), where the allocator is glibc's.
pub(crate) fn share_one_arena() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "no safe wrapper of mallopt exists")]
    // SAFETY: it takes two numbers. Where it refuses, there are more arenas.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}

/// Gives freed memory back to the kernel (`malloc_trim(3)`), where the allocator is glibc's.
pub(crate) fn give_back_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "no safe wrapper of malloc_trim exists")]
    // SAFETY: it takes a number and may be called by any thread at any time (malloc_trim(3),
    // "MT-Safe"); what is in use stays.
    unsafe {
        libc::malloc_trim(0);
    }
}

#[cfg(test)]
mod tests {
    use rustix::process::{PidfdFlags, getpid, pidfd_open};

    use super::*;
    use crate::record::Ending;

    #[test]
    fn what_lives_has_no_status() {
        let own = pidfd_open(getpid(), PidfdFlags::empty()).unwrap();
        assert_eq!(exit_status(&own), None);
        assert_eq!(exit_status(std::io::stdin()), None);
        assert!(!tells_by_pidfd(std::io::stdin()));
    }

    #[test]
    fn fuzz_pidfd_information() {
        crate::tests::fuzz::fuzz("pidfd-info", |random| {
            let mask = random.next();
            let code = i32::try_from(random.below(0x1_0000)).unwrap();
            let status = filled_exit_code(mask, code);
            assert_eq!(status.is_some(), mask >> 3 & 1 == 1, "PIDFD_INFO_EXIT is bit 3");
            // One of both, as wait(2) encodes it.
            let ending = status.map(Ending::from_wait_status);
            if let Some(Ending::Exited(code)) = ending {
                assert!(code < 256);
            } else if let Some(Ending::Signaled { signal, .. }) = ending {
                assert!((1..128).contains(&signal));
            }
        });
    }

    #[test]
    fn without_datagrams_none_are_received() {
        let (one, other) = std::os::unix::net::UnixDatagram::pair().unwrap();
        let mut batch = RecvBatch::default();
        assert_eq!(batch.receive(&one), Err(Errno::AGAIN));
        other.send(b"short").unwrap();
        other.send(&[7; 2 * ROOM]).unwrap();
        assert_eq!(batch.receive(&one), Ok(2));
        let received: Vec<&[u8]> = batch.datagrams().map(|datagram| datagram.bytes).collect();
        assert_eq!(received, [&b"short"[..], &[7; ROOM]]);
        assert_eq!(batch.receive(&one), Err(Errno::AGAIN));
        assert_eq!(batch.datagrams().count(), 0);
    }
}
