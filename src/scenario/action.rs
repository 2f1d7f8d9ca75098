//! The actions of a step: the processes that they are for, and how they are reported.

use serde::{Deserialize, Serialize};

use crate::record::{ProcessKey, Signal};
use crate::roles::Subject;
use crate::scenario::participants::{Participant, Participants};
use crate::scenario::request::StageOrder;
use crate::test_process::TestProcessOrder;
use crate::text::units::with_article;
use crate::world::World;

/// Something that is done to real processes. Who it is done to is named by the part they play.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(crate) enum Action {
    /// A test process is started, and plays that part from then on.
    Start {
        /// Its kind and number.
        order: TestProcessOrder,
        /// The part of its own process.
        part: String,
        under: String,
    },
    /// A Python program of the lab is started as a job of a session.
    Run {
        program: String,
        /// The part of its own process.
        part: String,
        under: String,
        /// The parts of the processes that it tells of; all are waited for.
        tells: Vec<String>,
    },
    Signal {
        signal: Signal,
        to: String,
        reach: Reach,
    },
    /// Something is typed on a session's terminal.
    Type {
        /// The typed text, control characters among it.
        text: String,
        /// Its name for the viewer, such as `Ctrl-C`.
        label: String,
        on: String,
    },
    /// The terminal of a session is closed.
    HangUp {
        session: String,
    },
    /// A process is asked to end as it normally does.
    End {
        part: String,
    },
    /// A process is found among those that others started, and plays that part from then on.
    Find {
        /// Its part in its runtime, such as `resource-tracker`.
        recognized: String,
        /// The part that it plays.
        part: String,
        under: String,
    },
    /// Everything that was started ends, and a new main takes the place of the old one.
    Reset,
}

/// The reach of a signal that is sent to a process.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
pub(crate) enum Reach {
    /// Nobody.
    #[default]
    Process,
    Subtree,
    /// Everything in its process group.
    Group,
    Session,
}

impl Reach {
    /// Every reach, with its word in the file.
    pub(crate) const ALL: [(Self, &str); 4] = [
        (Self::Process, "process"),
        (Self::Subtree, "subtree"),
        (Self::Group, "group"),
        (Self::Session, "session"),
    ];
}

impl Action {
    /// Whether it acts on processes that were started before. Their groups, sessions and parents
    /// have to be known as they are now, not as they were at birth; and where the kernel does not
    /// report ends, only those of processes are known for which there was time to open a pidfd.
    pub(super) fn happens_to_somebody(&self) -> bool {
        matches!(
            self,
            Self::Signal { .. } | Self::Type { .. } | Self::HangUp { .. } | Self::End { .. }
        )
    }
}

/// Why an action cannot be done.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum ActionError {
    #[error("nobody plays {0}")]
    NoParticipant(String),
    #[error("{0} has ended")]
    HasEnded(String),
}

/// The order for an action; `None` for one that only looks for a process.
pub(super) fn order(
    action: &Action,
    participants: &Participants,
    world: &World,
) -> Result<Option<StageOrder>, ActionError> {
    let participant = |part: &str| {
        participants.participant(part).ok_or_else(|| ActionError::NoParticipant(part.to_owned()))
    };
    let living = |part: &str| {
        let participant = participant(part)?;
        match participant.end {
            Some(_) => Err(ActionError::HasEnded(participant.who())),
            None => Ok(participant.key),
        }
    };
    Ok(Some(match action {
        Action::Start { order, under, .. } => StageOrder::Start(order.under(Some(living(under)?))),
        Action::Run { program, under, .. } => StageOrder::Run(program.clone(), living(under)?),
        Action::Signal { signal, to, reach } => {
            participant(to)?;
            StageOrder::Signal(targets(to, *reach, participants, world), *signal)
        }
        Action::Type { text, on, .. } => StageOrder::Type(living(on)?, text.clone()),
        Action::HangUp { session } => StageOrder::HangUp(living(session)?),
        Action::End { part } => StageOrder::End(living(part)?),
        Action::Reset => StageOrder::Open,
        Action::Find { .. } => return Ok(None),
    }))
}

/// Everyone of the scenario that such a signal reaches, the named one first.
fn targets(to: &str, reach: Reach, participants: &Participants, world: &World) -> Vec<ProcessKey> {
    let Some(participant) = participants.participant(to) else { return Vec::new() };
    let own = subject_of(participant, world);
    let mut targets: Vec<ProcessKey> = own.map(Subject::key).into_iter().collect();
    let Some(own) = own else { return vec![participant.key] };
    let stat = &own.process().stat;
    let others = world.subjects().filter(|other| {
        let process = other.process();
        let is_meant = match reach {
            Reach::Process => false,
            Reach::Subtree => {
                let mut above = std::iter::successors(other.parent(), |above| above.parent());
                above.any(|above| above.id() == own.id())
            }
            Reach::Group => process.stat.pgid == stat.pgid && stat.pgid.is_some(),
            Reach::Session => process.stat.sid == stat.sid && stat.sid.is_some(),
        };
        is_meant
            && process.is_living()
            && other.id() != own.id()
            && plays(*other, participants, world)
    });
    targets.extend(others.map(Subject::key));
    targets
}

/// Whether a process plays a part, or came from one that does: nobody else is touched.
fn plays(subject: Subject<'_>, participants: &Participants, world: &World) -> bool {
    let mut line = std::iter::successors(Some(subject), |above| above.parent());
    line.any(|above| {
        participants.participants().any(|participant| {
            participant.process(world).is_some_and(|process| process.id == above.id())
        })
    })
}

fn subject_of<'a>(participant: &Participant, world: &'a World) -> Option<Subject<'a>> {
    world.subject(participant.process(world)?.id)
}

/// The process that an action looks for, and the part that it is to play.
pub(super) fn find(
    action: &Action,
    participants: &Participants,
    world: &World,
) -> Option<(String, ProcessKey)> {
    let Action::Find { recognized, part, under } = action else { return None };
    let parent = subject_of(participants.participant(under)?, world)?;
    let mut present = parent.children().filter(|child| child.process().ended.is_none());
    let found = present.find(|child| {
        let known = child.process().recognition.as_ref();
        known.is_some_and(|known| known.part.into_str() == recognized)
            || *child.process().stat.comm == **recognized
    });
    Some((part.clone(), found?.key()))
}

/// The action done, as the screen tells it: `SIGKILL sent to px-child 4711`.
pub(super) fn phrase(action: &Action, participants: &Participants) -> String {
    let who = |part: &str| {
        participants.participant(part).map_or_else(|| part.to_owned(), Participant::who)
    };
    match action {
        Action::Start { order, part, under } if participants.participant(part).is_none() => {
            format!("{} asked for {}", who(under), with_article(order.kind.row().name))
        }
        Action::Start { part, under, .. } => format!("{} started under {}", who(part), who(under)),
        Action::Run { program, part, .. } => format!("{program}.py started: {}", who(part)),
        Action::Signal { signal, to, reach } => {
            let whom = match reach {
                Reach::Process => who(to),
                Reach::Subtree => format!("{} and everything below it", who(to)),
                Reach::Group => format!("the process group of {}", who(to)),
                Reach::Session => format!("the session of {}", who(to)),
            };
            format!("{} sent to {whom}", signal.name())
        }
        Action::Type { label, on, .. } => format!("{label} typed on the terminal of {}", who(on)),
        Action::HangUp { session } => format!("the terminal of {} closed", who(session)),
        Action::End { part } => format!("{} asked to end normally", who(part)),
        Action::Find { part, under, .. } => format!("{} found under {}", who(part), who(under)),
        Action::Reset => "a new main took the place of the old one".to_owned(),
    }
}
