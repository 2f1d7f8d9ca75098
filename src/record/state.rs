//! What the scheduler says of a process.

use serde::{Deserialize, Serialize};

/// What the scheduler says of a process, by the letters of `proc_pid_stat(5)`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Running,
    Sleeping,
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

    /// The word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Sleeping => "sleeping",
            Self::DiskSleep => "disk sleep",
            Self::Stopped => "stopped",
            Self::Traced => "traced",
            Self::Idle => "idle",
            Self::Zombie => "zombie",
            Self::Dead => "dead",
            Self::Hidden => "hidden",
            Self::Unknown(_) => "unknown",
        }
    }

    /// Whether it has ended, reaped or not.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Zombie | Self::Dead)
    }
}
