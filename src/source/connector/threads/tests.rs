use proptest::prelude::*;

use super::*;

/// Feeds what happens, one at a time, to a tracker whose `/proc` answers what a test says.
struct Check {
    threads: Threads,
    now: u64,
    answer: Presence,
    asked: u32,
}

impl Check {
    fn new() -> Self {
        Self { threads: Threads::default(), now: 0, answer: Presence::Ended, asked: 0 }
    }

    fn feed(&mut self, change: KernelChange) -> Option<Change> {
        self.now += 1;
        let (answer, asked) = (self.answer, &mut self.asked);
        let ask = |_, _| {
            *asked += 1;
            answer
        };
        let event = self.threads.apply(BootTime(self.now), change, Completeness::Whole, ask)?;
        assert_eq!(event.at, BootTime(self.now));
        assert_eq!(event.pid, 10);
        Some(event.change)
    }
}

/// A thread of the process 10, whose parent is 5.
fn fork(pid: Pid) -> KernelChange {
    KernelChange::Fork { parent_tgid: 5, pid, tgid: 10 }
}

fn exec() -> KernelChange {
    KernelChange::Exec { tgid: 10 }
}

fn exit(pid: Pid, wait_status: i32) -> KernelChange {
    // The threads but the leader are released before their end is reported, and have no parent
    // then.
    let parent_tgid = if pid == 10 { 5 } else { 0 };
    KernelChange::Exit { pid, tgid: 10, wait_status, parent_tgid }
}

fn ended(wait_status: i32) -> Change {
    Change::Exit { parent: Some(5), wait_status: Some(wait_status) }
}

/// The end of a process that another thread than the leader tells: nothing says who its parent is
/// by then.
fn ended_later(wait_status: i32) -> Change {
    Change::Exit { parent: None, wait_status: Some(wait_status) }
}

#[test]
fn a_process_with_one_thread_ends_with_it_and_nobody_is_asked() {
    let mut check = Check::new();
    assert_eq!(check.feed(fork(10)), Some(Change::Fork { parent: 5 }));
    assert_eq!(check.feed(exec()), Some(Change::Exec { image: None }));
    assert_eq!(check.feed(exit(10, 0x300)), Some(ended(0x300)));
    assert_eq!(check.asked, 0);
    assert!(check.threads.groups.is_empty());
}

#[test]
fn a_process_ends_with_its_last_thread_in_whatever_order_they_end() {
    for order in [[10, 11, 12], [11, 10, 12], [12, 11, 10]] {
        let mut check = Check::new();
        for pid in [10, 11, 12] {
            check.feed(fork(pid));
        }
        let ends = order.map(|pid| check.feed(exit(pid, 9)));
        let end = if order[2] == 10 { ended(9) } else { ended_later(9) };
        assert_eq!(ends, [None, None, Some(end)]);
        assert_eq!(check.asked, 0);
    }
}

#[test]
fn the_status_of_a_process_is_not_that_of_a_thread_that_ended_alone() {
    let mut check = Check::new();
    check.feed(fork(10));
    check.feed(fork(11));
    check.feed(exit(10, 0));
    assert_eq!(check.feed(exit(11, 0x700)), Some(ended_later(0x700)));
    check.feed(fork(10));
    check.feed(fork(11));
    check.feed(exit(10, 0x700));
    assert_eq!(check.feed(exit(11, 0)), Some(ended_later(0x700)));
}

#[test]
fn an_exec_by_another_thread_ends_no_process() {
    // The leader's end is reported under its own pid, or under the one that it got in exchange.
    for leader in [10, 11] {
        let mut check = Check::new();
        for pid in [10, 11, 12] {
            check.feed(fork(pid));
        }
        assert_eq!(check.feed(exit(leader, 0)), None);
        assert_eq!(check.feed(exec()), Some(Change::Exec { image: None }));
        assert_eq!(check.feed(exit(12, 0)), None);
        check.feed(fork(13));
        assert_eq!(check.feed(exit(10, 0)), None);
        assert_eq!(check.feed(exit(13, 0)), Some(ended_later(0)));
        assert_eq!(check.asked, 0);
    }
}

#[test]
fn of_a_process_that_was_there_before_proc_is_asked() {
    let mut check = Check::new();
    assert_eq!(check.feed(exit(11, 0)), None);
    assert_eq!(check.feed(exit(10, 0x100)), Some(ended(0x100)));
    check.answer = Presence::Threads(2);
    assert_eq!(check.feed(exit(10, 0)), None);
    assert_eq!(check.feed(exit(11, 9)), None);
    assert_eq!(check.asked, 2);
    // One thread's end came after the answer, though it was not counted any more.
    check.answer = Presence::Threads(1);
    assert_eq!(check.feed(exit(12, 9)), None);
    check.answer = Presence::Ended;
    assert_eq!(check.feed(exit(13, 9)), Some(ended_later(9)));
    assert_eq!(check.asked, 4);
}

#[test]
fn a_process_that_was_there_before_may_exec_from_a_thread() {
    let mut check = Check::new();
    check.answer = Presence::Threads(1);
    assert_eq!(check.feed(exit(10, 0)), None);
    assert_eq!(check.feed(exec()), Some(Change::Exec { image: None }));
    check.answer = Presence::Lives;
    assert_eq!(check.feed(exit(10, 0)), None);
    check.answer = Presence::Ended;
    assert_eq!(check.feed(exit(10, 0)), Some(ended(0)));
}

#[test]
fn after_a_loss_nothing_is_counted_and_half_reported_ends_are_asked_for() {
    let mut check = Check::new();
    check.feed(fork(10));
    check.feed(fork(11));
    check.feed(exit(10, 9));
    let at = BootTime(70);
    assert_eq!(check.threads.forget(at, |_, _| Presence::Threads(1)), []);
    let end = ended_later(9);
    let ends = check.threads.forget(at, |_, _| Presence::Ended);
    assert_eq!(ends, [Event { at, pid: 10, change: end }]);
    check.feed(fork(10));
    assert_eq!(check.threads.forget(at, |_, _| panic!("its leader lives")), []);
    check.answer = Presence::Threads(1);
    assert_eq!(check.feed(exit(10, 0)), None);
    assert_eq!(check.asked, 1);
}

#[test]
fn names_and_users_of_other_threads_are_not_the_process() {
    let mut check = Check::new();
    let comm = |pid| KernelChange::Comm { pid, tgid: 10, comm: "pool".into() };
    assert_eq!(check.feed(comm(11)), None);
    assert_eq!(check.feed(comm(10)), Some(Change::Rename { comm: "pool".into() }));
    let user = |pid| KernelChange::User { pid, tgid: 10, uid: 33 };
    assert_eq!(check.feed(user(11)), None);
    assert_eq!(check.feed(user(10)), Some(Change::User { uid: 33 }));
    assert_eq!(check.feed(KernelChange::Session { tgid: 10 }), Some(Change::Session));
    assert_eq!(check.feed(KernelChange::Other), None);
}

proptest! {
    /// Threads are born and end in any order; the birth may be unseen, and then `/proc` runs
    /// ahead of what is reported by some ends.
    #[test]
    fn each_process_ends_once_and_with_its_last_thread(
        n_threads in 1_usize..6,
        order in any::<proptest::sample::Index>(),
        is_seen in any::<bool>(),
        ahead in 0_usize..4,
    ) {
        let mut check = Check::new();
        let mut living: Vec<Pid> = (10..).take(n_threads).collect();
        if is_seen {
            for pid in &living {
                check.feed(fork(*pid));
            }
        }
        let mut ends = Vec::new();
        while !living.is_empty() {
            let pid = living.remove(order.index(living.len()));
            let others = living.len().saturating_sub(ahead);
            check.answer = match u32::try_from(others).unwrap() {
                _ if living.contains(&10) => Presence::Lives,
                0 => Presence::Ended,
                others => Presence::Threads(others),
            };
            let end = check.feed(exit(pid, 9));
            prop_assert!(end.is_none() || living.is_empty() || !is_seen);
            ends.extend(end);
        }
        prop_assert_eq!(ends.len(), 1);
        prop_assert!(check.threads.groups.is_empty());
    }
}
