//! The messages of the lab: one message, one line of JSON, sometimes with file descriptors.

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
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::lab::answer::{LabError, Notification};
use crate::lab::part::Part;
use crate::record::ProcessKey;
use crate::test_process::TestProcessKind;

/// The first message on a socket; its descriptors come with it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub(super) enum Greeting {
    /// pexplore gives its helper the registration socket and the guard's pidfd.
    Handover,
    /// The helper registers with the guard, which answers with the same.
    Helper,
    /// A test process registers with the guard.
    TestProcess,
}

/// Nobody waits longer for a stopped reader to make room.
const SEND_LIMIT: Duration = Duration::from_secs(2);
/// Room for the longest answer, which names all processes of the largest family.
pub(super) const MAX_MESSAGE: usize = 4096;
const MAX_FDS: usize = 3;

/// A request of pexplore to the helper.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub(super) struct Envelope {
    pub(super) id: u64,
    pub(super) request: Request,
}

/// The request itself.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub(super) enum Request {
    /// That the lab's main runs.
    Main,
    TestProcess {
        kind: TestProcessKind,
        number: u32,
        /// Its parent; the lab's main if none is named.
        under: Option<ProcessKey>,
    },
    Run {
        arguments: Vec<String>,
        under: ProcessKey,
    },
    /// A text on a session's terminal.
    Type {
        text: String,
        session: ProcessKey,
    },
    /// The end of a session's terminal.
    HangUp {
        session: ProcessKey,
    },
    /// The normal end of a test process.
    End {
        test_process: ProcessKey,
    },
}

/// A message of the helper.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub(super) enum FromHelper {
    Reply(Reply),
    Notification(Notification),
}

/// The answer to a request: the processes, the test process's own first, or a sentence.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub(super) struct Reply {
    pub(super) id: u64,
    pub(super) outcome: Result<Family, LabError>,
}

/// The started processes.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub(super) struct Family {
    /// The process that it was added to.
    pub(super) parent: ProcessKey,
    /// Whether that is the lab's main.
    pub(super) is_under_main: bool,
    /// The processes that live, the test process's own first.
    pub(super) processes: Vec<ProcessKey>,
}

impl Family {
    /// Processes that were started below a process that is not the lab's main, or need not be.
    pub(super) fn new(parent: ProcessKey, processes: Vec<ProcessKey>) -> Self {
        Self { parent, is_under_main: false, processes }
    }
}

/// A command of the helper to a test process. With it come descriptors: for all but `End` the pipe
/// for the report, for what is born also the guard's registration socket, and for a test process
/// its control socket.
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

/// The only report of a child, on its pipe: that it has come up, or why it has not.
pub(super) type Report = Result<ProcessKey, LabError>;

/// A message as a line of JSON, in which a text may hold any characters.
pub(super) fn to_line(message: &impl Serialize) -> String {
    serde_json::to_string(message).expect("no message holds a map, or fails by itself")
}

/// The message of a line; `None` for one that was cut, or is none.
pub(super) fn parse<T: DeserializeOwned>(line: &str) -> Option<T> {
    serde_json::from_str(line).ok()
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
pub(super) fn send(
    socket: &OwnedFd,
    message: &impl Serialize,
    fds: &[BorrowedFd<'_>],
) -> rustix::io::Result<()> {
    send_line(socket, &to_line(message), fds)
}

pub(super) fn send_line(
    socket: &OwnedFd,
    line: &str,
    fds: &[BorrowedFd<'_>],
) -> rustix::io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_FDS))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !fds.is_empty() {
        ancillary.push(SendAncillaryMessage::ScmRights(fds));
    }
    let message = [IoSlice::new(line.as_bytes())];
    retry_on_intr(|| sendmsg(socket, &message, &mut ancillary, SendFlags::NOSIGNAL)).map(drop)
}

/// Sends a notification, if there is room for it: nobody waits for that.
pub(super) fn notify(socket: &OwnedFd, notification: &impl Serialize) {
    let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
    let line = to_line(notification);
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
    use std::fmt::Debug;
    use std::os::fd::AsFd;

    use super::*;
    use crate::lab::part::steps;
    use crate::record::Birth;
    use crate::test_process::{CaughtSignal, KINDS};

    const KEY: ProcessKey = ProcessKey { pid: 3, birth: Birth::Ticks(4) };

    /// What is understood is understood again from what it says of itself.
    fn assert_read_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(message: &T) {
        assert_eq!(parse::<T>(&to_line(message)).as_ref(), Some(message));
    }

    #[test]
    fn every_request_and_reply_is_read_back_from_its_line() {
        let text = "a\nb \u{3} \"c\" ñ".to_owned();
        let arguments = vec!["python3".to_owned(), text.clone(), String::new()];
        for request in [
            Request::Main,
            Request::Run { arguments, under: KEY },
            Request::Type { text, session: KEY },
            Request::HangUp { session: KEY },
            Request::End { test_process: KEY },
        ] {
            assert_read_back(&Envelope { id: 12, request });
        }
        for row in &KINDS {
            for under in [None, Some(KEY)] {
                let request = Request::TestProcess { kind: row.kind, number: 5, under };
                assert_read_back(&Envelope { id: 12, request });
            }
        }
        let family = |processes| Family { parent: KEY, is_under_main: true, processes };
        for outcome in [
            Ok(family(vec![])),
            Ok(family(vec![KEY; 4])),
            Err(LabError::new("no: it is late, really")),
        ] {
            assert_read_back(&FromHelper::Reply(Reply { id: 12, outcome }));
        }
        assert_eq!(parse::<Envelope>("12 child"), None);
        assert_eq!(parse::<FromHelper>("{\"Reply\":{\"id\":12}}"), None);
    }

    #[test]
    fn the_longest_answer_is_a_whole_message() {
        let longest = ProcessKey::at_ticks(4_194_304, u64::from(u32::MAX) * 100);
        let most = KINDS.iter().map(|row| {
            steps(row.kind, row.number.most, false)
                .iter()
                .filter(|step| !step.part.ends_at_once())
                .count()
        });
        let processes = vec![longest; most.max().unwrap()];
        let family = Family { parent: longest, is_under_main: false, processes };
        let reply = FromHelper::Reply(Reply { id: u64::MAX, outcome: Ok(family) });
        assert!(to_line(&reply).len() <= MAX_MESSAGE, "{}", to_line(&reply).len());
        let (left, right) = socket_pair().unwrap();
        send(&left, &reply, &[]).unwrap();
        assert_eq!(parse(&receive(&right).unwrap().unwrap().0), Some(reply));
    }

    #[test]
    fn commands_reports_and_notifications_are_read_back() {
        for command in [
            Command::End,
            Command::HangUp,
            Command::Fork { part: Part::Own(TestProcessKind::Burner), number: 50 },
            Command::Run { arguments: vec!["a b".to_owned(), "\n".to_owned()] },
            Command::Type { text: "\u{1a}".to_owned() },
        ] {
            assert_read_back(&command);
        }
        assert_eq!(parse::<Command>("fork px-dragon 1"), None);
        assert_read_back(&Report::Ok(KEY));
        assert_read_back(&Report::Err(LabError::new("it is late")));
        for notification in [
            Notification::Caught(CaughtSignal {
                pid: 7,
                signal: crate::record::Signal::TERM,
                sender: 8,
                sender_name: None,
            }),
            Notification::Participant { name: "worker-1".to_owned(), process: KEY },
        ] {
            assert_read_back(&notification);
            assert_read_back(&FromHelper::Notification(notification));
        }
        for greeting in [Greeting::Handover, Greeting::Helper, Greeting::TestProcess] {
            assert_read_back(&greeting);
        }
        assert_eq!(parse::<Notification>("1: failed x"), None);
    }

    #[test]
    fn a_message_arrives_whole_with_its_descriptors_and_then_the_end() {
        let (left, right) = socket_pair().unwrap();
        send_line(&left, "one", &[left.as_fd(), right.as_fd()]).unwrap();
        send_line(&left, "two", &[]).unwrap();
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
            send_line(&left, line, &[]).unwrap();
        }
        assert_eq!(receive(&right).unwrap().unwrap().0, longest);
        assert_eq!(receive(&right).unwrap_err(), Errno::MSGSIZE);
        assert_eq!(receive(&right).unwrap().unwrap().0, "next");
    }

    fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(line: &str) {
        if let Some(message) = parse::<T>(line) {
            assert_read_back(&message);
        }
    }

    #[test]
    fn fuzz_messages() {
        let key = r#"{"pid":3,"birth":{"ticks":4}}"#;
        let samples = [
            format!(
                r#"{{"Reply":{{"id":7,"outcome":{{"Ok":{{"parent":{key},"is_under_main":true,"processes":[{key}]}}}}}}}}"#
            ),
            r#"{"Reply":{"id":7,"outcome":{"Err":"there is no room"}}}"#.to_owned(),
            r#"{"Notification":{"Caught":{"pid":7,"signal":15,"sender":8,"sender_name":"sh"}}}"#
                .to_owned(),
            format!(r#"{{"Participant":{{"name":"worker","process":{key}}}}}"#),
            r#"{"id":7,"request":"Main"}"#.to_owned(),
            format!(r#"{{"id":7,"request":{{"Run":{{"arguments":["sh","-c"],"under":{key}}}}}}}"#),
            r#"{"Run":{"arguments":["a"]}}"#.to_owned(),
            r#""HangUp""#.to_owned(),
            format!(r#"{{"Ok":{key}}}"#),
        ];
        let samples: Vec<&str> = samples.iter().map(String::as_str).collect();
        for sample in &samples {
            let is_one = [
                parse::<Envelope>(sample).is_some(),
                parse::<FromHelper>(sample).is_some(),
                parse::<Command>(sample).is_some(),
                parse::<Notification>(sample).is_some(),
                parse::<Report>(sample).is_some(),
            ];
            assert!(is_one.contains(&true), "{sample}");
        }
        crate::tests::fuzz::fuzz("messages", |random| {
            let line = random.text(&samples);
            check::<Envelope>(&line);
            check::<FromHelper>(&line);
            check::<Command>(&line);
            check::<Notification>(&line);
            check::<Report>(&line);
        });
    }
}
