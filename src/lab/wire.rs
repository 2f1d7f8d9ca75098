//! What is said over the sockets: one message, one line of text, sometimes with file descriptors.

use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::io::retry_on_intr;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
    sockopt,
};

use crate::lab::pidfd::Identity;
use crate::model::specimen::{KINDS, SpecimenKind};

/// The helper's first message holds the registration socket and the guard's pidfd.
pub(super) const HANDOVER: &str = "handover";
/// A registration of the helper with the guard; every other one is a specimen's.
pub(super) const HELPER: &str = "helper";
/// A registration of a specimen's process with the guard.
pub(super) const SPECIMEN: &str = "specimen";

/// Nobody waits longer for a stopped reader to make room.
const SEND_LIMIT: Duration = Duration::from_secs(2);
const MAX_MESSAGE: usize = 1024;
const MAX_FDS: usize = 2;

/// What pexplore asks of the helper.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Request {
    pub(super) id: u64,
    pub(super) kind: SpecimenKind,
}

/// What the helper answers: the processes, the specimen's own first, or a sentence.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Reply {
    pub(super) request: Request,
    pub(super) outcome: Result<Vec<Identity>, String>,
}

impl Request {
    pub(super) fn to_line(self) -> String {
        format!("{} {}", self.id, self.kind.row().name)
    }

    pub(super) fn parse(line: &str) -> Option<Self> {
        let (id, name) = line.split_once(' ')?;
        let row = KINDS.iter().find(|row| row.name == name)?;
        Some(Self { id: id.parse().ok()?, kind: row.kind })
    }
}

impl Reply {
    pub(super) fn to_line(&self) -> String {
        let request = self.request.to_line();
        match &self.outcome {
            Ok(processes) => {
                let processes: Vec<String> = processes.iter().map(Identity::to_string).collect();
                format!("{request}: started {}", processes.join(", "))
            }
            Err(sentence) => format!("{request}: failed {sentence}"),
        }
    }

    pub(super) fn parse(line: &str) -> Option<Self> {
        let (request, outcome) = line.split_once(": ")?;
        let outcome = match outcome.split_once(' ')? {
            ("started", list) => {
                Ok(list.split(", ").map(str::parse).collect::<Result<_, _>>().ok()?)
            }
            ("failed", sentence) => Err(sentence.to_owned()),
            _ => return None,
        };
        Some(Self { request: Request::parse(request)?, outcome })
    }
}

/// Two connected sockets that keep messages apart and are closed on exec.
pub(super) fn socket_pair() -> rustix::io::Result<(OwnedFd, OwnedFd)> {
    let (left, right) =
        socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
    for socket in [&left, &right] {
        sockopt::set_socket_timeout(socket, sockopt::Timeout::Send, Some(SEND_LIMIT))?;
    }
    Ok((left, right))
}

/// Sends one message.
pub(super) fn send(socket: &OwnedFd, line: &str, fds: &[BorrowedFd<'_>]) -> rustix::io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_FDS))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !fds.is_empty() {
        ancillary.push(SendAncillaryMessage::ScmRights(fds));
    }
    let message = [IoSlice::new(line.as_bytes())];
    retry_on_intr(|| sendmsg(socket, &message, &mut ancillary, SendFlags::NOSIGNAL)).map(drop)
}

/// Waits for one message; `None` when the other side is closed.
pub(super) fn receive(socket: &OwnedFd) -> rustix::io::Result<Option<(String, Vec<OwnedFd>)>> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_FDS))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut buffer = [0; MAX_MESSAGE];
    let received = retry_on_intr(|| {
        let mut message = [IoSliceMut::new(&mut buffer)];
        recvmsg(socket, &mut message, &mut ancillary, RecvFlags::CMSG_CLOEXEC)
    })?;
    let fds = ancillary
        .drain()
        .filter_map(|message| match message {
            RecvAncillaryMessage::ScmRights(fds) => Some(fds),
            _ => None,
        })
        .flatten()
        .collect();
    // No message is empty, so nothing read means the end.
    let line = String::from_utf8_lossy(&buffer[..received.bytes]).into_owned();
    Ok((received.bytes > 0).then_some((line, fds)))
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use super::*;

    #[test]
    fn every_request_and_reply_is_read_back_from_its_line() {
        for row in &KINDS {
            let request = Request { id: 12, kind: row.kind };
            assert_eq!(Request::parse(&request.to_line()), Some(request));
            let identity = Identity { pid: 3, start_ticks: 4 };
            for outcome in [Ok(vec![identity]), Ok(vec![identity; 4]), Err("no: it is late".into())]
            {
                let reply = Reply { request, outcome };
                assert_eq!(Reply::parse(&reply.to_line()), Some(reply));
            }
        }
        assert_eq!(Request::parse("12 dragon"), None);
        assert_eq!(Reply::parse("12 child: started"), None);
    }

    #[test]
    fn a_message_arrives_whole_with_its_descriptors_and_then_the_end() {
        let (left, right) = socket_pair().unwrap();
        send(&left, "one", &[left.as_fd(), right.as_fd()]).unwrap();
        send(&left, "two", &[]).unwrap();
        let (line, fds) = receive(&right).unwrap().unwrap();
        assert_eq!((line.as_str(), fds.len()), ("one", 2));
        drop(fds);
        assert_eq!(receive(&right).unwrap().unwrap().0, "two");
        drop(left);
        assert!(receive(&right).unwrap().is_none());
    }
}
