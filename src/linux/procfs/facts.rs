//! Reads the deeper facts of one process: a handful of files, each at most once.

use std::borrow::Cow;
use std::ffi::CString;
use std::sync::Arc;

use rustix::fd::OwnedFd;
use rustix::fs::{Dir, Mode, OFlags, openat};

use crate::linux::clock;
use crate::linux::procfs::files::{fact, open_process, read_all, read_link, read_once};
use crate::linux::procfs::status::Status;
use crate::linux::procfs::{descriptors, executable, stat, threads};
use crate::record::arguments::cut;
use crate::record::{Arguments, EnvironmentMarks, Fact, Facts, ProcessKey, Unread};
use crate::roles::runtimes::wants_pipes;

/// As long as one argument may be (`MAX_ARG_STRLEN`, execve(2)); all of them may take 6 MiB, of
/// which nobody reads on, and which many processes may have.
pub(crate) const COMMAND_LINE_LIMIT: usize = 128 * 1024;
/// So much is read, so that what is longer is seen to be.
pub(crate) const COMMAND_LINE_READ: usize = COMMAND_LINE_LIMIT + 16;
/// Nobody gives a program more arguments than that which are all empty.
const MOST_EMPTY: usize = 2;
const SMALL_FILE_LIMIT: usize = 64 * 1024;

/// A process whose identity was checked, opened for reading.
pub(crate) struct OpenProcess {
    /// Its folder, or that of a living thread where the main thread has ended: the kernel keeps
    /// nothing of a process in the folder of a thread that has ended.
    folder: OwnedFd,
    comm: String,
    has_lost_its_main_thread: bool,
}

impl OpenProcess {
    /// Opens the process, if it is still the one that is meant.
    pub(crate) fn open(key: ProcessKey) -> Option<Self> {
        let folder = open_process(key.pid).ok()?;
        let mut buffer = [0; 2048];
        let length = read_once(&folder, c"stat", &mut buffer).ok()?;
        let line = &buffer[..length];
        if stat::brief(line).map(|brief| brief.key)? != key {
            return None;
        }
        let comm = line.iter().position(|byte| *byte == b'(').and_then(|open| {
            let close = line.iter().rposition(|byte| *byte == b')')?;
            Some(String::from_utf8_lossy(line.get(open + 1..close)?).into_owned())
        });
        let comm = comm.unwrap_or_default();
        let living =
            stat::has_lost_its_main_thread(line).then(|| threads::living(&folder)).flatten();
        let has_lost_its_main_thread = living.is_some();
        Some(Self { folder: living.unwrap_or(folder), comm, has_lost_its_main_thread })
    }

    /// Whether its main thread has ended while others live.
    pub(crate) fn has_lost_its_main_thread(&self) -> bool {
        self.has_lost_its_main_thread
    }

    /// Reads its working directory.
    pub(crate) fn working_directory(&self) -> Fact<Arc<str>> {
        fact(read_link(&self.folder, c"cwd")).map(Arc::from)
    }

    /// Counts its open descriptors.
    pub(crate) fn open_files(&self) -> Fact<u32> {
        descriptors::count(&self.folder)
    }

    /// Reads its status file.
    pub(crate) fn status(&self) -> Status {
        let text = read_all(&self.folder, c"status", SMALL_FILE_LIMIT);
        text.map(|text| Status::parse(&text)).unwrap_or_default()
    }

    /// Reads what a process cannot keep from anyone: nothing of it waits for its memory or files.
    /// The rest is unread, and that is why.
    pub(crate) fn facts_without_memory(&self, status: &Status, unread: Unread) -> Facts {
        Facts {
            read_at: clock::now(),
            command_line: unread.fact(),
            executable: unread.fact(),
            executable_deleted: None,
            uid: status.uid,
            innermost_pid: status.innermost_pid,
            ignored_signals: status.signals.map(|signals| signals.ignored),
            cgroup: self.cgroup(),
            standard_streams: unread.fact(),
            pipes: None,
            environment_marks: EnvironmentMarks::default(),
        }
    }

    /// Reads the deeper facts; `status` is what its status file says.
    pub(crate) fn facts(&self, status: &Status) -> Facts {
        let (executable, executable_deleted) = executable::read(&self.folder);
        let mut facts = Facts {
            command_line: fact(read_all(&self.folder, c"cmdline", COMMAND_LINE_READ))
                .map(|bytes| arguments(&bytes)),
            executable,
            executable_deleted,
            standard_streams: descriptors::standard_streams(&self.folder),
            ..self.facts_without_memory(status, Unread::Unasked)
        };
        let program = facts.program().unwrap_or(&self.comm).to_owned();
        if wants_pipes(&program) {
            facts.pipes = descriptors::pipes(&self.folder);
        }
        if program == "node" || program == "nodejs" {
            facts.environment_marks = self.environment_marks();
        }
        facts
    }

    fn cgroup(&self) -> Option<Arc<str>> {
        let text = read_all(&self.folder, c"cgroup", SMALL_FILE_LIMIT).ok()?;
        cgroup_path(&String::from_utf8_lossy(&text)).map(Arc::from)
    }

    /// The cgroup file.
    pub(crate) fn cgroups(&self) -> Option<String> {
        let text = read_all(&self.folder, c"cgroup", SMALL_FILE_LIMIT).ok()?;
        Some(String::from_utf8_lossy(&text).into_owned())
    }

    /// Where each of its first threads sleeps: a function of the kernel; `0` if that is refused.
    pub(crate) fn wait_places(&self, most: usize) -> Vec<String> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let Ok(tasks) = openat(&self.folder, c"task", flags, Mode::empty()) else {
            return Vec::new();
        };
        let Ok(entries) = Dir::read_from(&tasks) else { return Vec::new() };
        let names = entries.flatten().map(|entry| entry.file_name().to_bytes().to_vec());
        // A running thread reads as 0, as a refusal does; where the image can be read, so can this.
        let may_read = read_link(&self.folder, c"exe").is_ok();
        let threads = names.filter(|name| name.iter().all(u8::is_ascii_digit)).take(most);
        let place = |name: Vec<u8>| {
            let path = CString::new([&*name, b"/wchan"].concat()).ok()?;
            let text = read_all(&tasks, &path, SMALL_FILE_LIMIT).unwrap_or_default();
            let text = String::from_utf8_lossy(&text).trim().to_owned();
            Some(if text == "0" && may_read { "running".to_owned() } else { text })
        };
        threads.filter_map(place).collect()
    }

    fn environment_marks(&self) -> EnvironmentMarks {
        let Ok(environment) = read_all(&self.folder, c"environ", SMALL_FILE_LIMIT) else {
            return EnvironmentMarks::default();
        };
        let has = |name: &[u8]| {
            environment.split(|byte| *byte == 0).any(|variable| variable.starts_with(name))
        };
        EnvironmentMarks {
            node_worker: has(b"NODE_UNIQUE_ID="),
            node_channel: has(b"NODE_CHANNEL_FD="),
        }
    }
}

/// Splits a command line at its NUL bytes (`proc_pid_cmdline(5)`).
///
/// A program that writes a title over its arguments leaves one string, and zero bytes up to where
/// its arguments and its environment ended.
pub(crate) fn arguments(bytes: &[u8]) -> Arc<str> {
    let bytes = bytes.strip_suffix(b"\0").unwrap_or(bytes);
    // One that writes zero bytes over them all leaves none.
    if bytes.iter().all(|byte| *byte == 0) {
        return Arc::default();
    }
    let mut arguments: Vec<Cow<'_, str>> =
        bytes.split(|byte| *byte == 0).map(String::from_utf8_lossy).collect();
    // Titles are phrases, `nginx: worker process`, or have many zero bytes after them; `cat "" ""`
    // is a program with its arguments.
    let n_empty = arguments.len() - 1;
    let is_title = arguments[1..].iter().all(|rest| rest.is_empty())
        && (n_empty > MOST_EMPTY || (n_empty > 1 && arguments[0].contains(' ')));
    if is_title {
        arguments.truncate(1);
    }
    cut(&Arguments::joined(arguments), COMMAND_LINE_LIMIT)
}

/// The path in the unified hierarchy (line `0::`), else in systemd's own (cgroups(7)).
fn cgroup_path(text: &str) -> Option<&str> {
    let path_of = |wanted: &str| {
        text.lines().find_map(|line| {
            let mut fields = line.splitn(3, ':').skip(1);
            (fields.next() == Some(wanted)).then(|| fields.next())?
        })
    };
    let unified = path_of("");
    unified.filter(|path| *path != "/").or_else(|| path_of("name=systemd")).or(unified)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(bytes: &[u8]) -> Vec<String> {
        Arguments::new(&arguments(bytes)).iter().map(str::to_owned).collect()
    }

    #[test]
    fn arguments_are_split_exactly() {
        assert_eq!(split(b"sleep\x00100\0"), ["sleep", "100"]);
        assert_eq!(split(b"grep\0\0x\0"), ["grep", "", "x"]);
        assert_eq!(split(b"cat\0\0"), ["cat", ""]);
        assert_eq!(split(b"cat\0\0\0"), ["cat", "", ""]);
        assert!(split(b"").is_empty());
        assert_eq!(split(b"\xff\x1b\0"), ["\u{fffd}\u{1b}"]);
    }

    #[test]
    fn arguments_that_are_too_long_end_with_an_ellipsis() {
        let whole = [&b"cat\0"[..], &b"x".repeat(COMMAND_LINE_LIMIT - 5), b"\0"].concat();
        assert_eq!(split(&whole)[1].len(), COMMAND_LINE_LIMIT - 5);
        let longer = [&b"cat\0"[..], &b"x".repeat(COMMAND_LINE_LIMIT), b"\0y\0"].concat();
        let read = &longer[..longer.len().min(COMMAND_LINE_READ)];
        let arguments = split(read);
        assert!(arguments[1].ends_with("xx\u{2026}") && arguments.len() == 2);
        assert!(
            arguments.iter().map(|argument| argument.len() + 1).sum::<usize>()
                <= COMMAND_LINE_LIMIT
        );
    }

    #[test]
    fn a_title_over_the_arguments_is_one_string() {
        assert_eq!(split(b"nginx: worker process\0\0\0\0\0"), ["nginx: worker process"]);
        let padded = [&b"ingest-worker-3"[..], &[0; 137]].concat();
        assert_eq!(split(&padded), ["ingest-worker-3"]);
        assert!(split(&[0; 40]).is_empty());
    }

    #[test]
    fn the_unified_cgroup_comes_first_unless_it_is_empty() {
        assert_eq!(cgroup_path("1:name=systemd:/a\n0::/b\n"), Some("/b"));
        assert_eq!(cgroup_path("1:name=systemd:/a\n0::/\n"), Some("/a"));
        assert_eq!(cgroup_path("7:cpu:/a:name=systemd:/b\n0::/\n"), Some("/"));
        assert_eq!(cgroup_path("0::/\n"), Some("/"));
        assert_eq!(cgroup_path(""), None);
    }

    #[test]
    fn fuzz_command_lines_and_cgroups() {
        crate::tests::fuzz::fuzz("facts", |random| {
            let bytes = random.bytes(&[b"sleep\x00100\0", b"nginx: worker process\0\0\0", b"\0\0"]);
            let joined = arguments(&bytes);
            assert_eq!(*Arguments::joined(Arguments::new(&joined).iter()), *joined);
            let text = random.text(&["1:name=systemd:/a\n0::/b\n", "0::/\n"]);
            assert!(cgroup_path(&text).is_none_or(|path| text.contains(path)));
        });
    }
}
