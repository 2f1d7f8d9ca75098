//! Random input for a bounded time: everything that reads what others wrote, and the world.
//!
//! `PEXPLORE_FUZZ_SECONDS` says for how long each of these tests goes on, `PEXPLORE_FUZZ_SEED`
//! plays one seed again. What once failed is in `corpus/` and is always played first.

mod machine;
mod world;

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use crate::linux::clock;
use crate::linux::procfs::stat::{self, Units};
use crate::linux::procfs::status::Status;
use crate::record::Ending;
use crate::report::escape;
use crate::scenario::fact::Fact;
use crate::test_process::{PythonCall, TestProcessOrder};
use crate::{scenario, text};

/// Where nobody asks for more.
const SHORT: Duration = Duration::from_millis(300);

/// Numbers that follow from a seed (splitmix64).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below that one.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap()
    }

    pub(crate) fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    /// Noise, or a sample in which some bytes are others, gone, doubled or numbers too large.
    pub(crate) fn bytes(&mut self, samples: &[&[u8]]) -> Vec<u8> {
        if self.one_in(4) {
            return (0..self.below(200)).map(|_| self.byte()).collect();
        }
        let mut bytes = self.pick(samples).to_vec();
        for _ in 0..self.below(6) {
            let at = self.below(bytes.len() + 1);
            let until = (at + self.below(9)).min(bytes.len());
            match self.below(6) {
                0 => bytes.truncate(at),
                1 => drop(bytes.drain(at..until)),
                2 => drop(bytes.splice(at..at, bytes[at..until].to_vec())),
                3 => {
                    const ODD: [&[u8]; 10] = [
                        b"-1",
                        b"18446744073709551616",
                        b"4294967295",
                        b")",
                        b" (",
                        b"\n",
                        b"\0",
                        b"\x1b[31m",
                        b"\xe2\x80\xae",
                        b"\xff",
                    ];
                    let odd = *self.pick(&ODD);
                    drop(bytes.splice(at..until, odd.iter().copied()));
                }
                4 => drop(bytes.splice(at..at, self.pick(samples).to_vec())),
                _ if at < bytes.len() => bytes[at] = self.byte(),
                _ => bytes.push(self.byte()),
            }
        }
        bytes
    }

    /// One of the samples, changed at random, as text.
    pub(crate) fn text(&mut self, samples: &[&str]) -> String {
        let samples: Vec<&[u8]> = samples.iter().map(|sample| sample.as_bytes()).collect();
        String::from_utf8_lossy(&self.bytes(&samples)).into_owned()
    }
}

/// Names the seed when an attempt panics.
struct Attempt<'a> {
    name: &'a str,
    seed: u64,
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}: it fails with PEXPLORE_FUZZ_SEED={}", self.name, self.seed);
        }
    }
}

/// Attempts it with the seeds of the corpus, then with new ones until the time is over.
pub(crate) fn fuzz(name: &str, mut attempt: impl FnMut(&mut Random)) {
    let mut play = |seed| {
        let _named = Attempt { name, seed };
        attempt(&mut Random(seed));
    };
    if let Ok(seed) = std::env::var("PEXPLORE_FUZZ_SEED") {
        return play(seed.parse().expect("PEXPLORE_FUZZ_SEED is a number"));
    }
    let corpus = include_str!("fuzz/corpus/seeds.txt").lines();
    for line in corpus.filter(|line| !line.starts_with('#')) {
        let (of, seed) = line.split_once(' ').expect("a name and a seed");
        if of == name {
            play(seed.parse().expect("a seed is a number"));
        }
    }
    let first = RandomState::new().hash_one(name);
    println!("{name}: seeds from {first}");
    let asked = std::env::var("PEXPLORE_FUZZ_SECONDS").ok();
    let limit = asked.map_or(SHORT, |seconds| Duration::from_secs(seconds.parse().unwrap()));
    let began = clock::now();
    let mut attempts = 0;
    while clock::now().seconds_since(began) < limit.as_secs_f64() {
        play(first.wrapping_add(attempts));
        attempts += 1;
    }
    println!("{name}: {attempts} attempts");
}

const STATS: [&[u8]; 3] = [
    b"812 (nginx: (w) x) S 1 812 812 34816 812 4194560 10 0 0 0 123 45 0 0 20 0 1 0 8121 55123968 \
      1433 18446744073709551615 1 1 0 0 0 0 0 4096 81926 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 9\n",
    b"7 (a) Z 6 7 7 0 -1 4227084 0 0 0 0 0 0 0 0 20 0 1 0 99 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 \
      0 0 0 0 0 0 0 0 0 0 0 256\n",
    b"2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 1 0 0 1",
];

#[test]
fn fuzz_stat() {
    let units = Units { ticks_per_second: 100, page_size: 4096, sees_wait_status: true };
    let read =
        |line: &[u8]| stat::parse(line, units, |_, comm| Arc::from(String::from_utf8_lossy(comm)));
    fuzz("stat", |random| {
        let line = random.bytes(&STATS);
        let key = stat::brief(&line).map(|brief| brief.key);
        if let Some(stat) = read(&line) {
            assert_eq!(Some(stat.key), key);
        }
        // Whatever the name, the rest is read as it is.
        let comm: Vec<u8> = random.bytes(&[b"a) R 9 (b", b"sh"]);
        let (pid, parent, ticks) = (random.next() >> 33, random.next() >> 33, random.next());
        let mut line = format!("{pid} (").into_bytes();
        line.extend(&comm);
        line.extend(
            format!(") S {parent} 3 4 0 -1 0 0 0 0 0 1 2 0 0 20 0 1 0 {ticks} 0 5").bytes(),
        );
        let stat = read(&line).expect("it is a valid line");
        assert_eq!((u64::from(stat.key.pid), u64::from(stat.ppid)), (pid, parent));
        assert_eq!(stat.key.start_ticks(), Some(ticks));
        assert_eq!(*stat.comm, *String::from_utf8_lossy(&comm));
    });
}

#[test]
fn fuzz_status() {
    let sample: &[u8] =
        b"Name:\ta\\nUid:\t7\nUid:\t1000\t0\t0\t0\nNSpid:\t900\t1\nVmHWM:\t  40 kB\n\
        SigBlk:\t0000000000004000\nSigIgn:\t0000000000001000\nSigCgt:\t0000000180000002\n";
    fuzz("status", |random| {
        Status::parse(&random.bytes(&[sample]));
    });
}

#[test]
fn fuzz_text() {
    let samples =
        ["a\u{1b}[31mb", "e\u{301}\u{200b}\u{202e}x", "字字字", "👨‍👩‍👧", "a\u{9b}1m\u{2028}"];
    fuzz("text", |random| {
        let text = random.text(&samples);
        let mut json = Vec::new();
        escape::write_line(&mut json, &text).unwrap();
        assert_eq!(serde_json::from_slice::<String>(&json).unwrap(), text);
        let json = String::from_utf8(json).unwrap();
        assert!(!json.trim_end().chars().any(text::is_hidden), "{json:?}");
        let columns = random.below(12);
        for seen in [text::visible(&text), text::visible_ascii(&text)] {
            assert!(!seen.chars().any(char::is_control), "{seen:?}");
            assert!(text::width(text::fit(&seen, columns)) <= columns, "{seen:?}");
            let short = text::shorten(&seen, columns, "…");
            assert!(text::width(&short) <= columns.max(1), "{seen:?} {columns}: {short:?}");
            text::wrap(&seen, columns);
        }
    });
}

#[test]
fn fuzz_wait_statuses() {
    fuzz("wait-status", |random| {
        let status = random.next().cast_signed() >> random.below(64);
        let status = i32::try_from(status).unwrap_or(i32::MIN);
        let text = Ending::from_wait_status(status).to_string();
        match Ending::from_wait_status(status) {
            Ending::Exited(code) => assert!(code < 256 && text == format!("exit {code}")),
            Ending::Signaled { signal, core_dumped } => {
                assert!((1..128).contains(&signal) && !text.is_empty());
                assert_eq!(core_dumped, text.ends_with(", core dumped"));
            }
        }
    });
}

#[test]
fn fuzz_orders_and_scenarios() {
    let scenarios = [
        include_str!("../../assets/scenarios/daemonic-children.toml"),
        include_str!("../../assets/scenarios/python-nested.toml"),
        include_str!("../../assets/scenarios/stop-and-continue.toml"),
    ];
    fuzz("scenario", |random| {
        let _ = scenario::parse::parse("fuzz", &random.text(&scenarios));
        let facts = ["main ended by SIGKILL", "a is an orphan", "a has 2 children", "a said b c"];
        if let Ok(fact) = random.text(&facts).parse::<Fact>() {
            assert_eq!(fact.to_string().parse(), Ok(fact));
        }
        if let Ok(call) = PythonCall::parse(&random.text(&["pool spawn", "fork", "nested fork"])) {
            assert!(call.method.is_none() || call.program.takes_method);
        }
        let words = random.text(&["parent", "chain=16", "exit=0", "child=1"]);
        if let Ok(order) = words.parse::<TestProcessOrder>() {
            assert_eq!(order.to_string().parse(), Ok(order), "{words:?}");
        }
    });
}
