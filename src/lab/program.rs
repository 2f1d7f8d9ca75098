//! A child that becomes a real program: it takes its place, reports, and execs.

use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use rustix::process::getsid;

use crate::lab::mark::Run;
use crate::lab::{folder, fork, terminal, test_process};
use crate::test_process::LAB_HELPER;

/// The exit code of a shell for a program that could not be run.
const NOT_RUN: i32 = 127;
/// So much of a program's name stands in a sentence.
const LONGEST_NAME: usize = 80;

/// The whole life of a program before its exec, in the process that was just forked.
/// Under a session the terminal makes it a job and is what it reads and writes.
pub(super) fn live(
    arguments: &[String],
    terminal: Option<OwnedFd>,
    report: &OwnedFd,
    registration: &OwnedFd,
) -> ! {
    let foreground = terminal.as_ref().and_then(terminal::foreground);
    let slave = terminal.as_ref().map(OwnedFd::try_clone);
    let error = match take_place(terminal.as_ref(), report, registration) {
        Ok(()) => become_program(arguments, terminal),
        Err(error) => error,
    };
    if let (Some(Ok(slave)), Some(foreground)) = (slave, foreground) {
        // The job before this one gets its place back.
        let _ = terminal::set_foreground(&slave, foreground);
    }
    let name: String = arguments.first().into_iter().flat_map(|name| name.chars()).collect();
    let name: String = name.chars().take(LONGEST_NAME).collect();
    test_process::refuse(report, format!("{name:?} could not be run: {error}"));
    fork::exit(NOT_RUN)
}

fn take_place(
    terminal: Option<&OwnedFd>,
    report: &OwnedFd,
    registration: &OwnedFd,
) -> io::Result<()> {
    test_process::register("px-program", registration)?;
    if let Some(slave) = terminal {
        terminal::become_foreground_job(slave)?;
    }
    test_process::report_own(report)
}

/// Whether the session is the helper's, and none that a test process leads.
fn is_in_session_of_helper() -> bool {
    let leader = getsid(None).map(|leader| leader.as_raw_nonzero().get());
    let comm =
        leader.ok().and_then(|leader| fs::read_to_string(format!("/proc/{leader}/comm")).ok());
    comm.is_some_and(|comm| comm.trim_end() == LAB_HELPER)
}

/// Returns only if it could not. All else that is open is closed by the exec.
fn become_program(arguments: &[String], terminal: Option<OwnedFd>) -> io::Error {
    let Some((program, rest)) = arguments.split_first() else {
        return io::Error::other("no program is named");
    };
    let mut command = Command::new(program);
    command.args(rest);
    // Below a job there is a terminal, too, by the name that stands for one's own (tty(4)).
    // Nobody reads what is written to the helper's.
    let terminal = terminal.or_else(|| {
        if is_in_session_of_helper() {
            return None;
        }
        let terminal = File::options().read(true).write(true).open("/dev/tty");
        terminal.ok().map(OwnedFd::from)
    });
    let streams = [Command::stdin, Command::stdout, Command::stderr];
    for set in streams {
        let stream = terminal.as_ref().map(OwnedFd::try_clone).transpose();
        match stream {
            Ok(stream) => set(&mut command, stream.map_or_else(Stdio::null, Stdio::from)),
            Err(error) => return error,
        };
    }
    // Its temporary files go with the lab.
    if let Some(folder) = Run::of_environment().and_then(folder::find) {
        command.env("TMPDIR", folder);
    }
    command.exec()
}

/// Where `python3` is, if it is on the `PATH`.
pub fn python() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("python3")).find(|file| {
        let metadata = file.metadata();
        metadata.is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
    })
}
