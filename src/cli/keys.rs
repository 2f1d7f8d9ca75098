//! The keys of a session: the defaults, or those of a `keys.toml`.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::keymap::{Keymap, KeysError};
use crate::runtime::config;

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeymapError {
    #[error("could not read {path}: {error}")]
    Unreadable { path: String, error: std::io::Error },
    /// With file and line.
    #[error("{path}, {error}")]
    Wrong { path: String, error: KeysError },
}

/// The keys of the file that was named, else of `keys.toml` in the config folder, if it is there.
pub(super) fn keymap(named: Option<&Path>) -> Result<Keymap, KeymapError> {
    let Some(path) = named.map(PathBuf::from).or_else(|| config::path("keys.toml")) else {
        return Ok(Keymap::default());
    };
    let shown = || path.display().to_string();
    match config::read(&path) {
        Ok(text) => {
            Keymap::from_toml(&text).map_err(|error| KeymapError::Wrong { path: shown(), error })
        }
        // Without such a file, or with a home that cannot be read, the default keys hold.
        Err(error) if named.is_none() && is_absent(&error) => Ok(Keymap::default()),
        Err(error) => Err(KeymapError::Unreadable { path: shown(), error }),
    }
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::PermissionDenied
    )
}
