//! Writes results to standard output, and warnings to standard error.

use std::io::{self, ErrorKind, Write};
use std::sync::mpsc::channel;
use std::thread::Builder;
use std::time::Duration;

use color_eyre::config::HookBuilder;
use color_eyre::eyre::{Result, WrapErr};
use rustix::fd::AsFd;
use rustix::io::Errno;
use tracing::{error, warn};

use crate::linux::{clock, wait};
use crate::source::background::StopToken;

/// A pipe that has any room has room for so much (`PIPE_BUF`, pipe(7)).
const PART: usize = 4096;
/// So long a comment may take. A terminal may take no output, as after ^S or behind a dead
/// connection, and a write to it would wait for as long, whatever signals come.
const WARNING_LIMIT: Duration = Duration::from_secs(1);
/// So long the rest of a line may take once this program is asked to stop.
const LINE: Duration = Duration::from_millis(500);

/// Prints a result. A reader that has seen enough and closed the pipe is no failure.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut output = io::stdout().lock();
    let written = output.write_all(text.as_bytes()).and_then(|()| output.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other.wrap_err("could not write to standard output"),
    }
}

/// Whether something was written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Written {
    All,
    /// The reader has seen enough, or does not read while this program is asked to stop.
    NotAll,
}

/// Writes lines to standard output. A reader that does not read keeps nobody who is asked to stop;
/// one that reads gets a line to its end.
pub(crate) fn write_until(lines: &[u8], stop: &StopToken) -> Result<Written> {
    write_lines(io::stdout(), lines, stop).wrap_err("could not write to standard output")
}

fn write_lines(sink: impl AsFd, lines: &[u8], stop: &StopToken) -> Result<Written, Errno> {
    let mut written = 0;
    while written < lines.len() {
        if !stop.wait_to_write(&sink) {
            if written > 0 && lines[written - 1] != b'\n' {
                let line = lines[written..].split_inclusive(|byte| *byte == b'\n').next();
                end_line(&sink, line.unwrap_or_default());
            }
            return Ok(Written::NotAll);
        }
        match write_part(&sink, &lines[written..]) {
            Ok(length) => written += length,
            Err(Errno::PIPE) => return Ok(Written::NotAll),
            Err(error) => return Err(error),
        }
    }
    Ok(Written::All)
}

/// Writes the rest of a line, unless its reader does not read it in a short time.
fn end_line(sink: impl AsFd, mut rest: &[u8]) {
    let began = clock::instant();
    loop {
        let left = LINE.saturating_sub(began.elapsed());
        if rest.is_empty() || left.is_zero() {
            return;
        }
        if wait::can_write(&sink, left) {
            let Ok(length) = write_part(&sink, rest) else { return };
            rest = &rest[length..];
        }
    }
}

/// Writes as much as a sink that can be written to takes without a wait; how much that was.
fn write_part(sink: impl AsFd, bytes: &[u8]) -> Result<usize, Errno> {
    match rustix::io::write(sink, &bytes[..bytes.len().min(PART)]) {
        Err(Errno::INTR | Errno::AGAIN) => Ok(0),
        other => other,
    }
}

/// Says on standard error what is no result, as far as that takes it in a short time: nobody waits
/// for a reader of it, and nothing is amiss where there is none.
pub fn warn(sentence: &str) {
    warn!(sentence);
    write_within(io::stderr(), &format!("pexplore: {sentence}\n"), WARNING_LIMIT);
}

/// Panics are reported so, too, and errors as `color_eyre` has them.
pub fn install_reports() -> Result<()> {
    let (panics, errors) = HookBuilder::default().try_into_hooks()?;
    errors.install()?;
    std::panic::set_hook(Box::new(move |panic| {
        error!(%panic);
        write_within(io::stderr(), &format!("{}\n", panics.panic_report(panic)), WARNING_LIMIT);
    }));
    Ok(())
}

/// Writes that within the time. Only a thread of its own can be left waiting: how much a terminal
/// takes without a wait is not to be known, and others share its modes.
fn write_within(sink: impl AsFd + Send + 'static, text: &str, limit: Duration) {
    let (written, reported) = channel();
    let text = text.to_owned();
    let write = move || {
        let mut bytes = text.as_bytes();
        // Not by way of the lock that the standard library has for it, which another may hold.
        while !bytes.is_empty() {
            match rustix::io::write(&sink, bytes) {
                Ok(length) => bytes = &bytes[length..],
                Err(Errno::INTR) => {}
                Err(_) => break,
            }
        }
        let _ = written.send(());
    };
    // Without a thread there is no comment; the program goes on all the same.
    if Builder::new().name("stderr".to_owned()).spawn(write).is_ok() {
        let _ = reported.recv_timeout(limit);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use rustix::pipe::{PipeFlags, fcntl_setpipe_size, pipe_with};

    use super::*;

    #[test]
    fn a_line_that_has_begun_is_ended_for_its_reader_and_keeps_nobody_without_one() {
        let line = format!("{}\n", "x".repeat(64 * PART));
        for reads in [true, false] {
            let (mut reader, sink) = std::io::pipe().unwrap();
            fcntl_setpipe_size(&sink, PART).unwrap();
            let (lines, stop) = (line.repeat(2), StopToken::stopped(&sink));
            let writer = std::thread::spawn(move || write_lines(sink, lines.as_bytes(), &stop));
            if reads {
                let mut text = String::new();
                reader.read_to_string(&mut text).unwrap();
                assert!(text.ends_with('\n'), "a line of {} bytes", text.len());
            }
            writer.join().unwrap().unwrap();
        }
    }

    #[test]
    fn a_warning_waits_only_so_long_for_its_reader() {
        let (reader, sink) = pipe_with(PipeFlags::CLOEXEC).unwrap();
        fcntl_setpipe_size(&sink, PART).unwrap();
        let long = "x".repeat(3 * PART);
        write_within(sink, &long, Duration::from_millis(20));
        // What waits is written once it is read.
        let mut text = String::new();
        std::fs::File::from(reader).read_to_string(&mut text).unwrap();
        assert_eq!(text, long);
    }

    #[test]
    fn a_warning_that_nobody_can_read_is_no_failure() {
        let (reader, sink) = pipe_with(PipeFlags::CLOEXEC).unwrap();
        drop(reader);
        write_within(sink, "gone", WARNING_LIMIT);
    }
}
