//! Daemons in both senses: detached from everything, or Python's daemonic child.

use crate::record::{Fact, Facts, Stream};
use crate::roles::{Finding, Leader, Subject, programs};
use crate::verdict::{Confidence, Evidence, Part};

/// How long the middle process of a double fork lives at most: it only forks and exits.
const MIDDLE_PROCESS_NANOS: u64 = 1_000_000_000;

pub(super) fn system_daemon(subject: Subject<'_>) -> Option<Finding> {
    let process = subject.process();
    let stat = &process.stat;
    if !stat.has_no_terminal() || is_of_a_family(subject) {
        return None;
    }
    let session = match subject.session_leader() {
        Leader::Itself => Evidence::LeadsSession,
        // setsid(2) leaves both alike; a shell's job has a group of its own.
        Leader::Ended if stat.pgid == stat.sid => {
            Evidence::SessionLeaderEnded { leader: stat.sid? }
        }
        Leader::Ended | Leader::Living(_) | Leader::Unknown => return None,
    };
    let reaper = subject.parent().filter(|parent| parent.is_reaper())?;
    let facts = process.facts.as_ref()?;
    let leads = matches!(session, Evidence::LeadsSession);
    let mut evidence =
        vec![session, Evidence::NoTerminal, Evidence::UnderReaper { reaper: reaper.who() }];
    if let Some(service) = started_as_service(subject, reaper, facts).filter(|_| leads) {
        evidence.insert(0, service);
        return Finding::new(Confidence::Certain, evidence);
    }
    match &facts.standard_streams {
        Fact::Known(streams) => {
            let is_sure = streams.iter().all(|stream| leads_nowhere(*stream) == Some(true));
            let may_be = streams.iter().all(|stream| leads_nowhere(*stream) != Some(false));
            // A process that does not lead its session may have inherited all of it.
            if !may_be || !(is_sure || leads) {
                return None;
            }
            evidence.insert(0, Evidence::Detached { streams: *streams });
            let is_own = leads || process.history.adoption.is_some();
            let is_certain = is_sure && is_own && reaper.is_namespace_init();
            Finding::new(
                if is_certain { Confidence::Certain } else { Confidence::Likely },
                evidence,
            )
        }
        Fact::Refused if leads => {
            evidence.push(Evidence::StreamsRefused);
            Finding::new(Confidence::Likely, evidence)
        }
        Fact::Refused | Fact::Unanswered | Fact::Unasked | Fact::Absent => None,
    }
}

/// Whether nobody sits at the other end; `None` where that cannot be known. A pipe may lead to a
/// person's pager or script as well as to a logger, and its other end is not looked for.
fn leads_nowhere(stream: Stream) -> Option<bool> {
    match stream {
        Stream::Closed | Stream::Null | Stream::Journal | Stream::File => Some(true),
        Stream::Socket => None,
        Stream::Terminal | Stream::Pipe | Stream::Other => Some(false),
    }
}

/// Whether it did not detach itself: a part of a family, whose main lives or has ended, or a child
/// of one that had lived with it. What looks detached in these was inherited.
fn is_of_a_family(subject: Subject<'_>) -> bool {
    let process = subject.process();
    let was_left = process.history.adoption.as_ref().is_some_and(|adoption| {
        let birth = process.born_at(subject.world().host());
        let shared = adoption.shared_until.0.saturating_sub(birth.0);
        adoption.creator.is_some() && shared > MIDDLE_PROCESS_NANOS
    });
    was_left || process.recognition.as_ref().is_some_and(|known| !known.part.heads_family())
}

/// The unit, if the service manager itself started this process as a service.
fn started_as_service(
    subject: Subject<'_>,
    manager: Subject<'_>,
    facts: &Facts,
) -> Option<Evidence> {
    let unit = facts.unit()?;
    let is_service = unit.ends_with(".service") && !unit.starts_with("app-");
    let managers_own = manager.process().facts.as_ref().and_then(Facts::unit) == Some(unit);
    // A service manager always execs; what never did was forked by the service itself.
    let process = subject.process();
    let started = manager.is_service_manager()
        && process.history.adoption.is_none()
        && process.stat.never_execed() != Some(true);
    (is_service && started && !managers_own)
        .then(|| Evidence::StartedAsService { manager: manager.who(), unit: unit.into() })
}

pub(super) fn adopted_by_design(subject: Subject<'_>) -> Option<Finding> {
    let process = subject.process();
    let reaper = subject.parent().filter(|parent| parent.is_reaper())?;
    if !process.stat.has_no_terminal() || !subject.is_called(programs::is_adopted_by_design) {
        return None;
    }
    let design = Evidence::AdoptedByDesign { name: subject.program_name().into() };
    Finding::new(
        Confidence::Likely,
        vec![design, Evidence::NoTerminal, Evidence::UnderReaper { reaper: reaper.who() }],
    )
}

pub(super) fn daemonic_child(subject: Subject<'_>) -> Option<Finding> {
    let process = subject.process();
    if let Some(main) = process.test_process.as_ref().and_then(|test| test.daemonic_main) {
        let main = subject.world().resolve(main);
        let lives = main.is_some_and(|main| subject.is_living(main));
        return if lives { Finding::certain(Evidence::DaemonicTestProcess) } else { None };
    }
    let recognition = process.recognition.as_ref()?;
    if recognition.part != Part::PoolWorker || recognition.logical_parent_ended {
        return None;
    }
    if process.history.adoption.is_some() {
        return None;
    }
    let main = match recognition.logical_parent {
        Some(id) => subject.world().subject(id).filter(|main| main.process().is_living()),
        None => subject.parent().filter(|parent| parent.process().is_living()),
    };
    Finding::likely(Evidence::DaemonicPoolWorker { main: main?.who() })
}
