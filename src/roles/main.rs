//! Mains: the topmost process of a job, a runtime's family, a program, a service.

use crate::record::{BootTime, Facts, Host, NANOS_PER_SECOND, ProcessKey};
use crate::roles::{Finding, Leader, Subject, programs};
use crate::verdict::{Evidence, Part};

/// How long a forked child must live before it tells a main from a program about to exec.
const SETTLED_NANOS: u64 = NANOS_PER_SECOND;

/// From when on a forked child tells a main.
pub(crate) fn settles_at(child: ProcessKey, host: &Host) -> BootTime {
    BootTime(BootTime::of_birth(child, host).0.saturating_add(SETTLED_NANOS))
}

pub(super) fn of_a_job(subject: Subject<'_>) -> Option<Finding> {
    let group = subject.process().stat.pgid?;
    let shell = subject.parent().filter(|parent| parent.leads_terminal())?;
    if !subject.process().is_living() || !is_member_of_job(subject, group, shell) {
        return None;
    }
    match subject.group_leader() {
        Leader::Itself => Finding::certain(Evidence::LeadsJob { shell: shell.who() }),
        Leader::Ended if is_oldest_of_job(subject, group, shell) => {
            let evidence = Evidence::OldestOfJob { group, shell: shell.who() };
            // A subreaper that leads the session may have adopted it; a shell is none.
            let is_created = subject.process().known_creator() == Some(shell.id());
            if is_created || shell.is_shell() {
                Finding::certain(evidence)
            } else {
                Finding::likely(evidence)
            }
        }
        Leader::Ended | Leader::Living(_) | Leader::Unknown => None,
    }
}

fn is_member_of_job(subject: Subject<'_>, group: u32, shell: Subject<'_>) -> bool {
    let stat = &subject.process().stat;
    stat.pgid == Some(group)
        && shell.process().stat.pgid != Some(group)
        && stat.sid == shell.process().stat.sid
}

fn is_oldest_of_job(subject: Subject<'_>, group: u32, shell: Subject<'_>) -> bool {
    let mut members =
        shell.living_children().filter(|child| child.process().stat.pgid == Some(group));
    members.next().map(Subject::id) == Some(subject.id())
}

pub(super) fn of_a_runtime(subject: Subject<'_>) -> Option<Finding> {
    let recognition = subject.process().recognition.as_ref()?;
    matches!(recognition.part, Part::Main | Part::Master).then_some(())?;
    Finding::certain(Evidence::RuntimeMain { runtime: recognition.runtime.into_str() })
}

pub(super) fn of_a_program(subject: Subject<'_>) -> Option<Finding> {
    let process = subject.process();
    let is_part_of_another =
        process.recognition.as_ref().is_some_and(|known| !known.part.heads_family());
    if process.stat.never_execed() != Some(false) || is_part_of_another || subject.is_shell() {
        return None;
    }
    let host = subject.world().host();
    let now = subject.world().now();
    let has_settled = |child: &Subject<'_>| {
        // One that was adopted was forked by another.
        let is_own = child.process().history.adoption.is_none();
        is_own
            && child.process().stat.never_execed() == Some(true)
            && settles_at(child.key(), host) <= now
    };
    match subject.living_children().filter(has_settled).count() {
        0 => None,
        count => Finding::certain(Evidence::ForkedChildren { count }),
    }
}

pub(super) fn of_a_service(subject: Subject<'_>) -> Option<Finding> {
    let process = subject.process();
    let parent = subject.parent()?;
    if parent.is_called(programs::is_supervisor) {
        return Finding::likely(Evidence::Supervised { supervisor: parent.who() });
    }
    let unit = process.facts.as_ref().and_then(Facts::unit)?;
    // Unless the parent's unit is read, this one may be anywhere in its own.
    if parent.process().facts.as_ref()?.unit() == Some(unit) {
        return None;
    }
    if unit.starts_with("app-") {
        return Finding::likely(Evidence::TopOfApplication { unit: unit.into() });
    }
    if unit.ends_with(".service") && process.stat.has_terminal() && !subject.is_shell() {
        return Finding::likely(Evidence::ServiceWithTerminal { unit: unit.into() });
    }
    None
}
