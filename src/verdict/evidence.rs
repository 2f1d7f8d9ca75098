//! Each reason for a role, with its sentence.

use std::fmt;
use std::sync::Arc;

use crate::record::{Ending, Pid, Stream};
use crate::text::visible;
use crate::verdict::Who;

/// One fact that a role was decided from. Its `Display` is a full sentence without its stop.
#[derive(Clone, Debug, PartialEq)]
pub enum Evidence {
    KernelThread,
    UnderKernelThreads,
    PidOne,
    HeadsNamespace,
    ParentOutside,
    NoTerminal,
    LeadsSession,
    SessionLeaderEnded { leader: Pid },
    UnderReaper { reaper: Who },
    Detached { streams: [Stream; 3] },
    StartedAsService { manager: Who, unit: Arc<str> },
    StreamsRefused,
    AdoptedByDesign { name: Arc<str> },
    DaemonicPoolWorker { main: Who },
    DaemonicTestProcess,
    WasDaemonic { cause: Option<Ending> },
    Reparented { creator: Who, cause: Option<Ending>, adopter: Option<Who> },
    ReparentedAgain { parent: Arc<str>, adopter: Option<Who> },
    ParentYounger { parent: Who },
    ForeignSession { session: Pid, parent: Who },
    MainEnded { runtime: &'static str, part: &'static str },
    GroupLeaderEnded { group: Pid },
    ForeignGroup { group: Pid },
    NotFirstChildOfInit { init: Who },
    ForeignUnit { unit: Arc<str>, parent: Who },
    LogicalParentEnded { parent: Option<Who>, cause: Option<Ending>, creator: Who },
    LeadsJob { shell: Who },
    OldestOfJob { group: Pid, shell: Who },
    RuntimeMain { runtime: &'static str },
    ForkedChildren { count: usize },
    ServiceWithTerminal { unit: Arc<str> },
    TopOfApplication { unit: Arc<str> },
    Supervised { supervisor: Who },
    LivingChildren { count: usize },
    NoLivingChild,
    ForkSeen { parent: Who },
    MadeSibling { creator: Option<Who>, parent: Who },
    ChildOf { parent: Who },
    ParentMayHaveAdopted { parent: Who },
    FactsUnread,
}

impl fmt::Display for Evidence {
    #[expect(clippy::too_many_lines, reason = "the table of all sentences, one arm each")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KernelThread => {
                f.write_str("the kernel marks it as a thread of its own (PF_KTHREAD)")
            }
            Self::UnderKernelThreads => f.write_str(
                "it hangs under kthreadd (2) and has neither an executable nor a command line",
            ),
            Self::PidOne => f.write_str("it is pid 1, the init of this pid namespace"),
            Self::HeadsNamespace => f.write_str(
                "it is pid 1 of a pid namespace of its own and runs another program than its parent",
            ),
            Self::ParentOutside => f.write_str(
                "its parent is outside this pid namespace, so it was brought in from there",
            ),
            Self::NoTerminal => f.write_str("it has no controlling terminal"),
            Self::LeadsSession => f.write_str("it leads its own session"),
            Self::SessionLeaderEnded { leader } => {
                write!(f, "its session's leader {leader} has ended")
            }
            Self::UnderReaper { reaper } => {
                write!(f, "its parent is {reaper}, which adopts processes whose creator ended")
            }
            Self::Detached { streams } => f.write_str(&detached(*streams)),
            Self::StartedAsService { manager, unit } => {
                write!(f, "{manager} started it as the service {}", visible(unit))
            }
            Self::StreamsRefused => f.write_str(
                "its standard streams could not be read: permission denied",
            ),
            Self::AdoptedByDesign { name } => {
                write!(f, "{} lets itself be adopted by design", visible(name))
            }
            Self::DaemonicPoolWorker { main } => write!(
                f,
                "daemonic child: ended by its main on a normal end; \
                 it is a Pool worker of {main}, recognized by the pipes that it shares with its siblings"
            ),
            Self::DaemonicTestProcess => f.write_str(
                "daemonic child: ended by its main on a normal end; \
                 known because the lab started it so",
            ),
            Self::WasDaemonic { cause: Some(cause @ Ending::Exited(_)) } => write!(
                f,
                "was a daemonic child; its main ended with {cause} and did not end it"
            ),
            Self::WasDaemonic { cause: Some(cause) } => write!(
                f,
                "was a daemonic child; its main ended by {cause} and could not end it"
            ),
            Self::WasDaemonic { cause: None } => {
                f.write_str("was a daemonic child; its main ended and did not end it")
            }
            Self::Reparented { creator, cause, adopter } => {
                write!(f, "its creator {creator} ended")?;
                cause.iter().try_for_each(|cause| write!(f, " ({cause})"))?;
                f.write_str(" while it lived")?;
                adopter.iter().try_for_each(|adopter| write!(f, ", and {adopter} adopted it"))
            }
            Self::ReparentedAgain { parent, adopter } => {
                write!(
                    f,
                    "its parent {} ended while it lived, and was itself not its creator",
                    visible(parent)
                )?;
                adopter.iter().try_for_each(|adopter| write!(f, "; {adopter} adopted it"))
            }
            Self::ParentYounger { parent } => write!(
                f,
                "its parent {parent} is younger than it, so it adopted it and did not create it"
            ),
            Self::ForeignSession { session, parent } => write!(
                f,
                "its session {session}, which it does not lead, is not that of its parent \
                 {parent}: a child inherits its creator's session, so another process created it"
            ),
            Self::MainEnded { runtime, part } => write!(
                f,
                "it is recognized as a {part} of a {runtime} family, and its parent is no member \
                 of that family"
            ),
            Self::GroupLeaderEnded { group } => write!(
                f,
                "its process group's leader {group} has ended, and its parent is in another group"
            ),
            Self::ForeignGroup { group } => write!(
                f,
                "its process group {group} is led by a process that is neither its parent \
                 nor its sibling"
            ),
            Self::NotFirstChildOfInit { init } => write!(
                f,
                "{init} starts one child only, and this one is not its oldest"
            ),
            Self::ForeignUnit { unit, parent } => write!(
                f,
                "it belongs to {}, which its parent {parent} started for another process",
                visible(unit)
            ),
            Self::LogicalParentEnded { parent, cause, creator } => {
                f.write_str("its logical parent ")?;
                parent.iter().try_for_each(|parent| write!(f, "{parent} "))?;
                f.write_str("has ended")?;
                cause.iter().try_for_each(|cause| write!(f, " ({cause})"))?;
                write!(
                    f,
                    ": no older process holds the other end of its parent pipe; \
                     its creator {creator} lives"
                )
            }
            Self::LeadsJob { shell } => write!(f, "it leads a job of the shell {shell}"),
            Self::OldestOfJob { group, shell } => write!(
                f,
                "it is the oldest living member of job {group} of the shell {shell}, \
                 whose leader has ended"
            ),
            Self::RuntimeMain { runtime } => {
                write!(f, "it is recognized as the main process of a {runtime} family")
            }
            Self::ForkedChildren { count: 1 } => f.write_str(
                "it exec'd this program and has a forked child that never exec'd",
            ),
            Self::ForkedChildren { count } => write!(
                f,
                "it exec'd this program and has {count} forked children that never exec'd"
            ),
            Self::ServiceWithTerminal { unit } => write!(
                f,
                "it is the top process of the service {}, which has a terminal",
                visible(unit)
            ),
            Self::TopOfApplication { unit } => {
                write!(f, "it is the top process of the application unit {}", visible(unit))
            }
            Self::Supervised { supervisor } => {
                write!(f, "the supervisor {supervisor} runs it as a program of its own")
            }
            Self::LivingChildren { count: 1 } => f.write_str("it has one living child"),
            Self::LivingChildren { count } => write!(f, "it has {count} living children"),
            Self::NoLivingChild => f.write_str("it has no living child"),
            Self::ForkSeen { parent } => write!(f, "its parent {parent} was seen to fork it"),
            Self::MadeSibling { creator: Some(creator), parent } => write!(
                f,
                "it is a copy of its sibling {creator} and not of its parent {parent}, \
                 so its sibling created it (CLONE_PARENT)"
            ),
            Self::MadeSibling { creator: None, parent } => write!(
                f,
                "it is no copy of its parent {parent}, so a sibling created it (CLONE_PARENT), \
                 and which one is not known"
            ),
            Self::ChildOf { parent } => {
                write!(f, "its parent {parent} created it (no evidence against)")
            }
            Self::ParentMayHaveAdopted { parent } => write!(
                f,
                "its parent {parent} adopts processes whose creator ended; \
                 nothing tells whether it created this one"
            ),
            Self::FactsUnread => {
                f.write_str("its command line and its standard streams are not read yet")
            }
        }
    }
}

/// Where the standard streams of a detached process lead.
fn detached(streams: [Stream; 3]) -> String {
    let places = streams.map(|stream| match stream {
        Stream::Closed => "closed",
        Stream::Null => "/dev/null",
        Stream::Journal => "the journal",
        Stream::Terminal => "a terminal",
        Stream::Pipe => "a pipe",
        Stream::Socket => "a socket",
        Stream::File => "a file",
        Stream::Other => "something else",
    });
    let [input, output, errors] = places;
    let is_open = |stream: &Stream| matches!(stream, Stream::Pipe | Stream::Socket);
    let unclear = if streams.iter().any(is_open) {
        ", and who holds the other end of a pipe or socket is not known"
    } else {
        ""
    };
    format!("no terminal is at its standard streams ({input}, {output}, {errors}){unclear}")
}
