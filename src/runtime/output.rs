//! Writes results to standard output.

use std::io::{self, ErrorKind, Write};

use color_eyre::eyre::{Result, WrapErr};

/// Prints a result. A reader that has seen enough and closed the pipe is no failure.
pub fn print(text: &str) -> Result<()> {
    let mut output = io::stdout().lock();
    let written = output.write_all(text.as_bytes()).and_then(|()| output.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other.wrap_err("could not write to standard output"),
    }
}
