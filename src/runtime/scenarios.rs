//! Finds scenarios: built-in ones, and those in the user's own folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::runtime::config;
use crate::scenario::parse::{self, ParseError};
use crate::scenario::{BrokenScenario, Scenario, library};
use color_eyre::eyre::{Report, Result, WrapErr, bail, eyre};

/// How the file of a scenario ends.
const EXTENSION: &str = "toml";

/// Every scenario, or what is wrong with its file, in the order of the menu: those that come with
/// pexplore, then the user's own by name. One of the user's own takes the place of one that has
/// its name.
pub(crate) fn all() -> Vec<Result<Arc<Scenario>, BrokenScenario>> {
    let mut found: Vec<(String, Result<Arc<Scenario>, BrokenScenario>)> = library::scenarios()
        .map(|(name, read)| {
            let file = format!("{name}.{EXTENSION}");
            let broken = |error: ParseError| BrokenScenario { file, sentence: error.to_string() };
            (name.to_owned(), read.map(Arc::new).map_err(broken))
        })
        .collect();
    for path in own_files() {
        let name = name_of(&path).to_owned();
        let broken = |error: Report| BrokenScenario {
            file: path.display().to_string(),
            sentence: format!("{error:#}"),
        };
        let read = read(&path).map(Arc::new).map_err(broken);
        match found.iter_mut().find(|(known, _)| *known == name) {
            Some((_, place)) => *place = read,
            None => found.push((name, read)),
        }
    }
    found.into_iter().map(|(_, read)| read).collect()
}

/// The scenario of that name, or in that file: a path holds a slash or ends in `.toml`.
pub(crate) fn find(wanted: &str) -> Result<Arc<Scenario>> {
    let path = Path::new(wanted);
    if wanted.contains('/') || path.extension().is_some_and(|kind| kind == EXTENSION) {
        return read(path).map(Arc::new);
    }
    if let Some(path) = own_files().into_iter().find(|path| name_of(path) == wanted) {
        return read(&path).map(Arc::new);
    }
    let known = library::scenarios().find(|(name, _)| *name == wanted);
    let Some((name, read)) = known else {
        bail!("there is no scenario {wanted:?}; `pexplore lab --list` lists them")
    };
    read.map(Arc::new).map_err(|error| eyre!("{name}.{EXTENSION}: {error}"))
}

fn name_of(path: &Path) -> &str {
    path.file_stem().and_then(|name| name.to_str()).unwrap_or_default()
}

fn read(path: &Path) -> Result<Scenario> {
    let shown = path.display();
    let text = config::read(path).wrap_err_with(|| format!("could not read {shown}"))?;
    parse::parse(name_of(path), &text).map_err(|error| eyre!("{shown}: {error}"))
}

/// The user's own files, by name. Without a home, or a folder in it, there are none.
fn own_files() -> Vec<PathBuf> {
    let Some(folder) = config::path("scenarios") else { return Vec::new() };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|kind| kind == EXTENSION))
        .collect();
    files.sort();
    files
}
