use std::collections::HashSet;

use proptest::prelude::*;
use strum::VariantArray;

use super::*;
use crate::panes::tree::folds::Folds;
use crate::panes::tree::ghosts::GhostRows;
use crate::panes::tree::order::SiblingOrder;
use crate::record::{BootTime, Observation, Record, Scan};
use crate::tests::fixture::{self, id_of};
use crate::verdict::Role;
use crate::world::Process;
use crate::world::tests::any_table;

const TABLE: &str = "
    1 0 1 1 - - systemd
    2 0 0 0 - k kthreadd
    30 2 0 0 - k kworker
    40 1 40 40 - - sshd
    50 40 50 50 1 - bash
    60 50 60 50 1 - vim | cmd=vim /etc/Hosts
    61 50 61 50 1 - make
    62 61 61 50 1 - cc
    70 1 70 70 - - cron";

/// The rows as they look: depth by indent, `+` folded, `-` open, `~` dimmed, `\` last sibling.
fn drawn(world: &World, folds: &Folds, shown: &Shown) -> String {
    let line = |row: &Row| {
        let fold = match row.fold {
            FoldMark::Leaf => ' ',
            FoldMark::Open => '-',
            FoldMark::Folded => '+',
        };
        let last = if row.is_last { '\\' } else { '|' };
        let dimmed = if row.is_dimmed { "~" } else { "" };
        let comm = &world.get(row.id.process().unwrap()).unwrap().stat.comm;
        format!("{}{last}{fold}{dimmed}{comm}\n", " ".repeat(row.depth))
    };
    rows(world, folds, shown).iter().map(line).collect()
}

fn pid(row: &Row) -> u32 {
    row.id.process().unwrap().pid
}

/// Everything that matches, ghosts included.
fn all(filter: &str) -> Shown {
    Shown { ghosts: GhostRows::All, filter: filter.to_owned(), ..Shown::default() }
}

#[track_caller]
fn check(folds: &Folds, filter: &str, expected: &[&str]) {
    let expected = expected.iter().fold(String::new(), |all, line| all + line + "\n");
    assert_eq!(drawn(&fixture::world(TABLE), folds, &all(filter)), expected);
}

#[test]
fn all_families_are_open_at_first_and_kernel_threads_hidden() {
    check(
        &Folds::default(),
        "",
        &["\\-systemd", " |-sshd", "  \\-bash", "   | vim", "   \\-make", "    \\ cc", " \\ cron"],
    );
    let folds = Folds::default();
    let with_kernel = Shown { kernel_threads: true, ..all("") };
    let world = fixture::world(TABLE);
    assert!(drawn(&world, &folds, &with_kernel).ends_with("\\-kthreadd\n \\ kworker\n"));
}

#[test]
fn what_a_hidden_kernel_thread_started_is_shown() {
    let world = fixture::world(
        "1 0 1 1 - - init\n2 0 0 0 - k kthreadd\n50 2 0 0 - k kworker\n70 50 0 0 - - modprobe",
    );
    let shown: Vec<(u32, usize)> =
        rows(&world, &Folds::default(), &all("")).iter().map(|row| (pid(row), row.depth)).collect();
    assert_eq!(shown, [(1, 0), (70, 0)]);
}

#[test]
fn folds_belong_to_processes() {
    let world = fixture::world(TABLE);
    let mut folds = Folds::default();
    folds.fold(id_of(&world, 50));
    folds.fold(id_of(&world, 62));
    check(&folds, "", &["\\-systemd", " |-sshd", "  \\+bash", " \\ cron"]);
    let mut closed = Folds::AllFoldedBut(HashSet::new());
    check(&closed, "", &["\\+systemd"]);
    closed.open(id_of(&world, 1));
    check(&closed, "", &["\\-systemd", " |+sshd", " \\ cron"]);
    closed.fold(id_of(&world, 1));
    assert_eq!(closed, Folds::AllFoldedBut(HashSet::new()));
    folds.forget_all_but(|id| id.pid == 62);
    assert_eq!(folds, Folds::AllOpenBut([id_of(&world, 62)].into()));
}

#[test]
fn a_filter_keeps_matches_and_dims_their_ancestors() {
    check(&Folds::default(), "MAKE", &["\\-~systemd", " \\-~sshd", "  \\-~bash", "   \\ make"]);
    // The arguments count, and a pid counts whole.
    let hosts = ["\\-~systemd", " \\-~sshd", "  \\-~bash", "   \\ vim"];
    check(&Folds::default(), "hosts", &hosts);
    check(&Folds::default(), "60", &hosts);
    check(&Folds::default(), "6", &[]);
    check(&Folds::default(), "nothing", &[]);
    check(
        &Folds::default(),
        "cc",
        &["\\-~systemd", " \\-~sshd", "  \\-~bash", "   \\-~make", "    \\ cc"],
    );
}

#[test]
fn siblings_follow_the_order_that_was_asked_for() {
    let mut world = fixture::world(
        "1 0 1 1 - - init\n9 1 9 9 - - b | start=20\n5 1 5 5 - - c | start=30\n7 1 7 7 - - a | start=40",
    );
    for (pid, cpu, resident) in [(9, None, Some(5)), (5, Some(2.0), None), (7, Some(9.0), Some(7))]
    {
        let slot = world.living_slot(pid).unwrap();
        let process = world.at_mut(slot);
        process.cpu_percent = cpu;
        process.stat.usage.resident = resident;
    }
    let order = |order: SiblingOrder| {
        let rows = rows(&world, &Folds::default(), &Shown { order, ..all("") });
        rows[1..]
            .iter()
            .map(|row| world.get(row.id.process().unwrap()).unwrap().stat.comm.to_string())
            .collect::<String>()
    };
    let orders: Vec<String> = SiblingOrder::VARIANTS.iter().copied().map(order).collect();
    assert_eq!(orders, ["bca", "acb", "abc", "bca", "abc", "cab"]);
}

fn any_query() -> impl Strategy<Value = (Vec<usize>, bool, usize, bool, &'static str)> {
    let filters = prop::sample::select(vec!["", "sh", "5", "python", "x"]);
    (
        prop::collection::vec(0_usize..24, 0..8),
        prop::bool::ANY,
        0_usize..SiblingOrder::VARIANTS.len(),
        prop::bool::ANY,
        filters,
    )
}

fn world_of(tables: Vec<Vec<crate::record::stat::Stat>>) -> World {
    let mut world = World::new(fixture::host(), 3.0);
    for (processes, second) in tables.into_iter().zip(1_000..) {
        let began = BootTime::from_secs(second);
        let scan = Scan { began, ended: began, processes, hidden: Vec::new() };
        world.apply(Record { at: began, observation: Observation::Scan(scan) });
    }
    world
}

proptest! {
    #[test]
    fn unfolded_rows_are_every_process_once(
        tables in prop::collection::vec(any_table(), 1..3), order in 0_usize..5
    ) {
        let world = world_of(tables);
        let folds = Folds::default();
        let order = SiblingOrder::VARIANTS[order];
        let shown = Shown { order, kernel_threads: true, ..all("") };
        let rows = rows(&world, &folds, &shown);
        let mut shown: Vec<_> = rows.iter().filter_map(|row| row.id.process()).collect();
        let mut known: Vec<_> = world.processes().map(Process::id).collect();
        shown.sort_unstable();
        known.sort_unstable();
        prop_assert_eq!(shown, known);
    }

    #[test]
    fn no_choice_of_ghosts_hides_who_lives_or_shows_anybody_twice(
        tables in prop::collection::vec(any_table(), 1..4), choice in 0_usize..4, list: bool
    ) {
        let mut world = world_of(tables);
        // Nobody is too young for a row any more.
        world.apply(Record { at: BootTime(u64::MAX / 2), observation: Observation::Events(Vec::new()) });
        let arrangement = if list { Arrangement::List } else { Arrangement::Parents };
        let ghosts = GhostRows::VARIANTS[choice];
        let shown = Shown { arrangement, ghosts, kernel_threads: true, ..Shown::default() };
        let rows = rows(&world, &Folds::default(), &shown);
        let unique: HashSet<RowId> = rows.iter().map(|row| row.id).collect();
        prop_assert_eq!(unique.len(), rows.len());
        for process in world.processes().filter(|process| process.ended.is_none()) {
            prop_assert!(unique.contains(&RowId::Process(process.id())), "{:?}", process.key());
        }
    }

    #[test]
    fn any_rows_are_a_part_of_all_rows_with_parents_above(
        table in any_table(), (folded, all_folded, order, kernel_threads, filter) in any_query()
    ) {
        let world = world_of(vec![table]);
        let keys: Vec<ProcessId> = world.processes().map(Process::id).collect();
        let named = folded.iter().filter_map(|index| keys.get(*index).copied()).collect();
        let folds = if all_folded { Folds::AllFoldedBut(named) } else { Folds::AllOpenBut(named) };
        let order = SiblingOrder::VARIANTS[order];
        let rows = rows(&world, &folds, &Shown { order, kernel_threads, ..all(filter) });
        let mut seen = HashSet::new();
        for (index, row) in rows.iter().enumerate() {
            prop_assert!(seen.insert(row.id), "a process stands twice");
            let id = row.id.process().unwrap();
            let slot = world.slot_of(id).unwrap();
            let is_hidden = |slot: &usize| {
                !kernel_threads && world.at(*slot).verdict.role == Role::Kernel
            };
            let above = |slot: &usize| world.tree().parent(*slot);
            let parent = std::iter::successors(above(&slot), above).find(|slot| !is_hidden(slot));
            let parent = parent.map(|slot| world.at(slot).id());
            match row.parent_row {
                None => {
                    prop_assert_eq!(row.depth, 0);
                    prop_assert_eq!(parent, None);
                }
                Some(above) => {
                    prop_assert!(above < index);
                    prop_assert_eq!(row.depth, rows[above].depth + 1);
                    prop_assert_eq!(rows[above].id.process(), parent);
                    prop_assert_eq!(rows[above].fold, FoldMark::Open);
                }
            }
            let follows = |later: &Row| later.parent_row == row.parent_row;
            prop_assert_eq!(row.is_last, !rows[index + 1..].iter().any(follows));
            let below = rows.get(index + 1).filter(|next| next.parent_row == Some(index));
            prop_assert_eq!(below.is_some(), row.fold == FoldMark::Open);
            prop_assert!(row.fold == FoldMark::Leaf || folds.is_open(id) == (row.fold == FoldMark::Open));
        }
    }
}

#[test]
fn the_family_that_uses_most_comes_first_whatever_its_parent_uses() {
    let world = fixture::world(
        "1 0 1 1 - - systemd\n 200 1 200 200 - - middling\n 10 1 10 10 - - shell\n 300 10 300 10 - - biggest",
    );
    let shown = Shown { order: SiblingOrder::Memory, ..all("") };
    let pids: Vec<u32> = rows(&world, &Folds::default(), &shown).iter().map(pid).collect();
    assert_eq!(pids, [1, 10, 300, 200]);
}
