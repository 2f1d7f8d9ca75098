//! Orphans: seen, logical, or inferred from what reparenting leaves behind.

use crate::record::{Facts, SCOPE, SERVICE};
use crate::roles::{Finding, Leader, Subject, programs};
use crate::verdict::{Confidence, Evidence, Part, Who};
use crate::world::Process;

pub(super) fn seen(subject: Subject<'_>) -> Option<Finding> {
    living(subject)?;
    let adoption = subject.process().history.adoption.as_ref()?;
    let is_adopter = |other: &Subject<'_>| Some(other.id()) == adoption.adopter;
    let adopter = subject.parent().filter(is_adopter).map(Subject::who);
    let name = adoption.creator_comm.clone();
    let daemonic = was_daemonic(subject);
    let mut evidence = vec![match adoption.creator {
        Some(creator) => Evidence::Reparented {
            creator: Who { pid: creator.pid, name },
            // The evidence for a daemonic child has the cause already.
            cause: subject.world().ending(creator).filter(|_| daemonic.is_none()),
            adopter,
        },
        None => Evidence::ReparentedAgain { parent: name, adopter },
    }];
    evidence.extend(daemonic);
    Finding::new(Confidence::Certain, evidence)
}

/// The evidence for a daemonic child that its main could not end.
fn was_daemonic(subject: Subject<'_>) -> Option<Evidence> {
    let process = subject.process();
    let test_process_main =
        process.test_process.as_ref().and_then(|test_process| test_process.daemonic_main);
    let is_pool_worker =
        process.recognition.as_ref().is_some_and(|known| known.part == Part::PoolWorker);
    if test_process_main.is_none() && !is_pool_worker {
        return None;
    }
    let logical = process.recognition.as_ref().and_then(|known| known.ended_logical_parent);
    let creator = process.history.adoption.as_ref().and_then(|adoption| adoption.creator);
    let test_process_main = test_process_main.and_then(|id| subject.world().resolve(id));
    let main = test_process_main.or(logical).or(creator);
    let cause = main.and_then(|id| subject.world().ending(id));
    Some(Evidence::WasDaemonic { cause })
}

/// An orphan lives on: a zombie under init only waits to be reaped.
fn living(subject: Subject<'_>) -> Option<()> {
    subject.process().is_living().then_some(())
}

pub(super) fn logical(subject: Subject<'_>) -> Option<Finding> {
    living(subject)?;
    let recognition = subject.process().recognition.as_ref()?;
    if !recognition.logical_parent_ended {
        return None;
    }
    let daemonic = was_daemonic(subject);
    let ended = recognition.ended_logical_parent;
    let life = ended.and_then(|id| subject.world().life(id));
    let cause = ended.and_then(|id| subject.world().ending(id));
    let mut evidence = vec![Evidence::LogicalParentEnded {
        parent: life.map(|life| Who { pid: life.id().pid, name: life.stat.comm.clone() }),
        cause: cause.filter(|_| daemonic.is_none()),
        creator: subject.parent()?.who(),
    }];
    evidence.extend(daemonic);
    Finding::new(Confidence::Certain, evidence)
}

/// One sign of reparenting: how strong it is, and what it says.
type Sign = fn(Subject<'_>, Subject<'_>) -> Option<(Confidence, Evidence)>;

const SIGNS: &[Sign] = &[
    parent_younger,
    foreign_session,
    main_ended,
    foreign_group,
    not_first_child_of_init,
    foreign_unit,
];

/// Signs that alone prove that a parent adopted, so that it is a subreaper: no file of `/proc`
/// tells who is one.
const PROOFS: &[Sign] = &[parent_younger, foreign_session, foreign_group];

pub(super) fn inferred(subject: Subject<'_>) -> Option<Finding> {
    living(subject)?;
    let parent = subject.parent()?;
    let process = subject.process();
    // A birth that was seen outranks every sign.
    if process.history.origin.as_ref().is_some_and(|origin| origin.parent == parent.id()) {
        return None;
    }
    let signs: &[Sign] = if parent.is_reaper() {
        SIGNS
    } else if parent.process().stat.leads_session() && parent.process().stat.sid != process.stat.sid
    {
        // It may have made its session after it created this child, and left that one's group.
        &[parent_younger]
    } else {
        PROOFS
    };
    let mut signs: Vec<_> = signs.iter().filter_map(|sign| sign(subject, parent)).collect();
    signs.sort_by_key(|(confidence, _)| std::cmp::Reverse(*confidence));
    let confidence = signs.first()?.0;
    let mut evidence: Vec<_> = signs.into_iter().map(|(_, evidence)| evidence).collect();
    evidence.extend(was_daemonic(subject));
    Finding::new(confidence, evidence)
}

fn parent_younger(subject: Subject<'_>, parent: Subject<'_>) -> Option<(Confidence, Evidence)> {
    (parent.key().birth > subject.key().birth)
        .then(|| (Confidence::Certain, Evidence::ParentYounger { parent: parent.who() }))
}

/// A child inherits its creator's session and can only change it to its own pid (setsid(2)).
fn foreign_session(subject: Subject<'_>, parent: Subject<'_>) -> Option<(Confidence, Evidence)> {
    let session = subject.process().stat.sid?;
    let parents = parent.process().stat.sid?;
    if session == subject.pid() || session == parents || session == 0 {
        return None;
    }
    // A parent that leads its session may have made it after it created this child; pid 1 was in
    // none before. A sibling that leads the session may have made it a sibling (CLONE_PARENT,
    // clone(2)).
    let may_have_left = parent.pid() != 1 && parent.process().stat.leads_session();
    let is_siblings = subject
        .living(session)
        .is_some_and(|leader| leader.parent().map(Subject::id) == Some(parent.id()));
    let is_sure = !may_have_left && !is_siblings;
    let confidence = if is_sure { Confidence::Certain } else { Confidence::Likely };
    Some((confidence, Evidence::ForeignSession { session, parent: parent.who() }))
}

/// A part of a family is created within it; its adopter is none of the family.
fn main_ended(subject: Subject<'_>, _: Subject<'_>) -> Option<(Confidence, Evidence)> {
    let known =
        subject.process().recognition.as_ref().filter(|_| subject.is_part_without_main())?;
    let (runtime, part) = (known.runtime.into_str(), known.part.into_str());
    Some((Confidence::Likely, Evidence::MainEnded { runtime, part }))
}

fn foreign_group(subject: Subject<'_>, parent: Subject<'_>) -> Option<(Confidence, Evidence)> {
    let group = subject.process().stat.pgid.filter(|group| *group != 0)?;
    // A job-control shell puts pipelines into groups of their own, led by their first member.
    if parent.process().stat.pgid == Some(group) || parent.controls_jobs() {
        return None;
    }
    let evidence = match subject.group_leader() {
        Leader::Ended => Evidence::GroupLeaderEnded { group },
        Leader::Living(leader) if leader.process().parent != subject.process().parent => {
            Evidence::ForeignGroup { group }
        }
        Leader::Living(_) | Leader::Itself | Leader::Unknown => return None,
    };
    Some((Confidence::Likely, evidence))
}

fn not_first_child_of_init(
    subject: Subject<'_>,
    parent: Subject<'_>,
) -> Option<(Confidence, Evidence)> {
    let is_first = parent.children().next().map(Subject::id) == Some(subject.id());
    (parent.is_called(programs::is_single_child_init) && !is_first)
        .then(|| (Confidence::Likely, Evidence::NotFirstChildOfInit { init: parent.who() }))
}

/// Whether an orphan was made one on purpose: it leads its session, or a service manager keeps it.
/// Such an orphan is no cause for alarm.
pub(crate) fn is_adopted_on_purpose(process: &Process) -> bool {
    let unit = process.facts.as_ref().and_then(Facts::unit);
    process.stat.leads_session() || unit.is_some_and(|unit| unit.ends_with(SERVICE))
}

/// Under systemd, what init itself starts leads the unit that it is in.
fn foreign_unit(subject: Subject<'_>, parent: Subject<'_>) -> Option<(Confidence, Evidence)> {
    let unit = subject.process().facts.as_ref().and_then(Facts::unit)?;
    // A login on the console is moved from the getty's unit into its session's scope.
    if !parent.is_called(|name| name == "systemd") || subject.leads_terminal() {
        return None;
    }
    let own_unit = parent.process().facts.as_ref().and_then(Facts::unit) == Some(unit);
    let is_scope = unit.ends_with(SCOPE) && unit != "init.scope";
    let is_led_by_another = unit.ends_with(SERVICE) && !subject.process().stat.leads_session();
    (!own_unit && (is_scope || is_led_by_another)).then(|| {
        let evidence = Evidence::ForeignUnit { unit: unit.into(), parent: parent.who() };
        (Confidence::Likely, evidence)
    })
}
