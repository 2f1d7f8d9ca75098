//! Why the kernel does not tell.

use std::fmt;

use rustix::io::Errno;

/// Why the process connector cannot be used here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unavailable {
    /// The kernel was built without connectors.
    Missing,
    /// This network namespace is not the first one, which alone has connectors.
    OtherNetwork,
    /// The kernel allows it to others only.
    Refused,
    /// The kernel did not answer: this pid or user namespace is not the first one, or the kernel
    /// was built without process events.
    NotAnswered,
    /// Anything else.
    Failed(Errno),
}

impl fmt::Display for Unavailable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => formatter.write_str("the kernel has no process connector"),
            Self::OtherNetwork => {
                formatter.write_str("this network namespace has no process connector")
            }
            Self::Refused => formatter
                .write_str("the kernel refused: before Linux 6.6 the process connector is root's"),
            Self::NotAnswered => {
                formatter.write_str("the kernel did not acknowledge: no events in this namespace")
            }
            Self::Failed(error) => write!(formatter, "the process connector failed: {error}"),
        }
    }
}

impl std::error::Error for Unavailable {}

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
