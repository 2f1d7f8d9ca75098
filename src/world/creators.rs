//! Who created a child, where that was not the parent that it got.
//!
//! clone(2) with `CLONE_PARENT` makes a sibling of the caller, and the kernel tells of the parent
//! only (`proc_fork_connector` in `drivers/connector/cn_proc.c` names `real_parent`). But a child
//! is a copy of its creator: its memory has that one's layout until an exec, and it is in that
//! one's session unless it leads one of its own.

use std::sync::Arc;

use crate::record::{BootTime, Facts, ProcessId};
use crate::world::{FactsReading, Process, What, World};

/// The layout that a process certainly had at that time; `None` where that is not known.
pub(super) fn layout_at(process: &Process, at: BootTime) -> Option<[u64; 3]> {
    // Before its birth is confirmed it has what a copy would have, which is not read yet.
    let is_read = !process.open.birth && process.seen.layout_since <= at;
    process.stat.layout.filter(|_| is_read)
}

/// The facts that are true of a copy, too.
pub(super) fn copied_facts(creator: &Process, at: BootTime) -> Option<Facts> {
    let facts = creator.facts.clone()?;
    Some(Facts { read_at: at, pipes: None, innermost_pid: None, ..facts })
}

impl World {
    /// Looks whether those whose stat came in are copies of the parents that they were born to.
    pub(super) fn compare_with_parents(&mut self) {
        for (key, layout) in std::mem::take(&mut self.events.confirmed) {
            let Some(slot) = self.slot_of(key) else { continue };
            let Some(origin) = &self.processes[slot].history.origin else { continue };
            let (born_to, at) = (origin.parent, origin.at);
            let Some(parent) = self.slot_of(born_to) else { continue };
            let (child, parent) = (&self.processes[slot], &self.processes[parent]);
            if is_other_copy(child, parent, layout, at) {
                let creator = self.only_model_of(child, born_to);
                self.correct_creator(slot, creator);
            } else if is_in_foreign_session(child, parent) {
                self.correct_creator(slot, None);
            }
        }
    }

    /// The only sibling of which it can be a copy. A sibling that is itself another's copy has a
    /// creator that is as much like it.
    fn only_model_of(&self, child: &Process, parent: ProcessId) -> Option<usize> {
        let mut models = self.slots().into_iter().filter(|slot| {
            let other = &self.processes[*slot];
            other.parent == Some(parent)
                && other.id() != child.id()
                && other.key().birth_order() <= child.key().birth_order()
                && other.stat.layout == child.stat.layout
        });
        let model = models.next().filter(|_| models.next().is_none())?;
        let origin = self.processes[model].history.origin.as_ref();
        origin.is_none_or(|origin| origin.is_of_parent()).then_some(model)
    }

    fn correct_creator(&mut self, slot: usize, creator: Option<usize>) {
        let creator = creator.map(|slot| &self.processes[slot]);
        let key = creator.map(Process::id);
        let name: Arc<str> = creator.map_or_else(|| "?".into(), |life| life.stat.comm.clone());
        // The facts of its parent are not its own; its own are yet to be read.
        let born_at = self.processes[slot].born_at(&self.host);
        let facts = creator.and_then(|creator| copied_facts(creator, born_at));
        let line = facts.as_ref().and_then(|facts| facts.command_line.known().cloned());
        let process = &mut self.processes[slot];
        process.facts = facts;
        process.facts_reading = FactsReading::Wanted;
        process.recognition = None;
        if let Some(origin) = &mut process.history.origin {
            (origin.creator, origin.creator_comm) = (key, name.clone());
        }
        let (own, comm) = (process.id(), process.stat.comm.clone());
        self.touch(slot);
        self.changes.structure = true;
        self.update_entry(
            own,
            |what| what == What::Fork,
            |entry| {
                (entry.creator, entry.creator_comm) = (key, key.map(|_| name));
                (entry.comm, entry.command_line) = (Some(comm), line);
                entry.is_sibling = true;
            },
        );
    }
}

/// Whether a process that never exec'd has another layout than its parent had
/// when it was born. What the parent became since tells nothing.
fn is_other_copy(
    child: &Process,
    parent: &Process,
    layout: Option<[u64; 3]>,
    at: BootTime,
) -> bool {
    let newest = parent.history.images.as_ref().and_then(|images| images.iter().next_back());
    child.stat.never_execed() == Some(true)
        && newest.is_none_or(|became| became.at <= at)
        && layout.zip(child.stat.layout).is_some_and(|(inherited, own)| inherited != own)
}

/// Whether it is in a session that its parent never was in: no process joins one, and one that
/// leaves leads another since (setsid(2)).
fn is_in_foreign_session(child: &Process, parent: &Process) -> bool {
    let (Some(session), Some(parents)) = (child.stat.sid, parent.stat.sid) else { return false };
    // 0 stands for a session outside of this pid namespace.
    let is_reported = session != 0 && parents != 0 && !parent.open.birth;
    is_reported && session != parents && !child.stat.leads_session() && !parent.stat.leads_session()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::event::{self, Glyphs};
    use crate::describe::story;
    use crate::record::{EventSource, Pid};
    use crate::tests::fixture::{event_source, events, host, id_of, lines, scan, stats, watch};
    use crate::verdict::{Confidence, Role};

    const GLYPHS: Glyphs = Glyphs { separator: ", ", ended: "ended", times: "x" };
    const TABLE: &str = "
         1 0  1  1 - - systemd |
        10 1 10 10 3 - bash    | stack=50
        20 10 20 10 3 - server | stack=60
        30 20 20 10 3 - app    | stack=70";

    /// A world that has seen the table, and receives every event.
    fn listening() -> World {
        let mut world = World::new(host(), 3.0);
        world.apply(event_source(EventSource::Connector));
        watch(&mut world, TABLE, 1_000);
        world
    }

    fn creator(world: &World, pid: Pid) -> Option<Pid> {
        world.living(pid).unwrap().creator().map(|key| key.pid)
    }

    /// The births in the log: the creator, and the whole line.
    fn births(world: &World) -> Vec<(Option<Pid>, String)> {
        let forks = world.log().entries().filter(|entry| entry.what == What::Fork);
        let reported = forks.map(|entry| {
            let line = event::of_entry(world, entry, GLYPHS);
            (entry.creator.map(|key| key.pid), format!("{} {}", line.name, line.text))
        });
        reported.collect()
    }

    #[test]
    fn who_is_a_copy_of_its_only_like_sibling_is_likely_created_by_it() {
        let mut world = listening();
        world.apply(events("1000.5 fork 40 < 20"));
        assert_eq!(world.take_wanted_stats(9), [40]);
        world.apply(stats(&lines("40 20 20 10 3 f app | start=100050 stack=70"), "1000.51"));
        assert_eq!((creator(&world, 40), world.living(40).unwrap().stat.ppid), (Some(30), 20));
        assert_eq!(births(&world), [(Some(30), "app as a sibling, likely by app 30".into())]);
        let verdict = &world.living(40).unwrap().verdict;
        assert_eq!((verdict.role, verdict.confidence), (Role::Child, Confidence::Likely));
        assert_eq!(
            verdict.evidence.last().unwrap().to_string(),
            "it is a copy of its sibling 30 (app) and not of its parent 20 (server), \
             so its sibling created it (CLONE_PARENT)"
        );
        assert_eq!(world.living(40).unwrap().executable(), Some("/usr/bin/app"));
        let story = story::origin(world.subject(id_of(&world, 40)).unwrap()).unwrap();
        assert_eq!(story, "forked likely by 30 (app), never exec'd");
    }

    #[test]
    fn no_creator_is_named_where_none_or_several_are_alike() {
        let mut world = listening();
        world.apply(events("1000.5 fork 40 < 20"));
        world.apply(stats(&lines("40 20 20 10 3 f gone | start=100050 stack=80"), "1000.51"));
        assert_eq!(creator(&world, 40), None);
        let reported = (None, "gone as a sibling, creator not known".into());
        assert_eq!(births(&world), [reported]);
        // What the first one made is as much like the second as that one itself.
        let mut world = listening();
        world.apply(events("1000.5 fork 40 < 20; 1000.501 fork 41 < 20"));
        let child = "40 20 20 10 3 f app | start=100050 stack=70
                       41 20 20 10 3 f app | start=100050 stack=70";
        world.apply(stats(&lines(child), "1000.51"));
        assert_eq!((creator(&world, 40), creator(&world, 41)), (Some(30), None));
        // The one that made it may be gone.
        world.apply(events("1000.6 exit 30 < 20; 1010 fork 42 < 20"));
        world.apply(stats(&lines("42 20 20 10 3 f app | start=101000 stack=70"), "1010.01"));
        assert_eq!(creator(&world, 42), None);
    }

    #[test]
    fn who_is_a_copy_of_its_parent_or_became_another_program_is_its_parents() {
        for child in ["f server | stack=60", "f server |", "- sleep | stack=90"] {
            let mut world = listening();
            world.apply(events("1000.5 fork 40 < 20"));
            let child = child.replace('|', "| start=100050");
            world.apply(stats(&lines(&format!("40 20 20 10 3 {child}")), "1000.51"));
            assert_eq!(creator(&world, 40), Some(20), "{child}");
        }
    }

    #[test]
    fn what_the_parent_became_since_tells_nothing() {
        let child = "40 20 20 10 3 f server | start=100050 stack=60";
        let execed = TABLE.replace("stack=60", "stack=99");
        // Its exec is reported before the child is read.
        let mut world = listening();
        world.apply(events("1000.5 fork 40 < 20; 1000.501 exec 20 server"));
        world.apply(stats(&lines(child), "1000.51"));
        assert_eq!(creator(&world, 40), Some(20));
        // It is read before its exec and its child are reported.
        let mut world = listening();
        world.apply(scan(&lines(&execed), 1_001));
        world.apply(events("1000.5 fork 40 < 20"));
        world.apply(stats(&lines(child), "1001.51"));
        assert_eq!(creator(&world, 40), Some(20));
        // Both are read before the exec and the child are reported.
        let mut world = listening();
        world.apply(scan(&lines(&format!("{execed}\n{child}")), 1_001));
        world.apply(events("1000.5 fork 40 < 20"));
        assert_eq!((creator(&world, 40), births(&world)[0].0), (Some(20), Some(20)));
    }

    #[test]
    fn a_sibling_that_a_scan_found_first_is_compared_once_its_birth_is_reported() {
        let mut world = listening();
        let child = "40 20 20 10 3 f app | start=100050 stack=70";
        world.apply(scan(&lines(&format!("{TABLE}\n{child}")), 1_001));
        world.apply(events("1000.5 fork 40 < 20"));
        assert_eq!((creator(&world, 40), births(&world)[0].0), (Some(30), Some(30)));
    }

    #[test]
    fn a_session_that_the_parent_never_was_in_is_anothers_whatever_it_became() {
        let mut world = listening();
        world.apply(events("1000.5 fork 40 < 20; 1000.501 exec 40 sleep 9"));
        world.apply(stats(&lines("40 20 25 25 - - sleep | start=100050"), "1000.51"));
        assert_eq!((creator(&world, 40), births(&world)[0].0), (None, None));
        // A session of its own is none of another's, and a leader may have left the child's.
        for (session, parent) in [("40 40", 20), ("25 25", 10)] {
            let mut world = listening();
            world.apply(events(&format!("1000.5 fork 40 < {parent}")));
            let child = format!("40 {parent} {session} - - sleep | start=100050");
            world.apply(stats(&lines(&child), "1000.51"));
            assert_eq!(creator(&world, 40), Some(parent));
        }
    }

    #[test]
    fn a_sibling_whose_parent_ends_is_an_orphan_of_it_and_it_was_not_its_creator() {
        let mut world = listening();
        world.apply(events("1000.5 fork 40 < 20"));
        world.apply(stats(&lines("40 20 20 10 3 f app | start=100050 stack=70"), "1000.51"));
        world.apply(events("1002 exit 20 < 10 status=9"));
        let orphan = world.living(40).unwrap();
        assert_eq!(orphan.history.adoption.as_ref().map(|adoption| adoption.creator), Some(None));
        assert_eq!(creator(&world, 40), Some(30));
    }
}
