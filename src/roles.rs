//! Decides what a process is to its family: a table of rules, of which the first that holds wins.
//!
//! The facts come from the [`Subject`]: a process with the world around it. `update` judges the
//! processes that a record changed. What the rules know of runtimes stands in `runtimes`, of
//! program names in `programs`.

mod daemon;
mod main;
mod namespace;
mod orphan;
pub(crate) mod parent;
mod programs;
pub(crate) mod runtimes;
mod subject;
mod update;

pub(crate) use orphan::is_adopted_on_purpose;
pub(crate) use subject::{Leader, Subject};

use crate::verdict::{Confidence, Evidence, Role, Verdict};

/// The finding of a rule: how sure it is, and why.
pub(crate) struct Finding {
    confidence: Confidence,
    evidence: Vec<Evidence>,
}

impl Finding {
    #[expect(clippy::unnecessary_wraps, reason = "every rule answers with an option")]
    fn new(confidence: Confidence, evidence: Vec<Evidence>) -> Option<Self> {
        Some(Self { confidence, evidence })
    }

    fn certain(evidence: Evidence) -> Option<Self> {
        Self::new(Confidence::Certain, vec![evidence])
    }

    fn likely(evidence: Evidence) -> Option<Self> {
        Self::new(Confidence::Likely, vec![evidence])
    }
}

/// A rule: the role it stands for, and its test.
type Rule = (Role, fn(Subject<'_>) -> Option<Finding>);

/// All rules in their order.
const RULES: &[Rule] = &[
    (Role::Kernel, namespace::kernel_thread),
    (Role::Main, namespace::head),
    (Role::Daemon, daemon::system_daemon),
    (Role::Daemon, daemon::adopted_by_design),
    (Role::Daemon, daemon::daemonic_child),
    (Role::Orphan, orphan::seen),
    (Role::Orphan, orphan::logical),
    (Role::Orphan, orphan::inferred),
    (Role::Main, main::of_a_job),
    (Role::Main, main::of_a_runtime),
    (Role::Main, main::of_a_program),
    (Role::Main, main::of_a_service),
    (Role::Parent, parent::parent),
    (Role::Child, parent::child),
];

/// Judges a process by the table.
pub(crate) fn judge(subject: Subject<'_>) -> Verdict {
    let unread = subject.process().facts.is_none() && !subject.process().stat.is_kernel_thread();
    for (role, test) in RULES {
        let Some(Finding { mut confidence, mut evidence }) = test(subject) else { continue };
        let needs_facts = !matches!(
            evidence[0],
            Evidence::PidOne | Evidence::Reparented { .. } | Evidence::ReparentedAgain { .. }
        );
        if unread && needs_facts && *role != Role::Kernel {
            confidence = confidence.min(Confidence::Likely);
            evidence.push(Evidence::FactsUnread);
        }
        return Verdict { role: *role, confidence, evidence };
    }
    Verdict::unjudged()
}

#[cfg(test)]
mod tests;
