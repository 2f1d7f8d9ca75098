//! The mark of one run of the lab, by which its processes are found when no pidfd holds them.
//!
//! Every process of a run has it in its environment, and hands it on to whatever it starts. Only
//! helper and guard are without it: a search for the marked ones never finds them. A process
//! that clears its environment, or writes its title over it, is known by its parents alone.
//!
//! Nobody can guess a mark, and only this user's own processes, and root's, may read one
//! (`proc_pid_environ(5)`). Who copies it marks itself: so what is killed by it has to run as this
//! user in every respect, and to have started since the run began. An ordinary user who forges one
//! can have only processes of its own killed, which it can do without.

use std::os::fd::OwnedFd;
use std::str::FromStr;
use std::time::Duration;
use std::{fs, io, process};

use rustix::io::retry_on_intr;
use rustix::param::clock_ticks_per_second;
use rustix::process::Signal;
use rustix::rand::{GetRandomFlags, getrandom};
use rustix::time::{ClockId, clock_gettime};

use crate::lab::RUN_MARK;
use crate::lab::environment::{self, Looked};
use crate::lab::pidfd::{self, Users};
use crate::linux::wait;
use crate::record::ProcessKey;

/// How often it is looked: two seconds of rounds. What is left then cannot be killed (`D` state).
const MOST_ROUNDS: usize = 400;
const ROUND: Duration = Duration::from_millis(5);
/// So many looks in a row have to find nobody: a process shows no environment for a moment while
/// it execs, as `create_elf_tables` sets it after the new memory is in place (linux/fs/exec.c).
const CLEAN_ROUNDS: usize = 2;
/// A process that did not answer so often is not asked again.
const MOST_SILENCES: usize = 2;
/// Hexadecimal digits of a random number.
const N_DIGITS: usize = 32;

/// One run of the lab.
#[derive(Clone, Copy, Debug, derive_more::Display, Eq, PartialEq)]
#[display("{began}-{secret:0N_DIGITS$x}-{name:0N_DIGITS$x}")]
pub(super) struct Run {
    /// When it began, in ticks since boot, as processes' starts are counted.
    began: u64,
    /// The secret part, which nobody can guess.
    secret: u128,
    /// The name of its folder, which everybody may see: it gives nothing of the secret away.
    pub(super) name: u128,
}

impl Run {
    /// A run that begins now.
    pub(super) fn begin() -> io::Result<Self> {
        Ok(Self { began: ticks_since_boot(), secret: random()?, name: random()? })
    }

    /// The run that this process is marked as a part of.
    pub(super) fn of_environment() -> Option<Self> {
        std::env::var(RUN_MARK).ok()?.parse().ok()
    }

    /// Whether a process has the mark in its environment, and may have it. A process of this user
    /// can keep the caller waiting, until it is killed.
    pub(super) fn is_carried_by(self, pid: u32) -> bool {
        let suspect = Users::read(process::id()).and_then(|users| self.suspect(pid, users));
        suspect.is_some() && environment::has_entry(pid, &self.entry())
    }

    /// Kills every process that has the mark, until none is left.
    pub(super) fn sweep(self) {
        let Some(users) = Users::read(process::id()) else { return };
        let (mut n_clean, mut silences) = (0, Vec::new());
        for _ in 0..MOST_ROUNDS {
            let carriers = self.carriers(users, &mut silences);
            n_clean = if carriers.is_empty() { n_clean + 1 } else { 0 };
            if n_clean == CLEAN_ROUNDS {
                return;
            }
            // Stopped first, so that none forks while the others are killed.
            for signal in [Signal::STOP, Signal::KILL] {
                for carrier in &carriers {
                    pidfd::signal(carrier, signal);
                }
            }
            wait::sleep(ROUND);
        }
    }

    fn carriers(self, users: Users, silences: &mut Vec<ProcessKey>) -> Vec<OwnedFd> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let mut suspects: Vec<ProcessKey> =
            pids.filter_map(|pid| self.suspect(pid, users)).collect();
        suspects
            .retain(|it| silences.iter().filter(|silent| *silent == it).count() < MOST_SILENCES);
        let pids: Vec<u32> = suspects.iter().map(|suspect| suspect.pid).collect();
        let Looked { carriers, silent } = environment::look(&pids, &self.entry());
        silences.extend(suspects.iter().filter(|suspect| silent.contains(&suspect.pid)));
        let carriers = suspects.iter().filter(|suspect| carriers.contains(&suspect.pid));
        // It may have become another program, with a set-user-id bit, since it was looked at.
        carriers
            .filter_map(|it| {
                pidfd::open_if(it.pid, |stat| stat.key == *it && Users::read(it.pid) == Some(users))
            })
            .collect()
    }

    /// The process of that pid, if it could be of this run by all that is read without waiting.
    fn suspect(self, pid: u32, users: Users) -> Option<ProcessKey> {
        let suspect = pidfd::key_of(pid).filter(|it| it.start_ticks() >= Some(self.began))?;
        (Users::read(pid) == Some(users)).then_some(suspect)
    }

    fn entry(self) -> String {
        format!("{RUN_MARK}={self}")
    }
}

impl FromStr for Run {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let parts: Vec<&str> = text.split('-').collect();
        let [began, secret, name] = parts[..] else { return Err(()) };
        let random = |digits: &str| {
            let number = u128::from_str_radix(digits, 16).map_err(drop)?;
            if digits.len() == N_DIGITS { Ok(number) } else { Err(()) }
        };
        let began = began.parse().map_err(drop)?;
        Ok(Self { began, secret: random(secret)?, name: random(name)? })
    }
}

/// As `starttime` is made of the same clock (`proc_pid_stat(5)`).
fn ticks_since_boot() -> u64 {
    let now = clock_gettime(ClockId::Boottime);
    let nanos = i128::from(now.tv_sec) * 1_000_000_000 + i128::from(now.tv_nsec);
    u64::try_from(nanos * i128::from(clock_ticks_per_second()) / 1_000_000_000).unwrap_or(0)
}

/// A number that nobody can guess, from the kernel (`getrandom(2)`: so few bytes come whole).
fn random() -> io::Result<u128> {
    let mut bytes = [0; 16];
    let n_bytes = retry_on_intr(|| getrandom(&mut bytes, GetRandomFlags::empty()))?;
    if n_bytes == bytes.len() {
        Ok(u128::from_ne_bytes(bytes))
    } else {
        Err(io::Error::other("the kernel gave too few random bytes"))
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_run_is_read_back_from_its_text_and_nothing_else_is() {
        let run = Run::begin().unwrap();
        assert_eq!(run.to_string().parse(), Ok(run));
        let small = Run { began: 7, secret: 1, name: 2 };
        let text = format!("7-{}1-{}2", "0".repeat(31), "0".repeat(31));
        assert_eq!((small.to_string(), text.parse()), (text.clone(), Ok(small)));
        let wrong =
            ["", "1-2-3", &text[1..], &text[..66], &format!("{text}0"), &format!("{text}-1")];
        for wrong in wrong {
            assert_eq!(wrong.parse::<Run>(), Err(()), "{wrong}");
        }
    }

    #[test]
    fn neither_the_last_run_nor_the_folder_tells_the_mark() {
        let runs = [Run::begin().unwrap(), Run::begin().unwrap()];
        let numbers = runs.map(|run| [run.secret, run.name]);
        for (index, number) in numbers.concat().iter().enumerate() {
            // Of a random number so many bits in a row are all but never alike.
            assert!(number.leading_zeros() < 64 && number.trailing_zeros() < 64, "{number:x}");
            assert!(!numbers.concat()[index + 1..].contains(number));
        }
    }

    #[test]
    fn what_is_older_than_the_run_or_another_users_is_no_suspect() {
        let run = Run::begin().unwrap();
        let own = Users::read(process::id()).unwrap();
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let suspects = [
            (child.id(), own),
            (process::id(), own),
            (child.id(), Users::parse("Uid:\t7\t7\t7\t7").unwrap()),
        ];
        let suspects = suspects.map(|(pid, users)| run.suspect(pid, users).is_some());
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(suspects, [true, false, false]);
    }

    #[test]
    fn fuzz_marks() {
        crate::tests::fuzz::fuzz("marks", |random| {
            let mark = "700-0123456789abcdef0123456789abcdef-ffffffffffffffffffffffffffffffff";
            if let Ok(run) = random.text(&[mark]).parse::<Run>() {
                assert_eq!(run.to_string().parse(), Ok(run));
            }
        });
    }

    #[test]
    fn a_sweep_ends_what_has_exactly_its_mark_and_a_stopped_one_too() {
        let (run, other) = (Run::begin().unwrap(), Run::begin().unwrap());
        let marks = [run.to_string(), other.to_string(), format!("{run}0")];
        let mut children =
            marks.map(|mark| Command::new("sleep").arg("60").env(RUN_MARK, mark).spawn().unwrap());
        // It shows no environment for a moment while it execs.
        let is_carried = (0..MOST_ROUNDS).any(|_| {
            wait::sleep(ROUND);
            run.is_carried_by(children[0].id())
        });
        let is_own = run.is_carried_by(process::id());
        pidfd::signal(
            &pidfd::open(pidfd::key_of(children[0].id()).unwrap()).unwrap(),
            Signal::STOP,
        );
        run.sweep();
        let ended = children.each_mut().map(|child| child.try_wait().unwrap().is_some());
        for child in &mut children {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        assert_eq!((is_carried, is_own, ended), (true, false, [true, false, false]));
    }
}
