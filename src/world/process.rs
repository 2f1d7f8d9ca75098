//! One process: its newest stat, and everything learned of it over time.

use std::sync::Arc;

use crate::record::{Arguments, BootTime, Facts, Host, ProcessId, ProcessKey, Stat, TestProcess};
use crate::verdict::{Evidence, Recognition, Role, Verdict};
use crate::world::{Adoption, Cause, End, Images, Origin, SeriesId};

/// A process in the world: its newest stat, and what was learned of it.
#[expect(clippy::struct_field_names, reason = "a test process is the lab's word for it")]
#[derive(Clone, Debug)]
pub struct Process {
    pub id: ProcessId,
    pub stat: Stat,
    /// Deeper facts, once they were read.
    pub(crate) facts: Option<Facts>,
    /// The state of reading its facts.
    pub(crate) facts_reading: FactsReading,
    /// The kernel's current parent, as a process and not only a pid. Until its adopter is known,
    /// an orphan's parent is the one that ended.
    pub(crate) parent: Option<ProcessId>,
    pub(crate) history: LifeHistory,
    pub(crate) seen: Seen,
    /// Share of one CPU in the last interval, in percent.
    pub(crate) cpu_percent: Option<f32>,
    /// Its end, once it is gone: its row is a ghost.
    pub ended: Option<End>,
    /// Its end as an event reported it; it may be a zombie still.
    pub(crate) exit: Option<End>,
    /// The parts of its identity that are still to be confirmed.
    pub(crate) open: Open,
    /// The lab's knowledge of it, if the lab started it.
    pub(crate) test_process: Option<Box<TestProcess>>,
    /// The runtime that it belongs to, if one was recognized.
    pub(crate) recognition: Option<Recognition>,
    /// Its role, with the reasons.
    pub(crate) verdict: Verdict,
}

/// The seen events of a process's life.
#[derive(Clone, Debug, Default)]
pub(crate) struct LifeHistory {
    /// Its birth.
    pub(crate) origin: Option<Box<Origin>>,
    /// Its execs.
    pub(crate) images: Option<Box<Images>>,
    /// The change of its parent.
    pub(crate) adoption: Option<Box<Adoption>>,
    /// A signal was sent to it from here.
    pub(crate) is_signaled: bool,
    /// The ends that its own is like.
    pub(crate) series: Option<SeriesId>,
}

/// When a process was looked at, and what was missed of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) first: BootTime,
    /// The newest time at which a fact of it was learned.
    pub(crate) known_at: BootTime,
    /// Since when it is in its state, as far as was seen.
    pub(crate) state_since: BootTime,
    /// The time since when its layout is known.
    pub(crate) layout_since: BootTime,
    /// Whether it was born while pexplore watched.
    pub(crate) born_here: bool,
    /// It was a zombie already when pexplore began to watch: when it ended is not known.
    pub(crate) ended_before: bool,
    /// Nobody read what it is called, since its birth or its last exec.
    pub(crate) is_unnamed: bool,
}

/// The facts still to be confirmed of a process that an event reported.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Open {
    /// Its birth is known from the time of an event only, which comes after it.
    pub(crate) birth: bool,
    /// Its parent has ended, and its adopter is not read yet.
    pub(crate) adopter: bool,
    /// A scan missed it; the event of its end is awaited.
    pub(crate) end: bool,
    /// The time since when a stat names another parent, while the end of the known one is awaited.
    pub(crate) parent: Option<BootTime>,
}

impl Process {
    /// A process of which nothing is known but its stat. The world gives it an id.
    pub(crate) fn new(stat: Stat, at: BootTime) -> Self {
        Self {
            id: ProcessId { pid: stat.key.pid, ..ProcessId::default() },
            stat,
            facts: None,
            facts_reading: FactsReading::Wanted,
            parent: None,
            history: LifeHistory::default(),
            seen: Seen {
                first: at,
                known_at: at,
                state_since: at,
                layout_since: at,
                born_here: false,
                ended_before: false,
                is_unnamed: false,
            },
            cpu_percent: None,
            ended: None,
            exit: None,
            open: Open::default(),
            test_process: None,
            recognition: None,
            verdict: Verdict::unjudged(),
        }
    }

    /// When it was born: to the nanosecond where that was seen, else to the unit of its key.
    pub(crate) fn born_at(&self, host: &Host) -> BootTime {
        let seen = self.history.origin.as_ref().map(|origin| origin.at);
        seen.unwrap_or_else(|| BootTime::of_birth(self.key(), host))
    }

    /// Whether it became a program that nobody could read.
    pub(crate) fn is_newest_image_unread(&self) -> bool {
        let newest = self.history.images.as_ref().and_then(|images| images.iter().next_back());
        newest.is_some_and(|newest| newest.image.is_none())
    }

    /// Its creator, as far as is known: the parent, unless that one may have adopted it.
    pub(crate) fn creator(&self) -> Option<ProcessId> {
        if let Some(origin) = &self.history.origin {
            return origin.creator;
        }
        match &self.history.adoption {
            Some(adoption) => adoption.creator,
            None if self.verdict.role == Role::Orphan && !self.is_logical_orphan() => None,
            None if !self.seen.born_here && self.may_be_adopted() => None,
            None => self.parent,
        }
    }

    fn is_logical_orphan(&self) -> bool {
        self.recognition.as_ref().is_some_and(|known| known.logical_parent_ended)
    }

    /// Under a parent that adopts, only what it started as a service is known to be its own: who
    /// created the others is no surer than their role.
    fn may_be_adopted(&self) -> bool {
        let evidence = &self.verdict.evidence;
        let is_started = |item: &Evidence| matches!(item, Evidence::StartedAsService { .. });
        let is_under_reaper = |item: &Evidence| {
            matches!(item, Evidence::UnderReaper { .. } | Evidence::ParentMayHaveAdopted { .. })
        };
        evidence.iter().any(is_under_reaper) && !evidence.iter().any(is_started)
    }

    /// Its creator, where that was seen, or followed from a change of parent that was seen.
    pub(crate) fn known_creator(&self) -> Option<ProcessId> {
        let seen = self.history.origin.as_ref().and_then(|origin| origin.creator);
        seen.or_else(|| self.history.adoption.as_ref().and_then(|adoption| adoption.creator))
    }

    /// The creator where that is known, else the parent.
    pub(crate) fn creator_or_parent(&self) -> Option<ProcessId> {
        self.known_creator().or(self.parent)
    }

    /// Drops what no ghost is asked for any more.
    pub(crate) fn strip(&mut self) {
        if let Some(facts) = &mut self.facts {
            facts.pipes = None;
        }
        self.verdict.evidence = Vec::new();
    }

    /// What it is called; `None` where nobody read that since its birth or its last exec.
    pub(crate) fn name(&self) -> Option<&Arc<str>> {
        (!self.seen.is_unnamed).then_some(&self.stat.comm)
    }

    pub fn id(&self) -> ProcessId {
        self.id
    }

    /// Its key, as far as is known: see [`Open::birth`].
    pub fn key(&self) -> ProcessKey {
        self.stat.key
    }

    /// Whether it runs code still: neither gone nor a zombie.
    pub(crate) fn is_living(&self) -> bool {
        self.ended.is_none() && !self.stat.has_ended()
    }

    /// Its end as far as it is known: a zombie has ended, too.
    pub(crate) fn known_end(&self) -> Option<End> {
        let by_stat = || {
            let cause = self.stat.wait_status.map_or(Cause::NotReported, Cause::Status);
            self.stat.has_ended().then_some(End { at: self.seen.known_at, cause })
        };
        self.ended.or(self.exit).or_else(by_stat)
    }

    /// Its arguments, once they are known.
    pub(crate) fn command_line(&self) -> Option<Arguments<'_>> {
        if self.stat.is_kernel_thread() {
            return Some(Arguments::default());
        }
        self.facts.as_ref()?.command_line.known().map(|joined| Arguments::new(joined))
    }

    /// The path of its image, once it is known.
    pub(crate) fn executable(&self) -> Option<&str> {
        self.facts.as_ref()?.executable.known().map(|path| &**path)
    }

    /// Its effective user, once it is known.
    pub(crate) fn uid(&self) -> Option<u32> {
        // Kernel threads run as root, and have no facts that would be worth reading.
        if self.stat.is_kernel_thread() {
            return Some(0);
        }
        self.facts.as_ref()?.uid
    }
}

/// The state of reading a process's deeper facts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum FactsReading {
    /// Wanted, and not yet asked for.
    Wanted,
    Asked,
    /// Read; to be read again at that time, because a young process still changes.
    Until(BootTime),
    /// Read for good, until the process becomes another program.
    Settled,
}
