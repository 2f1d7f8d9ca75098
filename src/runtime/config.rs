//! The user's own files: their places and their texts.

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

/// No file of a user's is longer.
const MOST_BYTES: u64 = 256 * 1024;

/// The path of a file or folder of the user's; `None` without a home.
pub(crate) fn path(name: &str) -> Option<PathBuf> {
    let folders = etcetera::choose_base_strategy().ok()?;
    Some(folders.config_dir().join("pexplore").join(name))
}

/// Reads a text. Neither a pipe that nobody writes to nor a device holds anybody up.
///
/// # Errors
///
/// What the system says, and for what is no regular file, too long, or no UTF-8.
pub(crate) fn read(path: &Path) -> Result<String> {
    let wrong = |what: String| Error::new(ErrorKind::InvalidData, what);
    if !std::fs::metadata(path)?.is_file() {
        return Err(wrong("it is no regular file".to_owned()));
    }
    let mut text = String::new();
    File::open(path)?.take(MOST_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MOST_BYTES {
        return Err(wrong(format!("it is longer than {MOST_BYTES} bytes")));
    }
    Ok(text)
}
