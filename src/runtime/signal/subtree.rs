//! Signals to a process and all below it: stops them from the top down, so that none escapes by
//! forking, looks again until no new one is found, sends, and lets them go on.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::time::Duration;

use crate::app::input::{SignalOrder, SignalResult};
use crate::forecast::MOST_MASKS;
use crate::linux::procfs::table::ProcTable;
use crate::linux::{clock, wait};
use crate::record::{DefaultAction, Pid, ProcessKey, Signal, SignalMasks, Stat, State};
use crate::runtime::signal::resumer::Resumer;
use crate::runtime::signal::{Target, is_same, may_end, unlisted};
use crate::source::host::own_processes;
use crate::source::reader::masks_of;

/// How long a family may take to stand still. One that bears faster than it is stopped never does,
/// nor does one in which a stop has to wait: for a thaw, or the end of a vfork.
const STANDSTILL: Duration = Duration::from_millis(200);
/// How long stops are given to come through between two looks.
const PAUSE: Duration = Duration::from_millis(2);

/// Sends a signal to a process and all below it. The process itself comes back if its end is
/// worth waiting for.
pub(crate) fn send_to_subtree(order: &SignalOrder) -> (SignalResult, Option<Target>) {
    let mut table = match ProcTable::open() {
        Ok(table) => table,
        Err(error) => return (unlisted(error), None),
    };
    let root = match table.read_one(order.target.pid) {
        None => return (SignalResult::AlreadyGone, None),
        Some(stat) if !is_same(order.target, &stat) => return (SignalResult::PidReused, None),
        Some(stat) => stat.key,
    };
    let mut frozen = FrozenSubtree::new(root);
    frozen.start_resumer(&table);
    match frozen.gather(&mut table) {
        Ok(()) => frozen.send(order.signal),
        // Without a hold, a process cannot be distinguished from another with its pid: nobody gets
        // the signal.
        Err(failed) => (failed, None),
    }
}

/// The processes that a subtree signal holds. Dropping it resumes those that it stopped.
struct FrozenSubtree {
    root: ProcessKey,
    spared: HashSet<Pid>,
    held: Vec<Held>,
    known: HashSet<ProcessKey>,
    /// Whether the root was met, which is known from the beginning.
    has_looked: bool,
    /// The processes whose children belong to the family, also where they are not signaled
    /// themselves.
    family: HashMap<Pid, (ProcessKey, Rc<Target>)>,
    gone: usize,
    not_permitted: Vec<ProcessKey>,
    left_out: Vec<Pid>,
    /// Whether all stood still, so that none was born unseen.
    is_complete: bool,
    /// Lets go on what was stopped, if this program cannot. The last to go.
    resumer: Option<Resumer>,
}

struct Held {
    key: ProcessKey,
    target: Rc<Target>,
    stopped_here: bool,
}

impl FrozenSubtree {
    fn new(root: ProcessKey) -> Self {
        let own = own_processes();
        Self {
            root,
            spared: own.ancestors.into_iter().chain([own.pid]).collect(),
            held: Vec::new(),
            known: HashSet::from([root]),
            has_looked: false,
            family: HashMap::new(),
            gone: 0,
            not_permitted: Vec::new(),
            left_out: Vec::new(),
            is_complete: false,
            resumer: None,
        }
    }

    /// Without it the search goes on all the same: where no process can be started any more, a
    /// whole subtree may be what has to end.
    fn start_resumer(&mut self, table: &ProcTable) {
        self.resumer = Resumer::start().ok();
        // It may be below the root, and is none of the family.
        self.known.extend(self.resumer.as_ref().and_then(|resumer| resumer.key(table)));
    }

    /// Stops the family, until it stands still or the time for that is over.
    fn gather(&mut self, table: &mut ProcTable) -> Result<(), SignalResult> {
        let began = clock::instant();
        loop {
            let processes = table.read().map_err(unlisted)?;
            let has_found = self.stop_newcomers(&processes, table)?;
            self.is_complete = !has_found && self.all_stand_still(&processes);
            if self.is_complete || began.elapsed() >= STANDSTILL {
                return Ok(());
            }
            // A signal that cuts the pause short only brings the next look forward.
            wait::sleep(PAUSE);
        }
    }

    /// Stops those below the root that are not held yet; whether there were any. Fails where the
    /// system does.
    fn stop_newcomers(
        &mut self,
        processes: &[Stat],
        table: &ProcTable,
    ) -> Result<bool, SignalResult> {
        let is_first_look = !std::mem::replace(&mut self.has_looked, true);
        let newcomers: Vec<&Stat> = subtree(&self.known, processes)
            .into_iter()
            .filter(|stat| {
                !self.known.contains(&stat.key) || (is_first_look && stat.key == self.root)
            })
            .collect();
        for stat in &newcomers {
            self.known.insert(stat.key);
            if stat.has_ended() {
                continue;
            }
            match self.join(stat.key, table) {
                Ok(None) => {}
                Ok(Some(_)) if self.spared.contains(&stat.key.pid) => {
                    self.left_out.push(stat.key.pid);
                }
                Ok(Some(target)) => self.stop(stat, target)?,
                Err(failed @ SignalResult::Failed(_)) => return Err(failed),
                Err(_) => self.gone += 1,
            }
        }
        Ok(!newcomers.is_empty())
    }

    /// Takes a process into the family; `None` if it is none of it.
    fn join(
        &mut self,
        key: ProcessKey,
        table: &ProcTable,
    ) -> Result<Option<Rc<Target>>, SignalResult> {
        let target = Rc::new(Target::open(key, table)?);
        if key != self.root {
            // Read again, now that its parent is held: the number alone may be a stranger's.
            let stat = table.read_one(key.pid).filter(|stat| stat.key == key);
            let stat = stat.ok_or(SignalResult::AlreadyGone)?;
            let parent = self.family.get(&stat.ppid);
            if !parent.is_some_and(|(parent, held)| is_child(&stat, *parent, held.has_ended())) {
                return Ok(None);
            }
        }
        self.family.insert(key.pid, (key, Rc::clone(&target)));
        Ok(Some(target))
    }

    fn stop(&mut self, stat: &Stat, target: Rc<Target>) -> Result<(), SignalResult> {
        let stands = matches!(stat.state, State::Stopped | State::Traced);
        if !stands {
            // A resumer that missed a stopped process would leave it stopped: it is as good as
            // none.
            self.resumer.take_if(|resumer| resumer.report(stat.key).is_err());
        }
        let stopped = if stands { Ok(()) } else { target.send(Signal::STOP) };
        match stopped {
            Ok(()) => self.held.push(Held { key: stat.key, target, stopped_here: !stands }),
            Err(SignalResult::NotPermitted) => self.not_permitted.push(stat.key),
            Err(failed @ SignalResult::Failed(_)) => return Err(failed),
            Err(_) => self.gone += 1,
        }
        Ok(())
    }

    /// Whether every stop has come through: until then a process may still fork.
    fn all_stand_still(&self, processes: &[Stat]) -> bool {
        let states: HashMap<ProcessKey, State> =
            processes.iter().map(|stat| (stat.key, stat.state)).collect();
        self.held.iter().all(|held| {
            states.get(&held.key).is_none_or(|state| {
                state.has_ended() || matches!(state, State::Stopped | State::Traced)
            })
        })
    }

    fn send(mut self, signal: Signal) -> (SignalResult, Option<Target>) {
        // SIGCONT throws pending stops away (signal(7)): what is to stop them comes after it.
        if signal.default_act() == DefaultAction::Stop && signal != Signal::STOP {
            self.let_go_on();
        }
        let masks = self.masks();
        let at = clock::now();
        let mut processes = 0;
        for held in self.held.iter().rev() {
            match held.target.send(signal) {
                Ok(()) => processes += 1,
                Err(SignalResult::NotPermitted) => self.not_permitted.push(held.key),
                Err(_) => self.gone += 1,
            }
        }
        // A killed process needs no go-ahead, and a stop is what was wanted.
        if signal == Signal::KILL || signal == Signal::STOP {
            self.held.iter_mut().for_each(|held| held.stopped_here = false);
        }
        self.let_go_on();
        let result = SignalResult::Sent {
            at,
            masks,
            processes,
            gone: self.gone,
            not_permitted: std::mem::take(&mut self.not_permitted),
            left_out: std::mem::take(&mut self.left_out),
            is_complete: self.is_complete,
        };
        let root = self.held.iter().position(|held| held.key == self.root);
        let root =
            root.filter(|_| may_end(signal)).map(|index| self.held.swap_remove(index).target);
        self.family.clear();
        (result, root.and_then(Rc::into_inner))
    }

    /// The dispositions of the first of them: while they stand still, they do not change.
    fn masks(&self) -> Vec<(ProcessKey, SignalMasks)> {
        let held = self.held.iter().take(MOST_MASKS);
        held.filter_map(|held| Some((held.key, masks_of(held.key)?))).collect()
    }

    /// From the bottom up, as signals are sent: with the end of its parent, a group that is
    /// stopped still would get SIGHUP (setpgid(2)), which might end it instead.
    fn let_go_on(&mut self) {
        for held in self.held.iter_mut().rev().filter(|held| held.stopped_here) {
            // It may have ended meanwhile; then there is nothing left to go on.
            let _ = held.target.send(Signal::CONT);
            held.stopped_here = false;
        }
    }
}

impl Drop for FrozenSubtree {
    fn drop(&mut self) {
        self.let_go_on();
    }
}

/// Whether a process is the child of a parent that is held since before its record was read, and
/// that had ended or not after: only while it lives does its pid stand for nobody else.
fn is_child(child: &Stat, parent: ProcessKey, has_ended: bool) -> bool {
    let born = child.key.start_ticks().zip(parent.start_ticks());
    child.ppid == parent.pid && !has_ended && born.is_some_and(|(child, parent)| parent <= child)
}

/// These processes and all below them, each parent before its children. By key: a pid that is
/// used again is not the family that it once belonged to.
fn subtree<'a>(seeds: &HashSet<ProcessKey>, processes: &'a [Stat]) -> Vec<&'a Stat> {
    let mut children: HashMap<Pid, Vec<&Stat>> = HashMap::new();
    for stat in processes {
        children.entry(stat.ppid).or_default().push(stat);
    }
    let mut found: Vec<&Stat> = processes.iter().filter(|stat| seeds.contains(&stat.key)).collect();
    let mut seen: HashSet<ProcessKey> = found.iter().map(|stat| stat.key).collect();
    let mut next = 0;
    while next < found.len() {
        let below = children.get(&found[next].key.pid).into_iter().flatten();
        found.extend(below.filter(|stat| seen.insert(stat.key)));
        next += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command};

    use super::*;
    use crate::forecast::Scope;
    use crate::tests::fixture::lines;

    #[test]
    fn the_readme_says_how_long_a_family_may_take_to_stand_still() {
        let readme = include_str!("../../../README.md").replace('\n', " ");
        let within = format!("within {} ms", STANDSTILL.as_millis());
        assert!(readme.contains(&format!("does not stand still {within}")), "{within}");
    }

    #[test]
    fn a_child_is_one_only_of_a_parent_that_lived_after_it_was_read() {
        let child = lines("6 5 5 5 - - a").remove(0).stat;
        let born = child.key.start_ticks().unwrap();
        let parent = ProcessKey::at_ticks(5, born);
        assert!(is_child(&child, parent, false));
        assert!(!is_child(&child, parent, true), "its pid may be a stranger's");
        assert!(!is_child(&child, ProcessKey::at_ticks(5, born + 1), false), "born after it");
        assert!(!is_child(&child, ProcessKey::at_ticks(4, born), false), "another's child");
    }

    #[test]
    fn a_subtree_is_found_by_key_and_goes_on_below_what_is_held() {
        let stats: Vec<Stat> = lines(
            "5 1 5 5 - - root\n 6 5 5 5 - - a\n 7 6 5 5 - - b\n 8 1 8 8 - - other\n 9 8 8 8 - - c",
        )
        .into_iter()
        .map(|line| line.stat)
        .collect();
        let found = |seeds: &[ProcessKey]| -> Vec<Pid> {
            let seeds = seeds.iter().copied().collect();
            subtree(&seeds, &stats).iter().map(|stat| stat.key.pid).collect()
        };
        assert_eq!(found(&[stats[0].key]), [5, 6, 7]);
        assert_eq!(found(&[ProcessKey::at_ticks(5, 1)]), [] as [Pid; 0], "the pid is another's");
        assert_eq!(found(&[ProcessKey::at_ticks(5, 1), stats[1].key]), [6, 7], "the root is gone");
    }

    /// A family in which everybody has this in the environment, of which nothing is left behind.
    struct Marked(&'static str, Child);

    impl Marked {
        fn start(mark: &'static str, script: &str) -> Self {
            let mut shell = Command::new("sh");
            Self(mark, shell.args(["-c", script]).env("PX_TEST", mark).spawn().unwrap())
        }

        fn order(&self, signal: Signal) -> SignalOrder {
            let target = ProcTable::open().unwrap().read_one(self.1.id()).unwrap().key;
            SignalOrder { number: 1, target, name: "sh".into(), signal, scope: Scope::Subtree }
        }

        fn members(&self) -> Vec<Pid> {
            let mark = format!("PX_TEST={}", self.0);
            let has_mark = |pid: &Pid| {
                let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
                environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
            };
            let stats = ProcTable::open().unwrap().read().unwrap();
            let living = stats.iter().filter(|stat| !stat.has_ended());
            living.map(|stat| stat.key.pid).filter(has_mark).collect()
        }
    }

    impl Drop for Marked {
        fn drop(&mut self) {
            for pid in self.members().into_iter().filter_map(|pid| i32::try_from(pid).ok()) {
                let pid = rustix::process::Pid::from_raw(pid).unwrap();
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
            let _ = self.1.wait();
        }
    }

    #[test]
    fn a_family_that_forks_all_the_time_ends_as_a_whole() {
        let family = Marked::start("forks", "while :; do (sleep 60 & sleep 60) & sleep 0.01; done");
        let began = clock::now();
        while family.members().len() < 20 {
            assert!(clock::now().seconds_since(began) < 30.0, "it does not fork");
            wait::sleep(PAUSE);
        }
        let (result, _) = send_to_subtree(&family.order(Signal::KILL));
        assert!(matches!(result, SignalResult::Sent { processes: 10.., .. }), "{result:?}");
        let began = clock::now();
        while !family.members().is_empty() {
            assert!(clock::now().seconds_since(began) < 30.0, "left: {:?}", family.members());
            wait::sleep(PAUSE);
        }
    }

    #[test]
    fn what_is_to_stop_stays_stopped_and_pexplore_itself_is_left_out() {
        let family = Marked::start("stops", "sleep 60 & sleep 60 & wait");
        let began = clock::now();
        while family.members().len() < 3 {
            assert!(clock::now().seconds_since(began) < 30.0, "it does not fork");
            wait::sleep(PAUSE);
        }
        let (result, _) = send_to_subtree(&family.order(Signal::STOP));
        assert!(matches!(result, SignalResult::Sent { processes: 3, .. }), "{result:?}");
        let table = ProcTable::open().unwrap();
        for pid in family.members() {
            assert_eq!(table.read_one(pid).map(|stat| stat.state), Some(State::Stopped));
        }
        let own = table.read_one(std::process::id()).unwrap();
        let (mut frozen, pid) = (FrozenSubtree::new(own.key), own.key.pid);
        assert!(frozen.stop_newcomers(&[own], &table).is_ok());
        assert!(frozen.held.is_empty() && frozen.left_out == [pid]);
    }
}
