//! Facts that cost more than a scan gives: read in the background, once per process and exec.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::record::{Arguments, BootTime, Pid};
use crate::text::visible;

/// How systemd's services end (systemd.unit(5)).
pub(crate) const SERVICE: &str = ".service";
/// How systemd's scopes end: groups of processes that it did not start itself.
pub(crate) const SCOPE: &str = ".scope";

/// A fact that had to be asked for.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fact<T> {
    Known(T),
    /// The kernel refused: another user's process, or one that may not be dumped.
    Refused,
    /// The process keeps its readers waiting: its memory is locked, or a page, a folder or a
    /// file of it is given by a server that does not answer (userfaultfd(2), fuse(4), nfs(5)).
    Unanswered,
    /// Nobody asked the process: others that do not answer took all the time there was.
    Unasked,
    /// There is nothing to read: a kernel thread, a zombie, another system.
    #[default]
    Absent,
}

/// Shown for a fact that the kernel refused.
pub(crate) const REFUSED: &str = "permission denied";
/// Shown for a fact of a process that keeps its readers waiting.
pub(crate) const UNANSWERED: &str = "does not answer";
/// Shown for a fact of a process that nobody asked.
pub(crate) const UNASKED: &str = "was not asked";

impl<T: AsRef<str>> Fact<T> {
    /// The fact as it is shown: harmless, and a refusal and an absence said as such.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Known(text) => visible(text.as_ref()).into_owned(),
            Self::Refused => REFUSED.to_owned(),
            Self::Unanswered => UNANSWERED.to_owned(),
            Self::Unasked => UNASKED.to_owned(),
            Self::Absent => "none".to_owned(),
        }
    }
}

impl<T> Fact<T> {
    /// The fact, if it was read.
    pub(crate) fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Refused | Self::Unanswered | Self::Unasked | Self::Absent => None,
        }
    }

    /// Changes what was read; a fact that could not be read stays what it is.
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Fact<U> {
        match self {
            Self::Known(value) => Fact::Known(change(value)),
            Self::Refused => Fact::Refused,
            Self::Unanswered => Fact::Unanswered,
            Self::Unasked => Fact::Unasked,
            Self::Absent => Fact::Absent,
        }
    }

    /// Whether the kernel refused it.
    pub(crate) fn is_refused(&self) -> bool {
        matches!(self, Self::Refused)
    }
}

/// Why nothing was read that a process can keep its readers waiting for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Unread {
    Unanswered,
    Unasked,
}

impl Unread {
    /// The fact that was not read.
    pub(crate) fn fact<T>(self) -> Fact<T> {
        match self {
            Self::Unanswered => Fact::Unanswered,
            Self::Unasked => Fact::Unasked,
        }
    }

    /// The text that is shown for it.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Unanswered => UNANSWERED,
            Self::Unasked => UNASKED,
        }
    }
}

/// The deeper facts of one process, as read at one time.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct Facts {
    pub(crate) read_at: BootTime,
    /// The arguments, exact but for invalid UTF-8, as [`Arguments`] views them.
    pub(crate) command_line: Fact<Arc<str>>,
    /// The path of the image, without the kernel's ` (deleted)`.
    pub(crate) executable: Fact<Arc<str>>,
    /// Whether that file was deleted or replaced since; `None` where it is not known.
    pub(crate) executable_deleted: Option<bool>,
    /// The effective user (`Uid:` in status, `proc_pid_status(5)`).
    pub(crate) uid: Option<u32>,
    /// The pid in the innermost of its pid namespaces (the last of `NSpid:`).
    pub(crate) innermost_pid: Option<Pid>,
    /// Signals it ignores, bit n-1 for signal n (`SigIgn:`).
    pub(crate) ignored_signals: Option<u64>,
    /// The path of its cgroup in the unified hierarchy, or the systemd one (cgroups(7)).
    pub(crate) cgroup: Option<Arc<str>>,
    /// Descriptors 0 to 2.
    pub(crate) standard_streams: Fact<[Stream; 3]>,
    /// All pipes, for programs whose families are recognized by them.
    pub(crate) pipes: Option<Pipes>,
    /// The marks that its runtime left in its environment.
    pub(crate) environment_marks: EnvironmentMarks,
}

impl Facts {
    /// Whether both say the same, whenever they were read.
    pub(crate) fn says_same(&self, other: &Self) -> bool {
        Self { read_at: other.read_at, ..self.clone() } == *other
    }

    /// The command line on one line; a refusal and an absence are said as such.
    pub(crate) fn command_text(&self) -> String {
        match &self.command_line {
            Fact::Known(joined) if joined.is_empty() => "none".to_owned(),
            Fact::Known(joined) => visible(&Arguments::new(joined).line()).into_owned(),
            Fact::Refused => REFUSED.to_owned(),
            Fact::Unanswered => UNANSWERED.to_owned(),
            Fact::Unasked => UNASKED.to_owned(),
            Fact::Absent => "none".to_owned(),
        }
    }

    /// The path of the image as it is shown, with `(deleted)` where that file is no more.
    pub(crate) fn executable_text(&self) -> String {
        let mut text = self.executable.text();
        if self.executable_deleted == Some(true) {
            text.push_str(" (deleted)");
        }
        text
    }

    /// Why all was left unread that a process can keep its readers waiting for, if it was.
    pub(crate) fn unread(&self) -> Option<Unread> {
        match self.command_line {
            Fact::Unanswered => Some(Unread::Unanswered),
            Fact::Unasked => Some(Unread::Unasked),
            Fact::Known(_) | Fact::Refused | Fact::Absent => None,
        }
    }

    /// The name of the file that runs, without its folders.
    pub(crate) fn program(&self) -> Option<&str> {
        self.executable.known().and_then(|path| path.rsplit('/').next())
    }

    /// Whether it ignores that signal.
    pub(crate) fn ignores(&self, signal: u32) -> bool {
        self.ignored_signals.is_some_and(|mask| mask & (1 << (signal - 1)) != 0)
    }

    /// The innermost systemd unit of its cgroup, such as `nginx.service`. A service manager's own
    /// `init.scope` belongs to the service that it is: `user@1000.service`.
    pub(crate) fn unit(&self) -> Option<&str> {
        let is_unit = |part: &&str| part.ends_with(SERVICE) || part.ends_with(SCOPE);
        let mut units = self.cgroup.as_deref()?.rsplit('/').filter(is_unit);
        let innermost = units.next()?;
        Some(if innermost == "init.scope" { units.next().unwrap_or(innermost) } else { innermost })
    }
}

/// The target of a standard stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    Closed,
    /// `/dev/null`.
    Null,
    /// The journal's socket, by `JOURNAL_STREAM` (systemd.exec(5)).
    Journal,
    Terminal,
    Pipe,
    Socket,
    File,
    /// A device but `/dev/null`, or what has no name in the file system.
    Other,
}

/// The ends of pipes that a process holds, by inode, sorted.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub(crate) struct Pipes {
    pub(crate) reads: Vec<u64>,
    pub(crate) writes: Vec<u64>,
    /// Whether it holds `/dev/null` beyond its standard streams.
    pub(crate) spare_null: bool,
}

impl Pipes {
    /// Whether it can read that pipe.
    pub(crate) fn reads(&self, inode: u64) -> bool {
        self.reads.binary_search(&inode).is_ok()
    }

    /// Whether it can write that pipe.
    pub(crate) fn writes(&self, inode: u64) -> bool {
        self.writes.binary_search(&inode).is_ok()
    }
}

/// Marks that runtimes leave in the environment of what they start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize)]
pub(crate) struct EnvironmentMarks {
    /// `NODE_UNIQUE_ID`: a worker of node's cluster module.
    pub(crate) node_worker: bool,
    /// `NODE_CHANNEL_FD`: started by node's `child_process.fork`.
    pub(crate) node_channel: bool,
}
