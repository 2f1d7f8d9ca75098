//! One process with the world around it, as the rules look at it.

use crate::record::{Pid, ProcessId, ProcessKey};
use crate::roles::programs;
use crate::verdict::Who;
use crate::world::{Process, World};

impl World {
    /// A process with the world around it.
    pub(crate) fn subject(&self, id: ProcessId) -> Option<Subject<'_>> {
        self.slot_of(id).map(|slot| Subject::new(self, slot))
    }

    /// Every process with the world around it, by slot.
    pub(crate) fn subjects(&self) -> impl Iterator<Item = Subject<'_>> {
        self.slots().into_iter().map(|slot| Subject::new(self, slot))
    }
}

/// A process with the world around it. Cheap to copy; valid within one look.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    world: &'a World,
    slot: usize,
}

/// The leader of a process's session or group.
#[derive(Clone, Copy)]
pub(crate) enum Leader<'a> {
    Itself,
    Living(Subject<'a>),
    /// It ended, and the number lives on in its members.
    Ended,
    /// Outside of what can be seen, or the source does not say.
    Unknown,
}

impl<'a> Subject<'a> {
    pub(crate) fn new(world: &'a World, slot: usize) -> Self {
        Self { world, slot }
    }

    /// The process itself.
    pub(crate) fn process(self) -> &'a Process {
        self.world.at(self.slot)
    }

    /// Where it stands in the world, until the world changes.
    pub(crate) fn slot(self) -> usize {
        self.slot
    }

    /// The world it is in.
    pub(crate) fn world(self) -> &'a World {
        self.world
    }

    /// Its pid.
    pub(crate) fn pid(self) -> Pid {
        self.process().stat.key.pid
    }

    pub(crate) fn id(self) -> ProcessId {
        self.process().id
    }

    /// Its key, by which the edge knows it.
    pub(crate) fn key(self) -> ProcessKey {
        self.process().stat.key
    }

    /// Its pid and name, for a sentence.
    pub(crate) fn who(self) -> Who {
        Who { pid: self.pid(), name: self.process().stat.comm.clone() }
    }

    /// The kernel's current parent, if it can be seen.
    pub(crate) fn parent(self) -> Option<Self> {
        let slot = self.world.tree().parent(self.slot)?;
        Some(Self::new(self.world, slot))
    }

    /// The processes whose parent it is, the oldest first, ended ones among them.
    pub(crate) fn children(self) -> impl Iterator<Item = Self> + Clone {
        let world = self.world;
        world.tree().children(self.slot).iter().map(move |slot| Self::new(world, *slot as usize))
    }

    /// Everything below it, each process after its parent.
    pub(crate) fn below(self) -> impl Iterator<Item = Self> {
        let world = self.world;
        world.tree().below(self.slot).into_iter().map(move |slot| Self::new(world, slot))
    }

    /// Its children that still run code.
    pub(crate) fn living_children(self) -> impl Iterator<Item = Self> + Clone {
        self.children().filter(|child| child.process().is_living())
    }

    /// Another living process by its pid.
    pub(crate) fn living(self, pid: Pid) -> Option<Self> {
        let slot = self.world.living_slot(pid)?;
        let other = Self::new(self.world, slot);
        other.process().is_living().then_some(other)
    }

    /// Whether that process lives.
    pub(crate) fn is_living(self, other: ProcessId) -> bool {
        self.world.get(other).is_some_and(Process::is_living)
    }

    /// The leader of its session.
    pub(crate) fn session_leader(self) -> Leader<'a> {
        self.leader(self.process().stat.sid, |leader| leader.process().stat.leads_session())
    }

    /// The leader of its process group.
    pub(crate) fn group_leader(self) -> Leader<'a> {
        self.leader(self.process().stat.pgid, |leader| leader.process().stat.leads_group())
    }

    fn leader(self, id: Option<Pid>, leads: fn(Self) -> bool) -> Leader<'a> {
        match id {
            // 0 stands for a session or group outside of this pid namespace.
            None | Some(0) => Leader::Unknown,
            Some(id) if id == self.pid() => Leader::Itself,
            Some(id) => match self.living(id).filter(|leader| leads(*leader)) {
                Some(leader) => Leader::Living(leader),
                None if self.world.sees_all() => Leader::Ended,
                None => Leader::Unknown,
            },
        }
    }

    /// Whether it heads a pid namespace, as far as is known: pid 1 here, or pid 1 further in.
    pub(crate) fn is_namespace_init(self) -> bool {
        let inner = self.process().facts.as_ref().and_then(|facts| facts.innermost_pid);
        self.pid() == 1 || inner == Some(1)
    }

    /// Whether it heads a pid namespace as its main. Browsers start helpers as pid 1 of an empty
    /// namespace; those run the browser's own program and head nothing.
    pub(crate) fn heads_namespace(self) -> bool {
        let own = self.process().executable();
        let parents = self.parent().and_then(|parent| parent.process().executable());
        let differ = own.zip(parents).is_some_and(|(own, parents)| own != parents);
        self.pid() == 1 || (self.is_namespace_init() && differ)
    }

    /// Whether processes whose creator ended come to it: a namespace's init, whatever it runs, a
    /// service manager, a subreaper (`find_new_reaper` in kernel/exit.c).
    pub(crate) fn is_reaper(self) -> bool {
        self.is_namespace_init()
            || self.is_service_manager()
            || self.world.is_learned_subreaper(self.id())
            || self.has_older_child()
    }

    /// Whether a child of it was born before it: that one it adopted, so it can.
    fn has_older_child(self) -> bool {
        self.children().next().is_some_and(|oldest| oldest.key().birth < self.key().birth)
    }

    /// Whether it is known as a service manager by its name.
    pub(crate) fn is_service_manager(self) -> bool {
        self.is_called(programs::is_service_manager)
    }

    /// The name of its program: of its image's file where known, else the kernel's name for it.
    pub(crate) fn program_name(self) -> &'a str {
        let process = self.process();
        let program = process.facts.as_ref().and_then(|facts| facts.program());
        program.unwrap_or(&process.stat.comm)
    }

    /// Whether one of its names is such a name. A script's image is its interpreter, so only the
    /// kernel's name for it says what it is; that one is cut, so only the image tells long names.
    pub(crate) fn is_called(self, is_known: fn(&str) -> bool) -> bool {
        is_known(self.program_name()) || is_known(&self.process().stat.comm)
    }

    /// Whether it is a shell by its name.
    pub(crate) fn is_shell(self) -> bool {
        self.is_called(programs::is_shell)
    }

    /// Whether it is a recognized part of a family whose main has ended: one that adopts has it.
    pub(crate) fn is_part_without_main(self) -> bool {
        let Some(known) = &self.process().recognition else { return false };
        if known.part.heads_family() || known.logical_parent_ended {
            return known.logical_parent_ended;
        }
        let is_relative = |parent: &Self| {
            let parents = parent.process().recognition.as_ref();
            parents.is_some_and(|parents| parents.runtime == known.runtime)
        };
        self.parent().is_some_and(|parent| parent.is_reaper() && !is_relative(&parent))
    }

    /// Whether it leads a session that has a terminal.
    pub(crate) fn leads_terminal(self) -> bool {
        self.process().stat.leads_session() && self.process().stat.has_terminal()
    }

    /// Whether it may put what it starts into groups of their own: the leader of a terminal's
    /// session, or a shell that somebody started within it and that leads a job there.
    pub(crate) fn controls_jobs(self) -> bool {
        let stat = &self.process().stat;
        self.leads_terminal() || (stat.has_terminal() && stat.leads_group() && self.is_shell())
    }
}
