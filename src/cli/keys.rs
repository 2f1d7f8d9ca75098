//! The keys of a session: the defaults, or those of a `keys.toml`.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use color_eyre::eyre::{Result, eyre};

use crate::keymap::Keymap;
use crate::runtime::config;

/// The keys of the file that was named, else of `keys.toml` in the config folder, if it is there.
///
/// # Errors
///
/// Outside: a named file that cannot be read. Inside: what is wrong with its text, as one
/// sentence with file and line.
pub(super) fn keymap(named: Option<&Path>) -> Result<Result<Keymap, String>> {
    let Some(path) = named.map(PathBuf::from).or_else(|| config::path("keys.toml")) else {
        return Ok(Ok(Keymap::default()));
    };
    let text = match config::read(&path) {
        Ok(text) => text,
        // Who has no such file, or a home that cannot be read, has the default keys.
        Err(error) if named.is_none() && is_absent(&error) => return Ok(Ok(Keymap::default())),
        Err(error) => return Err(eyre!("could not read {}: {error}", path.display())),
    };
    Ok(Keymap::from_toml(&text).map_err(|error| format!("{}, {error}", path.display())))
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::PermissionDenied
    )
}
