//! Writes results to standard output.

use std::io::{self, ErrorKind, Write};

use color_eyre::eyre::{Result, WrapErr};
use rustix::io::Errno;

use crate::source::background::Stop;

/// A pipe that has any room has room for so much (`PIPE_BUF`, pipe(7)).
const PART: usize = 4096;

/// Prints a result. A reader that has seen enough and closed the pipe is no failure.
pub fn print(text: &str) -> Result<()> {
    let mut output = io::stdout().lock();
    let written = output.write_all(text.as_bytes()).and_then(|()| output.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other.wrap_err("could not write to standard output"),
    }
}

/// Whether something was written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Written {
    /// All of it.
    All,
    /// The reader has seen enough, or does not read while this program is told to stop.
    NotAll,
}

/// Writes to standard output. A reader that does not read keeps nobody who is told to stop.
pub fn write_until(mut bytes: &[u8], stop: &Stop) -> Result<Written> {
    let output = io::stdout();
    while !bytes.is_empty() {
        if !stop.wait_to_write(&output) {
            return Ok(Written::NotAll);
        }
        match rustix::io::write(&output, &bytes[..bytes.len().min(PART)]) {
            Ok(length) => bytes = &bytes[length..],
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(Errno::PIPE) => return Ok(Written::NotAll),
            Err(error) => return Err(error).wrap_err("could not write to standard output"),
        }
    }
    Ok(Written::All)
}
