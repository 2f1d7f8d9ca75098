//! The sources, as text.

use std::fs;
use std::path::{Path, PathBuf};

pub(crate) struct Source {
    pub(crate) path: String,
    /// The text before the file's own tests.
    pub(crate) code: String,
}

impl Source {
    pub(crate) fn is_in(&self, folder: &str) -> bool {
        self.path.starts_with(&format!("src/{folder}/")) || self.path == format!("src/{folder}.rs")
    }

    /// Lines that are no comments.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &str> {
        self.code.lines().filter(|line| !line.trim_start().starts_with("//"))
    }

    /// Whether it is a file that draws.
    pub(crate) fn draws(&self) -> bool {
        let path = self.path.trim_end_matches(".rs");
        path.split('/').any(|part| part == "draw" || part.starts_with("draw_"))
    }

    pub(crate) fn names(&self, word: &str) -> bool {
        self.lines().any(|line| line.contains(word))
    }
}

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every source file but those that are tests themselves.
pub(crate) fn sources() -> Vec<Source> {
    let found = sources_in("src");
    assert!(found.len() > 50, "the sources were not found");
    found
}

/// The folders right below `src/`, but the tests'.
pub(crate) fn folders() -> Vec<String> {
    let entries = fs::read_dir(root().join("src")).unwrap().map(Result::unwrap);
    let folders = entries.filter(|entry| entry.path().is_dir());
    let names = folders.map(|entry| entry.file_name().into_string().unwrap());
    names.filter(|name| name != "tests").collect()
}

pub(crate) fn sources_in(folder: &str) -> Vec<Source> {
    let files = files_in(folder).into_iter().map(|path| (name(&path), path));
    let files = files.filter(|(name, _)| !is_test(name));
    files.map(|(path, file)| Source { path, code: code(&file) }).collect()
}

fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(&text).to_owned()
}

/// Fails with the files that break a rule.
pub(crate) fn check(rule: &str, breaks: impl Fn(&Source) -> bool) {
    let broken: Vec<String> =
        sources().into_iter().filter(breaks).map(|source| source.path).collect();
    assert!(broken.is_empty(), "{rule}: {broken:?}");
}

/// Every file of Rust below a folder, tests too.
pub(crate) fn files_in(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

pub(crate) fn is_test(path: &str) -> bool {
    ["src/tests", "/tests/", "/tests.rs"].iter().any(|part| path.contains(part))
}

/// A path below the root, with slashes.
pub(crate) fn name(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_string_lossy().into_owned()
}
