//! Each reason for a role, with its sentence.

use std::sync::Arc;

use derive_more::Display;

use crate::record::{Ending, Pid, Stream};
use crate::text::visible;
use crate::verdict::Who;

/// One fact that a role was decided from. Its `Display` is a full sentence without its stop.
#[derive(Clone, Debug, Display, PartialEq)]
pub enum Evidence {
    #[display("the kernel marks it as a thread of its own (PF_KTHREAD)")]
    KernelThread,
    #[display("it hangs under kthreadd (2) and has neither an executable nor a command line")]
    UnderKernelThreads,
    #[display("it is pid 1, the init of this pid namespace")]
    PidOne,
    #[display("it is pid 1 of a pid namespace of its own and runs another program than its parent")]
    HeadsNamespace,
    #[display("its parent is outside this pid namespace, so it was brought in from there")]
    ParentOutside,
    #[display("it has no controlling terminal")]
    NoTerminal,
    #[display("it leads its own session")]
    LeadsSession,
    #[display("its session's leader {leader} has ended")]
    SessionLeaderEnded { leader: Pid },
    #[display("its parent is {reaper}, which adopts processes whose creator ended")]
    UnderReaper { reaper: Who },
    #[display("{}", detached(*streams))]
    Detached { streams: [Stream; 3] },
    #[display("{manager} started it as the service {}", visible(unit))]
    StartedAsService { manager: Who, unit: Arc<str> },
    #[display("its standard streams could not be read: permission denied")]
    StreamsRefused,
    #[display("{} lets itself be adopted by design", visible(name))]
    AdoptedByDesign { name: Arc<str> },
    #[display(
        "daemonic child: ended by its main on a normal end; it is a Pool worker of {main}, \
         recognized by the pipes that it shares with its siblings"
    )]
    DaemonicPoolWorker { main: Who },
    #[display(
        "daemonic child: ended by its main on a normal end; known because the lab started it so"
    )]
    DaemonicTestProcess,
    #[display("was a daemonic child; its main ended{}", without_ending_it(*cause))]
    WasDaemonic { cause: Option<Ending> },
    #[display(
        "its creator {creator} ended{} while it lived{}",
        bracketed(*cause), then_adopted(", and ", adopter.as_ref())
    )]
    Reparented { creator: Who, cause: Option<Ending>, adopter: Option<Who> },
    #[display(
        "its parent {} ended while it lived, and was itself not its creator{}",
        visible(parent), then_adopted("; ", adopter.as_ref())
    )]
    ReparentedAgain { parent: Arc<str>, adopter: Option<Who> },
    #[display("its parent {parent} is younger than it, so it adopted it and did not create it")]
    ParentYounger { parent: Who },
    #[display(
        "its session {session}, which it does not lead, is not that of its parent {parent}: \
         a child inherits its creator's session, so another process created it"
    )]
    ForeignSession { session: Pid, parent: Who },
    #[display(
        "it is recognized as a {part} of a {runtime} family, and its parent is no member of that \
         family"
    )]
    MainEnded { runtime: &'static str, part: &'static str },
    #[display("its process group's leader {group} has ended, and its parent is in another group")]
    GroupLeaderEnded { group: Pid },
    #[display(
        "its process group {group} is led by a process that is neither its parent nor its sibling"
    )]
    ForeignGroup { group: Pid },
    #[display("{init} starts one child only, and this one is not its oldest")]
    NotFirstChildOfInit { init: Who },
    #[display(
        "it belongs to {}, which its parent {parent} started for another process",
        visible(unit)
    )]
    ForeignUnit { unit: Arc<str>, parent: Who },
    #[display(
        "its logical parent{} has ended{}: no older process holds the other end of its parent \
         pipe; its creator {creator} lives",
        spaced(parent.as_ref()), bracketed(*cause)
    )]
    LogicalParentEnded { parent: Option<Who>, cause: Option<Ending>, creator: Who },
    #[display("it leads a job of the shell {shell}")]
    LeadsJob { shell: Who },
    #[display(
        "it is the oldest living member of job {group} of the shell {shell}, whose leader has ended"
    )]
    OldestOfJob { group: Pid, shell: Who },
    #[display("it is recognized as the main process of a {runtime} family")]
    RuntimeMain { runtime: &'static str },
    #[display(
        "it exec'd this program and has {} that never exec'd",
        one_or(*count, "a forked child", "forked children")
    )]
    ForkedChildren { count: usize },
    #[display("it is the top process of the service {}, which has a terminal", visible(unit))]
    ServiceWithTerminal { unit: Arc<str> },
    #[display("it is the top process of the application unit {}", visible(unit))]
    TopOfApplication { unit: Arc<str> },
    #[display("the supervisor {supervisor} runs it as a program of its own")]
    Supervised { supervisor: Who },
    #[display("it has {}", one_or(*count, "one living child", "living children"))]
    LivingChildren { count: usize },
    #[display("it has no living child")]
    NoLivingChild,
    #[display("its parent {parent} was seen to fork it")]
    ForkSeen { parent: Who },
    #[display("{}", made_by_sibling(creator.as_ref(), parent))]
    MadeSibling { creator: Option<Who>, parent: Who },
    #[display("its parent {parent} created it (no evidence against)")]
    ChildOf { parent: Who },
    #[display(
        "its parent {parent} adopts processes whose creator ended; nothing tells whether it \
         created this one"
    )]
    ParentMayHaveAdopted { parent: Who },
    #[display("its command line and its standard streams are not read yet")]
    FactsUnread,
}

fn one_or(count: usize, one: &str, many: &str) -> String {
    if count == 1 { one.to_owned() } else { format!("{count} {many}") }
}

fn spaced(who: Option<&Who>) -> String {
    who.map_or_else(String::new, |who| format!(" {who}"))
}

fn bracketed(cause: Option<Ending>) -> String {
    cause.map_or_else(String::new, |cause| format!(" ({cause})"))
}

fn then_adopted(link: &str, adopter: Option<&Who>) -> String {
    adopter.map_or_else(String::new, |adopter| format!("{link}{adopter} adopted it"))
}

fn without_ending_it(cause: Option<Ending>) -> String {
    match cause {
        Some(cause @ Ending::Exited(_)) => format!(" with {cause} and did not end it"),
        Some(cause) => format!(" by {cause} and could not end it"),
        None => " and did not end it".to_owned(),
    }
}

fn made_by_sibling(creator: Option<&Who>, parent: &Who) -> String {
    match creator {
        Some(creator) => format!(
            "it is a copy of its sibling {creator} and not of its parent {parent}, so its sibling \
             created it (CLONE_PARENT)"
        ),
        None => format!(
            "it is no copy of its parent {parent}, so a sibling created it (CLONE_PARENT), and \
             which one is not known"
        ),
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
