//! What delays a signal, as `/proc` and the cgroups tell it of a single process.

use crate::model::details::{Freezer, Situation, Waiting};
use crate::source::procfs::facts::OpenProcess;
use crate::source::procfs::status::Status;

/// So many threads are asked what they wait for.
const MOST_THREADS: usize = 64;
/// Where the hierarchy of cgroup v2 is mounted, alone or beside those of v1 (cgroups(7)).
const UNIFIED: [&str; 2] = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];

impl OpenProcess {
    /// The same status, with what else delays a signal.
    pub fn with_situation(&self, mut status: Status) -> Status {
        if let Some(masks) = &mut status.signals {
            let (waiting, in_vfork) = self.sleeps();
            let freezer = self.cgroups().and_then(|text| freezer(&text));
            masks.situation = Situation { waiting, in_vfork, freezer, ..masks.situation };
        }
        status
    }

    /// Whether a thread waits for signals, and whether one waits for a vfork child.
    fn sleeps(&self) -> (Waiting, bool) {
        let mut found = (Waiting::No, false);
        for place in self.wait_places(MOST_THREADS) {
            match wait_of(&place) {
                Wait::Signals => found.0 = Waiting::Yes,
                Wait::Vfork => found.1 = true,
                Wait::Unknown if found.0 == Waiting::No => found.0 = Waiting::Unknown,
                Wait::Unknown | Wait::Other => {}
            }
        }
        found
    }
}

/// What a thread sleeps in.
#[derive(Debug, PartialEq)]
enum Wait {
    Signals,
    Vfork,
    Other,
    Unknown,
}

/// Where a thread sleeps, by `wchan` (`proc_pid_wchan(5)`); `0` is a refusal.
fn wait_of(wchan: &str) -> Wait {
    match wchan.split('.').next().unwrap_or_default() {
        "" | "0" => Wait::Unknown,
        "do_sigtimedwait" => Wait::Signals,
        // Since Linux 5.10 it is kernel_clone, before that _do_fork.
        "kernel_clone" | "_do_fork" | "wait_for_vfork_done" => Wait::Vfork,
        _ => Wait::Other,
    }
}

/// Which freezer froze a process with that cgroup file.
fn freezer(cgroups: &str) -> Option<Freezer> {
    for line in cgroups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { continue };
        let read = |folder: &str, name: &str| {
            std::fs::read_to_string(format!("{folder}{path}/{name}")).unwrap_or_default()
        };
        if controllers.split(',').any(|controller| controller == "freezer") {
            if read("/sys/fs/cgroup/freezer", "freezer.state").trim() == "FROZEN" {
                return Some(Freezer::V1);
            }
        } else if controllers.is_empty() {
            let is_frozen =
                |folder: &str| read(folder, "cgroup.events").lines().any(|it| it == "frozen 1");
            if UNIFIED.iter().any(|folder| is_frozen(folder)) {
                return Some(Freezer::V2);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_thread_sleeps_is_told_by_the_kernels_function() {
        assert_eq!(wait_of("do_sigtimedwait.isra.0"), Wait::Signals);
        assert_eq!(wait_of("kernel_clone"), Wait::Vfork);
        assert_eq!(wait_of("hrtimer_nanosleep"), Wait::Other);
        assert_eq!(wait_of("0"), Wait::Unknown);
    }

    #[test]
    fn fuzz_what_delays_signals() {
        let places = ["do_sigtimedwait.isra.0", "kernel_clone", "0", ""];
        let cgroups = ["6:freezer:/no-such\n0::/no-such\n", "3:cpu,freezer:/a:b\n", "0::/"];
        crate::tests::fuzz::fuzz("situation", |random| {
            let place = random.text(&places);
            assert!(wait_of(&place) != Wait::Signals || place.starts_with("do_sigtimedwait"));
            assert_eq!(freezer(&random.text(&cgroups)), None);
        });
    }

    #[test]
    fn no_cgroup_is_not_frozen() {
        assert_eq!(freezer("6:freezer:/no-such\n0::/no-such\nnonsense\n"), None);
    }
}
