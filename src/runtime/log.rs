//! `--log FILE`: what the edges do, a line each with its time and level. Nothing of it goes to the
//! terminal.

use std::env::{self, VarError};
use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Arc;

use tracing::info;
use tracing::level_filters::LevelFilter;

/// The variable that says how much is logged.
const LEVEL: &str = "PEXPLORE_LOG";

/// Why nothing is logged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogError {
    #[error("{LEVEL} is {0:?}; it takes error, warn, info, debug or trace")]
    Level(String),
    #[error("could not write {path}: {error}")]
    File { path: String, error: std::io::Error },
}

/// Logs to the end of that file from now on, errors to info unless `PEXPLORE_LOG` says otherwise.
pub(crate) fn start(path: &Path) -> Result<(), LogError> {
    let level = match env::var(LEVEL) {
        Ok(level) if level.is_empty() => LevelFilter::INFO,
        Ok(level) => level.parse().map_err(|_| LogError::Level(level))?,
        Err(VarError::NotPresent) => LevelFilter::INFO,
        Err(VarError::NotUnicode(level)) => {
            return Err(LogError::Level(level.to_string_lossy().into_owned()));
        }
    };
    let file = OpenOptions::new().append(true).create(true).open(path);
    let file = file.map_err(|error| LogError::File { path: path.display().to_string(), error })?;
    let lines = tracing_subscriber::fmt().with_max_level(level).with_ansi(false);
    lines.with_target(false).with_thread_names(true).with_writer(Arc::new(file)).init();
    info!(version = env!("CARGO_PKG_VERSION"), pid = std::process::id(), "pexplore starts");
    Ok(())
}
