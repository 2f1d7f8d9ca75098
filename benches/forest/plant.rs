//! The inside of the forest: how one process forks its subtree, and what it does then.

use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Signal, set_parent_process_death_signal, setsid};
use rustix::stdio::{stdin, stdout};

use crate::clock;
use crate::forest::raw;

/// Subtrees that a process above [`DEEPEST_HUB`] shares its descendants among.
const SUBTREES: usize = 5;
/// At this depth, all descendants are children.
const DEEPEST_HUB: usize = 4;

const PROGRAMS: [&str; 8] =
    ["worker", "ingest", "httpd", "db-writer", "cache", "scheduler", "render", "mailer"];

/// The numbers of a process and its descendants: `first` is its own.
#[derive(Clone, Copy)]
struct Share {
    first: usize,
    size: usize,
    depth: usize,
    forest: usize,
}

/// Becomes the root of a forest of that size.
pub(super) fn root(size: usize) -> ! {
    let began = raw::is_single_threaded() && setsid().is_ok();
    if !began {
        raw::exit(2);
    }
    raw::reap_children_unasked();
    live(Share { first: 0, size: size.max(1), depth: 0, forest: size })
}

/// One process's whole life: its subtree first, then its work.
fn live(mut share: Share) -> ! {
    // In a child, this loop starts again with the child's own share.
    'own: loop {
        if set_parent_process_death_signal(Some(Signal::KILL)).is_err() {
            raw::exit(2);
        }
        for child in children(share) {
            match raw::fork() {
                Some(true) => {
                    share = child;
                    continue 'own;
                }
                Some(false) => {}
                None => raw::exit(3),
            }
        }
        break;
    }
    let program = PROGRAMS[share.first % PROGRAMS.len()];
    raw::set_name(&format!("{program}-{}", share.first));
    raw::set_command_line(&format!(
        "{program}\0--shard={}\0--config=/etc/{program}/shard.conf\0--log=",
        share.first
    ));
    let is_reported = rustix::io::write(stdout(), b".").is_ok_and(|written| written == 1);
    if is_reported {
        work(Work::of(share));
    }
    raw::exit(0)
}

/// Shares the descendants out, the later subtrees larger than the earlier.
fn children(share: Share) -> Vec<Share> {
    let below = share.size - 1;
    let subtrees = if share.depth < DEEPEST_HUB { SUBTREES.min(below) } else { below };
    let weights = subtrees * (subtrees + 1) / 2;
    let mut first = share.first + 1;
    let mut left = below;
    let mut children = Vec::with_capacity(subtrees);
    for nth in 1..=subtrees {
        let later = subtrees - nth;
        let size = match share.depth {
            _ if later == 0 => left,
            DEEPEST_HUB.. => 1,
            _ => (below * nth / weights).clamp(1, left - later),
        };
        children.push(Share { first, size, depth: share.depth + 1, ..share });
        first += size;
        left -= size;
    }
    children
}

/// How a process spends its time.
#[derive(Clone, Copy)]
enum Work {
    Sleep,
    /// Wakes that often, and computes for so long.
    Wake(Duration, Duration),
}

impl Work {
    /// Five are busy for 10 ms in every second, one in a hundred wakes for a moment twice in it.
    fn of(share: Share) -> Self {
        let fifth = (share.forest / 5).max(1);
        if share.first % fifth == fifth / 2 {
            Self::Wake(Duration::from_millis(100), Duration::from_millis(1))
        } else if share.first % 100 == 7 {
            Self::Wake(Duration::from_millis(500), Duration::from_micros(100))
        } else {
            Self::Sleep
        }
    }
}

/// Works until the other end of the life pipe, which is standard input, is closed.
fn work(work: Work) {
    let input = stdin();
    loop {
        let pause = match work {
            Work::Sleep => None,
            Work::Wake(pause, _) => {
                Some(Timespec { tv_sec: 0, tv_nsec: i64::from(pause.subsec_nanos()) })
            }
        };
        let mut life = [PollFd::new(&input, PollFlags::IN)];
        match poll(&mut life, pause.as_ref()) {
            Ok(0) => {}
            Err(rustix::io::Errno::INTR) => continue,
            _ => return,
        }
        if let Work::Wake(_, busy) = work {
            let until = clock::now() + busy;
            while clock::now() < until {}
        }
    }
}
