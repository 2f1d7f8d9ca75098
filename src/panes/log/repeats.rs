//! Repeats in the log: like entries that follow one another become one line.
//!
//! A compiler run starts thousands of short processes, and a script the same few again and again. A
//! line for each birth and death would hide everything else; so where more than a few of one name
//! under one creator come and go, with no long pause between, they are reported together, whatever
//! happens beside them. This follows from the entries alone.

use std::collections::HashMap;
use std::sync::Arc;

use crate::panes::log::lives::{Found, Kind, Life, Lives};
use crate::record::{BootTime, NANOS_PER_SECOND, Pid, ProcessId};
use crate::world::{Entry, What};

/// Up to so many births and deaths of the same kind are reported one by one: of three lives.
const MOST_ALONE: usize = 6;
/// A pause between two of a kind that is longer ends the repeats.
const LONGEST_PAUSE_NANOS: u64 = 5 * NANOS_PER_SECOND;
/// Through so many generations, what members of floods create counts to their creators.
const MOST_GENERATIONS: usize = 3;

/// A line of the log: an entry, or a flood that begins with it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    /// The number of its first entry, by which it is known.
    pub(crate) number: u64,
    /// The flood that was folded into it.
    pub(crate) flood: Option<Flood>,
}

/// Many of one name under one creator.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Flood {
    /// Their name; `None` if it is not known.
    pub(crate) name: Option<Arc<str>>,
    /// The pid of their creator, where that is known.
    pub(crate) creator: Option<Pid>,
    pub(crate) creator_id: Option<ProcessId>,
    /// How many processes they are.
    pub(crate) processes: usize,
    /// How many of them failed.
    pub(crate) failed: usize,
    /// When the last of them came or went.
    pub(crate) until: BootTime,
}

/// The lines of a log.
#[derive(Debug, Default)]
pub(crate) struct Folded {
    /// The lines, in the order of their last entries.
    pub(crate) lines: Vec<Line>,
    /// Of each entry its number and its line.
    places: Vec<(u64, usize)>,
}

impl Folded {
    /// The line in which an entry stands; the next one if the entry is not there (any more).
    pub(crate) fn line_of(&self, number: u64) -> usize {
        let place = self.places.partition_point(|(known, _)| *known < number);
        let line = self.places.get(place).map(|(_, line)| *line);
        line.unwrap_or_else(|| self.lines.len().saturating_sub(1))
    }

    /// A flood that goes on stands last: there it is seen to grow.
    fn put_floods_where_they_end(&mut self) {
        if self.lines.iter().all(|line| line.flood.is_none()) {
            return;
        }
        let mut last_entry: Vec<u64> = vec![0; self.lines.len()];
        for (number, line) in &self.places {
            last_entry[*line] = *number;
        }
        let mut order: Vec<usize> = (0..self.lines.len()).collect();
        order.sort_by_key(|line| last_entry[*line]);
        let mut place_of = vec![0; order.len()];
        for (place, line) in order.iter().enumerate() {
            place_of[*line] = place;
        }
        for (_, line) in &mut self.places {
            *line = place_of[*line];
        }
        self.lines = order.into_iter().map(|line| self.lines[line].clone()).collect();
    }

    /// How many entries stand in the lines.
    pub(crate) fn n_entries(&self) -> usize {
        self.places.len()
    }
}

/// Folds entries into lines.
pub(crate) fn fold<'a>(entries: impl Iterator<Item = &'a Entry>) -> Folded {
    let entries: Vec<&Entry> = entries.collect();
    let mut lives = Lives::new(&entries);
    let mut found = floods(&entries, &lives);
    // Compilers start others: what the members of a flood create belongs to the flood's creator.
    for _ in 0..MOST_GENERATIONS {
        if found.is_empty() || !lives.raise(&found) {
            break;
        }
        found = floods(&entries, &lives);
    }
    lay_out(&entries, &mut lives, found)
}

/// Every flood, in the order of their first entries.
fn floods(entries: &[&Entry], lives: &Lives<'_>) -> Vec<Found> {
    let mut kinds: HashMap<Kind<'_>, Vec<usize>> = HashMap::new();
    for (index, entry) in entries.iter().enumerate() {
        if is_birth_or_death(entry.what) {
            kinds.entry(lives.all[lives.of[index]].kind()).or_default().push(index);
        }
    }
    let mut found = Vec::new();
    for places in kinds.values().filter(|places| places.len() > MOST_ALONE) {
        find(entries, places, &lives.of, &mut found);
    }
    found.sort_unstable_by_key(|flood| flood.first);
    found
}

fn is_birth_or_death(what: What) -> bool {
    matches!(what, What::Start | What::Fork | What::Exit { .. })
}

/// Finds the floods among the births and deaths of one kind.
fn find(entries: &[&Entry], places: &[usize], life_of: &[usize], found: &mut Vec<Found>) {
    let at = |place: &usize| entries[*place].at.0;
    let follows = |a: &usize, b: &usize| at(b).saturating_sub(at(a)) <= LONGEST_PAUSE_NANOS;
    for run in places.chunk_by(follows).filter(|run| run.len() > MOST_ALONE) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
        found.push(Found {
            first: *first,
            last: *last,
            life: life_of[*first],
            processes: 0,
            failed: 0,
            until: entries[*last].at,
        });
    }
}

/// Puts every entry into its line.
fn lay_out(entries: &[&Entry], lives: &mut Lives<'_>, mut found: Vec<Found>) -> Folded {
    let mut by_kind: HashMap<Kind<'_>, Vec<usize>> = HashMap::new();
    for (flood, about) in found.iter().enumerate() {
        by_kind.entry(lives.all[about.life].kind()).or_default().push(flood);
    }
    let mut line_of_flood: Vec<Option<usize>> = vec![None; found.len()];
    let mut folded = Folded::default();
    folded.places.reserve(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        let about = &mut lives.all[lives.of[index]];
        let flood = flood_of(index, entry, about, &by_kind, &found);
        let line = flood.and_then(|flood| line_of_flood[flood]).unwrap_or_else(|| {
            folded.lines.push(Line { number: entry.number, flood: None });
            folded.lines.len() - 1
        });
        folded.places.push((entry.number, line));
        if let Some(flood) = flood {
            line_of_flood[flood] = Some(line);
            count(&mut found[flood], flood, about, entry.what);
        }
    }
    for (flood, line) in found.into_iter().zip(line_of_flood) {
        if let Some(line) = line.and_then(|line| folded.lines.get_mut(line)) {
            let about = &lives.all[flood.life];
            line.flood = Some(Flood {
                name: about.name.cloned(),
                creator: about.creator,
                creator_id: about.creator_id,
                processes: flood.processes,
                failed: flood.failed,
                until: flood.until,
            });
        }
    }
    folded.put_floods_where_they_end();
    folded
}

/// The flood that an entry belongs to.
fn flood_of(
    index: usize,
    entry: &Entry,
    life: &mut Life<'_>,
    by_kind: &HashMap<Kind<'_>, Vec<usize>>,
    found: &[Found],
) -> Option<usize> {
    if by_kind.is_empty() {
        return None;
    }
    if is_birth_or_death(entry.what) {
        life.flood = by_kind.get(&life.kind()).and_then(|floods| {
            let after = floods.partition_point(|flood| found[*flood].first <= index);
            let flood = floods[after.checked_sub(1)?];
            (index <= found[flood].last).then_some(flood)
        });
        return life.flood;
    }
    // Events of one of them in between belong to the flood; an orphan stands out.
    let stands_out = matches!(
        entry.what,
        What::Orphan { .. } | What::Lost(_) | What::Compared(_) | What::Mismatch
    );
    let goes_on =
        |flood: &usize| entry.at.0 <= found[*flood].until.0.saturating_add(NANOS_PER_SECOND);
    life.flood.filter(|flood| !stands_out && goes_on(flood))
}

fn count(flood: &mut Found, number: usize, life: &mut Life<'_>, what: What) {
    if life.counted != Some(number) {
        life.counted = Some(number);
        flood.processes += 1;
    }
    let failed = matches!(what, What::Exit { cause, .. } if cause.is_failure());
    if failed && !std::mem::replace(&mut life.has_failed, true) {
        flood.failed += 1;
    }
}

#[cfg(test)]
mod tests {
    use slotmap::KeyData;

    use super::*;
    use crate::world::Cause;

    /// A process of that pid; the number tells those of one pid apart.
    fn id(pid: Pid, number: u32) -> ProcessId {
        ProcessId {
            pid,
            handle: KeyData::from_ffi(u64::from(number) << 32 | u64::from(pid)).into(),
        }
    }

    fn make() -> ProcessId {
        id(10, 1)
    }

    fn entry(number: u64, millis: u64, pid: Pid, comm: &str, what: What) -> Entry {
        Entry {
            number,
            id: Some(id(pid, 1)),
            comm: Some(comm.into()),
            parent: Some(10),
            creator: Some(make()),
            creator_comm: Some("make".into()),
            ..Entry::new(pid, BootTime(millis * 1_000_000), what)
        }
    }

    fn exit(status: i32) -> What {
        What::Exit { cause: Cause::Status(status), lived: None }
    }

    /// So many jobs of make, one every `step` milliseconds: fork, exec, exit.
    fn jobs(count: u32, step: u64) -> Vec<Entry> {
        let mut all = Vec::new();
        for job in 0..count {
            let (pid, at) = (100 + job, u64::from(job) * step);
            let status = i32::from(job == 3) << 8;
            for (comm, what) in [("make", What::Fork), ("cc1", What::Exec), ("cc1", exit(status))] {
                all.push(entry(all.len() as u64, at, pid, comm, what));
            }
        }
        all
    }

    fn reported(entries: &[Entry]) -> Vec<String> {
        let folded = fold(entries.iter());
        let line = |line: &Line| match &line.flood {
            None => line.number.to_string(),
            Some(flood) => format!(
                "{}: {} x {} under {}, {} failed",
                line.number,
                flood.processes,
                flood.name.as_deref().unwrap_or("?"),
                flood.creator.unwrap_or(0),
                flood.failed
            ),
        };
        folded.lines.iter().map(line).collect()
    }

    #[test]
    fn more_than_a_few_alike_become_one_line() {
        assert_eq!(reported(&jobs(20, 10)), ["0: 20 x cc1 under 10, 1 failed"]);
        // Three jobs are six births and deaths.
        assert_eq!(reported(&jobs(3, 10)).len(), 9);
        assert_eq!(reported(&jobs(4, 10)), ["0: 4 x cc1 under 10, 1 failed"]);
    }

    #[test]
    fn a_crash_loop_is_one_line_and_what_is_rare_is_none() {
        assert_eq!(reported(&jobs(20, 2_400)), ["0: 20 x cc1 under 10, 1 failed"]);
        assert_eq!(reported(&jobs(20, 6_000)).len(), 60);
    }

    #[test]
    fn repeats_of_many_programs_that_alternate_are_a_line_each() {
        let names = ["date", "ls", "cat"];
        let mut all = jobs(30, 100);
        for entry in &mut all {
            entry.comm = Some(names[(entry.number / 3) as usize % 3].into());
        }
        let lines = reported(&all);
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines.iter().all(|line| line.contains(": 10 x ")), "{lines:?}");
    }

    #[test]
    fn a_flood_grows_while_it_lasts_and_keeps_its_number() {
        let all = jobs(40, 20);
        assert_eq!(reported(&all[..30]), ["0: 10 x cc1 under 10, 1 failed"]);
        assert_eq!(reported(&all), ["0: 40 x cc1 under 10, 1 failed"]);
        let folded = fold(all.iter());
        assert_eq!((folded.line_of(0), folded.line_of(77), folded.n_entries()), (0, 0, 120));
    }

    #[test]
    fn after_a_long_pause_another_flood_begins() {
        let mut all = jobs(10, 10);
        for (number, mut later) in jobs(10, 10).into_iter().enumerate() {
            later.number = 30 + number as u64;
            later.at.0 += 6_000_000_000;
            later.pid += 1_000;
            later.id = Some(id(later.pid, 5));
            all.push(later);
        }
        assert_eq!(
            reported(&all),
            ["0: 10 x cc1 under 10, 1 failed", "30: 10 x cc1 under 10, 1 failed"]
        );
    }

    #[test]
    fn orphans_losses_and_others_stand_out_of_a_flood() {
        let mut all = jobs(20, 10);
        all[31].what = What::Orphan { adopter: Some(1) };
        all[40] = entry(40, 130, 900, "sh", What::Fork);
        all[50] = Entry { id: None, comm: None, pid: 0, ..entry(50, 160, 0, "", What::Lost(None)) };
        let lines = reported(&all);
        assert_eq!(lines[..3], ["31", "40", "50"]);
        assert!(lines[3].starts_with("0: 20 x cc1"), "{lines:?}");
        let folded = fold(all.iter());
        assert_eq!([0, 31, 32, 40, 9_999].map(|number| folded.line_of(number)), [3, 0, 3, 1, 3]);
    }

    #[test]
    fn other_creators_and_other_names_are_other_floods() {
        let mut all = jobs(20, 10);
        for entry in &mut all {
            if entry.pid % 2 == 0 {
                entry.creator = Some(id(11, 5));
            }
        }
        assert_eq!(
            reported(&all),
            ["0: 10 x cc1 under 11, 0 failed", "3: 10 x cc1 under 10, 1 failed"]
        );
    }

    #[test]
    fn what_members_of_a_flood_create_is_reported_with_their_creator() {
        let mut all = Vec::new();
        for job in 0..20 {
            let (gcc, cc1, at) = (100 + 2 * job, 101 + 2 * job, u64::from(job) * 10);
            let by_gcc = Some(id(gcc, 1));
            for (pid, comm, what, creator) in [
                (gcc, "gcc", What::Fork, Some(make())),
                (cc1, "cc1", What::Fork, by_gcc),
                (cc1, "cc1", exit(0), by_gcc),
                (gcc, "gcc", exit(0), Some(make())),
            ] {
                all.push(Entry { creator, ..entry(all.len() as u64, at, pid, comm, what) });
            }
        }
        assert_eq!(
            reported(&all),
            ["1: 20 x cc1 under 10, 0 failed", "0: 20 x gcc under 10, 0 failed"]
        );
    }

    #[test]
    fn a_full_log_may_be_one_flood() {
        assert_eq!(reported(&jobs(2_731, 1)), ["0: 2731 x cc1 under 10, 1 failed"]);
    }
}
