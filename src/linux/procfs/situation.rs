//! The delays of a signal, as `/proc` and the cgroups show them for a single process.

use crate::linux::procfs::facts::OpenProcess;
use crate::linux::procfs::status::Status;
use crate::record::{Freezer, Situation, Waiting};

/// So many threads are asked what they wait for.
const MOST_THREADS: usize = 64;

impl OpenProcess {
    /// Adds to a status what else delays a signal.
    pub(crate) fn with_situation(&self, mut status: Status) -> Status {
        if let Some(masks) = &mut status.signals {
            let (waiting, in_vfork) = self.sleeps();
            let freezer = self.cgroups().and_then(|text| freezer(&text, &hierarchies()));
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

/// The place in the kernel where a thread sleeps.
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

/// A hierarchy of cgroups with a freezer, where it is mounted.
#[derive(Debug, PartialEq)]
struct Hierarchy {
    freezer: Freezer,
    /// The root of the mounted hierarchy.
    root: String,
    folder: String,
}

fn hierarchies() -> Vec<Hierarchy> {
    // Names in it need not be UTF-8.
    let mounts = std::fs::read("/proc/self/mountinfo").unwrap_or_default();
    String::from_utf8_lossy(&mounts).lines().filter_map(hierarchy).collect()
}

/// Reads a line of `/proc/self/mountinfo` (`proc_pid_mountinfo(5)`).
fn hierarchy(line: &str) -> Option<Hierarchy> {
    let (mount, system) = line.split_once(" - ")?;
    let mut system = system.split(' ');
    let (kind, options) = (system.next()?, system.nth(1)?);
    let freezer = match kind {
        "cgroup" if options.split(',').any(|option| option == "freezer") => Freezer::V1,
        "cgroup2" => Freezer::V2,
        _ => return None,
    };
    let mut places = mount.split(' ').skip(3).map(|place| place.replace("\\040", " "));
    let root = places.next()?;
    // A path that begins with the whole hierarchy's root loses nothing.
    let root = if root == "/" { String::new() } else { root };
    Some(Hierarchy { freezer, root, folder: places.next()? })
}

/// The freezer that froze a process with that cgroup file (cgroups(7)).
fn freezer(cgroups: &str, hierarchies: &[Hierarchy]) -> Option<Freezer> {
    cgroups.lines().find_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        let (version, name, frozen) = match controllers {
            "" => (Freezer::V2, "cgroup.events", "frozen 1"),
            _ if controllers.split(',').any(|controller| controller == "freezer") => {
                (Freezer::V1, "freezer.state", "FROZEN")
            }
            _ => return None,
        };
        let is_frozen = |hierarchy: &Hierarchy| {
            let Some(path) = path.strip_prefix(&hierarchy.root) else { return false };
            let text = std::fs::read_to_string(format!("{}{path}/{name}", hierarchy.folder));
            text.is_ok_and(|text| text.lines().any(|line| line == frozen))
        };
        let mut mounted = hierarchies.iter().filter(|hierarchy| hierarchy.freezer == version);
        mounted.any(is_frozen).then_some(version)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const V1: &str = "36 25 0:31 / /no/where rw,nosuid shared:9 - cgroup cgroup rw,cpu,freezer";
    const V2: &str = "37 25 0:32 /box /no\\040such/place rw - cgroup2 cgroup2 rw,nsdelegate";

    #[test]
    fn hierarchies_are_found_where_they_are_mounted() {
        let of = |freezer, root: &str, folder: &str| {
            Some(Hierarchy { freezer, root: root.into(), folder: folder.into() })
        };
        assert_eq!(hierarchy(V1), of(Freezer::V1, "", "/no/where"));
        assert_eq!(hierarchy(V2), of(Freezer::V2, "/box", "/no such/place"));
        assert_eq!(hierarchy("38 25 0:33 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu"), None);
        assert_eq!(hierarchy("39 25 0:34 / / rw - ext4 /dev/vda rw"), None);
        assert_eq!(hierarchy("nonsense"), None);
    }

    #[test]
    fn a_frozen_cgroup_is_found_wherever_its_hierarchy_is_mounted() {
        let mounted = tempfile::tempdir().unwrap();
        let group = mounted.path().join("job");
        std::fs::create_dir(&group).unwrap();
        let state = |name: &str, text: &str| std::fs::write(group.join(name), text).unwrap();
        let at = |freezer, root: &str| Hierarchy {
            freezer,
            root: root.into(),
            folder: mounted.path().display().to_string(),
        };
        let hierarchies = [at(Freezer::V1, ""), at(Freezer::V2, "/box")];
        let cgroups = "7:cpu,freezer:/job\n1:name=systemd:/job\n0::/box/job\n";
        assert_eq!(freezer(cgroups, &hierarchies), None);
        state("cgroup.events", "populated 1\nfrozen 1\n");
        assert_eq!(freezer(cgroups, &hierarchies), Some(Freezer::V2));
        assert_eq!(freezer("0::/elsewhere/job\n", &hierarchies), None);
        state("freezer.state", "FROZEN\n");
        assert_eq!(freezer(cgroups, &hierarchies), Some(Freezer::V1));
        state("freezer.state", "THAWED\n");
        state("cgroup.events", "populated 1\nfrozen 0\n");
        assert_eq!(freezer(cgroups, &hierarchies), None);
    }

    #[test]
    fn where_a_thread_sleeps_is_reported_by_the_kernels_function() {
        assert_eq!(wait_of("do_sigtimedwait.isra.0"), Wait::Signals);
        assert_eq!(wait_of("kernel_clone"), Wait::Vfork);
        assert_eq!(wait_of("hrtimer_nanosleep"), Wait::Other);
        assert_eq!(wait_of("0"), Wait::Unknown);
    }

    #[test]
    fn fuzz_what_delays_signals() {
        let places = ["do_sigtimedwait.isra.0", "kernel_clone", "0", ""];
        let cgroups = ["6:freezer:/no-such\n0::/no-such\n", "3:cpu,freezer:/a:b\n", "0::/"];
        let mounts = [V1, V2, "25 1 0:2 / /no-such - cgroup2 x y"];
        crate::tests::fuzz::fuzz("situation", |random| {
            let place = random.text(&places);
            assert!(wait_of(&place) != Wait::Signals || place.starts_with("do_sigtimedwait"));
            let line = random.text(&mounts);
            let mounted: Vec<Hierarchy> = line.lines().filter_map(hierarchy).collect();
            assert_eq!(freezer(&random.text(&cgroups), &mounted), None);
        });
    }

    #[test]
    fn no_cgroup_is_not_frozen() {
        assert_eq!(freezer("6:freezer:/no-such\n0::/no-such\nnonsense\n", &hierarchies()), None);
    }
}
