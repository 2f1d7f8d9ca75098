//! The targets of a process's descriptors: `/proc/PID/fd` (`proc_pid_fd(5)`).

use std::ffi::CString;

use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{AtFlags, Dir, Mode, OFlags, openat, statat};
use rustix::io::Errno;

use crate::linux::procfs::files::{fact, read_all, read_link};
use crate::record::{Fact, Pipes, Stream};

/// A family with more descriptors than this is not recognized by its pipes.
const MOST_DESCRIPTORS: usize = 8192;
const ENVIRONMENT_LIMIT: usize = 256 * 1024;

/// Reads where descriptors 0 to 2 lead.
pub(crate) fn standard_streams(process: &OwnedFd) -> Fact<[Stream; 3]> {
    let mut streams = [Stream::Closed; 3];
    let mut journal = None;
    for (stream, name) in streams.iter_mut().zip([c"fd/0", c"fd/1", c"fd/2"]) {
        *stream = match read_link(process, name) {
            Ok(target) if target.starts_with("socket:[") => {
                let journal = journal.get_or_insert_with(|| journal_stream(process));
                if Some(socket_inode(&target)) == journal.as_deref() {
                    Stream::Journal
                } else {
                    Stream::Socket
                }
            }
            Ok(target) => stream_of(&target),
            // Only the folder's own absence says that the process is gone or has no files.
            Err(Errno::NOENT) if has_descriptors(process) => Stream::Closed,
            Err(error) => return fact(Err(error)),
        };
    }
    Fact::Known(streams)
}

/// How many descriptors are open.
pub(crate) fn count(process: &OwnedFd) -> Fact<u32> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    fact(openat(process, c"fd", flags, Mode::empty()).and_then(|folder| {
        let names = Dir::read_from(&folder)?.filter_map(Result::ok);
        let open = names.filter(|entry| entry.file_name().to_bytes()[0].is_ascii_digit());
        Ok(u32::try_from(open.count()).unwrap_or(u32::MAX))
    }))
}

fn has_descriptors(process: &OwnedFd) -> bool {
    openat(process, c"fd", OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).is_ok()
}

fn stream_of(target: &str) -> Stream {
    if target == "/dev/null" {
        Stream::Null
    } else if target.starts_with("pipe:[") {
        Stream::Pipe
    } else if target.starts_with("/dev/pts/")
        || target.starts_with("/dev/tty")
        || target == "/dev/console"
    {
        Stream::Terminal
    } else if target.starts_with('/') && is_no_device(target) {
        Stream::File
    } else {
        Stream::Other
    }
}

/// Files stand under `/dev` only in its two file systems for shared memory and queues. A link
/// from elsewhere may lead to a device still, and looking would wait for a file system that hangs.
fn is_no_device(target: &str) -> bool {
    !target.starts_with("/dev/")
        || ["/dev/shm/", "/dev/mqueue/"].iter().any(|folder| target.starts_with(folder))
}

fn socket_inode(target: &str) -> &str {
    target.trim_start_matches("socket:[").trim_end_matches(']')
}

/// The inode of the journal's socket, which `JOURNAL_STREAM=device:inode` names.
fn journal_stream(process: &OwnedFd) -> Option<String> {
    journal_inode(&read_all(process, c"environ", ENVIRONMENT_LIMIT).ok()?)
}

fn journal_inode(environment: &[u8]) -> Option<String> {
    let stream = environment
        .split(|byte| *byte == 0)
        .find_map(|variable| variable.strip_prefix(b"JOURNAL_STREAM="))?;
    let (_, inode) = std::str::from_utf8(stream).ok()?.split_once(':')?;
    Some(inode.to_owned())
}

/// Reads all ends of pipes; `None` if they may not be read, or are too many.
pub(crate) fn pipes(process: &OwnedFd) -> Option<Pipes> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = openat(process, c"fd", flags, Mode::empty()).ok()?;
    let mut pipes = Pipes::default();
    for (count, entry) in Dir::read_from(&folder).ok()?.enumerate() {
        if count > MOST_DESCRIPTORS {
            return None;
        }
        let name = entry.ok()?.file_name().to_owned();
        if name.to_bytes().first().is_some_and(u8::is_ascii_digit) {
            note(&mut pipes, &folder, &name);
        }
    }
    pipes.reads.sort_unstable();
    pipes.writes.sort_unstable();
    Some(pipes)
}

fn note(pipes: &mut Pipes, folder: impl AsFd, name: &CString) {
    // A descriptor that was closed since the listing is no problem.
    let Ok(target) = read_link(folder.as_fd(), name) else { return };
    let is_standard = matches!(name.to_bytes(), b"0" | b"1" | b"2");
    pipes.spare_null |= target == "/dev/null" && !is_standard;
    let Some(inode) = pipe_inode(&target) else { return };
    // The link's own permissions say how the descriptor was opened (proc_pid_fd(5)).
    let Ok(link) = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) else { return };
    if link.st_mode & 0o400 != 0 {
        pipes.reads.push(inode);
    }
    if link.st_mode & 0o200 != 0 {
        pipes.writes.push(inode);
    }
}

fn pipe_inode(target: &str) -> Option<u64> {
    target.strip_prefix("pipe:[")?.strip_suffix(']')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fuzz_descriptors() {
        let targets = ["pipe:[4711]", "socket:[4711]", "/dev/pts/3", "/dev/null", "/a (deleted)"];
        let environments: [&[u8]; 2] = [b"A=b\0JOURNAL_STREAM=8:4711\0", b"JOURNAL_STREAM=8\0\0"];
        crate::tests::fuzz::fuzz("descriptors", |random| {
            let target = random.text(&targets);
            let stream = stream_of(&target);
            if let Some(inode) = pipe_inode(&target) {
                assert_eq!(pipe_inode(&format!("pipe:[{inode}]")), Some(inode));
                assert_eq!(stream, Stream::Pipe);
            }
            assert!(target.contains(socket_inode(&target)));
            let environment = random.bytes(&environments);
            let reported = String::from_utf8_lossy(&environment);
            assert!(journal_inode(&environment).is_none_or(|inode| reported.contains(&inode)));
        });
    }
}
