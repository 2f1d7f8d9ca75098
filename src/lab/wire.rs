//! What is said over the sockets: one message, one line of text, sometimes with file descriptors.

use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::io::{Errno, retry_on_intr};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags,
    SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg,
    sendmsg, socketpair, sockopt,
};
use serde::{Deserialize, Serialize};

use crate::lab::part::Part;
use crate::lab::pidfd::Identity;
use crate::test_process::TestProcessKind;

/// The helper's first message holds the registration socket and the guard's pidfd.
pub(super) const HANDOVER: &str = "handover";
/// A registration of the helper with the guard; every other one is a test process's.
pub(super) const HELPER: &str = "helper";
/// A registration of a test process's process with the guard.
pub(super) const TEST_PROCESS: &str = "test process";

/// Nobody waits longer for a stopped reader to make room.
const SEND_LIMIT: Duration = Duration::from_secs(2);
/// Room for the longest answer, which names all processes of the largest family.
pub(super) const MAX_MESSAGE: usize = 4096;
const MAX_FDS: usize = 3;

/// What pexplore asks of the helper.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub(super) struct Envelope {
    pub(super) id: u64,
    pub(super) request: Request,
}

/// What is wanted.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub(super) enum Request {
    /// That the lab's main runs.
    Main,
    TestProcess {
        kind: TestProcessKind,
        number: u32,
        /// Whose child it is to be; the lab's main if none is named.
        under: Option<Identity>,
    },
    Run {
        arguments: Vec<String>,
        under: Identity,
    },
    /// A text on a session's terminal.
    Type {
        text: String,
        session: Identity,
    },
    /// The end of a session's terminal.
    HangUp {
        session: Identity,
    },
    /// The normal end of a test process.
    End {
        test_process: Identity,
    },
}

impl Request {
    /// Whether it is about no process in particular, so that a new lab can fulfill it, too.
    pub(super) fn names_nobody(&self) -> bool {
        matches!(self, Self::Main | Self::TestProcess { under: None, .. })
    }
}

/// What the helper answers: the processes, the test process's own first, or a sentence.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Reply {
    pub(super) id: u64,
    pub(super) outcome: Result<Family, String>,
}

/// What was started.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Family {
    /// The process that it was added to.
    pub(super) parent: Identity,
    /// Whether that is the lab's main.
    pub(super) is_under_main: bool,
    /// The processes that live, the test process's own first.
    pub(super) processes: Vec<Identity>,
}

impl Family {
    /// What was started below a process that is not the lab's main, or need not be.
    pub(super) fn of(parent: Identity, processes: Vec<Identity>) -> Self {
        Self { parent, is_under_main: false, processes }
    }
}

impl Envelope {
    pub(super) fn to_line(&self) -> String {
        to_json(self)
    }

    pub(super) fn parse(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }
}

impl Reply {
    pub(super) fn to_line(&self) -> String {
        let id = self.id;
        match &self.outcome {
            Ok(Family { parent, is_under_main, processes }) => {
                let list = processes
                    .iter()
                    .fold(String::new(), |list, process| format!("{list}, {process}"));
                format!("{id}: started {is_under_main}, {parent}{list}")
            }
            Err(sentence) => format!("{id}: failed {sentence}"),
        }
    }

    pub(super) fn parse(line: &str) -> Option<Self> {
        let (id, outcome) = line.split_once(": ")?;
        let outcome = match outcome.split_once(' ')? {
            ("started", list) => {
                let (is_under_main, list) = list.split_once(", ")?;
                let mut identities = list.split(", ").map(str::parse);
                Ok(Family {
                    parent: identities.next()?.ok()?,
                    is_under_main: is_under_main.parse().ok()?,
                    processes: identities.collect::<Result<_, _>>().ok()?,
                })
            }
            ("failed", sentence) => Err(sentence.to_owned()),
            _ => return None,
        };
        Some(Self { id: id.parse().ok()?, outcome })
    }
}

/// What the helper tells a test process to do. With it come descriptors: for all but `End` the pipe
/// for the report, for what is born also the guard's registration socket, and for a test process its
/// control socket.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub(super) enum Command {
    Fork {
        part: Part,
        number: u32,
    },
    Run {
        arguments: Vec<String>,
    },
    Type {
        text: String,
    },
    HangUp,
    /// End as a main does on a normal end: daemonic children first.
    End,
}

impl Command {
    pub(super) fn to_line(&self) -> String {
        to_json(self)
    }

    pub(super) fn parse(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }
}

/// Quoted, so that a text may hold any characters.
fn to_json(message: &impl Serialize) -> String {
    serde_json::to_string(message).expect("no message holds a map, or fails by itself")
}

/// What a test process has to say, passed on by the helper.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Notice {
    Sentence(String),
    /// Who a process of a program is.
    Participant {
        name: String,
        process: Identity,
    },
}

const NOTIFICATION: &str = "say ";
const PARTICIPANT: &str = "participant ";

impl Notice {
    pub(super) fn to_line(&self) -> String {
        match self {
            Self::Sentence(sentence) => format!("{NOTIFICATION}{sentence}"),
            Self::Participant { name, process } => format!("{PARTICIPANT}{name} {process}"),
        }
    }

    pub(super) fn parse(line: &str) -> Option<Self> {
        if let Some(sentence) = line.strip_prefix(NOTIFICATION) {
            return Some(Self::Sentence(sentence.to_owned()));
        }
        let (name, process) = line.strip_prefix(PARTICIPANT)?.split_once(' ')?;
        Some(Self::Participant { name: name.to_owned(), process: process.parse().ok()? })
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

/// Sends what has to be said, if there is room for it: nobody waits for that.
pub(super) fn say(socket: &OwnedFd, said: &Notice) {
    let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
    let line = said.to_line();
    let _ = retry_on_intr(|| rustix::net::send(socket, line.as_bytes(), flags));
}

/// Waits for one message; `None` when the other side is closed. One that is longer than any that is
/// said here fails, as what is left of it would say something else.
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
    if received.flags.intersects(ReturnFlags::TRUNC | ReturnFlags::CTRUNC) {
        return Err(Errno::MSGSIZE);
    }
    // No message is empty, so nothing read means the end.
    let line = String::from_utf8_lossy(&buffer[..received.bytes]).into_owned();
    Ok((received.bytes > 0).then_some((line, fds)))
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use super::*;
    use crate::lab::part::steps;
    use crate::test_process::KINDS;

    #[test]
    fn every_request_and_reply_is_read_back_from_its_line() {
        let identity = Identity { pid: 3, start_ticks: 4 };
        let text = "a\nb \u{3} \"c\" ñ".to_owned();
        let arguments = vec!["python3".to_owned(), text.clone(), String::new()];
        for request in [
            Request::Main,
            Request::Run { arguments, under: identity },
            Request::Type { text, session: identity },
            Request::HangUp { session: identity },
            Request::End { test_process: identity },
        ] {
            let request = Envelope { id: 12, request };
            assert_eq!(Envelope::parse(&request.to_line()), Some(request));
        }
        for row in &KINDS {
            for under in [None, Some(identity)] {
                let request = Request::TestProcess { kind: row.kind, number: 5, under };
                let request = Envelope { id: 12, request };
                assert_eq!(Envelope::parse(&request.to_line()), Some(request));
            }
        }
        let family = |processes| Family { parent: identity, is_under_main: true, processes };
        for outcome in [
            Ok(family(vec![])),
            Ok(family(vec![identity; 4])),
            Err("no: it is late, really".into()),
        ] {
            let reply = Reply { id: 12, outcome };
            assert_eq!(Reply::parse(&reply.to_line()), Some(reply));
        }
        assert_eq!(Envelope::parse("12 child"), None);
        assert_eq!(Reply::parse("12: started"), None);
    }

    #[test]
    fn the_longest_answer_is_a_whole_message() {
        let longest = Identity { pid: 4_194_304, start_ticks: u64::from(u32::MAX) * 100 };
        let most = KINDS.iter().map(|row| {
            steps(row.kind, row.number.most, false)
                .iter()
                .filter(|step| !step.part.ends_at_once())
                .count()
        });
        let processes = vec![longest; most.max().unwrap()];
        let family = Family { parent: longest, is_under_main: false, processes };
        let reply = Reply { id: u64::MAX, outcome: Ok(family) };
        assert!(reply.to_line().len() <= MAX_MESSAGE);
        let (left, right) = socket_pair().unwrap();
        send(&left, &reply.to_line(), &[]).unwrap();
        assert_eq!(Reply::parse(&receive(&right).unwrap().unwrap().0), Some(reply));
    }

    #[test]
    fn commands_and_notifications_are_read_back() {
        for command in [
            Command::End,
            Command::HangUp,
            Command::Fork { part: Part::Own(TestProcessKind::Burner), number: 50 },
            Command::Run { arguments: vec!["a b".to_owned(), "\n".to_owned()] },
            Command::Type { text: "\u{1a}".to_owned() },
        ] {
            assert_eq!(Command::parse(&command.to_line()), Some(command));
        }
        assert_eq!(Command::parse("fork px-dragon 1"), None);
        let process = Identity { pid: 3, start_ticks: 4 };
        for said in [
            Notice::Sentence("it is late".to_owned()),
            Notice::Participant { name: "worker-1".to_owned(), process },
        ] {
            assert_eq!(Notice::parse(&said.to_line()), Some(said));
        }
        assert_eq!(Notice::parse("1: failed x"), None);
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

    #[test]
    fn a_message_that_is_too_long_fails_and_the_next_one_arrives() {
        let (left, right) = socket_pair().unwrap();
        let longest = "x".repeat(MAX_MESSAGE);
        for line in [&*longest, &format!("{longest}x"), "next"] {
            send(&left, line, &[]).unwrap();
        }
        assert_eq!(receive(&right).unwrap().unwrap().0, longest);
        assert_eq!(receive(&right).unwrap_err(), Errno::MSGSIZE);
        assert_eq!(receive(&right).unwrap().unwrap().0, "next");
    }

    #[test]
    fn fuzz_messages() {
        let samples = [
            "7: started true, 3 4, 5 6, 7 8",
            "7: failed there is no room",
            "say hello",
            "participant worker 3 4",
            r#"{"id":7,"request":"Main"}"#,
            r#"{"id":7,"request":{"Run":{"arguments":["sh","-c"],"under":{"pid":3,"start_ticks":4}}}}"#,
            r#"{"Run":{"arguments":["a"]}}"#,
            r#""HangUp""#,
        ];
        crate::tests::fuzz::fuzz("messages", |random| {
            let line = random.text(&samples);
            // What is understood is understood again from what it says of itself.
            if let Some(request) = Envelope::parse(&line) {
                assert_eq!(Envelope::parse(&request.to_line()), Some(request));
            }
            if let Some(reply) = Reply::parse(&line) {
                assert_eq!(Reply::parse(&reply.to_line()), Some(reply));
            }
            if let Some(command) = Command::parse(&line) {
                assert_eq!(Command::parse(&command.to_line()), Some(command));
            }
            if let Some(said) = Notice::parse(&line) {
                assert_eq!(Notice::parse(&said.to_line()), Some(said));
            }
        });
    }
}
