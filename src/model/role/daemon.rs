//! Daemons in both senses: detached from everything, or Python's daemonic child.

use crate::model::evidence::{Confidence, Evidence};
use crate::model::facts::{Fact, Facts, Stream};
use crate::model::key::ProcessKey;
use crate::model::process::Process;
use crate::model::programs;
use crate::model::role::Finding;
use crate::model::runtime::Part;
use crate::model::subject::{Leader, Subject};

/// Streams that must lead nowhere before a process counts as detached.
const NEEDED_STREAMS: usize = 2;

pub(super) fn system_daemon(subject: Subject<'_>) -> Option<Finding> {
    let process = subject.process();
    if !process.stat.has_no_terminal() {
        return None;
    }
    let session = match subject.session_leader() {
        Leader::Itself => Evidence::LeadsSession,
        Leader::Ended => Evidence::SessionLeaderEnded { leader: process.stat.sid? },
        Leader::Living(_) | Leader::Unknown => return None,
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
            let leads_nowhere = |stream: &&Stream| matches!(stream, Stream::Null | Stream::Journal);
            let streams = streams.iter().filter(leads_nowhere).count();
            if streams < NEEDED_STREAMS {
                return None;
            }
            evidence.insert(0, Evidence::Detached { streams });
            let by_kernel = reaper.is_namespace_init();
            Finding::new(if by_kernel { Confidence::Certain } else { Confidence::Likely }, evidence)
        }
        Fact::Refused if leads => {
            evidence.push(Evidence::StreamsRefused);
            Finding::new(Confidence::Likely, evidence)
        }
        Fact::Refused | Fact::Unanswered | Fact::Absent => None,
    }
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
        && process.adoption.is_none()
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
    if let Some(main) = daemonic_main(process) {
        let lives = subject.living(main.pid).is_some_and(|other| other.key() == main);
        return if lives { Finding::certain(Evidence::DaemonicSpecimen) } else { None };
    }
    let recognition = process.recognition.as_ref()?;
    if recognition.part != Part::PoolWorker || recognition.logical_parent_ended {
        return None;
    }
    if process.adoption.is_some() {
        return None;
    }
    let main = match recognition.logical_parent {
        Some(key) => subject.living(key.pid).filter(|other| other.key() == key),
        None => subject.parent().filter(|parent| parent.process().is_living()),
    };
    Finding::likely(Evidence::DaemonicPoolWorker { main: main?.who() })
}

fn daemonic_main(process: &Process) -> Option<ProcessKey> {
    process.specimen.as_ref()?.daemonic_main
}
