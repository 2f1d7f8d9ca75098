//! Finds scenarios: those that come with pexplore, and those in the user's own folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use color_eyre::eyre::{Result, WrapErr, bail, eyre};
use etcetera::BaseStrategy;

use crate::model::scenario::{Scenario, library, parse};

/// How the file of a scenario ends.
const EXTENSION: &str = "toml";

/// Every scenario, or what is wrong with its file, in the order of the menu: those that come with
/// pexplore, then the user's own by name. One of the user's own takes the place of one that has
/// its name.
pub fn all() -> Vec<Result<Arc<Scenario>, String>> {
    let mut found: Vec<Result<Arc<Scenario>, String>> = library::scenarios()
        .map(|(name, read)| {
            read.map(Arc::new).map_err(|error| format!("{name}.{EXTENSION}: {error}"))
        })
        .collect();
    for path in own_files() {
        let read = read(&path).map(Arc::new).map_err(|error| format!("{error:#}"));
        let place = read.as_ref().ok().and_then(|own| {
            found.iter().position(|known| known.as_ref().is_ok_and(|known| known.name == own.name))
        });
        match place {
            Some(place) => found[place] = read,
            None => found.push(read),
        }
    }
    found
}

/// The scenario of that name, or in that file: a path holds a slash or ends in `.toml`.
pub fn find(wanted: &str) -> Result<Arc<Scenario>> {
    if wanted.contains('/') || Path::new(wanted).extension().is_some_and(|kind| kind == EXTENSION) {
        return read(Path::new(wanted)).map(Arc::new);
    }
    if let Some(path) =
        own_files().into_iter().find(|path| path.file_stem() == Some(wanted.as_ref()))
    {
        return read(&path).map(Arc::new);
    }
    let known = library::scenarios().find(|(name, _)| *name == wanted);
    let Some((name, read)) = known else {
        bail!("there is no scenario {wanted:?}; `pexplore lab --list` lists them")
    };
    read.map(Arc::new).map_err(|error| eyre!("{name}.{EXTENSION}: {error}"))
}

fn read(path: &Path) -> Result<Scenario> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).wrap_err_with(|| format!("could not read {shown}"))?;
    let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    parse::parse(name, &text).map_err(|error| eyre!("{shown}: {error}"))
}

/// The user's own files, by name. Without a home, or a folder in it, there are none.
fn own_files() -> Vec<PathBuf> {
    let Ok(folders) = etcetera::choose_base_strategy() else { return Vec::new() };
    let folder = folders.config_dir().join("pexplore/scenarios");
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|kind| kind == EXTENSION))
        .collect();
    files.sort();
    files
}
