//! The state of a process, as the scheduler has it.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

/// The state of a process, by the letters of `proc_pid_stat(5)`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum State {
    Running,
    Sleeping,
    #[strum(serialize = "disk sleep")]
    DiskSleep,
    Stopped,
    Traced,
    Idle,
    Zombie,
    /// Seen for an instant while the kernel removes the process.
    Dead,
    /// It lives and cannot be seen: it became another user's where such are hidden (proc(5),
    /// `hidepid`). No letter of the kernel's.
    Hidden,
    /// A letter of a kernel to come.
    Unknown(char),
}

impl State {
    /// Reads the kernel's letter. Total: a letter without a name stays as it is.
    pub(crate) fn from_letter(letter: char) -> Self {
        match letter {
            'R' => Self::Running,
            'S' => Self::Sleeping,
            'D' => Self::DiskSleep,
            'T' => Self::Stopped,
            't' => Self::Traced,
            'I' => Self::Idle,
            'Z' => Self::Zombie,
            'X' | 'x' => Self::Dead,
            other => Self::Unknown(other),
        }
    }

    /// The letter, as ps(1) prints it.
    pub(crate) fn letter(self) -> char {
        match self {
            Self::Running => 'R',
            Self::Sleeping => 'S',
            Self::DiskSleep => 'D',
            Self::Stopped => 'T',
            Self::Traced => 't',
            Self::Idle => 'I',
            Self::Zombie => 'Z',
            Self::Dead => 'X',
            Self::Hidden => '?',
            Self::Unknown(letter) => letter,
        }
    }

    /// Whether it has ended, reaped or not.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Zombie | Self::Dead)
    }
}
