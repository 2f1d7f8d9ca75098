//! A store that is bounded in bytes: of what it holds, the oldest routine goes first.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Longer texts are counted once, however many hold them.
const SHORT: usize = 256;
/// The memory of a text beside its bytes: its counts, and the allocator's own.
const AROUND_A_TEXT: usize = 32;
/// So that not everything is gone through with each that comes, room for more is made at a time:
/// one part in so many.
const ROOM: usize = 16;
/// A full store grows by one part in so many.
const GROWTH: usize = 8;

/// An item of a store.
pub(crate) trait Item {
    /// Its bytes beside its texts.
    fn bytes(&self) -> usize;
    /// Its texts, which others may hold, too.
    fn texts(&self) -> impl Iterator<Item = &Arc<str>>;
    /// Whether it tells of what goes on all the time.
    fn is_routine(&self) -> bool;
}

/// A number of items, and the bytes that they take.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Extent {
    pub(crate) items: usize,
    pub(crate) bytes: usize,
}

impl Extent {
    fn exceeds(self, most: Self) -> bool {
        self.items > most.items || self.bytes > most.bytes
    }

    fn without(self, other: Self) -> Self {
        Self {
            items: self.items.saturating_sub(other.items),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }

    fn part(self, parts: usize) -> Self {
        Self { items: self.items / parts, bytes: self.bytes / parts }
    }
}

/// Items in the order in which they came, each with a number that is never used again.
#[derive(Debug)]
pub(crate) struct Store<T> {
    items: VecDeque<(u64, T)>,
    next: u64,
    bytes: usize,
    /// How many hold each of the long texts, by its address.
    holders: HashMap<usize, usize>,
}

impl<T> Default for Store<T> {
    fn default() -> Self {
        Self { items: VecDeque::new(), next: 0, bytes: 0, holders: HashMap::new() }
    }
}

impl<T: Item> Store<T> {
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        self.items.iter().map(|(_, item)| item)
    }

    /// The items from that number on.
    pub(crate) fn since(&self, number: u64) -> impl Iterator<Item = &T> {
        self.items.range(self.place(number)..).map(|(_, item)| item)
    }

    pub(crate) fn get(&self, number: u64) -> Option<&T> {
        let (found, item) = self.items.get(self.place(number))?;
        (*found == number).then_some(item)
    }

    /// The one of that number, to change what takes no room.
    pub(crate) fn get_mut(&mut self, number: u64) -> Option<&mut T> {
        let place = self.place(number);
        let (found, item) = self.items.get_mut(place)?;
        (*found == number).then_some(item)
    }

    /// The first that has that number or a later one.
    fn place(&self, number: u64) -> usize {
        self.items.partition_point(|(known, _)| *known < number)
    }

    /// The number that the next item will have.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// The items and bytes that it holds.
    pub(crate) fn extent(&self) -> Extent {
        Extent { items: self.items.len(), bytes: self.bytes }
    }

    pub(crate) fn push(&mut self, item: T) {
        self.bytes += take_in(&item, &mut self.holders);
        if self.items.len() == self.items.capacity() {
            // Twice as much would be as much again that nothing is in.
            self.items.reserve_exact(self.items.len() / GROWTH + GROWTH);
        }
        self.items.push_back((self.next, item));
        self.next += 1;
    }

    pub(crate) fn remove(&mut self, number: u64) -> Option<T> {
        let place = self.place(number);
        self.items.get(place).filter(|(found, _)| *found == number)?;
        let (_, item) = self.items.remove(place)?;
        self.bytes = self.bytes.saturating_sub(let_go(&item, &mut self.holders));
        Some(item)
    }

    /// Changes the newest one that is meant, its texts included.
    pub(crate) fn change_newest(
        &mut self,
        is_meant: impl Fn(&T) -> bool,
        change: impl FnOnce(&mut T),
    ) {
        if let Some((_, item)) = self.items.iter_mut().rev().find(|(_, item)| is_meant(item)) {
            let before = let_go(item, &mut self.holders);
            change(item);
            self.bytes =
                self.bytes.saturating_sub(before).saturating_add(take_in(item, &mut self.holders));
        }
    }

    /// All of them, to change what takes no room.
    pub(crate) fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut T> {
        self.items.iter_mut().map(|(_, item)| item)
    }

    /// Lets the oldest go once there are more than that, routine first; what is none may fill half.
    pub(crate) fn trim(&mut self, most: Extent, mut on_dropped: impl FnMut(&T)) {
        if !self.extent().exceeds(most) {
            return;
        }
        let goes = self.surplus(most);
        let mut goes = goes.into_iter();
        let (bytes, holders) = (&mut self.bytes, &mut self.holders);
        self.items.retain(|(_, item)| {
            let is_kept = goes.next() != Some(true);
            if !is_kept {
                *bytes = bytes.saturating_sub(let_go(item, holders));
                on_dropped(item);
            }
            is_kept
        });
        holders.shrink_to(2 * holders.len());
        if self.items.capacity() / 2 > self.items.len() {
            self.items.shrink_to_fit();
        }
    }

    /// The items that have to go.
    fn surplus(&self, most: Extent) -> Vec<bool> {
        let goal = most.without(most.part(ROOM));
        let half = most.part(2);
        let mut holders = self.holders.clone();
        let mut all = self.extent();
        let mut remarkable = self.remarkable();
        let mut goes = vec![false; self.items.len()];
        for pass in [Pass::Remarkable, Pass::Routine, Pass::All] {
            for ((_, item), goes) in self.items.iter().zip(&mut goes) {
                let is_over = match pass {
                    Pass::Remarkable => all.exceeds(goal) && remarkable.exceeds(half),
                    Pass::Routine | Pass::All => all.exceeds(goal),
                };
                if !is_over {
                    break;
                }
                let is_meant = match pass {
                    Pass::Remarkable => !item.is_routine(),
                    Pass::Routine => item.is_routine(),
                    Pass::All => true,
                };
                if is_meant && !*goes {
                    *goes = true;
                    let extent = Extent { items: 1, bytes: let_go(item, &mut holders) };
                    all = all.without(extent);
                    if pass == Pass::Remarkable {
                        remarkable = remarkable.without(extent);
                    }
                }
            }
        }
        goes
    }

    fn remarkable(&self) -> Extent {
        let mut holders = HashMap::new();
        let each = self.iter().filter(|item| !item.is_routine());
        each.fold(Extent::default(), |sum, item| Extent {
            items: sum.items + 1,
            bytes: sum.bytes + take_in(item, &mut holders),
        })
    }
}

/// The passes in which items go.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Pass {
    /// Items that are no routine and fill more than half.
    Remarkable,
    Routine,
    All,
}

/// The bytes that an item adds to those that others hold already.
fn take_in(item: &impl Item, holders: &mut HashMap<usize, usize>) -> usize {
    let mut taken = item.bytes();
    for text in item.texts() {
        let is_shared = text.len() > SHORT && {
            let count = holders.entry(address(text)).or_default();
            *count += 1;
            *count > 1
        };
        taken += if is_shared { 0 } else { text.len() + AROUND_A_TEXT };
    }
    taken
}

/// The bytes that become free with an item.
fn let_go(item: &impl Item, holders: &mut HashMap<usize, usize>) -> usize {
    let mut freed = item.bytes();
    for text in item.texts() {
        let is_shared = text.len() > SHORT
            && holders.get_mut(&address(text)).is_some_and(|count| {
                *count -= 1;
                *count > 0
            });
        if text.len() > SHORT && !is_shared {
            holders.remove(&address(text));
        }
        freed += if is_shared { 0 } else { text.len() + AROUND_A_TEXT };
    }
    freed
}

fn address(text: &Arc<str>) -> usize {
    Arc::as_ptr(text).cast::<u8>().addr()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    struct Thing {
        texts: Vec<Arc<str>>,
        is_routine: bool,
    }

    impl Item for Thing {
        fn bytes(&self) -> usize {
            100
        }

        fn texts(&self) -> impl Iterator<Item = &Arc<str>> {
            self.texts.iter()
        }

        fn is_routine(&self) -> bool {
            self.is_routine
        }
    }

    fn thing(is_routine: bool, texts: &[Arc<str>]) -> Thing {
        Thing { texts: texts.to_vec(), is_routine }
    }

    /// What the items take, counted anew.
    fn counted(store: &Store<Thing>) -> usize {
        let mut holders = HashMap::new();
        store.iter().map(|item| take_in(item, &mut holders)).sum()
    }

    const MOST: Extent = Extent { items: 50, bytes: 20_000 };

    #[test]
    fn what_is_no_routine_outlives_floods_but_may_fill_half_only() {
        let mut store = Store::default();
        store.push(thing(false, &[]));
        for _ in 0..1000 {
            store.push(thing(true, &[]));
            store.trim(MOST, |_| {});
        }
        assert!(store.get(0).is_some() && store.get(1).is_none() && store.get(1000).is_some());
        for _ in 0..1000 {
            store.push(thing(false, &[]));
            store.trim(MOST, |_| {});
        }
        let remarkable = store.iter().filter(|item| !item.is_routine).count();
        assert!(store.get(0).is_none() && (25..=29).contains(&remarkable), "{remarkable}");
    }

    #[test]
    fn a_long_text_counts_once_and_one_that_is_too_long_goes() {
        let mut store = Store::default();
        let long: Arc<str> = "x".repeat(15_000).into();
        for _ in 0..40 {
            store.push(thing(true, &[long.clone(), long.clone()]));
        }
        store.trim(MOST, |_| panic!("everything fits"));
        assert_eq!(store.extent(), Extent { items: 40, bytes: 40 * 100 + 15_032 });
        store.push(thing(false, &["y".repeat(1_000_000).into()]));
        store.trim(MOST, |_| {});
        assert!(store.bytes <= MOST.bytes, "{}", store.bytes);
    }

    #[derive(Clone, Debug)]
    enum Step {
        Push(bool, Vec<usize>),
        Remove(u64),
        Change(bool, Vec<usize>),
        Trim,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let texts = || proptest::collection::vec(0..6_usize, 0..4);
        let step = prop_oneof![
            8 => (any::<bool>(), texts()).prop_map(|(routine, texts)| Step::Push(routine, texts)),
            1 => (0..120_u64).prop_map(Step::Remove),
            1 => (any::<bool>(), texts()).prop_map(|(routine, texts)| Step::Change(routine, texts)),
            2 => Just(Step::Trim),
        ];
        proptest::collection::vec(step, 0..120)
    }

    proptest! {
        #[test]
        fn whatever_comes_and_goes_is_counted_and_stays_within_the_bound(steps in steps()) {
            let pool: Vec<Arc<str>> =
                [10, 255, 300, 4_000, 9_000, 30_000].map(|length| "x".repeat(length).into()).into();
            let of = |picked: &[usize]| -> Vec<Arc<str>> {
                picked.iter().map(|index| pool[*index].clone()).collect()
            };
            let mut store = Store::default();
            for step in steps {
                match step {
                    Step::Push(is_routine, texts) => store.push(thing(is_routine, &of(&texts))),
                    Step::Remove(number) => {
                        let is_there = store.get(number).is_some();
                        prop_assert_eq!(store.remove(number).is_some(), is_there);
                    }
                    Step::Change(is_routine, texts) => store.change_newest(
                        |item| item.is_routine == is_routine,
                        |item| item.texts = of(&texts),
                    ),
                    Step::Trim => {
                        store.trim(MOST, |_| {});
                        prop_assert!(!store.extent().exceeds(MOST));
                    }
                }
                prop_assert_eq!(store.extent().bytes, counted(&store));
                let numbers: Vec<u64> = store.items.iter().map(|(number, _)| *number).collect();
                prop_assert!(numbers.is_sorted());
            }
        }
    }
}
