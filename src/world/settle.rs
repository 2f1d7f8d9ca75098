//! Brings recognitions, verdicts and counts up to date with what a record told.

use crate::record::{BootTime, ProcessKey};
use crate::roles;
use crate::roles::{Role, runtimes};
use crate::world::{Subject, World};

/// Up to so many processes, judging everyone takes about a millisecond: kin are not looked for.
const FEW: usize = 1024;

/// Who is judged after a record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Haste {
    /// Those whom it is about, and their kin: many such records come in a second.
    Reparenting,
    /// Everyone, if it changed much or they are few.
    Everyone,
}

impl World {
    /// Everyone is judged after a scan that changed something; after what single processes did,
    /// only they and their kin are: while thousands are born or read, judging everyone each time
    /// would hold up the keys. Whoever is further away follows with the next scan.
    pub(super) fn settle(&mut self, haste: Haste) {
        let was_read = self.is_read;
        if self.structure_changed || !self.is_read {
            self.note_whether_read();
        }
        let completes_reading = self.is_read && !was_read;
        let is_small = haste == Haste::Everyone
            && self.is_read
            && self.processes.len() <= FEW
            && !self.touched.is_empty();
        if self.roles_changed || completes_reading || is_small {
            self.judge_all();
        } else if !self.touched.is_empty() {
            self.judge_touched();
        }
        self.structure_changed = false;
        self.roles_changed = false;
        self.touched.clear();
    }

    fn judge_all(&mut self) {
        let recognized = runtimes::recognize_all(self);
        for (process, newest) in self.processes.iter_mut().zip(recognized) {
            if process.ended.is_none() {
                runtimes::remember(&mut process.recognition, newest);
            }
        }
        for slot in 0..self.processes.len() {
            if self.processes[slot].ended.is_none() {
                self.processes[slot].verdict = roles::judge(Subject::new(self, slot));
            }
        }
        self.count_roles();
        self.judge_again_at = self.next_to_settle();
    }

    fn judge_touched(&mut self) {
        let touched = std::mem::take(&mut self.touched);
        let mut recognized = Vec::new();
        let slots: Vec<usize> = touched.iter().filter_map(|key| self.slot_of(*key)).collect();
        for slot in slots.iter().filter(|slot| self.processes[**slot].ended.is_none()).copied() {
            recognized.push((slot, runtimes::recognize(Subject::new(self, slot))));
        }
        for (slot, recognition) in recognized {
            runtimes::remember(&mut self.processes[slot].recognition, recognition);
        }
        let reparenting: Vec<usize> = self.relatives_of(&slots);
        for slot in reparenting {
            if self.processes[slot].ended.is_none() {
                self.processes[slot].verdict = roles::judge(Subject::new(self, slot));
            }
        }
        self.count_roles();
        self.judge_again_at = Some(self.now);
    }

    /// Those whose verdict may follow from what happened to these: themselves, their parents and
    /// children, and the members of a group or session that one of them led.
    fn relatives_of(&self, slots: &[usize]) -> Vec<usize> {
        let mut is_relative = vec![false; self.processes.len()];
        let mut led = std::collections::HashSet::new();
        for slot in slots {
            is_relative[*slot] = true;
            for child in self.tree.children(*slot) {
                is_relative[*child as usize] = true;
            }
            if let Some(parent) = self.tree.parent(*slot) {
                is_relative[parent] = true;
            }
            let stat = &self.processes[*slot].stat;
            if stat.leads_group() || stat.leads_session() {
                led.insert(stat.key.pid);
            }
        }
        if !led.is_empty() {
            let leads = |id: Option<u32>| id.is_some_and(|id| led.contains(&id));
            for (reparenting, process) in is_relative.iter_mut().zip(&self.processes) {
                *reparenting |= leads(process.stat.pgid) || leads(process.stat.sid);
            }
        }
        (0..is_relative.len()).filter(|slot| is_relative[*slot]).collect()
    }

    fn count_roles(&mut self) {
        self.counts = [0; Role::ALL.len()];
        for process in self.processes.iter().filter(|process| process.ended.is_none()) {
            self.counts[process.verdict.role as usize] += 1;
        }
    }

    /// When the next forked child is so old that it may tell a main.
    fn next_to_settle(&self) -> Option<BootTime> {
        self.processes
            .iter()
            .filter(|process| process.stat.never_execed() == Some(true))
            .map(|process| roles::settles_at(process.key(), &self.host))
            .filter(|at| *at > self.now)
            .min()
    }

    pub(super) fn touch(&mut self, slot: usize) {
        let key: ProcessKey = self.processes[slot].key();
        self.touched.insert(key);
    }
}
