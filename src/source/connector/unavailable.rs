//! Reasons why the process connector cannot be used.

use rustix::io::Errno;

/// Why the process connector cannot be used here.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Unavailable {
    /// The kernel was built without connectors.
    #[error("the kernel has no process connector")]
    Missing,
    /// This network namespace is not the first one, which alone has connectors.
    #[error("this network namespace has no process connector")]
    OtherNetwork,
    /// The kernel tells pids of its own pid namespace, and `/proc` shows another one's.
    #[error("the kernel's events would have other pids than /proc")]
    OtherPids,
    /// The kernel allows it to others only.
    #[error("the kernel refused: before Linux 6.6 the process connector is root's")]
    Refused,
    /// The kernel did not answer: this pid or user namespace is not the first one, or the kernel
    /// was built without process events.
    #[error("the kernel did not acknowledge: no events in this namespace, or none at all")]
    NotAnswered,
    #[error("the process connector failed: {0}")]
    Failed(Errno),
}

impl From<Errno> for Unavailable {
    fn from(error: Errno) -> Self {
        match error {
            Errno::PROTONOSUPPORT | Errno::AFNOSUPPORT | Errno::NOENT => Self::Missing,
            Errno::CONNREFUSED => Self::OtherNetwork,
            Errno::PERM | Errno::ACCESS => Self::Refused,
            other => Self::Failed(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_one_clause_for_a_person() {
        let errors = [Errno::PROTONOSUPPORT, Errno::CONNREFUSED, Errno::PERM, Errno::NOMEM];
        let reasons = errors.map(|error| Unavailable::from(error).to_string());
        assert_eq!(reasons[0], "the kernel has no process connector");
        assert_eq!(reasons[1], "this network namespace has no process connector");
        assert!(reasons[2].contains("before Linux 6.6"));
        assert!(reasons[3].starts_with("the process connector failed: "));
        // A kernel without process events does not answer either, in whichever namespace.
        assert!(Unavailable::NotAnswered.to_string().ends_with("or none at all"));
    }
}
