//! The first steps of the lab's programs: they close everything of pexplore's and take what was
//! inherited.

use std::ffi::{CStr, CString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{FileType, fstat};
use rustix::io::fcntl_dupfd_cloexec;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit, setsid};
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout, stderr, stdin, stdout};
use rustix::thread::set_name;

use crate::lab::mark::Run;
use crate::lab::{HANDED_RUN, fork};

/// The standard streams that come in, which are all that `Command` passes on safely.
#[derive(Debug)]
pub(super) struct Streams {
    /// Read end of the life pipe.
    pub(super) life: OwnedFd,
    /// The helper's control socket, or the guard's registration socket.
    pub(super) socket: OwnedFd,
}

/// Becomes a process of its own session that no terminal's signal ends.
pub(super) fn begin(comm: &CStr) -> io::Result<Streams> {
    if !is_a(stdin(), FileType::Fifo)? || !is_a(stdout(), FileType::Socket)? {
        return Err(refusal());
    }
    fork::reset_signals();
    for signal in [Signal::INT, Signal::HUP, Signal::TERM, Signal::PIPE] {
        fork::ignore(signal);
    }
    setsid()?;
    set_name(comm)?;
    allow_many_files();
    take_streams()
}

/// Takes what a test process has of its creator: the two streams, and the pipe for its report.
/// Its signals were reset before the exec, but this program's start changed some again.
pub(super) fn begin_test_process(comm: &str) -> io::Result<(Streams, OwnedFd)> {
    let is_ours = is_a(stdin(), FileType::Fifo)?
        && is_a(stdout(), FileType::Socket)?
        && is_a(stderr(), FileType::Fifo)?;
    if !is_ours {
        return Err(refusal());
    }
    fork::reset_signals();
    set_name(&CString::new(comm)?)?;
    let report = fcntl_dupfd_cloexec(stderr(), 3)?;
    let streams = take_streams()?;
    dup2_stderr(null()?)?;
    Ok((streams, report))
}

/// The run that helper and guard were started for. Their arguments, which everybody may read, do
/// not tell it.
pub(super) fn handed_run() -> Option<Run> {
    std::env::var(HANDED_RUN).ok()?.parse().ok()
}

/// The error for anybody but pexplore.
pub(super) fn refusal() -> io::Error {
    io::Error::other("this command is for pexplore itself: it serves the lab")
}

/// Nothing is read from it and nothing kept of what is written.
pub(super) fn null() -> io::Result<File> {
    File::options().read(true).write(true).open("/dev/null")
}

fn is_a(fd: impl AsFd, file_type: FileType) -> io::Result<bool> {
    Ok(FileType::from_raw_mode(fstat(fd)?.st_mode) == file_type)
}

/// Puts `/dev/null` in their place, so that nothing reads or writes there by mistake.
fn take_streams() -> io::Result<Streams> {
    let life = fcntl_dupfd_cloexec(stdin(), 3)?;
    let socket = fcntl_dupfd_cloexec(stdout(), 3)?;
    let null = null()?;
    dup2_stdin(&null)?;
    dup2_stdout(&null)?;
    Ok(Streams { life, socket })
}

/// Each process of a test process costs the guard one descriptor. Where the limit cannot be raised
/// the lower one holds.
fn allow_many_files() {
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}
