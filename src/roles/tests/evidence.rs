//! The sentences of evidence, and the order of the rules.

use super::*;

#[test]
fn every_sentence_of_evidence_reads_well() {
    let who = |pid, name: &str| Who { pid, name: name.into() };
    let someone = || who(812, "sshd");
    let all = [
        Evidence::KernelThread,
        Evidence::UnderKernelThreads,
        Evidence::HeadsNamespace,
        Evidence::ParentOutside,
        Evidence::StreamsRefused,
        Evidence::MainEnded { runtime: "nginx", part: "worker" },
        Evidence::AdoptedByDesign { name: "conmon".into() },
        Evidence::DaemonicPoolWorker { main: someone() },
        Evidence::WasDaemonic { cause: None },
        Evidence::Reparented { creator: someone(), cause: None, adopter: None },
        Evidence::ReparentedAgain { parent: "a".into(), adopter: None },
        Evidence::NotFirstChildOfInit { init: who(1, "tini") },
        Evidence::LeadsJob { shell: who(900, "bash") },
        Evidence::OldestOfJob { group: 901, shell: who(900, "bash") },
        Evidence::RuntimeMain { runtime: "nginx" },
        Evidence::ForkedChildren { count: 3 },
        Evidence::ServiceWithTerminal { unit: "kiosk.service".into() },
        Evidence::TopOfApplication { unit: "app-x.scope".into() },
        Evidence::Supervised { supervisor: who(9, "runsv") },
        Evidence::LivingChildren { count: 1 },
        Evidence::LivingChildren { count: 2 },
    ];
    for sentence in all.iter().map(ToString::to_string) {
        assert!(!sentence.contains("  ") && sentence.trim() == sentence, "{sentence:?}");
        assert!(!sentence.ends_with(['.', ',', ';', ':']), "{sentence:?}");
    }
    let hostile = Evidence::Supervised { supervisor: who(9, "a\u{1b}[31m\nb") };
    assert_eq!(
        hostile.to_string(),
        "the supervisor 9 (a\\e[31m\\nb) runs it as a program of its own"
    );
}

#[test]
fn confidences_are_ordered_and_rules_follow_the_contract() {
    use Role::{Child, Daemon, Kernel, Main, Orphan, Parent};
    assert!(Confidence::Possible < Confidence::Likely && Confidence::Likely < Confidence::Certain);
    let mut roles: Vec<Role> = RULES.iter().map(|(role, _)| *role).collect();
    roles.dedup();
    assert_eq!(roles, [Kernel, Main, Daemon, Orphan, Main, Parent, Child]);
}
