//! The kinds of test children that the lab can start.

use serde::{Deserialize, Serialize};

/// A kind of test child.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each variant is documented by its row in KINDS")]
pub enum SpecimenKind {
    Child,
    Parent,
    DaemonicChild,
    Orphan,
    Zombie,
    TermIgnorer,
}

/// What is said of a kind, once for the menu, the help and the documentation.
#[derive(Debug)]
pub struct KindRow {
    /// The kind.
    pub kind: SpecimenKind,
    /// Its name, `[a-z-]+`.
    pub name: &'static str,
    /// What the kernel calls the process (at most 15 bytes), so that ps shows what it is.
    pub comm: &'static str,
    /// What it shows, in one sentence.
    pub lesson: &'static str,
}

/// Every kind, in the order of the menu.
pub const KINDS: [KindRow; 6] = [
    KindRow {
        kind: SpecimenKind::Child,
        name: "child",
        comm: "px-child",
        lesson: "a forked child that waits; it never exec'ed",
    },
    KindRow {
        kind: SpecimenKind::Parent,
        name: "parent",
        comm: "px-parent",
        lesson: "a child that became a parent: it has three children of its own",
    },
    KindRow {
        kind: SpecimenKind::DaemonicChild,
        name: "daemonic-child",
        comm: "px-daemonic",
        lesson: "a daemonic child: its main ends it on a normal end; it may have no children",
    },
    KindRow {
        kind: SpecimenKind::Orphan,
        name: "orphan",
        comm: "px-orphan",
        lesson: "its creator forked it and ended at once; init adopted it",
    },
    KindRow {
        kind: SpecimenKind::Zombie,
        name: "zombie",
        comm: "px-negligent",
        lesson: "a parent that never waits for its ended child, which stays a zombie",
    },
    KindRow {
        kind: SpecimenKind::TermIgnorer,
        name: "term-ignorer",
        comm: "px-stubborn",
        lesson: "a child that ignores TERM and HUP; only KILL ends it",
    },
];

impl SpecimenKind {
    /// What is said of it.
    ///
    /// # Panics
    ///
    /// Never: a test shows that every kind has its row.
    pub fn row(self) -> &'static KindRow {
        KINDS.iter().find(|row| row.kind == self).expect("every kind has its row")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_row_and_a_name_that_the_kernel_keeps_whole() {
        use SpecimenKind::{Child, DaemonicChild, Orphan, Parent, TermIgnorer, Zombie};
        for kind in [Child, Parent, DaemonicChild, Orphan, Zombie, TermIgnorer] {
            assert_eq!(kind.row().kind, kind);
            assert!(kind.row().comm.len() <= 15);
        }
    }
}
